"""YAML and JSON as plain values that know their lines, bounded: no alias bomb, no deep nesting, no code.

Mappings are :class:`Map` (a dict with text keys), sequences :class:`Seq` (a list), both with the line of each item.
Scalars follow YAML 1.2 (``on``, ``yes`` and ``no`` are text); a float keeps how it was written, so that ``str`` of
``3.10`` is "3.10". Values with an application's tag (``!Ref``, ``!reference``) are :class:`Tagged`. Aliases share their
value, and what they would expand to is bounded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
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

from gonogo.facts.marked import Float, Map, Seq, Tagged, as_text, as_texts

__all__ = [
    "Document",
    "Fault",
    "Float",
    "Loaded",
    "Map",
    "Seq",
    "Tagged",
    "as_text",
    "as_texts",
    "load_json",
    "load_yaml",
    "plain",
]

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


def load_yaml(text: str, *, path: str = "", first_line: int = 1, source_lines: Sequence[int] = ()) -> Loaded:
    """Loads all documents of a YAML text, which stands in the file ``path``.

    ``first_line`` is where the text begins in its file; ``source_lines`` gives, for each line of a text that was made
    from another one, the line that it comes from.
    """
    documents: list[Document] = []
    try:
        for document in _documents(_CONTROL.sub("\ufffd", text), _Lines(path, first_line, source_lines)):
            documents.append(document)
    except _BoundError as error:
        return Loaded(tuple(documents), Fault(str(error), error.line, limit=True))
    except yaml.MarkedYAMLError as error:
        mark: Any = error.problem_mark or error.context_mark
        reason = " ".join(filter(None, (error.context, error.problem)))
        return Loaded(tuple(documents), Fault(reason, _Lines(path, first_line, source_lines).of(mark)))
    except yaml.YAMLError as error:
        return Loaded(tuple(documents), Fault(str(error).splitlines()[0], first_line))
    return Loaded(tuple(documents))


def load_json(text: str, *, path: str = "") -> Loaded:
    """Loads a JSON text, with lines. Its faults are JSON's."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return Loaded((), Fault(error.msg, error.lineno))
    except RecursionError:
        return Loaded((), Fault(f"it is nested deeper than {MOST_DEPTH} levels", 1, limit=True))
    # A tab in JSON is white space only, but YAML refuses it there.
    return load_yaml(text.lstrip("\ufeff").replace("\t", " "), path=path)


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


@dataclass(frozen=True, slots=True)
class _Lines:
    path: str
    first: int
    source: Sequence[int]

    def of(self, mark: Any) -> int:
        """The line of the file that a mark of the text stands for."""
        return self.at(int(mark.line) if mark else 0)

    def at(self, number: int) -> int:
        if self.source:
            return self.source[min(number, len(self.source) - 1)]
        return number + self.first


class _Builder:
    def __init__(self, lines: _Lines) -> None:
        self.lines = lines
        self.total = 0
        self.start(lines.first)

    def start(self, line: int) -> None:
        self.line = line
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Any, int] | None] = {}
        self.duplicates: list[tuple[str, int]] = []
        self.value: Any = None

    def take(self, event: Event) -> None:
        line = self.lines.of(event.start_mark)
        if isinstance(event, ScalarEvent):
            last: Any = event.end_mark
            end = max(line, self.lines.at(last.line - (event.style in ("|", ">"))))
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
            self.stack.append(_Open(kind(line, self.lines.path), _own_tag(event.tag), event.anchor))
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


def _documents(text: str, lines: _Lines) -> Iterator[Document]:
    parser = yaml.CSafeLoader(text)
    builder = _Builder(lines)
    try:
        while parser.check_event():
            event: Any = parser.get_event()
            if isinstance(event, DocumentStartEvent):
                builder.start(lines.of(event.start_mark))
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
