"""Spans and figures for a collector: OTLP as protobuf. Imported only where an operator names one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult, MetricsData
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from gonogo.telemetry.sending import Post, UntakenError

NOT_TAKEN = (404, 405, 501)
"""What backends answer that take no figures."""


class CollectorExporter(SpanExporter):
    """Sends spans."""

    def __init__(self, post: Post) -> None:
        self._post = post

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self._post("/v1/traces", encode_spans(spans).SerializeToString())
        return SpanExportResult.SUCCESS


class FiguresExporter(MetricExporter):
    """Sends figures. ``tell`` hears why it can't; that a backend takes none, as some do, is no fault."""

    def __init__(self, post: Post, tell: Callable[[str], None]) -> None:
        super().__init__()
        self._post, self._tell = post, tell

    def export(self, metrics_data: MetricsData, timeout_millis: float = 0, **given: Any) -> MetricExportResult:
        try:
            self._post("/v1/metrics", encode_metrics(metrics_data).SerializeToString())
        except UntakenError as error:
            if error.status not in NOT_TAKEN:
                self._tell(str(error))
            return MetricExportResult.FAILURE
        return MetricExportResult.SUCCESS

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        return True

    def shutdown(self, timeout_millis: float = 30_000, **given: Any) -> None:
        return None
