"""The road map: what to fix and to verify in which order, and the smallest set that changes the verdict."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from gonogo.model.assessment import Assessment
from gonogo.model.criterion import Criterion, Severity, Status
from gonogo.model.target import Tier
from gonogo.model.verdict import Effect, Value, Verdict

SOON = (Severity.HIGH, Severity.CRITICAL, Severity.BLOCKER)


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Change(_Row):
    """The smallest set of criteria whose repair or verification takes the verdict from one value to the next.

    ``reach`` is what the policy asks beyond the gates, a sentence each. ``effort_hours`` is for the fixes; what
    verifying costs is not estimated.
    """

    before: Value
    after: Value
    fix: tuple[str, ...]
    verify: tuple[str, ...]
    reach: tuple[str, ...] = ()
    effort_hours: float


class Phase(_Row):
    """A step of the road map: criteria to repair, worst first, with their effort together in hours."""

    name: str
    criteria: tuple[str, ...]
    effort_hours: float


class Roadmap(_Row):
    """Phases, and the changes from today's verdict up to GO."""

    phases: tuple[Phase, ...]
    changes: tuple[Change, ...]
    effort_hours: float


def plan(catalogue: Iterable[Criterion], assessments: Iterable[Assessment], verdict: Verdict, tier: Tier) -> Roadmap:
    """Plans from the same gates that the verdict stands on, so that both agree."""
    hours = {row.slug: row.effort_hours for row in catalogue}
    failing = sorted(
        (a for a in assessments if a.status is Status.FAIL), key=lambda a: (-a.severity.rank, a.area.value, a.criterion)
    )
    gates = {gate.criterion: gate.effect for gate in verdict.gates}
    first = [a.criterion for a in failing if gates.get(a.criterion) is Effect.BLOCKS]
    second = [a.criterion for a in failing if a.criterion not in first and (a.criterion in gates or a.severity in SOON)]
    third = [a.criterion for a in failing if a.criterion not in first and a.criterion not in second]
    named = (("Before production", first), ("Next", second), ("Later", third))
    phases = tuple(Phase(name=n, criteria=tuple(slugs), effort_hours=_sum(hours, slugs)) for n, slugs in named if slugs)
    changes = _changes(verdict, hours)
    return Roadmap(phases=phases, changes=changes, effort_hours=_sum(hours, [a.criterion for a in failing]))


def _changes(verdict: Verdict, hours: dict[str, float]) -> tuple[Change, ...]:
    """From NO-GO every blocking gate must go; then, from CONDITIONAL, everything that conditions."""
    blocking = [g for g in verdict.gates if g.effect is Effect.BLOCKS]
    conditioning = [g for g in verdict.gates if g.effect is Effect.CONDITIONS]
    steps = ((Value.NO_GO, Value.CONDITIONAL, blocking), (Value.CONDITIONAL, Value.GO, conditioning))
    changes = []
    policy = tuple(str(shortfall) for shortfall in verdict.shortfalls)
    for before, after, gates in steps:
        reach = policy if before is Value.CONDITIONAL else ()
        if not gates and not reach:
            continue
        reached = Value.GO if before is Value.NO_GO and not conditioning and not policy else after
        fix = tuple(g.criterion for g in gates if g.status is Status.FAIL)
        verify = tuple(g.criterion for g in gates if g.status is not Status.FAIL)
        hours_to_fix = _sum(hours, fix)
        changes.append(
            Change(before=before, after=reached, fix=fix, verify=verify, reach=reach, effort_hours=hours_to_fix)
        )
    return tuple(changes)


def _sum(hours: dict[str, float], slugs: Iterable[str]) -> float:
    return round(sum(hours.get(slug, 0) for slug in slugs), 2)
