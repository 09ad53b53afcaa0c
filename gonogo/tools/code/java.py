"""Java by syntax tree."""

from __future__ import annotations

import re
from functools import lru_cache

import tree_sitter_java
from tree_sitter import Language as Grammar
from tree_sitter import Node, Parser, Query

from gonogo.facts.code import Argument, Assignment, Call, Definition, EnvRead, Import, Language
from gonogo.tools.code.locate import Locator
from gonogo.tools.code.syntax import Scopes, Sheet, argument, arguments, captured, dotted, scalar

_QUERY = """
(package_declaration) @package
(import_declaration) @import
(class_declaration) @class
(interface_declaration) @class
(record_declaration) @class
(enum_declaration) @class
(method_declaration) @method
(constructor_declaration) @method
(field_declaration) @field
(local_variable_declaration) @variable
(assignment_expression) @assignment
(formal_parameter) @parameter
(resource) @resource
(for_statement) @loop
(enhanced_for_statement) @loop
(while_statement) @loop
(method_invocation) @call
(object_creation_expression) @call
"""
_PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][\w.\-]*)(?::([^}]*))?\}")
_DULL_HEADS = (
    "java.util.List.",
    "java.util.Map.",
    "java.util.Optional.",
    "java.util.Objects.",
    "String.",
    "Math.",
    "Integer.",
    "java.util.stream.",
    "Objects.",
    "Optional.",
)
_DULL_METHODS_WORDS = (
    "equals hashCode toString add put contains isEmpty size stream map filter collect append trim orElse "
    "orElseThrow isPresent length substring split toList forEach getName getId"
)
_DULL_METHODS = frozenset(_DULL_METHODS_WORDS.split())


@lru_cache(maxsize=1)
def _grammar() -> tuple[Parser, Query]:
    grammar = Grammar(tree_sitter_java.language())
    return Parser(grammar), Query(grammar, _QUERY)


def read_java(path: str, source: bytes, locator: Locator) -> Sheet:
    """What a Java file says."""
    parser, query = _grammar()
    found = captured(query, parser.parse(source).root_node)
    sheet = Sheet(path, Language.JAVA, source)
    classes, methods = found.get("class", []), found.get("method", [])
    sheet.scopes = Scopes.of(
        [(n.start_byte, n.end_byte, _name(n, sheet), True) for n in classes]
        + [(n.start_byte, n.end_byte, _name(n, sheet), False) for n in methods]
    )
    sheet.loops = Scopes.of((n.start_byte, n.end_byte, "", False) for n in found.get("loop", []))
    for node in found.get("import", []):
        _import(node, sheet, locator)
    for node in found.get("package", []):
        inner = node.named_child(0)
        sheet.exports["package"] = sheet.text(inner) if inner is not None else ""
    _bind(found, sheet)
    for node in classes + methods + found.get("field", []):
        _definition(node, sheet)
    for node in found.get("call", []):
        _call(node, sheet)
    return sheet


def _name(node: Node, sheet: Sheet) -> str:
    name = node.child_by_field_name("name")
    return sheet.text(name) if name is not None else ""


def _import(node: Node, sheet: Sheet, locator: Locator) -> None:
    inner = next((child for child in node.named_children if child.type in ("scoped_identifier", "identifier")), None)
    if inner is None:
        return
    full = sheet.text(inner)
    if any(child.type == "asterisk" for child in node.named_children):
        sheet.imports.append(Import(full, "*", "*", sheet.place(node)))
        return
    module, _, name = full.rpartition(".")
    local = locator.java_classes.get(full, "") or locator.java_classes.get(module, "")
    sheet.imports.append(Import(module, name, name, sheet.place(node), local))
    sheet.aliases[name] = full


def _bind(found: dict[str, list[Node]], sheet: Sheet) -> None:
    for node in found.get("field", []) + found.get("variable", []):
        kind = dotted(node.child_by_field_name("type"), sheet)
        scope = sheet.scopes.at(node.start_byte)
        for declared in node.children_by_field_name("declarator"):
            name, value = declared.child_by_field_name("name"), declared.child_by_field_name("value")
            if name is None:
                continue
            text = dotted(value, sheet) if value is not None and kind == "var" else kind
            sheet.bind(scope, sheet.text(name), sheet.resolve(scope, text))
            if node.type == "field_declaration":
                sheet.bind(scope + ".x", "this." + sheet.text(name), sheet.resolve(scope, text))
                if value is not None and scalar(value, sheet)[0]:
                    label = f"{scope}.{sheet.text(name)}"
                    sheet.assignments.append(
                        Assignment(label, argument(value, sheet, scope), sheet.place(declared, label))
                    )
    for node in found.get("parameter", []) + found.get("resource", []):
        name, kind_node = node.child_by_field_name("name"), node.child_by_field_name("type")
        scope = sheet.scopes.at(node.start_byte)
        if name is not None and kind_node is not None:
            sheet.bind(scope, sheet.text(name), sheet.resolve(scope, dotted(kind_node, sheet)))


def _definition(node: Node, sheet: Sheet) -> None:
    decorators = _annotations(node, sheet)
    if node.type == "field_declaration":
        _value_field(node, decorators, sheet)
        return
    name = sheet.scopes.at(node.start_byte)
    is_class = node.type not in ("method_declaration", "constructor_declaration")
    bases: list[str] = []
    if is_class:
        for key in ("superclass", "interfaces"):
            clause = node.child_by_field_name(key)
            for child in clause.named_children if clause is not None else ():
                listed = child.named_children if child.type == "type_list" else [child]
                bases += [sheet.resolve("", text) for item in listed if (text := dotted(item, sheet))]
        bases += [
            sheet.resolve("", text)
            for child in node.named_children
            if child.type == "extends_interfaces"
            for listed in child.named_children
            for item in listed.named_children
            if (text := dotted(item, sheet))
        ]
    listed_parameters = node.child_by_field_name("parameters")
    parameters = tuple(
        _parameter(child, sheet, name)
        for child in (listed_parameters.named_children if listed_parameters is not None else ())
        if child.type == "formal_parameter"
    )
    kind = "class" if is_class else "method"
    sheet.definitions.append(
        Definition(name, kind, sheet.place(node, name), tuple(bases), tuple(decorators), parameters)
    )


def _annotations(node: Node, sheet: Sheet) -> list[Call]:
    found: list[Call] = []
    for child in node.named_children:
        for mark in child.named_children if child.type == "modifiers" else ():
            if mark.type in ("annotation", "marker_annotation"):
                raw = dotted(mark.child_by_field_name("name"), sheet)
                given = arguments(mark.child_by_field_name("arguments"), sheet, "")
                found.append(Call(sheet.resolve("", raw), raw, given, sheet.place(mark, "@" + raw)))
    return found


def _parameter(node: Node, sheet: Sheet, scope: str) -> Argument:
    name, kind = node.child_by_field_name("name"), node.child_by_field_name("type")
    marks = tuple(
        Argument("@" + mark.raw, mark.raw, entries=mark.arguments, refers=mark.name)
        for mark in _annotations(node, sheet)
    )
    refers = sheet.resolve("", dotted(kind, sheet))
    return Argument(sheet.text(name) if name else "", sheet.text(kind) if kind else "", entries=marks, refers=refers)


def _value_field(node: Node, decorators: list[Call], sheet: Sheet) -> None:
    """``@Value("${NAME:default}")``."""
    for mark in decorators:
        first = mark.positional(0)
        if mark.raw.endswith("Value") and first is not None and isinstance(first.value, str):
            for name, default in _PLACEHOLDER.findall(first.value):
                sheet.env.append(EnvRead(name, default or None, sheet.place(node, name), bool(default)))


def _call(node: Node, sheet: Sheet) -> None:
    raw = dotted(node, sheet)
    last = raw.rpartition(".")[2]
    if last:
        sheet.called.add(last)
    if not raw:
        return
    scope = sheet.scopes.at(node.start_byte)
    name = sheet.resolve(scope, raw)
    if name.startswith(_DULL_HEADS) or last in _DULL_METHODS:
        return
    if name == raw and "." not in raw and node.type == "method_invocation":
        return
    given = arguments(node.child_by_field_name("arguments"), sheet, scope)
    symbol = f"{scope}:{raw}" if scope else raw
    sheet.calls.append(
        Call(
            name,
            raw,
            given,
            sheet.place(node, symbol),
            scope,
            _target(node, sheet),
            sheet.loops.index(node.start_byte) >= 0,
        )
    )
    if name == "System.getenv" and given and isinstance(given[0].value, str):
        sheet.env.append(EnvRead(given[0].value, None, sheet.place(node, given[0].value)))


def _target(node: Node, sheet: Sheet) -> str:
    parent = node.parent
    if parent is not None and parent.type == "variable_declarator":
        return dotted(parent.child_by_field_name("name"), sheet)
    if parent is not None and parent.type == "assignment_expression":
        return dotted(parent.child_by_field_name("left"), sheet)
    return ""
