"""The findings as a Code Quality report, which GitLab shows in a merge request."""

from __future__ import annotations

import json
from typing import Any

from gonogo.model.assessment import Finding, Waiver
from gonogo.model.comparison import Comparison
from gonogo.model.criterion import Severity
from gonogo.model.report import Report

SEVERITIES = {
    Severity.BLOCKER: "blocker",
    Severity.CRITICAL: "critical",
    Severity.HIGH: "major",
    Severity.MEDIUM: "minor",
    Severity.LOW: "info",
}
WHOLE_TARGET = "README.md"
"""GitLab drops a finding without a file. What is about the whole target is shown at the one that names it."""


def code_quality(report: Report, comparison: Comparison | None = None) -> str:
    """JSON: one object for each finding, its id as the fingerprint; ``path`` is relative to the audited folder.

    All of them, new or not, waived or not: GitLab compares with the target branch's report by fingerprint itself, and
    takes what is missing for mended. A comparison adds what it says of each to the text.
    """
    waived = {row.criterion: row.waived for row in report.assessments if row.waived}
    changes = {}
    if comparison is not None and comparison.is_comparable:
        changes = {row.finding.id: row.change.value for row in comparison.findings}
    rows = [_row(finding, changes.get(finding.id), waived.get(finding.criterion)) for finding in report.findings]
    return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"


def _row(finding: Finding, change: str | None, waiver: Waiver | None) -> dict[str, Any]:
    locator = finding.locator
    lines: dict[str, int] = {"begin": locator.line or 1}
    if locator.line and locator.end_line and locator.end_line >= locator.line:
        lines["end"] = locator.end_line
    said = f" ({change} since the baseline)" if change else ""
    if waiver:
        said += f" (waived by {waiver.owner} until {waiver.expires})"
    return {
        "description": f"{finding.what}{said}",
        "check_name": finding.criterion,
        "fingerprint": finding.id,
        "severity": "info" if waiver else SEVERITIES[finding.severity],
        "location": {"path": locator.path or WHOLE_TARGET, "lines": lines},
    }
