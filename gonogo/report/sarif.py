"""The report as SARIF 2.1.0, for code scanning: a rule a criterion, a result a finding; observations under one rule."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from gonogo.model.assessment import Assessment, Finding
from gonogo.model.comparison import Change, ChangedFinding, Comparison
from gonogo.model.criterion import Criterion, Severity, Status
from gonogo.model.evidence import Locator
from gonogo.model.investigation import Observation
from gonogo.model.report import Report
from gonogo.report.outline import ended, incomplete

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
OBSERVATION = "observation"


def render(report: Report, comparison: Comparison | None = None, *, with_resolved: bool = True) -> str:
    """Paths are relative to ``%SRCROOT%``; a finding about the whole target points at the root.

    With a comparison each finding says its state since the baseline, and resolved ones stand there as ``absent``: not
    for services that do not know that state and would show them as open (``with_resolved`` False).
    """
    since = _Since(comparison)
    index = {row.slug: position for position, row in enumerate(report.criteria)}
    assessments = {row.criterion: row for row in report.assessments}
    rules = [_rule(row) for row in report.criteria] + ([_observation_rule()] if report.observations else [])
    driver = {
        "name": "gonogo",
        "semanticVersion": report.provenance.gonogo,
        "rules": rules,
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
                    {"level": "warning", "message": {"text": _plain(text)}}
                    for text in (*_notifications(report), *since.why_not)
                ],
            }
        ],
        "results": [
            *(since.mark(_result(f, index[f.criterion], assessments.get(f.criterion)), f) for f in report.findings),
            *(_absent(row, index) for row in (since.resolved if with_resolved else ())),
            *(_observation(item, len(report.criteria)) for item in report.observations),
        ],
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


class _Since:
    """What a comparison says of results; nothing where there is none, or where it does not hold."""

    def __init__(self, comparison: Comparison | None) -> None:
        holds = comparison is not None and comparison.is_comparable
        self.why_not = [f"not compared with the baseline: {why}" for why in comparison.why_not] if comparison else []
        self.changes = {row.finding.id: row for row in comparison.findings} if comparison and holds else {}
        self.before = {row.id: row for row in comparison.before.findings} if comparison and holds else {}
        self.resolved = [row for row in self.changes.values() if row.change is Change.RESOLVED]

    def mark(self, result: dict[str, Any], finding: Finding) -> dict[str, Any]:
        """The result with its state. ``updated`` is one that is still open, and says or quotes something else."""
        row = self.changes.get(finding.id)
        if row is None:
            return result
        state = "new"
        if row.change is Change.OPEN:
            was = self.before[row.was_id or finding.id]
            is_same = (was.id, was.severity, was.what) == (finding.id, row.finding.severity, row.finding.what)
            state = "unchanged" if is_same else "updated"
        properties = {**result["properties"], "change": row.change.value}
        return {**result, "baselineState": state, "properties": properties}


def _absent(row: ChangedFinding, index: dict[str, int]) -> dict[str, Any]:
    """A finding of the baseline that is found no more. It has no place: what it was found in may be gone."""
    finding = row.finding
    result: dict[str, Any] = {
        "ruleId": finding.criterion,
        "level": LEVELS[finding.severity],
        "message": {"text": _plain(f"{ended(finding.what)} It was found at {finding.place}.")},
        "partialFingerprints": {"gonogoFinding/v1": finding.id},
        "baselineState": "absent",
        "properties": {"severity": finding.severity.value, "change": row.change.value},
    }
    if finding.criterion in index:
        result["ruleIndex"] = index[finding.criterion]
    return result


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


def _observation_rule() -> dict[str, Any]:
    """The one rule of what models found that no criterion asks."""
    text = "What a model found that no criterion asks, with a quote that code looked up. No part of the verdict."
    return {
        "id": OBSERVATION,
        "name": "Observation",
        "shortDescription": {"text": "An observation of a model, advisory: not part of the verdict."},
        "fullDescription": {"text": text},
        "help": {"text": text},
        "defaultConfiguration": {"level": "note"},
        "properties": {"tags": ["advisory"], "precision": "low", "problem.severity": "recommendation"},
    }


def _notifications(report: Report) -> Iterator[str]:
    yield from map(str, report.verdict.shortfalls)
    yield from (f"could not be read: {item}" for item in report.provenance.could_not_read)
    for part in incomplete(report):
        yield f"{part.title}: its model did not come to an end ({part.state})" + (f": {part.why}" if part.why else "")


def _result(finding: Finding, rule: int, owner: Assessment | None) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.criterion,
        "ruleIndex": rule,
        "level": LEVELS[finding.severity],
        "message": {"text": _plain(finding.what)},
        "locations": [_location(finding.locator, finding.quote)],
        "partialFingerprints": {"gonogoFinding/v1": finding.id},
        "properties": {"severity": finding.severity.value, "evidence": list(finding.evidence)},
    }
    if finding.by:
        result["properties"]["by"] = finding.by
    if owner and owner.is_contested and owner.proposal:
        result["properties"]["contestedBy"] = owner.proposal.by
    if owner and owner.waived:
        waived = owner.waived
        justification = f"{waived.reason} ({waived.owner}, until {waived.expires})"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": justification}]
    return result


def _observation(item: Observation, rule: int) -> dict[str, Any]:
    """The standard allows no level but "none" where the kind is not a failure."""
    return {
        "ruleId": OBSERVATION,
        "ruleIndex": rule,
        "kind": "informational",
        "level": "none",
        "message": {"text": _plain(f"{ended(item.what)} {ended(item.why)}")},
        "locations": [_location(item.locator, item.quote)],
        "partialFingerprints": {"gonogoFinding/v1": item.id},
        "properties": {"area": item.area.value, "evidence": list(item.evidence), "by": item.by},
    }


def _location(locator: Locator, text: str) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": locator.line or 1}
    if locator.end_line and locator.end_line >= region["startLine"]:
        region["endLine"] = locator.end_line
    if text and locator.line:
        region["snippet"] = {"text": text}
    artifact = {"uri": quote(locator.path or ".", safe="/"), "uriBaseId": "%SRCROOT%"}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


def _plain(text: str) -> str:
    """A message without links: in SARIF's plain text ``[words](place)`` is one."""
    return text.replace("](", "] (")


def _problem(severity: Severity) -> str:
    return {"error": "error", "warning": "warning", "note": "recommendation"}[LEVELS[severity]]
