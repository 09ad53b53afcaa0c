"""One answer from what the files say and what live sources showed. Nothing that is not seen makes it better."""

from __future__ import annotations

from collections.abc import Sequence

from gonogo.model.assessment import Outcome
from gonogo.model.criterion import Status, Strength


def combined(files: Outcome, observed: Sequence[tuple[Outcome, bool]]) -> Outcome:
    """The answer of all. ``observed`` has the answer of each live source, and whether its pass settles the criterion.

    A failure of any is one of all, but for files that only lack what a source that settles it showed to be there. Where
    a source could not show what it should, nothing passes. A source with nothing of the kind says nothing.
    """
    said = [(outcome, settles) for outcome, settles in observed if outcome.status is not Status.NOT_APPLICABLE]
    if not said:
        return files
    by_status = {status: [outcome for outcome, _ in said if outcome.status is status] for status in Status}
    settled = any(settles for outcome, settles in said if outcome.status is Status.PASS)
    failing, unseen, passing = by_status[Status.FAIL], by_status[Status.UNVERIFIED], by_status[Status.PASS]
    if failing:
        return _joined(Status.FAIL, [*failing, *([files] if files.status is Status.FAIL else [])])
    if files.status is Status.FAIL and not (settled and _only_lacks(files)):
        return _joined(Status.FAIL, [files, *unseen, *passing])  # what was seen is said beside it
    if unseen:
        return _joined(Status.UNVERIFIED, [*unseen, *([] if _says_nothing(files) else [files])])
    if files.status is Status.UNVERIFIED and not settled:
        return _joined(Status.UNVERIFIED, [files, *passing])
    joined = _joined(Status.PASS, [*passing, *([files] if files.status is Status.PASS else [])])
    return Outcome(joined.status, joined.reason, (), joined.places, joined.searched, Strength.OBSERVED)


def with_imported(own: Outcome, said: Sequence[tuple[Outcome, bool]], *, unseen: bool) -> Outcome:
    """The answer with what other tools say in files that were imported, each with whether its pass settles it.

    A failure of any is one of all. A pass answers what is open, where it settles it and nothing that gonogo itself
    should have seen is ``unseen``; it never outweighs a failure, and never makes apply what does not.
    """
    failing = [outcome for outcome, _ in said if outcome.status is Status.FAIL]
    if failing:
        return _joined(Status.FAIL, [*([own] if own.status is Status.FAIL else []), *failing])
    settling = [outcome for outcome, settles in said if settles and outcome.status is Status.PASS]
    if settling and (own.status is Status.PASS or (own.status is Status.UNVERIFIED and not unseen)):
        return _joined(Status.PASS, [*([own] if own.status is Status.PASS else []), *settling])
    return own


def _only_lacks(files: Outcome) -> bool:
    """Whether the files fail since something was not found in them, not for something that stands there."""
    return not any(problem.place for problem in files.problems)


def _says_nothing(files: Outcome) -> bool:
    return files.status is Status.NOT_APPLICABLE


def _joined(status: Status, outcomes: Sequence[Outcome]) -> Outcome:
    """Their reasons, problems and places one after the other; what stands twice counts once."""
    return Outcome(
        status,
        "; ".join(dict.fromkeys(outcome.reason for outcome in outcomes)),
        tuple(dict.fromkeys(problem for outcome in outcomes for problem in outcome.problems)),
        tuple(dict.fromkeys(place for outcome in outcomes for place in outcome.places)),
        tuple(dict.fromkeys(searched for outcome in outcomes for searched in outcome.searched)),
        max((outcome.strength for outcome in outcomes), key=lambda strength: strength.rank),
    )
