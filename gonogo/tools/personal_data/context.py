"""The words that tell what a number is: before it in its line, above it alone, or at the head of its column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

BEFORE = 60
"""Characters of a line before a number in which its name is looked for."""
LONGEST_ROW = 4_000
"""Characters of a line beyond which it is no row of a table."""
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_JOINT = re.compile(r"[\W_]+")
_FIELD_END = re.compile(r"[,;|&{}\t]|\[redacted:[a-z-]+\]")
_MARK = re.compile(r"\[redacted:[a-z-]+\]")
_QUOTED = re.compile(r"\"[^\"]*\"")
_OWN_NAME = re.compile(r"[^\W\d_]{2,}")
_GENERAL = re.compile(r"(?i)\b(?:value|number|no|nr|num|id|text|string|content|data|date|is|are|it|the|was)\b")
_DELIMITERS = ",\t;|"
_FILLERS = (
    "no|nr|num|number|numbers|numero|n[uú]mero|num[eé]ro|nummer|code|value|id|card|is|was|are|the|on|at|of|my|her|his|their|file|record"
    "|primary|home|work|office|national|full|plain|raw|text|string|equals?|e164|le|el|il|am|date|new|old|current|or|to|in"
)
"""Words that may stand between what tells and what is told."""
_GLUED = "(?:no|nr|num|number)?"


@dataclass(frozen=True, slots=True)
class Words:
    """Expressions over `spaced` text."""

    right_before: re.Pattern[str]
    anywhere: re.Pattern[str]


def told_by(words: str) -> Words:
    """What `Page.tells` looks for: alternatives in small letters, with one space between words."""
    return Words(
        re.compile(rf" (?:{words}){_GLUED}(?: (?:{_FILLERS}|\d)){{0,3}} $"), re.compile(rf" (?:{words}){_GLUED} ")
    )


def spaced(text: str) -> str:
    """Words in small letters with one space between and around them: ``userDateOf_birth`` is `` user date of birth ``.

    What was redacted tells nothing, or cleaning twice would find more.
    """
    return f" {_JOINT.sub(' ', _CAPITAL.sub(' ', _MARK.sub(' ', text))).strip().lower()} "


class Page:
    """The lines of a text, with what stands around each place of them."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self._heads: dict[tuple[int, str], int] = {}
        self._mentioned: dict[Words, bool] = {}
        self._spaced = ""

    def tells(self, number: int, start: int, words: Words) -> bool:
        """Says whether the words tell what begins at a column of a line (both from 0)."""
        if not self._mentions(words):
            return False
        field = self._field_before(number, start)
        if words.right_before.search(spaced(field)):
            return True
        if _OWN_NAME.search(_GENERAL.sub("", field)):
            return False  # another name stands nearer
        above = self.lines[number - 1][-BEFORE:] if number else ""
        if not self.lines[number][: start - len(field)].strip() and words.right_before.search(spaced(above)):
            return True
        return any(words.right_before.search(spaced(head)) for head in self._heads_of_column(number, start))

    def _mentions(self, words: Words) -> bool:
        """Asked first: most pages have none of the words, and many numbers."""
        if words not in self._mentioned:
            if not self._spaced:
                self._spaced = spaced("\n".join(self.lines))
            self._mentioned[words] = bool(words.anywhere.search(self._spaced))
        return self._mentioned[words]

    def _field_before(self, number: int, start: int) -> str:
        before = self.lines[number][max(0, start - BEFORE) : start]
        at = max((match.end() for match in _FIELD_END.finditer(before)), default=0)
        return before[at:]

    def _heads_of_column(self, number: int, start: int) -> list[str]:
        found: list[str] = []
        if len(self.lines[number]) > LONGEST_ROW:
            return found
        line = _masked(self.lines[number])
        for delimiter in _DELIMITERS:
            if delimiter in line:
                first = self._first_row(number, delimiter)
                if first < number:
                    found.append(_masked(self.lines[first]).split(delimiter)[line.count(delimiter, 0, start)])
        return found

    def _first_row(self, number: int, delimiter: str) -> int:
        """The first of the lines up to this one with as many delimiters. Known of a row, it is known of the next."""
        width = _masked(self.lines[number]).count(delimiter)
        first = number
        while first > 0 and _masked(self.lines[first - 1]).count(delimiter) == width:
            first -= 1
            if (first, delimiter) in self._heads:
                first = self._heads[first, delimiter]
                break
        self._heads[number, delimiter] = first
        return first


def _masked(line: str) -> str:
    """The line, as long as it was, with the delimiters inside quotes hidden."""
    return _QUOTED.sub(lambda match: re.sub(rf"[{_DELIMITERS}]", " ", match[0]), line)
