"""The shapes of what tools answer: with the run that it is about, and never larger than a client can take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from pydantic import BaseModel

from gonogo.serve.mcp.runs import RunLine
from gonogo.serve.shapes import (
    Answer,
    CriterionRow,
    Difference,
    EvidenceAnswer,
    Explanation,
    FindingPage,
    Flips,
    Supposed,
)

LIMIT = 48 * 1024
"""Bytes of a text that is answered."""
ROOM = 18 * 1024
"""Bytes of JSON of rows in an answer, which goes out twice: as text with indentation, and structured."""
Row = TypeVar("Row", bound=BaseModel)
Told = TypeVar("Told", bound=Answer)


class OfRun(Answer, Generic[Told]):
    """An answer, and the run that it is about."""

    run: str
    answer: Told


class RunList(Answer):
    """The newest runs first."""

    runs: tuple[RunLine, ...]


class CriterionPage(Answer):
    """A page of the catalogue. ``next_offset`` is None on the last."""

    total: int
    offset: int
    criteria: tuple[CriterionRow, ...]
    next_offset: int | None


class ExplanationAnswer(Answer):
    """An explanation. ``left_out`` counts findings that are not among it: list_findings has them all."""

    run: str
    explanation: Explanation
    left_out: int


class EvidencePage(Answer):
    """Evidence with a part of its excerpt, in characters from ``offset``. ``next_offset`` is None at its end."""

    run: str
    evidence: EvidenceAnswer
    offset: int
    total: int
    next_offset: int | None


class WhatIf(Answer):
    """What the verdict would be (None where nothing was supposed), and the smallest sets that take it up."""

    run: str
    supposed: Supposed | None
    flips: Flips


class DifferencePage(Answer):
    """What changed, with a part of the findings and other answers, from ``offset`` on in both."""

    before: str
    after: str
    difference: Difference
    offset: int
    total_findings: int
    total_statuses: int
    next_offset: int | None


def fitting(rows: Sequence[Row], room: int = ROOM) -> tuple[Row, ...]:
    """The first rows that fit together, in bytes of JSON; one at least."""
    taken = 0
    for number, row in enumerate(rows):
        taken += len(row.model_dump_json().encode()) + 1
        if taken > room and number:
            return tuple(rows[:number])
    return tuple(rows)


def fit_findings(page: FindingPage) -> FindingPage:
    """The page, shorter where it is too large; the next begins where it ends."""
    rows = fitting(page.findings)
    if len(rows) == len(page.findings):
        return page
    return page.model_copy(update={"findings": rows, "next_offset": page.offset + len(rows)})


def page_text(text: str, offset: int, room: int = LIMIT) -> tuple[str, int | None]:
    """As much of a text from a character on as fits in so many bytes, and where to go on; None at its end."""
    rest = text[max(offset, 0) : max(offset, 0) + room]
    part = rest.encode("utf-8", "surrogatepass")[:room].decode("utf-8", "ignore")
    end = max(offset, 0) + len(part)
    return part, end if end < len(text) else None
