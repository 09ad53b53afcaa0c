"""The report as JUnit XML: a test suite an area, a test case a criterion."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from gonogo.model.assessment import Assessment, Finding
from gonogo.model.criterion import Status
from gonogo.model.report import Report
from gonogo.report.outline import STATUS_WORDS


def render(report: Report) -> str:
    """Failures fail, unverified criteria are errors (they were not answered); not applicable ones are skipped, and so
    are failures that are waived, with who accepts them and until when. What the policy asks and the audit does not
    reach are failures of a suite of its own."""
    root = ET.Element("testsuites", name=_legal(f"gonogo {report.target.name}: {report.verdict.value}"))
    totals = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for score in report.scores:
        rows = [row for row in report.assessments if row.area is score.area]
        waived = sum(_is_accepted(row) for row in rows)
        numbers = {
            "tests": len(rows),
            "failures": score.counts[Status.FAIL] - waived,
            "errors": score.counts[Status.UNVERIFIED],
            "skipped": score.counts[Status.NOT_APPLICABLE] + waived,
        }
        made = report.provenance.created[:19]
        suite = ET.SubElement(root, "testsuite", name=score.area.value, time="0", timestamp=made)
        for key, number in numbers.items():
            suite.set(key, str(number))
            totals[key] += number
        for row in rows:
            _case(suite, report, row)
    if report.verdict.shortfalls:
        _policy(root, report, totals)
    for key, number in totals.items():
        root.set(key, str(number))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _policy(root: ET.Element, report: Report, totals: dict[str, int]) -> None:
    number = len(report.verdict.shortfalls)
    counts = {"tests": str(number), "failures": str(number), "errors": "0", "skipped": "0"}
    suite = ET.SubElement(root, "testsuite", counts, name="policy", time="0", timestamp=report.provenance.created[:19])
    for item in report.verdict.shortfalls:
        case = ET.SubElement(
            suite, "testcase", classname="gonogo.policy", name=_legal(f"{item.what} {item.source}".strip())
        )
        case.set("time", "0")
        ET.SubElement(case, "failure", message=_legal(str(item)), type="policy")
    totals["tests"] += number
    totals["failures"] += number


def _case(suite: ET.Element, report: Report, row: Assessment) -> None:
    case = ET.SubElement(suite, "testcase", classname=f"gonogo.{row.area}", name=row.criterion, time="0")
    if row.waived and _is_accepted(row):
        waiver = row.waived
        said = f"fails, and is waived by {waiver.owner} until {waiver.expires}: {waiver.reason}"
        skipped = ET.SubElement(case, "skipped", message=_legal(said))
        skipped.text = _legal("\n".join([row.reason, *map(_place, report.findings_of(row.criterion)), *_said(row)]))
    elif row.status is Status.FAIL:
        failure = ET.SubElement(case, "failure", message=_legal(row.reason), type=row.severity.value)
        places = [_place(finding) for finding in report.findings_of(row.criterion)]
        failure.text = _legal("\n".join([*places, *_said(row)]))
    elif row.status is Status.UNVERIFIED:
        error = ET.SubElement(case, "error", message=_legal(row.reason), type="unverified")
        source = f"{report.criterion(row.criterion).source} would answer it"
        error.text = _legal("\n".join([source, *_said(row)]))
    elif row.status is Status.NOT_APPLICABLE:
        ET.SubElement(case, "skipped", message=_legal(row.reason))


def _is_accepted(row: Assessment) -> bool:
    return row.status is Status.FAIL and row.waived is not None


def _place(finding: Finding) -> str:
    by = f" (found by {finding.by})" if finding.by else ""
    return f"{finding.id} {finding.locator}: {finding.what}{by}"


def _said(row: Assessment) -> Iterator[str]:
    """What a model says of it, and what that changes; that its answer is missing."""
    if row.proposal is not None:
        says = f"{row.proposal.by} says {STATUS_WORDS[row.proposal.status]}: {row.proposal.reason}"
        quote = f"it quotes [{', '.join(row.proposal.evidence)}]: {row.proposal.quote}"
        if row.is_contested:
            yield f"contested, a failure until a person decides: {says}; {quote}"
        elif row.is_proposed:
            yield f"proposed, unverified until a named person confirms it: {says}; {quote}"
        else:
            yield f"found by a model, where code had left it unverified: {says}; {quote}"
    if row.status is Status.UNVERIFIED and row.lost:
        yield "the answer was lost: it counts as a failure"
    elif row.status is Status.UNVERIFIED and row.unfinished:
        yield "a model was asked to answer it and did not come to an end"


def _legal(text: str) -> str:
    """XML 1.0 has no way to write most control characters."""
    return re.sub("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", text)
