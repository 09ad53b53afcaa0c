"""What a pipeline's log shows of an audit: the gate, what got worse, and what was mended."""

from __future__ import annotations

from collections.abc import Iterable

from gonogo.model.ci_gate import GateOutcome
from gonogo.model.comparison import Change, ChangedFinding, Comparison
from gonogo.model.report import Report

MOST_SHOWN = 20


def text_summary(report: Report, comparison: Comparison | None, gate: GateOutcome, base: str) -> str:
    """Plain text, a line each. ``base`` is the hash of the commit whose configuration counted, empty for none."""
    lines = [f"{report.target.name}: {report.verdict.value}, valid until {report.verdict.valid_until}"]
    lines.append(_based(report, base))
    if comparison is not None and comparison.is_comparable:
        lines += _changes(comparison)
    told = [item.what for item in report.not_counted]
    lines += [f"Not counted: {what}" for what in told[:MOST_SHOWN]]
    lines += [f"Not counted: and {len(told) - MOST_SHOWN} more"] if len(told) > MOST_SHOWN else []
    applied = sum(item.state == "applied" for item in report.waivers)
    if report.waivers:
        lines.append(f"Waivers: {applied} of {len(report.waivers)} apply.")
    lines.append(f"Gate {gate.rule}: {'FAILS' if gate.fails else 'passes'}.")
    lines += [f"  {reason}" for reason in gate.reasons]
    return "\n".join(map(_plain, lines)) + "\n"


def _based(report: Report, base: str) -> str:
    if not base:
        return "No base commit: nothing in the repository can make this milder."
    itself = ", which is the audited one" if any(source.commit == base for source in report.target.sources) else ""
    return f"Configuration, waivers and baseline of commit {base[:12]}{itself}."


def _changes(comparison: Comparison) -> Iterable[str]:
    counts = ((change, len(comparison.with_change(change))) for change in Change)
    yield f"Since the baseline of {comparison.before.created}: " + ", ".join(f"{n} {change}" for change, n in counts)
    for sign, changes in (("+", (Change.NEW, Change.REGRESSED)), ("-", (Change.RESOLVED,))):
        rows = comparison.with_change(*changes)
        yield from (_row(sign, row) for row in rows[:MOST_SHOWN])
        if len(rows) > MOST_SHOWN:
            yield f"  {sign} and {len(rows) - MOST_SHOWN} more"


def _row(sign: str, row: ChangedFinding) -> str:
    finding = row.finding
    waived = " (waived)" if row.waived else ""
    return f"  {sign} {finding.severity:8} {finding.criterion} {finding.place} {finding.id}{waived}: {finding.what}"


def _plain(line: str) -> str:
    """Words of the target can't steer a terminal, nor give a pipeline's runner a command: GitHub's reads two forms, one
    of them anywhere in a line."""
    told = "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in line)
    return told.replace("::", ": :").replace("##[", "## [")
