"""Facts of documents."""

from __future__ import annotations

from dataclasses import dataclass

from gonogo.facts.unread import Unread


@dataclass(frozen=True)
class Documents:
    """What the documents tool read."""

    unread: tuple[Unread, ...] = ()
