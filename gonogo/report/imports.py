"""What other tools said, as the long formats show it: the same rows for Markdown and HTML."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gonogo.model.imported import Imported, RuleCount
from gonogo.model.report import Report
from gonogo.report.markdown_text import escape, make_table, span

MOST_RULES = 12
"""Unmapped rules that are named for each file; the JSON report has all."""
MEANS = (
    "Results of other tools, in files that the operator gave. A result whose rule answers a criterion counts there; a "
    "pass never outweighs what gonogo itself found. What no criterion asks stands here."
)
_WORDS = {"not_applicable": "not applicable", "pass": "passing", "fail": "failing"}


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A file in words. ``more`` is how many more unmapped rules there are than ``unmapped`` names."""

    file: str
    tool: str
    format: str
    taken: str
    mapped: str
    counts: str
    answers: tuple[str, ...]
    unmapped: tuple[RuleCount, ...]
    more: int
    facts: str
    notes: tuple[str, ...]
    sha256: str


def import_rows(report: Report) -> tuple[ImportRow, ...]:
    """One row for each file and tool, in the report's order."""
    return tuple(_row(item) for item in report.imports)


def rule_words(rule: RuleCount) -> str:
    """How often a rule said what, without its name."""
    return f"{rule.count} {_WORDS.get(rule.status, rule.status)}"


def render_markdown(report: Report) -> str:
    """The section in Markdown; empty where nothing was imported."""
    rows = import_rows(report)
    if not rows:
        return ""
    table = make_table(
        ("File", "Tool", "Format", "Made", "Mapped", "Results", "SHA-256"),
        (
            (
                escape(row.file),
                escape(row.tool),
                escape(row.format),
                escape(row.taken or "-"),
                row.mapped,
                row.counts or "-",
                f"`{row.sha256[:12]}`",
            )
            for row in rows
        ),
    )
    return "\n\n".join(["## Imported results", MEANS, table, *filter(None, map(_details, rows))])


def _details(row: ImportRow) -> str:
    lines = [f"- {escape(note)}" for note in row.notes]
    if row.facts:
        lines.append(f"- measured: {escape(row.facts)}")
    if row.answers:
        lines.append(f"- answers {', '.join(map(escape, row.answers))}")
    if row.unmapped:
        told = ", ".join(f"{span(rule.rule)} ({rule_words(rule)})" for rule in row.unmapped)
        more = f" and {row.more} more rules, listed in the JSON report" if row.more else ""
        lines.append(f"- answered by no criterion: {told}{more}")
    return f"**{escape(row.file)}** ({escape(row.tool)})\n\n" + "\n".join(lines) if lines else ""


def _row(item: Imported) -> ImportRow:
    return ImportRow(
        file=item.file,
        tool=f"{item.tool} {item.tool_version}".strip(),
        format=item.format,
        taken=item.taken,
        mapped=f"{item.mapped} of {item.rows} rows mapped",
        counts=_counted(item.counts.items()),
        answers=tuple(
            f"{answer.criterion} ({_counted((s, answer.count(s)) for s in item.counts)})" for answer in item.answers
        ),
        unmapped=item.unmapped[:MOST_RULES],
        more=max(len(item.unmapped) - MOST_RULES, 0),
        facts=", ".join(f"{name.replace('_', ' ')} {value}" for name, value in item.facts.items()),
        notes=item.notes,
        sha256=item.sha256,
    )


def _counted(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count} {_WORDS.get(status, status)}" for status, count in counts if count)
