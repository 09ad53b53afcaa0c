"""What a reader of a live source gets, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gonogo.model.snapshot import Gap, Record
from gonogo.model.target import Source


@dataclass(frozen=True)
class Reading:
    """``clock`` gives aware UTC times; ``environment`` the variables that a source names for tokens and addresses."""

    clock: Callable[[], datetime]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Shown:
    """What one source showed, and what it did not let us see. ``sources`` names it in the report."""

    sources: tuple[Source, ...]
    records: tuple[Record, ...] = ()
    gaps: tuple[Gap, ...] = ()
