"""What changed since an earlier audit: what is fixed, what is new, and what merely went out of sight."""

from __future__ import annotations

from gonogo.model.comparison import Change, ChangedFinding, Comparison
from gonogo.model.criterion import Status
from gonogo.model.report import Report
from gonogo.report import outline
from gonogo.report.drafts import scorecard, words
from gonogo.report.markdown_text import cell_span, escape, make_table

NOT_COMPARED = "The earlier audit is not compared with this one, since only like is compared with like"
FIXED = (
    "Fixed: the earlier audit found it, this one did not, and its criterion passes now. Gone: not found any more, "
    "while its criterion does not pass; that is no proof of a repair."
)


def section(report: Report, comparison: Comparison | None) -> str:
    """The whole of it, with a title; empty where there is no earlier audit."""
    if comparison is None:
        return ""
    head = "## Since the earlier audit"
    if not comparison.is_comparable:
        return f"{head}\n\n{NOT_COMPARED}: {escape('; '.join(comparison.why_not))}."
    parts = [head, summary(report, comparison), scorecard.before_and_after(comparison), FIXED]
    return "\n\n".join([*parts, _findings(report, comparison), _statuses(comparison)]).rstrip()


def summary(report: Report, comparison: Comparison) -> str:
    """Verdict, coverage and findings of both audits, as sentences; why not, where they can't be compared."""
    if not comparison.is_comparable:
        return f"{NOT_COMPARED}: {escape('; '.join(comparison.why_not))}."
    was, now = comparison.verdicts
    before, after = comparison.coverages()
    fixed = [row for row in comparison.with_change(Change.RESOLVED) if is_fixed(report, row)]
    gone = len(comparison.with_change(Change.RESOLVED)) - len(fixed)
    new = len(comparison.with_change(Change.NEW, Change.REGRESSED))
    verdict = f"The verdict is {now}, as before" if was is now else f"The verdict was {was} and is {now}"
    return (
        f"{verdict} (earlier audit: {words.day(comparison.before.created)}). "
        f"{outline.counted(len(fixed), 'finding')} fixed, {gone} gone, {new} new, "
        f"{len(comparison.with_change(Change.OPEN))} still open. "
        f"Answered before: {words.share(before.answered, before.applicable)}; "
        f"now: {words.share(after.answered, after.applicable)}."
    )


def is_fixed(report: Report, row: ChangedFinding) -> bool:
    """Whether what is no longer found is repaired, and not only out of sight."""
    return any(a.criterion == row.finding.criterion and a.status is Status.PASS for a in report.assessments)


def _findings(report: Report, comparison: Comparison) -> str:
    rows = [row for row in comparison.findings if row.change is not Change.OPEN]
    if not rows:
        return "No finding came or went."
    now = {row.criterion: row for row in report.assessments}
    cells = []
    for row in rows:
        assessment = now.get(row.finding.criterion)
        cells.append(
            (
                _word(report, row),
                f"`{row.finding.id}`",
                cell_span(row.finding.criterion),
                row.finding.severity.value,
                cell_span(row.finding.place),
                words.short(row.finding.what),
                words.STATUS[assessment.status] if assessment else "not asked",
                ", ".join(f"`{key}`" for key in assessment.evidence[:3]) or "-" if assessment else "-",
            )
        )
    return make_table(
        ("Change", "Finding", "Criterion", "Severity", "Place", "What", "Status now", "Evidence now"), cells
    )


def _word(report: Report, row: ChangedFinding) -> str:
    if row.change is Change.RESOLVED:
        return "fixed" if is_fixed(report, row) else "gone"
    return "new; passed before" if row.change is Change.REGRESSED else "new"


def _statuses(comparison: Comparison) -> str:
    if not comparison.statuses:
        return "Every criterion is answered as before."
    return make_table(
        ("Criterion", "Before", "Now"),
        ((cell_span(row.criterion), _status(row.before), _status(row.after)) for row in comparison.statuses),
    )


def _status(status: Status | None) -> str:
    return words.STATUS[status] if status else "not asked"
