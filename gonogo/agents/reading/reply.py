"""Answers to a model: our own words first, then what is the target's, fenced and cut to size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gonogo.agents.fence import fence
from gonogo.agents.markers import Marker
from gonogo.tools.redaction import Clean

MOST_CHARACTERS = 8_000
REDACTED = "[redacted:"
"""How what stands for a secret begins."""
LINE_LENGTH = 1_000
"""Where a line of ours is cut; those of files are shorter."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model gets for a call."""

    text: str
    is_error: bool = False
    """Whether the call could not be answered; then the text says what to do instead."""
    markers: tuple[Marker, ...] = ()
    """Lines in it that address the reader, counted from the first line within the fence."""
    hidden: int = 0
    """Hidden characters that were made visible in it."""
    secrets: int = 0
    """Secrets that were replaced in it."""


def compose(
    head: str,
    lines: Sequence[Clean],
    label: str,
    rest: Callable[[int], str] = lambda shown: "",
    *,
    is_error: bool = False,
) -> Reply:
    """Our words, then lines of the target in a fence, as many as fit. ``rest`` gets how many are shown and says what is
    left out; nothing where it is all there."""
    lines = [_cut(line) for line in lines]
    room = MOST_CHARACTERS
    while True:
        shown = _fitting(lines, room)
        fenced = fence("\n".join(line.text for line in shown), label)
        text = "\n".join(part for part in (head, fenced.text, rest(len(shown))) if part)
        if len(text) <= MOST_CHARACTERS or not shown:
            hidden = sum(line.hidden for line in shown) + fenced.hidden
            return Reply(text, is_error, fenced.markers, hidden, sum(line.secrets for line in shown))
        room = min(room - (len(text) - MOST_CHARACTERS), sum(len(line.text) + 1 for line in shown) - 1)


def _fitting(lines: Sequence[Clean], room: int) -> Sequence[Clean]:
    used = 0
    for number, line in enumerate(lines):
        used += len(line.text) + 1
        if used > room:
            return lines[:number]
    return lines


def _cut(line: Clean) -> Clean:
    if len(line.text) <= LINE_LENGTH:
        return line
    return Clean(line.text[: LINE_LENGTH - 4] + " ...", line.secrets, line.hidden)
