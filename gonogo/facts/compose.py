"""Facts of compose."""

from __future__ import annotations

from dataclasses import dataclass

from gonogo.facts.unread import Unread


@dataclass(frozen=True)
class Compose:
    """What the compose tool read."""

    unread: tuple[Unread, ...] = ()
