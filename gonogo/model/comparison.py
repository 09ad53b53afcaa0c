"""What changed between two audits: a pure function of an earlier one, as a baseline, and a later report."""

from __future__ import annotations

import re
from collections import Counter
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from gonogo.model.baseline import Baseline, Remembered
from gonogo.model.criterion import Severity, Status
from gonogo.model.report import Report
from gonogo.model.scores import Coverage, Score
from gonogo.model.verdict import Value

_LINE = re.compile(r":\d+\Z")
_Key = tuple[str, str, str]


class Change(StrEnum):
    """What became of a finding. ``REGRESSED`` is a new one of a criterion that passed before."""

    NEW = "new"
    REGRESSED = "regressed"
    OPEN = "open"
    RESOLVED = "resolved"


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ChangedFinding(_Row):
    """A finding of either audit. Of one that is still open, what the later audit says of it; ``was`` is its severity
    before and ``was_id`` its id then, None where it was not there."""

    finding: Remembered
    change: Change
    waived: bool = False
    was: Severity | None = None
    was_id: str | None = None


class ChangedStatus(_Row):
    """A criterion that is answered otherwise than before. None: it was not asked then, or is not asked now."""

    criterion: str
    before: Status | None
    after: Status | None


class Comparison(_Row):
    """An earlier and a later audit side by side. ``why_not`` says why they can't be compared: then what follows is two
    audits next to each other, not a change."""

    why_not: tuple[str, ...]
    before: Baseline
    after: Baseline
    findings: tuple[ChangedFinding, ...]
    statuses: tuple[ChangedStatus, ...]

    @property
    def is_comparable(self) -> bool:
        """Whether like is compared with like."""
        return not self.why_not

    def with_change(self, *changes: Change) -> tuple[ChangedFinding, ...]:
        """The findings of these changes, worst first."""
        return tuple(row for row in self.findings if row.change in changes)

    @property
    def verdicts(self) -> tuple[Value, Value]:
        """Before and after."""
        return self.before.verdict, self.after.verdict

    def scores(self) -> tuple[tuple[Score | None, Score | None], ...]:
        """Before and after, by area; None for an area that was not asked."""
        before, after = (
            {score.area: score for score in side.scores if score.area in side.areas}
            for side in (self.before, self.after)
        )
        return tuple((before.get(area), after.get(area)) for area in dict.fromkeys((*before, *after)))

    def coverages(self) -> tuple[Coverage, Coverage]:
        """Before and after."""
        return self.before.coverage, self.after.coverage


def compare(before: Baseline, after: Report) -> Comparison:
    """What changed since a baseline."""
    return compare_baselines(before, Baseline.of(after))


def compare_baselines(before: Baseline, after: Baseline) -> Comparison:
    """What changed between two baselines."""
    return Comparison(
        why_not=why_not(before, after),
        before=before,
        after=after,
        findings=_findings(before, after),
        statuses=tuple(
            ChangedStatus(criterion=slug, before=before.statuses.get(slug), after=after.statuses.get(slug))
            for slug in dict.fromkeys((*after.statuses, *before.statuses))
            if before.statuses.get(slug) is not after.statuses.get(slug)
        ),
    )


def why_not(before: Baseline, after: Baseline) -> tuple[str, ...]:
    """Why two audits can't be compared, as sentences without a full stop; none where like is compared with like."""
    same = (
        ("of the target", before.target, after.target),
        ("of tier", before.tier.value, after.tier.value),
        ("for the environment", before.environment, after.environment),
        ("of the areas", ", ".join(sorted(before.areas)), ", ".join(sorted(after.areas))),
    )
    found = [f"one is {what} {was or 'none'}, the other {now or 'none'}" for what, was, now in same if was != now]
    if before.catalogue != after.catalogue:
        found.append(
            f"they answer other criteria or severities (gonogo {before.gonogo} and {after.gonogo}: make a new baseline)"
        )
    elif method(before) != method(after):
        found.append(f"they were made by other methods (gonogo {before.gonogo} and {after.gonogo})")
    return tuple(found)


def method(baseline: Baseline) -> str:
    """What of a version decides how criteria are answered: all but the last number, which mends."""
    return baseline.gonogo.rpartition(".")[0]


def _findings(before: Baseline, after: Baseline) -> tuple[ChangedFinding, ...]:
    old, new = ({_key(row): row for row in side.findings} for side in (before, after))
    same = {key: key for key in new if key in old} | _reworded(
        [row for key, row in old.items() if key not in new], [row for key, row in new.items() if key not in old]
    )
    rows = []
    for key, row in new.items():
        waived = row.criterion in after.waived
        if key in same:
            was = old[same[key]]
            rows.append(ChangedFinding(finding=row, change=Change.OPEN, waived=waived, was=was.severity, was_id=was.id))
        else:
            passed = before.statuses.get(row.criterion) is Status.PASS
            rows.append(ChangedFinding(finding=row, change=Change.REGRESSED if passed else Change.NEW, waived=waived))
    known = set(same.values())
    rows += [
        ChangedFinding(
            finding=row, change=Change.RESOLVED, waived=row.criterion in before.waived, was=row.severity, was_id=row.id
        )
        for key, row in old.items()
        if key not in known
    ]
    return tuple(sorted(rows, key=_order))


def _reworded(gone: list[Remembered], come: list[Remembered]) -> dict[_Key, _Key]:
    """Findings of which only the quoted line was edited, by their new key: the same criterion says the same of the same
    file, once before and once now. Of the worst severities the evidence itself must be the same: another secret in the
    place of one is a new one."""
    before, now = Counter(map(_saying, gone)), Counter(map(_saying, come))
    told = {_saying(row): row for row in gone if row.severity.rank < Severity.CRITICAL.rank}
    return {
        _key(row): _key(told[key])
        for row in come
        if (key := _saying(row)) in told and row.severity is told[key].severity and before[key] == now[key] == 1
    }


def _key(row: Remembered) -> _Key:
    """What makes two findings one. An id alone is short enough for somebody to find another finding that has it."""
    return row.id, row.criterion, _LINE.sub("", row.place)


def _saying(row: Remembered) -> tuple[str, str, str]:
    return row.criterion, _LINE.sub("", row.place), row.what


def _order(row: ChangedFinding) -> tuple[int, int, str, str, str]:
    finding = row.finding
    return -finding.severity.rank, list(Change).index(row.change), finding.criterion, finding.place, finding.id
