"""The laws of a comparison, tried on random baselines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.model.baseline import Baseline
from gonogo.model.comparison import Change, Comparison, compare, compare_baselines
from gonogo.model.criterion import Area, Severity, Status
from gonogo.model.report import Report
from gonogo.model.target import Tier
from tests.baselines import CRITERIA, baseline, finding, score

numbers = st.sets(st.integers(min_value=0, max_value=9))
severities = st.sampled_from(Severity)


@st.composite
def sides(draw: st.DrawFn) -> Baseline:
    """A baseline whose findings have any severity, and whose other criteria any status that is not fail."""
    rows = [finding(number, severity=draw(severities)) for number in sorted(draw(numbers))]
    others = st.sampled_from([Status.PASS, Status.UNVERIFIED, Status.NOT_APPLICABLE])
    failing = {row.criterion for row in rows}
    statuses = {slug: draw(others) for slug in CRITERIA if slug not in failing}
    waived = tuple(slug for slug in sorted(failing) if draw(st.booleans()))
    return baseline(rows, statuses=statuses, waived=waived)


def ids(comparison: Comparison, *changes: Change) -> set[str]:
    return {row.finding.id for row in comparison.with_change(*changes)}


@given(sides(), sides())
def test_changes_part_the_findings_of_both(before: Baseline, after: Baseline) -> None:
    found = compare_baselines(before, after)
    old, new = ({row.id for row in side.findings} for side in (before, after))
    assert len(found.findings) == len(old | new), "each once"
    assert ids(found, Change.NEW, Change.REGRESSED) == new - old
    assert ids(found, Change.OPEN) == new & old
    assert ids(found, Change.RESOLVED) == old - new


@given(sides(), sides())
def test_regressed_is_what_passed_before(before: Baseline, after: Baseline) -> None:
    found = compare_baselines(before, after)
    for row in found.with_change(Change.NEW, Change.REGRESSED):
        passed = before.statuses.get(row.finding.criterion) is Status.PASS
        assert (row.change is Change.REGRESSED) == passed
        assert row.was is None


@given(sides(), sides())
def test_the_way_back_undoes_the_way_there(before: Baseline, after: Baseline) -> None:
    there, back = compare_baselines(before, after), compare_baselines(after, before)
    assert ids(there, Change.RESOLVED) == ids(back, Change.NEW, Change.REGRESSED)
    assert ids(there, Change.OPEN) == ids(back, Change.OPEN)
    changed = {(row.criterion, row.before, row.after) for row in there.statuses}
    assert changed == {(row.criterion, row.after, row.before) for row in back.statuses}


@given(sides(), sides())
def test_worst_comes_first(before: Baseline, after: Baseline) -> None:
    ranks = [row.finding.severity.rank for row in compare_baselines(before, after).findings]
    assert ranks == sorted(ranks, reverse=True)


@given(sides(), sides(), st.randoms())
def test_the_order_of_findings_and_statuses_does_not_matter(before: Baseline, after: Baseline, random) -> None:  # type: ignore[no-untyped-def]
    rows = list(before.findings)
    random.shuffle(rows)
    shuffled = before.model_copy(update={"findings": tuple(rows)})
    assert compare_baselines(shuffled, after).findings == compare_baselines(before, after).findings


@given(sides())
def test_with_itself_all_is_open(side: Baseline) -> None:
    found = compare_baselines(side, side)
    assert found.is_comparable
    assert {row.change for row in found.findings} <= {Change.OPEN}
    assert all(row.was is row.finding.severity for row in found.findings)
    assert found.statuses == ()


@given(sides(), sides())
def test_a_waiver_shows_beside_the_change(before: Baseline, after: Baseline) -> None:
    for row in compare_baselines(before, after).findings:
        side = before if row.change is Change.RESOLVED else after
        assert row.waived == (row.finding.criterion in side.waived)


def test_a_report_with_its_own_baseline_has_nothing_new(shop_report: Report) -> None:
    found = compare(Baseline.of(shop_report), shop_report)
    assert found.is_comparable
    assert {row.change for row in found.findings} == {Change.OPEN}
    assert {row.finding.id for row in found.findings} == {row.id for row in shop_report.findings}
    assert found.statuses == ()


def test_a_baseline_survives_its_file(shop_report: Report) -> None:
    kept = Baseline.model_validate_json(Baseline.of(shop_report).model_dump_json())
    assert kept == Baseline.of(shop_report)
    assert compare(kept, shop_report).is_comparable


def test_a_criterion_that_passed_and_fails_has_regressed() -> None:
    found = compare_baselines(baseline([0]), baseline([0, 1]))
    assert [(row.finding.id, row.change) for row in found.findings if row.change is not Change.OPEN] == [
        (finding(1).id, Change.REGRESSED)
    ]
    assert [(row.criterion, row.before, row.after) for row in found.statuses] == [
        (finding(1).criterion, Status.PASS, Status.FAIL)
    ]


def test_what_was_never_asked_has_not_regressed() -> None:
    """Not known to have passed is not passed."""
    before = baseline([]).model_copy(update={"statuses": {}})
    assert [row.change for row in compare_baselines(before, baseline([1])).findings] == [Change.NEW]


def test_another_severity_is_told() -> None:
    before, after = finding(1, severity=Severity.LOW), finding(1, severity=Severity.BLOCKER)
    (row,) = compare_baselines(baseline([before]), baseline([after])).findings
    assert (row.was, row.finding.severity, row.change) == (Severity.LOW, Severity.BLOCKER, Change.OPEN)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"target": "till"}, "one is of the target shop, the other till"),
        ({"tier": Tier.A}, "one is of tier B, the other A"),
        ({"environment": "staging"}, "one is for the environment production, the other staging"),
        ({"areas": (Area.SECURITY,)}, "one is of the areas reliability, security, the other security"),
        ({"areas": ()}, "the other none"),
        ({"catalogue": "d" * 16}, "they answer other criteria or severities (gonogo 0.2.0 and 0.2.0"),
        ({"gonogo": "0.3.0"}, "they were made by other methods (gonogo 0.2.0 and 0.3.0)"),
    ],
)
def test_unlike_is_not_compared(change: dict[str, object], says: str) -> None:
    found = compare_baselines(baseline([1]), baseline([2], **change))
    assert not found.is_comparable
    (why,) = found.why_not
    assert says in why
    assert compare_baselines(baseline([2], **change), baseline([1])).why_not, "and not the other way round"


def test_a_renamed_target_and_another_catalogue_are_both_told() -> None:
    found = compare_baselines(baseline([1]), baseline([1], target="till", catalogue="d" * 16))
    assert len(found.why_not) == 2


def test_the_order_of_areas_is_no_difference() -> None:
    after = baseline([1], areas=(Area.RELIABILITY, Area.SECURITY))
    assert compare_baselines(baseline([1]), after).is_comparable


def test_scores_are_those_of_the_areas_that_were_asked() -> None:
    one, other = score(Area.SECURITY, 1, 4), score(Area.SECURITY, 2, 4)
    before = baseline([], scores=(one, score(Area.COST, 0, 9)))
    after = baseline([], scores=(other, score(Area.RELIABILITY, 1, 1)))
    pairs = compare_baselines(before, after).scores()
    assert pairs == ((one, other), (None, score(Area.RELIABILITY, 1, 1)))


@pytest.mark.parametrize("changed", [{"criterion": "runbooks"}, {"place": "app/other.py:1"}], ids=str)
def test_a_finding_that_was_made_to_share_an_id_is_new(changed: dict[str, str]) -> None:
    """Ids have 40 bits: who writes what is quoted can find two that have one."""
    known = finding(1, criterion="backups", severity=Severity.BLOCKER)
    other = known.model_copy(update=changed)
    for after in ([known, other], [other, known]):
        found = compare_baselines(baseline([known]), baseline(after))
        assert [row.finding for row in found.with_change(Change.NEW, Change.REGRESSED)] == [other]
        assert [row.finding for row in found.with_change(Change.OPEN)] == [known]
