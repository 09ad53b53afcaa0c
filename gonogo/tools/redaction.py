"""What leaves a tool: secrets and personal data replaced, hidden characters made visible. All are counted."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from threading import Lock

from gonogo.tools.encoded import is_continued, is_escaped
from gonogo.tools.hidden import make_visible as make_visible
from gonogo.tools.personal_data import find_in_lines, marked
from gonogo.tools.revealing import Found, find_encoded, find_secrets

CONTEXT_LINES = 250
"""How far around an excerpt is read, for keys and manifests that begin above it."""
ENCODED_CONTEXT_LINES = 60
"""The same for what is escaped: longer than a private key."""
MOST_ROUNDS = 5
MOST_KEPT = 4096
"""Excerpts that are kept, by a hash of all that they come from: cleaning is a pure function of it."""


@dataclass(frozen=True, slots=True)
class Clean:
    """Text that may leave a tool, with what was done to it."""

    text: str
    secrets: int = 0
    hidden: int = 0
    personal: int = 0


_cleaned: dict[bytes, Clean] = {}
_lock = Lock()


def clean(text: str, path: str = "") -> Clean:
    """Redacts secrets and personal data, escapes hidden characters. Idempotent: cleaning twice changes nothing more.

    ``path`` tells how the text writes literals; without one, unquoted values are redacted only where they look it.
    """
    visible, hidden = make_visible(text)
    page = _Page(visible.split("\n"), path)
    page.redact()
    return Clean("\n".join(page.lines), sum(page.secrets), hidden, sum(page.personal))


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
    shown = [make_visible(line) for line in lines]
    page = _Page([text for text, _ in shown], path, inside)
    page.redact()
    text = "\n".join(line[:length].rstrip() for line in page.lines[inside])
    hidden = sum(hidden for _, hidden in shown[inside])
    return Clean(text, sum(page.secrets[inside]), hidden, sum(page.personal[inside]))


class _Page:
    """Lines that lose, round by round, what must not be told, and how much of it each had."""

    def __init__(self, lines: list[str], path: str, inside: slice | None = None) -> None:
        self.lines = lines
        self.path = path
        self.inside = range(len(lines))[inside or slice(None)]
        self.secrets = [0] * len(lines)
        self.personal = [0] * len(lines)

    def redact(self) -> None:
        for _ in range(MOST_ROUNDS):  # what goes can bring to light what stood behind it
            before = self.lines
            self._replace(find_secrets(self.lines, self.path, self.inside))
            self._replace(self._personal())
            self._replace(self._encoded())
            if self.lines == before:
                return

    def _personal(self) -> list[Found]:
        """In the lines that are shown, in the light of all."""
        told = "\n".join(self.lines[at] for at in self.inside).encode("utf-8", "replace")
        numbers = [self.inside.start + number for number in marked(told)]
        found = find_in_lines(self.lines, numbers)
        return [Found(number, span.start, span.end, span.kind, personal=True) for number, span in found]

    def _encoded(self) -> list[Found]:
        first, last = self._reach()
        return [replace(found, line=first + found.line) for found in find_encoded(self.lines[first:last], self.path)]

    def _reach(self) -> tuple[int, int]:
        """The lines that are shown, with those that what is encoded in them goes on in."""
        first, last = self.inside.start, self.inside.stop
        if any(is_escaped(self.lines[at]) for at in self.inside):
            # a key, or the name of a value, may begin above
            first, last = max(0, first - ENCODED_CONTEXT_LINES), min(last + ENCODED_CONTEXT_LINES, len(self.lines))
        while first > 0 and is_continued(self.lines[first - 1]):
            first -= 1
        while last < len(self.lines) and is_continued(self.lines[last - 1]):
            last += 1
        return first, last

    def _replace(self, places: list[Found]) -> None:
        out = list(self.lines)
        for place in sorted(places, key=lambda place: (place.line, -place.start)):
            line = out[place.line]
            out[place.line] = f"{line[: place.start]}[redacted:{place.kind}]{line[place.end :]}"
            (self.personal if place.personal else self.secrets)[place.line] += 1
        self.lines = out
