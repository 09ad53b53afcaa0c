"""Facts of dependencies."""

from __future__ import annotations

from dataclasses import dataclass

from gonogo.facts.unread import Unread


@dataclass(frozen=True)
class Dependencies:
    """What the dependencies tool read."""

    unread: tuple[Unread, ...] = ()
