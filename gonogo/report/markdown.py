"""The report as Markdown: what goes into a repository or a ticket."""

from __future__ import annotations

from gonogo.model.assessment import Finding
from gonogo.model.criterion import Status
from gonogo.model.report import Report
from gonogo.model.roadmap import Change
from gonogo.report import decisions, imports, outline, waivers
from gonogo.report import markdown_models as models
from gonogo.report.markdown_text import begins_line, cell_span, escape, make_table, span

MOST_PLACES = 8


def render(report: Report) -> str:
    """GitHub-flavoured Markdown. Text from the target is escaped or fenced: it can't become a link or an image."""
    parts = [
        _head(report),
        _gates(report),
        _waivers(report),
        decisions.decisions_section(report).rstrip(),
        _summary(report),
        models.impact(report),
        models.for_a_person(report),
        _scores(report),
        _blockers(report),
        models.causes(report),
        _findings(report),
        _strengths(report),
        _unverified(report),
        _disagreements(report),
        models.observations(report),
        models.markers(report),
        imports.render_markdown(report),
        _roadmap(report),
        _risks(report),
        _verification(report),
        _not_applicable(report),
        _evidence(report),
        _provenance(report),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(report: Report) -> str:
    target, verdict = report.target, report.verdict
    lines = [
        f"# Production readiness of {escape(target.name)}: {verdict.value}",
        "",
        f"Tier {target.tier}, environment {escape(target.environment)}. Valid until {verdict.valid_until}.",
    ]
    for source in target.sources:
        state = [f"commit `{source.commit[:12]}`"] if source.commit else []
        state += [f"branch {escape(source.branch)}"] if source.branch else []
        state += ["with uncommitted changes"] if source.dirty else []
        state += [escape(note) for note in source.notes]
        lines.append(f"\nSource: {source.kind} {escape(source.name)}" + (f", {', '.join(state)}." if state else "."))
    if report.concessions:
        lines += ["", "**Set by the operator, and able to make the verdict better:**", ""]
        lines += [f"- {escape(c.what)} ({escape(c.origin)}): {escape(c.reason)}" for c in report.concessions]
    if report.not_counted:
        lines += ["", "**Asked for by the audited repository, not counted:**", ""]
        lines += [f"- {escape(c.what)} ({escape(c.origin)}): {escape(c.reason)}" for c in report.not_counted]
    return "\n".join(lines) + models.incomplete(report)


def _gates(report: Report) -> str:
    gates = outline.deciding_gates(report)
    held = outline.holding_gates(report)
    text = f"## Verdict and its gates\n\n{held} gates of tier {report.target.tier} hold."
    text += "".join(f"\n\n**No GO:** {escape(str(item))}." for item in report.verdict.shortfalls)
    if not gates:
        return text
    table = make_table(
        ("Effect", "Criterion", "Severity", "Status", "Why"),
        (
            (
                gate.effect.value,
                _code(row),
                gate.severity.value,
                gate.status.value + models.marks(row),
                escape(row.assessment.reason),
            )
            for gate, row in gates
        ),
    )
    return f"{text}\n\nThese do not hold:\n\n{table}"


def _waivers(report: Report) -> str:
    if not report.waivers:
        return ""
    table = make_table(waivers.HEAD, (tuple(escape(cell) for cell in cells) for cells in waivers.rows(report)))
    return f"## Waivers\n\n{waivers.MEANS}\n\n{table}"


def _summary(report: Report) -> str:
    return f"## Summary\n\n{models.prose(report, 'summary')}\n\n{escape(report.text('next_step'))}" + models.waiting(
        report
    )


def _scores(report: Report) -> str:
    table = make_table(
        ("Area", "Score", "Pass", "Fail", "Unverified", "Not applicable"),
        (
            (
                score.area.value,
                "-" if score.percent is None else f"{score.percent}% ({score.passed} of {score.applicable} points)",
                *(str(score.counts[status]) for status in Status),
            )
            for score in report.scores
        ),
    )
    coverage = report.coverage
    return (
        "## Scores and coverage\n\n"
        "Severity-weighted: blocker 16, critical 8, high 4, medium 2, low 1; unverified criteria count against. "
        f"Nothing depends on them. {coverage.answered} of {coverage.applicable} applicable criteria were answered.\n\n"
        + table
    )


def _blockers(report: Report) -> str:
    rows = outline.blockers(report)
    if not rows:
        return ""
    return "## Top blockers\n\n" + "\n".join(f"{number}. {_said(row)}" for number, row in enumerate(rows, 1))


def _findings(report: Report) -> str:
    parts = []
    for score in report.scores:
        rows = outline.rows(report, Status.FAIL, score.area)
        if rows:
            parts.append(
                f"### {score.area.value.capitalize()}\n\n" + "\n\n".join(_failing(report, row) for row in rows)
            )
    return "## Findings\n\n" + ("\n\n".join(parts) if parts else "No criterion fails.")


def _failing(report: Report, row: outline.Row) -> str:
    lines = [
        f"#### {models.heading(row)}",
        "",
        begins_line(escape(row.assessment.reason)),
        "",
        *(_finding(finding) for finding in row.findings[:MOST_PLACES]),
    ]
    if len(row.findings) > MOST_PLACES:
        lines.append(f"- and {len(row.findings) - MOST_PLACES} more places, listed in the JSON report")
    criterion = row.criterion
    lines += [
        *models.beside_failure(report, row),
        "",
        f"Impact: {escape(criterion.why)}  ",
        f"Fix: {escape(criterion.fix)} (about {criterion.effort_hours:g} h)  ",
        f"Verify: {escape(criterion.verify)}",
    ]
    return "\n".join(lines)


def _finding(finding: Finding) -> str:
    place = f" at {span(str(finding.locator))}" if finding.locator.path else ""
    by = f" (found by {escape(finding.by)})" if finding.by else ""
    text = f"- `{finding.id}`{place}: {escape(finding.what)}{by}"
    first = finding.quote.splitlines()[0].strip() if finding.quote.strip() else ""
    return text + (f"\n  > {span(first)}" if first and finding.locator.line else "")


def _strengths(report: Report) -> str:
    rows = outline.strengths(report)
    if not rows:
        return ""
    table = make_table(
        ("Criterion", "Severity", "Strength", "Evidence", "Why it holds"),
        (
            (
                _code(row),
                row.assessment.severity.value,
                row.assessment.strength.value if row.assessment.strength else "-",
                ", ".join(f"`{item}`" for item in row.assessment.evidence[:3]),
                escape(row.assessment.reason),
            )
            for row in rows
        ),
    )
    return "## Strengths\n\n" + table


def _unverified(report: Report) -> str:
    groups = outline.unseen_by_source(report)
    if not groups:
        return ""
    parts = []
    for source, permission, rows in groups:
        lines = [
            f"- {_code(row)} ({row.assessment.severity}){models.marks(row)}: {escape(row.assessment.reason)}"
            for row in rows
        ]
        parts.append(
            f"**{escape(source)}** would answer {len(rows)}; access: {escape(permission)}\n\n" + "\n".join(lines)
        )
    return "## Not verified, and what would show it\n\n" + "\n\n".join(parts)


def _disagreements(report: Report) -> str:
    findings = outline.disagreements(report)
    if not findings:
        return ""
    return "## Where documents and files disagree\n\n" + "\n".join(map(_finding, findings))


def _roadmap(report: Report) -> str:
    roadmap = report.roadmap
    parts = [written] if (written := models.prose(report, "road_map")) else []
    parts += [_change(change) for change in roadmap.changes]
    for phase in roadmap.phases:
        items = "\n".join(f"- `{slug}`" for slug in phase.criteria)
        parts.append(f"**{phase.name}** ({len(phase.criteria)} criteria, about {phase.effort_hours:g} h)\n\n{items}")
    return "## Road map\n\n" + "\n\n".join(parts) if parts else ""


def _change(change: Change) -> str:
    parts = []
    if change.fix:
        parts.append(f"repair {', '.join(f'`{s}`' for s in change.fix)} (about {change.effort_hours:g} h)")
    if change.verify:
        parts.append(f"verify {', '.join(f'`{s}`' for s in change.verify)}")
    return f"Smallest set from {change.before} to {change.after}: {'; '.join(parts)}."


def _risks(report: Report) -> str:
    rows = outline.risks(report)
    if not rows:
        return ""
    table = make_table(
        ("Risk", "Severity", "If nothing is done", "Findings"),
        ((_code(r), r.assessment.severity.value, escape(r.criterion.why), str(len(r.findings))) for r in rows),
    )
    return "## Risk register\n\n" + table


def _verification(report: Report) -> str:
    rows = outline.verification_plan(report)
    if not rows:
        return ""
    return "## Verification plan\n\n" + "\n".join(f"- {_code(row)}: {escape(row.criterion.verify)}" for row in rows)


def _not_applicable(report: Report) -> str:
    rows = outline.rows(report, Status.NOT_APPLICABLE)
    if not rows:
        return ""
    return "## Not applicable\n\n" + "\n".join(f"- {_code(row)}: {escape(row.assessment.reason)}" for row in rows)


def _evidence(report: Report) -> str:
    table = make_table(
        ("Id", "Place", "Strength", "SHA-256 of the excerpt"),
        ((f"`{e.id}`", cell_span(str(e.locator)), e.strength.value, f"`{e.sha256}`") for e in report.evidence),
    )
    return "## Evidence\n\n" + table if report.evidence else ""


def _provenance(report: Report) -> str:
    run = report.provenance
    lines = [
        f"- gonogo {run.gonogo}, catalogue `{run.catalogue}`, report schema {report.schema_version}",
        f"- made {run.created}; {run.mode}",
        f"- {run.files} files indexed; {run.secrets_redacted} secrets redacted and {run.hidden_characters} hidden "
        "characters made visible in the excerpts",
    ]
    lines += [f"- option {escape(key)}: {escape(value)}" for key, value in sorted(run.options.items())]
    lines += models.redacted(report)
    lines += [f"- {s.title}: failed, {escape(s.failed)}" for s in run.specialists if s.failed]
    lines += [f"- could not be read: {escape(item)}" for item in run.could_not_read]
    return "## Provenance\n\n" + "\n".join(lines) + models.provenance(report)


def _code(row: outline.Row) -> str:
    return f"{row.criterion.code} {row.criterion.slug}"


def _said(row: outline.Row) -> str:
    return f"{_code(row)} ({row.assessment.severity}){models.marks(row)}: {escape(row.assessment.reason)}"
