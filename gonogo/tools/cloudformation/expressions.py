"""Expressions of CDK programs: the same for TypeScript, JavaScript and Python."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tree_sitter import Node


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


def source_of(node: Node) -> str:
    """A node as it is written."""
    return (node.text or b"").decode("utf-8", "replace")


def expression_of(node: Node) -> Expression:
    """A node of TypeScript, JavaScript or Python as a neutral expression."""
    handler = _HANDLERS.get(node.type)
    return handler(node) if handler else Other(source_of(node)[:300])


def _string(node: Node) -> Expression:
    text = source_of(node)
    if node.type == "template_string":
        return Other(text[1:-1]) if "${" in text else Literal(text[1:-1])
    if re.match(r"[rbuRBU]*[fF]", text):
        return Other(text)
    inner = re.sub(r"^[a-zA-Z]*(\"\"\"|'''|\"|')", "", text)
    return Literal(re.sub(r"(\"\"\"|'''|\"|')$", "", inner))


def _number(node: Node) -> Expression:
    text = source_of(node).replace("_", "")
    try:
        return Literal(float(text) if "." in text else int(text, 0))
    except ValueError:
        return Other(text)


def _constant(node: Node) -> Expression:
    text = source_of(node).lower()
    return Literal({"true": True, "false": False}.get(text))


def _name(node: Node) -> Expression:
    text = source_of(node).replace("?.", ".").replace("!", "")
    if not re.fullmatch(r"[\w$.]+", text):
        return Other(text[:300])
    return Name(re.sub(r"^(this|self)\.", "", text))


def _object(node: Node) -> Expression:
    found: list[tuple[str, Expression, int]] = []
    for child in node.children:
        if child.type == "pair":
            key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            if key is not None and value is not None:
                found.append((source_of(key).strip("\"'"), expression_of(value), child.start_point[0] + 1))
        elif child.type == "shorthand_property_identifier":
            found.append((source_of(child), Name(source_of(child)), child.start_point[0] + 1))
        elif child.type in ("spread_element", "dictionary_splat"):
            found.append(("...", Other(source_of(child)[:300]), child.start_point[0] + 1))
    return Entries(tuple(found))


def _list(node: Node) -> Expression:
    skip = ("[", "]", ",", "(", ")", "comment")
    return Items(tuple((expression_of(c), c.start_point[0] + 1) for c in node.children if c.type not in skip))


def _choice(node: Node) -> Expression:
    if node.type == "conditional_expression":
        yes, test, no = (expression_of(c) for c in node.children if c.type not in ("if", "else", "comment"))
        return Choice(test, yes, no)
    test_node, yes_node, no_node = (node.child_by_field_name(n) for n in ("condition", "consequence", "alternative"))
    if test_node is None or yes_node is None or no_node is None:
        return Other(source_of(node)[:300])
    return Choice(expression_of(test_node), expression_of(yes_node), expression_of(no_node))


def _comparison(node: Node) -> Expression:
    parts = [child for child in node.children if child.type != "comment"]
    if len(parts) != 3:
        return Other(source_of(node)[:300])
    left, sign, right = expression_of(parts[0]), source_of(parts[1]), expression_of(parts[2])
    match sign:
        case "===" | "==" | "!==" | "!=":
            return Comparison(left, right, "!" not in sign)
        case "||" | "or":
            return Choice(left, left, right)
        case "??":
            return Choice(Comparison(left, Literal(None), False), left, right)
        case "&&" | "and":
            return Choice(left, right, left)
    return Other(source_of(node)[:300])


def _negation(node: Node) -> Expression:
    inside = node.child_by_field_name("argument")
    if inside is None or source_of(node)[:1] not in ("!", "n"):
        return Other(source_of(node)[:300])
    return Choice(expression_of(inside), Literal(False), Literal(True))


def _inner(node: Node) -> Expression:
    inside = [child for child in node.children if child.is_named and child.type != "comment"]
    return expression_of(inside[0]) if inside else Other(source_of(node)[:300])


def _call(node: Node) -> Expression:
    function = node.child_by_field_name("constructor") or node.child_by_field_name("function")
    arguments = node.child_by_field_name("arguments")
    if function is None:
        return Other(source_of(node)[:300])
    given: list[Expression] = []
    keywords: list[tuple[str, Expression, int]] = []
    for child in arguments.children if arguments is not None else ():
        if child.type == "keyword_argument":
            key, value = child.child_by_field_name("name"), child.child_by_field_name("value")
            if key is not None and value is not None:
                keywords.append((source_of(key), expression_of(value), child.start_point[0] + 1))
        elif child.type == "dictionary_splat":
            keywords.append(("...", Other(source_of(child)[:300]), child.start_point[0] + 1))
        elif child.is_named and child.type != "comment":
            given.append(expression_of(child))
    if keywords:
        given.append(Entries(tuple(keywords)))
    inner = function.child_by_field_name("object")
    on = (
        expression_of(inner)
        if inner is not None and inner.type in ("call_expression", "new_expression", "call")
        else None
    )
    name = source_of(function).replace("?.", ".")
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
    "unary_expression": _negation,
    "not_operator": _negation,
    "parenthesized_expression": _inner,
    "as_expression": _inner,
    "non_null_expression": _inner,
    "new_expression": _call,
    "call_expression": _call,
    "call": _call,
}
