"""Everything, in the order in which it is read: verdict, scorecard, findings, what is not known, the plan, evidence."""

from __future__ import annotations

from gonogo.model.comparison import Comparison
from gonogo.model.criterion import Status
from gonogo.model.report import Report
from gonogo.report import markdown_models as models
from gonogo.report import outline
from gonogo.report.drafts import (
    changes,
    gates,
    head,
    index,
    persons,
    proposals,
    register,
    scorecard,
    verification,
    words,
)
from gonogo.report.markdown_text import begins_line, escape, make_table, span


def write(report: Report, comparison: Comparison | None) -> str:
    """Markdown."""
    parts = [
        head.title(report, "Production readiness"),
        head.control(report, comparison),
        head.caveats(report),
        _summary(report),
        models.impact(report),
        models.for_a_person(report),
        _scorecard(report),
        _gates(report),
        changes.section(report, comparison),
        models.causes(report),
        _findings(report),
        _strengths(report),
        f"## Cannot verify\n\n{verification.cannot_verify(report)}",
        models.observations(report),
        models.markers(report),
        _road_map(report),
        f"## Risk register\n\n{register.risks(report)}",
        f"## Test plan\n\n{verification.test_plan(report)}",
        _not_applicable(report),
        _frameworks(report),
        f"## Waivers\n\n{persons.waivers(report)}",
        f"## Decisions of persons\n\n{persons.decisions(report) or 'None was made.'}",
        f"## Evidence ({len(report.evidence)})\n\n{index.table(report)}",
        index.imported(report),
        _provenance(report),
    ]
    return "\n\n".join(part for part in parts if part)


def _summary(report: Report) -> str:
    text = models.prose(report, "summary")
    return f"## Summary\n\n{text}\n\n{escape(report.text('next_step'))}{models.waiting(report)}"


def _scorecard(report: Report) -> str:
    parts = (scorecard.table(report), scorecard.FORMULA, scorecard.NOT_READINESS)
    return "## Scorecard\n\n" + "\n\n".join((*parts, "### Failing criteria", scorecard.heat_map(report)))


def _gates(report: Report) -> str:
    haves = gates.sort_haves(report)
    held, applying = gates.tally(haves.must)
    parts = [f"## Must-haves: {held} of {applying}", gates.RULE, words.STATUS_MEANS]
    parts += [gates.table([have for have in haves.must if have.applies]), gates.do_not_apply(haves.must)]
    held, applying = gates.tally(haves.should)
    parts += [f"## Should-haves: {held} of {applying}", gates.table([have for have in haves.should if have.applies])]
    return "\n\n".join(part for part in [*parts, gates.do_not_apply(haves.should)] if part)


def _findings(report: Report) -> str:
    rows = outline.rows(report, Status.FAIL)
    if not rows:
        return "## Findings\n\nNo criterion fails."
    parts = [f"## Findings ({len(report.findings)})", register.severities(report)]
    for score in report.scores:
        found = outline.rows(report, Status.FAIL, score.area)
        parts += [f"### {words.area(score.area)} ({len(found)})"] if found else []
        parts += [_failing(report, row) for row in found]
    return "\n\n".join(parts)


def _failing(report: Report, row: outline.Row) -> str:
    criterion = row.criterion
    lines = [f"#### {models.heading(row)}", "", begins_line(escape(row.assessment.reason)), ""]
    for finding in row.findings:
        by = f" (found by {escape(finding.by)})" if finding.by else ""
        lines.append(f"- `{finding.id}` at {span(str(finding.locator))}: {escape(finding.what)}{by}")
    lines += [
        *models.beside_failure(report, row),
        "",
        f"Impact: {escape(criterion.why)}  ",
        f"Fix: {escape(criterion.fix)} (about {words.hours(criterion.effort_hours)} h)  ",
        f"Verify: {escape(criterion.verify)}",
    ]
    if row.assessment.waived:
        lines += ["", f"Status: {words.status(row)}. {escape(row.assessment.waived.reason)}"]
    return "\n".join(lines)


def _strengths(report: Report) -> str:
    rows = outline.rows(report, Status.PASS)
    if not rows:
        return ""
    table = make_table(
        ("Criterion", "Severity", "Strength", "Evidence", "Why it holds"),
        (
            (
                words.code(row),
                row.assessment.severity.value,
                row.assessment.strength.value if row.assessment.strength else "-",
                ", ".join(f"`{key}`" for key in row.assessment.evidence[:3]),
                escape(row.assessment.reason),
            )
            for row in rows
        ),
    )
    return f"## Strengths ({len(rows)})\n\n{table}"


def _road_map(report: Report) -> str:
    items = proposals.propose(report)
    if not items:
        return "## Road map\n\nNo criterion fails: there is nothing to repair."
    written = models.prose(report, "road_map")
    parts = ["## Road map", *([written] if written else []), words.HOURS, proposals.RULE]
    return "\n\n".join([*parts, proposals.overview(report, items)])


def _not_applicable(report: Report) -> str:
    rows = outline.rows(report, Status.NOT_APPLICABLE)
    lines = [f"- {words.code(row)}: {escape(row.assessment.reason)}" for row in rows]
    return f"## Not applicable ({len(rows)})\n\n" + "\n".join(lines) if rows else ""


def _frameworks(report: Report) -> str:
    """The published practices that the criteria stand on, with how many of those that apply pass."""
    statuses = {row.criterion: row.status for row in report.assessments}
    found: dict[str, list[Status]] = {}
    for criterion in report.criteria:
        status = statuses[criterion.slug]
        for reference in criterion.references if status is not Status.NOT_APPLICABLE else ():
            found.setdefault(reference.title, []).append(status)
    rows = ((escape(title), words.share(s.count(Status.PASS), len(s))) for title, s in sorted(found.items()))
    return "## Practices that the criteria stand on\n\n" + make_table(("Practice", "Pass"), rows) if found else ""


def _provenance(report: Report) -> str:
    run = report.provenance
    lines = [
        f"- {outline.counted(run.files, 'file')} indexed; {run.secrets_redacted} secrets redacted and "
        f"{run.hidden_characters} hidden characters made visible in the excerpts",
        *(f"- option {escape(key)}: {escape(value)}" for key, value in sorted(run.options.items())),
        *models.redacted(report),
        *(f"- {escape(s.title)}: failed, {escape(s.failed)}" for s in run.specialists if s.failed),
        *(f"- could not be read: {escape(item)}" for item in run.could_not_read),
    ]
    return "## Provenance\n\n" + "\n".join(lines) + models.provenance(report)
