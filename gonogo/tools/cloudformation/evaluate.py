"""What expressions of a CDK program are, as far as its constructors' callers and the audited environment tell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gonogo.facts.resources import Unknown, Value
from gonogo.tools.cloudformation.constructs import library_name
from gonogo.tools.cloudformation.expressions import (
    Call,
    Choice,
    Comparison,
    Entries,
    Expression,
    Items,
    Literal,
    Name,
    Other,
)
from gonogo.tools.cloudformation.instances import Deployment, Instance, Unit
from gonogo.tools.cloudformation.names import pascal, snake
from gonogo.tools.cloudformation.source import Program, Scope
from gonogo.tools.terraform.environments import canonical, environment_of, names_environment

_UNITS = {"millis": 0.001, "seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
_PRODUCTION = re.compile(r"^(is)?_?prod(uction)?(_?(env|environment|stage))?$", re.IGNORECASE)
_MOST_DEPTH = 60
_STEP = 8
"""How much of the depth it takes to go through a name."""


@dataclass(frozen=True)
class Known:
    """What is known of a whole app: shared by the readers of its programs."""

    deployment: Deployment
    environment: str
    variables: Mapping[tuple[str, str, str], str]
    """Path, class and variable that hold a construct of the library, and its address."""
    objects: Mapping[tuple[str, str, str], tuple[Unit, ...]]
    """The same for those that hold an object of a class of the target's own."""
    standing: dict[Unit, bool | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Reader:
    """Reads the expressions of one place in a program."""

    known: Known
    program: Program
    scope: Scope

    def value(self, expression: Expression, depth: int = 0) -> Value:
        """The value of an expression."""
        if depth > _MOST_DEPTH:
            return Unknown("...")
        match expression:
            case Literal(value):
                return value
            case Entries(items):
                return {key: self.value(item, depth + 1) for key, item, _ in items}
            case Items(items):
                return tuple(self.value(item, depth + 1) for item, _ in items)
            case Name(text):
                return self._named(text, depth)
            case Choice(test, yes, no):
                decided = self.test(test, depth)
                if decided is not None:
                    return self.value(yes if decided else no, depth + 1)
                values = self.value(yes, depth + 1), self.value(no, depth + 1)
                return values[0] if values[0] == values[1] else Unknown("a condition", refers(*values))
            case Comparison():
                tested = self.test(expression, depth)
                return Unknown("a comparison") if tested is None else tested
            case Call():
                return self._called(expression, depth)
            case Other(text):
                return Unknown(text)

    def test(self, expression: Expression, depth: int = 0) -> bool | None:
        """Whether a condition holds; None where that is unknown."""
        if not isinstance(expression, Comparison):
            value = self.value(expression, depth + 1)
            return None if isinstance(value, Unknown) else bool(value)
        sides = [self.value(side, depth + 1) for side in (expression.left, expression.right)]
        for one, other in (sides, sides[::-1]):
            if isinstance(one, Unknown) and one.refers == ("environment",) and isinstance(other, str):
                return (canonical(other) == canonical(self.known.environment)) is expression.equal
        if any(isinstance(side, Unknown) for side in sides):
            return None
        return (sides[0] == sides[1]) is expression.equal

    def stands(self) -> bool | None:
        """Whether what stands here is made: by its own conditions, and by those of the objects around it."""
        return _all(self._conditions(), self._made((self.program.path, self.scope.owner)))

    def address(self, text: str) -> str:
        """The construct of the library that a variable holds, also as a member of an object of the target's own."""
        path, owner = self.program.path, self.scope.owner
        if text.partition(".")[0] in self.scope.parameters:
            return ""
        for unit in ((owner, ""), ("", ""))[: 2 if owner else 1]:
            if found := self.known.variables.get((path, unit[0], text)):
                return found
        head, _, rest = text.partition(".")
        for name in (owner, ""):
            for other in self.known.objects.get((path, name, head), ()):
                if rest and (found := self.known.variables.get((*other, rest), "")):
                    return found
        return ""

    def _conditions(self) -> bool | None:
        held: bool | None = True
        for test, wanted in self.scope.conditions:
            found = self.test(test)
            held = _all(held, None if found is None else found is wanted)
        return held

    def _made(self, unit: Unit) -> bool | None:
        """Whether any object of the class is made."""
        instances = self.known.deployment.instances.get(unit, ())
        if not unit[1] or not instances:
            return True
        if unit not in self.known.standing:
            self.known.standing[unit] = True  # For classes that make each other.
            found = [self._caller(i).stands() if i.site else None for i in instances]
            self.known.standing[unit] = True if True in found else None if None in found else False
        return self.known.standing[unit]

    def _caller(self, instance: Instance) -> Reader:
        scope = instance.site.scope if instance.site else Scope()
        return Reader(self.known, self.known.deployment.programs[instance.path], scope)

    def _named(self, text: str, depth: int) -> Value:
        head, _, tail = text.rpartition(".")
        first, _, rest = text.partition(".")
        if first not in self.scope.parameters:
            for owner in (self.scope.owner, ""):
                if (constant := self.program.constants.get((owner, text))) is not None and constant != Name(text):
                    return self.value(constant, depth + _STEP)
            if (given := self._given(first, rest, depth)) is not None:
                return given[0]
        for name in (text, head):
            if address := self.address(name):
                return Unknown(text, (address,))
        if text.startswith(("process.env", "os.environ")):
            return Unknown(text, ("environment",) if names_environment(snake(tail)) else ())
        if head and re.fullmatch(r"[A-Z][A-Z0-9_]*", tail):
            return tail
        if _PRODUCTION.match(tail):
            production = canonical(self.known.environment) == "production"
            return production if tail.lower().startswith("is") else Unknown(text)
        return Unknown(text, ("environment",) if names_environment(snake(tail)) else ())

    def _given(self, name: str, path: str, depth: int) -> tuple[Value] | None:
        """What the callers of a constructor give for a parameter of it, or for a part of that; None for no parameter.

        Objects for another environment than the audited one do not count, as long as there are others.
        """
        unit = (self.program.path, self.scope.owner)
        parameters = self.known.deployment.parameters(unit) if unit[1] else ()
        instances = self.known.deployment.instances.get(unit, ())
        if name not in parameters or not instances:
            return None
        text = f"{name}.{path}" if path else name
        named = names_environment(snake(text.rpartition(".")[2]))
        if depth > _MOST_DEPTH - _STEP or any(i.site is None for i in instances):
            return (Unknown(text),) if not named else None
        values = [
            self._caller(instance)._argument(instance.site.call, parameters.index(name), name, path, depth + _STEP)
            for instance in self._audited(instances)
            if instance.site is not None
        ]
        if values and all(value == values[0] for value in values):
            return None if named and values[0] is None else (values[0],)
        return None if named else (Unknown(text, refers(*values)),)

    def _audited(self, instances: list[Instance]) -> list[Instance]:
        wanted = canonical(self.known.environment)
        named = {
            index: {environment_of(text, self.known.environment) for text in _texts(instance.site.call)} - {""}
            for index, instance in enumerate(instances)
            if instance.site is not None
        }
        fitting = [i for index, i in enumerate(instances) if wanted in named.get(index, ())]
        return fitting or instances

    def _argument(self, call: Call, index: int, name: str, path: str, depth: int) -> Value:
        if self.program.path.endswith(".py"):
            keywords = call.entries()
            given = [item for item in call.arguments if item is not keywords]
            if any(key == name for key, _, _ in keywords.items) or index >= len(given):
                return self._part(keywords, f"{name}.{path}" if path else name, depth)
            return self._part(given[index], path, depth)
        if index >= len(call.arguments):
            return None
        return self._part(call.arguments[index], path, depth)

    def _part(self, expression: Expression, path: str, depth: int) -> Value:
        """A member of an object; None where it has none of that name."""
        if not path:
            return self.value(expression, depth)
        if depth > _MOST_DEPTH:
            return Unknown("...")
        if isinstance(expression, Name):
            for owner in (self.scope.owner, ""):
                constant = self.program.constants.get((owner, expression.text))
                if isinstance(constant, Entries) and expression.text not in self.scope.parameters:
                    return self._part(constant, path, depth + _STEP)
            return self._named(f"{expression.text}.{path}", depth + _STEP)
        if not isinstance(expression, Entries):
            return Unknown(path)
        head, _, rest = path.partition(".")
        for key, item, _ in reversed(expression.items):
            if key == head:
                return self._part(item, rest, depth + 1)
            if key == "...":
                spread = item.text.strip(".* ") if isinstance(item, Other) else ""
                found = self._part(Name(spread), path, depth + 1) if re.fullmatch(r"[\w$.]+", spread) else Unknown(path)
                if found is not None:
                    return found
        return None

    def _called(self, call: Call, depth: int) -> Value:
        arguments = [self.value(item, depth + 1) for item in call.arguments]
        owner = call.name.rpartition(".")[0].rpartition(".")[2]
        if call.name in ("JSON.stringify", "json.dumps") and arguments:
            return arguments[0]
        if owner == "Duration" and call.method in _UNITS and arguments and isinstance(arguments[0], int | float):
            return arguments[0] * _UNITS[call.method]
        if call.method in ("fromAwsManagedPolicyName", "from_aws_managed_policy_name") and arguments:
            return f"arn:aws:iam::aws:policy/{arguments[0]}"
        if owner in ("Peer", "Port", "CidrBlock", "EndpointAccess"):
            return Unknown(f"{call.method}({', '.join(map(str, arguments))})")
        first = snake(str(arguments[0])) if arguments else ""
        if call.method in ("tryGetContext", "try_get_context", "get", "getenv") and names_environment(first):
            return Unknown(call.name, ("environment",))
        # What follows from a call matters little; what it was given shows what it refers to.
        inner = refers(*arguments, *(v for a in arguments if isinstance(a, dict) for v in a.values()))
        owned = (address,) if (address := self.address(call.name.rpartition(".")[0])) else ()
        text = f"{call.name}({', '.join(str(a) for a in arguments if isinstance(a, str | int | Unknown))})"
        return Unknown(text[:300], tuple(dict.fromkeys((*owned, *inner))))


def construct_of(call: Call, program: Program) -> tuple[str, str] | None:
    """Module and class of a construct of the library that a call makes."""
    head, _, rest = call.name.partition(".")
    meaning = program.imports.get(head)
    if meaning is None:
        return None
    module, name = library_name(f"{meaning}.{rest}" if rest else meaning)
    return (module, name) if module and name[:1].isupper() and "." not in module else None


def refers(*values: Value) -> tuple[str, ...]:
    """The addresses that these values name."""
    return tuple(dict.fromkeys(address for value in values for address in getattr(value, "refers", ())))


def pascal_keys(value: Value) -> Value:
    """Keys of mappings in PascalCase, at every depth."""
    if isinstance(value, dict):
        return {pascal(key): pascal_keys(item) for key, item in value.items()}
    return tuple(pascal_keys(item) for item in value) if isinstance(value, tuple) else value


def snake_keys(value: Value) -> Value:
    """Keys of mappings in snake_case, at every depth."""
    if isinstance(value, dict):
        return {snake(key): snake_keys(item) for key, item in value.items()}
    return tuple(snake_keys(item) for item in value) if isinstance(value, tuple) else value


def _all(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _texts(call: Call) -> Iterator[str]:
    """The texts that name an object: its id, and what it is given for the environment."""
    for argument in call.arguments:
        if isinstance(argument, Literal) and isinstance(argument.value, str):
            yield argument.value
        elif isinstance(argument, Entries):
            for key, value, _ in argument.items:
                if names_environment(snake(key)) and isinstance(value, Literal) and isinstance(value.value, str):
                    yield value.value
