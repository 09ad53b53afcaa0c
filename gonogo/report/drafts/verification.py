"""What could not be verified and what would settle it, and the plan by which repairs are shown to work."""

from __future__ import annotations

from gonogo.model.criterion import Status
from gonogo.model.report import Report
from gonogo.report import outline
from gonogo.report.drafts import words
from gonogo.report.drafts.gates import Have, sort_haves
from gonogo.report.markdown_text import escape, make_table

KEEP = "Keep for each step the command, its whole output, the time, and the commit or version that it was made on."


def cannot_verify(report: Report) -> str:
    """By the source that would answer: why, the permission it takes, and the step that settles it."""
    groups = outline.unseen_by_source(report)
    if not groups:
        return "Every criterion that applies was answered."
    must = {have.row.criterion.slug for have in sort_haves(report).must}
    parts = []
    for source, _, rows in groups:
        table = make_table(
            ("Criterion", "Severity", "Must-have", "Why not", "Permission", "What settles it"),
            (
                (
                    words.code(row) + _marks(row),
                    row.assessment.severity.value,
                    "yes" if row.criterion.slug in must else "no",
                    words.short(row.assessment.reason),
                    escape(row.criterion.permission),
                    escape(row.criterion.verify),
                )
                for row in rows
            ),
        )
        parts.append(f"**{escape(source)}** ({len(rows)})\n\n{table}")
    return "\n\n".join(parts)


def test_plan(report: Report) -> str:
    """A step for each repair of the first two phases and each must-have that is not verified."""
    rows = [*outline.verification_plan(report), *(have.row for have in unverified_musts(report))]
    if not rows:
        return "Nothing is to be tested: nothing is to be repaired first, and every must-have was answered."
    table = make_table(
        ("Step", "Criterion", "Do and observe", "Expected of the next audit", "Evidence to keep"),
        (
            (
                str(number),
                words.code(row),
                escape(row.criterion.verify),
                f"PASS, on evidence that is at least {row.criterion.strength}",
                f"from {escape(row.criterion.source)}",
            )
            for number, row in enumerate(rows, 1)
        ),
    )
    return f"{KEEP}\n\n{table}"


def unverified_musts(report: Report) -> tuple[Have, ...]:
    """Must-haves that nothing answered, worst first."""
    return tuple(have for have in sort_haves(report).must if have.status is Status.UNVERIFIED)


def _marks(row: outline.Row) -> str:
    found = outline.marks(row.assessment)
    return f" ({', '.join(found)})" if found else ""
