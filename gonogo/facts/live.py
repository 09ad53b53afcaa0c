"""What live sources showed, as facts for checks: records by kind, each with the place in its document."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place
from gonogo.model.snapshot import EVERYTHING, Gap, Record, Snapshot

MOST_DEEP = 12


@dataclass(frozen=True)
class Seen:
    """A record and where it stands. ``lines`` has the first line of each of its values, by their keys from the top."""

    record: Record
    path: str
    lines: Mapping[tuple[str | int, ...], tuple[int, int]] = field(repr=False)

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def scope(self) -> str:
        return self.record.scope

    @property
    def data(self) -> Mapping[str, Any]:
        return self.record.data

    @property
    def place(self) -> Place:
        """The record as a whole."""
        return self.at()

    def at(self, *keys: str | int) -> Place:
        """The place of a value, or of the innermost one around it that is there."""
        found = keys
        while found and found not in self.lines:
            found = found[:-1]
        first, last = self.lines[found]
        symbol = "/".join((self.record.kind, self.record.name, *map(str, keys)))
        return Place(self.path, first, last, symbol)

    def get(self, *keys: str | int, default: Any = None) -> Any:
        """The value under those keys, from the top; ``default`` where there is none."""
        value: Any = self.record.data
        for key in keys:
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                return default
        return default if value is None else value


@dataclass(frozen=True)
class Live:
    """What live sources showed. Empty where none was given."""

    snapshot: Snapshot
    seen: tuple[Seen, ...] = ()
    unread: tuple[Unread, ...] = ()

    @cached_property
    def _by_kind(self) -> dict[tuple[str, str], tuple[Seen, ...]]:
        found: dict[tuple[str, str], list[Seen]] = defaultdict(list)
        for item in self.seen:
            found[item.record.source, item.record.kind].append(item)
        return {key: tuple(items) for key, items in found.items()}

    def has(self, source: str) -> bool:
        """Whether that kind of source was given, whether or not it showed anything."""
        return source in self.snapshot.given

    def of(self, source: str, *kinds: str) -> tuple[Seen, ...]:
        """The records of those kinds, in the order of their names."""
        return tuple(item for kind in kinds for item in self._by_kind.get((source, kind), ()))

    def gaps(self, source: str, *kinds: str) -> tuple[Gap, ...]:
        """What of those kinds could not be seen; of any kind where none is named."""
        return tuple(
            gap
            for gap in self.snapshot.gaps
            if gap.source == source and (not kinds or gap.kind in kinds or gap.kind == EVERYTHING)
        )


def live_of(snapshot: Snapshot) -> Live:
    """The facts of a snapshot."""
    found: list[Seen] = []
    for path, records in _by_document(snapshot.records).items():
        _, lines = _render(records)
        found += [Seen(record, path, at) for record, at in zip(records, lines, strict=True)]
    return Live(snapshot, tuple(found))


def documents_of(snapshot: Snapshot) -> dict[str, str]:
    """The documents of a snapshot by path: JSON, one for all records of one kind in one scope, sorted by name."""
    return {path: _render(records)[0] for path, records in _by_document(snapshot.records).items()}


def source_of(path: str) -> str:
    """The source that a document's path names: ``aws:eu-west-1`` of ``aws:eu-west-1/lambda.function.json``."""
    return path.partition("/")[0].rstrip(":")


def _by_document(records: Iterable[Record]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        scope = f":{record.scope.replace('/', '.')}" if record.scope else ":"
        found[f"{record.source}{scope}/{record.kind.replace('/', '.')}.json"].append(record)
    return {path: sorted(found[path], key=lambda record: record.name) for path in sorted(found)}


Lines = dict[tuple[str | int, ...], tuple[int, int]]


def _render(records: list[Record]) -> tuple[str, list[Lines]]:
    """The text of a document, and for each of its records where its values stand."""
    out = ["["]
    all_lines: list[Lines] = []
    for number, record in enumerate(records):
        lines: Lines = {}
        value = {"name": record.name, **record.data}
        _write(value, (), 1, "" if number == len(records) - 1 else ",", out, lines, "")
        all_lines.append(lines)
    out.append("]")
    return "\n".join(out) + "\n", all_lines


def _write(
    value: Any, keys: tuple[str | int, ...], depth: int, comma: str, out: list[str], lines: Lines, label: str
) -> None:
    """Writes a value as JSON, its keys sorted, and notes the lines that it takes."""
    indent, first = " " * depth, len(out) + 1
    items: list[tuple[str | int, Any]]
    if isinstance(value, Mapping):
        items, brackets = sorted(value.items()), "{}"
    elif isinstance(value, list | tuple):
        items, brackets = list(enumerate(value)), "[]"
    else:
        items, brackets = [], ""
    if not items or depth > MOST_DEEP:
        text = (
            brackets if brackets and not items else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
        )
        out.append(f"{indent}{label}{text}{comma}")
    else:
        out.append(f"{indent}{label}{brackets[0]}")
        for number, (key, item) in enumerate(items):
            name = f"{json.dumps(key, ensure_ascii=False)}: " if brackets == "{}" else ""
            _write(item, (*keys, key), depth + 1, "," if number < len(items) - 1 else "", out, lines, name)
        out.append(f"{indent}{brackets[1]}{comma}")
    lines[keys] = (first, len(out))


__all__ = ["Live", "Seen", "documents_of", "live_of", "source_of"]
