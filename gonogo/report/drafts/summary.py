"""For who decides and has five minutes: the verdict, why, what it takes, and what nobody knows. One page."""

from __future__ import annotations

from gonogo.model.comparison import Comparison
from gonogo.model.criterion import Status
from gonogo.model.report import Report
from gonogo.model.roadmap import Change
from gonogo.report import markdown_models as models
from gonogo.report import outline
from gonogo.report.drafts import changes, gates, head, verification, words
from gonogo.report.markdown_text import escape, make_table

MOST_BLOCKERS = 5
MOST_NAMED = 4
MOST_WORDS = 150
MOST_TOLD = 2


def write(report: Report, comparison: Comparison | None) -> str:
    """Markdown."""
    parts = [
        head.title(report, "Readiness in short"),
        _told_by_model(report),
        _list("Why", [*gates.rationale(report, MOST_NAMED), *_changed(report, comparison)]),
        _blockers(report),
        _takes(report),
        _list("Known and not known", _known(report)),
        _caveats(report),
        _list("Dates", _dates(report)),
    ]
    return "\n\n".join(part for part in parts if part)


def _list(title: str, lines: list[str]) -> str:
    return f"## {title}\n\n" + "\n".join(f"- {line}" for line in lines)


def _told_by_model(report: Report) -> str:
    written = outline.prose(report, "summary")
    return models.prose(report, "summary") if written and written.author != outline.TEMPLATE else ""


def _changed(report: Report, comparison: Comparison | None) -> list[str]:
    return [changes.summary(report, comparison)] if comparison else []


def _blockers(report: Report) -> str:
    rows = outline.blockers(report)
    if not rows:
        return "## What holds it back\n\nNo criterion fails."
    effects = {gate.criterion: gate.effect for gate in report.verdict.gates}
    table = make_table(
        ("Criterion", "Severity", "Effect", "What was found", "Hours"),
        (
            (
                words.code(row),
                row.assessment.severity.value,
                (gates.EFFECT[effects[row.criterion.slug]] if row.criterion.slug in effects else "none")
                + (", waived" if row.assessment.waived else ""),
                words.short(row.assessment.reason, MOST_WORDS),
                words.hours(row.criterion.effort_hours),
            )
            for row in rows[:MOST_BLOCKERS]
        ),
    )
    failing = len(report.with_status(Status.FAIL))
    shown = min(len(rows), MOST_BLOCKERS)
    more = f"\n\nThe worst {shown} of {failing} failing criteria." if failing > shown else ""
    return f"## What holds it back\n\n{table}{more}"


def _takes(report: Report) -> str:
    if not report.roadmap.changes:
        return "## What it takes\n\nNothing has to change for this verdict."
    table = make_table(
        ("From", "To", "Repair", "Verify", "Hours of repair"),
        (_change(change) for change in report.roadmap.changes),
    )
    return f"## What it takes\n\n{table}\n\n{words.HOURS}"


def _change(change: Change) -> tuple[str, ...]:
    repair = outline.counted(len(change.fix), "criterion", "criteria") if change.fix else "-"
    verify = outline.counted(len(change.verify), "criterion", "criteria") if change.verify else "-"
    reach = [f"reach: {escape(item)}" for item in change.reach]
    told = "; ".join([*([verify] if change.verify or not reach else []), *reach])
    return change.before.value, change.after.value, repair, told, words.hours(change.effort_hours)


def _known(report: Report) -> list[str]:
    coverage = report.coverage
    counts = {status: len(report.with_status(status)) for status in Status}
    found = [
        f"Answered: {words.share(coverage.answered, coverage.applicable)} of the criteria that apply; "
        f"{counts[Status.PASS]} pass, {counts[Status.FAIL]} fail, {counts[Status.UNVERIFIED]} cannot be verified."
    ]
    if strong := [row.criterion.slug for row in outline.strengths(report)]:
        found.append(f"Holds, the weightiest first: {words.names(strong[:MOST_NAMED])}.")
    unseen = verification.unverified_musts(report)
    sources = dict.fromkeys(have.row.criterion.source for have in unseen)
    if unseen:
        slugs = words.names((have.row.criterion.slug for have in unseen), MOST_NAMED)
        found.append(f"Must-haves that only another source can show: {slugs} ({escape('; '.join(sources))}).")
    return found


def _caveats(report: Report) -> str:
    found = head.caveats(report, MOST_TOLD)
    return f"## Before you rely on it\n\n{found}" if found else ""


def _dates(report: Report) -> list[str]:
    sources = "; ".join(head.source(item) for item in report.target.sources)
    waivers = sorted({row.waived.expires for row in report.assessments if row.waived})
    found = [
        f"Audited {words.day(report.provenance.created)}: {sources}.",
        f"Valid until {escape(report.verdict.valid_until)}; {head.NEXT_AUDIT}.",
    ]
    if waivers:
        found.append(f"The first waiver ends on {escape(waivers[0])}.")
    return [*found, f"Release date: {words.TO_FILL}. Owner of the repairs: {words.TO_NAME}."]
