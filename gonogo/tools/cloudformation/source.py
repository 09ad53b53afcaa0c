"""CDK programs as neutral expressions: the same for TypeScript, JavaScript and Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import tree_sitter_javascript
import tree_sitter_python
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser

_STATEMENTS = frozenset({"if_statement", "switch_case", "elif_clause", "else_clause", "ternary_expression"})
_CLASSES = frozenset({"class_declaration", "class_definition", "class", "abstract_class_declaration"})


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, number, boolean or nothing."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Name:
    """A dotted name: ``props.stage``, ``s3.BucketEncryption.KMS``."""

    text: str


@dataclass(frozen=True, slots=True)
class Entries:
    """An object or dictionary, or keyword arguments, with the line of each."""

    items: tuple[tuple[str, Expression, int], ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[tuple[Expression, int], ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """``test ? yes : no``."""

    test: Expression
    yes: Expression
    no: Expression


@dataclass(frozen=True, slots=True)
class Comparison:
    """``left === right``; ``equal`` is false for its opposite."""

    left: Expression
    right: Expression
    equal: bool


@dataclass(frozen=True, slots=True)
class Other:
    """Anything else, as it is written."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call or construction. ``name`` is as written; keyword arguments are its last argument, as entries."""

    name: str
    arguments: tuple[Expression, ...]
    line: int
    end_line: int
    on: Call | None = None
    """The call that it is a method of: ``a.b().c()``."""

    @property
    def method(self) -> str:
        return self.name.rpartition(".")[2]

    def entries(self) -> Entries:
        """The object literal or keyword arguments that it is given."""
        return next((item for item in reversed(self.arguments) if isinstance(item, Entries)), Entries(()))


Expression = Literal | Name | Entries | Items | Choice | Comparison | Other | Call


@dataclass(frozen=True, slots=True)
class Site:
    """A call where it stands: in which class, under a condition or not, and what gets its result."""

    call: Call
    owner: str
    conditional: bool
    target: str


@dataclass
class Program:
    """One source file."""

    path: str
    imports: dict[str, str] = field(default_factory=dict)
    """Local names and what they mean: ``aws-s3``, ``aws-s3.Bucket``, ``aws-cdk-lib``."""
    sites: list[Site] = field(default_factory=list)
    constants: dict[str, Expression] = field(default_factory=dict)
    classes: list[str] = field(default_factory=list)


@cache
def _parser(kind: str) -> Parser:
    languages = {
        "ts": tree_sitter_typescript.language_typescript,
        "js": tree_sitter_javascript.language,
        "py": tree_sitter_python.language,
    }
    return Parser(Language(languages[kind]()))


def parse_program(path: str, text: str) -> Program:
    """Reads one file. Raises RecursionError for one that is nested too deep."""
    kind = "py" if path.endswith(".py") else "ts" if path.endswith("ts") else "js"
    root = _parser(kind).parse(text.encode("utf-8", "surrogatepass")).root_node
    program = Program(path)
    _visit(root, program, "", False)
    return program


def _visit(node: Node, program: Program, owner: str, conditional: bool) -> None:
    for child in node.children:
        kind = child.type
        if kind in ("import_statement", "import_from_statement"):
            program.imports.update(_imports(child))
            continue
        inside, maybe = owner, conditional or kind in _STATEMENTS
        if kind in _CLASSES:
            name = child.child_by_field_name("name")
            inside = _text(name) if name else owner
            program.classes.append(inside)
            maybe = False
        elif kind in ("variable_declarator", "assignment", "assignment_expression", "public_field_definition"):
            _assignment(child, program)
        elif kind in ("new_expression", "call_expression", "call"):
            call = _expression(child)
            if isinstance(call, Call):
                program.sites.append(Site(call, owner, conditional, _target(child)))
        _visit(child, program, inside, maybe)


def _assignment(node: Node, program: Program) -> None:
    name = node.child_by_field_name("name") or node.child_by_field_name("left")
    value = node.child_by_field_name("value") or node.child_by_field_name("right")
    if name is None or value is None or name.type not in ("identifier", "property_identifier"):
        return
    found = _expression(value)
    if not isinstance(found, Call):
        program.constants.setdefault(_text(name), found)


def _target(node: Node) -> str:
    """The variable or attribute that gets the value of a call, without ``this.`` or ``self.``."""
    parent = node.parent
    while parent is not None and parent.type in ("as_expression", "await_expression", "parenthesized_expression"):
        parent = parent.parent
    if parent is None or parent.type not in (
        "variable_declarator",
        "assignment",
        "assignment_expression",
        "public_field_definition",
    ):
        return ""
    name = parent.child_by_field_name("name") or parent.child_by_field_name("left")
    return re.sub(r"^(this|self)\.", "", _text(name)) if name is not None else ""


def _imports(node: Node) -> Iterator[tuple[str, str]]:
    text = " ".join(_text(node).split())
    if node.type == "import_from_statement" or text.startswith("from "):
        found = re.match(r"from ([\w.]+) import \(?(.*?)\)?$", text)
        if found and found.group(1).split(".")[0] in ("aws_cdk", "constructs"):
            module = _python_module(found.group(1))
            for part in found.group(2).split(","):
                name, _, alias = part.strip().partition(" as ")
                if name:
                    yield alias or name, _joined(module, name)
        return
    if found := re.match(r"import ([\w.]+)(?: as (\w+))?$", text):
        yield found.group(2) or found.group(1), _python_module(found.group(1))
        return
    source = re.search(r"""from ["']([^"']+)["']""", text)
    if source is None or not re.match(r"aws-cdk-lib|@aws-cdk/|constructs", source.group(1)):
        return
    module = re.sub(r"^(aws-cdk-lib/|@aws-cdk/)", "", source.group(1)).removesuffix("-alpha")
    module = "aws-cdk-lib" if module == "core" else module
    if star := re.search(r"\* as (\w+)", text):
        yield star.group(1), module
    if braces := re.search(r"\{(.*?)\}", text):
        for part in braces.group(1).split(","):
            name, _, alias = part.strip().removeprefix("type ").partition(" as ")
            if name:
                yield alias.strip() or name.strip(), _joined(module, name.strip())


def _joined(module: str, name: str) -> str:
    """``aws_s3`` of the whole library is the module ``aws-s3``; anything else is a name in its module."""
    if module == "aws-cdk-lib" and name.startswith("aws_"):
        return name.replace("_", "-")
    return f"{module}.{name}"


def _python_module(text: str) -> str:
    tail = text.removeprefix("aws_cdk").lstrip(".")
    return tail.replace("_", "-").removesuffix("-alpha") if tail else "aws-cdk-lib"


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def _expression(node: Node) -> Expression:
    handler = _HANDLERS.get(node.type)
    return handler(node) if handler else Other(_text(node)[:300])


def _string(node: Node) -> Expression:
    text = _text(node)
    if node.type == "template_string":
        return Other(text[1:-1]) if "${" in text else Literal(text[1:-1])
    if re.match(r"[rbuRBU]*[fF]", text):
        return Other(text)
    inner = re.sub(r"^[a-zA-Z]*(\"\"\"|'''|\"|')", "", text)
    return Literal(re.sub(r"(\"\"\"|'''|\"|')$", "", inner))


def _number(node: Node) -> Expression:
    text = _text(node).replace("_", "")
    try:
        return Literal(float(text) if "." in text else int(text, 0))
    except ValueError:
        return Other(text)


def _constant(node: Node) -> Expression:
    text = _text(node).lower()
    return Literal({"true": True, "false": False}.get(text))


def _name(node: Node) -> Expression:
    text = _text(node).replace("?.", ".").replace("!", "")
    if not re.fullmatch(r"[\w$.]+", text):
        return Other(text[:300])
    return Name(re.sub(r"^(this|self)\.", "", text))


def _object(node: Node) -> Expression:
    found: list[tuple[str, Expression, int]] = []
    for child in node.children:
        if child.type == "pair":
            key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            if key is not None and value is not None:
                found.append((_text(key).strip("\"'"), _expression(value), child.start_point[0] + 1))
        elif child.type == "shorthand_property_identifier":
            found.append((_text(child), Name(_text(child)), child.start_point[0] + 1))
        elif child.type in ("spread_element", "dictionary_splat"):
            found.append(("...", Other(_text(child)[:300]), child.start_point[0] + 1))
    return Entries(tuple(found))


def _list(node: Node) -> Expression:
    skip = ("[", "]", ",", "(", ")", "comment")
    return Items(tuple((_expression(c), c.start_point[0] + 1) for c in node.children if c.type not in skip))


def _choice(node: Node) -> Expression:
    if node.type == "conditional_expression":
        yes, test, no = (_expression(c) for c in node.children if c.type not in ("if", "else", "comment"))
        return Choice(test, yes, no)
    test_node, yes_node, no_node = (node.child_by_field_name(n) for n in ("condition", "consequence", "alternative"))
    if test_node is None or yes_node is None or no_node is None:
        return Other(_text(node)[:300])
    return Choice(_expression(test_node), _expression(yes_node), _expression(no_node))


def _comparison(node: Node) -> Expression:
    parts = [child for child in node.children if child.type != "comment"]
    if len(parts) == 3 and parts[1].type in ("===", "==", "!==", "!="):
        return Comparison(_expression(parts[0]), _expression(parts[2]), "!" not in parts[1].type)
    if len(parts) == 3 and parts[1].type in ("??", "||", "or"):
        return Choice(Other(_text(node)[:100]), _expression(parts[0]), _expression(parts[2]))
    return Other(_text(node)[:300])


def _inner(node: Node) -> Expression:
    inside = [child for child in node.children if child.is_named and child.type != "comment"]
    return _expression(inside[0]) if inside else Other(_text(node)[:300])


def _call(node: Node) -> Expression:
    function = node.child_by_field_name("constructor") or node.child_by_field_name("function")
    arguments = node.child_by_field_name("arguments")
    if function is None:
        return Other(_text(node)[:300])
    given: list[Expression] = []
    keywords: list[tuple[str, Expression, int]] = []
    for child in arguments.children if arguments is not None else ():
        if child.type == "keyword_argument":
            key, value = child.child_by_field_name("name"), child.child_by_field_name("value")
            if key is not None and value is not None:
                keywords.append((_text(key), _expression(value), child.start_point[0] + 1))
        elif child.is_named and child.type != "comment":
            given.append(_expression(child))
    if keywords:
        given.append(Entries(tuple(keywords)))
    inner = function.child_by_field_name("object")
    on = (
        _expression(inner)
        if inner is not None and inner.type in ("call_expression", "new_expression", "call")
        else None
    )
    name = _text(function).replace("?.", ".")
    if isinstance(on, Call):
        name = "." + name.rpartition(".")[2]
    return Call(
        re.sub(r"^(this|self)\.", "", " ".join(name.split()))[:200],
        tuple(given),
        node.start_point[0] + 1,
        node.end_point[0] + 1,
        on if isinstance(on, Call) else None,
    )


_HANDLERS = {
    "string": _string,
    "template_string": _string,
    "number": _number,
    "integer": _number,
    "float": _number,
    "true": _constant,
    "false": _constant,
    "null": _constant,
    "none": _constant,
    "undefined": _constant,
    "identifier": _name,
    "member_expression": _name,
    "attribute": _name,
    "object": _object,
    "dictionary": _object,
    "array": _list,
    "list": _list,
    "tuple": _list,
    "ternary_expression": _choice,
    "conditional_expression": _choice,
    "binary_expression": _comparison,
    "boolean_operator": _comparison,
    "comparison_operator": _comparison,
    "parenthesized_expression": _inner,
    "as_expression": _inner,
    "non_null_expression": _inner,
    "new_expression": _call,
    "call_expression": _call,
    "call": _call,
}
