"""The summary of a job as Markdown: the verdict, what the gate says, and what changed since the baseline.

A service cuts or refuses a summary of more than 1 MiB, so rows and cells have bounds; what is left out is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from gonogo.model.assessment import Finding
from gonogo.model.ci_gate import GateOutcome
from gonogo.model.comparison import Change, ChangedFinding, ChangedStatus, Comparison
from gonogo.model.criterion import Status
from gonogo.model.report import Report
from gonogo.model.verdict import Effect
from gonogo.model.waiver import SOON_DAYS, AcceptedRisk, State, days_left
from gonogo.report import outline
from gonogo.report.markdown_text import cell_span, escape, make_table, span
from gonogo.report.outline import counted

MOST_ROWS = 50
MOST_OTHERS = 20
MOST_REASONS = 8
MOST_CHARACTERS = 300
TOLD = {Change.NEW: "new", Change.REGRESSED: "regressed", Change.OPEN: "worse than before", Change.RESOLVED: "resolved"}


def job_summary(report: Report, comparison: Comparison | None, gate: GateOutcome) -> str:
    """GitHub-flavoured Markdown of less than 1 MiB, for ``$GITHUB_STEP_SUMMARY`` or a comment."""
    parts = [_head(report), _gate(gate), _blocks(report)]
    if comparison is None:
        parts.append("There was no baseline to compare with, so nothing says what is new.")
    elif not comparison.is_comparable:
        parts.append(_not_comparable(comparison))
    else:
        parts += [
            _counts(comparison),
            _worse(report, comparison),
            _unsure(comparison),
            _gone(comparison),
            _resolved(report, comparison),
        ]
    return "\n\n".join(part for part in [*parts, _not_counted(report), _waivers(report), _more(report)] if part) + "\n"


def _head(report: Report) -> str:
    target, verdict = report.target, report.verdict
    return (
        f"## {_text(target.name)}: {verdict.value}\n\n"
        f"Tier {target.tier}, environment {_text(target.environment)}, valid until {verdict.valid_until}. "
        f"{report.coverage.answered} of {report.coverage.applicable} applicable criteria were answered."
    )


def _gate(gate: GateOutcome) -> str:
    says = "stops this pipeline" if gate.fails else "lets this pipeline pass"
    lines = [f"- {_text(reason)}" for reason in gate.reasons]
    reasons = "\n".join(_bounded(lines, MOST_REASONS, "- and {} more"))
    return (
        f"**The gate {span(gate.rule)} {says}:**\n\n{reasons}" if reasons else f"**The gate {span(gate.rule)} {says}.**"
    )


def _blocks(report: Report) -> str:
    """What of the verdict stands in the way of GO by itself. The rest is in the report."""
    lines = [
        f"- `{row.criterion.slug}` ({gate.severity}): {_text(row.assessment.reason)}"
        for gate, row in outline.deciding_gates(report)
        if gate.effect is Effect.BLOCKS
    ]
    lines += [f"- {_text(str(item))}" for item in report.verdict.shortfalls]
    return "### What stands in the way\n\n" + "\n".join(_bounded(lines, MOST_OTHERS, "- and {} more")) if lines else ""


def _not_comparable(comparison: Comparison) -> str:
    lines = [f"- {_text(why)}" for why in comparison.why_not[:MOST_OTHERS]]
    return "### No comparison\n\nThe baseline is of another kind, so nothing says what is new:\n\n" + "\n".join(lines)


def _counts(comparison: Comparison) -> str:
    was, now = comparison.verdicts
    numbers = {change: len(comparison.with_change(change)) for change in Change}
    worse = len(_worsened(comparison))
    table = make_table(
        ("Since the baseline", "Findings"),
        (
            ("new", str(numbers[Change.NEW])),
            ("regressed: new where the criterion passed before", str(numbers[Change.REGRESSED])),
            ("still open" + (f", {worse} of them worse than before" if worse else ""), str(numbers[Change.OPEN])),
            ("no longer found", str(numbers[Change.RESOLVED])),
        ),
        numbers=1,
    )
    moved = f"The verdict was {was} and is {now}" if was is not now else f"The verdict was {was}, and still is"
    return f"### Since the baseline\n\n{moved}. The baseline is of {_text(comparison.before.created)}.\n\n{table}"


def _worse(report: Report, comparison: Comparison) -> str:
    rows = [*comparison.with_change(Change.NEW, Change.REGRESSED), *_worsened(comparison)]
    rows.sort(key=lambda row: -row.finding.severity.rank)
    return _finding_table("New or worse", rows, report, MOST_ROWS)


def _worsened(comparison: Comparison) -> list[ChangedFinding]:
    """Findings that were there before, at a milder severity."""
    still = comparison.with_change(Change.OPEN)
    return [row for row in still if row.was is not None and row.finding.severity.rank > row.was.rank]


def _unsure(comparison: Comparison) -> str:
    """Criteria that were answered before and are not now: what went unseen is neither mended nor fine."""
    rows = [
        row
        for row in comparison.statuses
        if row.before in (Status.PASS, Status.FAIL) and row.after in (Status.UNVERIFIED, None)
    ]
    if not rows:
        return ""
    lines = _bounded([f"- {_moved(row)}" for row in rows], MOST_OTHERS, "- and {} more")
    return "### Answered before, unknown now\n\nUnknown is not good.\n\n" + "\n".join(lines)


def _gone(comparison: Comparison) -> str:
    """Criteria that applied before and do not now: by mending, or by moving a thing out of sight. Somebody may look."""
    rows = [
        row
        for row in comparison.statuses
        if row.before in (Status.PASS, Status.FAIL) and row.after is Status.NOT_APPLICABLE
    ]
    if not rows:
        return ""
    lines = _bounded([f"- {_moved(row)}" for row in rows], MOST_OTHERS, "- and {} more")
    return "### Answered before, does not apply now\n\nWhat they are about was not found.\n\n" + "\n".join(lines)


def _moved(row: ChangedStatus) -> str:
    before = outline.STATUS_WORDS[row.before] if row.before else "not asked"
    after = outline.STATUS_WORDS[row.after] if row.after else "not asked"
    return f"{span(_cut(row.criterion))}: {before} before, {after} now"


def _resolved(report: Report, comparison: Comparison) -> str:
    return _finding_table("No longer found", comparison.with_change(Change.RESOLVED), report, MOST_OTHERS)


def _finding_table(title: str, rows: Iterable[ChangedFinding], report: Report, most: int) -> str:
    told = list(rows)
    if not told:
        return ""
    known = {finding.id: finding for finding in report.findings}
    statuses = {row.criterion: row.status for row in report.assessments}
    table = make_table(
        ("Severity", "Change", "Criterion", "What", "Where", "Id"),
        (_cells(row, known.get(row.finding.id), statuses.get(row.finding.criterion)) for row in told[:most]),
    )
    left = f"\n\nAnd {len(told) - most} more, in the full report." if len(told) > most else ""
    return f"### {title}\n\n{table}{left}"


def _cells(row: ChangedFinding, finding: Finding | None, status: Status | None) -> tuple[str, ...]:
    change = TOLD[row.change]
    if row.change is Change.RESOLVED and status not in (Status.PASS, Status.FAIL, Status.NOT_APPLICABLE):
        change = "not seen any more, not known to be mended"
    marks = [change, *(["waived"] if row.waived else [])]
    told = row.finding
    where = cell_span(_cut(str(finding.locator) if finding else told.place))
    return (
        told.severity.value,
        ", ".join(marks),
        cell_span(_cut(told.criterion)),
        _text(told.what),
        where,
        f"`{told.id}`",
    )


def _not_counted(report: Report) -> str:
    """What the change asked for on its own behalf."""
    if not report.not_counted:
        return ""
    lines = [f"- {_text(item.what)} ({_text(item.origin)}): {_text(item.reason)}" for item in report.not_counted]
    return "### Asked for, and not counted\n\n" + "\n".join(_bounded(lines, MOST_OTHERS, "- and {} more"))


def _waivers(report: Report) -> str:
    """Waivers that no longer count, or soon will not."""
    today = date.fromisoformat(report.provenance.created[:10])
    lines = [line for line in (_waiver(item, today) for item in report.waivers) if line]
    if not lines:
        return ""
    return "### Waivers to look after\n\n" + "\n".join(_bounded(lines, MOST_OTHERS, "- and {} more"))


def _waiver(item: AcceptedRisk, today: date) -> str:
    entry, left = item.entry, days_left(item.entry, today)
    who = f"- {span(entry.subject)}, accepted by {_text(entry.owner)} until {entry.expires}"
    if item.state is not State.APPLIED:
        return f"{who}: {item.state}" + (f", {_text(item.why)}" if item.why else "")
    return f"{who}: {counted(left, 'day')} left" if left <= SOON_DAYS else ""


def _more(report: Report) -> str:
    failing = len(report.with_status(Status.FAIL))
    unverified = len(report.with_status(Status.UNVERIFIED))
    return (
        f"{counted(len(report.findings), 'finding')} in {counted(failing, 'failing criterion', 'failing criteria')}; "
        f"{unverified} more could not be verified. The full report has each with its evidence; "
        "`gonogo criteria explain SLUG` says why a criterion matters and how to mend it."
    )


def _bounded(lines: list[str], most: int, more: str) -> Iterator[str]:
    yield from lines[:most]
    if len(lines) > most:
        yield more.format(len(lines) - most)


def _text(words: str, show: Callable[[str], str] = escape) -> str:
    return show(_cut(words))


def _cut(words: str) -> str:
    """One line of bounded length: escaping makes at most eight characters of one."""
    told = " ".join(words[: MOST_CHARACTERS * 4].split())
    return told if len(told) <= MOST_CHARACTERS else told[: MOST_CHARACTERS - 3] + "..."
