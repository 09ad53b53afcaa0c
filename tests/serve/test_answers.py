"""What may be asked of a report is answered from the report alone."""

from __future__ import annotations

import pytest

from gonogo.criteria import load_catalogue
from gonogo.model.criterion import Area, Severity, Status
from gonogo.model.report import Report
from gonogo.model.verdict import Effect, Value
from gonogo.serve.answers import (
    MOST_ROWS,
    UnknownSubjectError,
    diff,
    explain,
    get_evidence,
    list_criteria,
    list_findings,
    status,
    what_if,
    what_would_flip,
)


def test_the_standing_says_what_the_report_says(shop_report: Report) -> None:
    found = status(shop_report)
    assert found.verdict is shop_report.verdict.value and found.valid_until == shop_report.verdict.valid_until
    assert {gate.criterion for gate in found.gates} == {
        gate.criterion for gate in shop_report.verdict.gates if gate.effect is not Effect.HOLDS
    }
    assert found.holding + len(found.gates) == len(shop_report.verdict.gates)
    assert sum(found.findings.values()) == len(shop_report.findings)
    assert sum(found.criteria.values()) == len(shop_report.assessments)
    assert found.waiting == ()


def test_pages_give_every_finding_once(shop_report: Report) -> None:
    ids, offset = [], 0
    while True:
        page = list_findings(shop_report, limit=3, offset=offset)
        ids += [row.id for row in page.findings]
        assert page.total == len(shop_report.findings)
        if page.next_offset is None:
            break
        offset = page.next_offset
    assert ids == [row.id for row in shop_report.findings]


@pytest.mark.parametrize(("limit", "offset"), [(-5, -5), (10**12, 0), (0, 10**30)])
def test_sizes_that_make_no_sense_are_held(shop_report: Report, limit: int, offset: int) -> None:
    page = list_findings(shop_report, limit=limit, offset=offset)
    assert len(page.findings) <= MOST_ROWS and page.offset >= 0


def test_findings_are_filtered(shop_report: Report) -> None:
    page = list_findings(shop_report, area=Area.SECURITY, severity=Severity.HIGH, limit=MOST_ROWS)
    assert page.total and all(row.area is Area.SECURITY and row.severity is Severity.HIGH for row in page.findings)
    first = shop_report.findings[0]
    code = shop_report.criterion(first.criterion).code.lower()
    assert {row.criterion for row in list_findings(shop_report, criterion=code).findings} == {first.criterion}


def test_a_criterion_is_found_by_slug_and_code_and_by_its_finding(shop_report: Report) -> None:
    finding = shop_report.findings[0]
    row = shop_report.criterion(finding.criterion)
    whole = explain(shop_report, f" {row.code.lower()} ")
    assert whole == explain(shop_report, row.slug)
    assert whole.status is Status.FAIL and {f.id for f in whole.findings} == {
        f.id for f in shop_report.findings_of(row.slug)
    }
    one = explain(shop_report, finding.id)
    assert one.criterion == row.slug and [f.id for f in one.findings] == [finding.id]
    assert (one.why, one.fix, one.verify) == (row.why, row.fix, row.verify)
    assert one.evidence == finding.evidence


@pytest.mark.parametrize("subject", ["", "REL-999", "gng-0000000000", "../etc/passwd", "\u202e\x00", "x" * 100_000])
def test_what_is_not_there_is_named_in_short(shop_report: Report, subject: str) -> None:
    with pytest.raises(UnknownSubjectError, match="there is no") as told:
        explain(shop_report, subject)
    assert len(str(told.value)) < 300 and "list" in str(told.value) and "\u202e" not in str(told.value)
    with pytest.raises(UnknownSubjectError, match="there is no evidence"):
        get_evidence(shop_report, subject)


def test_a_criterion_that_was_not_asked_is_told_from_one_that_is_none(shop_report: Report) -> None:
    part = shop_report.model_copy(update={"criteria": tuple(c for c in shop_report.criteria if c.area is Area.COST)})
    with pytest.raises(UnknownSubjectError, match="did not ask SEC-018 rate-limiting: audit the area security"):
        explain(part, "rate-limiting")


def test_evidence_says_who_cites_it_and_whether_it_is_intact(shop_report: Report) -> None:
    finding = shop_report.findings[0]
    found = get_evidence(shop_report, finding.evidence[0])
    assert found.is_intact and finding.id in found.findings and finding.criterion in found.criteria
    broken = tuple(
        item.model_copy(update={"excerpt": item.excerpt + "!"}) if item.id == found.id else item
        for item in shop_report.evidence
    )
    assert not get_evidence(shop_report.model_copy(update={"evidence": broken}), found.id).is_intact


def test_what_would_flip_flips(shop_report: Report) -> None:
    before = shop_report.model_dump_json()
    flips = what_would_flip(shop_report)
    assert shop_report.verdict.value is Value.NO_GO and flips.changes
    supposed: dict[str, Status] = {}
    for change in flips.changes:
        supposed |= dict.fromkeys((*change.fix, *change.verify), Status.PASS)
        assert what_if(shop_report, supposed).after is change.after
    assert what_if(shop_report, supposed).left == ()
    assert shop_report.model_dump_json() == before


def test_a_single_repair_is_cleared_and_the_rest_is_left(shop_report: Report) -> None:
    gate = next(gate for gate in shop_report.verdict.gates if gate.effect is Effect.BLOCKS)
    code = shop_report.criterion(gate.criterion).code
    found = what_if(shop_report, {code: Status.PASS})
    assert found.changes == {gate.criterion: Status.PASS} and found.cleared == (gate.criterion,)
    assert gate.criterion not in {row.criterion for row in found.left}
    with pytest.raises(UnknownSubjectError):
        what_if(shop_report, {"nothing-like-it": Status.PASS})


def test_the_catalogue_is_filtered() -> None:
    assert len(list_criteria()) == len(load_catalogue())
    rows = list_criteria(Area.AI, Severity.HIGH)
    assert rows and all(row.area is Area.AI and row.severity is Severity.HIGH for row in rows)


def test_a_report_differs_from_itself_in_nothing(shop_report: Report) -> None:
    found = diff(shop_report, shop_report)
    assert found.why_not == () and found.findings == () and found.statuses == ()
    assert found.open == len(shop_report.findings)
