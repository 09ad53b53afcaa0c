"""Where a text states a verdict, in its own word or in others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from gonogo.agents.prose_guard.facts import Cited, TextFacts
from gonogo.agents.prose_guard.sentence import fold
from gonogo.agents.prose_guard.vocabulary import any_of, load_vocabulary, word_set
from gonogo.model.verdict import Value

_TOKEN = re.compile(
    r"(?<![\w-])(?:(?P<nogo>NO[ -]?GO|[Nn]o-[Gg]o|No[ -]GO)|(?P<go>GO)"
    r"|(?P<conditional>CONDITIONAL(?:LY)?|[Cc]onditional[ -](?:go|GO|Go|pass|approval|release|launch)))(?![\w-])"
)
CUTS = re.compile(
    r"[;:.!?()](?=\s|$)|,|\s-\s|(?<!GO )(?<!CONDITIONAL )\band\b"
    r"|\b(?:so|but|therefore|hence|thus|although|though|while|yet|however|since|because|as|which)\b",
    re.IGNORECASE,
)
_ENDS = r"(?=$|[ ]*[,.;:!)]| (?:and|as|today|now|but|because)\b)"
_OBJECTS = r"(?=$|[ ]*[,.;:!)]| (?:and|all|every|the|as|its|in|on|with)\b)"
_FOR_USE = re.compile(r" (?:for|to) (?:the )?(?:production|launch|release|go|use)\b", re.IGNORECASE)
_GRANTED = re.compile(
    r"\b(?:has|have|had|earn(?:s|ed)|gets?|got|gain(?:s|ed)|receive(?:s|d)|deserves?|given?|granted?) (?:\w+ ){0,2}$",
    re.IGNORECASE,
)
_OF_A_THING = re.compile(r"(?:it|this|that|nothing) ", re.IGNORECASE)
"""How words begin that in a claim are about the thing just spoken of: ``it passed``, ``nothing stops it``."""
_APPROVALS = ("approve", "approves", "approved", "approval", "approvals", "sign-off", "certified")


@dataclass(frozen=True, slots=True)
class Mention:
    """Words that state a verdict. ``says`` is what they say by themselves; a token is a verdict's own name."""

    says: Value
    start: int
    end: int
    text: str
    is_token: bool


def find_mentions(text: str, facts: TextFacts, cited: Cited) -> Iterator[Mention]:
    """All of them; a word of approval counts unless it is about approvals that the target asks for: those that a cited
    criterion speaks of, and in a claim those that it speaks of itself."""
    for match in _TOKEN.finditer(text):
        says = Value.NO_GO if match["nogo"] else Value.CONDITIONAL if match["conditional"] else Value.GO
        yield Mention(says, match.start(), match.end(), match[0], is_token=True)
    name = re.escape(fold(facts.target.name))
    is_claim = facts.verdict is None
    for pattern in _patterns(name):
        found = (_in_other_words(match) for match in pattern.finditer(text))
        yield from (mention for mention in found if not (is_claim and _OF_A_THING.match(mention.text)))
    for match in _permissions().finditer(text):
        if not _is_of_a_fault(text[: match.start()]):
            yield _in_other_words(match)
    for start, clause in _clauses(text):
        permits = any_of("permitting").search(clause)
        if permits and any_of("launch").search(clause) and not (is_claim and _OF_A_THING.match(permits[0])):
            yield Mention(Value.GO, start + permits.start(), start + permits.end(), permits[0], is_token=False)
    for match in any_of("approved_words", "approval_words").finditer(text):
        asked = is_claim or any(map(cited.corpus.has, _APPROVALS))
        if not asked or _is_of_target(text, match, name):
            yield _in_other_words(match)


def around(text: str, mention: Mention) -> tuple[str, str]:
    """The clause before and behind a mention."""
    cuts = [0, *(cut.end() for cut in CUTS.finditer(text) if cut.end() <= mention.start)]
    return text[cuts[-1] : mention.start], CUTS.split(text[mention.end :])[0]


def _in_other_words(match: re.Match[str]) -> Mention:
    inner = match.groupdict().get("inner")
    start = match.end("inner") if inner else match.start()
    return Mention(Value.GO, start, match.end(), match[0], is_token=False)


@cache
def _patterns(name: str) -> tuple[re.Pattern[str], ...]:
    lists = load_vocabulary().alternatives
    subject = rf"(?:{lists('verdict_subjects')}|{name})"
    toward = r"(?:the |a |an |its |full |immediate |general |use in |go to )*"
    texts = (
        rf"(?:{lists('verdict_adjectives')}) (?:enough )?(?:for|to|in) {toward}(?:{lists('verdict_uses')})(?![\w-])",
        rf"(?:{lists('verdict_phrases')})(?![\w-])",
        rf"{subject} (?:as a whole |itself |now )?(?:is|are|looks|seems|appears|remains|was|has been|'s) "
        rf"(?P<inner>not |never )?(?:(?:{lists('verdict_adverbs')}) ){{0,3}}(?:{lists('verdict_states')}){_ENDS}",
        rf"{subject} (?:passes|passed|holds up|qualifies|makes the cut|meets the bar){_OBJECTS}",
    )
    return tuple(re.compile(rf"(?<![\w-]){text}", re.IGNORECASE) for text in texts)


@cache
def _permissions() -> re.Pattern[str]:
    lists = load_vocabulary().alternatives
    modal = rf"(?:{lists('verdict_modals')}) (?:(?:{lists('verdict_modal_adverbs')}) )*"
    return re.compile(rf"(?<![\w-]){modal}(?:{lists('verdict_verbs')})(?![\w-])", re.IGNORECASE)


def _clauses(text: str) -> Iterator[tuple[int, str]]:
    position = 0
    for cut in [*CUTS.finditer(text), None]:
        yield position, text[position : cut.start() if cut else len(text)]
        position = cut.end() if cut else len(text)


def _is_of_a_fault(before: str) -> bool:
    """``A broken build can ship``: a fault that slips through, no verdict."""
    words = re.findall(r"[a-z]+", before.lower())
    subject = re.findall(r"[a-z]+", re.split(r"\b(?:that|who)\b", CUTS.split(before)[-1].lower())[0])
    if word_set("verdict_pronouns").isdisjoint(subject[-3:]):
        return not word_set("adverse_subjects").isdisjoint(words[-12:])
    return False


def _is_of_target(text: str, match: re.Match[str], name: str) -> bool:
    """``The service is approved``, ``it has our approval``: not of a change that somebody approves."""
    if _FOR_USE.match(text[match.end() :]):
        return True
    clause = CUTS.split(text[: match.start()])[-1]
    if match[0].lower() in word_set("approval_words"):
        return _GRANTED.search(clause) is not None
    subjects = load_vocabulary().alternatives("verdict_subjects")
    return re.search(rf"\b(?:{subjects}|{name}|launch|audit|report|verdict|production)\b", clause, re.I) is not None
