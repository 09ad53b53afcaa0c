"""Holds text that a model wrote against the facts: every sentence, by every rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gonogo.agents.prose_guard.facts import Cited, TextFacts
from gonogo.agents.prose_guard.names import disguised, wrong_names
from gonogo.agents.prose_guard.numbers import wrong_numbers
from gonogo.agents.prose_guard.praise import wrong_praise
from gonogo.agents.prose_guard.quantities import wrong_quantities
from gonogo.agents.prose_guard.sentence import Reading, fold, split_sentences, without
from gonogo.agents.prose_guard.severities import wrong_severities
from gonogo.agents.prose_guard.shapes import Kind, Refusal
from gonogo.agents.prose_guard.signals import unsaid_faults
from gonogo.agents.prose_guard.statuses import wrong_statuses
from gonogo.agents.prose_guard.surface import MOST_CHARACTERS, MOST_SENTENCES, private_parts, wrong_marks
from gonogo.agents.prose_guard.verdicts import wrong_verdicts
from gonogo.agents.prose_guard.vocabulary import word_set
from gonogo.model.criterion import Area, Severity, Status
from gonogo.model.evidence import Evidence
from gonogo.model.report import Sentence

MOST_READ = 4 * MOST_CHARACTERS
"""Characters of an overlong text that are still read: to refuse it, its length is enough."""
MOST_SHOWN = 80
_WORD = re.compile(r"[^\W\d_][\w'-]*")
_SCALES = frozenset(
    {
        *(value.value for scale in (Area, Severity, Status) for value in scale),
        *"b c go no-go nogo conditional blockers".split(),
    }
)
_MADE_HERE = re.compile(r"\[redacted:[^\]]*\]|\\u\{[0-9a-f]+\}")


@dataclass(frozen=True)
class _Reader:
    """Reads text by every rule. ``argues`` is the status that a claim argues for, None for prose and other claims."""

    facts: TextFacts
    cited: Cited
    is_claim: bool = False
    argues: Status | None = None

    def read(self, text: str, cites: Iterable[str]) -> Iterator[Refusal]:
        """Everything in a sentence that may not stand."""
        safe, private = private_parts(text[: 2 * MOST_READ])
        safe = safe[:MOST_READ]
        found = [*private, *self._size(text), *self._citations(text, cites), *wrong_marks(safe, self.facts, self.cited)]
        shown = _MADE_HERE.sub(lambda match: match[0] if self.cited.corpus.has(match[0]) else "", safe)
        found += ((Kind.HIDDEN, what) for what in disguised(shown, self.facts, self.cited))
        for part in split_sentences(shown):
            found += self._words(Reading(part))
        for kind, what in found:
            yield Refusal(kind, private_parts(what)[0][:MOST_SHOWN], safe[:MOST_CHARACTERS])

    def _size(self, text: str) -> Iterator[tuple[Kind, str]]:
        if not text.strip() or len(text) > MOST_CHARACTERS:
            yield Kind.LENGTH, f"{len(text)} characters"

    def _citations(self, text: str, cites: Iterable[str]) -> Iterator[tuple[Kind, str]]:
        yield from ((Kind.CITATION, item) for item in cites if not self.facts.is_known(item))
        if not self.cited and (self.is_claim or not is_of_audit(text, self.facts)):
            yield Kind.CITATION, "nothing is cited"

    def _words(self, reading: Reading) -> Iterator[tuple[Kind, str]]:
        facts, cited = self.facts, self.cited
        of_audit = is_of_audit(reading.raw, facts)
        own = Reading(without(reading.plain, cited.said))
        yield from ((Kind.CITATION, what) for what in facts.unknown_ids(reading.plain))
        yield from ((Kind.NAME, what) for what in wrong_names(reading, facts, cited))
        yield from ((Kind.NUMBER, what) for what in wrong_numbers(reading, facts, cited, of_audit=of_audit))
        yield from ((Kind.NUMBER, what) for what in wrong_quantities(own, facts, cited))
        yield from ((Kind.SEVERITY, what) for what in wrong_severities(reading, facts, cited))
        yield from ((Kind.STATUS, what) for what in wrong_statuses(reading, facts, cited, self.argues))
        yield from ((Kind.STATUS, what) for what in wrong_praise(own, facts, cited, self.argues))
        if not self.is_claim:  # a claim shows by its quote what it speaks of
            yield from ((Kind.STATUS, what) for what in unsaid_faults(reading, facts, cited))
        yield from ((Kind.VERDICT, what) for what in wrong_verdicts(own, facts, cited))


def check_sentences(sentences: Sequence[Sentence], facts: TextFacts) -> tuple[Refusal, ...]:
    """What may not stand in a section of prose; empty where all of it may. Equal input gets equal answers."""
    found: list[Refusal] = []
    if not 0 < len(sentences) <= MOST_SENTENCES:
        found.append(Refusal(Kind.LENGTH, f"{len(sentences)} sentences", ""))
    for sentence in sentences[:MOST_SENTENCES]:
        found += _Reader(facts, facts.cite(sentence.cites)).read(sentence.text, sentence.cites)
    return tuple(dict.fromkeys(found))


def check_claim(
    text: str,
    facts: TextFacts,
    *,
    cites: Sequence[str],
    quotes: tuple[str, ...] = (),
    evidence: tuple[Evidence, ...] = (),
    argues: Status | None = None,
) -> tuple[Refusal, ...]:
    """What may not stand in a reason, cause or observation, which may have several sentences.

    ``quotes`` are verified. ``evidence`` is what was read for this claim and is not among the facts yet; it may be
    cited. ``argues`` is the status that the claim argues for: only such a claim may speak well of what does not pass.
    """
    reader = _Reader(facts, facts.cite(cites, quotes, evidence), is_claim=True, argues=argues)
    known = {item.id for item in evidence}
    unread = [item for item in cites if item not in known]
    parts = split_sentences(text) or [""]
    found: list[Refusal] = []
    if len(parts) > MOST_SENTENCES:
        found.append(Refusal(Kind.LENGTH, f"{len(parts)} sentences", ""))
    for part in parts[:MOST_SENTENCES]:
        found += reader.read(part, unread)
    return tuple(dict.fromkeys(found))


def is_of_audit(text: str, facts: TextFacts) -> bool:
    """Says whether a sentence is made of the audit's own words, and so speaks of verdict, counts and road map alone."""
    plain = fold(text)
    if facts.target.name:
        plain = re.sub(rf"(?<![\w-]){re.escape(fold(facts.target.name))}(?![\w-])", " ", plain)
    own = word_set("audit_words") | word_set("number_words") | {facts.target.environment.lower(), *_SCALES}
    words = [found.lower() for found in _WORD.findall(plain)]
    return "`" not in plain and own.issuperset(words) and not word_set("audit_anchors").isdisjoint(words)
