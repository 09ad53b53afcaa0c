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
from gonogo.report.outline import unseen_by_source

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
TOP_FINDINGS = 12
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
    out.print(escape(report.text("summary").partition(": ")[2]), soft_wrap=not out.is_terminal)
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
    reasons = {assessment.criterion: assessment.reason for assessment in report.assessments}
    rows = []
    for gate in gates[:TOP_GATES]:
        effect = Text(gate.effect.value, style="red" if gate.effect is Effect.BLOCKS else "yellow")
        status = gate.status.value + (" (waived)" if gate.waived else "")
        rows.append(
            (effect, _severity(gate.severity), gate.criterion, status, Text(reasons[gate.criterion], style="dim"))
        )
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
        place = str(finding.locator) if finding.locator.path else "-"
        rows.append((_severity(finding.severity), finding.criterion, Text(place, style="cyan"), Text(finding.what)))
    _print_rows(out, rows)


def _unseen(report: Report, out: Console) -> None:
    total = len(report.with_status(Status.UNVERIFIED))
    if not total:
        return
    out.print(f"\n[bold]Not seen[/] [dim]({total} criteria; what would show most of them)[/]")
    for source, permission, rows in unseen_by_source(report)[:TOP_UNSEEN]:
        slugs = ", ".join(row.criterion.slug for row in rows)
        out.print(f"{len(rows):3}  {escape(source)} [dim]({escape(permission)})[/]")
        out.print(Padding(Text(slugs, style="dim"), (0, 0, 0, 5)))


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
