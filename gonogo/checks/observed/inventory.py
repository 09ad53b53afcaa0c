"""The operator's list of what should exist, against what live sources show."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from gonogo.checks.observed.agreement import verb
from gonogo.checks.wording import counted
from gonogo.facts import Facts
from gonogo.facts.live import Live, Seen
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.criterion import Strength

MOST_NAMED = 5


class _Wanted(NamedTuple):
    source: str
    kind: str


def inventory_complete(facts: Facts) -> Outcome:
    """Each thing of the list is there. N of M, with M from the list; what could not be looked for is unmatched."""
    live = facts.live
    expected = live.of("inventory", "expected")
    if gaps := live.gaps("inventory"):
        return unverified(str(gaps[0]))
    if not expected:
        return not_applicable("the inventory lists nothing")
    there, missing, unmatched = _sorted(live, expected)
    said = f"{len(there)} of {counted(len(expected), 'thing')} of the inventory {verb(len(there), 'are')} there"
    if unmatched:
        said += f"; {len(unmatched)} could not be looked for: {_named(unmatched)}"
    if missing:
        problems = [Problem(f"{item.name} of the inventory is not there", item.place) for item in missing]
        return failed(f"{said}; {len(missing)} missing: {_named(missing)}", *problems)
    if unmatched:
        return unverified(said, *(item.place for item in unmatched[:MOST_NAMED]))
    return passed(said, *(item.place for item in there), strength=Strength.OBSERVED)


def _sorted(live: Live, expected: Iterable[Seen]) -> tuple[list[Seen], list[Seen], list[Seen]]:
    """What is there, what is missing, and what can't be told: its source was not given, or did not show its kind."""
    names: dict[_Wanted, dict[str, set[str]]] = {}
    there, missing, unmatched = [], [], []
    for item in expected:
        wanted = _Wanted(str(item.get("source")), str(item.get("kind")))
        if wanted not in names:
            names[wanted] = _names(live.of(*wanted))
        scopes = names[wanted].get(str(item.get("name")), set())
        scope = item.get("scope", default="")
        if scopes if not scope else scope in scopes:
            there.append(item)
        elif not live.has(wanted.source) or live.gaps(*wanted):
            unmatched.append(item)
        else:
            missing.append(item)
    return there, missing, unmatched


def _names(found: Iterable[Seen]) -> dict[str, set[str]]:
    """The scopes of things by name: the whole one, and the last part of a URL or ARN, by which people know it."""
    names: dict[str, set[str]] = defaultdict(set)
    for item in found:
        names[item.name].add(item.scope)
        if item.name.startswith(("arn:", "http:", "https:")):
            names[re.split("[/:]", item.name)[-1]].add(item.scope)
    return names


def _named(items: list[Seen]) -> str:
    told = ", ".join(item.name for item in items[:MOST_NAMED])
    return f"{told} and {len(items) - MOST_NAMED} more" if len(items) > MOST_NAMED else told
