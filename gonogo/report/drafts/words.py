"""The words of all drafts: one for each status, a blank for what only a person can say, and texts cut short."""

from __future__ import annotations

from collections.abc import Iterable

from gonogo.model.criterion import Area, Status, Strength
from gonogo.model.report import Report
from gonogo.model.verdict import Value
from gonogo.report import outline
from gonogo.report.markdown_text import escape

STATUS = {
    Status.PASS: "PASS",
    Status.FAIL: "FAIL",
    Status.UNVERIFIED: "CANNOT VERIFY",
    Status.NOT_APPLICABLE: "NOT APPLICABLE",
}
STATUS_MEANS = (
    "PASS: evidence of the strength that the criterion takes shows that it holds. FAIL: it does not hold, at the "
    "places named. CANNOT VERIFY: it applies, and nothing that was given could answer it; this never counts as a pass. "
    "NOT APPLICABLE: a search showed that the target has nothing that it could apply to."
)
STRENGTH_MEANS = (
    (Strength.OBSERVED, "it was seen working"),
    (Strength.WIRED, "something that runs loads it"),
    (Strength.DEFINED, "it is in a file"),
    (Strength.STATED, "a document says so"),
)
VERDICT_MEANS = {
    Value.GO: "may go to production: every must-have holds on evidence",
    Value.CONDITIONAL: "may go to production only under conditions",
    Value.NO_GO: "may not go to production",
}
HOURS = (
    "Hours are the catalogue's rough estimate of the repair of a criterion in one service. What it takes to verify is "
    "not estimated, and who works on it, and so a date, is not in the run."
)
TO_NAME = "*— to be named by a person —*"
TO_FILL = "*— to be filled in by a person —*"
TO_SIGN = "*— to be signed by a person —*"
_AREAS = {Area.AI: "AI"}
SHORT = 160
"""Characters that a table shows of a text whose whole stands in the full report."""
CUT = "Where a text ends in an ellipsis (...), the full report has the rest."


def area(found: Area) -> str:
    """An area as a title."""
    return _AREAS.get(found, found.value.capitalize())


def code(row: outline.Row) -> str:
    """A criterion as it is cited: its code and its slug."""
    return f"{row.criterion.code} {row.criterion.slug}"


def status(row: outline.Row, counted: Status | None = None) -> str:
    """The status that counts, with what must be known beside it. Markdown."""
    assessment = row.assessment
    found = outline.marks(assessment)
    beside = f" ({escape(', '.join(found))})" if found else ""
    return STATUS[counted or assessment.status] + beside


def short(text: str, most: int = SHORT) -> str:
    """Text of a report, escaped and cut between words."""
    words = " ".join(text.split())
    if len(words) <= most:
        return escape(words)
    head = words[:most].rsplit(" ", 1)[0]
    return escape(head.rstrip(" ,;:")) + " ..."


def hours(number: float) -> str:
    """Hours without zeros behind the point."""
    return f"{number:g}"


def share(part: int, whole: int) -> str:
    """``N of M (P%)``, rounded down so that 100% means all; without a percentage where there is no whole."""
    return f"{part} of {whole} ({part * 100 // whole}%)" if whole else f"{part} of {whole}"


def names(slugs: Iterable[str], most: int | None = None) -> str:
    """Criteria in a row, in code spans; with ``most`` only so many."""
    found = list(slugs)
    more = len(found) - most if most else 0
    shown = ", ".join(f"`{slug}`" for slug in (found[:most] if more > 0 else found))
    return shown + (f" and {more} more" if more > 0 else "")


def day(moment: str) -> str:
    """The day of an ISO 8601 time."""
    return escape(moment[:10])


def is_assessed(report: Report) -> bool:
    """Whether anything was answered."""
    return any(row.status in (Status.PASS, Status.FAIL) for row in report.assessments)
