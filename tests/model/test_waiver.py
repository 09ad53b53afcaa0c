"""Waivers: what they accept, for how long, and when they are void."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gonogo.model.assessment import Assessment, Finding, finding_id
from gonogo.model.criterion import Area, Severity, Status, Strength
from gonogo.model.evidence import Locator
from gonogo.model.target import Tier
from gonogo.model.waiver import AcceptedRisk, State, WaiverEntry, accepted_evidence, apply_waivers

TODAY = date(2026, 11, 21)


def finding(what: str = "it lacks one", path: str = "a.py", line: int = 3, **update: Any) -> Finding:
    locator = Locator(path=path, line=line)
    row = Finding(
        id=finding_id("runbooks", locator, "x = 1"),
        criterion="runbooks",
        area=Area.OBSERVABILITY,
        severity=Severity.HIGH,
        what=what,
        locator=locator,
        quote="x = 1",
        evidence=("ev-1",),
        fix="f",
        effort_hours=1,
    )
    return row.model_copy(update=update)


FAILS = Assessment(
    criterion="runbooks",
    area=Area.OBSERVABILITY,
    severity=Severity.HIGH,
    status=Status.FAIL,
    strength=Strength.DEFINED,
    reason="r",
    evidence=("ev-1",),
)


def waiver(*accepted: Finding, **update: Any) -> AcceptedRisk:
    entry = {
        "criterion": "runbooks",
        "owner": "ops",
        "reason": "known",
        "expires": TODAY,
        "evidence": accepted_evidence(FAILS, accepted),
    }
    return AcceptedRisk(entry=WaiverEntry.model_validate(entry | update), origin="waivers.yaml")


def applied(
    waivers: list[AcceptedRisk], findings: list[Finding], row: Assessment = FAILS, tier: Tier = Tier.B
) -> tuple[bool, list[State]]:
    rows, told = apply_waivers(waivers, [row], findings, tier, TODAY)
    assert rows[0].status is row.status, "a waiver never changes a status"
    return rows[0].waived is not None, [item.state for item in told]


def test_a_waiver_accepts_what_was_there_and_nothing_else() -> None:
    known = finding()
    assert applied([waiver(known)], [known]) == (True, [State.APPLIED])
    assert applied([waiver(known)], [known, finding(path="b.py")]) == (False, [State.VOID])
    assert applied([waiver(known)], [finding(what="it lacks two")]) == (False, [State.VOID])
    assert applied([waiver(known)], [finding(severity=Severity.BLOCKER)]) == (False, [State.VOID])
    assert applied([waiver(known)], [finding(quote="x = 2")]) == (False, [State.VOID])


def test_lines_may_move() -> None:
    assert applied([waiver(finding())], [finding(line=90)]) == (True, [State.APPLIED])


@pytest.mark.parametrize(
    ("days", "state"),
    [(-1, State.EXPIRED), (0, State.APPLIED), (366, State.APPLIED), (367, State.REFUSED)],
)
def test_it_holds_to_its_last_day_and_for_a_year_at_most(days: int, state: State) -> None:
    known = finding()
    assert applied([waiver(known, expires=TODAY + timedelta(days=days))], [known])[1] == [state]


def test_no_blocker_at_tier_a_and_no_lost_answer() -> None:
    known = finding(severity=Severity.BLOCKER)
    row = FAILS.model_copy(update={"severity": Severity.BLOCKER})
    item = AcceptedRisk(
        entry=waiver(known).entry.model_copy(update={"evidence": accepted_evidence(row, [known])}), origin="w"
    )
    assert applied([item], [known], row, Tier.A) == (False, [State.REFUSED])
    assert applied([item], [known], row, Tier.B) == (True, [State.APPLIED])
    assert applied([item], [known], row.model_copy(update={"lost": True})) == (False, [State.REFUSED])


def test_what_does_not_fail_has_no_use_for_one() -> None:
    passing = FAILS.model_copy(update={"status": Status.PASS})
    assert applied([waiver(finding())], [], passing) == (False, [State.UNUSED])


def test_findings_one_by_one_waive_a_criterion_only_together() -> None:
    one, two = finding(), finding(path="b.py")

    def of(item: Finding) -> AcceptedRisk:
        evidence = accepted_evidence(FAILS, [item])
        return waiver(item, criterion=None, finding=item.id, evidence=evidence, owner=f"owner of {item.locator.path}")

    assert applied([of(one)], [one, two]) == (False, [State.APPLIED])
    assert applied([of(one), of(two)], [one, two]) == (True, [State.APPLIED, State.APPLIED])
    rows, _ = apply_waivers([of(one), of(two)], [FAILS], [one, two], Tier.B, TODAY)
    assert rows[0].waived is not None
    assert rows[0].waived.owner == "owner of a.py, owner of b.py"


def test_beyond_what_is_listed_the_count_is_accepted_too() -> None:
    many = [finding(path=f"{n}.py") for n in range(50)]
    row = FAILS.model_copy(update={"reason": "51 places lack one"})
    assert accepted_evidence(FAILS, many) != accepted_evidence(row, many)
    assert accepted_evidence(FAILS, many[:9]) == accepted_evidence(row, many[:9])


def test_beyond_what_is_listed_no_number_of_findings_is_all_of_them() -> None:
    many = [
        finding(path=f"{n}.py", id=finding_id("runbooks", Locator(path=f"{n}.py", line=3), "x = 1")) for n in range(50)
    ]
    each = [waiver(item, criterion=None, finding=item.id, evidence=accepted_evidence(FAILS, [item])) for item in many]
    assert applied(each[:49], many[:49])[0]
    assert not applied(each, many)[0], "there may be one more, which nobody accepted"


@given(st.permutations([finding(), finding(path="b.py"), finding(path="c.py")]))
def test_the_order_of_findings_does_not_matter(rows: list[Finding]) -> None:
    assert accepted_evidence(FAILS, rows) == accepted_evidence(FAILS, sorted(rows, key=lambda row: row.id))


@pytest.mark.parametrize(
    "update",
    [
        {"criterion": None},
        {"finding": "gng-0123456789"},
        {"finding": "gng-x", "criterion": None},
        {"owner": ""},
        {"reason": "no"},
        {"expires": 20271231},
        {"expires": "soon"},
        {"evidence": ""},
        {"approved": True},
    ],
    ids=str,
)
def test_an_entry_that_says_too_little_is_none(update: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        waiver(finding(), **update)
