"""Evaluates expressions as far as code alone tells; what it does not tell becomes Unknown, with what it refers to."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from posixpath import join, normpath

from tree_sitter import Node

from gonogo.facts.resources import Unknown, Value, truth, walk
from gonogo.tools.terraform.functions import LENIENT, MOST_ITEMS, SPREAD, STRICT, AbsentError, as_string
from gonogo.tools.terraform.parse import Expression, Literal, text_of

MOST_STEPS = 400_000
"""Evaluated nodes a root module; what comes after is unknown."""
MOST_DEPTH = 120
MOST_TEXT = 100_000
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_OPERATORS: dict[str, Callable[[Value, Value], Value]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
}
_STEPS = frozenset({"get_attr", "index", "splat"})


@dataclass(slots=True)
class Fuel:
    """What evaluating one root may still cost."""

    steps: int = MOST_STEPS


@dataclass
class Scope:
    """The names that an expression sees in one module instance."""

    folder: str
    root: str
    prefix: str = ""
    """``module.db.`` in a module."""
    variables: dict[str, Value] = field(default_factory=dict)
    locals: dict[str, Expression] = field(default_factory=dict)
    output: Callable[[str], Value] = lambda name: Unknown(f"module.{name}")
    """The outputs of a module call by its name."""
    workspace: Value = None
    read: Callable[[str], str | None] = lambda path: None
    functions: Mapping[str, Callable[..., Value]] = field(default_factory=dict)
    """Functions beyond Terraform's own: those of Terragrunt."""
    fuel: Fuel = field(default_factory=Fuel)
    names: dict[str, Value] = field(default_factory=dict)
    """Iterators: ``each``, ``count``, those of ``for`` and of dynamic blocks."""
    known: dict[str, Value] = field(default_factory=dict)
    """Locals that were evaluated; None stands in while one is."""
    depth: int = 0

    def inner(self, **names: Value) -> Scope:
        """The same module with further names."""
        return Scope(
            self.folder, self.root, self.prefix, self.variables, self.locals, self.output, self.workspace, self.read,
            self.functions, self.fuel, {**self.names, **names}, self.known, self.depth,
        )  # fmt: skip


def evaluate(expression: Expression | None, scope: Scope) -> Value:
    """The value of an expression; Unknown where it has none that code tells."""
    try:
        return _value(expression, scope)
    except AbsentError:
        text = text_of(expression) if isinstance(expression, Node) else ""
        return Unknown(text[:500])


def _value(expression: Expression | None, scope: Scope) -> Value:
    if expression is None:
        return None
    if isinstance(expression, Literal):
        return _literal(expression.value, scope)
    return _node(expression, scope)


def _literal(value: object, scope: Scope) -> Value:
    """A value read from JSON, whose strings may still be expressions."""
    if isinstance(value, Node):
        return evaluate(value, scope)
    if isinstance(value, dict):
        return {key: _literal(item, scope) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(_literal(item, scope) for item in value)
    return value


def _node(node: Node, scope: Scope) -> Value:
    scope.fuel.steps -= 1
    if scope.fuel.steps < 0 or scope.depth > MOST_DEPTH:
        return Unknown(text_of(node)[:200])
    scope.depth += 1
    try:
        return _HANDLERS.get(node.type, _opaque)(node, scope)
    finally:
        scope.depth -= 1


def _opaque(node: Node, scope: Scope) -> Value:
    return Unknown(text_of(node)[:500])


def _expression(node: Node, scope: Scope) -> Value:
    return _sequence(node.children, scope)


def _sequence(nodes: Sequence[Node], scope: Scope) -> Value:
    """An operand with its steps: ``var.x[0].y``, ``(a).b``, ``f(x)["k"]``."""
    parts = [node for node in nodes if node.type != "comment"]
    if not parts:
        return Unknown("")
    first, rest = parts[0], parts[1:]
    if first.type == "(":
        inner = [node for node in rest if node.type != ")"]
        steps = [node for node in inner if node.type in _STEPS]
        return _follow(_sequence([node for node in inner if node.type not in _STEPS], scope), steps, scope)
    if first.type == "variable_expr":
        return _reference(text_of(first), rest, scope)
    return _follow(_node(first, scope), rest, scope)


def _reference(name: str, steps: list[Node], scope: Scope) -> Value:
    if name in scope.names:
        return _follow(scope.names[name], steps, scope)
    first = _attribute_name(steps[0]) if steps else ""
    if name == "var":
        known = scope.variables.get(first, Unknown(f"var.{first}", (f"{scope.prefix}var.{first}",)))
        return _follow(known, steps[1:], scope)
    if name == "local":
        return _follow(_local(first, scope), steps[1:], scope)
    if name == "path":
        return {"module": scope.folder, "root": scope.root, "cwd": scope.root}.get(first, Unknown(f"path.{first}"))
    if name == "terraform" and first == "workspace":
        return scope.workspace if scope.workspace is not None else Unknown("terraform.workspace")
    if name == "module" and first:
        return _follow(scope.output(first), steps[1:], scope)
    size = 3 if name == "data" else 2
    named = [_attribute_name(step) for step in steps[: size - 1]]
    text = name + "".join(text_of(step) for step in steps)
    if len(named) == size - 1 and all(named):
        return Unknown(text[:500], (scope.prefix + ".".join([name, *named]),))
    return Unknown(text[:500])


def _local(name: str, scope: Scope) -> Value:
    if name not in scope.known:
        if name not in scope.locals:
            return Unknown(f"local.{name}")
        scope.known[name] = Unknown(f"local.{name}")
        bare = scope.inner()
        bare.names = {}
        scope.known[name] = evaluate(scope.locals[name], bare)
    return scope.known[name]


def _attribute_name(step: Node) -> str:
    return text_of(step.children[-1]) if step.type == "get_attr" else ""


def _follow(value: Value, steps: Sequence[Node], scope: Scope) -> Value:
    for step in steps:
        if step.type == "splat":
            return _splat(value, step, scope)
        if isinstance(value, Unknown):
            text = value.text + text_of(step) if len(value.text) < 500 else value.text
            value = Unknown(text, value.refers)
        elif step.type == "get_attr":
            value = _member(value, _attribute_name(step))
        elif step.type == "index":
            value = _member(value, _index(step, scope))
    return value


def _index(step: Node, scope: Scope) -> Value:
    inner = step.children[0]
    if inner.type == "legacy_index":
        return int(text_of(inner.children[-1]))
    key = next((child for child in inner.children if child.type == "expression"), None)
    return _node(key, scope) if key is not None else Unknown("")


def _member(value: Value, key: Value) -> Value:
    if isinstance(key, Unknown):
        return Unknown(f"[{key.text}]", _refers(value))
    if isinstance(value, Mapping):
        if as_string(key) in value:
            return value[as_string(key)]
        if SPREAD in value:
            return value[SPREAD]
    elif isinstance(value, tuple):
        try:
            index = int(key)
        except (TypeError, ValueError):
            raise AbsentError from None
        if -1 < index < len(value):
            return value[index]
        rest = next((item for item in value if isinstance(item, Unknown)), None)
        if rest is not None:
            return rest
    raise AbsentError


def _splat(value: Value, step: Node, scope: Scope) -> Value:
    if isinstance(value, Unknown):
        return Unknown(value.text + text_of(step), value.refers)
    inner = [child for child in step.children[0].children if child.type in _STEPS]
    items = value if isinstance(value, tuple) else () if value is None else (value,)
    return tuple(_follow(item, inner, scope) for item in items)


def _refers(value: Value) -> tuple[str, ...]:
    found = {address: None for item in walk(value) for address in getattr(item, "refers", ())}
    return tuple(found)


def _number(node: Node, scope: Scope) -> Value:
    text = text_of(node)
    try:
        return int(text)
    except ValueError:
        return float(text)


def _boolean(node: Node, scope: Scope) -> Value:
    return text_of(node) == "true"


def _first_child(node: Node, scope: Scope) -> Value:
    return _node(node.children[0], scope)


def _null(node: Node, scope: Scope) -> Value:
    return None


def _template(node: Node, scope: Scope) -> Value:
    """A quoted string, a heredoc, or a branch of a template directive."""
    parts = [_template_part(child, scope) for child in node.children]
    parts = [part for part in parts if part is not None]
    texts = [part.text if isinstance(part, Unknown) else as_string(part) for part in parts]
    unknown = [part for part in parts if isinstance(part, Unknown)]
    interpolated = sum(child.type == "template_interpolation" for child in node.children)
    if len(parts) == 1 and interpolated == 1:
        return parts[0] if not isinstance(parts[0], Unknown) else Unknown("${" + texts[0] + "}", unknown[0].refers)
    if not unknown:
        whole = "".join(texts)
        return whole if len(whole) <= MOST_TEXT else Unknown(whole[:500])
    filled = "".join("${" + t + "}" if isinstance(p, Unknown) else t for p, t in zip(parts, texts, strict=True))
    return Unknown(filled[:20_000], tuple({r: None for item in unknown for r in item.refers}))


def _template_part(node: Node, scope: Scope) -> Value:
    if node.type == "template_literal":
        text = text_of(node)
        return _unescape(text) if node.parent is not None and node.parent.type != "heredoc_template" else text
    if node.type == "template_interpolation":
        inner = next((child for child in node.children if child.type == "expression"), None)
        value = _node(inner, scope) if inner is not None else ""
        if isinstance(value, Mapping | tuple):
            return Unknown(text_of(node)[2:-1], _refers(value)) if _refers(value) else value
        return "" if value is None else value
    if node.type == "template_directive":
        return _directive(node.children[0], scope)
    return None


def _directive(node: Node, scope: Scope) -> Value:
    if node.type != "template_if":
        return Unknown(text_of(node)[:500])
    intro = node.children[0]
    test = truth(_node(next(c for c in intro.children if c.type == "expression"), scope))
    if test is None:
        return Unknown(text_of(node)[:500])
    split = next((i for i, c in enumerate(node.children) if c.type == "template_else_intro"), len(node.children))
    branch = node.children[1:split] if test else node.children[split + 1 : -1]
    parts = [_template_part(child, scope) for child in branch]
    unknown = [part for part in parts if isinstance(part, Unknown)]
    text = "".join(str(part) for part in parts if part is not None)
    return Unknown(text, unknown[0].refers) if unknown else text


def _unescape(text: str) -> str:
    if "\\" not in text and "$${" not in text:
        return text
    out, index = [], 0
    while index < len(text):
        if text[index] == "\\" and index + 1 < len(text):
            out.append(_ESCAPES.get(text[index + 1], text[index : index + 2]))
            index += 2
        else:
            out.append(text[index])
            index += 1
    return "".join(out).replace("$${", "${")


def _conditional(node: Node, scope: Scope) -> Value:
    test, yes, no = [child for child in node.children if child.type == "expression"][:3]
    decided = truth(_node(test, scope))
    if decided is not None:
        return _node(yes if decided else no, scope)
    values = (evaluate(yes, scope), evaluate(no, scope))
    if values[0] == values[1]:
        return values[0]
    return Unknown(text_of(node)[:500], tuple(dict.fromkeys(_refers(values[0]) + _refers(values[1]))))


def _unary(node: Node, scope: Scope) -> Value:
    value = _sequence(node.children[1:], scope)
    if isinstance(value, Unknown):
        return Unknown(text_of(node)[:500], value.refers)
    return not truth(value) if node.children[0].type == "!" else -value


def _binary(node: Node, scope: Scope) -> Value:
    children = [child for child in node.children if child.type != "comment"]
    at = next((i for i, c in enumerate(children) if c.type in _OPERATORS or c.type in ("&&", "||")), None)
    if at is None:
        return Unknown(text_of(node)[:500])
    sign = children[at].type
    left = _sequence(children[:at], scope)
    if sign in ("&&", "||"):
        return _logic(node, sign, left, children[at + 1 :], scope)
    right = _sequence(children[at + 1 :], scope)
    unknown = isinstance(left, Unknown) or isinstance(right, Unknown)
    if not unknown and sign in ("==", "!=") and isinstance(left, str) is not isinstance(right, str):
        left, right = (as_string(v) if isinstance(v, bool | int | float) else v for v in (left, right))
    try:
        return Unknown(text_of(node)[:500]) if unknown else _OPERATORS[sign](left, right)
    except (TypeError, ZeroDivisionError, OverflowError):
        return Unknown(text_of(node)[:500])


def _logic(node: Node, sign: str, left: Value, right_nodes: list[Node], scope: Scope) -> Value:
    settles = sign == "||"
    if truth(left) is settles:
        return settles
    right = truth(_sequence(right_nodes, scope))
    if right is settles:
        return settles
    return Unknown(text_of(node)[:500]) if None in (truth(left), right) else not settles


def _object(node: Node, scope: Scope) -> Value:
    found: dict[str, Value] = {}
    for child in node.children:
        if child.type != "object_elem":
            continue
        pair = [part for part in child.children if part.type == "expression"]
        if len(pair) != 2:
            continue
        key = _key(pair[0], scope)
        if key is not None:
            found[key] = evaluate(pair[1], scope)
    return found


def _key(node: Node, scope: Scope) -> str | None:
    if len(node.children) == 1 and node.children[0].type == "variable_expr":
        return text_of(node)
    value = evaluate(node, scope)
    return value.text if isinstance(value, Unknown) else as_string(value)


def _tuple(node: Node, scope: Scope) -> Value:
    return tuple(evaluate(child, scope) for child in node.children if child.type == "expression")


def _call(node: Node, scope: Scope) -> Value:
    name = text_of(node.children[0])
    listed = next((child for child in node.children if child.type == "function_arguments"), None)
    given = [child for child in listed.children if child.type == "expression"] if listed else []
    if name in ("try", "can"):
        return _attempt(name, given, scope)
    values = [_node(child, scope) for child in given]
    if listed is not None and any(child.type == "ellipsis" for child in listed.children) and values:
        last = values.pop()
        values += last if isinstance(last, tuple) else (last,)
    if name in ("file", "templatefile") and values and isinstance(values[0], str):
        text = scope.read(normpath(join(scope.root, values[0]) if values[0].startswith(".") else values[0]))
        return text if text is not None else Unknown(text_of(node)[:500])
    if name in scope.functions:
        return _apply(scope.functions[name], values, node)
    if name in LENIENT:
        return _apply(LENIENT[name], values, node)
    unknown = [value for value in values if isinstance(value, Unknown)]
    inside = name in ("join", "format", "sort", "max", "min", "sum") and any(
        isinstance(item, Unknown) for value in values for item in walk(value)
    )
    if name in STRICT and not unknown and not inside:
        return _apply(STRICT[name], values, node)
    return Unknown(text_of(node)[:500], _refers(tuple(values)))


def _apply(function: Callable[..., Value], values: list[Value], node: Node) -> Value:
    try:
        found = function(*values)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError, RecursionError):
        return Unknown(text_of(node)[:500], _refers(tuple(values)))
    if isinstance(found, str | tuple) and len(found) > (MOST_TEXT if isinstance(found, str) else MOST_ITEMS):
        return Unknown(text_of(node)[:500])
    return found


def _attempt(name: str, given: list[Node], scope: Scope) -> Value:
    for child in given:
        try:
            value = _node(child, scope)
        except AbsentError:
            continue
        return value if name == "try" or isinstance(value, Unknown) else True
    if name == "can":
        return False
    raise AbsentError


def _for(node: Node, scope: Scope) -> Value:
    inner = node.children[0]
    intro = next(child for child in inner.children if child.type == "for_intro")
    names = [text_of(child) for child in intro.children if child.type == "identifier"]
    source = _node(next(child for child in intro.children if child.type == "expression"), scope)
    if isinstance(source, Unknown) or not isinstance(source, Mapping | tuple) or len(source) > MOST_ITEMS:
        return Unknown(text_of(node)[:500], _refers(source))
    pairs = source.items() if isinstance(source, Mapping) else enumerate(source)
    bodies = [child for child in inner.children if child.type == "expression"]
    test = next((child for child in inner.children if child.type == "for_cond"), None)
    found: list[tuple[Value, Value]] = []
    for key, value in pairs:
        bound = {names[-1]: value} | ({names[0]: key} if len(names) == 2 else {})
        here = scope.inner(**bound)
        if test is not None:
            kept = truth(evaluate(next(c for c in test.children if c.type == "expression"), here))
            if kept is None:
                return Unknown(text_of(node)[:500], _refers(source))
            if not kept:
                continue
        values = [evaluate(body, here) for body in bodies]
        found.append((values[0], values[-1]))
    if inner.type == "for_tuple_expr":
        return tuple(value for _, value in found)
    if any(child.type == "ellipsis" for child in inner.children):
        return Unknown(text_of(node)[:500], _refers(source))
    return {key.text if isinstance(key, Unknown) else as_string(key): value for key, value in found}


_HANDLERS: dict[str, Callable[[Node, Scope], Value]] = {
    "expression": _expression,
    "literal_value": _first_child,
    "numeric_lit": _number,
    "bool_lit": _boolean,
    "null_lit": _null,
    "string_lit": _template,
    "template_expr": _first_child,
    "quoted_template": _template,
    "heredoc_template": _template,
    "collection_value": _first_child,
    "object": _object,
    "tuple": _tuple,
    "for_expr": _for,
    "function_call": _call,
    "conditional": _conditional,
    "operation": _first_child,
    "unary_operation": _unary,
    "binary_operation": _binary,
    "variable_expr": lambda node, scope: _reference(text_of(node), [], scope),
}
