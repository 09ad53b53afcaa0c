"""Facts of cloudformation."""

from __future__ import annotations

from dataclasses import dataclass

from gonogo.facts.unread import Unread


@dataclass(frozen=True)
class CloudFormation:
    """What the cloudformation tool read."""

    unread: tuple[Unread, ...] = ()
