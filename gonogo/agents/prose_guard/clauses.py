"""Clauses: segments of a sentence with what holds on from the one before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from gonogo.agents.prose_guard.sentence import Segment
from gonogo.agents.prose_guard.vocabulary import any_of, load_vocabulary, word_set

NEGATION = re.compile(
    r"\b(?:not|no|never|none|nothing|nobody|neither|nor|without|cannot|hardly|barely|lacks?|lacking|fails? to|"
    r"failed to|instead of|rather than|far from|yet to|stops? short|too little)\b|n't\b",
    re.IGNORECASE,
)
ADVERBS = (
    r"(?:(?:now|already|all|both|also|well|fully|currently|still|largely|mostly|very|quite|generally|consistently|always|"
    r"effectively|correctly|properly|automatically|adequately|sufficiently|duly|safely|securely|otherwise|therefore|thus|in|"
    r"each|everywhere|every) ){0,3}"
)
_IS = re.compile(r"\b(?:is|are|was|were|has|have)\b", re.IGNORECASE)
_GOES_ON = ("that", "which", "who", "as")
_ENUMERATES = ("and", "or", "nor", ",")
_DETERMINERS = frozenset(
    "the a an each every all any both its their this these those them it that what who whether for in on with at to "
    "from only another one two more until by your how where".split()
)
_LEADS = frozenset(
    "first second third then next finally afterwards later now and or to please also after that start by".split()
)


_AND_NONE = re.compile(r"\s*(?:and )?(?:none|nothing|no|nobody|neither)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clause:
    """A segment with its place in the sentence.

    ``leads`` is the segment that it goes on from (empty where it stands for itself); ``negated`` holds on with it, as
    in ``nothing limits requests and checks callers``; ``planned`` is what follows an imperative.
    """

    segment: Segment
    leads: str
    negated: bool
    planned: bool
    plans: bool
    """It is an imperative, or goes on from one."""

    @property
    def text(self) -> str:
        return self.segment.text

    def before(self, match: re.Match[str]) -> str:
        """All that stands before a match, of the segment that it goes on from too."""
        return self.leads + self.text[: match.start()]


def clauses_of(segments: list[Segment]) -> list[Clause]:
    """The clauses of a sentence, in order."""
    clauses: list[Clause] = []
    before = Clause(Segment("", "", 0), "", negated=False, planned=False, plans=False)
    for segment in segments:
        enumerated = segment.joint in _ENUMERATES and carried().match(segment.text) is not None
        goes_on = segment.joint in _GOES_ON or enumerated
        negated = NEGATION.search(segment.text) is not None or (before.negated and goes_on)
        breaks = segment.joint in (";", ".") or any_of("contrast").match(segment.joint) is not None
        plans = is_action(segment) and not _IS.search(segment.text)
        planned = before.plans and not breaks
        before = Clause(segment, before.text + " " if goes_on else "", negated, planned, plans or planned)
        clauses.append(before)
    return clauses


def is_action(segment: Segment) -> bool:
    """Says whether a segment begins with something to do: ``Then repair``, ``Repairing``."""
    words = [word.strip(",.").lower() for word in segment.text.split()]
    while words and words[0] in _LEADS:
        words.pop(0)
    if not words:
        return False
    if words[0] in word_set("action_nouns"):
        return len(words) > 1 and (words[1] in _DETERMINERS or not words[1][0].isalpha())
    return words[0] in word_set("actions") or _is_doing(words[0])


def is_modal(text: str) -> bool:
    """Says whether a text that comes before a statement makes it a wish, a condition or a question."""
    return any_of("modal").search(text) is not None


def is_contrasted(clause: Clause, clauses: list[Clause]) -> bool:
    """What is only there may be said to be there, where the sentence goes on to say what is wrong with it."""
    others = [other for other in clauses if other is not clause]
    wrong = [other for other in others if any_of("adverse").search(other.text) or NEGATION.search(other.text)]
    turns = any(any_of("contrast").match(other.segment.joint) or other.segment.joint == ";" for other in clauses)
    turns = turns or any(_AND_NONE.match(other.text) for other in wrong)
    told = any(any_of("attribution").search(other.text) for other in clauses)
    return bool(wrong) and (turns or told)


def _is_doing(word: str) -> bool:
    stem = word.removesuffix("ing")
    return word.endswith("ing") and not word_set("actions").isdisjoint((stem, stem + "e", stem[:-1]))


@cache
def carried() -> re.Pattern[str]:
    """What goes on from the verb of the segment before: ``and encrypted``, ``checks callers``."""
    words = "|".join(load_vocabulary().alternatives(name) for name in ("weak_adjectives", "weak_phrases", "weak_verbs"))
    return re.compile(rf"\s*(?:and |or |nor )?{ADVERBS}(?:{words})(?![\w-])", re.IGNORECASE)
