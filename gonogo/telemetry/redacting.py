"""The door that every span leaves by: what is in it is redacted first, for the store and for collectors alike.

It wraps an exporter, since a span can't be changed any more when a processor sees it end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Link, Status

from gonogo.telemetry.names import CONTENT
from gonogo.tools.redaction import clean

MOST_CHARACTERS = 20_000
"""Of one attribute: what is longer is cut after it was redacted."""
MOST_REMEMBERED = 500
"""Characters of a text whose redaction is remembered: names and ids come again and again, contents don't."""
_LEFT_OUT = frozenset({"exception.stacktrace"})
"""Where code lies on this machine says nothing of the audit."""


class RedactingExporter(SpanExporter):
    """Hands redacted copies on. Without ``content`` what models were asked and said is left out."""

    def __init__(self, inner: SpanExporter, *, content: bool) -> None:
        self._inner, self._content = inner, content

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._inner.export([self._redacted(span) for span in spans])

    def shutdown(self) -> None:
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._inner.force_flush(timeout_millis)

    def _redacted(self, span: ReadableSpan) -> ReadableSpan:
        status = span.status
        return ReadableSpan(
            name=redacted(span.name),
            context=span.context,
            parent=span.parent,
            resource=span.resource,
            attributes=self._attributes(span.attributes),
            events=[
                Event(redacted(event.name), self._attributes(event.attributes), event.timestamp)
                for event in span.events
            ],
            links=[Link(link.context, self._attributes(link.attributes)) for link in span.links],
            kind=span.kind,
            status=Status(status.status_code, redacted(status.description)) if status.description else status,
            start_time=span.start_time,
            end_time=span.end_time,
            instrumentation_scope=span.instrumentation_scope,
        )

    def _attributes(self, given: Mapping[str, Any] | None) -> dict[str, Any]:
        left_out = _LEFT_OUT if self._content else _LEFT_OUT | CONTENT
        return {redacted(name): _value(value) for name, value in (given or {}).items() if name not in left_out}


def redacted(text: str) -> str:
    """A text that may leave: secrets and personal data replaced, hidden characters shown, and cut."""
    return _remembered(text) if len(text) <= MOST_REMEMBERED else clean(text).text[:MOST_CHARACTERS]


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, (list, tuple)):
        return tuple(_value(item) for item in value)
    return value


@lru_cache(maxsize=4096)
def _remembered(text: str) -> str:
    return clean(text).text[:MOST_CHARACTERS]
