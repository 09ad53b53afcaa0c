"""The registers: findings with their phase and pull request, failures by severity, and the risks that stay open."""

from __future__ import annotations

from gonogo.model.criterion import Severity, Status
from gonogo.model.report import Report
from gonogo.model.verdict import Effect
from gonogo.report import outline
from gonogo.report.drafts import words
from gonogo.report.drafts.proposals import Proposal
from gonogo.report.markdown_text import cell_span, escape, make_table

BLOCKS = {Effect.BLOCKS: "yes", Effect.CONDITIONS: "forbids GO"}
MOST_EXAMPLES = 3


def findings(report: Report, proposals: tuple[Proposal, ...]) -> str:
    """Every finding, in the report's order, with where it is in the road map."""
    phases = phase_of(report)
    numbers = {slug: item.number for item in proposals for slug in item.criteria}
    criteria = {row.slug: row for row in report.criteria}
    return make_table(
        ("Finding", "Criterion", "Severity", "Phase", "PR", "Place", "What"),
        (
            (
                f"`{finding.id}`",
                f"{criteria[finding.criterion].code} {finding.criterion}",
                finding.severity.value,
                phases[finding.criterion],
                str(numbers[finding.criterion]),
                cell_span(str(finding.locator)),
                words.short(finding.what),
            )
            for finding in report.findings
        ),
    )


def severities(report: Report) -> str:
    """Failing criteria and findings by severity, with a sum; a criterion counts at its worst."""
    failing = report.with_status(Status.FAIL)
    counts = report.findings_by_severity()
    rows = []
    for severity in outline.WORST:
        ids = [finding.id for finding in report.findings if finding.severity is severity][:MOST_EXAMPLES]
        number = sum(row.severity is severity for row in failing)
        rows.append((severity.value, str(number), str(counts[severity]), ", ".join(f"`{i}`" for i in ids) or "-"))
    rows.append(("**All**", str(len(failing)), str(len(report.findings)), "-"))
    return make_table(("Severity", "Failing criteria", "Findings", "The first"), rows)


def risks(report: Report) -> str:
    """Failures of high severity or worse, and whatever else holds the verdict back: with mitigation and owner."""
    effects = {gate.criterion: gate.effect for gate in report.verdict.gates}
    rows = [row for row in outline.rows(report, Status.FAIL) if _is_risk(row, effects)]
    if not rows:
        return "No failure is of high severity or worse, and none holds the verdict back."
    return make_table(
        ("Risk", "Severity", "If nothing is done", "Mitigation", "Hours", "Blocks", "Status", "Owner"),
        (
            (
                words.code(row),
                row.assessment.severity.value,
                escape(row.criterion.why),
                escape(row.criterion.fix),
                words.hours(row.criterion.effort_hours),
                BLOCKS.get(effects.get(row.criterion.slug, Effect.HOLDS), "no"),
                words.status(row),
                escape(row.assessment.waived.owner) if row.assessment.waived else words.TO_NAME,
            )
            for row in rows
        ),
    )


def phase_of(report: Report) -> dict[str, str]:
    """The phase of each failing criterion."""
    return {slug: phase.name for phase in report.roadmap.phases for slug in phase.criteria}


def _is_risk(row: outline.Row, effects: dict[str, Effect]) -> bool:
    return row.assessment.severity.rank >= Severity.HIGH.rank or effects.get(row.criterion.slug) in BLOCKS
