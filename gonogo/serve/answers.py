"""What may be asked of a report, answered from the report alone: pure functions that a chat and an MCP client share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from gonogo.criteria import load_catalogue
from gonogo.model.assessment import Assessment, Finding
from gonogo.model.baseline import Baseline
from gonogo.model.comparison import Change, compare
from gonogo.model.criterion import Area, Criterion, Severity, Status
from gonogo.model.report import Report
from gonogo.model.verdict import Effect, Gate
from gonogo.model.what_if import what_if as suppose
from gonogo.serve.shapes import (
    AreaScore,
    ChangedFindingRow,
    ChangedStatusRow,
    CriterionRow,
    Difference,
    EvidenceAnswer,
    Explanation,
    FindingDetail,
    FindingPage,
    FindingRow,
    Flips,
    GateAnswer,
    Standing,
    Supposed,
    Waiting,
)

MOST_ROWS = 200
"""Findings of one page."""
SHOWN = 80
"""Characters of an unknown name that are repeated."""
LEAST_PART = 3
"""Characters of a part of a slug by which it is found."""
MOST_NEAR = 3


class UnknownSubjectError(Exception):
    """Something was asked for that is not in the report or the catalogue. The message names it and says what to ask."""


def status(report: Report) -> Standing:
    """Where the target stands: verdict, the gates that decide, counts, scores, and what waits for a person."""
    rows = report.assessments
    return Standing(
        target=report.target.name,
        tier=report.target.tier,
        environment=report.target.environment,
        verdict=report.verdict.value,
        valid_until=report.verdict.valid_until,
        created=report.provenance.created,
        areas=tuple(run.area for run in report.provenance.specialists),
        gates=_deciding(report, report.verdict.gates),
        holding=sum(gate.effect is Effect.HOLDS for gate in report.verdict.gates),
        shortfalls=tuple(str(item) for item in report.verdict.shortfalls),
        concessions=tuple(f"{item.what}: {item.reason} ({item.origin})" for item in report.concessions),
        criteria={status: sum(row.status is status for row in rows) for status in Status},
        findings=report.findings_by_severity(),
        scores=tuple(AreaScore(area=score.area, percent=score.percent) for score in report.scores),
        coverage=report.coverage,
        waiting=tuple(_waiting(report, row) for row in (*report.contested(), *report.proposed())),
        hidden_characters=report.provenance.hidden_characters,
        could_not_read=len(report.provenance.could_not_read),
    )


def list_findings(
    report: Report,
    *,
    area: Area | None = None,
    severity: Severity | None = None,
    criterion: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> FindingPage:
    """Findings in the report's order, worst first: those of an area, a severity, a criterion (slug or code).

    ``limit`` is held between 1 and MOST_ROWS, ``offset`` not below 0. Raises UnknownSubjectError for a criterion.
    """
    slug = _criterion(report, criterion).slug if criterion is not None else None
    found = [
        row
        for row in report.findings
        if area in (None, row.area) and severity in (None, row.severity) and slug in (None, row.criterion)
    ]
    start, many = max(offset, 0), min(max(limit, 1), MOST_ROWS)
    shown = found[start : start + many]
    waived = _waived(report)
    return FindingPage(
        total=len(found),
        offset=start,
        findings=tuple(_row(report, row, waived) for row in shown),
        next_offset=start + many if start + many < len(found) else None,
    )


def explain(report: Report, subject: str) -> Explanation:
    """All that the report says of a criterion (slug or code) or of the criterion of a finding (``gng-…``).

    Raises UnknownSubjectError.
    """
    name = subject.strip()
    finding = next((row for row in report.findings if row.id == name.lower()), None)
    if finding is None and name.lower().startswith("gng-"):
        raise UnknownSubjectError(f"there is no finding {_told(name)} in this report: list its findings for their ids.")
    row = report.criterion(finding.criterion) if finding else _criterion(report, name)
    answer = _assessment(report, row.slug)
    own = (finding,) if finding else report.findings_of(row.slug)
    waived = _waived(report)
    is_waiting = answer.is_contested or answer.is_proposed
    return Explanation(
        criterion=row.slug,
        code=row.code,
        area=row.area,
        asks=row.asks,
        severity=answer.severity,
        status=answer.status,
        reason=answer.reason,
        strength=answer.strength,
        needed=row.strength,
        effect=next((gate.effect for gate in report.verdict.gates if gate.criterion == row.slug), None),
        why=row.why,
        fix=row.fix,
        verify=row.verify,
        effort_hours=row.effort_hours,
        source=row.source,
        permission=row.permission,
        finding=finding.id if finding else None,
        findings=tuple(_detail(report, item, waived) for item in own),
        evidence=finding.evidence if finding else answer.evidence,
        waived=answer.waived,
        waiting=_waiting(report, answer) if is_waiting else None,
        lost=answer.lost,
    )


def get_evidence(report: Report, evidence_id: str) -> EvidenceAnswer:
    """The stored bytes of an id (``ev-…``), and who cites them. Raises UnknownSubjectError."""
    name = evidence_id.strip().lower()
    found = next((item for item in report.evidence if item.id == name), None)
    if found is None:
        raise UnknownSubjectError(
            f"there is no evidence {_told(evidence_id)} in this report: explain a criterion or a finding for the ids "
            "of its evidence."
        )
    return EvidenceAnswer(
        id=found.id,
        tool=found.tool,
        source=found.source,
        locator=found.locator,
        place=str(found.locator),
        strength=found.strength,
        excerpt=found.excerpt,
        sha256=found.sha256,
        is_intact=found.is_intact(),
        criteria=tuple(row.criterion for row in report.assessments if name in row.evidence),
        findings=tuple(row.id for row in report.findings if name in row.evidence),
    )


def what_if(report: Report, changes: Mapping[str, Status]) -> Supposed:
    """The verdict with other answers to these criteria (slugs or codes). Raises UnknownSubjectError."""
    supposed = {_criterion(report, name).slug: status for name, status in changes.items()}
    verdict = suppose(report, supposed)
    left = _deciding(report, verdict.gates)
    still = {gate.criterion for gate in left}
    return Supposed(
        changes=supposed,
        before=report.verdict.value,
        after=verdict.value,
        left=left,
        cleared=tuple(g.criterion for g in _deciding(report, report.verdict.gates) if g.criterion not in still),
        shortfalls=tuple(str(item) for item in verdict.shortfalls),
    )


def what_would_flip(report: Report) -> Flips:
    """The smallest sets of fixes and verifications that take the verdict up."""
    return Flips(verdict=report.verdict.value, changes=report.roadmap.changes)


def list_criteria(area: Area | None = None, severity: Severity | None = None) -> tuple[CriterionRow, ...]:
    """The catalogue's criteria, by code: those of an area, of a severity."""
    return tuple(
        CriterionRow(
            slug=row.slug,
            code=row.code,
            area=row.area,
            severity=row.severity,
            strength=row.strength,
            asks=row.asks,
        )
        for row in load_catalogue()
        if area in (None, row.area) and severity in (None, row.severity)
    )


def diff(before: Report, after: Report) -> Difference:
    """What changed from one report to a later one: new, regressed and resolved findings, other answers."""
    found = compare(Baseline.of(before), after)
    told = found.with_change(Change.NEW, Change.REGRESSED, Change.RESOLVED)
    return Difference(
        target=after.target.name,
        why_not=found.why_not,
        created=(found.before.created, found.after.created),
        verdicts=found.verdicts,
        coverages=found.coverages(),
        findings=tuple(
            ChangedFindingRow(
                id=row.finding.id,
                criterion=row.finding.criterion,
                severity=row.finding.severity,
                what=row.finding.what,
                place=row.finding.place,
                change=row.change.value,
                waived=row.waived,
            )
            for row in told
        ),
        open=len(found.with_change(Change.OPEN)),
        statuses=tuple(
            ChangedStatusRow(criterion=row.criterion, before=row.before, after=row.after) for row in found.statuses
        ),
    )


def _criterion(report: Report, name: str) -> Criterion:
    """The criterion of a slug or code that the report answers."""
    asked = "-".join(name.lower().split())
    for row in report.criteria:
        if asked in (row.slug, row.code.lower()):
            return row
    known = next((row for row in load_catalogue() if asked in (row.slug, row.code.lower())), None)
    if known is not None:
        raise UnknownSubjectError(
            f"this audit did not ask {known.code} {known.slug}: audit the area {known.area} for an answer."
        )
    near = _near(asked, [row.slug for row in report.criteria])
    perhaps = f" Near to it: {', '.join(near)}." if near else ""
    raise UnknownSubjectError(
        f"there is no criterion {_told(name)}: list the criteria for their slugs and codes.{perhaps}"
    )


def _near(asked: str, slugs: Sequence[str]) -> list[str]:
    """The slugs that somebody may have meant: those that hold what was said, else those that look like it."""
    if len(asked) > SHOWN:
        return []
    holding = [slug for slug in slugs if asked in slug] if len(asked) >= LEAST_PART else []
    return (holding or get_close_matches(asked, slugs, MOST_NEAR))[:MOST_NEAR]


def _assessment(report: Report, slug: str) -> Assessment:
    return next(row for row in report.assessments if row.criterion == slug)


def _deciding(report: Report, gates: Iterable[Gate]) -> tuple[GateAnswer, ...]:
    """The gates that block or condition, the worst first, as the verdict has them."""
    rows = {row.slug: row for row in report.criteria}
    return tuple(
        GateAnswer(
            criterion=gate.criterion,
            code=rows[gate.criterion].code,
            asks=rows[gate.criterion].asks,
            severity=gate.severity,
            status=gate.status,
            waived=gate.waived,
            effect=gate.effect,
        )
        for gate in gates
        if gate.effect is not Effect.HOLDS
    )


def _waiting(report: Report, row: Assessment) -> Waiting:
    proposal = row.proposal
    assert proposal is not None
    return Waiting(
        criterion=row.criterion,
        code=report.criterion(row.criterion).code,
        kind="contested" if row.is_contested else "proposed",
        status=row.status,
        proposed=proposal.status,
        reason=proposal.reason,
        by=proposal.by,
    )


def _waived(report: Report) -> frozenset[str]:
    return frozenset(row.criterion for row in report.assessments if row.waived)


def _row(report: Report, finding: Finding, waived: frozenset[str]) -> FindingRow:
    return FindingRow(
        id=finding.id,
        criterion=finding.criterion,
        code=report.criterion(finding.criterion).code,
        area=finding.area,
        severity=finding.severity,
        what=finding.what,
        place=str(finding.locator),
        effort_hours=finding.effort_hours,
        waived=finding.criterion in waived,
    )


def _detail(report: Report, finding: Finding, waived: frozenset[str]) -> FindingDetail:
    return FindingDetail(
        **_row(report, finding, waived).model_dump(),
        locator=finding.locator,
        quote=finding.quote,
        evidence=finding.evidence,
        fix=finding.fix,
        by=finding.by,
    )


def _told(name: str) -> str:
    return repr(name if len(name) <= SHOWN else name[:SHOWN] + "…")
