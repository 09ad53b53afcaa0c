"""The report as SARIF 2.1.0, for code scanning: a rule a criterion, a result a finding."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from gonogo.model.assessment import Finding
from gonogo.model.criterion import Criterion, Severity, Status
from gonogo.model.report import Report

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {
    Severity.BLOCKER: "error",
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
}
SECURITY_SEVERITIES = {
    Severity.BLOCKER: "9.5",
    Severity.CRITICAL: "9.0",
    Severity.HIGH: "7.5",
    Severity.MEDIUM: "5.0",
    Severity.LOW: "2.5",
}


def render(report: Report) -> str:
    """Paths are relative to ``%SRCROOT%``; a finding about the whole target points at the root."""
    index = {row.slug: position for position, row in enumerate(report.criteria)}
    waived = {row.criterion: row.waived for row in report.assessments if row.waived}
    driver = {
        "name": "gonogo",
        "semanticVersion": report.provenance.gonogo,
        "rules": [_rule(row) for row in report.criteria],
    }
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the audited repository."}}},
        "invocations": [
            {
                "executionSuccessful": not any(s.failed for s in report.provenance.specialists),
                "endTimeUtc": report.provenance.created.replace("+00:00", "Z"),
                "toolExecutionNotifications": [
                    {"level": "warning", "message": {"text": f"could not be read: {item}"}}
                    for item in report.provenance.could_not_read
                ],
            }
        ],
        "results": [_result(f, index[f.criterion], waived.get(f.criterion)) for f in report.findings],
        "properties": {
            "verdict": report.verdict.value,
            "validUntil": report.verdict.valid_until,
            "unverified": [row.criterion for row in report.with_status(Status.UNVERIFIED)],
        },
    }
    commits = [source.commit for source in report.target.sources if source.commit]
    if len(commits) == 1:
        run["automationDetails"] = {"id": f"gonogo/{report.target.name}/"}
        run["properties"]["commit"] = commits[0]
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _rule(row: Criterion) -> dict[str, Any]:
    references = "".join(f"\n- [{item.title}]({item.url})" for item in row.references)
    help_text = f"{row.why}\n\nFix: {row.fix}\n\nVerify: {row.verify}"
    rule: dict[str, Any] = {
        "id": row.slug,
        "name": row.code,
        "shortDescription": {"text": row.asks},
        "fullDescription": {"text": row.why},
        "help": {"text": help_text, "markdown": help_text + ("\n\nReferences:" + references if references else "")},
        "defaultConfiguration": {"level": LEVELS[row.severity]},
        "properties": {"tags": [row.area.value], "precision": "high", "problem.severity": _problem(row.severity)},
    }
    if row.area.value in ("security", "ai"):
        rule["properties"]["tags"] = sorted({row.area.value, "security"})
        rule["properties"]["security-severity"] = SECURITY_SEVERITIES[row.severity]
    if row.references:
        rule["helpUri"] = row.references[0].url
    return rule


def _result(finding: Finding, rule: int, waived: Any) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": finding.locator.line or 1}
    if finding.locator.end_line and finding.locator.end_line >= region["startLine"]:
        region["endLine"] = finding.locator.end_line
    if finding.quote and finding.locator.line:
        region["snippet"] = {"text": finding.quote}
    artifact = {"uri": quote(finding.locator.path or ".", safe="/"), "uriBaseId": "%SRCROOT%"}
    result: dict[str, Any] = {
        "ruleId": finding.criterion,
        "ruleIndex": rule,
        "level": LEVELS[finding.severity],
        "message": {"text": finding.what},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}],
        "partialFingerprints": {"gonogoFinding/v1": finding.id},
        "properties": {"severity": finding.severity.value, "evidence": list(finding.evidence)},
    }
    if waived:
        justification = f"{waived.reason} ({waived.owner}, until {waived.expires})"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": justification}]
    return result


def _problem(severity: Severity) -> str:
    return {"error": "error", "warning": "warning", "note": "recommendation"}[LEVELS[severity]]
