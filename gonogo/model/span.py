"""A span of a run's trace, as it is kept and shown: OpenTelemetry's, with plain values."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

Value = str | bool | int | float | tuple[str, ...] | tuple[bool, ...] | tuple[int, ...] | tuple[float, ...]


class Event(BaseModel):
    """Something that happened in a span. ``time`` is in nanoseconds since 1970, UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    time: int
    attributes: dict[str, Value] = {}


class Span(BaseModel):
    """One step of a run. Ids are lower-case hex (32 and 16 digits), times nanoseconds since 1970, UTC.

    ``status`` is ``unset``, ``ok`` or ``error``. The attributes have the names of OpenTelemetry's GenAI semantic
    conventions where there is one, else they begin with ``gonogo.``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trace_id: str
    span_id: str
    parent_id: str | None
    name: str
    kind: str
    start: int
    end: int
    attributes: dict[str, Value] = {}
    events: tuple[Event, ...] = ()
    status: str = "unset"
    message: str = ""
