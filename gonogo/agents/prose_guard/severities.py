"""Severities: only of what is cited, or of what was counted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.agents.prose_guard.corpus import NUMBER_WORDS
from gonogo.agents.prose_guard.counts import counts_of
from gonogo.agents.prose_guard.facts import Cited, TextFacts
from gonogo.agents.prose_guard.sayings import read_claim
from gonogo.agents.prose_guard.sentence import Reading
from gonogo.agents.prose_guard.topics import topics_of
from gonogo.model.assessment import Assessment
from gonogo.model.criterion import Severity

_SCALE = "blocker|critical|high|medium|low"
_THINGS = (
    "findings?|gates?|failures?|criteri(?:on|a)|issues?|problems?|gaps?|weakness(?:es)?|risks?|vulnerabilit(?:y|ies)|"
    "items?|concerns?|faults?|defects?|ones?|severity|severities|priority|impact|level"
)
_ATTRIBUTE = (
    rf"(?:{_SCALE})(?:[ ,/-]+(?:and |or |to )?(?:{_SCALE}))*[ -](?:unverified |failing |open |remaining )?(?:{_THINGS})"
)
_RATED = (
    "(?:severity|severities|priority|risk|impact|level|rated|ranked|classed|graded|classified|considered|counts?|rates?)"
    rf" (?:is |are |of |as |only |at |just |merely |being )*(?:{_SCALE})"
)
_PREDICATE = (
    rf"(?:is|are|was|were|remains?|as|an?|only|merely) (?:an? |only |just |merely |all )*(?:{_SCALE})"
    r"(?=$|[ ]*[,.;:)]| (?:and|or|here|for|at|in)\b)"
)
_SAYS = re.compile(
    rf"\b(?:{_ATTRIBUTE}|{_RATED}|(?P<predicate>{_PREDICATE})|to (?:{_SCALE})(?=$|[ ]*[,.;])|blockers?)\b",
    re.IGNORECASE,
)
_NOTHING = re.compile(rf"\bnothing (?:here |that )?(?:is |was |of )?(?P<severity>{_SCALE})\b", re.IGNORECASE)
_MINIMISED = re.compile(
    r"\b(?:minor|trivial|cosmetic|negligible|harmless|insignificant|unimportant|informational|marginal)\b"
    r"|\b(?:is|are|only|just|of) (?:an? )?(?:minor|low|small|little) (?:matter|thing|importance|relevance|detail)s?\b",
    re.IGNORECASE,
)
_WORD = re.compile(rf"\b(?:{_SCALE})s?\b", re.IGNORECASE)
_SUBJECT = re.compile(
    r"\b(?:severit\w+|risks?|findings?|gates?|criteri\w+|failures?|gaps?|issues?|problems?|impact|priority|it|this|that|"
    r"these|both|all)\b",
    re.IGNORECASE,
)
_COUNT = re.compile(rf"\b(?P<number>\d+|no|{'|'.join(NUMBER_WORDS)})\b[^,.;:]{{0,30}}$", re.IGNORECASE)
_ONLY = re.compile(
    r"\b(?:only|merely|just|nothing but|at most|no (?:more|worse|higher) than|"
    r"nothing (?:above|over|worse than|beyond))\b[^,.;:]{0,40}$",
    re.IGNORECASE,
)


def wrong_severities(reading: Reading, facts: TextFacts, cited: Cited) -> Iterator[str]:
    """Severities that nothing cited has, and words that make small what is not."""
    for segment in reading.segments:
        text = segment.text
        for match in _SAYS.finditer(text):
            subject = _SUBJECT.search(text[: match.start()]) or topics_of(text, facts, cited)[1]
            words = _WORD.findall(match[0]) if subject or not match["predicate"] else []
            if not all(_is_right(_severity(word), text, match, facts, cited) for word in words):
                yield match[0]
        for match in _NOTHING.finditer(text):
            if any(row.severity.rank >= _severity(match["severity"]).rank for row in _failing(facts, cited)):
                yield match[0]
        for match in _MINIMISED.finditer(text):
            if not any(Severity.LOW in _severities(row, facts) for row in topics_of(text, facts, cited)[0]):
                yield match[0]


def _severity(word: str) -> Severity:
    return Severity(word.lower().removesuffix("s"))


def _is_right(severity: Severity, text: str, match: re.Match[str], facts: TextFacts, cited: Cited) -> bool:
    before = text[: match.start()]
    if _ONLY.search(before) and any(row.severity.rank > severity.rank for row in _failing(facts, cited)):
        return False
    if counted := _COUNT.search(before):
        claim = read_claim(text[match.start() :], text)
        number = counted["number"].lower()
        count = int(number) if number.isdigit() else NUMBER_WORDS.get(number, 0)
        return claim is None or number == "one" or count in counts_of(claim, facts, cited)
    if not cited:
        found = {row.severity for row in facts.assessments.values()} | {row.severity for row in facts.findings.values()}
        return severity in found
    rows, told = topics_of(text, facts, cited)
    if not told or len(rows) > 1 or not any(row.criterion in cited.criteria for row in rows):
        rows = tuple(facts.assessments[s] for s in cited.criteria or cited.related if s in facts.assessments)
    return any(severity in _severities(row, facts) for row in rows)


def _failing(facts: TextFacts, cited: Cited) -> list[Assessment]:
    rows = [facts.assessments[slug] for slug in cited.criteria or facts.assessments if slug in facts.assessments]
    return [row for row in rows if row.criterion in facts.findings_by_criterion]


def _severities(row: Assessment, facts: TextFacts) -> set[Severity]:
    """Its own, and those of its findings; the criterion's where that is no milder."""
    found = {row.severity, *(finding.severity for finding in facts.findings_by_criterion.get(row.criterion, ()))}
    criterion = facts.criteria.get(row.criterion)
    if criterion is not None and criterion.severity.rank >= row.severity.rank:
        found.add(criterion.severity)
    return found
