"""What only a word beside it tells: numbers of passports and dates of birth. The machine-readable zone tells itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.tools.personal_data.context import Page, told_by
from gonogo.tools.personal_data.span import Span

_PASSPORT = re.compile(
    r"(?<![\w.-])(?=[A-Z0-9]{0,5}\d{3})(?:[A-Z]{0,2}\d{6,9}[A-Z]?|[CFGHJK][0-9CFGHJKLMNPRTVWXYZ]{8})(?![\w]|[./-]\w)"
)
_PASSPORT_WORDS = told_by(r"passports?|reisepass\w*|passeport|pasaporte|passaporto|paspoort|pas{1,2}nummer|passnr")
_ZONE = re.compile(
    r"(?<![\w<])(?:P[A-Z<][A-Z]{3}[A-Z<]{39}|[A-Z0-9<]{9}\d[A-Z<]{3}\d{7}[MFX<]\d{7}[A-Z0-9<]{14}[\d<]\d)(?![\w<])"
)
_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|m[aä]r|mai|okt|dez|f[eé]vr|avr|ao[uû]t|d[eé]c|ene|abr|ago|dic"
    r"|gen|mag|giu|lug|set|ott)[a-zäéû]*\.?"
)
_YEAR = r"(?:19\d\d|20[0-2]\d)"
_DAY, _NUMERIC_MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_BIRTH = re.compile(
    rf"(?<![\w.-])(?:{_YEAR}(?P<joint>[-/.]){_NUMERIC_MONTH}(?P=joint){_DAY}(?!\d)(?:T[\d:.]+Z?)?"
    rf"|{_DAY}(?P<other>[-/. ]){_NUMERIC_MONTH}(?P=other){_YEAR}|{_NUMERIC_MONTH}/{_DAY}/{_YEAR}"
    rf"|{_DAY}(?:st|nd|rd|th|\.)?[ -](?:of )?{_MONTH},?[ -]{_YEAR}|{_MONTH}[ ]{_DAY}(?:st|nd|rd|th)?,? {_YEAR}"
    rf"|{_YEAR}, ?{_NUMERIC_MONTH}, ?{_DAY}|(?:19|200)\d[01]\d[0-3]\d)(?![\w]|[-/.]\d)",
    re.IGNORECASE,
)
_BIRTH_WORDS = told_by(
    r"dob|d o b|(?:date ?of ?)?birth|birth ?(?:date|day)|born|geb(?:oren|urts(?:datum|tag)?|dat)?|naissance|née?|né e"
    r"|nacimiento|nacid[oa]|nascita|nat[oa] il|nascimento|nascid[oa]|geboortedatum|f[oø]dselsdato|f[oö]delsedatum"
)
LEADS = (
    r"(?i:d\.?o\.?b|birth|born|geb(?:oren|urt)|geboorte|naissance|n.e? |nac|nasc|nat[oa] il|f..?de?ls)"
    r"|[0-9](?:st|nd|rd|th|\.)? (?:of )?[A-Z][a-zäéû]{2,8},? (?:19|20)[0-9]{2}"
    r"|[A-Z][a-zäéû]{2,8} [0-9]{1,2}(?:st|nd|rd|th)?,? (?:19|20)[0-9]{2}"
    r"|P[A-Z<][A-Z]{3}[A-Z]+<<"
)
"""What tells a line with a date of too few digits to be seen by them, or with a zone that has none. For RE2, too."""


def find_documents(page: Page, number: int) -> Iterator[Span]:
    """Passport numbers and dates of birth in a line of the page."""
    line = page.lines[number]
    for match in _ZONE.finditer(line):
        yield Span("passport", match.start(), match.end())
    for match in _PASSPORT.finditer(line):
        if page.tells(number, match.start(), _PASSPORT_WORDS):
            yield Span("passport", match.start(), match.end())
    for match in _BIRTH.finditer(line):
        if page.tells(number, _before_call(line, match.start()), _BIRTH_WORDS):
            yield Span("date-of-birth", match.start(), match.end())


def _before_call(line: str, start: int) -> int:
    """Where a call begins that makes a date: ``date(1984, 3, 12)``."""
    first = max(0, start - 30)
    call = re.search(r"(?:datetime\.)?(?:date|datetime|Date|LocalDate\.of|new Date)\($", line[first:start])
    return first + call.start() if call else start
