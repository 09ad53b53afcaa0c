"""What an organisation asks beyond the gates of a tier. A policy can make a verdict stricter, never better."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from gonogo.model.assessment import Assessment
from gonogo.model.criterion import Criterion, Status
from gonogo.model.target import Target

VALID_DAYS = 30
MOST_VALID_DAYS = 366
IMPORTED = "imported"
"""The kind of a source that is another tool's file: where that does not say when it was made, its age is unknown."""


class Policy(BaseModel):
    """``required`` criteria are gates whatever their severity. ``minimum_coverage`` is in percent of the criteria that
    apply; ``maximum_evidence_age_days`` holds for what live sources showed; a verdict is valid for ``valid_days`` at
    most."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    required: tuple[str, ...] = ()
    minimum_coverage: Annotated[int, Field(ge=0, le=100)] = 0
    maximum_evidence_age_days: Annotated[int, Field(ge=0, le=MOST_VALID_DAYS)] | None = None
    valid_days: Annotated[int, Field(ge=1, le=MOST_VALID_DAYS)] = VALID_DAYS


NO_POLICY = Policy()


class Shortfall(BaseModel):
    """Something that the policy asks and the audit does not reach: no GO. ``needed`` and ``reached`` are in percent for
    coverage, in days for the age of evidence; ``reached`` is None where it is unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: Literal["coverage", "evidence age"]
    source: str = ""
    needed: int
    reached: int | None

    def __str__(self) -> str:
        if self.what == "coverage":
            reached = "nothing applies" if self.reached is None else f"{self.reached}% count (what fails does not)"
            return f"the policy asks for answers to {self.needed}% of the criteria that apply, and {reached}"
        age = "of unknown age" if self.reached is None else f"{self.reached} days old"
        return f"what {self.source} showed is {age}, and the policy allows {self.needed} days"


def shortfalls(
    policy: Policy,
    catalogue: Iterable[Criterion],
    assessments: Iterable[Assessment],
    target: Target,
    created: str,
) -> tuple[Shortfall, ...]:
    """What of the policy is not reached by an audit made at ``created`` (ISO 8601)."""
    found = []
    if policy.minimum_coverage:
        reached = _coverage(catalogue, assessments)
        if reached is None or reached < policy.minimum_coverage:
            found.append(Shortfall(what="coverage", needed=policy.minimum_coverage, reached=reached))
    limit = policy.maximum_evidence_age_days
    if limit is not None:
        for source in target.sources:
            if source.observed is None and source.kind != IMPORTED:
                continue
            age = _age(source.observed, created)
            if age is None or age > limit:
                name = f"{source.kind} {source.name}".strip()
                found.append(Shortfall(what="evidence age", source=name, needed=limit, reached=age))
    return tuple(dict.fromkeys(found))


def valid_until(
    policy: Policy, assessments: Iterable[Assessment], target: Target, created: str, ends: Iterable[str] = ()
) -> str:
    """The last day of a verdict, as an ISO date: the policy's, or before it the day on which something that the verdict
    rests on runs out: a waiver, what a live source showed, or what a person said (``ends``, ISO dates)."""
    begun = datetime.fromisoformat(created)
    days = [(begun + timedelta(days=policy.valid_days)).date()]
    days += [date.fromisoformat(row.waived.expires) for row in assessments if row.waived]
    days += [date.fromisoformat(day) for day in ends]
    if policy.maximum_evidence_age_days is not None:
        age = timedelta(days=policy.maximum_evidence_age_days)
        days += [(datetime.fromisoformat(s.observed) + age).date() for s in target.sources if s.observed is not None]
    return max(min(days), begun.date()).isoformat()


def _age(observed: str | None, created: str) -> int | None:
    """In days; None where it is unknown."""
    return None if observed is None else (datetime.fromisoformat(created) - datetime.fromisoformat(observed)).days


def _coverage(catalogue: Iterable[Criterion], assessments: Iterable[Assessment]) -> int | None:
    """Percent of the criteria that apply and were answered, rounded down; one without an answer applies. A failure does
    not count: else a new one, where nothing was seen before, would better the verdict."""
    found: dict[str, set[Status]] = {row.slug: set() for row in catalogue}
    for row in assessments:
        found.setdefault(row.criterion, set()).add(row.status)
    applicable = [statuses for statuses in found.values() if statuses != {Status.NOT_APPLICABLE}]
    passing = sum(statuses == {Status.PASS} for statuses in applicable)
    return passing * 100 // len(applicable) if applicable else None
