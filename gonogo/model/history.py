"""The history of a target: what became of its verdict, scores, coverage and findings from audit to audit.

Only like is compared with like: runs fall into *stretches* of the same target, tier, environment, areas, criteria and
method, and nothing is counted from one stretch to another. A run of another kind in between (an audit of one area
alone) does not cut a stretch in two: it has its own. The form of a report is no method: a report that this version
reads says the same in every form, so that only the version that answered counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict

from gonogo.model.baseline import Baseline
from gonogo.model.comparison import why_not
from gonogo.model.criterion import Severity
from gonogo.model.scores import Coverage, Score
from gonogo.model.verdict import Value

WORST = tuple(sorted(Severity, key=lambda severity: -severity.rank))


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PastRun(_Row):
    """A run that is over. ``kept`` is when its report was stored (ISO 8601, UTC), empty where unknown: it tells runs
    apart whose reports tell the same time, as replays do."""

    run: str
    baseline: Baseline
    kept: str = ""

    @property
    def when(self) -> tuple[datetime, str, str]:
        """What runs are ordered by. Raises ValueError where ``created`` is no time."""
        made = datetime.fromisoformat(self.baseline.created)
        return made if made.tzinfo else made.replace(tzinfo=UTC), self.kept, self.run


class LeftOut(_Row):
    """A run that is not in the history, and why: a sentence without a full stop."""

    run: str
    why: str


class Point(_Row):
    """A run in a stretch. ``scores`` are those of the areas that were asked; ``findings`` those open in it by severity,
    ``waived`` how many of them are waived.

    ``opened`` and ``closed`` are ids, against the run before in the stretch: empty in its first run, which has none.
    ``reopened`` are those of ``opened`` that were open before, and then were not.
    """

    run: str
    created: str
    verdict: Value
    scores: tuple[Score, ...]
    coverage: Coverage
    findings: dict[Severity, int]
    waived: int
    opened: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    reopened: tuple[str, ...] = ()

    @property
    def open(self) -> int:
        """How many findings are open."""
        return sum(self.findings.values())


class Stretch(_Row):
    """Runs of one kind in the order of time, at least one. ``breaks`` says what is other than in the stretch that
    stands before it; empty for the first."""

    breaks: tuple[str, ...]
    kind: Baseline
    """Its last run: what all of them have in common can be read from it."""
    points: tuple[Point, ...]

    @property
    def is_trend(self) -> bool:
        """Whether there is something to compare."""
        return len(self.points) > 1


class History(_Row):
    """The stretches of a target, by their first runs; empty where no run is kept."""

    target: str
    stretches: tuple[Stretch, ...]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def runs(self) -> int:
        """How many runs are in it."""
        return sum(len(stretch.points) for stretch in self.stretches)

    def of_kind(self, baseline: Baseline) -> Stretch | None:
        """The stretch in which a run like this one stands; None where none is like it."""
        return next((stretch for stretch in self.stretches if not why_not(stretch.kind, baseline)), None)


def trend(target: str, runs: Iterable[PastRun], left_out: Iterable[LeftOut] = ()) -> History:
    """The history that runs make, in whatever order they come; one that is given twice counts once.

    Raises ValueError for one whose ``created`` is no time.
    """
    unique = {row.run: row for row in sorted(runs, key=lambda row: row.when)}
    kinds: list[list[PastRun]] = []
    for row in sorted(unique.values(), key=lambda row: row.when):
        like = next((kind for kind in kinds if not why_not(kind[-1].baseline, row.baseline)), None)
        if like is None:
            kinds.append([row])
        else:
            like.append(row)
    stretches: list[Stretch] = []
    for kind in kinds:
        last = kind[-1].baseline
        breaks = why_not(stretches[-1].kind, last) if stretches else ()
        stretches.append(Stretch(breaks=breaks, kind=last, points=_points(kind)))
    left = tuple(sorted(left_out, key=lambda row: (row.run, row.why)))
    return History(target=target, stretches=tuple(stretches), left_out=left)


def _points(runs: list[PastRun]) -> tuple[Point, ...]:
    points: list[Point] = []
    before: set[str] | None = None
    ever: set[str] = set()
    for row in runs:
        now = {finding.id for finding in row.baseline.findings}
        opened, closed = (set(), set()) if before is None else (now - before, before - now)
        points.append(_point(row, opened, closed, opened & ever))
        before = now
        ever |= now
    return tuple(points)


def _point(row: PastRun, opened: set[str], closed: set[str], reopened: set[str]) -> Point:
    baseline = row.baseline
    findings = {finding.id: finding for finding in baseline.findings}.values()
    return Point(
        run=row.run,
        created=baseline.created,
        verdict=baseline.verdict,
        scores=tuple(score for score in baseline.scores if score.area in baseline.areas),
        coverage=baseline.coverage,
        findings={severity: sum(finding.severity is severity for finding in findings) for severity in WORST},
        waived=sum(finding.criterion in baseline.waived for finding in findings),
        opened=tuple(sorted(opened)),
        closed=tuple(sorted(closed)),
        reopened=tuple(sorted(reopened)),
    )
