"""Facts of docker."""

from __future__ import annotations

from dataclasses import dataclass

from gonogo.facts.unread import Unread


@dataclass(frozen=True)
class Docker:
    """What the docker tool read."""

    unread: tuple[Unread, ...] = ()
