"""Facts of secrets."""

from __future__ import annotations

from dataclasses import dataclass

from gonogo.facts.unread import Unread


@dataclass(frozen=True)
class Secrets:
    """What the secrets tool read."""

    unread: tuple[Unread, ...] = ()
