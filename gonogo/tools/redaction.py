"""What leaves a tool: secrets replaced, hidden characters made visible. Both are counted."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from itertools import groupby
from threading import Lock

from gonogo.tools.secrets.detect import Hit, find_hits
from gonogo.tools.secrets.judge import Format, Level
from gonogo.tools.secrets.places import shape_of
from gonogo.tools.secrets.values import is_random

CONTEXT_LINES = 250
"""How far around an excerpt is read, for keys and manifests that begin above it."""
MOST_ROUNDS = 5
MOST_KEPT = 4096
"""Excerpts that are kept, by a hash of all that they come from: cleaning is a pure function of it."""
_VISIBLE = {"\n", "\t"}
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
"""Characters that show nothing though their category says otherwise."""


@dataclass(frozen=True, slots=True)
class Clean:
    """Text that may leave a tool, with what was done to it."""

    text: str
    secrets: int = 0
    hidden: int = 0


_cleaned: dict[bytes, Clean] = {}
_lock = Lock()


def clean(text: str, path: str = "") -> Clean:
    """Redacts secrets and escapes hidden characters. Idempotent: cleaning twice changes nothing more.

    ``path`` tells how the text writes literals; without one, unquoted values are redacted only where they look it.
    """
    visible, hidden = _visible(text)
    lines, counts = _redacted(visible.split("\n"), path)
    return Clean("\n".join(lines), sum(counts), hidden)


def clean_lines(lines: list[str], first: int, last: int, *, path: str = "", length: int = 300) -> Clean:
    """Lines ``first`` to ``last`` (from 1) of a file, redacted in the light of what stands around them, then cut."""
    start = max(0, first - 1 - CONTEXT_LINES)
    around = lines[start : last + CONTEXT_LINES]
    inside = (first - 1 - start, last - start)
    # several answers cite one place, and the guard reads all of them again
    told = "\n".join((path, f"{len(around)} {inside} {length}", *around))
    key = hashlib.sha256(told.encode("utf-8", "surrogatepass")).digest()
    with _lock:
        found = _cleaned.get(key)
    if found is None:
        found = _clean_inside(around, slice(*inside), path, length)
        with _lock:
            _cleaned[key] = found
            if len(_cleaned) > MOST_KEPT:
                del _cleaned[next(iter(_cleaned))]
    return found


def _clean_inside(lines: list[str], inside: slice, path: str, length: int) -> Clean:
    shown = [_visible(line) for line in lines]
    around, counts = _redacted([text for text, _ in shown], path)
    text = "\n".join(line[:length].rstrip() for line in around[inside])
    return Clean(text, sum(counts[inside]), sum(hidden for _, hidden in shown[inside]))


def _redacted(lines: list[str], path: str) -> tuple[list[str], list[int]]:
    """The lines without secrets, and how many each had."""
    counts = [0] * len(lines)
    for _ in range(MOST_ROUNDS):  # what goes can bring to light what stood behind it
        out = _one_round(lines, counts, path)
        if out == lines:
            break
        lines = out
    return lines, counts


def _one_round(lines: list[str], counts: list[int], path: str) -> list[str]:
    hits = find_hits("\n".join(lines).encode("utf-8", "replace"), shape_of(path) if path else Format.YAML)
    out = list(lines)
    for number, group in groupby(hits, key=lambda hit: hit.line):
        for hit in sorted(group, key=lambda hit: -hit.start):
            if _goes(hit, known=bool(path)):
                line = out[number]
                out[number] = f"{line[: hit.start]}[redacted:{hit.kind}]{line[hit.end :]}"
                counts[number] += 1
    return out


def _goes(hit: Hit, *, known: bool) -> bool:
    if hit.level is Level.PLACEHOLDER or hit.start == hit.end:
        return False
    return known or hit.quoted or hit.level is not Level.DOUBTFUL or is_random(hit.value, 12)


def _visible(text: str) -> tuple[str, int]:
    """The text with hidden characters escaped, and how many there were."""
    if text.isascii() and text.isprintable():
        return text, 0
    hidden = sum(map(_is_hidden, text))
    if hidden:
        text = "".join(f"\\u{{{ord(char):x}}}" if _is_hidden(char) else char for char in text)
    return text, hidden


def _is_hidden(char: str) -> bool:
    if char in _VISIBLE or " " <= char <= "~":
        return False
    if char in _BLANK or 0xFE00 <= ord(char) <= 0xFE0F or 0xE0100 <= ord(char) <= 0xE01EF:
        return True
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
