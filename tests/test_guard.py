"""A report leaves only if all of it holds: each test breaks one thing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gonogo.agents.guard import RefusedReportError, check_report
from gonogo.facts.repository import Repository
from gonogo.model.criterion import Severity, Status, Strength
from gonogo.model.evidence import Evidence, Locator
from gonogo.model.report import Report
from gonogo.model.verdict import Value
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
