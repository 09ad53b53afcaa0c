"""Baselines made up for the tests that compare audits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gonogo.model.baseline import Baseline, Remembered
from gonogo.model.criterion import Area, Severity, Status
from gonogo.model.scores import Coverage, Score
from gonogo.model.target import Tier
from gonogo.model.verdict import Value

CRITERIA = ("rate-limiting", "alert-rules", "backups", "runbooks")


def finding(
    number: int, *, severity: Severity = Severity.HIGH, criterion: str | None = None, **changed: Any
) -> Remembered:
    """The finding of that number: the same number has the same id."""
    slug = criterion or CRITERIA[number % len(CRITERIA)]
    given = {"what": f"thing {number} is missing", "place": f"app/{number}.py:1", "area": Area.SECURITY}
    return Remembered(id=f"gng-{number:010x}", criterion=slug, severity=severity, **(given | changed))


def baseline(findings: Iterable[Remembered | int] = (), **changed: Any) -> Baseline:
    """A baseline with those findings: a criterion fails that has one, else it passes or is what ``statuses`` says."""
    rows = tuple(row if isinstance(row, Remembered) else finding(row) for row in findings)
    failing = {row.criterion for row in rows}
    statuses: Mapping[str, Status] = changed.pop("statuses", {})
    told = {slug: Status.FAIL if slug in failing else Status.PASS for slug in (*CRITERIA, *sorted(failing))}
    given: dict[str, Any] = {
        "target": "shop",
        "tier": Tier.B,
        "environment": "production",
        "gonogo": "0.2.0",
        "catalogue": "c" * 16,
        "created": "2026-11-21T12:00:00+00:00",
        "areas": (Area.SECURITY, Area.RELIABILITY),
        "verdict": Value.NO_GO if rows else Value.GO,
        "scores": (score(Area.SECURITY, len(told) - len(failing), len(told)),),
        "coverage": Coverage(answered=len(told), applicable=len(told), percent=100),
        "statuses": told | dict(statuses),
        "findings": rows,
    }
    return Baseline(**(given | changed))


def score(area: Area, passed: int, applicable: int) -> Score:
    """A score of so many points."""
    percent = passed * 100 // applicable if applicable else None
    return Score(area=area, passed=passed, applicable=applicable, percent=percent, counts=dict.fromkeys(Status, 0))
