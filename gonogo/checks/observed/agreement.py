"""How reasons of live sources agree with what they count: verbs, and lists of counts without those of nothing."""

from __future__ import annotations

from gonogo.checks.wording import counted

_IRREGULAR = {"are": "is", "were": "was", "have": "has", "do": "does"}


def share(number: int, total: str, plural: str) -> str:
    """``1 of 3 buckets is``, ``2 of 3 buckets are``: the verb agrees with how many, not with of how many."""
    return f"{number} of {total} {verb(number, plural)}"


def verb(number: int, plural: str) -> str:
    """``are``, ``keep`` as they follow a count; ``is``, ``keeps`` after one."""
    if number != 1:
        return plural
    ending = "es" if plural.endswith(("s", "sh", "ch", "x", "z")) else "s"
    return _IRREGULAR.get(plural, f"{plural}{ending}")


def counts(*parts: tuple[int, str]) -> str:
    """``1 database and 2 clusters``: what there is none of is left out, unless there is none of any of it."""
    found = [counted(number, noun) for number, noun in parts if number] or [counted(*parts[0])]
    return " and ".join([", ".join(found[:-1]), found[-1]]) if len(found) > 1 else found[0]
