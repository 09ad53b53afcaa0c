"""The report in a terminal: the verdict and what made it, what to do first, and what could not be seen."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from gonogo.model.criterion import Severity, Status
from gonogo.model.report import Report
from gonogo.model.verdict import Effect, Value

COLOURS = {Value.GO: "green", Value.CONDITIONAL: "yellow", Value.NO_GO: "red"}
SEVERITY_COLOURS = {
    Severity.BLOCKER: "bold red",
    Severity.CRITICAL: "red",
    Severity.HIGH: "yellow",
    Severity.MEDIUM: "cyan",
    Severity.LOW: "dim",
}
TOP_FINDINGS = 10
TOP_UNSEEN = 5
BAR = 20


def show(report: Report, console: Console | None = None) -> None:
    """Prints the report's head to standard output."""
    out = console or Console(highlight=False)
    colour = COLOURS[report.verdict.value]
    out.print()
    out.print(
        f"[bold {colour}]{report.verdict.value}[/]  {escape(report.target.name)}, tier {report.target.tier}, "
        f"{escape(report.target.environment)}; valid until {report.verdict.valid_until}"
    )
    for item in report.concessions:
        out.print(f"[yellow]set by the operator:[/] {escape(item.what)} ({escape(item.reason)}; {escape(item.origin)})")
    for item in report.not_counted:
        out.print(f"[dim]asked for by the repository, not counted:[/] {escape(item.what)}")
    out.print(escape(report.text("summary").partition(": ")[2]))
    _gates(report, out)
    _scores(report, out)
    _findings(report, out)
    _unseen(report, out)
    out.print()
    out.print(escape(report.text("next_step")))


def _gates(report: Report, out: Console) -> None:
    gates = [gate for gate in report.verdict.gates if gate.effect is not Effect.HOLDS]
    if not gates:
        return
    out.print("\n[bold]Gates behind the verdict[/]")
    table = _table(5)
    for gate in gates[:15]:
        mark = "[red]blocks[/]" if gate.effect is Effect.BLOCKS else "[yellow]conditions[/]"
        reason = next(a.reason for a in report.assessments if a.criterion == gate.criterion)
        status = gate.status.value + (" (waived)" if gate.waived else "")
        table.add_row(mark, gate.criterion, _severity(gate.severity), status, Text(reason, style="dim"))
    out.print(table)
    if len(gates) > 15:
        out.print(f"[dim]and {len(gates) - 15} more[/]")


def _scores(report: Report, out: Console) -> None:
    out.print("\n[bold]Scores[/] [dim](severity-weighted; unverified counts against; nothing depends on them)[/]")
    table = _table(7)
    for score in report.scores:
        filled = (score.percent or 0) * BAR // 100
        percent = "  -" if score.percent is None else f"{score.percent:3}%"
        counts = score.counts
        table.add_row(
            score.area.value,
            Text("█" * filled + "░" * (BAR - filled)),
            percent,
            f"[green]{counts[Status.PASS]} pass[/]",
            f"[red]{counts[Status.FAIL]} fail[/]",
            f"[yellow]{counts[Status.UNVERIFIED]} unverified[/]",
            f"[dim]{counts[Status.NOT_APPLICABLE]} n/a[/]",
        )
    out.print(table)
    out.print(f"coverage: {report.coverage.answered} of {report.coverage.applicable} applicable criteria answered")


def _findings(report: Report, out: Console) -> None:
    if not report.findings:
        return
    out.print(f"\n[bold]Top findings[/] [dim]({len(report.findings)} in all)[/]")
    table = _table(4)
    seen: set[str] = set()
    for finding in report.findings:
        if finding.criterion in seen:
            continue
        seen.add(finding.criterion)
        place = str(finding.locator) if finding.locator.path else "-"
        table.add_row(_severity(finding.severity), finding.criterion, Text(place), Text(finding.what))
        if len(seen) >= TOP_FINDINGS:
            break
    out.print(table)


def _unseen(report: Report, out: Console) -> None:
    rows = report.with_status(Status.UNVERIFIED)
    if not rows:
        return
    out.print(f"\n[bold]Not seen[/] [dim]({len(rows)} criteria; the cheapest thing that would show each source)[/]")
    table = _table(3)
    by_source: dict[str, list[str]] = {}
    for row in rows:
        by_source.setdefault(report.criterion(row.criterion).source, []).append(row.criterion)
    for source, slugs in sorted(by_source.items(), key=lambda item: (-len(item[1]), item[0]))[:TOP_UNSEEN]:
        permission = report.criterion(slugs[0]).permission
        table.add_row(
            Text(source), f"{len(slugs)}", Text(_short(", ".join(slugs)), style="dim"), Text(_short(permission))
        )
    out.print(table)


def _table(columns: int) -> Table:
    """Columns that keep to one line each: the last one gives way where the terminal is narrow."""
    table = Table.grid(padding=(0, 2))
    for number in range(columns):
        last = number == columns - 1
        table.add_column(no_wrap=True, overflow="ellipsis" if last else "fold", ratio=1 if last else None)
    return table


def _severity(severity: Severity) -> str:
    return f"[{SEVERITY_COLOURS[severity]}]{severity.value}[/]"
