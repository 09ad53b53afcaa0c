"""Verdicts: only the report's own may be stated, in whatever words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gonogo.agents.prose_guard.facts import Cited, TextFacts
from gonogo.agents.prose_guard.mentions import Mention, around, find_mentions
from gonogo.agents.prose_guard.sentence import Reading
from gonogo.agents.prose_guard.vocabulary import any_of
from gonogo.model.roadmap import Change
from gonogo.model.verdict import Value

_NEAR = 8
_HAPPENED = re.compile(
    r"\b(?:was|were|has been|have been|had been|is now|got|became|treats?|consider|call)\b", re.IGNORECASE
)
_TAKES = re.compile(r" (?:needs|takes|requires|would|asks|follows|comes|only|is reached|becomes possible|means)\b")
_DENIED = re.compile(
    r" (?:(?:is|are|was|remains|stays) )?"
    r"(?:not|out of reach|forbidden|barred|blocked|withheld|denied|impossible|too early)\b"
)
_PLAINLY_NOT = re.compile(r"\b(?:not|never|no longer|isn't|hardly)(?: really| yet| a| an| the)*\s*$", re.IGNORECASE)
_DISOWNED = re.compile(
    r" (?:verdict )?(?:(?:can|may|could|should|must) be "
    r"(?:overridden|ignored|waived|revised|overruled|lifted|raised|reconsidered)"
    r"|(?:is|was|seems|looks) (?:too |overly |not )?"
    r"(?:harsh|wrong|unjustified|justified|mistaken|strict|outdated|lifted|overridden)"
    r"|would be (?:an? )?(?:overreaction|unfair|too harsh|wrong|mistake|unjustified))\b",
    re.IGNORECASE,
)
_UNCONDITIONAL = re.compile(r"\b(?:without|no|unconditional\w*) ?(?:\w+ )?(?:conditions?)?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Place:
    """A mention with its clause and sentence."""

    mention: Mention
    before: str
    behind: str
    text: str

    @property
    def is_negated(self) -> bool:
        negated = any_of("before_negation").search(self.before) and not any_of("not_negation").search(self.before)
        return bool(negated) or _DENIED.match(self.behind) is not None

    @property
    def is_plainly_stated(self) -> bool:
        return not _PLAINLY_NOT.search(self.before) and not _DISOWNED.match(self.behind)

    @property
    def is_conditional(self) -> bool:
        return any_of("conditions").search(_UNCONDITIONAL.sub(" ", self.text)) is not None

    @property
    def is_of_change(self) -> bool:
        """Speaks of what has to happen, not of what has happened."""
        near = " ".join(self.before.split()[-_NEAR:])
        if _HAPPENED.search(near):
            return False
        return any_of("changes").search(near) is not None or _TAKES.match(self.behind) is not None

    @property
    def comes_from(self) -> bool:
        return self.before.lower().split()[-1:] == ["from"]


def wrong_verdicts(reading: Reading, facts: TextFacts, cited: Cited) -> Iterator[str]:
    """Verdicts that are not the report's own; any at all where there is none yet."""
    text = reading.words
    changes = facts.roadmap.changes if facts.roadmap else ()
    for mention in find_mentions(text, facts, cited):
        place = _Place(mention, *around(text, mention), text)
        if facts.verdict is None or not _may_stand(place, facts.verdict.value, changes):
            yield mention.text


def _may_stand(place: _Place, own: Value, changes: tuple[Change, ...]) -> bool:
    says = place.mention.says
    if not place.mention.is_token:
        if own is Value.GO or place.is_negated:
            return place.is_negated != (own is Value.GO)
        return own is Value.CONDITIONAL and place.is_conditional
    if says is own:
        return place.is_plainly_stated
    if place.is_negated and says.rank > own.rank:
        return True
    reached = {change.before if place.comes_from else change.after for change in changes}
    return says in reached and place.is_of_change
