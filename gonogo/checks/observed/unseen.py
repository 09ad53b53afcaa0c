"""What was seen to be there, and not seen to be as it should: a pass may not stand on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gonogo.checks.wording import listed
from gonogo.model.assessment import Outcome, unverified
from gonogo.model.criterion import Status
from gonogo.model.evidence import Place


@dataclass(frozen=True, slots=True)
class Unseen:
    """Something that is there and was not seen to be as it should. ``what`` is a sentence that names it."""

    what: str
    place: Place


def left_open(outcome: Outcome, unseen: Sequence[Unseen], what: str) -> Outcome:
    """The outcome; a pass is unverified where something was not seen. ``what`` begins the reason."""
    if outcome.status is not Status.PASS or not unseen:
        return outcome
    told = f"{what}: {listed(item.what for item in unseen)}; else: {outcome.reason}"
    return unverified(told, *dict.fromkeys(item.place for item in unseen[:5]))
