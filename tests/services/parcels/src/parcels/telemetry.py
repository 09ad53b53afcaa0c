"""Logs as JSON without personal data, metrics, and traces."""

import logging
from collections.abc import MutableMapping
from typing import Any

import structlog
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from prometheus_client import Counter, Gauge, Histogram

from parcels import __version__
from parcels.settings import settings

REQUESTS = Counter("parcels_http_requests_total", "Answered requests", ["route", "method", "status"])
DURATION = Histogram(
    "parcels_http_request_duration_seconds", "Time to answer", ["route"], buckets=(0.05, 0.1, 0.2, 0.3, 0.5, 1, 3)
)
SCANS = Counter("parcels_scans_total", "Scans taken from the queue", ["outcome"])
SCAN_AGE = Histogram("parcels_scan_age_seconds", "From the scan to its row", buckets=(1, 5, 15, 60, 300, 1800))
CARRIER_OPEN = Gauge("parcels_carrier_circuit_open", "1 while calls to the carrier are refused")
POOL_IN_USE = Gauge("parcels_db_pool_in_use", "Connections that are checked out")

_PERSONAL = {"recipient_email", "email", "authorization", "carrier_api_key", "password", "token"}


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last processor before a line is rendered: fields that may hold a person or a secret lose their value."""
    for key in event:
        if key.lower() in _PERSONAL:
            event[key] = "[redacted]"
    return event


def set_up(component: str) -> None:
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(),
        ],
    )
    structlog.contextvars.bind_contextvars(service=f"parcels-{component}", version=__version__)
    provider = TracerProvider(
        resource=Resource.create({"service.name": f"parcels-{component}", "service.version": __version__}),
        sampler=ParentBased(TraceIdRatioBased(0.1)),
    )
    exporter = OTLPSpanExporter(endpoint=settings().otlp_endpoint, timeout=5)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
