"""The scorecard: scores by area with what they are made of, before and after, and failures by area and severity."""

from __future__ import annotations

from gonogo.model.comparison import Comparison
from gonogo.model.criterion import Status
from gonogo.model.report import Report
from gonogo.model.scores import WEIGHTS, Score
from gonogo.report import outline
from gonogo.report.drafts import words
from gonogo.report.markdown_text import make_table

POINTS = ", ".join(f"{severity} {points}" for severity, points in WEIGHTS.items())
FORMULA = (
    "Score = points of the criteria that pass / points of those that apply, rounded down. Points by severity: "
    f"{POINTS}. What cannot be verified applies and does not pass."
)
NOT_READINESS = (
    "A score is for display: nothing depends on it, and no grade or level is made of it. Readiness is the verdict, "
    "which the must-haves make."
)


def table(report: Report) -> str:
    """Score, coverage and counts of each area, with their sum."""
    rows = [(words.area(score.area), *_cells(score)) for score in report.scores]
    return make_table(
        ("Area", "Score", "Points", "Answered", "PASS", "FAIL", "CANNOT VERIFY", "NOT APPLICABLE"),
        [*rows, ("**All**", *_cells(_whole(report.scores)))],
        numbers=7,
    )


def before_and_after(comparison: Comparison) -> str:
    """The scores of both audits; empty where like is not compared with like."""
    if not comparison.is_comparable:
        return ""
    rows = []
    for was, now in comparison.scores():
        found = now or was
        rows.append((words.area(found.area) if found else "-", *_pair(was, now)))
    sums = (_whole(comparison.before.scores), _whole(comparison.after.scores))
    return make_table(
        ("Area", "Before", "After", "Change in percentage points"),
        [*rows, ("**All**", *_pair(*sums))],
        numbers=3,
    )


def heat_map(report: Report) -> str:
    """Failing criteria by area and severity, with sums."""
    rows = outline.heat_map(report)
    sums = tuple(sum(column) for column in zip(*(counts for _, counts in rows), strict=True))
    cells = [(words.area(area), *map(str, counts), str(sum(counts))) for area, counts in rows]
    cells.append(("**All**", *map(str, sums), str(sum(sums))))
    return make_table(("Area", *(s.value for s in outline.WORST), "All"), cells, numbers=len(outline.WORST) + 1)


def _cells(score: Score) -> tuple[str, ...]:
    answered = score.counts[Status.PASS] + score.counts[Status.FAIL]
    applicable = answered + score.counts[Status.UNVERIFIED]
    return (
        "-" if score.percent is None else f"{score.percent}%",
        f"{score.passed} of {score.applicable}",
        words.share(answered, applicable),
        *(str(score.counts[status]) for status in Status),
    )


def _pair(was: Score | None, now: Score | None) -> tuple[str, str, str]:
    before, after = (score.percent if score else None for score in (was, now))
    change = "-" if before is None or after is None else f"{after - before:+d}" if after != before else "0"
    return _told(was), _told(now), change


def _told(score: Score | None) -> str:
    if score is None or score.percent is None:
        return "-"
    return f"{score.percent}% ({score.passed} of {score.applicable})"


def _whole(scores: tuple[Score, ...]) -> Score:
    """The sum over all areas, under the name of any."""
    passed, applicable = sum(s.passed for s in scores), sum(s.applicable for s in scores)
    counts = {status: sum(s.counts[status] for s in scores) for status in Status}
    return Score.model_construct(
        passed=passed, applicable=applicable, percent=passed * 100 // applicable if applicable else None, counts=counts
    )
