"""A run in one file: all that its report was made from, without the target. Nothing in it is believed unread."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from gonogo.model.criterion import Area, Criterion
from gonogo.model.evidence import Kept
from gonogo.model.terms import NO_TERMS, Terms


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RecordedCall(_Part):
    """A call of a model, or of a guardrail, that was answered. ``request`` has the messages that were new in it."""

    conversation: str
    turn: int
    key: str
    request: tuple[dict[str, Any], ...]
    answer: dict[str, Any]


class RunFile(_Part):
    """An exported run. ``clock`` is the time that its report tells (ISO 8601, UTC), ``state`` what its specialists and
    their models came to, ``report_sha256`` the hash of the report as JSON."""

    format: Literal["gonogo run 2"] = "gonogo run 2"
    gonogo: str
    run: str
    clock: str
    areas: tuple[Area, ...]
    options: dict[str, str]
    criteria: tuple[Criterion, ...]
    terms: Terms = NO_TERMS
    state: dict[str, Any]
    evidence: tuple[Kept, ...]
    calls: tuple[RecordedCall, ...] = ()
    report_sha256: str
