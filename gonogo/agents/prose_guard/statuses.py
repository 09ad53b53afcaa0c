"""Statuses: what passes is not called missing, and nothing unverified, irrelevant, waived or contested that is not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.agents.prose_guard.clauses import NEGATION, Clause, clauses_of, is_modal
from gonogo.agents.prose_guard.facts import Cited, TextFacts
from gonogo.agents.prose_guard.sayings import holds_of
from gonogo.agents.prose_guard.sentence import Reading
from gonogo.agents.prose_guard.stems import stem
from gonogo.agents.prose_guard.topics import named_slugs, topics_of
from gonogo.model.assessment import Assessment
from gonogo.model.criterion import Status

_SAYS = (
    (
        Status.FAIL,
        r"fails|failing|fail|failed|(?:is|are) (?:missing|absent|broken|not implemented)|(?:does|do) not (?:pass|hold)",
    ),
    (
        Status.UNVERIFIED,
        r"unverified|not verified|not been verified|(?:could not|cannot|can't) be (?:verified|answered)",
    ),
    (
        Status.NOT_APPLICABLE,
        r"not[ _-]applicable|(?:does|do) not apply|inapplicable|irrelevant|out of scope",
    ),
)
_PATTERNS = tuple((status, re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE)) for status, words in _SAYS)
_DECIDED = {
    "waived": re.compile(r"\b(?:waived|waiver|exempted|accepted (?:by|as))\b", re.IGNORECASE),
    "contested": re.compile(r"\bcontested\b", re.IGNORECASE),
}
_COUNTED = re.compile(
    r"\b(?:\d+|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|no|none|most|half|few)\b", re.I
)
_SUBORDINATE = re.compile(
    r"\b(?:if|when|whenever|where|once|that|which|who|whose|can|may|could|would|might|to|until|unless|after|before|let|"
    r"lets|makes?|so|because|whether|as)\b",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"(\w+) (?:fails|failed|passes|passed|(?:is|was) (?:failing|unverified|not applicable))\b", re.IGNORECASE
)
_LACKS = re.compile(r"(\w+) (?:is|are) (?:missing|absent|broken)\b", re.IGNORECASE)
_AUDITED = re.compile(r"\b(?:gates?|criteri(?:on|a)|checks?|requirements?|findings?|audit)\b", re.IGNORECASE)


def wrong_statuses(reading: Reading, facts: TextFacts, cited: Cited, argues: Status | None = None) -> Iterator[str]:
    """Statuses that the criteria do not have. ``argues`` is a status that a claim may argue for."""
    for clause in clauses_of(list(reading.segments)):
        rows, told = topics_of(clause.text, facts, cited)
        yield from _undecided(clause, rows)
        if told and (_is_named(clause.text, rows, facts) or _AUDITED.search(clause.text)):
            yield from _contradicted(clause, rows, argues)


def _is_named(text: str, rows: tuple[Assessment, ...], facts: TextFacts) -> bool:
    """By its slug, or by its last word before the verb: ``backups are missing``."""
    heads = {stem(row.criterion.rsplit("-", 1)[-1]) for row in rows}
    subjects = {stem(match[1].lower()) for match in _LACKS.finditer(text)}
    said = any(match[1].lower() in facts.criteria for match in _SUBJECT.finditer(text))
    return said or bool(named_slugs(text, facts.criteria)) or not heads.isdisjoint(subjects)


def _undecided(clause: Clause, rows: tuple[Assessment, ...]) -> Iterator[str]:
    """A waiver or an objection that nobody made."""
    for name, pattern in _DECIDED.items():
        match = pattern.search(clause.text)
        if match is None or not rows or clause.negated or is_modal(clause.before(match)):
            continue
        if not any(holds_of(row, name) for row in rows):
            yield match[0]


def _contradicted(clause: Clause, rows: tuple[Assessment, ...], argues: Status | None) -> Iterator[str]:
    """A failure, a lack of proof or of relevance that none of the criteria has."""
    statuses = {row.status for row in rows} | ({argues} if argues else set())
    for status, pattern in _PATTERNS:
        match = pattern.search(clause.text)
        if match is None or status in statuses or _COUNTED.search(clause.text):
            continue  # counts have a rule of their own
        before = clause.text[: match.start()]
        if _SUBORDINATE.search(before) or (status is Status.FAIL and NEGATION.search(before)):
            continue
        if "missing" in match[0].lower() and Status.UNVERIFIED in statuses:
            continue  # evidence may be missing
        yield match[0]
