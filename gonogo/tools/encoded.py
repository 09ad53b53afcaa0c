"""A text as somebody could read it who undoes its encodings, with the way back to what stands in it.

Undone are, twice over: escapes of strings (``\\x41``, ``\\u0041``, ``\\101``), addresses (``%41``), markup (``&#65;``)
and mail (``=41``), fullwidth and other compatibility characters, hidden characters in between, base64 in both alphabets
and over lines, hex, and text that runs backwards. Work is linear in the text: what is decoded is no longer than what it
comes from, and nothing is decoded more than twice. Not undone: literals that code joins, ciphers, compression,
alphabets of somebody's own, look-alike letters of other scripts.
"""

from __future__ import annotations

import base64
import html
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from gonogo.tools.hidden import meant_by

DEPTH = 2
_ESCAPE = re.compile(
    r"\\{1,8}(?:u\{(?P<braced>[0-9a-fA-F]{1,6})\}|u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8})|x(?P<byte>[0-9a-fA-F]{2})"
    r"|(?P<octal>[01][0-7]{2})|(?P<slash>/))"
    r"|(?P<percent>(?:%[0-9a-fA-F]{2})+)|(?P<entity>&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,24}(?=;));?)"
    r"|(?P<other>[^\x00-\x7f])"
)
_ESCAPED = re.compile(r"\\[uUx/01]|%[0-9a-fA-F]{2}|&[#A-Za-z]|[^\x00-\x7f]")
_SOFT_BREAK = r"(?<=[^\n]{60})=[ \t]*\n"
_MAIL = re.compile(rf"=3D|=40|(?:=[2-7][0-9A-F]){{2}}|{_SOFT_BREAK}")
_MAIL_ESCAPE = re.compile(rf"=(?P<byte>[2-7][0-9A-F])|{_SOFT_BREAK}")
_QUAD = "[CDI-Za-f][AC-HQS-Xgi-nwyz0-3][ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9+/_-]"
"""Four characters of base64 that are three of ASCII, line ends included: few words look so three times over."""
_BASE64 = re.compile(rf"(?:{_QUAD}){{3,}}[A-Za-z0-9+/_-]{{0,3}}={{0,2}}")
_WIDE = re.compile(
    r"(?:[CDI-Za-f][AQgw][AB][A-Za-z0-9+/]A[AC-H][AEIMQUYcgkosw048]A){2,}(?:[CDI-Za-f][AQgw][A-Za-z0-9+/]{0,2})?={0,2}"
)
"""Base64 of ASCII in two bytes a character, as PowerShell takes commands."""
_BYTE = "(?:[2-7][0-9a-fA-F]|0[9aAdD])"
_HEX = re.compile(rf"(?:0x)?{_BYTE}(?:{_BYTE}{{7,}}|(?:(?:[: ]|,? ?0x){_BYTE}){{7,}})")
_WRAPPED_LINE = re.compile(r"[ \t]*(?P<run>[A-Za-z0-9+/_-]{16,}={0,2})[ \t]*")
_LAST_LINE = re.compile(r"[ \t]*(?P<run>[A-Za-z0-9+/_-]{2,15}={0,2})[ \t]*")
_BEFORE = 40


@dataclass(frozen=True, slots=True)
class Run:
    """Something decoded: characters ``start`` to ``end`` of a reading, and what stands before it in the source."""

    start: int
    end: int
    before: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text is when something in it is undone. ``source`` leads from its characters to those of the text."""

    text: str
    source: Callable[[int, int], tuple[int, int]]
    opaque: bool = False
    """Whether a person who sees the text does not see what is in it: only what is sure should be taken from there."""
    backwards: bool = False
    runs: tuple[Run, ...] = ()
    changed: frozenset[int] | None = None
    """The lines (from 0) that differ from what they were read in; None where all do."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Characters of a reading from ``start`` on, and where they come from; ``kept`` ones as they are, one by one."""

    start: int
    first: int
    last: int
    kept: bool


def readings(text: str, depth: int = DEPTH) -> Iterator[Reading]:
    """The readings of a text that differ from it, most likely first."""
    yield from _within(text, depth)
    back = Reading(text[::-1], lambda start, end: (len(text) - end, len(text) - start), opaque=True, backwards=True)
    yield back
    if depth > 1:
        yield from (_joined(back, inner) for inner in _within(back.text, depth - 1))


def is_escaped(line: str) -> bool:
    """Says whether escapes, compatibility or hidden characters in a line stand for something else."""
    return _unescape(line) is not None


def is_continued(line: str) -> bool:
    """Says whether a line goes on in the next: wrapped base64, or mail with a soft break."""
    return bool(_WRAPPED_LINE.fullmatch(line) or (len(line) > 60 and line.rstrip().endswith("=")))


def _within(text: str, depth: int) -> Iterator[Reading]:
    for undo in (_unescape, _decode_runs, _unescape_mail):
        if found := undo(text):
            yield found
            if depth > 1:
                yield from (_joined(found, inner) for inner in _within(found.text, depth - 1))


def _joined(outer: Reading, inner: Reading) -> Reading:
    def source(start: int, end: int) -> tuple[int, int]:
        return outer.source(*inner.source(start, end))

    return replace(
        inner, source=source, opaque=outer.opaque or inner.opaque, backwards=outer.backwards or inner.backwards
    )


def _unescape(text: str) -> Reading | None:
    if not _ESCAPED.search(text):
        return None
    return _substituted(text, _ESCAPE, _unescaped, opaque=False)


def _unescaped(match: re.Match[str]) -> str:
    kind = match.lastgroup
    if kind == "other":
        return meant_by(match[0])
    if kind == "percent":
        return "".join(map(meant_by, bytes.fromhex(match[0].replace("%", "")).decode("utf-8", "replace")))
    if kind == "entity":
        return "".join(map(meant_by, html.unescape(match[0])))
    if kind == "slash":
        return "/"
    code = int(match[kind or 0], 8 if kind == "octal" else 16)
    return meant_by(chr(code)) if code < 0x110000 else match[0]


def _unescape_mail(text: str) -> Reading | None:
    if not _MAIL.search(text):
        return None
    # what is a length or a name elsewhere is undone here, too: only what is sure counts
    return _substituted(text, _MAIL_ESCAPE, lambda m: chr(int(m["byte"], 16)) if m["byte"] else "", opaque=True)


def _substituted(
    text: str, pattern: re.Pattern[str], meant: Callable[[re.Match[str]], str], *, opaque: bool
) -> Reading | None:
    pieces: list[_Piece] = []
    out: list[str] = []
    length = last = lines = 0
    changed: set[int] = set()
    for match in pattern.finditer(text):
        plain = meant(match)
        if plain == match[0]:
            continue
        if match.start() > last:
            pieces.append(_Piece(length, last, match.start(), kept=True))
            out.append(text[last : match.start()])
            length += len(out[-1])
            lines += out[-1].count("\n")
        changed.add(lines)
        pieces += _undone(match, plain, length)
        out.append(plain)
        length += len(plain)
        last = match.end()
        if "\n" in plain:
            changed.update(range(lines, lines + plain.count("\n") + 1))
            lines += plain.count("\n")
    if not last:
        return None
    pieces.append(_Piece(length, last, len(text), kept=True))
    out.append(text[last:])
    source = partial(_back, pieces, [piece.start for piece in pieces])
    return Reading("".join(out), source, opaque, changed=frozenset(changed))


def _undone(match: re.Match[str], plain: str, start: int) -> list[_Piece]:
    first = match.start()
    if match.lastgroup == "percent" and len(match[0]) == 3 * len(plain):  # else some characters take several bytes
        return [_Piece(start + n, first + 3 * n, first + 3 * n + 3, kept=False) for n in range(len(plain))]
    return [_Piece(start, first, match.end(), kept=False)] if plain else []


def _back(pieces: Sequence[_Piece], starts: Sequence[int], start: int, end: int) -> tuple[int, int]:
    first = pieces[bisect_right(starts, start) - 1]
    last = pieces[bisect_right(starts, max(end - 1, start)) - 1]
    begin = first.first + (start - first.start) if first.kept else first.first
    finish = last.first + (end - last.start) if last.kept else last.last
    return begin, finish


def _decode_runs(text: str) -> Reading | None:
    """All that is decoded, one after the other: each between lines that keep it apart."""
    pieces: list[_Piece] = []
    runs: list[Run] = []
    out: list[str] = []
    length = 0
    for start, end, plain in _decoded(text):
        pieces.append(_Piece(length, start, end, kept=False))
        runs.append(Run(length, length + len(plain), text[max(0, start - _BEFORE) : start]))
        out.append(plain + "\n---\n")
        length += len(out[-1])
    if not pieces:
        return None
    return Reading(
        "".join(out), partial(_back, pieces, [piece.start for piece in pieces]), opaque=True, runs=tuple(runs)
    )


def _decoded(text: str) -> Iterator[tuple[int, int, str]]:
    yield from _decoded_blocks(text)  # first, as one: a line of it alone may show a part of a secret only
    for match in _BASE64.finditer(text):
        yield match.start(), match.end(), _from_base64(match[0]).decode("ascii", "replace")
    for match in _WIDE.finditer(text):
        yield match.start(), match.end(), _from_base64(match[0]).decode("utf-16-le", "replace")
    for match in _HEX.finditer(text):
        plain = re.sub("0x|[^0-9a-fA-F]", "", match[0])
        yield match.start(), match.end(), bytes.fromhex(plain[: len(plain) // 2 * 2]).decode("ascii", "replace")


def _decoded_blocks(text: str) -> Iterator[tuple[int, int, str]]:
    """Base64 that is wrapped: lines of nothing else, one below the other, the last as short as it may be."""
    block: list[tuple[int, int, str]] = []
    at = 0
    for line in [*text.split("\n"), ""]:
        match = _WRAPPED_LINE.fullmatch(line) or (_LAST_LINE.fullmatch(line) if block else None)
        if match:
            block.append((at + match.start("run"), at + match.end("run"), match["run"].rstrip("=")))
        elif block:
            whole = "".join(run for _, _, run in block)
            if len(block) > 1 and (found := _BASE64.search(whole)):
                yield block[0][0], block[-1][1], _from_base64(whole[found.start() :]).decode("ascii", "replace")
            block = []
        at += len(line) + 1


def _from_base64(run: str) -> bytes:
    plain = run.rstrip("=").replace("-", "+").replace("_", "/")
    plain = plain[: len(plain) - 1] if len(plain) % 4 == 1 else plain
    return base64.b64decode(plain + "=" * (-len(plain) % 4))
