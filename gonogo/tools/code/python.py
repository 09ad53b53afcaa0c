"""Python by syntax tree."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import tree_sitter_python
from tree_sitter import Language as Grammar
from tree_sitter import Node, Parser, Query

from gonogo.facts.code import Argument, Assignment, Call, Definition, EnvRead, Import, Language
from gonogo.tools.code.locate import Locator
from gonogo.tools.code.syntax import Scopes, Sheet, argument, arguments, captured, dotted, local_name, scalar

_QUERY = """
(import_statement) @import
(import_from_statement) @from
(function_definition) @function
(class_definition) @class
(assignment) @assignment
(as_pattern) @as
(typed_parameter) @parameter
(typed_default_parameter) @parameter
(return_statement (identifier) @returned)
(for_statement) @loop
(while_statement) @loop
(call) @call
(subscript value: (attribute) @environment)
"""
# Builtins and pure standard modules that no check asks about: they are most of all calls.
_DULL_WORDS = (
    "len str int float bool isinstance issubclass dict list set tuple frozenset range enumerate zip map filter "
    "sorted reversed sum min max any all abs round repr hasattr getattr setattr super type id iter next hash "
    "format ord chr vars dir callable property staticmethod classmethod slice bytes bytearray divmod object "
    "ValueError TypeError KeyError RuntimeError Exception NotImplementedError AttributeError"
)
_DULL = frozenset(_DULL_WORDS.split())
_DULL_HEADS = (
    "re.",
    "json.",
    "datetime.",
    "typing.",
    "collections.",
    "itertools.",
    "functools.",
    "math.",
    "copy.",
    "enum.",
    "dataclasses.",
    "textwrap.",
    "operator.",
    "os.path.",
    "string.",
    "decimal.",
    "numbers.",
)
_DULL_METHODS_WORDS = (
    "append extend items keys values join split strip lower upper startswith endswith replace format encode "
    "decode lstrip rstrip splitlines rsplit index count sort reverse copy isdigit title isoformat strftime zfill "
    "ljust rjust partition rpartition insert remove discard union setdefault total_seconds timestamp dict group "
    "match"
)
_DULL_METHODS = frozenset(_DULL_METHODS_WORDS.split())


@lru_cache(maxsize=1)
def _grammar() -> tuple[Parser, Query]:
    grammar = Grammar(tree_sitter_python.language())
    return Parser(grammar), Query(grammar, _QUERY)


def read_python(path: str, source: bytes, locator: Locator) -> Sheet:
    """What a Python file says."""
    parser, query = _grammar()
    found = captured(query, parser.parse(source).root_node)
    sheet = Sheet(path, Language.PYTHON, source)
    functions, classes = found.get("function", []), found.get("class", [])
    sheet.scopes = Scopes.of(
        [(n.start_byte, n.end_byte, _name(n, sheet), False) for n in functions]
        + [(n.start_byte, n.end_byte, _name(n, sheet), True) for n in classes]
    )
    sheet.loops = Scopes.of((n.start_byte, n.end_byte, "", False) for n in found.get("loop", []))
    for node in found.get("import", []):
        _import(node, sheet, locator)
    for node in found.get("from", []):
        _import_from(node, sheet, locator)
    _bind(found, sheet)
    for node in functions + classes:
        _definition(node, sheet)
    for node in found.get("call", []):
        _call(node, sheet)
    for node in found.get("environment", []):
        _environment_subscript(node, sheet)
    # ``uvicorn.run("app.main:app")`` loads a module by its name
    sheet.imports = [
        replace(item, local=locator.python(path, item.module)) if item.local == "?" else item for item in sheet.imports
    ]
    sheet.exports.update({name: value for (scope, name), value in sheet.bound.items() if not scope and name[0] != "."})
    return sheet


def _name(node: Node, sheet: Sheet) -> str:
    name = node.child_by_field_name("name")
    return sheet.text(name) if name is not None else ""


def _import(node: Node, sheet: Sheet, locator: Locator) -> None:
    for child in node.named_children:
        name, alias = child.child_by_field_name("name"), child.child_by_field_name("alias")
        module = sheet.text(name if name is not None else child)
        if child.type == "comment" or not module:
            continue
        local = locator.python(sheet.path, module)
        bound = sheet.text(alias) if alias is not None else module.partition(".")[0]
        sheet.imports.append(Import(module, "", bound, sheet.place(node), local))
        if alias is not None:
            sheet.aliases[bound] = local_name(local, "") if local else module
        else:
            head = locator.python(sheet.path, bound)
            sheet.aliases.setdefault(bound, local_name(head, "") if head else bound)


def _import_from(node: Node, sheet: Sheet, locator: Locator) -> None:
    source = node.child_by_field_name("module_name")
    if source is None:
        return
    module = sheet.text(source)
    package = locator.python(sheet.path, module)
    names = node.children_by_field_name("name")
    place = sheet.place(node)
    if not names:
        sheet.imports.append(Import(module, "*", "*", place, package))
        if package:
            sheet.stars.append(package)
    for child in names:
        name, alias = child.child_by_field_name("name"), child.child_by_field_name("alias")
        text = sheet.text(name if name is not None else child)
        bound = sheet.text(alias) if alias is not None else text
        part = locator.python(sheet.path, module + text if module.endswith(".") else f"{module}.{text}")
        if part:
            sheet.aliases[bound] = local_name(part, "")
        elif package:
            sheet.aliases[bound] = local_name(package, text)
        else:
            sheet.aliases[bound] = f"{module}.{text}"
        sheet.imports.append(Import(module, text, bound, place, part or package))


def _bind(found: dict[str, list[Node]], sheet: Sheet) -> None:
    """Says what parameters, variables and attributes stand for, in the order of the file."""
    for node in found.get("parameter", []):
        name = node.child_by_field_name("name") or node.named_child(0)
        scope = sheet.scopes.at(node.start_byte)
        if name is not None:
            sheet.bind(scope, sheet.text(name), sheet.resolve(scope, dotted(node.child_by_field_name("type"), sheet)))
    for node in found.get("function", []):
        if (result := dotted(node.child_by_field_name("return_type"), sheet)) and result not in ("None", "str", "dict"):
            resolved = sheet.resolve("", result)
            if resolved != result:
                sheet.returns[sheet.scopes.at(node.start_byte)] = resolved
    for node in sorted(found.get("assignment", []) + found.get("as", []), key=lambda n: n.start_byte):
        if node.type == "as_pattern":
            _bind_as(node, sheet)
        else:
            _assignment(node, sheet)
    for node in found.get("returned", []):
        scope = sheet.scopes.at(node.start_byte)
        text = sheet.text(node)
        resolved = sheet.resolve(scope, text)
        if scope and resolved != text:
            sheet.returns.setdefault(scope, resolved)


def _bind_as(node: Node, sheet: Sheet) -> None:
    value, alias = node.named_child(0), node.child_by_field_name("alias")
    if value is not None and alias is not None:
        scope = sheet.scopes.at(node.start_byte)
        sheet.bind(scope, dotted(alias, sheet), sheet.resolve(scope, dotted(value, sheet)))


def _assignment(node: Node, sheet: Sheet) -> None:
    left, right, kind = (node.child_by_field_name(name) for name in ("left", "right", "type"))
    if left is None:
        return
    scope = sheet.scopes.at(node.start_byte)
    target = dotted(left, sheet) if left.type in ("identifier", "attribute") else ""
    if not target:
        return
    if right is not None:
        value = right.named_child(0) if right.type in ("boolean_operator", "conditional_expression") else right
        text = dotted(value, sheet) if value is not None and value.type != "subscript" else ""
        resolved = sheet.resolve(scope, text)
        if text and (resolved != text or (value is not None and value.type in ("call", "await"))):
            sheet.bind(scope, target, resolved)
    if kind is not None and (scope, target) not in sheet.bound:
        text = dotted(kind, sheet)
        if (resolved := sheet.resolve(scope, text)) != text:
            sheet.bind(scope, target, resolved)
    if sheet.scopes.is_class_level(node.start_byte):
        name = f"{scope}.{target}" if scope else target
        if right is None:
            sheet.assignments.append(Assignment(name, Argument("", ""), sheet.place(node, name)))
        elif scalar(right, sheet)[0] or right.type in (
            "list",
            "tuple",
            "dictionary",
            "call",
            "attribute",
            "identifier",
            "subscript",
            "binary_operator",
        ):
            sheet.assignments.append(Assignment(name, argument(right, sheet, scope), sheet.place(node, name)))


def _definition(node: Node, sheet: Sheet) -> None:
    name = sheet.scopes.at(node.start_byte)
    outer = name.rpartition(".")[0]
    is_class = node.type == "class_definition"
    bases: tuple[str, ...] = ()
    parameters: tuple[Argument, ...] = ()
    if is_class and (supers := node.child_by_field_name("superclasses")) is not None:
        bases = tuple(sheet.resolve(outer, t) for c in supers.named_children if (t := dotted(c, sheet)))
    elif not is_class and (listed := node.child_by_field_name("parameters")) is not None:
        parameters = tuple(_parameter(child, sheet, name) for child in listed.named_children if child.type != "comment")
    decorators: list[Call] = []
    parent = node.parent
    if parent is not None and parent.type == "decorated_definition":
        for child in parent.named_children:
            if child.type == "decorator" and (inner := child.named_child(0)) is not None:
                decorators.append(_decorator(inner, sheet, outer))
    kind = "class" if is_class else "method" if outer and _in_class(node, sheet) else "function"
    sheet.definitions.append(Definition(name, kind, sheet.place(node, name), bases, tuple(decorators), parameters))


def _in_class(node: Node, sheet: Sheet) -> bool:
    parent = node.parent
    if parent is not None and parent.type == "decorated_definition":
        parent = parent.parent
    owner = parent.parent if parent is not None else None
    return owner is not None and owner.type == "class_definition"


def _parameter(node: Node, sheet: Sheet, scope: str) -> Argument:
    name = node.child_by_field_name("name")
    if name is None:
        name = node.named_child(0) if node.type == "typed_parameter" else node
    kind, default = node.child_by_field_name("type"), node.child_by_field_name("value")
    parts = [sheet.text(part) for part in (kind, default) if part is not None]
    entries = (argument(default, sheet, scope, "default"),) if default is not None else ()
    refers = sheet.resolve(scope.rpartition(".")[0], dotted(kind, sheet)) if kind is not None else ""
    return Argument(
        sheet.text(name) if name is not None else "", " = ".join(parts)[:400], entries=entries, refers=refers
    )


def _decorator(node: Node, sheet: Sheet, scope: str) -> Call:
    raw = dotted(node, sheet)
    given = node.child_by_field_name("arguments") if node.type == "call" else None
    return Call(sheet.resolve(scope, raw), raw, arguments(given, sheet, scope), sheet.place(node, f"@{raw}"), scope)


def _call(node: Node, sheet: Sheet) -> None:
    callee = node.child_by_field_name("function")
    raw = dotted(callee, sheet)
    given = node.child_by_field_name("arguments")
    last = raw.rpartition(".")[2]
    if last:
        sheet.called.add(last)
    if given is not None:
        sheet.called.update(sheet.text(c) for c in given.named_children if c.type == "identifier")
    if not raw or raw in _DULL:
        return
    scope = sheet.scopes.at(node.start_byte)
    name = sheet.resolve(scope, raw)
    if name.startswith(_DULL_HEADS) or (
        name == raw and last in _DULL_METHODS and raw.partition(".")[0] not in sheet.aliases
    ):
        return
    passes = given is not None and any(child.type == "identifier" for child in given.named_children)
    if name == raw and "." not in raw and raw not in ("open", "print", "exec", "eval", "input", "exit") and not passes:
        return
    given_arguments = arguments(given, sheet, scope)
    sheet.calls.append(
        Call(
            name,
            raw,
            given_arguments,
            sheet.place(node, f"{scope}:{raw}" if scope else raw),
            scope,
            _target(node, sheet),
            sheet.loops.index(node.start_byte) >= 0,
        )
    )
    _environment_call(name, given_arguments, sheet, node)
    first = given_arguments[0] if given_arguments else None
    if (
        name in ("uvicorn.run", "uvicorn.Config", "hypercorn.run")
        and first is not None
        and isinstance(first.value, str)
    ):
        sheet.imports.append(Import(first.value.partition(":")[0], "", "", sheet.place(node), "?"))


def _target(node: Node, sheet: Sheet) -> str:
    parent = node.parent
    for _ in range(4):
        if parent is None:
            return ""
        if parent.type == "assignment":
            return dotted(parent.child_by_field_name("left"), sheet)
        if parent.type == "as_pattern":
            return dotted(parent.child_by_field_name("alias"), sheet)
        if parent.type not in ("await", "parenthesized_expression"):
            return ""
        parent = parent.parent
    return ""


_ENVIRONMENT = ("os.getenv", "os.environ.get", "environ.get", "decouple.config", "os.environ.setdefault")


def _environment_call(name: str, given: tuple[Argument, ...], sheet: Sheet, node: Node) -> None:
    if not given or not given[0].literal or not isinstance(given[0].value, str):
        return
    known = name in _ENVIRONMENT or name.startswith(("environs.Env", "environ.Env", "starlette.config.Config"))
    if not known and name.rpartition(".")[2] not in ("getenv", "get_env", "env"):
        return
    default = next((a for a in given[1:] if a.name in ("", "default")), None)
    fallback = default.value if default is not None and default.literal else None
    sheet.env.append(EnvRead(given[0].value, fallback, sheet.place(node, given[0].value), default is not None))


def _environment_subscript(node: Node, sheet: Sheet) -> None:
    parent = node.parent
    if parent is None or sheet.resolve("", dotted(node, sheet)) != "os.environ":
        return
    key = parent.child_by_field_name("subscript")
    if key is not None:
        literal, value = scalar(key, sheet)
        if literal and isinstance(value, str):
            sheet.env.append(EnvRead(value, None, sheet.place(parent, value)))
