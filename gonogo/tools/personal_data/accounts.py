"""Payment cards, by issuer and check digit, and IBANs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.tools.personal_data.context import BEFORE, Page, spaced, told_by
from gonogo.tools.personal_data.span import Span

_EDGE = r"(?<![\w$#])(?<![\w][._-])"
_END = r"(?!\w|[.:_-]\w)"
_CARD = re.compile(
    rf"{_EDGE}(?:\d{{13,19}}|\d{{4}}(?P<joint>[ -])\d{{4}}(?P=joint)\d{{4}}(?P=joint)\d{{4}}(?:(?P=joint)\d{{3}})?"
    rf"|3\d{{3}}(?P<other>[ -])\d{{6}}(?P=other)\d{{4,5}}){_END}"
)
_ISSUERS = (
    ("4", (13, 16, 19)),
    ("5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720", (16,)),
    ("3[47]", (15,)),
    ("30[0-5]|3095|36|3[89]", (14, 16, 19)),
    ("6011|64[4-9]|65|62212[6-9]|6221[3-9]|622[2-8]|6229[01]|62292[0-5]", (16, 19)),
    ("62|81", (16, 17, 18, 19)),
    ("352[89]|35[3-8]", (16, 17, 18, 19)),
    ("220[0-4]", (16, 19)),
    ("50(?:18|20|38)|58(?:93)|6(?:304|759|76[1-3])|56|57", (16, 18, 19)),
    ("60|508|82", (16,)),
    ("9792", (16,)),
)
"""Visa, Mastercard, American Express, Diners, Discover, UnionPay, JCB, Mir, Maestro, RuPay, Troy."""
_CARD_WORDS = told_by(
    r"(?:credit |debit |payment |bank )?cards?|cc|ccn|pan|visa|mastercard|amex"
    r"|kreditkarte\w*|karten?|carte|tarjeta|carta"
)
_COUNTED = re.compile(
    r" (?:[a-z]*id|ids|ts|time|timestamp|date|hash|seed|version|build|offset|size|bytes|count|seq|sequence|nonce|serial"
    r"|revision|generation|trace|span|snowflake|checksum|total|epoch|nanos|micros|millis|ns|us|ms) $"
)
"""Names of numbers that are as long by nature: one in fifty of these has a card's prefix and check digit."""
_IBAN = re.compile(
    r"(?<![\w/+])(?:[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?"
    r"|[a-z]{2}\d{2}(?: [a-z0-9]{4}){3,7}(?: [a-z0-9]{1,3})?)(?!\w)"
)


def find_accounts(page: Page, number: int, line: str) -> Iterator[Span]:
    """The cards and IBANs of a line of the page; ``line`` is that line with what is none blanked out."""
    for match in _IBAN.finditer(line):
        if end := _iban_until(match[0]):
            yield Span("iban", match.start(), match.start() + end)
    for match in _CARD.finditer(line):
        if _is_card(match[0]) and _reads_as_card(page, number, line, match):
            yield Span("payment-card", match.start(), match.end())


def _is_card(text: str) -> bool:
    from stdnum import luhn

    digits = text.replace(" ", "").replace("-", "")
    issued = any(re.match(prefix, digits) and len(digits) in lengths for prefix, lengths in _ISSUERS)
    return issued and luhn.is_valid(digits)


def _reads_as_card(page: Page, number: int, line: str, match: re.Match[str]) -> bool:
    if match["joint"] or match["other"] or page.tells(number, match.start(), _CARD_WORDS):
        return True
    if len(match[0]) == 13 or len(set(match[0])) < 2:
        return False  # a time in milliseconds, a row of zeros
    return not _COUNTED.search(spaced(line[max(0, match.start() - BEFORE) : match.start()]))


def _iban_until(text: str) -> int:
    """How much of a text is a valid IBAN: a word may follow it."""
    from stdnum import iban

    while len(text) >= 15:
        if iban.is_valid(text, check_country=False):
            return len(text)
        text = text.rpartition(" ")[0]
    return 0
