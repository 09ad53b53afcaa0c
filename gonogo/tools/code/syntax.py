"""From syntax nodes to names and arguments: what all languages share.

A name that leads into another file of the target is kept as ``\\0path\\0name`` until all files are read
(:mod:`gonogo.tools.code.follow` replaces it).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tree_sitter import Node, Query, QueryCursor

from gonogo.facts.code import Argument, Assignment, Call, Definition, EnvRead, Import, Language, Scalar
from gonogo.model.evidence import Place

MARK = "\0"
TEXT_LENGTH = 400
MOST_ENTRIES = 60
_MEMBERS = {
    "attribute": ("object", "attribute"),
    "member_expression": ("object", "property"),
    "selector_expression": ("operand", "field"),
    "field_access": ("object", "field"),
    "qualified_type": ("package", "name"),
    "scoped_identifier": ("scope", "name"),
    "method_invocation": ("object", "name"),
}
_CALLEE = {
    "call": "function",
    "call_expression": "function",
    "new_expression": "constructor",
    "object_creation_expression": "type",
    "composite_literal": "type",
    "unary_expression": "operand",
    "subscript": "value",
    "subscript_expression": "object",
    "index_expression": "operand",
    "as_expression": "",
    "type_assertion_expression": "operand",
    "slice_expression": "operand",
}
_WRAPPERS_WORDS = (
    "await await_expression parenthesized_expression non_null_expression satisfies_expression type "
    "type_annotation pointer_type generic_type union_type binary_operator type_elem instantiation_expression "
    "method_reference as_pattern_target literal_element expression_list superclass extends_clause"
)
_WRAPPERS = frozenset(_WRAPPERS_WORDS.split())
_NAMES_WORDS = (
    "identifier property_identifier type_identifier field_identifier package_identifier this super "
    "shorthand_property_identifier shorthand_property_identifier_pattern private_property_identifier "
    "scoped_type_identifier nested_type_identifier dotted_name nested_identifier"
)
_NAMES = frozenset(_NAMES_WORDS.split())
_STRINGS = frozenset(
    ["string", "template_string", "interpreted_string_literal", "raw_string_literal", "string_literal"]
)
_NUMBERS = frozenset(
    [
        "integer",
        "float",
        "number",
        "int_literal",
        "float_literal",
        "decimal_integer_literal",
        "decimal_floating_point_literal",
        "hex_integer_literal",
    ]
)
_CONSTANTS: dict[str, Scalar] = {
    "true": True,
    "false": False,
    "none": None,
    "null": None,
    "null_literal": None,
    "nil": None,
    "undefined": None,
}
_LISTS = frozenset(["list", "array", "tuple", "set", "array_initializer", "element_value_array_initializer"])
_CALLS = frozenset(["call", "call_expression", "new_expression", "object_creation_expression", "method_invocation"])
_TYPE_WRAPPERS = frozenset(["Annotated", "Optional", "Final", "ClassVar", "Type", "Depends"])


def captured(query: Query, root: Node) -> dict[str, list[Node]]:
    """The nodes that a query finds, by capture, in the order of the text: the library gives them in any order."""
    found = QueryCursor(query).captures(root)
    return {name: sorted(nodes, key=lambda node: (node.start_byte, -node.end_byte)) for name, nodes in found.items()}


@dataclass(slots=True)
class Scopes:
    """Functions and classes of a file by position."""

    starts: list[int]
    ends: list[int]
    parents: list[int]
    names: list[str]
    classes: list[bool]

    @staticmethod
    def of(spans: Iterable[tuple[int, int, str, bool]]) -> Scopes:
        """From (start byte, end byte, name, is a class)."""
        scopes = Scopes([], [], [], [], [])
        stack: list[int] = []
        for start, end, name, is_class in sorted(spans, key=lambda span: (span[0], -span[1])):
            while stack and scopes.ends[stack[-1]] <= start:
                stack.pop()
            parent = stack[-1] if stack else -1
            prefix = scopes.names[parent] + "." if parent >= 0 and scopes.names[parent] else ""
            scopes.starts.append(start)
            scopes.ends.append(end)
            scopes.parents.append(parent)
            scopes.names.append(prefix + name)
            scopes.classes.append(is_class)
            stack.append(len(scopes.starts) - 1)
        return scopes

    def index(self, byte: int) -> int:
        """The innermost scope that holds the byte; -1 for the module."""
        index = bisect_right(self.starts, byte) - 1
        while index >= 0 and self.ends[index] <= byte:
            index = self.parents[index]
        return index

    def at(self, byte: int) -> str:
        """The qualified name of the innermost scope; empty for the module."""
        index = self.index(byte)
        return self.names[index] if index >= 0 else ""

    def is_class_level(self, byte: int) -> bool:
        """Says whether the innermost scope is a class or the module."""
        index = self.index(byte)
        return index < 0 or self.classes[index]


@dataclass(slots=True)
class Sheet:
    """One file while it is read."""

    path: str
    language: Language
    source: bytes
    imports: list[Import] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)
    scopes: Scopes = field(default_factory=lambda: Scopes([], [], [], [], []))
    bound: dict[tuple[str, str], str] = field(default_factory=dict)
    returns: dict[str, str] = field(default_factory=dict)
    exports: dict[str, str] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    definitions: list[Definition] = field(default_factory=list)
    env: list[EnvRead] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    called: set[str] = field(default_factory=set)
    loops: Scopes = field(default_factory=lambda: Scopes([], [], [], [], []))
    parsed: bool = True
    locate: Callable[[str], str] | None = None
    """The file that a specifier of JavaScript means."""
    self_names: frozenset[str] = frozenset({"self", "cls", "this"})

    def text(self, node: Node) -> str:
        """The source of a node."""
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def place(self, node: Node, symbol: str = "") -> Place:
        """The lines of a node."""
        first, last = node.start_point.row + 1, node.end_point.row + 1
        return Place(self.path, first, last if last > first else 0, symbol)

    def bind(self, scope: str, name: str, resolved: str) -> None:
        """Says what a variable or attribute of a scope stands for."""
        if not name or not resolved or resolved == name:
            return
        head, _, rest = name.partition(".")
        if head in self.self_names and rest:
            owner = scope.rpartition(".")[0] if scope else ""
            self.bound[(owner, "." + rest)] = resolved
            self.bound.setdefault(("", "." + rest), resolved)
        else:
            self.bound[(scope, name)] = resolved

    def resolve(self, scope: str, raw: str) -> str:
        """The resolved name of a dotted text in a scope; the text without ``self.`` where nothing is known."""
        if not raw:
            return ""
        head, _, rest = raw.partition(".")
        if head in self.self_names:
            if not rest:
                return ""
            attribute, _, rest = rest.partition(".")
            found = self._lookup(scope, "." + attribute)
            return _join(found or attribute, rest)
        found = self._lookup(scope, head) or self.aliases.get(head, "")
        if not found and rest and head in self.returns:
            found = self.returns[head]
        elif found and rest and found in self.returns:
            found = self.returns[found]
        return _join(found or head, rest)

    def _lookup(self, scope: str, name: str) -> str:
        while True:
            if found := self.bound.get((scope, name)):
                return found
            if not scope:
                return ""
            scope = scope.rpartition(".")[0]


def _join(head: str, rest: str) -> str:
    return f"{head}.{rest}" if rest else head


def dotted(node: Node | None, sheet: Sheet, depth: int = 0) -> str:
    """The dotted text of a name, a member, a call's callee or a type; empty for anything else."""
    if node is None or depth > 40:
        return ""
    kind = node.type
    if kind in _NAMES:
        return sheet.text(node)
    if kind in _MEMBERS:
        owner_field, name_field = _MEMBERS[kind]
        owner, name = node.child_by_field_name(owner_field), node.child_by_field_name(name_field)
        if name is None:
            return ""
        if owner is None:
            return sheet.text(name)
        prefix = dotted(owner, sheet, depth + 1)
        return f"{prefix}.{sheet.text(name)}" if prefix else ""
    if kind == "call_expression" and (module := _required(node, sheet)):
        return module
    if kind in _CALLEE:
        inner = node.child_by_field_name(_CALLEE[kind]) if _CALLEE[kind] else node.named_child(0)
        return dotted(inner, sheet, depth + 1)
    if kind in _WRAPPERS and node.named_child_count:
        first = node.named_child(0)
        if (
            kind == "generic_type"
            and first is not None
            and sheet.text(first) in _TYPE_WRAPPERS
            and node.named_child_count > 1
        ):
            inner = node.named_child(1)
            return dotted(inner.named_child(0) if inner is not None else None, sheet, depth + 1)
        return dotted(first, sheet, depth + 1)
    if kind == "import":
        return "import"
    return ""


def _required(node: Node, sheet: Sheet) -> str:
    """A name for ``require("x")`` inside an expression, bound to the module."""
    callee, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if callee is None or given is None or callee.type != "identifier" or sheet.text(callee) != "require":
        return ""
    first = given.named_child(0)
    if first is None or first.type != "string":
        return ""
    module = sheet.text(first)[1:-1]
    name = "require:" + module.replace(".", "\N{MIDDLE DOT}")
    local = sheet.locate(module) if sheet.locate is not None else ""
    sheet.aliases[name] = local_name(local, "") if local else module
    return name


def argument(node: Node, sheet: Sheet, scope: str, name: str = "", depth: int = 0) -> Argument:
    """An expression as an argument."""
    kind = node.type
    if kind == "keyword_argument":
        key, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        return argument(value or node, sheet, scope, sheet.text(key) if key else "", depth)
    if kind == "element_value_pair":
        key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
        return argument(value or node, sheet, scope, sheet.text(key) if key else "", depth)
    if kind == "dictionary_splat":
        name = "**"
    elif kind in ("spread_element", "list_splat"):
        name = "..."
    elif (
        kind in ("literal_element", "parenthesized_expression", "await_expression", "await")
        and node.named_child_count == 1
    ):
        return argument(node.named_child(0) or node, sheet, scope, name, depth + 1) if depth < 8 else Argument(name, "")
    end = min(node.end_byte, node.start_byte + TEXT_LENGTH)
    text = sheet.source[node.start_byte : end].decode("utf-8", "replace")
    literal, constant = scalar(node, sheet)
    if literal:
        return Argument(name, text, literal=True, value=constant)
    operand = node.child_by_field_name("operand") if kind == "unary_expression" else None
    if operand is not None and operand.type == "composite_literal":
        node, kind = operand, operand.type
    if depth < 4 and (kind in _LISTS or kind in ("dictionary", "object", "composite_literal", "literal_value")):
        refers = sheet.resolve(scope, dotted(node, sheet)) if kind == "composite_literal" else ""
        return Argument(name, text, entries=_entries(node, sheet, scope, depth + 1), refers=refers)
    refers = sheet.resolve(scope, dotted(node, sheet))
    given = node.child_by_field_name("arguments") if refers and depth < 3 and kind in _CALLS else None
    return Argument(name, text, entries=arguments(given, sheet, scope, depth + 1), refers=refers)


def _entries(node: Node, sheet: Sheet, scope: str, depth: int) -> tuple[Argument, ...]:
    if node.type == "composite_literal":
        body = node.child_by_field_name("body")
        return _entries(body, sheet, scope, depth) if body is not None else ()
    found: list[Argument] = []
    for child in node.named_children[:MOST_ENTRIES]:
        kind = child.type
        if kind in ("pair", "keyed_element"):
            key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            if key is not None and value is not None:
                if value.type == "literal_element" and value.named_child_count:
                    value = value.named_child(0) or value
                found.append(argument(value, sheet, scope, _key(key, sheet), depth))
        elif kind == "shorthand_property_identifier":
            text = sheet.text(child)
            found.append(Argument(text, text, refers=sheet.resolve(scope, text)))
        elif kind == "method_definition":
            key = child.child_by_field_name("name")
            found.append(Argument(sheet.text(key) if key else "", sheet.text(child)[:TEXT_LENGTH]))
        elif kind != "comment":
            found.append(argument(child, sheet, scope, "", depth))
    return tuple(found)


def _key(node: Node, sheet: Sheet) -> str:
    literal, value = scalar(node, sheet)
    return str(value) if literal else sheet.text(node)


def scalar(node: Node, sheet: Sheet) -> tuple[bool, Scalar]:
    """Whether a node is a literal, and its value."""
    kind = node.type
    if kind in _STRINGS:
        return string(node, sheet)
    if kind in _NUMBERS:
        return _number(sheet.text(node))
    if kind in _CONSTANTS:
        return True, _CONSTANTS[kind]
    if kind == "concatenated_string":
        parts = [string(child, sheet) for child in node.named_children]
        return all(ok for ok, _ in parts), "".join(str(value) for _, value in parts)
    if kind in ("unary_operator", "unary_expression") and node.named_child_count == 1:
        inner = node.named_child(0)
        if inner is not None and inner.type in _NUMBERS and sheet.source[node.start_byte : node.start_byte + 1] == b"-":
            ok, value = _number(sheet.text(inner))
            return ok, -value if isinstance(value, (int, float)) else value
    if kind == "literal_element" and node.named_child_count == 1:
        return scalar(node.named_child(0) or node, sheet)
    return False, None


def string(node: Node, sheet: Sheet) -> tuple[bool, Scalar]:
    """The content of a string node without interpolation. Escapes stay as written."""
    if any(child.type in ("interpolation", "template_substitution") for child in node.named_children):
        return False, None
    text = sheet.text(node)
    body = text.lstrip("rRbBuUfF") if sheet.language is Language.PYTHON else text
    for quote in ('"""', "'''"):
        if body.startswith(quote) and body.endswith(quote) and len(body) >= 6:
            return True, body[3:-3]
    return True, body[1:-1]


def _number(text: str) -> tuple[bool, Scalar]:
    clean = text.replace("_", "").rstrip("lLnNfFdD") if not text.lower().startswith("0x") else text.rstrip("lL")
    try:
        return True, int(clean, 0) if (clean.isdigit() and not clean.startswith("0")) or clean in (
            "0",
        ) else _odd_number(clean)
    except ValueError:
        return False, None


def _odd_number(text: str) -> Scalar:
    return int(text, 16) if text.lower().startswith("0x") else float(text)


def arguments(node: Node | None, sheet: Sheet, scope: str, depth: int = 0) -> tuple[Argument, ...]:
    """The arguments of an argument list; of a single template or generator, that alone."""
    if node is None:
        return ()
    if node.type in ("template_string", "generator_expression"):
        return (argument(node, sheet, scope, "", depth),)
    return tuple(
        argument(child, sheet, scope, "", depth)
        for child in node.named_children[:MOST_ENTRIES]
        if child.type not in ("comment", "block_comment", "line_comment")
    )


def local_name(path: str, name: str) -> str:
    """A name that leads into another file, until it is followed."""
    return f"{MARK}{path}{MARK}{name}"
