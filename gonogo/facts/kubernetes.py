"""Facts of kubernetes."""

from __future__ import annotations

from dataclasses import dataclass

from gonogo.facts.unread import Unread


@dataclass(frozen=True)
class Kubernetes:
    """What the kubernetes tool read."""

    unread: tuple[Unread, ...] = ()
