"""The report in a terminal: the verdict and what made it, what to do first, and what could not be seen."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from gonogo.model.criterion import Severity, Status
from gonogo.model.report import Report
from gonogo.model.verdict import Effect, Value
from gonogo.report import outline, waivers

COLOURS = {Value.GO: "green", Value.CONDITIONAL: "yellow", Value.NO_GO: "red"}
SEVERITY_COLOURS = {
    Severity.BLOCKER: "bold red",
    Severity.CRITICAL: "red",
    Severity.HIGH: "yellow",
    Severity.MEDIUM: "cyan",
    Severity.LOW: "dim",
}
STATUS_WORDS = (
    (Status.PASS, "pass", "green"),
    (Status.FAIL, "fail", "red"),
    (Status.UNVERIFIED, "unverified", "yellow"),
    (Status.NOT_APPLICABLE, "n/a", "dim"),
)
TOP_GATES = 15
TOP_NOT_COUNTED = 10
TOP_WAIVERS = 10
TOP_FINDINGS = 12
TOP_UNSEEN = 5
TOP_ADDED = 3
BAR = 20


def show(report: Report, console: Console | None = None) -> None:
    """Prints the report's head to standard output."""
    out = console or Console(highlight=False)
    colour = COLOURS[report.verdict.value]
    out.print()
    out.print(
        f"[bold {colour}]{report.verdict.value}[/]  {escape(_plain(report.target.name))}, tier {report.target.tier}, "
        f"{escape(report.target.environment)}; valid until {report.verdict.valid_until}"
    )
    for item in report.concessions:
        said = f"{_plain(item.what)} ({_plain(item.reason)}; {_plain(item.origin)})"
        out.print(f"[yellow]set by the operator:[/] {escape(said)}")
    for item in report.not_counted[:TOP_NOT_COUNTED]:
        out.print(f"[dim]asked for by the repository, not counted:[/] {escape(_plain(item.what))}")
    if (more := len(report.not_counted) - TOP_NOT_COUNTED) > 0:
        out.print(f"[dim]and {more} more, not counted[/]")
    for waiver in report.waivers[:TOP_WAIVERS]:
        state, entry = waivers.WORDS[waiver.state], waiver.entry
        said = f"{entry.subject} until {entry.expires}, {_plain(entry.owner)}: {_plain(entry.reason)}"
        out.print(f"[yellow]waiver {state}:[/] {escape(said)}")
    if (more := len(report.waivers) - TOP_WAIVERS) > 0:
        out.print(f"[dim]and {more} more waivers[/]")
    for decision in report.decisions[-TOP_WAIVERS:]:
        what = f"{decision.what.value} {decision.subject} by {_plain(decision.who)}, {decision.at[:10]}"
        out.print(f"[yellow]decided:[/] {escape(what)} ({decision.standing.value})")
    out.print(escape(_summary(report)), soft_wrap=not out.is_terminal)
    _gates(report, out)
    _scores(report, out)
    _findings(report, out)
    _unseen(report, out)
    _claims(report, out)
    _observations(report, out)
    _models(report, out)
    out.print()
    out.print(escape(report.text("next_step")))


def _summary(report: Report) -> str:
    """The summary without the verdict that stands above it: a template's begins with it, a model's does not."""
    written = outline.prose(report, "summary")
    if written is None:
        return ""
    text = _plain(written.text)
    return text.partition(": ")[2] if written.author == outline.TEMPLATE else text


def _gates(report: Report, out: Console) -> None:
    gates = [gate for gate in report.verdict.gates if gate.effect is not Effect.HOLDS]
    for shortfall in report.verdict.shortfalls:
        out.print(f"[yellow]No GO:[/] {escape(_plain(str(shortfall)))}")
    if not gates:
        return
    out.print("\n[bold]Gates behind the verdict[/]")
    found = {assessment.criterion: assessment for assessment in report.assessments}
    rows = []
    for gate in gates[:TOP_GATES]:
        effect = Text(gate.effect.value, style="red" if gate.effect is Effect.BLOCKS else "yellow")
        beside = outline.marks(found[gate.criterion])
        status = gate.status.value + (f" ({', '.join(beside)})" if beside else "")
        reason = Text(_plain(found[gate.criterion].reason), style="dim")
        rows.append((effect, _severity(gate.severity), gate.criterion, status, reason))
    _print_rows(out, rows)
    if len(gates) > TOP_GATES:
        out.print(f"[dim]and {len(gates) - TOP_GATES} more[/]")


def _scores(report: Report, out: Console) -> None:
    out.print("\n[bold]Scores[/] [dim](severity-weighted; unverified counts against; nothing depends on them)[/]")
    rows = []
    for score in report.scores:
        filled = (score.percent or 0) * BAR // 100
        percent = "-" if score.percent is None else f"{score.percent}%"
        counts = [Text(f"{score.counts[status]} {word}", style=colour) for status, word, colour in STATUS_WORDS]
        rows.append((score.area.value, "█" * filled + "░" * (BAR - filled), percent.rjust(4), *counts))
    _print_rows(out, rows)
    coverage = report.coverage
    out.print(f"Coverage: {coverage.answered} of {coverage.applicable} applicable criteria were answered.")


def _findings(report: Report, out: Console) -> None:
    if not report.findings:
        return
    out.print(f"\n[bold]Top findings[/] [dim]({len(report.findings)} in all; the first place of each criterion)[/]")
    first = {finding.criterion: finding for finding in reversed(report.findings)}
    rows = []
    for finding in sorted(first.values(), key=report.findings.index)[:TOP_FINDINGS]:
        place = _plain(str(finding.locator)) if finding.locator.path else "-"
        what = ("found by a model: " if finding.by else "") + _plain(finding.what)
        rows.append((_severity(finding.severity), finding.criterion, Text(place, style="cyan"), Text(what)))
    _print_rows(out, rows)


def _unseen(report: Report, out: Console) -> None:
    total = len(report.with_status(Status.UNVERIFIED))
    if not total:
        return
    out.print(f"\n[bold]Not seen[/] [dim]({total} criteria; what would show most of them)[/]")
    for source, permission, rows in outline.unseen_by_source(report)[:TOP_UNSEEN]:
        slugs = ", ".join(row.criterion.slug for row in rows)
        out.print(f"{len(rows):3}  {escape(source)} [dim]({escape(permission)})[/]")
        out.print(Padding(Text(slugs, style="dim"), (0, 0, 0, 5)))


def _claims(report: Report, out: Console) -> None:
    contested, proposed = outline.contested(report), outline.proposed(report)
    if not contested and not proposed:
        return
    out.print("\n[bold]For a person to settle[/] [dim](what a model says changes nothing until then)[/]")
    if contested:
        _line(out, f"{outline.counted(len(contested), 'contested failure')} [dim]{outline.CONTESTED}[/]")
        _print_top(out, [_claim(item) for item in contested])
    if proposed:
        _line(out, f"{outline.counted(len(proposed), 'proposed answer')} [dim]{outline.PROPOSED}[/]")
        _print_top(out, [_claim(item) for item in proposed])


def _claim(item: outline.Claim) -> tuple[str | Text, ...]:
    assessment, says = item.row.assessment, outline.STATUS_WORDS[item.proposal.status]
    place = Text(_plain(item.place) or "-", style="cyan")
    reason = Text(_plain(item.proposal.reason), style="dim")
    return (_severity(assessment.severity), assessment.criterion, f"model: {says}", place, reason)


def _observations(report: Report, out: Console) -> None:
    if not report.observations:
        return
    count = outline.counted(len(report.observations), "observation")
    out.print(f"\n[bold]Beside the criteria[/]\n{count} [dim]({outline.ADVISORY})[/]")
    rows = [(o.area.value, Text(_plain(str(o.locator)), style="cyan"), _plain(o.what)) for o in report.observations]
    _print_top(out, rows)


def _models(report: Report, out: Console) -> None:
    asked, incomplete = report.provenance.asked, outline.incomplete(report)
    if asked is None and not report.refused and not report.markers:
        return
    out.print("\n[bold]Models[/]")
    if asked is not None:
        use = asked.use
        spent = f"{outline.counted(use.calls, 'call')}, {use.input_tokens + use.output_tokens:,} tokens"
        _line(out, f"asked {escape(_plain(asked.model))}: {spent}, cost {outline.cost(use)}")
    if incomplete:
        count = outline.counted(len(incomplete), "investigation")
        meaning = "What a specialist's leaves open forbids a GO as its failure would."
        _line(out, f"[yellow]{count} incomplete[/] [dim]{meaning}[/]")
        _print_top(out, [(part.title, part.state, Text(_plain(part.why), style="dim")) for part in incomplete])
    if report.refused:
        total = sum(item.count for item in report.refused)
        _line(out, f"{total} refused [dim]Words or quotes of models; what was not mended is left out.[/]")
        most = sorted(report.refused, key=lambda item: -item.count)
        _print_top(out, [(str(item.count), _plain(item.where), _plain(item.kind)) for item in most])
    if report.markers:
        count = outline.counted(len(report.markers), "place")
        _line(out, f"[yellow]{count} with text that addresses the auditor[/] [dim]It was read as data.[/]")
        _print_top(
            out, [(_plain(m.kind), _plain(m.where), Text(_plain(m.excerpt), style="dim")) for m in report.markers]
        )


def _line(out: Console, text: str) -> None:
    out.print(text, soft_wrap=not out.is_terminal)


def _print_top(out: Console, rows: Sequence[tuple[str | Text, ...]]) -> None:
    _print_rows(out, [("", *row) for row in rows[:TOP_ADDED]])
    if len(rows) > TOP_ADDED:
        out.print(f"  [dim]and {len(rows) - TOP_ADDED} more[/]")


def _plain(text: str) -> str:
    """One line in which no control character speaks to the terminal."""
    return "".join(char if char.isprintable() else "?" for char in " ".join(text.split()))


def _print_rows(out: Console, rows: Sequence[tuple[str | Text, ...]]) -> None:
    """One line a row, columns padded to the widest cell. A terminal cuts it at its edge; a file gets it whole."""
    if not rows:
        return
    widths = [max(len(row[number]) for row in rows) for number in range(len(rows[0]))]
    for row in rows:
        line = Text()
        for cell, width in zip(row[:-1], widths, strict=False):
            line.append_text(cell if isinstance(cell, Text) else Text(cell))
            line.append(" " * (width - len(cell) + 2))
        line.append_text(row[-1] if isinstance(row[-1], Text) else Text(row[-1]))
        if out.is_terminal:
            out.print(line, no_wrap=True, overflow="ellipsis")
        else:
            out.print(line, soft_wrap=True)


def _severity(severity: Severity) -> Text:
    return Text(severity.value, style=SEVERITY_COLOURS[severity])
