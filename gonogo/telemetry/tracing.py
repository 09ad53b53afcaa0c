"""Opens a run's telemetry: spans to the store and, where one is named, to a collector.

Nothing is global, and no variable of the environment sends anything anywhere: what leaves is what the operator asked
for.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlsplit

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import NoOpTracer, Tracer

from gonogo.telemetry.keeping import Keep, KeepingExporter
from gonogo.telemetry.metrics import Metrics, NoMetrics, open_metrics
from gonogo.telemetry.names import PROJECT, SERVICE, VERSION
from gonogo.telemetry.redacting import RedactingExporter

NAME = "gonogo"
FLUSH_SECONDS = 5.0
"""How long an audit waits at its end for a store or a collector that does not answer."""
EXPORT_SECONDS = 3.0
BATCH, QUEUE, DELAY_MILLIS = 256, 8_192, 500
MOST_IN_A_SPAN = 2_000
_OTEL = "OTEL_"
_SILENT = logging.NullHandler()
_environment = Lock()


@dataclass(frozen=True)
class Telemetry:
    """Where a run's spans and figures go."""

    tracer: Tracer = field(default_factory=NoOpTracer)
    metrics: Metrics = field(default_factory=NoMetrics)
    run: str = ""
    content: bool = False

    @staticmethod
    def off() -> Telemetry:
        """Telemetry that does nothing."""
        return Telemetry()


@contextmanager
def open_telemetry(
    *,
    run: str,
    version: str,
    problem: Callable[[str], None],
    keep: Keep | None = None,
    otlp: str | None = None,
    headers: Mapping[str, str] | None = None,
    content: bool = False,
) -> Iterator[Telemetry]:
    """Telemetry of one run, flushed at its end.

    ``run`` is its id: where that is 32 hex digits it is also the trace's, so that a run which is resumed stays one
    trace. ``keep`` gets ended spans, ``otlp`` is the address of a collector, http or https, without ``/v1/traces``.
    ``problem`` hears, from any thread, once of each that does not work: the audit does not wait for it longer than a
    moment, and goes on.
    """
    if otlp is not None and not is_address(otlp):
        problem(
            "the collector's address is not an http or https URL: traces and metrics are not sent, the audit goes on."
        )
        otlp = None
    if keep is None and otlp is None:
        yield Telemetry.off()
        return
    logging.getLogger("opentelemetry").addHandler(_SILENT)  # else it tells of faults on standard error
    with _without_variables():
        resource = Resource({SERVICE: NAME, VERSION: version, PROJECT: NAME})
        provider = TracerProvider(
            sampler=ALWAYS_ON,
            resource=resource,
            shutdown_on_exit=False,
            id_generator=_Ids(run),
            span_limits=SpanLimits(max_attributes=MOST_IN_A_SPAN, max_events=MOST_IN_A_SPAN, max_links=0),
        )
        exporters = list(_exporters(keep, otlp, headers or {}, content, problem))
        closings: list[_Closing] = []
        for exporter in exporters:
            processor = _processor(exporter)
            provider.add_span_processor(processor)
            closings.append((exporter, processor.shutdown))
        metrics: Metrics = NoMetrics()
        if otlp is not None:
            metrics, close_metrics = open_metrics(otlp, headers or {}, resource, exporters[-1].tell, EXPORT_SECONDS)
            closings.append((exporters[-1], close_metrics))
        telemetry = Telemetry(provider.get_tracer(NAME, version), metrics, run, content)
    try:
        yield telemetry
    finally:
        _flush(closings)


def _exporters(
    keep: Keep | None, otlp: str | None, headers: Mapping[str, str], content: bool, problem: Callable[[str], None]
) -> Iterator[_Telling]:
    if keep is not None:
        inner = RedactingExporter(KeepingExporter(keep), content=content)
        yield _Telling(inner, "the store can't keep the run's trace", problem)
    if otlp is not None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        exporter = OTLPSpanExporter(
            endpoint=f"{otlp.rstrip('/')}/v1/traces", headers=dict(headers), timeout=EXPORT_SECONDS
        )
        inner = RedactingExporter(exporter, content=content)
        yield _Telling(inner, f"the collector at {shown(otlp)} does not take the run's trace", problem)


def _processor(exporter: SpanExporter) -> SpanProcessor:
    return BatchSpanProcessor(
        exporter,
        max_queue_size=QUEUE,
        schedule_delay_millis=DELAY_MILLIS,
        max_export_batch_size=BATCH,
        export_timeout_millis=int(EXPORT_SECONDS * 1000),
    )


class _Telling(SpanExporter):
    """Says once what does not work. What an exporter raises would else be logged on the audit's standard error."""

    def __init__(self, inner: SpanExporter, what: str, problem: Callable[[str], None]) -> None:
        self._inner, self._what, self._problem = inner, what, problem
        self._lock, self._told = Lock(), False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        try:
            result = self._inner.export(spans)
            why = "" if result is SpanExportResult.SUCCESS else "refused, or not reached"
        except Exception as error:  # noqa: BLE001  the outermost loop over spans: whatever keeps them may fail in any way
            result, why = SpanExportResult.FAILURE, type(error).__name__
        if why:
            self.tell(why)
        return result

    def shutdown(self) -> None:
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._inner.force_flush(timeout_millis)

    def tell(self, why: str) -> None:
        """Says why it does not work, unless that was said."""
        if not self.fall_silent():
            self._problem(f"{self._what} ({why}): the audit goes on.")

    def fall_silent(self) -> bool:
        """Says nothing from now on; whether it was so before."""
        with self._lock:
            before, self._told = self._told, True
        return before


_Closing = tuple[_Telling, Callable[[], Any]]


class _Ids(IdGenerator):
    """The run's id as that of its trace. Spans' ids don't come from ``random``, which a program may seed anew."""

    def __init__(self, run: str) -> None:
        is_trace_id = re.fullmatch("[0-9a-f]{32}", run) and int(run, 16)
        self._trace = int(run, 16) if is_trace_id else RandomIdGenerator().generate_trace_id()

    def generate_trace_id(self) -> int:
        return self._trace

    def generate_span_id(self) -> int:
        return secrets.randbits(64) or 1


def is_address(url: str) -> bool:
    """Whether a collector can be at that address."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def shown(url: str) -> str:
    """A URL without what may be secret in it."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


@contextmanager
def _without_variables() -> Iterator[None]:
    """The SDK reads limits, samplers, addresses and credentials from OTEL_* variables while it is set up."""
    with _environment:
        hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(_OTEL)}
        try:
            yield
        finally:
            os.environ.update(hidden)


def _flush(closings: Sequence[_Closing]) -> None:
    """Closes all at once, and waits no longer than a moment for them together. Nothing is told after that."""
    threads = [Thread(target=close, daemon=True) for _, close in closings]
    until = time.monotonic() + FLUSH_SECONDS
    for thread in threads:
        thread.start()
    for (exporter, _), thread in zip(closings, threads, strict=True):
        thread.join(max(0.0, until - time.monotonic()))
        if thread.is_alive():
            exporter.tell("not all of it in time")
    for exporter, _ in closings:
        exporter.fall_silent()
