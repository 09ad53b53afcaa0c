"""Telephone numbers by the numbering plans: international ones, and national ones that nothing else looks like."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.tools.personal_data.context import Page, told_by
from gonogo.tools.personal_data.span import Span

_EDGE = r"(?<![\w.+])(?<!\d[ :/-])"
_END = r"(?!\w|[.:/-]\w)"
_INTERNATIONAL = re.compile(r"(?<![\w+])\+[1-9](?:[ ().\u00a0/-]{0,3}\d){6,14}(?!\w)")
_UNMISTAKABLE = (
    (
        "US",
        re.compile(
            rf"{_EDGE}(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d(?P<joint>[.-]))[2-9]\d\d(?(joint)(?P=joint)|-)"
            rf"\d{{4}}{_END}"
        ),
    ),
    ("GB", re.compile(rf"{_EDGE}(?:\(0\d{{2,4}}\) ?|0\d{{2,4}} )\d{{3,4}} ?\d{{3,4}}{_END}")),
    ("FR", re.compile(rf"{_EDGE}0[1-9](?:(?P<joint>[ .-])\d\d)(?:(?P=joint)\d\d){{3}}{_END}")),
)
"""A country, and how it writes numbers: its own grouping, and separators."""
_TOLD = re.compile(r"(?<![\w.+])\(?\d(?:[ ().\u00a0/-]{0,2}\d){6,14}(?!\w|[.:-]\w)")
_WORDS = told_by(
    r"(?:(?:tele|mobile |cell )?phones?|tele?|telephone|mobile|cellphone|cell|fax|whats ?app|msisdn|handy|handynummer"
    r"|telefon\w*|rufnummer|mobilnummer|t[eé]l[eé]phone|portable|tel[eé]fono|m[oó]vil|celular|cellulare|telefone|telefoon|puhelin)"
)
_PLANS = (
    "US",
    "GB",
    "DE",
    "FR",
    "ES",
    "IT",
    "NL",
    "BE",
    "CH",
    "AT",
    "SE",
    "PL",
    "IN",
    "BR",
    "MX",
    "AU",
    "JP",
    "CN",
    "ZA",
)
"""Where a number without its country is looked up when a word beside it says what it is."""


def find_phones(page: Page, number: int, line: str) -> Iterator[Span]:
    """The telephone numbers of a line of the page; ``line`` is that line with what is none blanked out."""
    for match in _INTERNATIONAL.finditer(line):
        if end := _valid_until(match[0], ""):
            yield Span("phone", match.start(), match.start() + end)
    for country, shape in _UNMISTAKABLE:
        for match in shape.finditer(line):
            if _is_valid(match[0], country):
                yield Span("phone", match.start(), match.end())
    for match in _TOLD.finditer(line):
        if page.tells(number, match.start(), _WORDS) and any(_is_valid(match[0], country) for country in _PLANS):
            yield Span("phone", match.start(), match.end())


def _valid_until(text: str, country: str) -> int:
    """How much of a text is a valid number: what follows it may be digits of something else."""
    while True:
        if _is_valid(text, country):
            return len(text)
        shorter = re.match(r"(.*\d)[ ().\u00a0/-]+\d+$", text)
        if shorter is None:
            return 0
        text = shorter[1]


def _is_valid(text: str, country: str) -> bool:
    import phonenumbers

    if text.count("(") != text.count(")"):
        text = text.replace("(", "").replace(")", "")
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return False
    if phonenumbers.is_valid_number(number):
        return True
    # area code 555 belongs to nobody, and stands for a number wherever people write one
    return number.country_code == 1 and bool(re.fullmatch(r"555[2-9]?\d{6,7}", str(number.national_number)))
