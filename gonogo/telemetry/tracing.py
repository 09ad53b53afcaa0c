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
from itertools import count
from threading import Lock, Thread
from typing import Any

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
from gonogo.telemetry.sending import Post, UntakenError, is_address, open_sender, shown

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
        problem("The collector's address is not an http or https URL: no trace is sent there, the audit goes on.")
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
        post = open_sender(otlp, headers or {}, EXPORT_SECONDS) if otlp is not None else None
        where = shown(otlp) if otlp is not None else ""
        exporters = list(_exporters(keep, post, where, content, problem))
        ended = _Ended()
        provider.add_span_processor(ended)
        closings: list[_Closing] = []
        for exporter in exporters:
            processor = _processor(exporter)
            provider.add_span_processor(processor)
            closings.append((exporter, processor.shutdown))
        metrics: Metrics = NoMetrics()
        if post is not None:
            from gonogo.telemetry.collecting import FiguresExporter

            metrics, close_metrics = open_metrics(FiguresExporter(post, exporters[-1].tell), resource, EXPORT_SECONDS)
            closings.append((exporters[-1], close_metrics))
        telemetry = Telemetry(provider.get_tracer(NAME, version), metrics, run, content)
    try:
        yield telemetry
    finally:
        _flush(closings, ended)


def _exporters(
    keep: Keep | None, post: Post | None, where: str, content: bool, problem: Callable[[str], None]
) -> Iterator[_Telling]:
    if keep is not None:
        inner = RedactingExporter(KeepingExporter(keep), content=content)
        yield _Telling(inner, "the store can't keep the run's trace", problem)
    if post is not None:
        from gonogo.telemetry.collecting import CollectorExporter

        inner = RedactingExporter(CollectorExporter(post), content=content)
        yield _Telling(inner, f"the collector at {where} does not take the run's trace", problem)


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
        self.given = 0
        """How many spans it was given."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.given += len(spans)
        try:
            return self._inner.export(spans)
        except UntakenError as error:
            self.tell(str(error))
        except Exception as error:  # noqa: BLE001  the outermost loop over spans: whatever keeps them may fail in any way
            self.tell(type(error).__name__)
        return SpanExportResult.FAILURE

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


class _Ended(SpanProcessor):
    """Counts spans that ended: a queue that is full drops them without a word."""

    def __init__(self) -> None:
        self._numbers = count()

    def on_end(self, span: ReadableSpan) -> None:
        next(self._numbers)

    def number(self) -> int:
        """How many it were. Asked once."""
        return next(self._numbers)


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


@contextmanager
def _without_variables() -> Iterator[None]:
    """The SDK reads limits, samplers, addresses and credentials from OTEL_* variables while it is set up."""
    with _environment:
        hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(_OTEL)}
        try:
            yield
        finally:
            os.environ.update(hidden)


def _flush(closings: Sequence[_Closing], ended: _Ended) -> None:
    """Closes all at once, and waits no longer than a moment for them together. Nothing is told after that."""
    threads = [Thread(target=close, daemon=True) for _, close in closings]
    until = time.monotonic() + FLUSH_SECONDS
    for thread in threads:
        thread.start()
    for (exporter, _), thread in zip(closings, threads, strict=True):
        thread.join(max(0.0, until - time.monotonic()))
        if thread.is_alive():
            exporter.tell("not all of it in time")
    whole = ended.number()
    for exporter, _ in closings:
        if exporter.given < whole:
            exporter.tell("too slow for all of it")
        exporter.fall_silent()
