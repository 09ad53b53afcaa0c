"""YAML and JSON as plain values that know their lines, bounded: no alias bomb, no deep nesting, no code.

Mappings are :class:`Map` (a dict with text keys), sequences :class:`Seq` (a list), both with the line of each item.
Scalars follow YAML 1.2 (``on``, ``yes`` and ``no`` are text); a float keeps how it was written, so that ``str`` of
``3.10`` is "3.10". Values with an application's tag (``!Ref``, ``!reference``) are :class:`Tagged`. Aliases share their
value, and what they would expand to is bounded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

MOST_DEPTH = 150
MOST_NODES = 1_000_000
"""Values of one text, aliases counted as often as they are used."""
_CORE = "tag:yaml.org,2002:"
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,40})\Z")
_OTHER_INT = re.compile(r"0o?[0-7]{1,40}\Z|0x[0-9a-fA-F]{1,40}\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?\Z")
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class Float(float):
    """A float that is printed as it was written."""

    text: str

    def __str__(self) -> str:
        return self.text


class Map(dict[str, Any]):
    """A mapping. ``line`` is where it begins, ``end_line`` where its last value ends, ``lines`` each key's line."""

    __slots__ = ("end_line", "line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = self.end_line = line
        self.lines: dict[str, int] = {}

    def line_of(self, key: str) -> int:
        """The line of a key; the mapping's own where it is not there."""
        return self.lines.get(key, self.line)

    def map(self, key: str) -> Map:
        """The mapping below a key; an empty one where there is none."""
        found = self.get(key)
        return found if isinstance(found, Map) else Map(self.line_of(key))

    def seq(self, key: str) -> Seq:
        """The sequence below a key; an empty one where there is none."""
        found = self.get(key)
        return found if isinstance(found, Seq) else Seq(self.line_of(key))

    def maps(self, key: str) -> tuple[Map, ...]:
        """The mappings in the sequence below a key."""
        return tuple(item for item in self.seq(key) if isinstance(item, Map))

    def text(self, key: str) -> str:
        """The scalar below a key as text; empty where there is none."""
        return as_text(self.get(key))


class Seq(list[Any]):
    """A sequence. ``lines[i]`` is where item i begins."""

    __slots__ = ("end_line", "line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = self.end_line = line
        self.lines: list[int] = []

    def marked(self) -> Iterator[tuple[Any, int]]:
        """Each item with its line."""
        return zip(self, self.lines, strict=True)


@dataclass(frozen=True, slots=True)
class Tagged:
    """A value with an application's tag: ``Tagged("!Ref", "Bucket", 12)``."""

    tag: str
    value: Any
    line: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a text, or what follows a line of it, could not be loaded."""

    reason: str
    line: int
    limit: bool = False
    """True where it was given up for its size or depth, not for being wrong."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a text. ``duplicates`` are keys that stand twice in one mapping, with the line of the second."""

    value: Any
    line: int
    duplicates: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Loaded:
    """The documents of a text up to its end, or up to ``fault``."""

    documents: tuple[Document, ...]
    fault: Fault | None = None

    @property
    def first(self) -> Map:
        """The first document where it is a mapping; else an empty one."""
        value = self.documents[0].value if self.documents else None
        return value if isinstance(value, Map) else Map(1)


def load_yaml(text: str, *, first_line: int = 1) -> Loaded:
    """Loads all documents of a YAML text; ``first_line`` is added to where the text is part of a file."""
    documents: list[Document] = []
    try:
        for document in _documents(_CONTROL.sub("\ufffd", text), first_line):
            documents.append(document)
    except _BoundError as error:
        return Loaded(tuple(documents), Fault(str(error), error.line, limit=True))
    except yaml.MarkedYAMLError as error:
        mark: Any = error.problem_mark or error.context_mark
        reason = " ".join(filter(None, (error.context, error.problem)))
        return Loaded(tuple(documents), Fault(reason, _line(mark) + first_line))
    except yaml.YAMLError as error:
        return Loaded(tuple(documents), Fault(str(error).splitlines()[0], first_line))
    return Loaded(tuple(documents))


def load_json(text: str) -> Loaded:
    """Loads a JSON text, with lines. Its faults are JSON's."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return Loaded((), Fault(error.msg, error.lineno))
    except RecursionError:
        return Loaded((), Fault(f"it is nested deeper than {MOST_DEPTH} levels", 1, limit=True))
    # A tab in JSON is white space only, but YAML refuses it there.
    return load_yaml(text.lstrip("\ufeff").replace("\t", " "))


def as_text(value: Any) -> str:
    """A scalar as it is written in YAML; empty for nothing, a mapping or a sequence."""
    if value is None or isinstance(value, dict | list | Tagged):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


class _BoundError(Exception):
    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(slots=True)
class _Open:
    """A collection being filled."""

    value: Map | Seq
    tag: str
    anchor: str | None
    size: int = 1
    key: str | None = None
    key_line: int = 0
    merges: list[Any] | None = None


class _Builder:
    def __init__(self, shift: int) -> None:
        self.shift = shift
        self.total = 0
        self.start(shift)

    def start(self, line: int) -> None:
        self.line = line
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Any, int] | None] = {}
        self.duplicates: list[tuple[str, int]] = []
        self.value: Any = None

    def take(self, event: Event) -> None:
        line = _line(event.start_mark) + self.shift
        if isinstance(event, ScalarEvent):
            end = max(line, _line(event.end_mark) + self.shift - (event.style in ("|", ">")))
            value = _scalar(event, line)
            if event.anchor:
                self.anchors[event.anchor] = (value, 1)
            self.add(value, line, end, 1, is_merge=event.value == "<<" and event.implicit[0])
        elif isinstance(event, MappingStartEvent | SequenceStartEvent):
            if len(self.stack) >= MOST_DEPTH:
                raise _BoundError(f"it is nested deeper than {MOST_DEPTH} levels", line)
            kind = Map if isinstance(event, MappingStartEvent) else Seq
            if event.anchor:
                self.anchors[event.anchor] = None
            self.stack.append(_Open(kind(line), _own_tag(event.tag), event.anchor))
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self.close()
        elif isinstance(event, AliasEvent):
            anchor: Any = event.anchor
            known = self.anchors.get(anchor)
            if known is None:
                problem = "contains itself" if anchor in self.anchors else "is not defined"
                start: Any = event.start_mark
                raise yaml.MarkedYAMLError(None, None, f"alias *{anchor} {problem}", start)
            self.add(known[0], line, line, known[1])

    def close(self) -> None:
        done = self.stack.pop()
        found = done.value
        if done.merges and isinstance(found, Map):
            _merge(found, done.merges)
        value = Tagged(done.tag, found, found.line) if done.tag else found
        if done.anchor:
            self.anchors[done.anchor] = (value, done.size)
        self.add(value, found.line, found.end_line, done.size)

    def add(self, value: Any, line: int, end: int, size: int, *, is_merge: bool = False) -> None:
        self.total += 1
        if not self.stack:
            self.value = value
            return
        top = self.stack[-1]
        top.size += size
        if top.size + self.total > MOST_NODES:
            raise _BoundError(f"it expands to more than {MOST_NODES:,} values", line)
        into = top.value
        if isinstance(into, Seq):
            into.append(value)
            into.lines.append(line)
        elif top.key is None:
            top.key, top.key_line = "<<" if is_merge else _key(value), line
            top.merges = top.merges if not is_merge or top.merges is not None else []
            return
        else:
            if top.key == "<<" and top.merges is not None:
                top.merges.append(value)
            else:
                if top.key in into:
                    self.duplicates.append((top.key, top.key_line))
                into[top.key] = value
                into.lines[top.key] = top.key_line
            top.key = None
        into.end_line = max(into.end_line, end)


def _documents(text: str, first_line: int) -> Iterator[Document]:
    parser = yaml.CSafeLoader(text)
    builder = _Builder(first_line)
    try:
        while parser.check_event():
            event: Any = parser.get_event()
            if isinstance(event, DocumentStartEvent):
                builder.start(_line(event.start_mark) + first_line)
            elif isinstance(event, yaml.DocumentEndEvent):
                yield Document(builder.value, builder.line, tuple(builder.duplicates))
            else:
                builder.take(event)
    finally:
        parser.dispose()


def _merge(into: Map, sources: list[Any]) -> None:
    """YAML's merge key: what the mapping has itself wins, then earlier sources."""
    flat = [part for source in sources for part in (source if isinstance(source, Seq) else [source])]
    for source in flat:
        if isinstance(source, Map):
            for key, value in source.items():
                if key not in into:
                    into[key] = value
                    into.lines[key] = source.line_of(key)


def _key(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, Tagged):
        return as_text(value.value)
    if isinstance(value, dict | list):
        return json.dumps(value, default=str)
    return as_text(value)


def _line(mark: Any) -> int:
    return int(mark.line) if mark else 0


def _own_tag(tag: str | None) -> str:
    return tag if tag and tag != "!" and not tag.startswith(_CORE) else ""


def _scalar(event: ScalarEvent, line: int) -> Any:
    text: str = event.value
    if event.tag:
        if own := _own_tag(event.tag):
            return Tagged(own, text, line)
        if event.tag != _CORE + "str" and event.tag != "!":
            return plain(text)
        return text
    return plain(text) if event.implicit[0] else text


def plain(text: str) -> Any:
    """The value of a plain YAML 1.2 scalar."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    first = text[0]
    if first.isascii() and (first.isdigit() or first in "-+."):
        if _INT.match(text):
            return int(text)
        if _OTHER_INT.match(text):
            return int(text, 16) if text[1] == "x" else int(text.replace("o", ""), 8)
        if _FLOAT.match(text):
            value = Float(text)
            value.text = text
            return value
    return text
