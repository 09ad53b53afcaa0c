"""Facts of terraform."""

from __future__ import annotations

from dataclasses import dataclass

from gonogo.facts.unread import Unread


@dataclass(frozen=True)
class Terraform:
    """What the terraform tool read."""

    unread: tuple[Unread, ...] = ()
