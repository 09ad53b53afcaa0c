"""What decisions may do to a report, and what they may not: pure, over every kind of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from gonogo.agents.guard import check_report
from gonogo.agents.review_items import Kind, open_items
from gonogo.agents.reviewing import apply_decisions, without_decisions
from gonogo.model.criterion import Severity, Status, Strength
from gonogo.model.decision import ATTEST, VERDICT, Act, Decided, Standing, decision_id
from gonogo.model.report import Report
from tests.review.people import (
    FILE,
    NOW,
    asked_of,
    contested_of,
    decided,
    proposed_of,
    status_of,
    waived_of,
)


def row_of(report: Report, slug: str):  # type: ignore[no-untyped-def]
    return next(row for row in report.assessments if row.criterion == slug)


def apply(base: Report, *made: Decided) -> Report:
    """Applied, and read by the guard as every report that leaves is."""
    report = apply_decisions(base, made, NOW)
    check_report(report)
    return report


def test_without_decisions_nothing_changes(base: Report) -> None:
    assert apply_decisions(base, (), NOW) is base


def test_a_confirmed_proposal_becomes_the_status(base: Report) -> None:
    slug = proposed_of(base)
    made = decided(base, what=Act.CONFIRM, subject=slug)
    report = apply(base, made)
    row = row_of(report, slug)
    assert (row.status, row.decided, row.strength) == (Status.PASS, made.id, base.criterion(slug).strength)
    assert set(row.evidence) == set(row_of(base, slug).proposal.evidence)
    assert slug not in [item.criterion for item in report.proposed()]
    assert report.decisions[0].before == row_of(base, slug)


def test_a_rejected_proposal_waits_no_more_and_changes_nothing(base: Report) -> None:
    slug = proposed_of(base)
    report = apply(base, decided(base, what=Act.REJECT, subject=slug))
    assert status_of(report, slug) is Status.UNVERIFIED
    assert report.verdict.gates == base.verdict.gates
    assert slug not in [item.criterion for item in report.proposed()]


def test_a_contest_is_settled_either_way(base: Report) -> None:
    slug = contested_of(base)
    confirmed = apply(base, decided(base, what=Act.CONFIRM, subject=slug))
    assert status_of(confirmed, slug) is Status.PASS
    assert not confirmed.findings_of(slug)
    rejected = apply(base, decided(base, what=Act.REJECT, subject=slug))
    assert status_of(rejected, slug) is Status.FAIL
    assert rejected.findings == base.findings
    assert not rejected.contested()


@pytest.mark.parametrize("status", [Status.PASS, Status.FAIL, Status.NOT_APPLICABLE])
def test_what_nobody_could_see_a_person_answers(base: Report, status: Status) -> None:
    slug = asked_of(base)
    made = decided(base, what=Act.ATTEST, subject=slug, status=status, attachments=(FILE,))
    report = apply(base, made)
    row = row_of(report, slug)
    statement = next(item for item in report.evidence if item.tool == ATTEST)
    assert (row.status, row.decided) == (status, made.id)
    assert statement.id in row.evidence
    assert statement.source == "Ada Lovelace"
    assert "looked at it myself" in statement.excerpt
    assert FILE.sha256 in statement.excerpt
    assert len(report.findings_of(slug)) == (status is Status.FAIL)


def test_the_worst_takes_a_file_even_where_a_definition_would_do(base: Report) -> None:
    rows = (base.criterion(row.criterion) for row in base.with_status(Status.UNVERIFIED))
    slug = next(r.slug for r in rows if r.strength is Strength.DEFINED and r.severity.rank >= Severity.CRITICAL.rank)
    bare = apply(base, decided(base, what=Act.ATTEST, subject=slug, status=Status.PASS))
    assert (bare.decisions[0].standing, status_of(bare, slug)) == (Standing.REFUSED, Status.UNVERIFIED)
    shown = apply(base, decided(base, what=Act.ATTEST, subject=slug, status=Status.PASS, attachments=(FILE,)))
    assert status_of(shown, slug) is Status.PASS


def test_what_takes_more_than_words_takes_a_file(base: Report) -> None:
    slug = asked_of(base, strong=True)
    bare = apply(base, decided(base, what=Act.ATTEST, subject=slug, status=Status.PASS))
    assert (bare.decisions[0].standing, status_of(bare, slug)) == (Standing.REFUSED, Status.UNVERIFIED)
    assert "attach a file" in bare.decisions[0].why
    shown = apply(base, decided(base, what=Act.ATTEST, subject=slug, status=Status.PASS, attachments=(FILE,)))
    assert status_of(shown, slug) is Status.PASS


def test_a_failure_is_never_attested_away(base: Report) -> None:
    for slug in (waived_of(base), contested_of(base)):
        made = decided(base, what=Act.ATTEST, subject=slug, status=Status.PASS, attachments=(FILE,))
        report = apply(base, made)
        assert report.decisions[0].standing is Standing.REFUSED
        assert report.verdict == base.verdict


def test_a_waiver_stands_beside_the_failure(base: Report) -> None:
    slug = waived_of(base)
    report = apply(base, decided(base, what=Act.WAIVE, subject=slug))
    row = row_of(report, slug)
    assert (row.status, row.waived.owner) == (Status.FAIL, "Ada Lovelace")
    finding = base.findings_of(slug)[0]
    one = apply(base, decided(base, what=Act.WAIVE, subject=finding.id))
    assert one.decisions[0].is_standing
    taken = decided(base, one.decisions[0], what=Act.REJECT, subject=finding.id, who="Bob Byte")
    assert apply(base, one.decisions[0].as_made(), taken).verdict == base.verdict


def test_an_approval_is_of_the_verdict_as_it_was(base: Report) -> None:
    approval = decided(base, what=Act.APPROVE, subject=VERDICT)
    report = apply(base, approval)
    assert report.model_copy(update={"decisions": ()}) == base
    later = decided(base, approval, what=Act.CONFIRM, subject=proposed_of(base))
    assert apply(base, approval, later).decisions[0].standing is Standing.VOID
    anew = decided(base, approval, later, what=Act.APPROVE, subject=VERDICT, who="Bob Byte")
    second = decided(base, approval, later, anew, what=Act.APPROVE, subject=VERDICT, who="Cem Dot")
    assert [d.standing.value for d in apply(base, approval, later, anew, second).decisions] == [
        "void",
        "holds",
        "holds",
        "holds",
    ]


def test_a_later_decision_replaces_and_both_are_listed(base: Report) -> None:
    slug = proposed_of(base)
    first = decided(base, what=Act.CONFIRM, subject=slug)
    second = decided(base, first, what=Act.REJECT, subject=slug, who="Bob Byte")
    report = apply(base, first, second)
    assert [d.standing for d in report.decisions] == [Standing.REPLACED, Standing.HOLDS]
    assert second.id in report.decisions[0].why
    assert status_of(report, slug) is Status.UNVERIFIED


def test_what_rests_on_other_evidence_is_void(base: Report) -> None:
    for what, subject in ((Act.CONFIRM, proposed_of(base)), (Act.WAIVE, waived_of(base))):
        report = apply(base, decided(base, what=what, subject=subject, based_on="0" * 16))
        assert report.decisions[0].standing is Standing.VOID
        assert report.decisions[0].why
        assert report.verdict == base.verdict


def test_what_has_expired_no_longer_counts(base: Report) -> None:
    attest = decided(base, what=Act.ATTEST, subject=asked_of(base), status=Status.PASS, expires="2026-11-30")
    waive = decided(base, what=Act.WAIVE, subject=waived_of(base), expires="2026-11-30")
    now = apply(base, attest, waive)
    assert all(d.is_standing for d in now.decisions)
    assert now.verdict.valid_until == "2026-11-30"
    later = apply_decisions(base, (attest, waive), NOW + timedelta(days=9))
    check_report(later)
    assert [d.standing for d in later.decisions] == [Standing.EXPIRED] * 2
    assert later.verdict == base.verdict


def test_nothing_holds_for_longer_than_a_year(base: Report) -> None:
    for what, slug, status in ((Act.ATTEST, asked_of(base), Status.PASS), (Act.WAIVE, waived_of(base), None)):
        report = apply(base, decided(base, what=what, subject=slug, status=status, expires="2028-01-01"))
        assert report.decisions[0].standing is Standing.REFUSED


@pytest.mark.parametrize(
    "wrong",
    [
        {"who": ""},
        {"who": "   "},
        {"reason": " "},
        {"at": "2026-11-22T09:30:00"},
        {"status": Status.PASS},
        {"what": Act.ATTEST, "status": Status.UNVERIFIED, "expires": "2027-01-01"},
        {"what": Act.WAIVE, "expires": ""},
        {"what": Act.WAIVE, "expires": "2027-1-1"},
        {"what": Act.APPROVE, "subject": "backups"},
        {"subject": VERDICT},
        {"subject": "gng-0123456789"},
    ],
)
def test_nobody_and_nothing_decide_nothing(base: Report, wrong: dict[str, object]) -> None:
    right = {"what": Act.CONFIRM, "subject": proposed_of(base), "reason": "seen", "who": "Ada Lovelace"}
    with pytest.raises(ValidationError):
        Decided.make(**({**right, "at": NOW.isoformat(), "based_on": "0" * 16} | wrong))  # type: ignore[arg-type]


def test_all_kinds_of_what_waits_are_listed(base: Report) -> None:
    items = open_items(base)
    assert {item.kind for item in items} == set(Kind)
    assert all(item.effect for item in items)
    left = open_items(apply(base, decided(base, what=Act.REJECT, subject=proposed_of(base))))
    assert proposed_of(base) not in [item.subject for item in left if item.kind is Kind.PROPOSED]


@settings(max_examples=10)
@given(data=st.data())
def test_any_decisions_in_any_order_hold_together(base: Report, data: st.DataObject) -> None:
    """Whatever is decided: the guard holds, statuses change by a decision alone, and all can be taken back."""
    hold_together(base, data)


@pytest.mark.sweep
@settings(max_examples=400)
@given(data=st.data())
def test_many_decisions_in_any_order_hold_together(base: Report, data: st.DataObject) -> None:
    hold_together(base, data)


def hold_together(base: Report, data: st.DataObject) -> None:
    subjects = {
        Act.CONFIRM: [proposed_of(base), contested_of(base), waived_of(base)],
        Act.REJECT: [proposed_of(base), contested_of(base), waived_of(base), VERDICT],
        Act.ATTEST: [proposed_of(base), contested_of(base), asked_of(base), asked_of(base, strong=True)],
        Act.WAIVE: [contested_of(base), waived_of(base), base.findings[0].id],
        Act.APPROVE: [VERDICT],
    }
    made: list[Decided] = []
    for number in range(data.draw(st.integers(1, 6))):
        what = data.draw(st.sampled_from(list(Act)))
        answers = [Status.PASS, Status.FAIL, Status.NOT_APPLICABLE]
        also = {
            "status": data.draw(st.sampled_from(answers)) if what is Act.ATTEST else None,
            "attachments": (FILE,) if data.draw(st.booleans()) else (),
            "who": data.draw(st.sampled_from(["Ada Lovelace", "Bob Byte"])),
            "reason": f"reason {number}",
        }
        if data.draw(st.integers(0, 5)) == 0:
            also["based_on"] = "0" * 16
        made.append(decided(base, *made, what=what, subject=data.draw(st.sampled_from(subjects[what])), **also))
    report = apply(base, *made)
    assert [d.id for d in report.decisions] == [d.id for d in made]
    standing = {d.id: d for d in report.decisions if d.is_standing}
    before = {row.criterion: row for row in base.assessments}
    for row in report.assessments:
        if row.status is not before[row.criterion].status:
            assert standing[row.decided].subject == row.criterion
    if not standing:
        assert report.model_copy(update={"decisions": ()}) == base.model_copy(update={"waivers": report.waivers})
    back = without_decisions(report)
    assert {r.criterion: r.status for r in back.assessments} == {r.criterion: r.status for r in base.assessments}
    assert {finding.id for finding in back.findings} == {finding.id for finding in base.findings}
    assert apply_decisions(base, made, NOW) == report
    assert all(d.id == decision_id(d) for d in report.decisions)


def test_a_lost_answer_is_nobody_s_to_give(base: Report) -> None:
    slug = asked_of(base)
    rows = tuple(row.model_copy(update={"lost": True}) if row.criterion == slug else row for row in base.assessments)
    lost = base.model_copy(update={"assessments": rows})
    report = apply_decisions(lost, [decided(lost, what=Act.ATTEST, subject=slug, status=Status.PASS)], NOW)
    assert report.decisions[0].standing is Standing.REFUSED
    assert status_of(report, slug) is Status.UNVERIFIED
