"""The evidence index: each piece with its place, its hash, and what stands on it."""

from __future__ import annotations

from collections import defaultdict

from gonogo.model.report import Report
from gonogo.report.drafts import words
from gonogo.report.markdown_text import cell_span, escape, make_table

MOST_NAMED = 3
HASHED = (
    "The hash is of the excerpt as it was read, with secrets and personal data redacted; the JSON report of the run "
    "holds the excerpts."
)


def table(report: Report) -> str:
    """One line for each piece of evidence, in the report's order."""
    if not report.evidence:
        return "There is none: nothing was seen."
    uses = _uses(report)
    rows = (
        (
            f"`{item.id}`",
            cell_span(str(item.locator)),
            f"{escape(item.tool)}, {item.strength.value}",
            _named(uses[item.id]),
            f"`{item.sha256}`",
        )
        for item in report.evidence
    )
    intact = words.share(sum(item.is_intact() for item in report.evidence), len(report.evidence))
    return f"{HASHED} Hashed again for this draft, {intact} are what they were.\n\n" + make_table(
        ("Id", "Place", "How", "What stands on it", "SHA-256"), rows
    )


def imported(report: Report) -> str:
    """The files of other tools that the operator gave, with a title; empty where there is none."""
    if not report.imports:
        return ""
    rows = (
        (
            escape(item.file),
            escape(f"{item.tool} {item.tool_version}".strip()),
            escape(item.taken) or "not told",
            words.share(item.mapped, item.rows),
            ", ".join(dict.fromkeys(answer.criterion for answer in item.answers)) or "-",
            cell_span(item.sha256),
        )
        for item in report.imports
    )
    table = make_table(("File", "Tool", "Made", "Rows that answer a criterion", "Criteria", "SHA-256"), rows)
    return f"## Results of other tools\n\n{table}"


def _uses(report: Report) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in report.assessments:
        for key in row.evidence:
            found[key].append(f"{row.criterion} {words.STATUS[row.status]}")
    statuses = {row.criterion: row.status for row in report.assessments}
    for finding in report.findings:
        for key in finding.evidence:
            text = f"{finding.criterion} {words.STATUS[statuses[finding.criterion]]}"
            if text not in found[key]:
                found[key].append(text)
    for item in report.observations:
        for key in item.evidence:
            found[key].append(item.id)
    return found


def _named(uses: list[str]) -> str:
    more = len(uses) - MOST_NAMED
    return (", ".join(uses[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")) or "-"
