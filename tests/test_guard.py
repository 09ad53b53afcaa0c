"""A report leaves only if all of it holds: each test breaks one thing."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from gonogo.agents.guard import RefusedReportError, check_report
from gonogo.agents.redecide import redecide
from gonogo.facts.repository import Repository
from gonogo.model.criterion import Severity, Status, Strength
from gonogo.model.evidence import Evidence, Locator
from gonogo.model.policy import Policy
from gonogo.model.report import Report
from gonogo.model.verdict import Value
from gonogo.model.waiver import AcceptedRisk, WaiverEntry, accepted_evidence
from gonogo.tools.repository import open_repository
from tests.asking import ask, write


def test_the_report_as_it_is_holds(shop_report: Report, shop_repository: Repository) -> None:
    check_report(shop_report, shop_repository)


def test_one_changed_byte_of_any_evidence_is_refused(shop_report: Report) -> None:
    assert len(shop_report.evidence) > 5
    for position, item in enumerate(shop_report.evidence):
        excerpt = chr(ord(item.excerpt[0]) ^ 1) + item.excerpt[1:] if item.excerpt else "x"
        flipped = item.model_copy(update={"excerpt": excerpt})
        evidence = [*shop_report.evidence]
        evidence[position] = flipped
        with pytest.raises(RefusedReportError, match="hash"):
            check_report(shop_report.model_copy(update={"evidence": tuple(evidence)}))


def test_every_number_of_the_prose_is_a_fact(shop_report: Report) -> None:
    tried = 0
    for position, prose in enumerate(shop_report.prose):
        for match in re.finditer(r"\d+", prose.text):
            for author in ("template", "a-model"):
                wrong = str(int(match[0]) + 4321)
                text = prose.text[: match.start()] + wrong + prose.text[match.end() :]
                changed = list(shop_report.prose)
                changed[position] = prose.model_copy(update={"text": text, "author": author})
                with pytest.raises(RefusedReportError, match=prose.section):
                    check_report(shop_report.model_copy(update={"prose": tuple(changed)}))
                tried += 1
    assert tried > 6


def test_evidence_is_read_again_from_the_files(shop_report: Report, shop: Path, tmp_path: Path) -> None:
    files = {p.relative_to(shop).as_posix(): p.read_text() for p in shop.rglob("*") if p.is_file()}
    assert "Dockerfile" in {e.locator.path for e in shop_report.evidence}
    files["Dockerfile"] = files["Dockerfile"].replace("latest", "3.12")
    with pytest.raises(RefusedReportError, match="no longer what Dockerfile"):
        check_report(shop_report, open_repository([write(tmp_path, files)]))


def test_a_better_verdict_is_refused(shop_report: Report) -> None:
    verdict = shop_report.verdict.model_copy(update={"value": Value.GO})
    with pytest.raises(RefusedReportError, match="verdict"):
        check_report(shop_report.model_copy(update={"verdict": verdict}))


def test_a_milder_finding_set_is_refused(shop_report: Report) -> None:
    with pytest.raises(RefusedReportError, match="findings say otherwise"):
        check_report(shop_report.model_copy(update={"findings": shop_report.findings[1:]}))
    worst = shop_report.findings[0].model_copy(update={"severity": Severity.BLOCKER})
    if shop_report.findings[0].severity is not Severity.BLOCKER:
        with pytest.raises(RefusedReportError, match="worse than its assessment"):
            check_report(shop_report.model_copy(update={"findings": (worst, *shop_report.findings[1:])}))


def test_a_pass_without_evidence_is_refused(shop_report: Report) -> None:
    rows = list(shop_report.assessments)
    position = next(i for i, row in enumerate(rows) if row.status is Status.PASS)
    rows[position] = rows[position].model_copy(update={"evidence": ()})
    with pytest.raises(RefusedReportError, match="without evidence"):
        check_report(shop_report.model_copy(update={"assessments": tuple(rows)}))


def test_a_forged_quote_is_refused(shop_report: Report) -> None:
    findings = list(shop_report.findings)
    position = next(i for i, finding in enumerate(findings) if finding.locator.path)
    findings[position] = findings[position].model_copy(update={"quote": "something else"})
    with pytest.raises(RefusedReportError, match="not in its evidence"):
        check_report(shop_report.model_copy(update={"findings": tuple(findings)}))


def test_evidence_ids_follow_from_content() -> None:
    locator = Locator(path="a", line=1)
    first, second = (
        Evidence.make(tool="t", source="s", locator=locator, excerpt=excerpt, strength=Strength.DEFINED)
        for excerpt in ("x", "y")
    )
    assert first.id != second.id
    assert first.is_intact()


def test_two_places_of_one_symbol_are_two_findings() -> None:
    text = "services:\n  a:\n    image: x:1\n    environment:\n"
    text += "      - A_PASSWORD=${ADMIN_PASSWORD:-admin}\n      - ADMIN_PASSWORD=${ADMIN_PASSWORD:-admin}\n"
    found = ask("default-credentials", {"compose.yaml": text})
    assert {finding.locator.line for finding in found.findings} == {5, 6}
    assert len({finding.id for finding in found.findings}) == len(found.findings)


def accepting(report: Report, **update: object) -> Report:
    """The report with a waiver for its first failing criterion, applied by the code that audits use."""
    row = report.with_status(Status.FAIL)[0]
    own = report.findings_of(row.criterion)
    entry = WaiverEntry.model_validate(
        {
            "criterion": row.criterion,
            "owner": "ops",
            "reason": "known",
            "expires": date(2026, 12, 1),
            "evidence": accepted_evidence(row, own),
        }
        | update
    )
    return redecide(report, report.assessments, report.findings, waivers=(AcceptedRisk(entry=entry, origin="w"),))


def test_a_waiver_that_was_given_holds_and_no_other_does(shop_report: Report) -> None:
    waived = accepting(shop_report)
    check_report(waived)
    assert [row.criterion for row in waived.assessments if row.waived] == [waived.waivers[0].entry.criterion]
    with pytest.raises(RefusedReportError, match="waived otherwise"):
        check_report(waived.model_copy(update={"waivers": ()}))
    void = accepting(shop_report, evidence="0" * 16)
    check_report(void)
    assert not [row for row in void.assessments if row.waived]
    forged = void.model_copy(update={"waivers": waived.waivers})
    with pytest.raises(RefusedReportError, match="waived otherwise"):
        check_report(forged)
    told = waived.waivers[0].model_copy(update={"why": "approved by the board"})
    with pytest.raises(RefusedReportError, match="did not come to"):
        check_report(waived.model_copy(update={"waivers": (told,)}))


def test_a_policy_that_is_not_met_stands_in_the_report(shop_report: Report) -> None:
    policy = Policy(minimum_coverage=99, valid_days=3)
    strict = redecide(shop_report, shop_report.assessments, shop_report.findings, policy=policy)
    check_report(strict)
    assert [item.needed for item in strict.verdict.shortfalls] == [99]
    assert strict.verdict.valid_until == "2026-11-24"
    assert "the policy asks for answers to 99% of the criteria" in strict.text("summary")
    with pytest.raises(RefusedReportError, match="verdict"):
        check_report(strict.model_copy(update={"policy": shop_report.policy}))
