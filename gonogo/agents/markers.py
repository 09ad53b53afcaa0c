"""Finds text that addresses who audits instead of what is audited: counted and shown, never obeyed.

A marker changes no answer. What is missed here is only uncounted: everything from a target stands in a fence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import re2  # type: ignore[import-untyped]

from gonogo.agents.folding import View, read_views
from gonogo.agents.phrases import Expressions, Kind, glued_phrases, spoken_phrases, structures
from gonogo.tools.redaction import make_visible

__all__ = ["Kind", "Marker", "find_markers"]

EXCERPT = 160
"""Characters of a line that a marker shows."""


@dataclass(frozen=True, slots=True, order=True)
class Marker:
    """A line that tries to steer who reads it."""

    line: int
    """Lines from the beginning of the text: 0 is its first."""
    kind: Kind
    excerpt: str
    """What stands there, hidden characters made visible, cut."""


@dataclass(frozen=True)
class _Patterns:
    """Patterns that one pass looks for; only those that the text holds are then looked for one by one."""

    set: Any
    single: tuple[tuple[Kind, Any], ...]

    def lines(self, text: str) -> Iterator[tuple[Kind, int]]:
        """Kind and line of each match."""
        data = text.encode("utf-8", "replace")
        for index in sorted(self.set.Match(data) or ()):
            kind, pattern = self.single[index]
            line = seen = 0
            for match in pattern.finditer(data):
                begins = match.start() + len(match[0]) - len(match[0].lstrip())
                line += data.count(b"\n", seen, begins)
                seen = begins
                yield kind, line


def find_markers(text: str) -> tuple[Marker, ...]:
    """The markers of a text by line and kind, one of a kind a line. Finds them disguised too: look-alike letters,
    hidden characters, base64, escapes. Linear in the text."""
    lines = text.split("\n")
    found: dict[tuple[int, Kind], Marker] = {}
    for view in read_views(text):
        for kind, line in _matches(view):
            if (line, kind) not in found and line < len(lines):
                found[line, kind] = Marker(line, kind, _shown(lines[line]))
    return tuple(sorted(found.values()))


def _matches(view: View) -> Iterator[tuple[Kind, int]]:
    looked = ((_words(), view.words), (_glued(), view.glued), (_structure(), view.folded))
    for patterns, text in looked:
        for kind, line in patterns.lines(text) if text.strip() else ():
            yield kind, view.line if view.fixed else line


def _shown(line: str) -> str:
    return make_visible(line.strip()[:EXCERPT])[0][:EXCERPT]


@cache
def _words() -> _Patterns:
    return _compile(spoken_phrases())


@cache
def _glued() -> _Patterns:
    return _compile(glued_phrases())


@cache
def _structure() -> _Patterns:
    return _compile(structures())


def _compile(patterns: Expressions) -> _Patterns:
    options = re2.Options()
    options.max_mem = 1 << 27
    options.log_errors = False
    together = re2.Set.SearchSet(options)
    single = []
    for kind, pattern in patterns:
        together.Add(pattern)
        single.append((kind, re2.compile(pattern, options)))
    together.Compile()
    return _Patterns(together, tuple(single))
