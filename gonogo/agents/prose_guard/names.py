"""Names: paths, identifiers, products, persons and acronyms must stand somewhere in the facts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from gonogo.agents.prose_guard.corpus import NUMBER_WORDS, unit_of
from gonogo.agents.prose_guard.facts import Cited, TextFacts
from gonogo.agents.prose_guard.sentence import Reading, Token, fold
from gonogo.agents.prose_guard.vocabulary import load_vocabulary, word_set
from gonogo.criteria import load_catalogue

_NUMBERISH = re.compile(
    r"[#$\u20ac\u00a3~<>=\u00b1+-]*v?\d+(?:[.,:/-]\d+)*(?:\+|%|x|k|st|nd|rd|th|-?(?P<unit>[A-Za-z]+))?", re.IGNORECASE
)
_IDENTIFIER = re.compile(r"[_/\\@=${}\[\]():|*]|\w\.\w|[a-z][A-Z]|[A-Z]{2}[a-z]{2}|^--?\w|^\.\w|::")
_ACRONYM = re.compile(r"[A-Z][A-Z0-9]+s?")
_SMALL = re.compile(r"(?<![\w./`])[a-z]{3,}(?![\w./`])")
_ABBREVIATIONS = {"e.g", "i.e", "vs", "etc", "approx", "cf"}
_SPELLED = re.compile(r"(?<!\S)\W?\w(?:[\s.*_-]+\w){2,}(?!\w)")


def wrong_names(reading: Reading, facts: TextFacts, cited: Cited) -> Iterator[str]:
    """Names that stand neither in what is cited nor anywhere in the facts."""
    tokens = reading.tokens
    for position, token in enumerate(tokens):
        if not _is_known(token, tokens[position - 1] if position else None, facts, cited):
            yield token.text
    yield from wrong_tier(reading, facts)


def wrong_tier(reading: Reading, facts: TextFacts) -> Iterator[str]:
    """Another tier than the target's."""
    for match in re.finditer(r"\btiers? ([A-Za-z]|\d+)\b", reading.words, re.IGNORECASE):
        if match[1].upper() != facts.target.tier.value and match[1] != "a":
            yield match[0]


def disguised(raw: str, facts: TextFacts, cited: Cited) -> Iterator[str]:
    """Letters and digits that look like others, words of two alphabets, and words spelled out letter by letter."""
    for word in raw.split():
        odd = [char for char in word if char.isalnum() and not char.isascii()]
        if odd and (_is_odd(odd) or (_alphabets(word) and not _stands(fold(word).strip(".,;:!?()\"'"), facts, cited))):
            yield word
    for match in _SPELLED.finditer(fold(raw)):
        if sum(char.isalpha() for char in match[0]) > 2 and not _stands(match[0].strip(), facts, cited):
            yield match[0]


def is_number(token: Token) -> bool:
    """Says whether a token is a number, alone or with a unit."""
    if token.is_code:
        return False
    match = _NUMBERISH.fullmatch(token.text)
    return match is not None and (match["unit"] is None or bool(unit_of(match["unit"])))


def _is_known(token: Token, before: Token | None, facts: TextFacts, cited: Cited) -> bool:
    text = token.text
    if token.is_code:
        return not text.strip() or _stands(text, facts, cited)
    if text.lower().endswith("'s") or text.endswith("s'"):
        text = text[:-2] if text.lower().endswith("'s") else text[:-1]
    if is_number(token) or text.lower() in _ABBREVIATIONS or text in _terms() or facts.is_known(text):
        return True
    if _stands_exactly(text, facts, cited):
        return True
    if not any(char.isalnum() for char in text):
        return True
    if "/" in text and (text.lower() in word_set("slashes") or all(part in _terms() for part in text.split("/"))):
        return True
    if _IDENTIFIER.search(text):
        return _stands(text, facts, cited) or _stands(text.replace("\\", ""), facts, cited)
    if "-" in text.strip("-"):
        return _is_compound(text, token, facts, cited)
    return _is_word(text, token, before, facts, cited)


def _is_word(text: str, token: Token, before: Token | None, facts: TextFacts, cited: Cited) -> bool:
    """One token without dots, slashes and hyphens."""
    if any(char.isdigit() for char in text):
        return _stands(text, facts, cited)
    if not text.isascii() and any("LATIN" not in unicodedata.name(char, "") for char in text if char.isalpha()):
        return _stands(text, facts, cited)
    if _ACRONYM.fullmatch(text):
        return text.removesuffix("s") in _terms()
    if len(text) == 1 and text.isupper():
        return text in "AI" or (before is not None and before.text.lower() in ("tier", "tiers"))
    if not text[0].isupper():
        return True
    if text.lower() in facts.slug_words:
        return True
    if token.opens:
        return _opens(text, token, facts, cited)
    return False


def _opens(text: str, token: Token, facts: TextFacts, cited: Cited) -> bool:
    """A capital where a sentence, or something in it, begins. What opens a sentence may also be any English word."""
    word = text.lower().split("'")[0]
    if (
        word in word_set("openers")
        or word in NUMBER_WORDS
        or cited.corpus.has_word(word)
        or facts.corpus.has_word(word)
    ):
        return True
    if not token.first:
        return False
    return word.endswith(tuple(word_set("english_endings"))) or any(form in _ordinary() for form in _singular(word))


def _singular(word: str) -> tuple[str, ...]:
    return (word, word.removesuffix("s"), word.removesuffix("es"), re.sub(r"ies$", "y", word))


@cache
def _ordinary() -> frozenset[str]:
    """Words that are no names: English ones, and what the catalogue writes small."""
    texts = (text for row in load_catalogue() for text in (row.asks, row.why, row.fix, row.verify))
    return frozenset(_SMALL.findall(" ".join(texts))) | word_set("openers") | word_set("plain_nouns")


def _is_compound(text: str, token: Token, facts: TextFacts, cited: Cited) -> bool:
    """``rate-limited``, ``AWS-managed``: known as a whole, or ordinary English of parts that are known."""
    if _stands(text, facts, cited):
        return True
    parts = text.strip("-").split("-")
    if text.lower() in NUMBER_WORDS or _is_verdict(text):
        return True
    if text.islower() and all({*_singular(part)} & _ordinary() for part in parts):
        return True
    halves = word_set("compound_halves")
    ordinary = 0
    for position, part in enumerate(parts):
        lower = part.lower()
        capital = part[:1].isupper() and not (position == 0 and token.opens)
        if part.isdigit() and position == 0:
            continue  # a number, which its own rule reads
        if capital or any(char.isdigit() for char in part):
            if part.removesuffix("s") not in _terms() and not _stands_exactly(part, facts, cited):
                return False
            ordinary += 1
        elif lower in halves or lower in NUMBER_WORDS or lower.endswith(("ed", "ing", "able", "ly")):
            ordinary += 1
        elif not (facts.corpus.has_word(lower) or cited.corpus.has_word(lower)):
            return False
    return ordinary > 0 or len(parts) == 1 or parts[0].isdigit()


def _is_verdict(text: str) -> bool:
    return re.fullmatch(r"no-?go", text, re.IGNORECASE) is not None


def _stands(text: str, facts: TextFacts, cited: Cited) -> bool:
    return cited.corpus.has(text) or facts.corpus.has(text)


def _stands_exactly(text: str, facts: TextFacts, cited: Cited) -> bool:
    """As it stands, capitals included; for capitals and names."""
    return text[:1].isupper() and (cited.corpus.has_exact(text) or facts.corpus.has_exact(text))


@cache
def _terms() -> frozenset[str]:
    singular = word_set("field_terms") | {"GO", "NO-GO", "CONDITIONAL"}
    return singular | {part for phrase in load_vocabulary().lists["field_phrases"] for part in phrase.split()[:1]}


def _is_odd(chars: list[str]) -> bool:
    """Letters or digits that are variants of ordinary ones (full width, bold, raised), or digits of another script."""
    return any(unicodedata.normalize("NFKC", char) != char or char.isnumeric() for char in chars)


def _alphabets(word: str) -> bool:
    scripts = {unicodedata.name(char, "?").split()[0] for char in word if char.isalpha()}
    return len(scripts) > 1
