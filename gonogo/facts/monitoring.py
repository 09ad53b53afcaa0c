"""Facts of monitoring."""

from __future__ import annotations

from dataclasses import dataclass

from gonogo.facts.unread import Unread


@dataclass(frozen=True)
class Monitoring:
    """What the monitoring tool read."""

    unread: tuple[Unread, ...] = ()
