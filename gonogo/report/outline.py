"""What the long formats say beside the tables: the same selections for Markdown and HTML, so that both agree."""

from __future__ import annotations

from dataclasses import dataclass

from gonogo.model.assessment import Assessment, Finding
from gonogo.model.criterion import Area, Criterion, Severity, Status
from gonogo.model.report import Report, worst_first
from gonogo.model.verdict import Effect, Gate

DISAGREEMENT = "docs-match-reality"
MOST_STRENGTHS = 20
WORST = sorted(Severity, key=lambda severity: -severity.rank)


@dataclass(frozen=True, slots=True)
class Row:
    """An assessment beside its criterion and findings."""

    assessment: Assessment
    criterion: Criterion
    findings: tuple[Finding, ...]


def rows(report: Report, status: Status, area: Area | None = None) -> tuple[Row, ...]:
    """The assessments of a status, worst first."""
    chosen = [a for a in report.with_status(status) if area in (None, a.area)]
    return tuple(_row(report, assessment) for assessment in chosen)


def deciding_gates(report: Report) -> tuple[tuple[Gate, Row], ...]:
    """The gates that keep the verdict from GO, worst first."""
    by_slug = {a.criterion: a for a in report.assessments}
    gates = [gate for gate in report.verdict.gates if gate.effect is not Effect.HOLDS]
    return tuple((gate, _row(report, by_slug[gate.criterion])) for gate in gates)


def holding_gates(report: Report) -> int:
    """How many gates of the tier hold."""
    return sum(gate.effect is Effect.HOLDS for gate in report.verdict.gates)


def blockers(report: Report) -> tuple[Row, ...]:
    """Failing gates, or where there are none the worst failures, at most ten."""
    gates = {gate.criterion for gate in report.verdict.gates if gate.status is Status.FAIL}
    failing = report.with_status(Status.FAIL)
    first = [a for a in failing if a.criterion in gates]
    return tuple(_row(report, assessment) for assessment in (first or list(failing))[:10])


def strengths(report: Report) -> tuple[Row, ...]:
    """What passes, worst severity first."""
    return rows(report, Status.PASS)[:MOST_STRENGTHS]


def disagreements(report: Report) -> tuple[Finding, ...]:
    """Where documents and files disagree."""
    return report.findings_of(DISAGREEMENT)


def unseen_by_source(report: Report) -> tuple[tuple[str, str, tuple[Row, ...]], ...]:
    """What is not verified, by the source that would show it, the source that shows most first: (source, permission of
    the first, rows)."""
    groups: dict[str, list[Row]] = {}
    for row in rows(report, Status.UNVERIFIED):
        groups.setdefault(row.criterion.source, []).append(row)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple((source, found[0].criterion.permission, tuple(found)) for source, found in ordered)


def heat_map(report: Report) -> tuple[tuple[Area, tuple[int, ...]], ...]:
    """Failing criteria by area and severity, worst severity first."""
    areas = [score.area for score in report.scores]
    failing = report.with_status(Status.FAIL)
    return tuple((a, tuple(sum(f.area is a and f.severity is s for f in failing) for s in WORST)) for a in areas)


def risks(report: Report) -> tuple[Row, ...]:
    """Failures of high severity or worse."""
    return tuple(row for row in rows(report, Status.FAIL) if row.assessment.severity.rank >= Severity.HIGH.rank)


def verification_plan(report: Report) -> tuple[Row, ...]:
    """How to see that the repairs of the road map's first two phases work."""
    slugs = {slug for phase in report.roadmap.phases[:2] for slug in phase.criteria}
    failing = [a for a in worst_first(report.assessments) if a.criterion in slugs]
    return tuple(_row(report, assessment) for assessment in failing)


def _row(report: Report, assessment: Assessment) -> Row:
    return Row(assessment, report.criterion(assessment.criterion), report.findings_of(assessment.criterion))
