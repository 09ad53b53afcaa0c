"""Answers that many checks derive from the same facts, kept for the audit that is running."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from gonogo.facts import Facts

T = TypeVar("T")
KEPT = 3


def derived(*tools: str) -> Callable[[Callable[[Facts], T]], Callable[[Facts], T]]:
    """Keeps a function's last answers, for as long as it is asked about the very same facts of these tools.

    Of one audit there are two sets: all, and those of the default deployment.
    """

    def decorate(function: Callable[[Facts], T]) -> Callable[[Facts], T]:
        lock = Lock()
        kept: list[tuple[tuple[object, ...], T]] = []

        def ask(facts: Facts) -> T:
            key = (facts.repository, facts.target, *(facts.read.get(tool) for tool in tools))
            with lock:
                for known, answer in kept:
                    if all(one is other for one, other in zip(known, key, strict=True)):
                        return answer
                answer = function(facts)
                kept[:] = [(key, answer), *kept[: KEPT - 1]]
                return answer

        ask.__doc__, ask.__name__ = function.__doc__, function.__name__
        return ask

    return decorate
