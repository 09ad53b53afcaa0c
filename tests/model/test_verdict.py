"""The laws of the decision, tried on random assessments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

import pytest

from gonogo.model.assessment import Assessment, Waiver
from gonogo.model.criterion import Area, Criterion, Severity, Status, Strength
from gonogo.model.investigation import Proposal
from gonogo.model.target import Tier
from gonogo.model.verdict import Value, decide

EXAMPLES = 10_000
"""Random cases for each law. A seeded generator: hypothesis takes minutes for as many objects of this size."""


@dataclass(frozen=True)
class Case:
    catalogue: tuple[Criterion, ...]
    assessments: tuple[Assessment, ...]
    tier: Tier

    def value(self, assessments: tuple[Assessment, ...] | None = None) -> Value:
        return decide(self.catalogue, self.assessments if assessments is None else assessments, self.tier).value


def criterion(number: int, severity: Severity, strength: Strength, worst: Severity | None = None) -> Criterion:
    return Criterion(
        slug=f"c-{number}",
        code=f"SEC-{number:03}",
        area=Area.SECURITY,
        severity=severity,
        worst_severity=worst,
        strength=strength,
        asks="a?",
        why="w",
        fix="f",
        effort_hours=1,
        verify="v",
        source="s",
        permission="p",
        check="unanswered.live_only",
    )


def cases(seed: int) -> Iterator[tuple[Case, int]]:
    """Random cases, each with a position in it."""
    random = Random(seed)
    for _ in range(EXAMPLES):
        rows = [random_criterion(random, number) for number in range(random.randint(1, 5))]
        yield (
            Case(tuple(rows), tuple(random_answer(random, row) for row in rows), random.choice(list(Tier))),
            random.randint(0, 4),
        )


def random_criterion(random: Random, number: int) -> Criterion:
    worst = random.choice([None, *Severity])
    return criterion(number, random.choice(list(Severity)), random.choice(list(Strength)), worst)


def random_answer(random: Random, row: Criterion) -> Assessment:
    """As the engine makes them: only a failure has another severity than its criterion."""
    status = random.choice(list(Status))
    possible = [severity for severity in Severity if severity.rank <= row.worst.rank]
    return Assessment(
        criterion=row.slug,
        area=row.area,
        severity=random.choice(possible) if status is Status.FAIL else row.severity,
        status=status,
        strength=random.choice([None, *Strength]),
        reason="r",
        evidence=random.choice([(), ("ev-1",), ("ev-1",)]),
        waived=random.choice([None, None, Waiver(owner="o", reason="r", expires="2027-01-01")]),
        lost=random.random() < 0.1,
        unfinished=status is Status.UNVERIFIED and random.random() < 0.1,
    )


def changed(case: Case, position: int, **update: object) -> tuple[Assessment, ...]:
    rows = list(case.assessments)
    rows[position % len(rows)] = rows[position % len(rows)].model_copy(update=update)
    return tuple(rows)


def adding_a_failure(case: Case, position: int) -> None:
    """Whether it replaces an answer or stands beside it."""
    failed = changed(case, position, status=Status.FAIL, waived=None)
    assert case.value(failed).rank <= case.value().rank
    beside = (*case.assessments, failed[position % len(failed)])
    assert case.value(beside).rank <= case.value().rank


def removing_evidence(case: Case, position: int) -> None:
    assert case.value(changed(case, position, evidence=())).rank <= case.value().rank
    assert case.value(changed(case, position, strength=None)).rank <= case.value().rank


def dropping_a_source(case: Case, position: int) -> None:
    """What held or did not apply was so because it was seen: without the source it is unverified, or not there."""
    row = case.assessments[position % len(case.assessments)]
    if row.status in (Status.PASS, Status.NOT_APPLICABLE, Status.UNVERIFIED):
        assert case.value(changed(case, position, status=Status.UNVERIFIED)).rank <= case.value().rank
        without = tuple(other for other in case.assessments if other is not row)
        if not row.lost and not row.unfinished:
            assert case.value(without).rank <= case.value().rank


def failing_a_specialist(case: Case, position: int) -> None:
    """Whatever its criteria said before, even a failure."""
    row = case.assessments[position % len(case.assessments)]
    severity = next(c.severity for c in case.catalogue if c.slug == row.criterion)
    nothing = {"status": Status.UNVERIFIED, "strength": None, "evidence": (), "waived": None}
    lost = changed(case, position, severity=severity, lost=True, **nothing)
    assert case.value(lost).rank <= case.value().rank


def lowering_a_strength(case: Case, position: int) -> None:
    row = case.assessments[position % len(case.assessments)]
    for weaker in Strength:
        if row.strength is not None and weaker.rank < row.strength.rank:
            assert case.value(changed(case, position, strength=weaker)).rank <= case.value().rank


def asking_a_model(case: Case, position: int) -> None:
    """Whatever a model says of an unverified criterion: none of it improves the verdict, and a part of it that was lost
    is no better than the failure that it may have been."""
    row = case.assessments[position % len(case.assessments)]
    if row.status is not Status.UNVERIFIED or row.lost:
        return
    asked = case.value()
    for status in (Status.PASS, Status.NOT_APPLICABLE):
        proposal = Proposal(status=status, reason="r", evidence=("ev-1",), quote="q", by="m")
        assert case.value(changed(case, position, proposal=proposal)) is asked
    failed = case.value(changed(case, position, status=Status.FAIL))
    lost = case.value(changed(case, position, lost=True))
    unfinished = case.value(changed(case, position, unfinished=True))
    assert lost.rank <= failed.rank <= asked.rank
    assert unfinished.rank <= asked.rank
    if failed is not Value.GO:
        assert unfinished is not Value.GO


def contesting_a_failure(case: Case, position: int) -> None:
    row = case.assessments[position % len(case.assessments)]
    proposal = Proposal(status=Status.PASS, reason="r", evidence=("ev-1",), quote="q", by="m")
    if row.status is Status.FAIL:
        assert case.value(changed(case, position, proposal=proposal)) is case.value()


def order_does_not_matter(case: Case, position: int) -> None:
    assert case.value(tuple(reversed(case.assessments))) is case.value()


LAWS = (
    adding_a_failure,
    removing_evidence,
    dropping_a_source,
    failing_a_specialist,
    lowering_a_strength,
    asking_a_model,
    contesting_a_failure,
    order_does_not_matter,
)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_nothing_worse_improves_the_verdict(law: Callable[[Case, int], None]) -> None:
    for case, position in cases(LAWS.index(law)):
        law(case, position)


def test_go_needs_every_gate_and_something_seen() -> None:
    gone = 0
    for case, _ in cases(99):
        if case.value() is Value.GO:
            gone += 1
            gates = zip(case.catalogue, case.assessments, strict=True)
            answers = [answer for row, answer in gates if row.severity in case.tier.gates]
            assert all(a.status in (Status.PASS, Status.NOT_APPLICABLE) and not a.lost for a in answers)
            assert any(a.status is Status.PASS and a.evidence for a in case.assessments)
    assert gone > 100


@pytest.mark.parametrize("tier", list(Tier))
def test_nothing_seen_is_no_go_ahead(tier: Tier) -> None:
    rows = tuple(criterion(n, severity, Strength.DEFINED) for n, severity in enumerate(Severity))
    assert decide(rows, (), tier).value is Value.CONDITIONAL
    assert decide((), (), tier).value is Value.CONDITIONAL


@pytest.mark.parametrize(
    ("tier", "severity", "expected"),
    [
        (Tier.A, Severity.HIGH, Value.NO_GO),
        (Tier.A, Severity.MEDIUM, Value.CONDITIONAL),
        (Tier.A, Severity.LOW, Value.GO),
        (Tier.B, Severity.CRITICAL, Value.NO_GO),
        (Tier.B, Severity.HIGH, Value.CONDITIONAL),
        (Tier.B, Severity.MEDIUM, Value.GO),
        (Tier.C, Severity.BLOCKER, Value.NO_GO),
        (Tier.C, Severity.CRITICAL, Value.CONDITIONAL),
        (Tier.C, Severity.HIGH, Value.GO),
    ],
)
def test_the_tier_says_which_failure_forbids_go(tier: Tier, severity: Severity, expected: Value) -> None:
    rows = (criterion(1, severity, Strength.DEFINED), criterion(2, Severity.LOW, Strength.DEFINED))
    seen = {"area": Area.SECURITY, "reason": "r", "evidence": ("ev-1",), "strength": Strength.WIRED}
    answers = (
        Assessment(criterion="c-1", severity=severity, status=Status.FAIL, **seen),
        Assessment(criterion="c-2", severity=Severity.LOW, status=Status.PASS, **seen),
    )
    assert decide(rows, answers, tier).value is expected
