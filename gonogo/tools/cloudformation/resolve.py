"""CloudFormation's functions and conditions over a template's parameters, in short (``!Sub``) and long form."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gonogo.facts.marked import Map, Seq, Tagged
from gonogo.facts.resources import Unknown, Value, truth

MOST_STEPS = 200_000
MOST_TEXT = 100_000
ABSENT = Unknown("AWS::NoValue")
"""What ``AWS::NoValue`` leaves: the property is not there."""
_REFERENCE = re.compile(r"\$\{([^!}][^}]*)\}")


@dataclass
class Scope:
    """What a template's expressions refer to."""

    parameters: Mapping[str, Value]
    mappings: Map
    conditions: Map
    resources: frozenset[str]
    prefix: str = ""
    steps: int = MOST_STEPS
    _tested: dict[str, bool | None] = field(default_factory=dict)

    def test(self, name: str) -> bool | None:
        """Whether a condition holds; None where it cannot be told."""
        if name not in self._tested:
            self._tested[name] = None
            if name in self.conditions:
                self._tested[name] = truth(resolve(self.conditions[name], self))
        return self._tested[name]


def resolve(value: object, scope: Scope) -> Value:
    """A value of a template, with its functions applied as far as the parameters tell."""
    scope.steps -= 1
    if scope.steps < 0:
        return Unknown("...")
    if isinstance(value, Tagged):
        return _function(value.tag.removeprefix("!"), value.value, scope)
    if isinstance(value, Map):
        if len(value) == 1:
            name = next(iter(value))
            if name in ("Ref", "Condition") and isinstance(value[name], str):
                return _function(name, value[name], scope)
            if name.startswith("Fn::"):
                return _function(name.removeprefix("Fn::"), value[name], scope)
        found = {key: resolve(item, scope) for key, item in value.items() if not key.startswith("Fn::")}
        return {key: item for key, item in found.items() if item is not ABSENT}
    if isinstance(value, Seq):
        return tuple(item for item in (resolve(item, scope) for item in value) if item is not ABSENT)
    return value


def _function(name: str, argument: object, scope: Scope) -> Value:
    handler = _FUNCTIONS.get(name)
    if handler is None:
        return Unknown(f"!{name} {_short(argument)}", _refers(argument, scope))
    return handler(argument, scope)


def _short(value: object) -> str:
    if isinstance(value, str | int | float):
        return str(value)[:200]
    if isinstance(value, Tagged):
        return f"!{value.tag.removeprefix('!')} {_short(value.value)}"
    if isinstance(value, list):
        return "[" + ", ".join(_short(item) for item in value[:6]) + "]"
    return "{...}"


def _refers(value: object, scope: Scope) -> tuple[str, ...]:
    """Logical ids that a value names, at any depth."""
    found: dict[str, None] = {}
    stack: list[object] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, Tagged):
            stack.append(item.value)
        elif isinstance(item, Map):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, str):
            for name in [item, *_REFERENCE.findall(item)]:
                base = name.split(".")[0]
                if base in scope.resources:
                    found[scope.prefix + base] = None
    return tuple(found)


def _ref(argument: object, scope: Scope) -> Value:
    name = str(argument)
    if name == "AWS::NoValue":
        return ABSENT
    if name in scope.parameters:
        return scope.parameters[name]
    refers = (scope.prefix + name,) if name in scope.resources else ()
    return Unknown("${" + name + "}", refers)


def _attribute(argument: object, scope: Scope) -> Value:
    parts = argument if isinstance(argument, list) else str(argument).split(".", 1)
    base = str(parts[0]) if parts else ""
    text = ".".join(str(part) for part in parts)
    return Unknown("${" + text + "}", (scope.prefix + base,) if base in scope.resources else ())


def _sub(argument: object, scope: Scope) -> Value:
    given: Mapping[str, object] = {}
    if isinstance(argument, list):
        given = argument[1] if len(argument) > 1 and isinstance(argument[1], Map) else {}
        argument = argument[0] if argument else ""
    text = str(argument)
    refers: dict[str, None] = {}
    unknown = False

    def fill(match: re.Match[str]) -> str:
        nonlocal unknown
        name = match.group(1).strip()
        if name in given:
            value = resolve(given[name], scope)
        else:
            value = _attribute(name, scope) if "." in name else _ref(name, scope)
        if isinstance(value, Unknown):
            unknown = True
            refers.update(dict.fromkeys(value.refers))
            return value.text
        return _text(value)

    filled = _REFERENCE.sub(fill, text)[:MOST_TEXT].replace("${!", "${")
    return Unknown(filled, tuple(refers)) if unknown else filled


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _if(argument: object, scope: Scope) -> Value:
    if not isinstance(argument, list) or len(argument) != 3:
        return Unknown("!If")
    decided = scope.test(str(argument[0]))
    if decided is not None:
        return resolve(argument[1] if decided else argument[2], scope)
    values = [resolve(item, scope) for item in argument[1:]]
    if values[0] == values[1]:
        return values[0]
    return Unknown(f"!If [{argument[0]}, ...]", _refers(argument, scope))


def _condition(argument: object, scope: Scope) -> Value:
    tested = scope.test(str(argument))
    return Unknown(f"!Condition {argument}") if tested is None else tested


def _equals(argument: object, scope: Scope) -> Value:
    if not isinstance(argument, list) or len(argument) != 2:
        return Unknown("!Equals")
    left, right = (resolve(item, scope) for item in argument)
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return Unknown("!Equals")
    return _text(left) == _text(right)


def _all_of(settles: bool) -> Callable[[object, Scope], Value]:
    def decide(argument: object, scope: Scope) -> Value:
        flags = [truth(resolve(item, scope)) for item in (argument if isinstance(argument, list) else [])]
        if settles in flags:
            return settles
        return Unknown("...") if None in flags else not settles

    return decide


def _not(argument: object, scope: Scope) -> Value:
    flag = truth(resolve(argument[0] if isinstance(argument, list) and argument else argument, scope))
    return Unknown("!Not") if flag is None else not flag


def _find_in_map(argument: object, scope: Scope) -> Value:
    if not isinstance(argument, list) or len(argument) < 3:
        return Unknown("!FindInMap")
    keys = [resolve(item, scope) for item in argument[:3]]
    if any(isinstance(key, Unknown) for key in keys):
        return Unknown(f"!FindInMap {_short(argument)}")
    found = scope.mappings.find(*(_text(key) for key in keys))
    if found is None and len(argument) > 3 and isinstance(argument[3], Map):
        found = argument[3].get("DefaultValue")
    return Unknown(f"!FindInMap {_short(argument)}") if found is None else resolve(found, scope)


def _join(argument: object, scope: Scope) -> Value:
    if not isinstance(argument, list) or len(argument) != 2:
        return Unknown("!Join")
    items = resolve(argument[1], scope)
    if not isinstance(items, tuple):
        return Unknown("!Join", _refers(argument, scope))
    text = str(argument[0]).join(item.text if isinstance(item, Unknown) else _text(item) for item in items)[:MOST_TEXT]
    unknown = any(isinstance(item, Unknown) for item in items)
    return Unknown(text, _refers(argument, scope)) if unknown else text


def _select(argument: object, scope: Scope) -> Value:
    if isinstance(argument, list) and len(argument) == 2:
        index, items = (resolve(item, scope) for item in argument)
        if isinstance(items, tuple) and str(index).isdigit() and int(str(index)) < len(items):
            return items[int(str(index))]
    return Unknown(f"!Select {_short(argument)}", _refers(argument, scope))


def _split(argument: object, scope: Scope) -> Value:
    if isinstance(argument, list) and len(argument) == 2:
        text = resolve(argument[1], scope)
        if isinstance(text, str):
            return tuple(text.split(str(argument[0])))
    return Unknown(f"!Split {_short(argument)}", _refers(argument, scope))


def _base64(argument: object, scope: Scope) -> Value:
    return resolve(argument, scope)


_FUNCTIONS: dict[str, Callable[[object, Scope], Value]] = {
    "Ref": _ref,
    "GetAtt": _attribute,
    "Sub": _sub,
    "If": _if,
    "Condition": _condition,
    "Equals": _equals,
    "And": _all_of(False),
    "Or": _all_of(True),
    "Not": _not,
    "FindInMap": _find_in_map,
    "Join": _join,
    "Select": _select,
    "Split": _split,
    "Base64": _base64,
    "ToJsonString": _base64,
}
