"""What is audited, for which tier and environment."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from gonogo.model.criterion import Severity


class Tier(StrEnum):
    """How much hangs on the service: A mission-critical, B normal, C internal."""

    A = "A"
    B = "B"
    C = "C"

    @property
    def gates(self) -> frozenset[Severity]:
        """The severities whose failure forbids GO at this tier."""
        severities = {
            Tier.A: (Severity.BLOCKER, Severity.CRITICAL, Severity.HIGH),
            Tier.B: (Severity.BLOCKER, Severity.CRITICAL),
            Tier.C: (Severity.BLOCKER,),
        }
        return frozenset(severities[self])


class Source(BaseModel):
    """One source of a target, as a report names it; never a machine's path or a credential."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    name: str
    commit: str | None = None
    branch: str | None = None
    dirty: bool | None = None
    notes: tuple[str, ...] = ()
    observed: str | None = None
    """When a live source was looked at: ISO 8601, UTC. None for files, which are read during the audit."""


class Target(BaseModel):
    """A service with its sources, tier and environment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    tier: Tier = Tier.B
    environment: str = "production"
    sources: tuple[Source, ...] = ()
    today: date | None = Field(default=None, exclude=True)
    """The day of the audit, for support lives; None compares as of the day of the table. Not part of a report."""
