"""The head of a draft: what it is of, what it says, where it comes from, and what its reader must know first."""

from __future__ import annotations

from gonogo.model.comparison import Comparison
from gonogo.model.criterion import Area, Status
from gonogo.model.report import Concession, Report
from gonogo.model.target import Source
from gonogo.report import outline
from gonogo.report.drafts import words
from gonogo.report.markdown_text import cell_span, escape, make_table

NOTHING_ASSESSED = "Nothing could be assessed: no criterion was answered. This is not a clean result."
NEXT_AUDIT = "the next audit is due then, or as soon as the target changes"


def title(report: Report, what: str) -> str:
    """The title, with the verdict in it, and the verdict in words."""
    target = report.target
    return (
        f"# {what}: {escape(target.name)} is {report.verdict.value}\n\n"
        f"**{report.verdict.value}.** {escape(target.name)} {words.VERDICT_MEANS[report.verdict.value]}, as a tier "
        f"{target.tier} service in the environment {escape(target.environment)}."
    )


def control(report: Report, comparison: Comparison | None = None) -> str:
    """What the document is of and how it came to be, as a table."""
    run, target = report.provenance, report.target
    rows = [
        ("Verdict", f"{report.verdict.value}, for tier {target.tier}, environment {escape(target.environment)}"),
        ("Audited", f"{escape(run.created)} by gonogo {escape(run.gonogo)}; {escape(run.mode)}"),
        *(("Source", source(item)) for item in target.sources),
        ("Areas", ", ".join(words.area(score.area) for score in report.scores) or "none"),
        ("Valid until", f"{escape(report.verdict.valid_until)}; {NEXT_AUDIT}"),
        ("Criteria", f"catalogue {cell_span(run.catalogue)}, report schema {escape(report.schema_version)}"),
    ]
    if comparison:
        rows.append(("Earlier audit", earlier(comparison)))
    return make_table(("Document", "This run"), rows)


def source(item: Source) -> str:
    """A source with the state in which it was read."""
    parts = [f"{escape(item.kind)} {escape(item.name)}".strip()]
    parts += [f"commit {escape(item.commit[:12])}"] if item.commit else []
    parts += [f"branch {escape(item.branch)}"] if item.branch else []
    parts += ["with uncommitted changes"] if item.dirty else []
    parts += [f"looked at {escape(item.observed)}"] if item.observed else []
    return ", ".join([*parts, *(escape(note) for note in item.notes)])


def earlier(comparison: Comparison) -> str:
    """The earlier audit, and whether it can be compared with."""
    before = comparison.before
    text = f"{words.day(before.created)} by gonogo {escape(before.gonogo)}: {before.verdict.value}"
    return text if comparison.is_comparable else f"{text}; not compared: {escape('; '.join(comparison.why_not))}"


def caveats(report: Report, most: int | None = None) -> str:
    """What a reader must know before the rest, as a list; empty where there is nothing. With ``most`` only so many of
    what was asked for or set are told."""
    found = [] if words.is_assessed(report) else [f"**{NOTHING_ASSESSED}**"]
    found += not_asked(report)
    lost = [row.criterion for row in report.assessments if row.lost]
    if lost:
        found.append(f"{outline.counted(len(lost), 'answer')} lost during the audit: {words.names(lost, 6)}.")
    found += [f"{outline.INCOMPLETE} {escape(p.title)}: {p.state}." for p in outline.incomplete(report)]
    if waiting := outline.waiting(report):
        found.append(f"{outline.WAITING[0]} {waiting}{outline.WAITING[1]}")
    waived = [row.criterion for row in report.assessments if row.waived and row.status is Status.FAIL]
    if waived:
        still = "a failure" if len(waived) == 1 else "failures"
        found.append(f"{outline.counted(len(waived), 'failure')} waived, and still {still}: {words.names(waived, 6)}.")
    found += [f"Not reached: {escape(str(item))}." for item in report.verdict.shortfalls]
    found += _asked_for("Set by the operator, and able to make the verdict better", report.concessions, most)
    found += _asked_for("Asked for by the audited repository, not counted", report.not_counted, most)
    if unread := len(report.provenance.could_not_read):
        found.append(f"{outline.counted(unread, 'thing')} could not be read.")
    return "\n".join(f"- {line}" for line in found)


def not_asked(report: Report) -> list[str]:
    """The areas that were left out, as a sentence; none where all were asked."""
    asked = {score.area for score in report.scores}
    left = ", ".join(words.area(area) for area in Area if area not in asked)
    return [f"Not asked, so that the verdict says nothing of it: {left}."] if left else []


def _asked_for(what: str, items: tuple[Concession, ...], most: int | None) -> list[str]:
    if most is None or len(items) <= most:
        return [f"{what}: {_told(item)}." for item in items]
    shown = "; ".join(escape(item.what) for item in items[:most])
    return [f"{what} ({len(items)}): {shown}; and {len(items) - most} more."]


def _told(item: Concession) -> str:
    return f"{escape(item.what)} ({escape(item.origin)}): {escape(item.reason).rstrip('.')}"
