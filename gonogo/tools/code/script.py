"""JavaScript and TypeScript by syntax tree; also the script blocks of Vue and Svelte components."""

from __future__ import annotations

import re
from functools import lru_cache

import tree_sitter_javascript
import tree_sitter_typescript
from tree_sitter import Language as Grammar
from tree_sitter import Node, Parser, Query

from gonogo.facts.code import Argument, Assignment, Call, Definition, EnvRead, Import, Language
from gonogo.model.evidence import Place
from gonogo.tools.code.locate import Locator
from gonogo.tools.code.syntax import MARK, Scopes, Sheet, argument, arguments, captured, dotted, local_name, scalar

_QUERY = """
(import_statement) @import
(export_statement) @export
(function_declaration) @function
(generator_function_declaration) @function
(method_definition) @function
(class_declaration) @class
(variable_declarator) @variable
(assignment_expression) @assignment
(pair key: (_) value: [(arrow_function) (function_expression)]) @property
(return_statement (identifier) @returned)
(for_statement) @loop
(for_in_statement) @loop
(while_statement) @loop
(do_statement) @loop
(call_expression) @call
(new_expression) @call
(member_expression object: (_) @environment property: (property_identifier)) @member
(subscript_expression) @subscript
(import_require_clause) @require
"""
_TYPED = """
(abstract_class_declaration) @class
(required_parameter) @parameter
(optional_parameter) @parameter
(public_field_definition) @field
"""
_BLOCK = re.compile(rb"<script\b[^>]*>(.*?)</script>", re.S)
_DULL_METHODS_WORDS = (
    "map filter reduce forEach join split push slice trim includes find some every concat toString toLowerCase "
    "toUpperCase replace indexOf flatMap sort startsWith endsWith padStart padEnd pop shift unshift splice has "
    "keys values entries charAt substring test match toISOString getTime toFixed bind localeCompare "
    "findIndex flat toLocaleString optional nullable min max describe default refine nonempty"
)
_DULL_METHODS = frozenset(_DULL_METHODS_WORDS.split())
_DULL_HEADS = (
    "Math.",
    "Object.",
    "Array.",
    "JSON.",
    "Number.",
    "String.",
    "Date.",
    "React.",
    "react.",
    "Symbol.",
    "react-i18next",
    "next-intl",
    "clsx",
    "classnames",
    "lucide-react",
    "react-hook-form",
    "Reflect.",
)
_SCHEMAS = ("zod.", "yup.", "joi.", "valibot.", "@sinclair/typebox.", "superstruct.")
_PARSES = frozenset({"parse", "safeParse", "parseAsync", "safeParseAsync", "validate", "validateAsync", "assert"})
"""Of schema libraries only the checks themselves: what schemas are made of is many calls, and says nothing here."""
_GLOBALS_WORDS = (
    "fetch require setTimeout setInterval clearTimeout eval import WebSocket EventSource XMLHttpRequest "
    "AbortController Function"
)
_GLOBALS = frozenset(_GLOBALS_WORDS.split())
_FUNCTIONS = ("arrow_function", "function_expression", "function")
_ENVIRONMENTS = frozenset({b"process.env", b"import.meta.env", b"Bun.env"})


@lru_cache(maxsize=3)
def _grammar(kind: str) -> tuple[Parser, Query]:
    if kind == "javascript":
        grammar, query = Grammar(tree_sitter_javascript.language()), _QUERY
    elif kind == "tsx":
        grammar, query = Grammar(tree_sitter_typescript.language_tsx()), _QUERY + _TYPED
    else:
        grammar, query = Grammar(tree_sitter_typescript.language_typescript()), _QUERY + _TYPED
    if kind == "javascript":
        query = query.replace("(import_require_clause) @require\n", "")
    return Parser(grammar), Query(grammar, query)


def read_script(path: str, source: bytes, locator: Locator) -> Sheet:
    """What a JavaScript or TypeScript file says."""
    ending = path.rpartition(".")[2]
    if ending in ("vue", "svelte"):
        source = _script_blocks(source)
    kind = {
        "ts": "typescript",
        "mts": "typescript",
        "cts": "typescript",
        "tsx": "tsx",
        "vue": "typescript",
        "svelte": "typescript",
    }.get(ending, "javascript")
    parser, query = _grammar(kind)
    found = captured(query, parser.parse(source).root_node)
    language = Language.JAVASCRIPT if kind == "javascript" else Language.TYPESCRIPT
    sheet = Sheet(path, language, source)
    sheet.locate = lambda specifier: locator.script(path, specifier)
    sheet.scopes = Scopes.of(_spans(found, sheet))
    sheet.loops = Scopes.of((n.start_byte, n.end_byte, "", False) for n in found.get("loop", []))
    for node in found.get("import", []):
        _import(node, sheet, locator)
    for node in found.get("export", []):
        _export_from(node, sheet, locator)
    _bind(found, sheet, locator)
    for node in found.get("function", []) + found.get("class", []):
        _definition(node, sheet)
    for node in _holders(found):
        _held_definition(node, sheet)
    for node in found.get("call", []):
        _call(node, sheet, locator)
    _environment(found, sheet)
    for node in found.get("export", []):
        _export(node, sheet)
    for (scope, name), value in sheet.bound.items():
        if not scope and name[0] != ".":
            sheet.exports.setdefault(name, value)
    return sheet


def _script_blocks(source: bytes) -> bytes:
    """The script blocks of a component at their own positions: everything else is blank."""
    blank = bytearray(re.sub(rb"[^\n]", b" ", source))
    for block in _BLOCK.finditer(source):
        blank[block.start(1) : block.end(1)] = block[1]
    return bytes(blank)


def _spans(found: dict[str, list[Node]], sheet: Sheet) -> list[tuple[int, int, str, bool]]:
    spans: list[tuple[int, int, str, bool]] = []
    for node in found.get("function", []) + found.get("class", []):
        name = node.child_by_field_name("name")
        if name is not None:
            spans.append((node.start_byte, node.end_byte, sheet.text(name), node.type.endswith("class_declaration")))
    for node in _holders(found):
        name, value = _held(node)
        if name is not None and value is not None:
            spans.append((value.start_byte, value.end_byte, _held_name(name, sheet), False))
    return spans


def _holders(found: dict[str, list[Node]]) -> list[Node]:
    """Nodes that may give a function a name."""
    return [node for kind in ("variable", "property", "field", "assignment") for node in found.get(kind, [])]


def _held(node: Node) -> tuple[Node | None, Node | None]:
    """The name and the function that a variable, property or attribute holds, also one wrapped in a call."""
    name = node.child_by_field_name("name") or node.child_by_field_name("key") or node.child_by_field_name("left")
    value = node.child_by_field_name("value") or node.child_by_field_name("right")
    if name is None or value is None or name.type in ("object_pattern", "array_pattern"):
        return None, None
    if value.type in _FUNCTIONS:
        return name, value
    given = value.child_by_field_name("arguments") if value.type == "call_expression" else None
    if given is not None and any(child.type in _FUNCTIONS for child in given.named_children[:3]):
        return name, value
    return None, None


def _held_name(name: Node, sheet: Sheet) -> str:
    return sheet.text(name).strip("'\"").rpartition(".")[2]


def _import(node: Node, sheet: Sheet, locator: Locator) -> None:
    source = node.child_by_field_name("source")
    place = sheet.place(node)
    if source is None:
        for child in node.named_children:
            if child.type == "import_require_clause":
                _import_require(child, sheet, locator)
        return
    module = sheet.text(source)[1:-1]
    local = locator.script(sheet.path, module)
    clause = next((child for child in node.named_children if child.type == "import_clause"), None)
    if clause is None:
        sheet.imports.append(Import(module, "", "", place, local))
        return
    for child in clause.named_children:
        if child.type == "identifier":
            _bind_import(sheet, Import(module, "default", sheet.text(child), place, local))
        elif child.type == "namespace_import":
            inner = child.named_child(0)
            _bind_import(sheet, Import(module, "", sheet.text(inner) if inner else "", place, local))
        elif child.type == "named_imports":
            for item in child.named_children:
                name, alias = item.child_by_field_name("name"), item.child_by_field_name("alias")
                if name is not None:
                    bound = alias if alias is not None else name
                    _bind_import(sheet, Import(module, sheet.text(name), sheet.text(bound), place, local))


def _import_require(clause: Node, sheet: Sheet, locator: Locator) -> None:
    name, source = clause.named_child(0), clause.child_by_field_name("source")
    if name is not None and source is not None:
        module = sheet.text(source)[1:-1]
        local = locator.script(sheet.path, module)
        _bind_import(sheet, Import(module, "", sheet.text(name), sheet.place(clause), local))


def _bind_import(sheet: Sheet, item: Import) -> None:
    sheet.imports.append(item)
    if item.local:
        sheet.aliases[item.alias] = local_name(item.local, item.name)
    else:
        sheet.aliases[item.alias] = item.module if item.name in ("", "default") else f"{item.module}.{item.name}"


def _export_from(node: Node, sheet: Sheet, locator: Locator) -> None:
    source = node.child_by_field_name("source")
    if source is None:
        return
    module = sheet.text(source)[1:-1]
    local = locator.script(sheet.path, module)
    sheet.imports.append(Import(module, "*", "", sheet.place(node), local))
    clause = next((child for child in node.named_children if child.type == "export_clause"), None)
    if clause is None:
        if local:
            sheet.stars.append(local)
        return
    for item in clause.named_children:
        name, alias = item.child_by_field_name("name"), item.child_by_field_name("alias")
        if name is not None:
            target = local_name(local, sheet.text(name)) if local else f"{module}.{sheet.text(name)}"
            sheet.exports[sheet.text(alias if alias is not None else name)] = target


def _export(node: Node, sheet: Sheet) -> None:
    """Default exports and renamed ones: named ones have the name that they are bound to."""
    if (value := node.child_by_field_name("value")) is not None:
        text = dotted(value, sheet)
        if text and (resolved := sheet.resolve("", text)):
            sheet.exports["default"] = resolved if resolved != text else local_name(sheet.path, text)
    elif (inner := node.child_by_field_name("declaration")) is not None:
        name = inner.child_by_field_name("name")
        if name is not None and any(child.type == "default" for child in node.children):
            sheet.exports["default"] = local_name(sheet.path, sheet.text(name))
    elif node.child_by_field_name("source") is None:
        for clause in node.named_children:
            for item in clause.named_children if clause.type == "export_clause" else ():
                name, alias = item.child_by_field_name("name"), item.child_by_field_name("alias")
                if name is not None and alias is not None:
                    text = sheet.text(name)
                    resolved = sheet.resolve("", text)
                    sheet.exports[sheet.text(alias)] = resolved if resolved != text else local_name(sheet.path, text)


def _bind(found: dict[str, list[Node]], sheet: Sheet, locator: Locator) -> None:
    for node in found.get("parameter", []):
        kind, name = node.child_by_field_name("type"), node.child_by_field_name("pattern")
        if kind is None or name is None or name.type != "identifier":
            continue
        scope = sheet.scopes.at(node.start_byte)
        text = dotted(kind, sheet)
        resolved = sheet.resolve(scope, text)
        if resolved == text:
            continue
        sheet.bind(scope, sheet.text(name), resolved)
        if any(child.type == "accessibility_modifier" or child.type == "readonly" for child in node.children):
            sheet.bind(scope, "this." + sheet.text(name), resolved)
    nodes = found.get("variable", []) + found.get("assignment", []) + found.get("field", [])
    for node in sorted(nodes, key=lambda n: n.start_byte):
        _bind_one(node, sheet, locator)
    for node in found.get("returned", []):
        scope, text = sheet.scopes.at(node.start_byte), sheet.text(node)
        resolved = sheet.resolve(scope, text)
        if scope and resolved != text:
            sheet.returns.setdefault(scope, resolved)


def _bind_one(node: Node, sheet: Sheet, locator: Locator) -> None:
    left = node.child_by_field_name("name") or node.child_by_field_name("left")
    right = node.child_by_field_name("value") or node.child_by_field_name("right")
    kind = node.child_by_field_name("type")
    if left is None:
        return
    scope = sheet.scopes.at(node.start_byte)
    is_field = node.type == "public_field_definition"
    if right is not None and (module := _required(right, sheet)):
        _bind_require(left, right, module, sheet, locator)
        return
    target = dotted(left, sheet) if left.type != "object_pattern" else ""
    if left.type == "object_pattern" and right is not None:
        _bind_pattern(left, right, sheet, scope)
    if not target:
        return
    if is_field:
        target = "this." + target
    value = _unwrapped(right)
    text = dotted(value, sheet) if value is not None and value.type not in _FUNCTIONS else ""
    resolved = sheet.resolve(scope, text) if text else ""
    if text and (resolved != text or (value is not None and value.type in ("call_expression", "new_expression"))):
        sheet.bind(scope + (".x" if is_field else ""), target, resolved)
        if target in ("module.exports", "exports.default"):
            sheet.exports["default"] = sheet.exports[""] = resolved
        elif target.startswith(("exports.", "module.exports.")):
            sheet.exports[target.rpartition(".")[2]] = resolved
    elif target == "module.exports" and value is not None:
        _export_object(value, sheet, text)
    elif kind is not None and (text := dotted(kind, sheet)) and (resolved := sheet.resolve(scope, text)) != text:
        sheet.bind(scope + (".x" if is_field else ""), target, resolved)
    settles = node.type != "assignment_expression" or ("." in target and not target.startswith("this."))
    if right is not None and settles and sheet.scopes.is_class_level(node.start_byte):
        plain = target.removeprefix("this.")
        name = f"{scope}.{plain}" if scope else plain
        if scalar(right, sheet)[0] or right.type in ("object", "array", "call_expression", "binary_expression"):
            sheet.assignments.append(Assignment(name, argument(right, sheet, scope), sheet.place(node, name)))


def _export_object(value: Node, sheet: Sheet, text: str) -> None:
    if value.type == "object":
        for entry in argument(value, sheet, "").entries:
            if entry.name and entry.refers:
                known = entry.refers if entry.refers != entry.text else local_name(sheet.path, entry.text)
                sheet.exports[entry.name] = known
    elif text:
        sheet.exports["default"] = sheet.exports[""] = local_name(sheet.path, text)


def _unwrapped(node: Node | None) -> Node | None:
    while node is not None:
        if node.type in ("await_expression", "parenthesized_expression", "as_expression", "non_null_expression"):
            node = node.named_child(0)
        elif node.type in ("binary_expression", "ternary_expression"):
            node = node.child_by_field_name("right") or node.child_by_field_name("alternative")
        else:
            return node
    return None


def _required(node: Node, sheet: Sheet) -> str:
    """The specifier of ``require("x")`` or ``await import("x")``, also with a member after it."""
    inner = _unwrapped(node)
    while inner is not None and inner.type in ("member_expression", "call_expression"):
        if inner.type == "call_expression":
            callee, given = inner.child_by_field_name("function"), inner.child_by_field_name("arguments")
            if callee is not None and sheet.text(callee) in ("require", "import") and given is not None:
                first = given.named_child(0)
                literal, value = scalar(first, sheet) if first is not None else (False, None)
                return value if literal and isinstance(value, str) else ""
            inner = callee
        else:
            inner = inner.child_by_field_name("object")
    return ""


def _bind_require(left: Node, right: Node, module: str, sheet: Sheet, locator: Locator) -> None:
    local = locator.script(sheet.path, module)
    place = sheet.place(left)
    text = dotted(_unwrapped(right), sheet)
    rest = text.partition(".")[2]
    if left.type == "identifier":
        _bind_import(sheet, Import(module, rest, sheet.text(left), place, local))
    elif left.type == "object_pattern":
        for child in left.named_children:
            key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            name = sheet.text(key if key is not None else child)
            _bind_import(sheet, Import(module, name, sheet.text(value) if value is not None else name, place, local))
    else:
        sheet.imports.append(Import(module, rest, "", place, local))
        if target := dotted(left, sheet):
            sheet.bind(sheet.scopes.at(left.start_byte), target, local_name(local, rest) if local else module)


def _bind_pattern(left: Node, right: Node, sheet: Sheet, scope: str) -> None:
    text = dotted(_unwrapped(right), sheet)
    if text == "process.env":
        for child in left.named_children:
            name = sheet.text(child).partition("=")[0].partition(":")[0].strip()
            default = child.child_by_field_name("right")
            literal, value = scalar(default, sheet) if default is not None else (False, None)
            sheet.env.append(EnvRead(name, value if literal else None, sheet.place(child, name), default is not None))
        return
    resolved = sheet.resolve(scope, text)
    if not text or resolved == text:
        return
    for child in left.named_children:
        key, renamed = child.child_by_field_name("key"), child.child_by_field_name("value")
        name = sheet.text(key if key is not None else child)
        bound = dotted(renamed, sheet) if renamed is not None else name
        if name.isidentifier() and bound:
            sheet.bind(scope, bound, f"{resolved}.{name}")


def _definition(node: Node, sheet: Sheet) -> None:
    name = sheet.scopes.at(node.start_byte)
    outer = name.rpartition(".")[0]
    is_class = node.type.endswith("class_declaration")
    bases: list[str] = []
    if is_class:
        for heritage in (child for child in node.named_children if child.type == "class_heritage"):
            inner = heritage.named_children
            for clause in inner:
                listed = clause.named_children if clause.type in ("extends_clause", "implements_clause") else [clause]
                bases += [sheet.resolve("", text) for child in listed if (text := dotted(child, sheet))]
    parameters: tuple[Argument, ...] = ()
    if not is_class and (listed_parameters := node.child_by_field_name("parameters")) is not None:
        parameters = tuple(_parameter(child, sheet, name) for child in listed_parameters.named_children)
    decorators = tuple(_decorators(node, sheet, outer))
    kind = "class" if is_class else "method" if node.type == "method_definition" else "function"
    sheet.definitions.append(Definition(name, kind, sheet.place(node, name), tuple(bases), decorators, parameters))


def _held_definition(node: Node, sheet: Sheet) -> None:
    name, value = _held(node)
    if name is None or value is None:
        return
    label = sheet.scopes.at(value.start_byte)
    listed = value.child_by_field_name("parameters")
    parameters = tuple(_parameter(child, sheet, label) for child in listed.named_children) if listed is not None else ()
    sheet.definitions.append(Definition(label, "function", sheet.place(node, label), (), (), parameters))


def _decorators(node: Node, sheet: Sheet, scope: str) -> list[Call]:
    nodes = [child for child in node.named_children if child.type == "decorator"]
    parent = node.parent
    if parent is not None and parent.type == "export_statement":
        nodes += [child for child in parent.named_children if child.type == "decorator"]
    before = node.prev_named_sibling
    while before is not None and before.type in ("decorator", "comment"):
        if before.type == "decorator":
            nodes.append(before)
        before = before.prev_named_sibling
    found: list[Call] = []
    for decorator in sorted(nodes, key=lambda n: n.start_byte):
        inner = decorator.named_child(0)
        raw = dotted(inner, sheet)
        given = (
            inner.child_by_field_name("arguments") if inner is not None and inner.type == "call_expression" else None
        )
        found.append(
            Call(
                sheet.resolve(scope, raw), raw, arguments(given, sheet, scope), sheet.place(decorator, "@" + raw), scope
            )
        )
    return found


def _parameter(node: Node, sheet: Sheet, scope: str) -> Argument:
    name, kind = node.child_by_field_name("pattern") or node, node.child_by_field_name("type")
    marks = [dotted(child.named_child(0), sheet) for child in node.named_children if child.type == "decorator"]
    entries = tuple(Argument("@" + mark, mark, refers=sheet.resolve(scope, mark)) for mark in marks)
    refers = sheet.resolve(scope, dotted(kind, sheet)) if kind is not None else ""
    return Argument(
        sheet.text(name)[:80],
        sheet.text(kind).lstrip(": ")[:400] if kind is not None else "",
        entries=entries,
        refers=refers,
    )


def _call(node: Node, sheet: Sheet, locator: Locator) -> None:
    callee = node.child_by_field_name("function" if node.type == "call_expression" else "constructor")
    raw = dotted(callee, sheet)
    given = node.child_by_field_name("arguments")
    last = raw.rpartition(".")[2]
    if last:
        sheet.called.add(last)
    if given is not None:
        sheet.called.update(sheet.text(c) for c in given.named_children if c.type == "identifier")
    if not raw:
        return
    scope = sheet.scopes.at(node.start_byte)
    if raw in ("require", "import") and given is not None:
        _lone_import(node, given, sheet, locator)
        return
    name = sheet.resolve(scope, raw)
    if name.startswith(_SCHEMAS) and last not in _PARSES:
        return
    if name.startswith(_DULL_HEADS) or (
        name == raw and last in _DULL_METHODS and raw.partition(".")[0] not in sheet.aliases
    ):
        return
    unknown = name == raw and raw not in _GLOBALS and raw not in sheet.aliases
    passes = given is not None and any(child.type == "identifier" for child in given.named_children)
    if "." not in raw and unknown and node.type == "call_expression" and not passes:
        return
    if (
        MARK in name
        and "." not in raw
        and node.type == "call_expression"
        and given is not None
        and given.named_child_count == 0
    ):
        return
    symbol = f"{scope}:{raw}" if scope else raw
    sheet.calls.append(
        Call(
            name,
            raw,
            arguments(given, sheet, scope),
            sheet.place(node, symbol),
            scope,
            _target(node, sheet),
            sheet.loops.index(node.start_byte) >= 0,
        )
    )


def _lone_import(node: Node, given: Node, sheet: Sheet, locator: Locator) -> None:
    """``require("./x")`` or ``import("./x")`` that is not bound to a name: it counts for what is reached."""
    first = given.named_child(0)
    literal, value = scalar(first, sheet) if first is not None else (False, None)
    bound = node.parent is not None and node.parent.type == "variable_declarator"
    if literal and isinstance(value, str) and not bound:
        sheet.imports.append(Import(value, "", "", sheet.place(node), locator.script(sheet.path, value)))


def _target(node: Node, sheet: Sheet) -> str:
    parent = node.parent
    for _ in range(5):
        if parent is None:
            return ""
        if parent.type in ("variable_declarator", "public_field_definition"):
            return dotted(parent.child_by_field_name("name"), sheet)
        if parent.type == "assignment_expression":
            return dotted(parent.child_by_field_name("left"), sheet)
        if parent.type not in ("await_expression", "parenthesized_expression", "as_expression", "non_null_expression"):
            return ""
        parent = parent.parent
    return ""


def _environment(found: dict[str, list[Node]], sheet: Sheet) -> None:
    for node in found.get("environment", []):
        if sheet.source[node.start_byte : node.end_byte] in _ENVIRONMENTS and (member := node.parent) is not None:
            name = member.child_by_field_name("property")
            if name is not None:
                _environment_read(sheet.text(name), member, sheet)
    for node in found.get("subscript", []):
        owner, index = node.child_by_field_name("object"), node.child_by_field_name("index")
        if owner is not None and index is not None and sheet.source[owner.start_byte : owner.end_byte] in _ENVIRONMENTS:
            literal, value = scalar(index, sheet)
            if literal and isinstance(value, str):
                _environment_read(value, node, sheet)


def _environment_read(name: str, node: Node, sheet: Sheet) -> None:
    outer = node.parent
    default: Node | None = None
    while outer is not None and outer.type in ("parenthesized_expression", "non_null_expression", "as_expression"):
        outer = outer.parent
    if outer is not None and outer.type == "binary_expression" and outer.child_by_field_name("left") == node:
        operator = outer.child_by_field_name("operator")
        if operator is not None and sheet.text(operator) in ("||", "??"):
            default = outer.child_by_field_name("right")
    literal, value = scalar(default, sheet) if default is not None else (False, None)
    place = Place(sheet.path, node.start_point.row + 1, 0, name)
    sheet.env.append(EnvRead(name, value if literal else None, place, default is not None))
