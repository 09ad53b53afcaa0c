"""YAML for reviewers: text over several lines in literal blocks, what repeats written once, the same bytes every time.

PyYAML writes text with tabs, wide characters or spaces at the end of a line as one escaped string, so this is our own
writer; PyYAML reads what it writes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

SHARED_FROM = 160
"""Characters of JSON from which a value that repeats is written once, under an anchor, and referred to."""
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_WORDS = frozenset("null true false yes no on off y n".split())
"""What YAML 1.1 reads as something else than a string."""


def to_yaml(document: dict[str, Any]) -> str:
    """The document, a mapping of JSON's types, as YAML that reads back equal."""
    shapes = _Shapes()
    shapes.count(document, "document")
    return "\n".join(_Writer(shapes).block(document, 0)) + "\n"


@dataclass(slots=True)
class _Shapes:
    """The values of a document: equal ones have one number, and those that repeat have a name."""

    numbers: dict[Any, int] = field(default_factory=dict)
    of: dict[int, int] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    met: set[int] = field(default_factory=set)

    def count(self, value: Any, label: str) -> None:
        """Names what is met a second time. What stands inside of it is not looked at again."""
        self._number(value)
        for found, name in self._walk(value, label):
            number = self.number_of(found)
            if number in self.names:
                continue
            text = json.dumps(found, ensure_ascii=False, sort_keys=True)
            digest = hashlib.sha256(text.encode()).hexdigest()
            known = set(self.names.values())
            at = next(at for at in range(8, 65) if f"{name}-{digest[:at]}" not in known)
            self.names[number] = f"{name}-{digest[:at]}"

    def number_of(self, value: Any) -> int:
        """The number of a value that was counted; -1 for what is too small to share."""
        if isinstance(value, str):
            return self.numbers.get(value, -1)
        return self.of.get(id(value), -1)

    def _walk(self, value: Any, label: str) -> Iterator[tuple[Any, str]]:
        number = self.number_of(value)
        if number >= 0 and self.sizes[number] >= SHARED_FROM:
            if number in self.met:
                yield value, label
                return
            self.met.add(number)
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from self._walk(inner, re.sub(r"[^A-Za-z0-9]", "", key) or label)
        elif isinstance(value, list):
            for inner in value:
                yield from self._walk(inner, label)

    def _number(self, value: Any) -> tuple[Any, int]:
        """What stands for the value in its parent, and its size."""
        if isinstance(value, dict):
            parts = [(key, *self._number(inner)) for key, inner in value.items()]
            return self._known(value, ("d", *(part[:2] for part in parts)), sum(len(p[0]) + p[2] + 4 for p in parts))
        if isinstance(value, list):
            inside = [self._number(inner) for inner in value]
            return self._known(value, ("l", *(part[0] for part in inside)), sum(part[1] + 2 for part in inside))
        if isinstance(value, str):
            if len(value) >= SHARED_FROM and value not in self.numbers:
                self.numbers[value] = len(self.sizes)
                self.sizes.append(len(value))
            return value, len(value) + 2
        return (type(value).__name__, repr(value)), 6

    def _known(self, value: Any, key: Any, size: int) -> tuple[Any, int]:
        number = self.numbers.get(key)
        if number is None:
            number = self.numbers[key] = len(self.sizes)
            self.sizes.append(size)
        self.of[id(value)] = number
        return number, size


@dataclass(slots=True)
class _Writer:
    shapes: _Shapes
    written: set[int] = field(default_factory=set)

    def block(self, value: Any, indent: int) -> list[str]:
        """The lines of a mapping or sequence that is not empty."""
        lines: list[str] = []
        if isinstance(value, dict):
            for key, inner in value.items():
                head, rest = self._node(inner, indent + 2)
                lines += [f"{' ' * indent}{_key(key)}:{head}", *rest]
            return lines
        for inner in value:
            head, rest = self._node(inner, indent + 2)
            if not head and rest:
                head, rest = f" {rest[0].lstrip(' ')}", rest[1:]
            lines += [f"{' ' * indent}-{head}", *rest]
        return lines

    def _node(self, value: Any, indent: int) -> tuple[str, list[str]]:
        """What stands behind a colon or dash, and the lines below."""
        number = self.shapes.number_of(value)
        name = self.shapes.names.get(number, "")
        if name and number in self.written:
            return f" *{name}", []
        self.written.add(number)
        anchor = f" &{name}" if name else ""
        if isinstance(value, dict | list) and value:
            return anchor, self.block(value, indent)
        if isinstance(value, str):
            lines = _text(value, " " * indent)
            return f"{anchor} {lines[0]}", lines[1:]
        return f"{anchor} {_scalar(value)}", []


def _key(key: str) -> str:
    if _PLAIN_KEY.fullmatch(key) and key.lower() not in _WORDS:
        return key
    return f'"{_escaped(key)}"'


def _scalar(value: Any) -> str:
    if isinstance(value, dict | list):
        return "{}" if isinstance(value, dict) else "[]"
    if isinstance(value, float):
        digits, exponent, power = repr(value).partition("e")
        return f"{digits if '.' in digits else digits + '.0'}{exponent}{power}"
    return json.dumps(value)


def _text(text: str, indent: str) -> list[str]:
    """The first line of a string, and its further ones with their indentation."""
    shown = text.replace("\n", "").replace("\t", "").isprintable()
    if shown and text.strip("\n") and "\n" in text:
        return _literal(text, indent)
    if shown and "\n" not in text and "\t" not in text and ('"' in text or "\\" in text):
        return ["'" + text.replace("'", "''") + "'"]
    return _quoted(text, indent)


def _literal(text: str, indent: str) -> list[str]:
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    given = "2" if text[0] in " \t\n" else ""  # what the first line begins with would be read as indentation
    lines = [f"{indent}{line}" if line else "" for line in body.split("\n")] + [""] * (ends - 1)
    return [f"|{given}{('-', '', '+')[min(ends, 2)]}", *lines]


def _quoted(text: str, indent: str) -> list[str]:
    """A double-quoted string, broken where the text is. A space that begins a further line would be lost: escaped."""
    lines = [_escaped(line) for line in text.split("\n")]
    lines[1:] = [f"{indent}\\{line}" if line.startswith(" ") else f"{indent}{line}" for line in lines[1:]]
    lines[:-1] = [f"{line}\\n\\" for line in lines[:-1]]
    lines[0] = f'"{lines[0]}'
    lines[-1] = f'{lines[-1]}"'
    return lines


def _escaped(text: str) -> str:
    if text.isprintable() and '"' not in text and "\\" not in text:
        return text
    return "".join(_escape(char) for char in text)


def _escape(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if char == "\n":
        return "\\n"
    if char == "\t":
        return "\\t"
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
