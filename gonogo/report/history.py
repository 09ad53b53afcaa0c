"""The history of a target as text and JSON, and what its page says around the chart."""

from __future__ import annotations

import json

from gonogo.model.criterion import Severity
from gonogo.model.history import History, LeftOut, Point, Stretch
from gonogo.model.scores import Score
from gonogo.report.outline import counted
from gonogo.report.runs import SHORT, visible

NONE = "-"
HEAD = ("run", "made", "verdict", "coverage", "open", "high or worse", "opened", "closed", "reopened")
NO_RUN = "no finished run of it is kept here"
EXPLAINED = (
    "Findings are counted against the run before of the same target, tier, environment, areas, criteria and method; "
    "nothing is counted from one kind of run to another. Reopened findings are among those opened."
)


def as_text(history: History) -> str:
    """A table for each stretch, the oldest run first."""
    lines = [f"{visible(history.target)}: {counted(history.runs, 'run')}" if history.runs else _nothing(history)]
    for number, stretch in enumerate(history.stretches):
        lines += ["", *(f"-- {visible(line)}" for line in breaks(stretch) if number), visible(kind(stretch))]
        table = [(*HEAD, *areas(stretch)), *(cells(stretch, point) for point in stretch.points)]
        widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
        lines += ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in table]
    lines += ["", *map(left_out, history.left_out)] if history.left_out else []
    return "\n".join(lines) + "\n"


def as_json(history: History) -> str:
    """``stretches`` with their ``points``; of what their runs have in common all but what each point says itself."""
    own = {"kind": {"kind", "version", "created", "verdict", "scores", "coverage", "statuses", "waived", "findings"}}
    data = history.model_dump(mode="json")
    for row, stretch in zip(data["stretches"], history.stretches, strict=True):
        row["kind"] = stretch.kind.model_dump(mode="json", exclude=own["kind"])
        for shown, point in zip(row["points"], stretch.points, strict=True):
            shown["open"] = point.open
    return json.dumps({"kind": "gonogo history", **data}, ensure_ascii=False, indent=2) + "\n"


def kind(stretch: Stretch) -> str:
    """What the runs of a stretch have in common, in a line."""
    row = stretch.kind
    asked = ", ".join(row.areas) if row.areas else "no area"
    return f"tier {row.tier.value}, {row.environment}, gonogo {row.gonogo}, catalogue {row.catalogue}, {asked}"


def breaks(stretch: Stretch) -> tuple[str, ...]:
    """Why a stretch is no continuation of the one before it, as sentences."""
    return tuple(f"Not compared with the runs above: {why}." for why in stretch.breaks)


def areas(stretch: Stretch) -> tuple[str, ...]:
    """The areas that any of its runs has a score of, in the order of the first."""
    return tuple(dict.fromkeys(score.area.value for point in stretch.points for score in point.scores))


def cells(stretch: Stretch, point: Point) -> tuple[str, ...]:
    """A row of the table: as ``HEAD``, then a score an area."""
    is_first = point is stretch.points[0]
    changes = (point.opened, point.closed, point.reopened)
    scores = {score.area.value: score for score in point.scores}
    return (
        visible(point.run[:SHORT]),
        made(point),
        point.verdict.value,
        share(point.coverage.answered, point.coverage.applicable, point.coverage.percent),
        opened(point),
        str(worst(point)),
        *(NONE if is_first else str(len(ids)) for ids in changes),
        *(score_cell(scores.get(area)) for area in areas(stretch)),
    )


def made(point: Point) -> str:
    """When a run was made, to the minute."""
    return visible(point.created[:16].replace("T", " "))


def opened(point: Point) -> str:
    """How many findings are open, and how many of them are waived."""
    return f"{point.open} ({point.waived} waived)" if point.waived else f"{point.open}"


def worst(point: Point) -> int:
    """How many findings of high severity or worse are open."""
    return sum(number for severity, number in point.findings.items() if severity.rank >= Severity.HIGH.rank)


def score_cell(score: Score | None) -> str:
    """A score with its points."""
    return share(score.passed, score.applicable, score.percent) if score else NONE


def share(part: int, whole: int, percent: int | None) -> str:
    """A percentage with what it is of."""
    return NONE if percent is None else f"{percent}% ({part}/{whole})"


def left_out(row: LeftOut) -> str:
    """A run that is not in the history, as a sentence."""
    return visible(f"left out: {row.run[:SHORT]}: {row.why}")


def _nothing(history: History) -> str:
    return f"{visible(history.target)}: {NO_RUN}"
