"""What the graph's nodes pass on. Plain data and ids only: evidence stays in the log, facts in the collector."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypedDict

from gonogo.model.criterion import Area, Criterion
from gonogo.model.report import Concession
from gonogo.tools.collect import Collector
from gonogo.tools.evidence import EvidenceLog


class AreaResult(TypedDict):
    """A specialist's answers: assessments and findings as JSON-ready data. ``failed`` says why they were lost."""

    area: str
    assessments: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    tools: list[str]
    failed: str


def merge(left: dict[str, AreaResult], right: dict[str, AreaResult]) -> dict[str, AreaResult]:
    """Results by area: idempotent, and in one order whoever finishes first."""
    return dict(sorted((left | right).items()))


class AuditState(TypedDict, total=False):
    """The state of an audit."""

    areas: list[str]
    results: Annotated[dict[str, AreaResult], merge]
    draft: dict[str, Any]
    refusals: Annotated[list[str], operator.add]
    published: bool


class SpecialistTask(TypedDict):
    """What ``Send`` hands to a specialist."""

    area: str


@dataclass(frozen=True)
class AuditContext:
    """The objects of one audit that no checkpoint holds. ``clock`` gives an aware UTC time."""

    collector: Collector
    log: EvidenceLog
    catalogue: tuple[Criterion, ...]
    areas: tuple[Area, ...]
    concessions: tuple[Concession, ...]
    not_counted: tuple[Concession, ...]
    options: dict[str, str]
    clock: Callable[[], datetime]
    valid_days: int
