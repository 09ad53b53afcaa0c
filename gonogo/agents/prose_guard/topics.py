"""Which of the criteria a part of a sentence speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from gonogo.agents.prose_guard.facts import Cited, TextFacts
from gonogo.agents.prose_guard.stems import stems_of
from gonogo.model.assessment import Assessment
from gonogo.model.criterion import Status

SLUGS = 1_000
"""More than there are: every part of every sentence is held against each of them."""


def topics_of(text: str, facts: TextFacts, cited: Cited) -> tuple[tuple[Assessment, ...], bool]:
    """The assessments that a text speaks of, and whether its words say so; without such words, all that is cited.

    A criterion that is named, by its slug or by all words of it, counts even where it is not cited.
    """
    found = tuple(stems_of(text))
    stems = set(found)
    named = [slug for slug in facts.criteria if _is_named(slug, text, found)]
    if cited.criteria:  # what else is named may be worse than what is cited, never better
        named = [slug for slug in named if slug in cited.criteria or _is_open(slug, facts)]
    candidates = dict.fromkeys([*cited.criteria, *named, *(() if cited.criteria else cited.related)])
    scores = {
        slug: _score(slug, stems, facts, cited, slug in named) for slug in candidates if slug in facts.assessments
    }
    best = max(scores.values(), default=0)
    if best > 0:
        return tuple(facts.assessments[slug] for slug, score in scores.items() if 2 * score > best), True
    rows = tuple(facts.assessments[slug] for slug in cited.criteria or cited.related if slug in facts.assessments)
    if not cited.criteria and any(row.status is Status.PASS for row in rows):
        rows = ()  # of all that rest on a piece of evidence, nothing says which is meant
    return rows, False


def named_slugs(text: str, slugs: Iterable[str]) -> tuple[str, ...]:
    """Slugs that stand in a text as they are; those of one word only as code."""
    return tuple(slug for slug in slugs if _is_spelled(slug, text))


def _is_spelled(slug: str, text: str) -> bool:
    return slug in text and _spelling(slug).search(text) is not None


def _is_named(slug: str, text: str, stems: tuple[str, ...]) -> bool:
    """As it is spelled, or its words one after the other: rate limiting, metrics are exposed."""
    if "-" not in slug:
        return _word(slug).search(text) is not None
    words = _stems_of_slug(slug)
    if len("".join(words)) > 4 and words[0] in stems:
        runs = (stems[start : start + len(words)] for start in range(len(stems) - len(words) + 1))
        if words in runs:
            return True
    return _is_spelled(slug, text)


@lru_cache(SLUGS)
def _spelling(slug: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w./-]){re.escape(slug)}(?![\w/-]|\.\w)" if "-" in slug else rf"`{re.escape(slug)}`")


@lru_cache(SLUGS)
def _word(slug: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){slug}(?![\w-])", re.IGNORECASE)


@lru_cache(SLUGS)
def _stems_of_slug(slug: str) -> tuple[str, ...]:
    return tuple(stems_of(slug))


def _is_open(slug: str, facts: TextFacts) -> bool:
    return slug in facts.assessments and facts.assessments[slug].status in (Status.FAIL, Status.UNVERIFIED)


def _score(slug: str, stems: set[str], facts: TextFacts, cited: Cited, named: bool) -> float:
    """How much a text speaks of a criterion: words of its slug count most, of its question and answer less."""
    score = 3.0 * len(stems.intersection(_stems_of_slug(slug))) + 3.0 * named
    if score or slug in cited.criteria or slug in cited.related:
        row, found = facts.criteria.get(slug), facts.assessments[slug]
        about = " ".join((row.asks if row else "", found.reason))
        score += 0.5 * len(set(stems_of(about)) & stems)
    return score + (0.25 if score and slug in cited.criteria else 0)
