"""Spans for the run store, off the audit's threads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from gonogo.model.span import Event, Span

Keep = Callable[[Sequence[Span]], None]


class KeepingExporter(SpanExporter):
    """Gives ended spans to whoever keeps them."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self._keep([plain_span(span) for span in spans])
        return SpanExportResult.SUCCESS


def plain_span(span: ReadableSpan) -> Span:
    """A span with plain values."""
    context = span.context
    assert context is not None, "an ended span has a context"
    return Span(
        trace_id=f"{context.trace_id:032x}",
        span_id=f"{context.span_id:016x}",
        parent_id=f"{span.parent.span_id:016x}" if span.parent else None,
        name=span.name,
        kind=span.kind.name.lower(),
        start=span.start_time or 0,
        end=span.end_time or span.start_time or 0,
        attributes=_plain(span.attributes),
        events=tuple(
            Event(name=event.name, time=event.timestamp, attributes=_plain(event.attributes)) for event in span.events
        ),
        status=span.status.status_code.name.lower(),
        message=span.status.description or "",
    )


def _plain(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        name: tuple(value) if isinstance(value, (list, tuple)) else value for name, value in (attributes or {}).items()
    }
