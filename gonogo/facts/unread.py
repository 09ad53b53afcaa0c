"""What could not be read, and why: it keeps a pass or a not-applicable from standing on missing evidence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Unread:
    """A file that a tool should have read. ``reason`` completes "PATH could not be read: ..."."""

    path: str
    reason: str
    line: int = 0
    broken: bool = False
    """Nobody can read it: it does not parse, so nothing in it is deployed. It fails valid-configuration instead of
    keeping other answers open."""
