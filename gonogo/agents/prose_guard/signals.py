"""A sentence about what does not pass says what is wrong, what follows or what to do; else it is praise in disguise."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.agents.prose_guard.clauses import NEGATION, is_action
from gonogo.agents.prose_guard.facts import Cited, TextFacts
from gonogo.agents.prose_guard.sentence import Reading, fold, split_sentences
from gonogo.agents.prose_guard.stems import stems_of
from gonogo.agents.prose_guard.topics import topics_of
from gonogo.agents.prose_guard.vocabulary import any_of
from gonogo.model.assessment import Assessment
from gonogo.model.criterion import Status

WORDS_ALIKE = 6
"""Words that a text has at least, of which four in five make it the same as another."""
_NON = re.compile(r"\bnon-\w+", re.IGNORECASE)
_CLAUSE = re.compile(r"[:;,]|\([^)]*\)")
_FAILS_OVER = re.compile(r"\bfail(?:s|ed|ing)?[ -]?over\b", re.IGNORECASE)
_NEEDS = re.compile(r"\bneeds?\b|\bonly\b[^.;]* shows?\b", re.IGNORECASE)
_STEPS = ("step ", "phase ", "stage ")


def unsaid_faults(reading: Reading, facts: TextFacts, cited: Cited) -> Iterator[str]:
    """Criteria that a sentence speaks of without a word of their not passing. A quoted claim says it by its quote."""
    text = _FAILS_OVER.sub(" ", reading.words)
    rows, _ = topics_of(text, facts, cited)
    if cited.criteria:
        named = tuple(row for row in rows if row.criterion in cited.criteria)
        rows = named or tuple(facts.assessments[slug] for slug in cited.criteria if slug in facts.assessments)
    if not rows or cited.is_quoted or any(row.status in (Status.PASS, Status.NOT_APPLICABLE) for row in rows):
        return
    if NEGATION.search(text) or any_of("adverse", "signals", "obligations").search(text):
        return
    if all(row.status is Status.UNVERIFIED for row in rows) and _NEEDS.search(text):
        return
    if text.lower().startswith(_STEPS) or any(map(is_action, reading.segments)):
        return
    if not any(_is_restated(reading.plain, row, facts) for row in rows):
        yield f"{rows[0].criterion} is {rows[0].status}"


def _is_restated(text: str, row: Assessment, facts: TextFacts) -> bool:
    """Says whether the text says again what is wrong, where that is said without a negation, or why it matters."""
    why = facts.criteria[row.criterion].why if row.criterion in facts.criteria else ""
    if any(fold(part) in text for whole in (*_said(row, facts), why) for part in split_sentences(whole)):
        return True
    text = text.replace(row.criterion, " ")
    said, opposite = set(stems_of(text)), _opposites(text)
    if not opposite and len(said) >= WORDS_ALIKE and 5 * len(said & set(stems_of(why))) >= 4 * len(said):
        return True
    for clause in _clauses(row, facts):
        words = set(stems_of(clause))
        if NEGATION.search(clause) or opposite - _opposites(clause):
            continue
        if len(words & said) >= 2 and 2 * len(words & said) >= len(words):
            return True
    return False


def _opposites(text: str) -> set[str]:
    return {word.lower() for word in _NON.findall(text)}


def _clauses(row: Assessment, facts: TextFacts) -> Iterator[str]:
    for text in _said(row, facts):
        yield from (part for part in _CLAUSE.split(text) if part.strip())


def _said(row: Assessment, facts: TextFacts) -> list[str]:
    return [row.reason, *(finding.what for finding in facts.findings_by_criterion.get(row.criterion, ()))]
