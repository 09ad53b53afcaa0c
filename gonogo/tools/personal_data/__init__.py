"""Finds what tells of a person, by form and check digit: no model, no dictionary of names, no addresses of machines.

Names and postal addresses have no form; they are not looked for. Addresses of hosts, identifiers, hashes and times are
what an audit is about; they are never found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import accumulate, chain
from typing import Any

from gonogo.tools.personal_data.accounts import find_accounts
from gonogo.tools.personal_data.context import Page
from gonogo.tools.personal_data.documents import LEADS, find_documents
from gonogo.tools.personal_data.mail import find_mail
from gonogo.tools.personal_data.national import find_national
from gonogo.tools.personal_data.phones import find_phones
from gonogo.tools.personal_data.span import Span, settle
from gonogo.tools.secrets.tokens import compiled

__all__ = ["Span", "find_in_lines", "find_personal_data", "marked", "starts_of"]

_NUMBERS = r"(?:[0-9][^0-9\n]{0,3}){5}[0-9]|[A-Za-z]{5}[0-9]{4}[A-Za-z]"
_NUMERIC = re.compile(_NUMBERS)
_DATED = re.compile(LEADS)
_NONE = re.compile(
    r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b"
    r"|(?<![\w+.])\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)?(?:Z|[+-]\d\d:?\d\d)?(?![\w-])"
    r"|(?<![\w+.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2}|:\d{1,5})?(?![\w.]|-\d)"
    r"|\b(?=[0-9]*[a-fA-F])(?=[a-fA-F]*[0-9])[0-9a-fA-F]{32,128}\b"
    r"|\barn:[\w-]*:[\w-]*:[\w-]*:\d{12}:|\b\d{12}\.dkr\.ecr\b"
    r"|\[redacted:[a-z-]+\]"
)
"""Identifiers, times, addresses of hosts, hashes and accounts: numbers that are none of a person's."""


def find_personal_data(text: str) -> tuple[Span, ...]:
    """E-mail addresses, telephone numbers, cards, IBANs, national numbers, passports and dates of birth of a text.

    Sorted by place, none overlapping another. Lines end with ``\\n``.
    """
    lines = text.split("\n")
    starts = starts_of(lines)
    found = find_in_lines(lines, marked(text.encode("utf-8", "replace")))
    return tuple(Span(span.kind, starts[n] + span.start, starts[n] + span.end) for n, span in found)


def find_in_lines(lines: Sequence[str], numbers: Sequence[int]) -> Iterator[tuple[int, Span]]:
    """The personal data of some of the lines (numbers from 0), by column, read in the light of the others."""
    page = Page(lines)
    for number in numbers:
        for span in settle(_find(page, number)):
            yield number, span


def starts_of(lines: Sequence[str]) -> list[int]:
    """Where each of the lines begins in the text that they make."""
    return list(accumulate((len(line) + 1 for line in lines), initial=0))


def _find(page: Page, number: int) -> Iterator[Span]:
    line = page.lines[number]
    yield from find_mail(line)
    if not _NUMERIC.search(line) and not _DATED.search(line):
        return
    yield from find_documents(page, number)
    rest = _NONE.sub(lambda match: " " * len(match[0]), line)
    if _NUMERIC.search(rest):
        yield from chain(
            find_accounts(page, number, rest), find_national(page, number, rest), find_phones(page, number, rest)
        )


def marked(data: bytes) -> list[int]:
    """The numbers, from 0, of the lines that may hold something: one fast pass, after which most lines are not read."""
    found: list[int] = []
    number = last = 0
    for match in _pass().finditer(data):
        number += data.count(b"\n", last, match.start())
        last = match.start()
        if not found or found[-1] != number:
            found.append(number)
    return found


@cache
def _pass() -> Any:
    return compiled(f"@|{_NUMBERS}|{LEADS}")
