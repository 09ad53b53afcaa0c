"""The laws of the decision, tried on random assessments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

import pytest

from gonogo.model.assessment import Assessment, Waiver
from gonogo.model.criterion import Area, Criterion, Severity, Status, Strength
from gonogo.model.deciding import decide_audit
from gonogo.model.investigation import Proposal
from gonogo.model.policy import NO_POLICY, Policy
from gonogo.model.target import Source, Target, Tier
from gonogo.model.verdict import Effect, Value, decide

NOON = "2026-11-21T12:00:00+00:00"
TARGETS = {tier: Target(name="t", tier=tier) for tier in Tier}
EXAMPLES = 10_000
"""Random cases, on which each law is tried. Hypothesis takes minutes for as many objects of this size."""


@dataclass(frozen=True)
class Case:
    catalogue: tuple[Criterion, ...]
    assessments: tuple[Assessment, ...]
    tier: Tier
    policy: Policy = NO_POLICY

    def value(self, assessments: tuple[Assessment, ...] | None = None) -> Value:
        rows = self.assessments if assessments is None else assessments
        return decide_audit(self.catalogue, rows, TARGETS[self.tier], self.policy, NOON).value


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
        answers = tuple(random_answer(random, row) for row in rows)
        yield (
            Case(tuple(rows), answers, random.choice(list(Tier)), random_policy(random)),
            random.randint(0, 4),
        )


def random_policy(random: Random) -> Policy:
    required = tuple(f"c-{number}" for number in range(5) if random.random() < 0.1)
    return Policy(required=required, minimum_coverage=random.choice([0, 0, 40, 60, 100]))


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
    failed = case.value(changed(case, position, status=Status.FAIL, waived=None))  # nobody waives what does not fail
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


def asking_for_more(case: Case, position: int) -> None:
    """A policy makes a verdict stricter, never better."""
    assert case.value().rank <= replace(case, policy=NO_POLICY).value().rank


LAWS = (
    asking_for_more,
    adding_a_failure,
    removing_evidence,
    dropping_a_source,
    failing_a_specialist,
    lowering_a_strength,
    asking_a_model,
    contesting_a_failure,
    order_does_not_matter,
)


def test_nothing_worse_improves_the_verdict() -> None:
    """Each law on each of the cases, whose making is what takes long; and GO needs every gate and something seen."""
    gone = 0
    for case, position in cases(6):
        for law in LAWS:
            law(case, position)
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


def passing(slug: str, severity: Severity) -> tuple[Criterion, Assessment]:
    row = criterion(int(slug.removeprefix("c-")), severity, Strength.DEFINED)
    answer = Assessment(
        criterion=slug,
        area=row.area,
        severity=severity,
        status=Status.PASS,
        strength=Strength.WIRED,
        reason="r",
        evidence=("ev-1",),
    )
    return row, answer


def test_a_required_criterion_is_a_gate_whatever_its_severity() -> None:
    (first, good), (second, low) = passing("c-1", Severity.BLOCKER), passing("c-2", Severity.LOW)
    bad = low.model_copy(update={"status": Status.FAIL})
    free = Case((first, second), (good, bad), Tier.B)
    assert free.value() is Value.GO
    bound = replace(free, policy=Policy(required=("c-2",)))
    assert bound.value() is Value.NO_GO
    assert bound.value((good, bad.model_copy(update={"status": Status.UNVERIFIED}))) is Value.CONDITIONAL


def test_too_little_coverage_forbids_go_and_says_by_how_much() -> None:
    (first, good), (second, low) = passing("c-1", Severity.BLOCKER), passing("c-2", Severity.LOW)
    unseen = low.model_copy(update={"status": Status.UNVERIFIED})
    found = decide_audit((first, second), (good, unseen), Target(name="t"), Policy(minimum_coverage=51), NOON)
    assert found.value is Value.CONDITIONAL
    assert [str(item) for item in found.shortfalls] == [
        "the policy asks for answers to 51% of the criteria that apply, and 50% count (what fails does not)"
    ]
    assert all(gate.effect is Effect.HOLDS for gate in found.gates)
    assert Case((first, second), (good, unseen), Tier.B, Policy(minimum_coverage=50)).value() is Value.GO


@pytest.mark.parametrize(("days", "value"), [(2, Value.CONDITIONAL), (3, Value.GO)])
def test_evidence_that_is_too_old_forbids_go(days: int, value: Value) -> None:
    row, good = passing("c-1", Severity.BLOCKER)
    source = Source(kind="aws", name="prod", observed="2026-11-18T09:00:00+00:00")
    target = Target(name="t", sources=(Source(kind="git repository", name="t"), source))
    policy = Policy(maximum_evidence_age_days=days, valid_days=10)
    found = decide_audit((row,), (good,), target, policy, NOON)
    assert found.value is value
    assert found.valid_until == "2026-11-21"


def test_a_verdict_is_valid_no_longer_than_what_it_rests_on() -> None:
    row, good = passing("c-1", Severity.BLOCKER)
    target = Target(name="t")
    assert decide_audit((row,), (good,), target, NO_POLICY, NOON).valid_until == "2026-12-21"
    assert decide_audit((row,), (good,), target, Policy(valid_days=7), NOON).valid_until == "2026-11-28"
    waived = good.model_copy(
        update={"status": Status.FAIL, "waived": Waiver(owner="o", reason="r", expires="2026-11-25")}
    )
    found = decide_audit((row,), (waived,), target, NO_POLICY, NOON)
    assert (found.value, found.valid_until) == (Value.CONDITIONAL, "2026-11-25")
