"""Scores and coverage: for display only, nothing depends on them."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from gonogo.model.assessment import Assessment
from gonogo.model.criterion import Area, Severity, Status

WEIGHTS = {Severity.BLOCKER: 16, Severity.CRITICAL: 8, Severity.HIGH: 4, Severity.MEDIUM: 2, Severity.LOW: 1}


class Score(BaseModel):
    """An area's severity-weighted score: ``passed / applicable`` in percent, unverified criteria in the denominator.

    ``percent`` is None where nothing applies. ``counts`` are criteria by status.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    area: Area
    passed: int
    applicable: int
    percent: int | None
    counts: dict[Status, int]


class Coverage(BaseModel):
    """How many of the applicable criteria were answered by pass or fail, in criteria and percent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    answered: int
    applicable: int
    percent: int | None


def score_areas(assessments: Iterable[Assessment]) -> tuple[Score, ...]:
    """One score an area that was asked, in the order of the areas."""
    rows = list(assessments)
    return tuple(
        _score(area, [r for r in rows if r.area is area]) for area in Area if any(r.area is area for r in rows)
    )


def cover(assessments: Iterable[Assessment]) -> Coverage:
    """The coverage of all assessments together."""
    applicable = [a for a in assessments if a.status is not Status.NOT_APPLICABLE]
    answered = sum(a.status in (Status.PASS, Status.FAIL) for a in applicable)
    return Coverage(answered=answered, applicable=len(applicable), percent=_percent(answered, len(applicable)))


def _score(area: Area, rows: list[Assessment]) -> Score:
    passed = sum(WEIGHTS[row.severity] for row in rows if row.status is Status.PASS)
    applicable = sum(WEIGHTS[row.severity] for row in rows if row.status is not Status.NOT_APPLICABLE)
    counts = {status: sum(row.status is status for row in rows) for status in Status}
    return Score(area=area, passed=passed, applicable=applicable, percent=_percent(passed, applicable), counts=counts)


def _percent(part: int, whole: int) -> int | None:
    """Rounded down, so that 100 means all."""
    return part * 100 // whole if whole else None
