"""A sentence as the rules read it: disguise undone, then cut into segments and tokens."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d\u00ad]")
_MARKS = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00ab": '"', "\u00bb": '"'}
)
_CODE = re.compile(r"`([^`]*)`")
_CHUNK = re.compile(r"`[^`]*`|[^\s`]+")
_OPENING = "([{\"'<>~=+*\u2026\u2022"
_CLOSING = ")]}\"',;:.!?>*\u2026"
_SENTENCE_END = re.compile(
    r"(?<=\S[.!?])(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bvs\.)(?<!\betc\.)\s+(?=[A-Z`\"'(\[\d]|[a-z0-9-]+: )"
)
_BREAKS = re.compile(r"[;:()]|,(?!\d)|\s-+\s|[.!?]+(?=\s|$)")
_PARTS = re.compile(r"[:;](?=\s)")
_JOINTS = re.compile(
    r"\s(?=(?:but|while|whereas|although|though|yet|however|except|and|or|nor|so|because|since(?! been)|which|that|who|"
    r"as|even)\s)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, name, number or code span. ``start`` is where it stands in the plain text."""

    text: str
    start: int
    is_code: bool
    opens: bool
    """It begins a sentence, or what stands after a colon or in quotation marks."""
    first: bool
    """It begins a sentence."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a sentence that says one thing. ``joint`` is the word or mark before it (``but``, ``;``, or empty)."""

    text: str
    joint: str
    start: int


@dataclass(frozen=True)
class Reading:
    """One text. ``plain`` is what the rules match on; ``raw`` is as it was given."""

    raw: str

    @cached_property
    def plain(self) -> str:
        return fold(self.raw)

    @cached_property
    def words(self) -> str:
        """The plain text without its code spans: they are names, and say nothing by themselves."""
        return _CODE.sub(lambda match: " " + "\u00b7" * max(len(match[0]) - 2, 0) + " ", self.plain)

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        return tuple(_tokens(self.plain))

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        return tuple(_segments(self.words))


def without(text: str, said: Iterable[str]) -> str:
    """The text without what stands in it word for word of what was said: parts of three words or more, no quotes."""
    for part in (part for whole in said for part in _PARTS.split(fold(whole))):
        if len(part.split()) >= 3 and '"' not in part and part.strip() in text:
            text = text.replace(part.strip(), "it")
    return text


def fold(text: str) -> str:
    """One line, compatible characters and accents undone, one kind of dash, quotation mark and space."""
    if text.isascii():
        return " ".join(text.split())
    text = unicodedata.normalize("NFKC", text)
    text = _DASHES.sub("-", text.replace("\u2014", " - ")).translate(_MARKS)
    text = "".join(char for char in unicodedata.normalize("NFKD", text) if unicodedata.category(char) != "Mn")
    return " ".join(text.split())


def split_sentences(text: str) -> list[str]:
    """Sentences of running text."""
    return [part for part in _SENTENCE_END.split(text.strip()) if part]


def _tokens(text: str) -> Iterator[Token]:
    first, opens = True, True
    for match in _CHUNK.finditer(text):
        chunk = match[0]
        if chunk.startswith("`"):
            yield Token(chunk[1:-1], match.start(), is_code=True, opens=opens, first=first)
            first = opens = False
            continue
        bare = chunk.lstrip(_OPENING)
        start = match.start() + len(chunk) - len(bare)
        opened = len(bare) < len(chunk) and chunk[0] in "\"'("
        word = bare.rstrip(_CLOSING)
        if word:
            yield Token(word, start, is_code=False, opens=opens or opened, first=first)
        tail = bare[len(word) :]
        first = any(mark in tail for mark in ".!?") and word.lower() not in ("e.g", "i.e", "vs", "etc")
        opens = first or ":" in tail


def _segments(text: str) -> Iterator[Segment]:
    position, joint = 0, ""
    for match in [*_BREAKS.finditer(text), None]:
        end = match.start() if match else len(text)
        yield from _clauses(text[position:end], joint, position)
        if match:
            position, joint = match.end(), match[0].strip()


def _clauses(text: str, joint: str, start: int) -> Iterator[Segment]:
    position = 0
    for piece in _JOINTS.split(text):
        word = piece.split(None, 1)[0].lower() if piece.strip() else ""
        here = text.index(piece, position) if piece else position
        if piece.strip():
            yield Segment(piece, word if here else joint, start + here)
        position = here + len(piece)
