"""What persons decided, and what waits for one, as text and as a section of Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from gonogo.model.report import Report
from gonogo.report.markdown_text import cell_span, escape, make_table
from gonogo.report.outline import counted

HEAD = ("Decision", "By", "What", "About", "Because", "On", "Until", "It")
MEANS = (
    "A decision is a person's: it bears a name, a reason and what it rests on. A failure that is waived stays one; a "
    "decision that is void, expired or replaced changes nothing."
)
IF_DONE = {
    "proposed": "confirmed",
    "contested": "confirmed",
    "question": "attested to pass",
    "failing": "waived",
}
"""What the effect that is told of each kind would be the effect of."""
WIDTH = 100


def decisions_section(report: Report) -> str:
    """A section of Markdown with all decisions in their order; empty where there is none."""
    if not report.decisions:
        return ""
    table = make_table(
        HEAD, ((*map(escape, row[:3]), cell_span(row[3]), *map(escape, row[4:])) for row in rows(report))
    )
    return f"## Decisions\n\n{MEANS}\n\n{table}\n"


def rows(report: Report) -> tuple[tuple[str, ...], ...]:
    """The cells of each decision, under ``HEAD``, as plain text."""
    return tuple(
        (
            item.id,
            item.who,
            item.what.value + (f" {item.status.value.replace('_', ' ')}" if item.status else ""),
            item.subject,
            item.reason,
            item.at[:10],
            item.expires or "-",
            item.standing.value + (f": {item.why}" if item.why else ""),
        )
        for item in report.decisions
    )


def decisions_as_text(report: Report) -> str:
    """The decisions for a terminal; empty where there is none."""
    if not report.decisions:
        return ""
    lines = [f"{counted(len(report.decisions), 'decision')}:"]
    for name, who, what, subject, reason, day, until, standing in rows(report):
        last = "" if until == "-" else f", until {until}"
        lines.append(f"  {name}  {what} {subject} by {who}, {day}{last}: {reason} ({standing})")
    return "\n".join(lines) + "\n"


def items_as_json(report: Report, items: list[dict[str, Any]]) -> str:
    """What waits and what is decided, as JSON."""
    told = {
        "verdict": report.verdict.value.value,
        "waiting": items,
        "decisions": [item.model_dump(mode="json", exclude={"before", "findings"}) for item in report.decisions],
    }
    return json.dumps(told, indent=2) + "\n"


def items_as_text(items: Iterable[dict[str, Any]]) -> str:
    """What waits, a line each, with what would become of the verdict."""
    lines = [f"{item['kind']:9} {item['severity']:8} {item['subject']:30} {_if(item)}" for item in items]
    waiting = "1 waits for a person" if len(lines) == 1 else f"{len(lines)} wait for a person"
    return "\n".join([*lines, waiting]) + "\n"


def item_as_text(item: dict[str, Any]) -> str:
    """One of them with all that a person has to see."""
    lines = [
        f"{item['subject']} ({item['severity']}, {item['kind']})",
        f"  asks:     {item['asks']}",
        f"  counts:   {item['status']}: {item['says']}",
    ]
    if item["proposes"]:
        lines.append(f"  proposed: {item['proposes']}, by {item['by']}: {item['because']}")
    if item["quote"]:
        quote = " ".join(item["quote"].split())
        lines.append(f"  quote:    {item['where']}: {quote if len(quote) <= 4 * WIDTH else quote[: 4 * WIDTH] + '...'}")
    if item["source"]:
        lines.append(f"  answered by {item['source']}" + ("; attach a file" if item["needs_attachment"] else ""))
    if item["seen"]:
        lines.append(f"  decided {item['seen']} times before")
    return "\n".join([*lines, f"  {_if(item)}"])


def _if(item: dict[str, Any]) -> str:
    done = IF_DONE.get(item["kind"])
    return f"if {done}, {item['effect']}" if done else str(item["effect"])
