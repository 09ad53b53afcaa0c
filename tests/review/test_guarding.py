"""A report whose decisions were tampered with does not leave."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gonogo.agents.guard import RefusedReportError, check_report
from gonogo.agents.redecide import redecide
from gonogo.agents.reviewing import apply_decisions
from gonogo.model.criterion import Status
from gonogo.model.decision import VERDICT, Act, Decided, Standing
from gonogo.model.report import Report
from tests.review.people import FILE, NOW, asked_of, contested_of, decided, proposed_of, waived_of


@pytest.fixture(scope="module")
def reviewed(base: Report) -> Report:
    made: list[Decided] = []
    for what, subject, also in (
        (Act.CONFIRM, contested_of(base), {}),
        (Act.REJECT, proposed_of(base), {}),
        (Act.ATTEST, asked_of(base), {"status": Status.PASS, "attachments": (FILE,)}),
        (Act.WAIVE, waived_of(base), {}),
        (Act.APPROVE, VERDICT, {}),
    ):
        made.append(decided(base, *made, what=what, subject=subject, **also))
    report = apply_decisions(base, made, NOW)
    check_report(report)
    assert all(decision.is_standing for decision in report.decisions)
    return report


def with_decision(report: Report, number: int, **changed: Any) -> Report:
    made = list(report.decisions)
    made[number] = made[number].model_copy(update=changed)
    return report.model_copy(update={"decisions": tuple(made)})


def without(report: Report, number: int) -> Report:
    return report.model_copy(update={"decisions": tuple(d for n, d in enumerate(report.decisions) if n != number)})


def of(report: Report, slug: str, **changed: Any) -> Report:
    """With another answer to a criterion, and all that follows from it."""
    rows = [row.model_copy(update=changed) if row.criterion == slug else row for row in report.assessments]
    status = changed.get("status")
    findings = [f for f in report.findings if f.criterion != slug or status in (None, Status.FAIL)]
    return redecide(report, rows, findings)


TAMPERED: dict[str, Callable[[Report], Report]] = {
    "a confirmation is gone": lambda r: without(r, 0),
    "a rejection is gone": lambda r: without(r, 1),
    "a statement's decision is gone": lambda r: without(r, 2),
    "a waiver's decision is gone": lambda r: without(r, 3),
    "all decisions are gone": lambda r: r.model_copy(update={"decisions": ()}),
    "another name": lambda r: with_decision(r, 0, who="Bob Byte"),
    "nobody's": lambda r: with_decision(r, 0, who=""),
    "another reason": lambda r: with_decision(r, 2, reason="because"),
    "another time": lambda r: with_decision(r, 0, at="2026-11-23T09:30:00+00:00"),
    "another last day": lambda r: with_decision(r, 2, expires="2027-02-28"),
    "what did not hold holds": lambda r: with_decision(r, 0, standing=Standing.VOID),
    "another answer before": lambda r: with_decision(
        r,
        0,
        before=r.decisions[0].before.model_copy(update={"reason": "it never failed"}),  # type: ignore[union-attr]
    ),
    "another criterion before": lambda r: with_decision(r, 0, before=r.decisions[1].before),
    "other findings before": lambda r: with_decision(r, 0, findings=()),
    "another attachment": lambda r: with_decision(r, 2, attachments=(FILE.model_copy(update={"sha256": "f" * 64}),)),
    "a day for one of them": lambda r: with_decision(r, 0, as_of="2026-11-23"),
    "no day": lambda r: with_decision(r, 0, as_of=""),
    "a status without a decision": lambda r: of(
        r, r.decisions[1].subject, status=Status.PASS, decided="gnd-" + "0" * 12
    ),
    "another status than was confirmed": lambda r: of(r, r.decisions[0].subject, status=Status.NOT_APPLICABLE),
    "a rejected proposal that passes": lambda r: of(r, r.decisions[1].subject, status=Status.NOT_APPLICABLE),
    "a statement that says more": lambda r: r.model_copy(
        update={"evidence": (*r.evidence, r.evidence[-1].model_copy(update={"id": "ev-" + "0" * 12}))}
    ),
}


@pytest.mark.parametrize("what", sorted(TAMPERED))
def test_what_was_tampered_with_is_refused(reviewed: Report, what: str) -> None:
    with pytest.raises(RefusedReportError):
        check_report(TAMPERED[what](reviewed))


def test_it_is_the_same_report_after_a_round_through_json(reviewed: Report) -> None:
    again = Report.model_validate_json(reviewed.model_dump_json())
    assert again == reviewed
    check_report(again)


def test_decisions_are_not_applied_twice(reviewed: Report) -> None:
    with pytest.raises(ValueError, match="already"):
        apply_decisions(reviewed, reviewed.decisions, NOW)
