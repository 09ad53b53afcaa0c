"""Looks a quote up in the files that were read: exact, but for how white space is laid out."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate

from gonogo.agents.fence import undo_escapes
from gonogo.facts.repository import Repository
from gonogo.model.evidence import Place
from gonogo.tools.evidence import EXCERPT_LINES, excerpt

LEAST = 8
"""Characters beside white space that a quote must have, unless it is a whole line."""
MOST_PLACES = 200
NEAR = 40
"""Lines around the one that was named, in which a quote of redacted text is looked for."""
MOST_INDENT = 24
"""Characters of indentation that a report keeps of a quote's line."""
_NUMBERED = re.compile(r"^(?:\s*\d+\s?[|:]\s?)+")


def find_quote(repository: Repository, path: str, line: int, quote: str) -> Place | None:
    """Where the quote stands: of several places the one nearest to ``line``. None where it does not stand."""
    file = repository.file(path) if path else None
    wanted = _wanted(quote)
    if file is None or file.binary or not wanted:
        return None
    lines = repository.lines(file)
    places = _raw(lines, wanted) or _shown(repository, file.path, len(lines), line, wanted)
    for first, last in sorted(places, key=lambda place: (abs(place[0] - line), place)):
        place = Place(file.path, first, last)
        whole = any(fold(text) == wanted for text in lines[first - 1 : last])
        long_enough = whole or len(wanted.replace(" ", "")) >= LEAST
        if long_enough and last - first < EXCERPT_LINES and wanted in fold(excerpt(repository, place).text):
            return place
    return None


def fold(text: str) -> str:
    """The text with every run of white space as one space."""
    return " ".join(text.split())


def is_quoted(quote: str, text: str) -> bool:
    """Says whether the quote stands in a stored excerpt."""
    wanted = _wanted(quote)
    return bool(wanted) and wanted in fold(text)


def tidy(quote: str) -> str:
    """The quote as a report repeats it: without what a listing and a fence added to it, in plain white space."""
    lines = [line for line in _plain(quote).split("\n") if line.strip()]
    indents = [min(len(line) - len(line.lstrip()), MOST_INDENT) for line in lines]
    return "\n".join(" " * indent + fold(line) for indent, line in zip(indents, lines, strict=True)).strip()


def _wanted(quote: str) -> str:
    """What is to be found."""
    return fold(_plain(quote))


def _plain(quote: str) -> str:
    return undo_escapes(_without_numbers(quote))


def _without_numbers(quote: str) -> str:
    """The quote without line numbers, where each of its lines carries one as our own listing does."""
    lines = [line for line in quote.split("\n") if line.strip()]
    if lines and all(_NUMBERED.match(line) for line in lines):
        return "\n".join(_NUMBERED.sub("", line) for line in lines)
    return quote


def _raw(lines: list[str], wanted: str) -> list[tuple[int, int]]:
    """First and last lines, from 1, of every place in the text as it is in the file."""
    folded = [fold(line) for line in lines]
    starts = [0, *accumulate(len(line) + 1 if line else 0 for line in folded)]
    text = " ".join(line for line in folded if line)
    found: list[tuple[int, int]] = []
    position = text.find(wanted)
    while position >= 0 and len(found) < MOST_PLACES:
        end = position + len(wanted) - 1
        found.append((bisect_right(starts, position, hi=len(lines)), bisect_right(starts, end, hi=len(lines))))
        position = text.find(wanted, position + 1)
    return found


def _shown(repository: Repository, path: str, count: int, line: int, wanted: str) -> list[tuple[int, int]]:
    """The same in the text as it was shown: redacted, hidden characters visible, long lines cut."""
    near = range(max(1, line - NEAR), min(count, line + NEAR) + 1)
    texts = {number: fold(excerpt(repository, Place(path, number, number)).text) for number in near}
    found = []
    for last in near:
        joined = ""
        for first in range(last, max(near.start, last - EXCERPT_LINES + 1) - 1, -1):
            joined = f"{texts[first]} {joined}".strip()
            if wanted in joined:
                found.append((first, last))
                break
    return found
