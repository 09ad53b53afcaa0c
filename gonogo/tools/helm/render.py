"""Working out a chart's templates in process: no command, no network, no file but the chart's own, bounded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gonogo.facts.kubernetes import UNKNOWN
from gonogo.tools.helm.functions import FUNCTIONS, Unknown, as_output, is_true, unknown
from gonogo.tools.helm.syntax import Node, Operand, Pipe, TemplateError, Tree, parse

MOST_STEPS = 150_000
MOST_OUTPUT = 3_000_000
MOST_DEPTH = 40


class _BreakError(Exception):
    pass


class _ContinueError(Exception):
    pass


@dataclass
class Budget:
    """What is left to spend on one chart."""

    steps: int = MOST_STEPS
    output: int = MOST_OUTPUT

    def step(self, line: int) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise TemplateError("it takes too many steps to work out", line)

    def write(self, text: str, line: int) -> None:
        self.output -= len(text)
        if self.output < 0:
            raise TemplateError("it makes too much text", line)


@dataclass
class Rendered:
    """A text with, for each of its lines, the line of the template that it comes from."""

    text: str
    lines: list[int]


@dataclass
class Output:
    """Text being made, with its lines."""

    parts: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    fresh: bool = True

    def text(self, text: str, line: int, *, moves: bool) -> None:
        """Adds text; ``moves`` where its lines are lines of the template."""
        if not text:
            return
        self.parts.append(text)
        for number, piece in enumerate(text.split("\n")):
            at = line + number if moves else line
            if number or not self.lines:
                self.lines.append(at)
                self.fresh = not piece.strip()
            elif self.fresh and piece.strip():
                self.lines[-1] = at
                self.fresh = False

    def done(self) -> Rendered:
        return Rendered("".join(self.parts), self.lines or [1])


@dataclass
class Engine:
    """The named templates of a chart, and what working them out may use."""

    named: dict[str, list[Node]] = field(default_factory=dict)
    files: Callable[[str], str | None] = lambda path: None
    budget: Budget = field(default_factory=Budget)
    guesses: list[tuple[str, int]] = field(default_factory=list)
    """Branches that were taken although nothing decides them, with their lines."""
    depth: int = 0

    def define(self, tree: Tree) -> None:
        self.named.update(tree.defined)

    def render(self, tree: Tree, root: dict[str, Any]) -> Rendered:
        """Works a template out. Raises TemplateError where it can't be."""
        out = Output()
        _Run(self, root, out).nodes(tree.body, root)
        return out.done()

    def include(self, name: str, value: Any, line: int) -> Any:
        """What a named template makes of a value; unknown where no file of the chart defines it."""
        body = self.named.get(name)
        return unknown if body is None else self._within(body, value, line)

    def evaluate(self, text: Any, value: Any, line: int) -> Any:
        """``tpl``: a text of the values as a template."""
        if isinstance(text, Unknown):
            return unknown
        source = as_output(text)
        if "{{" not in source:
            return source
        tree = parse(source)
        self.define(tree)
        return self._within(tree.body, value, line)

    def _within(self, body: list[Node], value: Any, line: int) -> str:
        self.depth += 1
        try:
            if self.depth > MOST_DEPTH:
                raise TemplateError("its templates take each other in without end", line)
            out = Output()
            _Run(self, value, out).nodes(body, value)
        finally:
            self.depth -= 1
        return out.done().text


class _Run:
    """One execution of a template body."""

    def __init__(self, engine: Engine, root: Any, out: Output) -> None:
        self.engine, self.root, self.out = engine, root, out
        self.scopes: list[dict[str, Any]] = [{"$": root}]

    def nodes(self, nodes: list[Node], dot: Any) -> None:
        for node in nodes:
            self.engine.budget.step(node.line)
            self.node(node, dot)

    def node(self, node: Node, dot: Any) -> None:
        if node.kind == "text":
            self.write(node.text, node.line, moves=True)
        elif node.kind == "output":
            assert node.pipe is not None
            value = self.pipe(node.pipe, dot)
            if not node.pipe.names:
                self.write(as_output(value), node.line)
        elif node.kind == "template":
            value = self.pipe(node.pipe, dot) if node.pipe else None
            self.write(as_output(self.engine.include(node.text, value, node.line)), node.line)
        elif node.kind == "break":
            raise _BreakError
        elif node.kind == "continue":
            raise _ContinueError
        else:
            self.scopes.append({})
            try:
                self.branch(node, dot)
            finally:
                self.scopes.pop()

    def branch(self, node: Node, dot: Any) -> None:
        assert node.pipe is not None
        if node.kind == "range":
            self.loop(node, dot)
            return
        value = self.pipe(node.pipe, dot)
        if isinstance(value, Unknown):
            self.engine.guesses.append((f"nothing decides a condition ({node.kind})", node.line))
        if isinstance(value, Unknown) or is_true(value):
            self.nodes(node.body, value if node.kind == "with" else dot)
        else:
            self.nodes(node.other, dot)

    def loop(self, node: Node, dot: Any) -> None:
        assert node.pipe is not None
        names, declares = node.pipe.names, node.pipe.declares
        value = self.pipe(Pipe(node.pipe.commands, node.line), dot)
        if isinstance(value, Unknown):
            self.engine.guesses.append(("nothing says what a loop goes over", node.line))
            return
        pairs: list[tuple[Any, Any]]
        if isinstance(value, dict):
            pairs = sorted(value.items(), key=lambda pair: str(pair[0]))
        elif isinstance(value, list | tuple):
            pairs = list(enumerate(value))
        elif isinstance(value, int) and not isinstance(value, bool):
            pairs = [(i, i) for i in range(min(value, 1000))]
        else:
            pairs = []
        if not pairs:
            self.nodes(node.other, dot)
        for key, item in pairs:
            if len(names) == 1:
                self.assign(names[0], item, declares=declares)
            elif len(names) == 2:
                self.assign(names[0], key, declares=declares)
                self.assign(names[1], item, declares=declares)
            self.scopes.append({})
            try:
                self.nodes(node.body, item)
            except _BreakError:
                break
            except _ContinueError:
                continue
            finally:
                self.scopes.pop()

    def write(self, text: str, line: int, *, moves: bool = False) -> None:
        self.engine.budget.write(text, line)
        self.out.text(text, line, moves=moves)

    def assign(self, name: str, value: Any, *, declares: bool) -> None:
        if not declares:
            for scope in reversed(self.scopes):
                if name in scope:
                    scope[name] = value
                    return
        self.scopes[-1][name] = value

    def pipe(self, pipe: Pipe, dot: Any) -> Any:
        value: Any = None
        for number, command in enumerate(pipe.commands):
            self.engine.budget.step(pipe.line)
            value = self.command(command, dot, pipe.line, (value,) if number else ())
        for name in pipe.names:
            self.assign(name, value, declares=pipe.declares)
        return value

    def command(self, command: list[Operand], dot: Any, line: int, last: tuple[Any, ...]) -> Any:
        first = command[0]
        if first.kind == "call":
            return self.call(str(first.value), command[1:], dot, line, last)
        value = self.operand(first, dot, line)
        if callable(value):
            arguments = [self.operand(item, dot, line) for item in command[1:]]
            return value(*arguments, *last)
        return value

    def operand(self, operand: Operand, dot: Any, line: int) -> Any:
        if operand.kind == "literal":
            return operand.value
        if operand.kind == "call":
            return self.call(str(operand.value), [], dot, line, ())
        if operand.kind == "group":
            assert isinstance(operand.value, Pipe)
            value = self.pipe(operand.value, dot)
        elif operand.kind == "variable":
            value = next((scope[operand.value] for scope in reversed(self.scopes) if operand.value in scope), unknown)
        else:
            value = dot
        for name in operand.path:
            value = _field(value, name)
        return value

    def call(self, name: str, operands: list[Operand], dot: Any, line: int, last: tuple[Any, ...]) -> Any:
        if name in ("and", "or"):
            return self.logic(name, operands, dot, line, last)
        values = [self.operand(item, dot, line) for item in operands] + list(last)
        if name == "include":
            return self.engine.include(as_output(values[0]), values[1] if len(values) > 1 else None, line)
        if name == "tpl":
            return self.engine.evaluate(values[0], values[1] if len(values) > 1 else self.root, line)
        if name == "fail":
            raise TemplateError(f"it refuses the values that are there: {as_output(values[0])[:120]}", line)
        function = FUNCTIONS.get(name)
        if function is None:
            return unknown
        if any(isinstance(value, Unknown) for value in values) and name not in _TAKES_UNKNOWN:
            return unknown
        try:
            return function(*values)
        except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError, ZeroDivisionError):
            return unknown

    def logic(self, name: str, operands: list[Operand], dot: Any, line: int, last: tuple[Any, ...]) -> Any:
        value: Any = None
        unsure = False
        for item in (*operands, *(Operand("literal", given) for given in last)):
            value = self.operand(item, dot, line)
            if isinstance(value, Unknown):
                unsure = True
            elif is_true(value) == (name == "or"):
                return value
        return unknown if unsure else value


_TOLERANT = """default dict list set toYaml merge mergeOverwrite printf print quote squote nindent indent trunc coalesce
append concat deepCopy pick omit required hasKey kindIs tuple trim trimSuffix trimPrefix lower join toString ternary
get dig empty not"""
_TAKES_UNKNOWN = frozenset(_TOLERANT.split())
"""Functions that deal with unknown arguments themselves."""


def _field(value: Any, name: str) -> Any:
    if isinstance(value, Unknown):
        return unknown
    if isinstance(value, dict):
        return value.get(name)
    return None if value is None else unknown


__all__ = ["UNKNOWN", "Budget", "Engine", "Rendered", "TemplateError", "parse"]
