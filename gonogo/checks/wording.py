"""How reasons count and list things."""

from __future__ import annotations

from collections.abc import Iterable


def listed(names: Iterable[str], most: int = 5) -> str:
    """``web, worker, redis and 2 more``; each name once, in order."""
    found = list(dict.fromkeys(names))
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return ", ".join(found[:most]) + more


def counted(number: int, noun: str, plural: str = "") -> str:
    """``1 container``, ``3 containers``."""
    return f"{number} {noun}" if number == 1 else f"{number} {plural or noun + 's'}"


def have(number: int) -> str:
    """``has`` for one, ``have`` for more."""
    return "has" if number == 1 else "have"


def agreed(number: int, one: str, more: str) -> str:
    """``1 claim is``, ``2 claims are``: a count with a noun and a verb that agree with it."""
    return f"{number} {one if number == 1 else more}"
