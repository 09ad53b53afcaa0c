"""Groovy as a Jenkinsfile writes it: nested calls with arguments and blocks, read without a grammar, so that what is
unusual is passed over and never stops the reading."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_NAME = re.compile(r"[A-Za-z_$][\w$]*(\s*\.\s*[A-Za-z_$][\w$]*)*")
_DEEPEST = 60


@dataclass
class Call:
    """A statement: ``stage('Test') { ... }``, ``sh "make"``, ``agent any``. Lines count from 1."""

    name: str
    line: int
    arguments: str = ""
    """The text of its arguments, without the parentheses."""
    arguments_line: int = 0
    body: list[Call] = field(default_factory=list)
    has_body: bool = False
    before: str = ""
    """What stands in front of it in its statement: ``def status =``."""
    text: str = ""
    """The text of its block."""

    def strings(self) -> list[tuple[str, int, bool]]:
        """The string literals of its arguments: text, line, and whether Groovy interpolates it."""
        return strings(self.arguments, self.arguments_line)

    def all(self, *names: str) -> list[Call]:
        """Calls of these names below it, at any depth."""
        found = []
        for call in self.body:
            if call.name in names:
                found.append(call)
            found += call.all(*names)
        return found

    def block(self, name: str) -> Call | None:
        """The first block of that name directly below it."""
        return next((call for call in self.body if call.name == name), None)


def parse(text: str) -> list[Call]:
    """The statements of a file."""
    code = _without_comments(text)
    return _block(code, 0, len(code), 1, 0)


def strings(text: str, line: int) -> list[tuple[str, int, bool]]:
    """String literals of a text that begins on that line, with the line on which each begins."""
    found = []
    index = 0
    while index < len(text):
        end = _string_end(text, index)
        if end:
            quote = 3 if text[index : index + 3] in ('"""', "'''") else 1
            found.append(
                (_unescaped(text[index + quote : end - quote]), line + text.count("\n", 0, index), text[index] == '"')
            )
            index = end
        else:
            index += 1
    return found


def _unescaped(text: str) -> str:
    text = re.sub(r"\\\r?\n", "\\\n", text)
    return re.sub(r"\\([\"'$\\])", r"\1", text)


def _string_end(text: str, index: int) -> int:
    """The index behind the string literal that begins here; 0 where none begins."""
    for quote in ('"""', "'''", '"', "'"):
        if text.startswith(quote, index):
            position = index + len(quote)
            while position < len(text):
                if text[position] == "\\":
                    position += 2
                elif text.startswith(quote, position):
                    return position + len(quote)
                elif text[position] == "\n" and len(quote) == 1:
                    return position
                else:
                    position += 1
            return len(text)
    return 0


def _without_comments(text: str) -> str:
    """Comments blanked out, with the lines kept."""
    out: list[str] = []
    index = 0
    while index < len(text):
        if end := _string_end(text, index):
            out.append(text[index:end])
            index = end
        elif text.startswith("//", index):
            stop = text.find("\n", index)
            index = len(text) if stop < 0 else stop
        elif text.startswith("/*", index):
            stop = text.find("*/", index)
            stop = len(text) if stop < 0 else stop + 2
            out.append("".join(c if c == "\n" else " " for c in text[index:stop]))
            index = stop
        else:
            out.append(text[index])
            index += 1
    return "".join(out)


def _matching(text: str, index: int, end: int) -> int:
    """The index of the bracket that closes the one at index."""
    depth = 0
    while index < end:
        if stop := _string_end(text, index):
            index = stop
            continue
        if text[index] in "([{":
            depth += 1
        elif text[index] in ")]}":
            depth -= 1
            if depth == 0:
                return index
        index += 1
    return end


def _block(text: str, index: int, end: int, line: int, depth: int) -> list[Call]:
    found: list[Call] = []
    if depth > _DEEPEST:
        return found
    start = index
    while index < end:
        stop = _string_end(text, index)
        if stop:
            index = stop
            continue
        match = _NAME.match(text, index) if text[index].isalpha() or text[index] in "_$" else None
        if match is None or match.end() > end:
            if text[index] in ";\n":
                start = index + 1
            if text[index] == "{":
                close = _matching(text, index, end)
                found += _block(text, index + 1, close, line, depth + 1)
                index = close + 1
                start = index
                continue
            index += 1
            continue
        call, index = _call(text, match, end, line, depth, text[start : match.start()])
        if call is not None:
            found.append(call)
            start = index
    return found


def _call(text: str, match: re.Match[str], end: int, line: int, depth: int, before: str) -> tuple[Call | None, int]:
    """Reads the call whose name has matched; None where it is only a word."""
    name = re.sub(r"\s+", "", match.group())
    at = line + text.count("\n", 0, match.start())
    index = _spaces(text, match.end(), end)
    if name in ("def", "return", "new", "final", "import"):
        return None, match.end()
    call = Call(name, at, before=before.strip())
    if index < end and text[index] == "(":
        close = _matching(text, index, end)
        call.arguments, call.arguments_line = text[index + 1 : close], line + text.count("\n", 0, index + 1)
        call.body += _closures(text, index + 1, close, line, depth)
        index = close + 1
    elif index < end and text[index] not in "{=,)]}.?<>!&|+-*/:\n;":
        stop = _statement_end(text, index, end)
        call.arguments, call.arguments_line = text[index:stop], line + text.count("\n", 0, index)
        index = stop
    elif index >= end or text[index] != "{":
        follows = text[index] if index < end else "\n"
        return (call if follows in "\n;}" else None), match.end()
    after = _spaces(text, index, end)
    if after < end and text[after] == "{":
        close = _matching(text, after, end)
        call.body += _block(text, after + 1, close, line, depth + 1)
        call.has_body, call.text = True, text[after + 1 : close]
        index = close + 1
    return call, index


def _closures(text: str, index: int, end: int, line: int, depth: int) -> list[Call]:
    """The statements of blocks among arguments: ``parallel(a: { sh "x" }, b: { sh "y" })``."""
    found: list[Call] = []
    while index < end:
        if stop := _string_end(text, index):
            index = stop
        elif text[index] == "{":
            close = _matching(text, index, end)
            found += _block(text, index + 1, close, line, depth + 1)
            index = close + 1
        else:
            index += 1
    return found


def _spaces(text: str, index: int, end: int) -> int:
    while index < end and text[index] in " \t":
        index += 1
    return index


def _statement_end(text: str, index: int, end: int) -> int:
    """Where arguments without parentheses end: at the end of the line, unless a comma goes on, or at a block."""
    last = ""
    while index < end:
        if stop := _string_end(text, index):
            index, last = stop, '"'
            continue
        char = text[index]
        if char in "([":
            index, last = _matching(text, index, end) + 1, ")"
            continue
        if char in "{};" or (char == "\n" and last not in (",", "+", ":")):
            return index
        if not char.isspace():
            last = char
        index += 1
    return end
