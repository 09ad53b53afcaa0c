"""A criterion in words, for the terminal."""

from __future__ import annotations

from textwrap import fill

from gonogo.model.criterion import Criterion


def explain_criterion(row: Criterion) -> str:
    """Everything that the catalogue says about a criterion."""
    parts = [
        f"{row.code} {row.slug}: {row.asks}",
        f"Area {row.area}, severity {row.severity}; a pass takes evidence that is {row.strength}.",
        _block("Why", row.why),
        _block("How to fix", f"{row.fix} (about {row.effort_hours:g} h)"),
        _block("How to verify", row.verify),
        _block("If unseen", f"{row.source}. Permission: {row.permission}."),
    ]
    if row.not_applicable_when:
        parts.append(_block("Does not apply when", row.not_applicable_when))
    if row.references:
        parts.append("References\n" + "\n".join(f"  {item.title}: {item.url}" for item in row.references))
    return "\n\n".join(parts) + "\n"


def _block(title: str, text: str) -> str:
    return f"{title}\n" + fill(text, 96, initial_indent="  ", subsequent_indent="  ")
