"""Praise: what does not pass is not called good, and what was only read is not called working."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from gonogo.agents.prose_guard.clauses import (
    ADVERBS,
    NEGATION,
    Clause,
    carried,
    clauses_of,
    is_contrasted,
    is_modal,
)
from gonogo.agents.prose_guard.facts import Cited, TextFacts
from gonogo.agents.prose_guard.sayings import said_in
from gonogo.agents.prose_guard.sentence import Reading, Segment
from gonogo.agents.prose_guard.topics import topics_of
from gonogo.agents.prose_guard.vocabulary import any_of, load_vocabulary
from gonogo.model.assessment import Assessment
from gonogo.model.criterion import Status

_BE = r"(?:is|are|was|were|be|been|being|remains?|stays?|looks?|seems?|appears?|becomes?|gets?|got|keeps?|'s|'re)"
_HAVE = r"(?:has|have|had) (?:already |now |since )*been"
_IS = re.compile(rf"\b{_BE}\b", re.IGNORECASE)
_HOLDS = re.compile(
    r"\b(?:passes|passed|pass|holds|hold|held)\b"
    r"(?=$|[ ]*[,.;:)]| (?:on|at|as|because|in|with|today|now|everywhere|for|its|their|the (?:gate|check|audit|bar))\b)"
    r"|\bworks\b(?=$|[ ]*[,.;:)]| (?:well|fine|as|correctly|today|now|in)\b)",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\b(?:\d+|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|all|every|each|both|no|none|most|half|few)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r'"([^"]{3,})"')
_NEAR = 60


def wrong_praise(reading: Reading, facts: TextFacts, cited: Cited, argues: Status | None = None) -> Iterator[str]:
    """Good words about criteria that do not pass, unless a claim argues that they do; "healthy" of what nobody saw."""
    clauses = clauses_of(_without_quotes(reading, cited))
    for clause in clauses:
        rows, _ = topics_of(clause.text, facts, cited)
        if argues not in (Status.PASS, Status.NOT_APPLICABLE) and any(row.status is not Status.PASS for row in rows):
            yield from _too_good(clause, clauses, rows)
        yield from _too_strong(clause, rows, cited)


def _too_good(clause: Clause, clauses: list[Clause], rows: tuple[Assessment, ...]) -> Iterator[str]:
    for match in _strong().finditer(clause.text):
        near = clause.before(match)
        if not NEGATION.search(near[-_NEAR:]) and not is_modal(near + match[0]):
            yield match[0]
            return
    if clause.negated or clause.planned or all(row.status is Status.NOT_APPLICABLE for row in rows):
        return
    patterns = [_weak(), _HOLDS, *(_said_by_slug(row.criterion) for row in rows if row.status is not Status.PASS)]
    if _IS.search(clause.leads):
        patterns.append(carried())
    for match in (match for pattern in patterns for match in pattern.finditer(clause.text)):
        limited = clause.before(match)[-12:] + clause.text[match.end() :][:40]
        counted = _HOLDS.fullmatch(match[0]) and (_COUNTED.search(clause.text) or said_in(clause.text) - {"pass"})
        if counted or is_modal(clause.before(match) + match[0]) or any_of("limiters").search(limited):
            continue  # counts have a rule of their own
        if not is_contrasted(clause, clauses):
            yield match[0]
            return


def _too_strong(clause: Clause, rows: tuple[Assessment, ...], cited: Cited) -> Iterator[str]:
    """Existence is not operation."""
    match = _operates().search(clause.text)
    if match and rows and not clause.negated and not cited.is_observed and not is_modal(clause.before(match)):
        yield match[0]


def _without_quotes(reading: Reading, cited: Cited) -> list[Segment]:
    """The segments, without what is quoted from a cited text in a sentence that also says what is wrong."""
    text = reading.words
    rest = _QUOTED.sub(" ", text)
    if not any(cited.corpus.has(match[1]) for match in _QUOTED.finditer(text)):
        return list(reading.segments)
    if not (any_of("adverse").search(rest) or NEGATION.search(rest)):
        return list(reading.segments)
    return list(Reading(_QUOTED.sub(lambda match: "it" if cited.corpus.has(match[1]) else match[0], text)).segments)


def _predicates(*names: str) -> str:
    words = "|".join(load_vocabulary().alternatives(name) for name in names)
    return rf"(?:{_BE}|{_HAVE}) {ADVERBS}(?:{words})(?![\w-])"


@cache
def _strong() -> re.Pattern[str]:
    phrases = load_vocabulary().alternatives("strong_phrases")
    return re.compile(rf"(?<![\w-])(?:{_predicates('strong_adjectives')}|{phrases})", re.IGNORECASE)


@cache
def _weak() -> re.Pattern[str]:
    verbs = load_vocabulary().alternatives("weak_verbs")
    said = _predicates("weak_adjectives", "weak_phrases")
    return re.compile(
        rf"(?<![\w-])(?:{said}|(?:{verbs})(?![\w-])|in (?:place|effect|force)\b"
        r"|(?:has|have) (?:[\w-]+ ){1,3}(?:enforced|enabled|configured|set up|in place)\b)",
        re.IGNORECASE,
    )


@cache
def _said_by_slug(slug: str) -> re.Pattern[str]:
    """A slug's own words as a statement: ``metrics are exposed``, ``runbooks exist``."""
    words = slug.split("-")
    stated = "|".join(word for word in words if word.endswith("ed")) or "(?!)"
    there = "|".join(re.escape(word) for word in words)
    return re.compile(
        rf"\b(?:{_BE}|{_HAVE}) {ADVERBS}(?:{stated})\b|\b(?:{there})s? (?:exists?|gates? every)\b", re.IGNORECASE
    )


@cache
def _operates() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){_predicates('operation_words')}", re.IGNORECASE)
