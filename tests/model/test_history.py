"""A history counts only like against like, in the order of time, and each finding once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.model.criterion import Area, Severity
from gonogo.model.history import History, LeftOut, PastRun, trend
from gonogo.model.target import Tier
from tests.baselines import baseline, finding, score

FIRST = datetime(2026, 11, 1, tzinfo=UTC)
OTHER_KINDS = (
    {"tier": Tier.A},
    {"environment": "staging"},
    {"areas": (Area.SECURITY,)},
    {"catalogue": "d" * 16},
    {"gonogo": "0.3.0"},
    {"target": "till"},
)
ids = st.sets(st.integers(min_value=0, max_value=7))
kinds = st.sampled_from(({}, *OTHER_KINDS))


def run(number: int, findings: set[int], *, day: int | None = None, **changed: object) -> PastRun:
    created = (FIRST + timedelta(days=number if day is None else day)).isoformat()
    return PastRun(run=f"{number:032x}", baseline=baseline(sorted(findings), created=created, **changed))


def history(runs: list[PastRun]) -> History:
    return trend("shop", runs)


@given(st.lists(st.tuples(ids, kinds), max_size=8), st.randoms())
def test_what_opens_and_closes_adds_up(rows: list[tuple[set[int], dict[str, object]]], random) -> None:  # type: ignore[no-untyped-def]
    runs = [run(number, found, **kind) for number, (found, kind) in enumerate(rows)]
    shuffled = list(runs)
    random.shuffle(shuffled)
    found = history(shuffled)
    assert found == history(runs)
    assert found.runs == len(runs)
    for stretch in found.stretches:
        first = stretch.points[0]
        assert not (first.opened or first.closed or first.reopened)
        for before, after in pairwise(stretch.points):
            assert len(after.opened) - len(after.closed) == after.open - before.open
            assert set(after.reopened) <= set(after.opened)
            assert not set(after.opened) & set(after.closed)
            assert before.created <= after.created


@given(st.lists(st.tuples(ids, kinds), max_size=8))
def test_a_point_is_what_its_own_kind_makes_it(rows: list[tuple[set[int], dict[str, object]]]) -> None:
    """Runs of other kinds between change nothing of a stretch."""
    runs = [run(number, found, **kind) for number, (found, kind) in enumerate(rows)]
    whole = history(runs)
    for stretch in whole.stretches:
        names = {point.run for point in stretch.points}
        alone = history([row for row in runs if row.run in names])
        assert [s.points for s in alone.stretches] == [stretch.points]


@pytest.mark.parametrize("kind", OTHER_KINDS, ids=lambda kind: next(iter(kind)))
def test_nothing_is_counted_over_a_break(kind: dict[str, object]) -> None:
    found = history([run(0, {1, 2}), run(1, {3}, **kind)])
    assert [len(stretch.points) for stretch in found.stretches] == [1, 1]
    assert [point.opened + point.closed for s in found.stretches for point in s.points] == [(), ()]
    assert found.stretches[0].breaks == () and len(found.stretches[1].breaks) == 1
    assert not any(stretch.is_trend for stretch in found.stretches)


def test_a_mended_version_is_the_same_method() -> None:
    found = history([run(0, {1}), run(1, {2}, gonogo="0.2.1")])
    assert [len(stretch.points) for stretch in found.stretches] == [2]


def test_an_audit_of_one_area_does_not_end_the_trend_of_the_whole() -> None:
    found = history([run(0, {1, 2}), run(1, {1}, areas=(Area.SECURITY,)), run(2, {2, 3})])
    whole, part = found.stretches
    assert (whole.points[1].opened, whole.points[1].closed) == ((finding(3).id,), (finding(1).id,))
    assert len(part.points) == 1
    assert found.of_kind(run(9, set()).baseline) == whole
    assert found.of_kind(run(9, set(), tier=Tier.C).baseline) is None


def test_a_finding_that_comes_back_is_reopened() -> None:
    points = history([run(0, {1, 2}), run(1, {2}), run(2, {1, 2, 3})]).stretches[0].points
    assert points[2].opened == (finding(1).id, finding(3).id)
    assert points[2].reopened == (finding(1).id,)


@given(ids, st.integers(min_value=1, max_value=4))
def test_repeated_runs_count_nothing_twice(found: set[int], times: int) -> None:
    points = history([run(number, found, day=0) for number in range(times)]).stretches[0].points
    assert all(point.open == len(found) and not point.opened and not point.closed for point in points)


def test_the_same_run_twice_is_one_point() -> None:
    assert history([run(0, {1}), run(0, {1})]).runs == 1


def test_runs_of_one_moment_stand_in_the_order_in_which_they_were_kept() -> None:
    """As replays of one recording do, whose reports tell the same time."""
    late, early = run(1, {1}, day=0), run(2, {2}, day=0)
    rows = [late.model_copy(update={"kept": "2026-11-03"}), early.model_copy(update={"kept": "2026-11-02"})]
    assert [point.run for point in history(rows).stretches[0].points] == [early.run, late.run]


def test_time_is_compared_as_time() -> None:
    """Not as text: half past midnight in another zone is earlier than midnight here."""
    rows = [
        PastRun(run="1", baseline=baseline((), created="2026-11-02T00:30:00+02:00")),
        PastRun(run="2", baseline=baseline((), created="2026-11-02T00:00:00+00:00")),
        PastRun(run="3", baseline=baseline((), created="2026-11-01T23:00:00")),
    ]
    assert [point.run for point in history(rows).stretches[0].points] == ["1", "3", "2"]


def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="yesterday"):
        history([PastRun(run="1", baseline=baseline((), created="yesterday"))])


def test_what_a_point_says_of_a_run() -> None:
    rows = [finding(1, severity=Severity.BLOCKER), finding(2, severity=Severity.LOW), finding(2, severity=Severity.LOW)]
    scores = (score(Area.SECURITY, 3, 4), score(Area.COST, 0, 9))
    past = PastRun(run="1", baseline=baseline(rows, waived=(rows[1].criterion,), scores=scores))
    point = history([past]).stretches[0].points[0]
    assert point.open == 2
    assert (point.findings[Severity.BLOCKER], point.findings[Severity.LOW], point.findings[Severity.HIGH]) == (1, 1, 0)
    assert point.waived == 1
    assert [row.area for row in point.scores] == [Area.SECURITY], "an area that was not asked has no score here"


def test_an_empty_history_is_no_trend() -> None:
    found = trend("shop", [], [LeftOut(run="1", why="it was changed")])
    assert (found.runs, found.stretches) == (0, ())
    assert found.left_out[0].why == "it was changed"
