"""One answer of files and live sources: nothing that is not seen makes it better, and no failure is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gonogo.checks.combined import combined
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.criterion import Status, Strength
from gonogo.model.evidence import Place, Searched

FILE, LIVE = Place("main.tf", 3), Place("aws:us-east-1/lambda.function.json", 2)
RANK = {Status.FAIL: 0, Status.UNVERIFIED: 1, Status.NOT_APPLICABLE: 2, Status.PASS: 2}
"""What is worse has the lower rank; what does not apply holds nothing up."""
FILES = (
    passed("files pass", FILE),
    failed("files fail", Problem("it is open", FILE)),
    failed("files lack it", searched=(Searched(("alarm",), "files", 9),)),
    unverified("files leave it open"),
    not_applicable("files have none"),
)
OBSERVED = (
    passed("seen to work", LIVE, strength=Strength.OBSERVED),
    failed("seen to fail", Problem("it is down", LIVE)),
    unverified("access denied"),
    not_applicable("none there"),
)
files = st.sampled_from(FILES)
observed = st.lists(st.tuples(st.sampled_from(OBSERVED), st.booleans()), max_size=4)


@given(files, observed)
def test_a_failure_of_a_source_is_one_of_all(files: Outcome, observed: list[tuple[Outcome, bool]]) -> None:
    found = combined(files, observed)
    for outcome, _ in observed:
        if outcome.status is Status.FAIL:
            assert found.status is Status.FAIL
            assert set(outcome.problems) <= set(found.problems)


@given(files, observed)
def test_what_stands_in_files_stays_a_failure(files: Outcome, observed: list[tuple[Outcome, bool]]) -> None:
    if files.status is Status.FAIL and files.problems:
        assert combined(files, observed).status is Status.FAIL


def test_what_was_seen_is_said_beside_a_failure_of_the_files() -> None:
    """Else a report says that there is nothing, of what a source showed in part."""
    lacking, seen = FILES[2], OBSERVED[2]
    found = combined(lacking, [(seen, True)])
    assert found.status is Status.FAIL
    assert found.reason == f"{lacking.reason}; {seen.reason}"
    assert found.problems == lacking.problems


@given(files, observed)
def test_nothing_passes_over_what_could_not_be_seen(files: Outcome, observed: list[tuple[Outcome, bool]]) -> None:
    if any(outcome.status is Status.UNVERIFIED for outcome, _ in observed):
        assert combined(files, observed).status in (Status.FAIL, Status.UNVERIFIED)


@given(files, observed, st.data())
def test_a_source_that_is_lost_never_improves_it(
    files: Outcome, observed: list[tuple[Outcome, bool]], data: st.DataObject
) -> None:
    """The same sources, of which one could not be seen."""
    if observed:
        at = data.draw(st.integers(0, len(observed) - 1))
        lost = [*observed[:at], (unverified("not reached"), observed[at][1]), *observed[at + 1 :]]
        before, after = combined(files, observed), combined(files, lost)
        assert RANK[after.status] <= max(RANK[before.status], RANK[Status.UNVERIFIED])


@given(files, observed)
def test_only_what_settles_it_closes_what_files_leave_open(
    files: Outcome, observed: list[tuple[Outcome, bool]]
) -> None:
    found = combined(files, observed)
    if found.status is Status.PASS and files.status in (Status.UNVERIFIED, Status.FAIL):
        assert any(settles and outcome.status is Status.PASS for outcome, settles in observed)


@given(files)
def test_a_source_with_nothing_of_the_kind_says_nothing(files: Outcome) -> None:
    assert combined(files, [(not_applicable("none there"), True)]) == files
