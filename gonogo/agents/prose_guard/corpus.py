"""Texts in which names and numbers are looked up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from gonogo.agents.prose_guard.sentence import fold

UNITS = {
    "percent": "% percent",
    "millisecond": "ms msec millisecond milliseconds",
    "second": "s sec secs second seconds",
    "minute": "m min mins minute minutes",
    "hour": "h hr hrs hour hours",
    "day": "d day days",
    "week": "w week weeks",
    "month": "month months",
    "year": "y year years",
    "byte": "b byte bytes kb kib ki mb mib mi gb gib gi tb tib ti",
}
_UNIT = {word: unit for unit, words in UNITS.items() for word in words.split()}
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
NUMBER_WORDS = {word: value for value, word in enumerate(_SMALL.split())}
NUMBER_WORDS |= {word: 20 + 10 * place for place, word in enumerate(_TENS.split())}
NUMBER_WORDS |= {
    f"{tens}-{small}": NUMBER_WORDS[tens] + value
    for tens in _TENS.split()
    for value, small in enumerate(_SMALL.split())
    if 0 < value < 10
}
_FIGURE = re.compile(
    r"(?<![A-Za-z0-9_.])(?:(?P<digits>v?\d+(?:[.,:/-]\d+)*)\s?(?P<unit>%|per ?cent|[A-Za-z]{1,12})?(?![A-Za-z0-9])"
    rf"|(?P<word>{'|'.join(sorted(NUMBER_WORDS, key=len, reverse=True))})(?![\w-])(?:[ -](?P<wordunit>[a-z]+))?)",
    re.IGNORECASE,
)
_LOOSE = re.compile(r"(?<![A-Za-z0-9_.])v?\d+(?:[.,:/-]\d+)*")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a text: the ways to write it, and its unit (empty where no known one follows)."""

    values: tuple[str, ...]
    unit: str


class Corpus:
    """Texts, folded, in which phrases are found as whole words in small or capital letters."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.text = "\n".join(dict.fromkeys(fold(text) for text in texts if text))
        self._lower = self.text.lower()

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(re.findall(r"\w+", self.text))

    @cached_property
    def _lower_words(self) -> frozenset[str]:
        return frozenset(word.lower() for word in self._words)

    def has(self, phrase: str) -> bool:
        """Says whether the phrase stands there, with no letter or digit before or behind it."""
        phrase = phrase.lower()
        return bool(phrase) and _stands_in(phrase, self._lower)

    def has_word(self, word: str) -> bool:
        """The same for one word of letters and digits."""
        return word.lower() in self._lower_words

    def has_exact(self, word: str) -> bool:
        """The same in exactly these capitals."""
        return word in self._words if word.isidentifier() else _stands_in(word, self.text)


def _stands_in(phrase: str, text: str) -> bool:
    start = text.find(phrase)
    while start >= 0:
        end = start + len(phrase)
        before, behind = text[start - 1 : start], text[end : end + 1]
        if not (_is_wordy(before) and _is_wordy(phrase[0])) and not (_is_wordy(behind) and _is_wordy(phrase[-1])):
            return True
        start = text.find(phrase, start + 1)
    return False


def _is_wordy(char: str) -> bool:
    return char.isalnum() or char == "_"


def figures_in(text: str) -> Iterator[Figure]:
    """The numbers of a text, in figures or words. Dates and versions are one number each."""
    for match in _FIGURE.finditer(text):
        if match["word"]:
            yield Figure((str(NUMBER_WORDS[match["word"].lower()]),), unit_of(match["wordunit"]))
        else:
            yield Figure(tuple(ways_to_write(match["digits"])), unit_of(match["unit"]))
    for match in _LOOSE.finditer(text):  # a number with letters behind it, as in 3.11-slim
        yield Figure(tuple(ways_to_write(match[0])), "")


def ways_to_write(digits: str) -> Iterator[str]:
    """A number as it stands; without its v, its thousands' commas; and its parts, if it is a range or ratio."""
    bare = digits.lstrip("vV")
    yield bare
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", bare):
        yield bare.replace(",", "")
    elif not _DATE.fullmatch(bare):
        yield from (part for part in re.split(r"[,:/-]", bare) if part != bare)
    if re.fullmatch(r"\d+\.0", bare):
        yield bare[:-2]


def unit_of(word: str | None) -> str:
    """The unit that a word or sign is, or nothing."""
    return _UNIT.get((word or "").lower().replace("per cent", "percent"), "")
