"""The numbers of a sentence, in figures and words, with what they are said of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from gonogo.agents.prose_guard.corpus import NUMBER_WORDS, unit_of, ways_to_write
from gonogo.agents.prose_guard.facts import Cited, TextFacts
from gonogo.agents.prose_guard.names import is_number
from gonogo.agents.prose_guard.sentence import Reading, Token
from gonogo.agents.prose_guard.vocabulary import load_vocabulary

_UNCOUNTED = ("one", "zero")
_DIGITS = re.compile(
    r"[#$\u20ac\u00a3~<>=\u00b1+-]*(?P<digits>v?\d+(?:[.,:/-]\d+)*)[-+]?(?P<unit>[A-Za-z%]*)", re.IGNORECASE
)
_COMPOUND = re.compile(r"[#$\u20ac\u00a3~]*v?\d+-[a-z]", re.IGNORECASE)
_OF = re.compile(r"\s*(?:out )?of (?:the |all |these |its |those )?\s*", re.IGNORECASE)
_END = re.compile(r"[;:()]|,(?!\d)|\.(?:\s|$)")
_STOP = re.compile(r"\b(?:and|but|while|or|then)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Number:
    """A number: the ways to write it, its unit (empty where none is known), and where it stands.

    ``scope`` is what it is said of, up to the next number or the end of the clause; ``total`` is the second number of
    ``4 of 7``, and ``is_total`` says that this is one.
    """

    text: str
    values: tuple[str, ...]
    unit: str
    start: int
    end: int
    scope: str = ""
    total: Number | None = None
    is_total: bool = False

    @property
    def value(self) -> str:
        return self.values[0]


def find_numbers(reading: Reading, facts: TextFacts, cited: Cited) -> list[Number]:
    """All numbers but those that are part of a name."""
    text = reading.words
    bare = list(_numbers(reading, facts, cited))
    totals = {first.start: second for first, second in pairwise(bare) if _OF.fullmatch(text[first.end : second.start])}
    starts = [*(number.start for number in bare), len(text), len(text)]
    found = []
    for place, number in enumerate(bare):
        total = totals.get(number.start)
        scope = _scope(text, number.end, starts[place + (2 if total else 1)])
        is_total = any(number is other for other in totals.values())
        found.append(Number(number.text, number.values, number.unit, number.start, number.end, scope, total, is_total))
    return found


def _numbers(reading: Reading, facts: TextFacts, cited: Cited) -> Iterator[Number]:
    tokens = reading.tokens
    for token, before in zip(tokens, (None, *tokens), strict=False):
        if token.is_code or _is_part_of_name(token, before, facts, cited):
            continue
        end = token.start + len(token.text)
        following = "%" if reading.plain[end : end + 1] == "%" else _next_word(reading.words, end)
        head, _, tail = token.text.lower().partition("-")
        if token.text.lower() in NUMBER_WORDS or head in NUMBER_WORDS:
            whole = token.text.lower() in NUMBER_WORDS
            if head not in _UNCOUNTED:
                value = NUMBER_WORDS[token.text.lower() if whole else head]
                yield Number(token.text, (str(value),), unit_of(following if whole else tail), token.start, end)
        elif match := _DIGITS.match(token.text):
            unit = unit_of(match["unit"]) or unit_of(following)
            yield Number(token.text, tuple(ways_to_write(match["digits"])), unit, token.start, end)


def _is_part_of_name(token: Token, before: Token | None, facts: TextFacts, cited: Cited) -> bool:
    """``EKS 1.29``, ``Route 53``: a number behind a capital, where the facts hold both together."""
    if not is_number(token):
        return not _COMPOUND.match(token.text) and token.text.lower().split("-")[0] not in NUMBER_WORDS
    if before is None or token.first:
        return False
    both = f"{before.text} {token.text}"
    known = cited.corpus.has_exact(both) or facts.corpus.has_exact(both)
    return both in load_vocabulary().lists["field_phrases"] or (before.text[:1].isupper() and known)


def _next_word(text: str, end: int) -> str:
    return text[end : end + 16].lstrip(" )").split(" ")[0].strip(".,;:!?()")


def _scope(text: str, start: int, until: int) -> str:
    scope = _END.split(text[start:until])[0]
    joined = _STOP.split(scope)
    return joined[0] if joined[0].strip() else scope
