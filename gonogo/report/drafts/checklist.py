"""The status check: what was expected and what was found, how many hold of how many, and what would settle the rest."""

from __future__ import annotations

from gonogo.model.comparison import Comparison
from gonogo.model.criterion import Area, Status
from gonogo.model.report import Report
from gonogo.report import outline
from gonogo.report.drafts import changes, gates, head, scorecard, verification, words
from gonogo.report.drafts.gates import Have, Haves
from gonogo.report.markdown_text import begins_line, escape, make_table

LATER = "Later"
MOST_PLACE = 80


def write(report: Report, comparison: Comparison | None) -> str:
    """Markdown."""
    haves = gates.sort_haves(report)
    parts = [
        head.title(report, "Readiness check"),
        f"Action required: {escape(report.text('next_step'))}" if report.roadmap.changes else "",
        head.control(report, comparison),
        head.caveats(report),
        f"{words.STATUS_MEANS} {words.CUT}",
        _tallies(report, haves),
        _ticked("Must have, before production", haves.must, comparison),
        _ticked("Should have", haves.should, comparison, reasons=False),
        _actions(report),
        f"## Cannot verify\n\n{verification.cannot_verify(report)}",
        _areas(report, haves),
        _could_not_read(report),
        changes.section(report, comparison),
    ]
    return "\n\n".join(part for part in parts if part)


def _tallies(report: Report, haves: Haves) -> str:
    lists = (("Must have", haves.must), ("Should have", haves.should), ("Other", haves.other))
    rows = [(name, words.share(*gates.tally(found)), *_counts(found)) for name, found in lists]
    every = (*haves.must, *haves.should, *haves.other)
    rows.append(("**All**", words.share(*gates.tally(every)), *_counts(every)))
    lists_table = make_table(("List", "Hold", *(words.STATUS[status] for status in Status)), rows, numbers=5)
    return "\n\n".join(("## How many hold", lists_table, scorecard.table(report), scorecard.FORMULA))


def _counts(haves: tuple[Have, ...]) -> tuple[str, ...]:
    return tuple(str(sum(have.status is status for have in haves)) for status in Status)


def _ticked(title: str, haves: tuple[Have, ...], comparison: Comparison | None, *, reasons: bool = True) -> str:
    held, applying = gates.tally(haves)
    lines = gates.ticks(haves, comparison, reasons=reasons) or "There is none that applies."
    return "\n\n".join(part for part in (f"## {title}: {held} of {applying}", lines, gates.do_not_apply(haves)) if part)


def _actions(report: Report) -> str:
    """What to do before production and after, by the phases of the road map; of the last its criteria alone."""
    parts = []
    for phase in report.roadmap.phases:
        title = f"### {phase.name} ({len(phase.criteria)})"
        if phase.name == LATER:
            parts.append(f"{title}\n\n{words.names(phase.criteria)}.")
        else:
            parts.append(f"{title}\n\n" + "\n".join(_action(report, slug) for slug in phase.criteria))
    if not parts:
        return "## Actions\n\nNo criterion fails: there is nothing to repair."
    return f"## Actions\n\n{words.HOURS}\n\n" + "\n\n".join(parts)


def _action(report: Report, slug: str) -> str:
    row, found = report.criterion(slug), report.findings_of(slug)
    place = words.short(str(found[0].locator), MOST_PLACE) if found else "-"
    return (
        f"- [ ] {row.code} {slug}: {outline.counted(len(found), 'finding')}, the first at {place}; about "
        f"{words.hours(row.effort_hours)} h"
    )


def _areas(report: Report, haves: Haves) -> str:
    every = (*haves.must, *haves.should, *haves.other)
    parts = []
    for score in report.scores:
        found = [have for have in every if have.row.criterion.area is score.area]
        parts.append(f"### {_title(score.area, found)}\n\n{_table(found)}")
    return "## Expected and found\n\n" + ("\n\n".join(parts) or "No criterion was asked.")


def _title(area: Area, found: list[Have]) -> str:
    held, applying = gates.tally(found)
    return f"{words.area(area)}: {held} of {applying}"


def _table(haves: list[Have]) -> str:
    return make_table(
        ("Criterion", "Expected", "Found", "Status"),
        (
            (
                f"{words.code(have.row)} ({have.severity})",
                f"{escape(have.row.criterion.asks)} At least {have.row.criterion.strength}.",
                words.short(have.row.assessment.reason),
                words.status(have.row, have.status),
            )
            for have in haves
        ),
    )


def _could_not_read(report: Report) -> str:
    items = report.provenance.could_not_read
    return "## Could not be read\n\n" + "\n".join(f"- {begins_line(escape(item))}" for item in items) if items else ""
