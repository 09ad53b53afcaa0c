"""The answer where only a live source can tell."""

from __future__ import annotations

from gonogo.facts import Facts
from gonogo.model.assessment import Outcome, unverified


def live_only(facts: Facts) -> Outcome:
    """No file of a repository shows it."""
    return unverified("files of a repository do not show this")
