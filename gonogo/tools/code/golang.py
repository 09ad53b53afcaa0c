"""Go by syntax tree."""

from __future__ import annotations

import re
from functools import lru_cache

import tree_sitter_go
from tree_sitter import Language as Grammar
from tree_sitter import Node, Parser, Query

from gonogo.facts.code import Argument, Assignment, Call, Definition, EnvRead, Import, Language
from gonogo.tools.code.locate import Locator
from gonogo.tools.code.syntax import MARK, Scopes, Sheet, argument, arguments, captured, dotted, local_name

_QUERY = """
(import_spec) @import
(function_declaration) @function
(method_declaration) @function
(type_spec) @type
(parameter_declaration) @parameter
(field_declaration) @field
(short_var_declaration) @variable
(assignment_statement) @variable
(var_spec) @variable
(const_spec) @constant
(for_statement) @loop
(call_expression) @call
(composite_literal) @composite
"""
_DULL_WORDS = "len cap append make new copy delete panic print println string byte int int64 error float64"
_DULL = frozenset(_DULL_WORDS.split())
_DULL_HEADS = (
    "fmt.Sprint",
    "fmt.Errorf",
    "strings.",
    "strconv.",
    "errors.",
    "sort.",
    "bytes.",
    "math.",
    "reflect.",
    "path.",
    "path/filepath.",
    "unicode.",
    "encoding/json.Marshal",
    "encoding/json.Unmarshal",
)
_PASSED = frozenset({"identifier", "call_expression", "unary_expression"})
_VERSION = re.compile(r"^v\d+$")


@lru_cache(maxsize=1)
def _grammar() -> tuple[Parser, Query]:
    grammar = Grammar(tree_sitter_go.language())
    return Parser(grammar), Query(grammar, _QUERY)


def read_go(path: str, source: bytes, locator: Locator) -> Sheet:
    """What a Go file says."""
    parser, query = _grammar()
    found = captured(query, parser.parse(source).root_node)
    sheet = Sheet(path, Language.GO, source)
    functions = found.get("function", [])
    sheet.scopes = Scopes.of((n.start_byte, n.end_byte, _function_name(n, sheet), False) for n in functions)
    sheet.loops = Scopes.of((n.start_byte, n.end_byte, "", False) for n in found.get("loop", []))
    for node in found.get("import", []):
        _import(node, sheet, locator)
    _bind(found, sheet)
    for node in functions:
        _definition(node, sheet)
    for node in found.get("type", []):
        _type(node, sheet)
    for node in found.get("call", []) + found.get("composite", []):
        _call(node, sheet)
    for node in found.get("constant", []):
        _constant(node, sheet)
    sheet.exports.update({name: value for (scope, name), value in sheet.bound.items() if not scope and name[0] != "."})
    return sheet


def _function_name(node: Node, sheet: Sheet) -> str:
    name = node.child_by_field_name("name")
    text = sheet.text(name) if name is not None else ""
    receiver = node.child_by_field_name("receiver")
    if receiver is None or receiver.named_child_count == 0:
        return text
    owner = receiver.named_child(0)
    kind = owner.child_by_field_name("type") if owner is not None else None
    return f"{dotted(kind, sheet)}.{text}"


def _import(node: Node, sheet: Sheet, locator: Locator) -> None:
    path, name = node.child_by_field_name("path"), node.child_by_field_name("name")
    if path is None:
        return
    module = sheet.text(path)[1:-1]
    parts = module.split("/")
    last = parts[-2] if len(parts) > 1 and _VERSION.match(parts[-1]) else parts[-1]
    alias = sheet.text(name) if name is not None else re.sub(r"\.v\d+$", "", last).removeprefix("go-").replace("-", "_")
    files = locator.go(module)
    sheet.imports.append(Import(module, "", alias, sheet.place(node), files[0] if files else ""))
    sheet.aliases[alias] = local_name(files[0].rpartition("/")[0] + "/", "") if files else module
    if name is None and not files:
        sheet.aliases.setdefault(last, module)


def _bind(found: dict[str, list[Node]], sheet: Sheet) -> None:
    first: Node | None
    for declared in found.get("field", []):
        text = dotted(declared.child_by_field_name("type"), sheet)
        resolved = sheet.resolve("", text)
        if text and resolved != text:
            for name in declared.children_by_field_name("name"):
                sheet.bound[("", "." + sheet.text(name))] = resolved
    receivers: set[str] = set()
    for node in found.get("parameter", []):
        scope = sheet.scopes.at(node.start_byte)
        text = dotted(node.child_by_field_name("type"), sheet)
        owner = node.parent.parent if node.parent is not None else None
        is_receiver = owner is not None and owner.child_by_field_name("receiver") == node.parent
        for name in node.children_by_field_name("name"):
            if is_receiver:
                receivers.add(sheet.text(name))
            else:
                sheet.bind(scope, sheet.text(name), sheet.resolve(scope, text))
    # A receiver's name is short (``s``, ``h``): within one file it is taken to stand for the receiver everywhere.
    sheet.self_names = frozenset(receivers)
    for function in found.get("function", []):
        result = function.child_by_field_name("result")
        if result is not None:
            first = result.named_child(0) if result.type == "parameter_list" else result
            if first is not None and first.type == "parameter_declaration":
                first = first.child_by_field_name("type")
            text = dotted(first, sheet)
            if text and (resolved := sheet.resolve("", text)) != text:
                sheet.returns[sheet.scopes.at(function.start_byte)] = resolved
    for variable in sorted(found.get("variable", []), key=lambda n: n.start_byte):
        _bind_variable(variable, sheet)


def _bind_variable(node: Node, sheet: Sheet) -> None:
    left = node.child_by_field_name("left") or node.child_by_field_name("name")
    right = node.child_by_field_name("right") or node.child_by_field_name("value")
    kind = node.child_by_field_name("type")
    if left is None:
        return
    scope = sheet.scopes.at(node.start_byte)
    first = left.named_child(0) if left.type == "expression_list" else left
    target = dotted(first, sheet)
    if right is not None:
        value = right.named_child(0) if right.type == "expression_list" else right
        text = dotted(value, sheet)
        resolved = sheet.resolve(scope, text)
        if target and text and (resolved != text or (value is not None and value.type == "call_expression")):
            sheet.bind(scope, target, resolved)
    elif kind is not None and target:
        sheet.bind(scope, target, sheet.resolve(scope, dotted(kind, sheet)))


def _definition(node: Node, sheet: Sheet) -> None:
    name = sheet.scopes.at(node.start_byte)
    listed = node.child_by_field_name("parameters")
    parameters: list[Argument] = []
    for child in listed.named_children if listed is not None else ():
        kind = child.child_by_field_name("type")
        refers = sheet.resolve("", dotted(kind, sheet))
        for inner in child.children_by_field_name("name"):
            parameters.append(Argument(sheet.text(inner), sheet.text(kind) if kind is not None else "", refers=refers))
    kind_name = "method" if "." in name else "function"
    sheet.definitions.append(Definition(name, kind_name, sheet.place(node, name), (), (), tuple(parameters)))


def _type(node: Node, sheet: Sheet) -> None:
    name, kind = node.child_by_field_name("name"), node.child_by_field_name("type")
    if name is None or kind is None or kind.type not in ("struct_type", "interface_type"):
        return
    bases: list[str] = []
    for child in kind.named_children:
        for declared in child.named_children if child.type == "field_declaration_list" else ():
            if declared.child_by_field_name("name") is None and (
                text := dotted(declared.child_by_field_name("type"), sheet)
            ):
                bases.append(sheet.resolve("", text))
    text = sheet.text(name)
    sheet.definitions.append(Definition(text, "class", sheet.place(node, text), tuple(bases)))


def _constant(node: Node, sheet: Sheet) -> None:
    name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    if name is not None and value is not None and not sheet.scopes.at(node.start_byte):
        inner = value.named_child(0) or value
        sheet.assignments.append(
            Assignment(sheet.text(name), argument(inner, sheet, ""), sheet.place(node, sheet.text(name)))
        )


def _call(node: Node, sheet: Sheet) -> None:
    raw = dotted(node, sheet)
    composite = node.type == "composite_literal"
    given = node.child_by_field_name("arguments")
    last = raw.rpartition(".")[2]
    if last:
        sheet.called.add(last)
    if given is not None:
        for child in given.named_children:
            if child.type in ("identifier", "selector_expression"):
                sheet.called.add(sheet.text(child).rpartition(".")[2])
    if not raw or raw in _DULL:
        return
    scope = sheet.scopes.at(node.start_byte)
    name = sheet.resolve(scope, raw)
    passes = given is not None and any(child.type in _PASSED for child in given.named_children)
    if name.startswith(_DULL_HEADS) or (name == raw and "." not in raw and not passes):
        return
    if composite and MARK in name:
        return
    listed = argument(node, sheet, scope).entries if composite else arguments(given, sheet, scope)
    symbol = f"{scope}:{raw}" if scope else raw
    sheet.calls.append(
        Call(
            name,
            raw,
            listed,
            sheet.place(node, symbol),
            scope,
            _target(node, sheet),
            sheet.loops.index(node.start_byte) >= 0,
        )
    )
    if (name in ("os.Getenv", "os.LookupEnv") or re.search(r"(?i)(^|\.)(get)?env\w*$", last)) and listed:
        first = listed[0]
        if first.literal and isinstance(first.value, str):
            default = listed[1] if len(listed) > 1 else None
            fallback = default.value if default is not None and default.literal else None
            sheet.env.append(EnvRead(first.value, fallback, sheet.place(node, first.value), default is not None))


def _target(node: Node, sheet: Sheet) -> str:
    parent = node.parent
    for _ in range(4):
        if parent is None:
            return ""
        if parent.type in ("short_var_declaration", "assignment_statement", "var_spec"):
            left = parent.child_by_field_name("left") or parent.child_by_field_name("name")
            return dotted(left, sheet)
        if parent.type not in ("expression_list", "unary_expression"):
            return ""
        parent = parent.parent
    return ""
