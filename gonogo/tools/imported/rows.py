"""What the readers of other tools' files hand on: rows, and the file as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gonogo.model.criterion import Severity
from gonogo.model.imported import RowStatus

MOST_ROWS = 200_000
"""Rows of one file; one with more is refused, since a part of it would read as all of it."""
MOST_TEXT = 4_000
"""Characters that a row keeps of any text of its file."""


class Row(NamedTuple):
    """One result. ``name`` is the tool's own name for its rule or the kind of rule, ``line`` 0 where none is given."""

    rule: str
    status: RowStatus
    severity: Severity | None = None
    message: str = ""
    path: str = ""
    line: int = 0
    name: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImportedFile:
    """What one tool said in one file. ``incomplete`` says why what it does not report may still be there: then its
    passes stand for nothing. ``taken`` is the time in the file, ISO 8601."""

    format: str
    tool: str
    version: str = ""
    taken: str = ""
    rows: tuple[Row, ...] = ()
    facts: Mapping[str, int | float | str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    incomplete: str = ""
    table: str = ""
    """What its rules are looked up under, where that is not the tool: what a format says is the same of every tool."""


def as_dict(value: Any) -> dict[str, Any]:
    """The value where it is an object, else an empty one: a file's types are not to be trusted."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def as_text(value: Any) -> str:
    """Text, cut; numbers as they are written; empty for anything else."""
    if isinstance(value, str):
        text = value[:MOST_TEXT]
        # Half of a pair of surrogates is JSON, and no text that could be written down again.
        return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def as_line(value: Any) -> int:
    """A line from 1; 0 for what is none."""
    if isinstance(value, str) and value.isdecimal() and len(value) < 10:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**9 else 0


def severity_of(word: str) -> Severity | None:
    """The severity that a tool's word stands for; None for one that says nothing."""
    return _WORDS.get(word.strip().lower())


def severity_of_score(score: float) -> Severity | None:
    """The severity of a CVSS score."""
    if not 0 < score <= 10:
        return None
    if score >= 9:
        return Severity.CRITICAL
    if score >= 7:
        return Severity.HIGH
    return Severity.MEDIUM if score >= 4 else Severity.LOW


_WORDS = {
    "fatal": Severity.CRITICAL,
    "critical": Severity.CRITICAL,
    "high": Severity.HIGH,
    "error": Severity.HIGH,
    "medium": Severity.MEDIUM,
    "moderate": Severity.MEDIUM,
    "warning": Severity.MEDIUM,
    "low": Severity.LOW,
    "note": Severity.LOW,
}
