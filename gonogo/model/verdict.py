"""The decision: a pure, monotone function from assessments to a verdict."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import cached_property

from pydantic import BaseModel, ConfigDict

from gonogo.model.assessment import Assessment
from gonogo.model.criterion import Criterion, Severity, Status, Strength
from gonogo.model.policy import Shortfall
from gonogo.model.target import Tier


class Value(StrEnum):
    """May it go to production? Ordered: ``rank`` grows with permission."""

    NO_GO = "NO-GO"
    CONDITIONAL = "CONDITIONAL"
    GO = "GO"

    @cached_property
    def rank(self) -> int:
        return list(Value).index(self)


class Effect(StrEnum):
    """What one criterion does to the verdict."""

    BLOCKS = "blocks"
    CONDITIONS = "conditions"
    HOLDS = "holds"


class Gate(BaseModel):
    """A criterion that the verdict stands on: a gate of the tier, or a failure one severity below the gates."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    criterion: str
    severity: Severity
    status: Status
    waived: bool
    effect: Effect


class Verdict(BaseModel):
    """The one verdict of a report, with what made it. ``valid_until`` is an ISO date; ``shortfalls`` is what the policy
    asks beyond the gates and the audit does not reach."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Value
    gates: tuple[Gate, ...]
    valid_until: str
    shortfalls: tuple[Shortfall, ...] = ()


def decide(
    catalogue: Iterable[Criterion],
    assessments: Iterable[Assessment],
    tier: Tier,
    *,
    valid_until: str = "",
    required: frozenset[str] = frozenset(),
    shortfalls: tuple[Shortfall, ...] = (),
) -> Verdict:
    """Decides from the assessments, and what the policy asks: ``required`` criteria are gates whatever their severity,
    a shortfall forbids GO.

    NO-GO: a gate fails without a waiver, or its answer was lost. CONDITIONAL: no such thing, but a gate is unverified
    or waived, a criterion one severity below the gates fails or was lost, or nothing was seen at all. GO: every gate
    passes at its strength (or does not apply), and something was seen. A criterion of the catalogue without an
    assessment counts as unverified; two assessments of one criterion both count. Where a model was asked and did not
    finish, an unverified criterion conditions wherever its failure would have.
    """
    rows = {row.slug: row for row in catalogue}
    given: dict[str, list[Assessment]] = {slug: [] for slug in rows}
    for assessment in assessments:
        given.setdefault(assessment.criterion, []).append(assessment)
    gates: list[Gate] = []
    seen = False
    for slug, answers in given.items():
        row = rows.get(slug)
        if not answers and row is not None:
            gates += _gate(slug, row.severity, None, row, tier, slug in required)
        for assessment in answers:
            gates += _gate(slug, _severity(assessment, row), assessment, row, tier, slug in required)
            seen = seen or (assessment.status is Status.PASS and _is_proven(assessment, row))
    return Verdict(
        value=_value(gates, seen and not shortfalls),
        gates=tuple(sorted(gates, key=_worst_first)),
        valid_until=valid_until,
        shortfalls=shortfalls,
    )


def _value(gates: list[Gate], may_go: bool) -> Value:
    effects = {gate.effect for gate in gates}
    if Effect.BLOCKS in effects:
        return Value.NO_GO
    return Value.CONDITIONAL if Effect.CONDITIONS in effects or not may_go else Value.GO


def _severity(found: Assessment, row: Criterion | None) -> Severity:
    """The worse of the criterion's and its findings'; for a lost answer the worst that it could have been."""
    if row is None:
        return found.severity
    return max(found.severity, row.worst if found.lost else row.severity, key=lambda severity: severity.rank)


def _gate(
    slug: str, severity: Severity, found: Assessment | None, row: Criterion | None, tier: Tier, required: bool
) -> list[Gate]:
    """The gate that an assessment makes, if it is one. Of a required criterion every failure is one of a gate.

    A failure that the criterion calls milder at this place (``found.severity``) still conditions where the criterion
    itself is a gate: else adding a mild failing fact to an unverified gate would improve the verdict.
    """
    status = found.status if found else Status.UNVERIFIED
    lost = found is not None and found.lost
    if status is Status.PASS and found and not _is_proven(found, row):
        status = Status.UNVERIFIED
    waived = bool(found and found.waived)
    if required or severity in tier.gates:
        fails = status is Status.FAIL and found is not None and (required or found.severity in tier.gates)
        if (fails and not waived) or lost:
            effect = Effect.BLOCKS
        elif status in (Status.FAIL, Status.UNVERIFIED):
            effect = Effect.CONDITIONS
        else:
            effect = Effect.HOLDS
    elif (lost or _is_cut(found) or (status is Status.FAIL and not waived)) and severity.rank == min(
        s.rank for s in tier.gates
    ) - 1:
        effect = Effect.CONDITIONS
    else:
        return []
    return [Gate(criterion=slug, severity=severity, status=status, waived=waived, effect=effect)]


def _is_cut(found: Assessment | None) -> bool:
    return found is not None and found.unfinished and found.status is Status.UNVERIFIED


def _is_proven(found: Assessment, row: Criterion | None) -> bool:
    needed = row.strength if row else Strength.DEFINED
    return found.strength is not None and found.strength.rank >= needed.rank and bool(found.evidence)


def _worst_first(gate: Gate) -> tuple[int, int, str]:
    return list(Effect).index(gate.effect), -gate.severity.rank, gate.criterion
