"""Facts of pipelines."""

from __future__ import annotations

from dataclasses import dataclass

from gonogo.facts.unread import Unread


@dataclass(frozen=True)
class Pipelines:
    """What the pipelines tool read."""

    unread: tuple[Unread, ...] = ()
