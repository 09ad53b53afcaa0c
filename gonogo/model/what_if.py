"""What the verdict would be if some criteria were answered otherwise. Nothing of the report changes."""

from __future__ import annotations

from collections.abc import Mapping

from gonogo.model.criterion import Criterion, Status
from gonogo.model.deciding import decide_again
from gonogo.model.report import Report
from gonogo.model.verdict import Verdict


def what_if(report: Report, changes: Mapping[str, Status]) -> Verdict:
    """The verdict with other statuses for these criteria, by slug. Raises KeyError for one that was not asked."""
    supposed = {slug: _supposed(report.criterion(slug), status) for slug, status in changes.items()}
    rows = tuple(
        row.model_copy(update=supposed[row.criterion]) if row.criterion in supposed else row
        for row in report.assessments
    )
    return decide_again(report, rows)


def _supposed(row: Criterion, status: Status) -> dict[str, object]:
    """As if all that the status takes were there: its strength, and some evidence."""
    is_answered = status in (Status.PASS, Status.FAIL)
    return {
        "status": status,
        "severity": row.severity,
        "strength": row.strength if is_answered else None,
        "evidence": ("supposed",) if is_answered else (),
        "waived": None,
        "lost": False,
        "unfinished": False,
        "proposal": None,
    }
