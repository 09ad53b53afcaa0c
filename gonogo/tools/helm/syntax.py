"""The syntax of Go templates, as far as Helm charts use it: text to a tree."""

from __future__ import annotations

import re
from dataclasses import dataclass, field


class TemplateError(Exception):
    """A template that can't be read or worked out. ``line`` is where."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line


@dataclass(slots=True)
class Operand:
    """A value in a command. ``kind``: dot, variable, literal, call (a bare function name) or group."""

    kind: str
    value: object = None
    path: tuple[str, ...] = ()
    """Fields that are taken of it."""


@dataclass(slots=True)
class Pipe:
    """Commands, each handing its result to the next as last argument; with what they are assigned to."""

    commands: list[list[Operand]]
    line: int
    names: tuple[str, ...] = ()
    declares: bool = False


@dataclass(slots=True)
class Node:
    """Part of a template. ``kind``: text, output, if, range, with, template, break or continue."""

    kind: str
    line: int
    text: str = ""
    pipe: Pipe | None = None
    body: list[Node] = field(default_factory=list)
    other: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Tree:
    """A parsed template text with the templates that it defines."""

    body: list[Node]
    defined: dict[str, list[Node]]


_ACTION = re.compile(r"\{\{(-(?=\s))?")
_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<string>"(?:[^"\\\n]|\\.)*")
    |(?P<raw>`[^`]*`)
    |(?P<char>'(?:[^'\\\n]|\\.)+')
    |(?P<number>[+-]?(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.]))
    |(?P<variable>\$\w*(?:\.\w+)*)
    |(?P<field>\.\w+(?:\.\w+)*)
    |(?P<dot>\.)
    |(?P<word>[A-Za-z_]\w*)
    |(?P<symbol>:=|=|\||\(|\)|,)""",
    re.X,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
MOST_DEPTH = 60


@dataclass(slots=True)
class _Piece:
    text: str
    line: int
    action: bool


def parse(text: str) -> Tree:
    """Reads a template. Raises TemplateError where its syntax is broken or unknown."""
    parser = _Parser(list(_pieces(text)))
    body = parser.block(top=True)
    return Tree(body, parser.defined)


def _pieces(text: str) -> list[_Piece]:
    found: list[_Piece] = []
    at, line, trim = 0, 1, False
    while True:
        match = _ACTION.search(text, at)
        chunk = text[at : match.start()] if match else text[at:]
        start = line
        line += chunk.count("\n")
        if trim:
            kept = chunk.lstrip()
            start += chunk[: len(chunk) - len(kept)].count("\n")
            chunk = kept
        if match is None:
            found.append(_Piece(chunk, start, action=False))
            return found
        found.append(_Piece(chunk.rstrip() if match[1] else chunk, start, action=False))
        end, inner_end, trim = _end_of_action(text, match.end(), line)
        inner = text[match.end() : inner_end]
        found.append(_Piece(inner, line, action=True))
        line += text.count("\n", match.start(), end)
        at = end


def _end_of_action(text: str, start: int, line: int) -> tuple[int, int, bool]:
    """Where an action ends, where its inside ends, and whether white space after it goes."""
    at = start
    stripped = text[start:].lstrip() if text.startswith((" ", "\n", "\t", "/"), start) else ""
    if stripped.startswith("/*"):
        close = text.find("*/", start)
        end = text.find("}}", close) if close >= 0 else -1
        if end < 0:
            raise TemplateError("a comment is not closed", line)
        return end + 2, start, text[close + 2 : end].endswith("-")
    while at < len(text):
        if text.startswith("}}", at):
            trim = text[at - 1] == "-" and text[at - 2 : at - 1].isspace()
            return at + 2, at - 1 if trim else at, trim
        if text[at] in "\"`'":
            match = _TOKEN.match(text, at)
            at = match.end() if match else at + 1
        else:
            at += 1
    raise TemplateError("an action is not closed", line)


class _Parser:
    def __init__(self, pieces: list[_Piece]) -> None:
        self.pieces = pieces
        self.at = 0
        self.depth = 0
        self.defined: dict[str, list[Node]] = {}
        self.ended = ""
        self.rest: list[tuple[str, str]] = []

    def block(self, *, top: bool = False) -> list[Node]:
        """Nodes up to ``end`` or ``else``; which one it was is in ``ended``, what follows else in ``rest``."""
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise TemplateError("it is nested too deep", self.pieces[min(self.at, len(self.pieces) - 1)].line)
        nodes: list[Node] = []
        while self.at < len(self.pieces):
            piece = self.pieces[self.at]
            self.at += 1
            if not piece.action:
                if piece.text:
                    nodes.append(Node("text", piece.line, piece.text))
                continue
            tokens = _tokens(piece)
            if not tokens:
                continue
            word = tokens[0][1] if tokens[0][0] == "word" else ""
            if word in ("end", "else"):
                if top:
                    raise TemplateError(f"{word} closes nothing", piece.line)
                self.ended, self.rest = word, tokens[1:]
                self.depth -= 1
                return nodes
            self.action(word, tokens, piece.line, nodes)
        if not top:
            raise TemplateError("a block is not closed", self.pieces[-1].line)
        self.depth -= 1
        return nodes

    def action(self, word: str, tokens: list[tuple[str, str]], line: int, nodes: list[Node]) -> None:
        if word in ("if", "with", "range"):
            nodes.append(self.branch(word, tokens[1:], line))
        elif word in ("define", "block"):
            name = _string(tokens[1]) if len(tokens) > 1 else ""
            body = self.block()
            self.defined[name] = body
            if word == "block":
                nodes.append(Node("template", line, name, _pipe(tokens[2:], line)))
        elif word == "template":
            nodes.append(Node("template", line, _string(tokens[1]), _pipe(tokens[2:], line) if tokens[2:] else None))
        elif word in ("break", "continue"):
            nodes.append(Node(word, line))
        else:
            nodes.append(Node("output", line, pipe=_pipe(tokens, line)))

    def branch(self, kind: str, tokens: list[tuple[str, str]], line: int) -> Node:
        node = Node(kind, line, pipe=_pipe(tokens, line))
        node.body = self.block()
        if self.ended == "else":
            rest = self.rest
            if rest and rest[0] in (("word", "if"), ("word", "with")):
                node.other = [self.branch(rest[0][1], rest[1:], line)]
            else:
                node.other = self.block()
        return node


def _tokens(piece: _Piece) -> list[tuple[str, str]]:
    """The tokens of an action. A field right behind a bracket gets the kind ``after``."""
    found: list[tuple[str, str]] = []
    at, text = 0, piece.text
    spaced = True
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise TemplateError(f"{text[at : at + 20]!r} is not understood", piece.line)
        kind = match.lastgroup
        if kind == "space":
            spaced = True
        else:
            if kind == "field" and not spaced and found and found[-1] == ("symbol", ")"):
                kind = "after"
            found.append((kind, match[0]))
            spaced = False
        at = match.end()
    return found


def _pipe(tokens: list[tuple[str, str]], line: int) -> Pipe:
    names: list[str] = []
    declares = False
    for number, token in enumerate(tokens):
        if token in (("symbol", ":="), ("symbol", "=")):
            names = [value for kind, value in tokens[:number] if kind == "variable"]
            declares = token[1] == ":="
            tokens = tokens[number + 1 :]
            break
        if token[0] != "variable" and token != ("symbol", ","):
            break
    commands, rest = _commands(tokens, line, 0)
    if rest:
        raise TemplateError("a bracket closes nothing", line)
    return Pipe(commands, line, tuple(names), declares)


def _commands(
    tokens: list[tuple[str, str]], line: int, depth: int
) -> tuple[list[list[Operand]], list[tuple[str, str]]]:
    if depth > MOST_DEPTH:
        raise TemplateError("its brackets are nested too deep", line)
    commands: list[list[Operand]] = [[]]
    while tokens:
        kind, value = tokens[0]
        if (kind, value) == ("symbol", ")"):
            break
        tokens = tokens[1:]
        if (kind, value) == ("symbol", "|"):
            commands.append([])
        elif (kind, value) == ("symbol", "("):
            inner, tokens = _commands(tokens, line, depth + 1)
            if not tokens:
                raise TemplateError("a bracket is not closed", line)
            tokens = tokens[1:]
            path: tuple[str, ...] = ()
            if tokens and tokens[0][0] == "after":
                path = tuple(tokens[0][1][1:].split("."))
                tokens = tokens[1:]
            commands[-1].append(Operand("group", Pipe(inner, line), path))
        else:
            commands[-1].append(_operand(kind, value, line))
    if not all(commands):
        raise TemplateError("a command is empty", line)
    return commands, tokens


def _operand(kind: str, value: str, line: int) -> Operand:
    if kind == "dot":
        return Operand("dot")
    if kind == "field":
        return Operand("dot", path=tuple(value[1:].split(".")))
    if kind == "variable":
        name, *path = value.split(".")
        return Operand("variable", name, tuple(path))
    if kind in ("string", "raw", "char"):
        return Operand("literal", _string((kind, value)))
    if kind == "number":
        return Operand("literal", _number(value))
    if kind == "word":
        constants = {"true": True, "false": False, "nil": None}
        return Operand("literal", constants[value]) if value in constants else Operand("call", value)
    raise TemplateError(f"{value!r} is not understood here", line)


def _number(text: str) -> int | float:
    if "x" in text.lower():
        return int(text, 16)
    if len(text) > 30:
        return 0
    return float(text) if any(mark in text for mark in ".eE") else int(text)


def _string(token: tuple[str, str]) -> str:
    kind, value = token
    if kind == "raw":
        return value[1:-1]
    if kind not in ("string", "char"):
        return value
    return re.sub(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", _unescape, value[1:-1])


def _unescape(match: re.Match[str]) -> str:
    code = match[1]
    if len(code) > 1:
        return chr(int(code[1:], 16))
    return _ESCAPES.get(code, code)
