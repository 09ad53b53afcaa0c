"""Facts of code."""

from __future__ import annotations

from dataclasses import dataclass

from gonogo.facts.unread import Unread


@dataclass(frozen=True)
class Code:
    """What the code tool read."""

    unread: tuple[Unread, ...] = ()
