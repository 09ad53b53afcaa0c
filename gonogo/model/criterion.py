"""A criterion: one requirement that an audit answers, and the scales it is measured on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from enum import StrEnum
from functools import cached_property
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class Area(StrEnum):
    """What a specialist looks after."""

    SECURITY = "security"
    RELIABILITY = "reliability"
    OBSERVABILITY = "observability"
    COST = "cost"
    DELIVERY = "delivery"
    AI = "ai"
    COMPLIANCE = "compliance"


class Severity(StrEnum):
    """How bad a failure is. Ordered: ``rank`` grows with harm."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"
    BLOCKER = "blocker"

    @cached_property
    def rank(self) -> int:
        return list(Severity).index(self)


class Strength(StrEnum):
    """How much evidence proves. Ordered: ``rank`` grows with proof."""

    STATED = "stated"
    DEFINED = "defined"
    WIRED = "wired"
    OBSERVED = "observed"

    @cached_property
    def rank(self) -> int:
        return list(Strength).index(self)


class Status(StrEnum):
    """The answer to a criterion. A waiver stands beside it, never instead of it."""

    PASS = "pass"
    FAIL = "fail"
    UNVERIFIED = "unverified"
    NOT_APPLICABLE = "not_applicable"


class Reference(BaseModel):
    """A published requirement or practice that the criterion stands on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    url: str


class ObservedCheck(BaseModel):
    """A check of what a live source showed, which answers the criterion beside the check of the files."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    check: Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z0-9_]+$")]
    """``module.function`` under ``gonogo.checks.observed``."""
    settles: bool = False
    """Its pass answers the criterion, also where the files leave it open or only miss something. Without, it can fail
    the criterion, and stand beside a pass."""


class Criterion(BaseModel):
    """One row of the catalogue (``gonogo/criteria/*.yaml``)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slug: Slug
    code: Annotated[str, Field(pattern=r"^[A-Z]{2,4}-\d{3}$")]
    area: Area
    severity: Severity
    worst_severity: Severity | None = None
    """Where a finding can be worse than ``severity``: the worst that it can be."""
    strength: Strength
    """What evidence must reach for a pass."""
    asks: str
    why: str
    fix: str
    effort_hours: Annotated[float, Field(gt=0)]
    """A rough estimate for one service, in working hours."""
    verify: str
    """How a person sees that the fix works."""
    source: str
    """The source that answers it when the given ones cannot, in words."""
    permission: str
    """What access that source takes."""
    not_applicable_when: str = ""
    references: tuple[Reference, ...] = ()
    check: Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z0-9_]+$")]
    """``module.function`` under ``gonogo.checks``."""
    needs: tuple[str, ...] = ("repository",)
    """The tools whose facts the check reads; without one of them the answer is unverified."""

    observed: tuple[ObservedCheck, ...] = ()
    """The checks of live sources; each counts where its source was given."""

    @property
    def worst(self) -> Severity:
        """The worst severity that a finding of it can have."""
        return max(self.severity, self.worst_severity or self.severity, key=lambda severity: severity.rank)


def catalogue_hash(catalogue: Iterable[Criterion]) -> str:
    """16 hex digits over the criteria's texts and severities."""
    text = "\n".join(row.model_dump_json() for row in catalogue)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
