"""Structured logs with redaction, metrics and traces."""

import logging
from collections.abc import MutableMapping
from typing import Any

import structlog
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("http_requests_total", "Answered requests", ["service", "route", "status"])
DURATION = Histogram("http_request_duration_seconds", "Time to answer", ["service", "route"])
TRANSFERS = Counter("payouts_transfers_total", "Transfers handed to the bank", ["outcome"])
QUEUE_AGE = Gauge("payouts_queue_age_seconds", "Age of the oldest payout that waits")

SENSITIVE = {"password", "token", "authorization", "iban", "client_secret"}


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: "***" if key.lower() in SENSITIVE else value for key, value in event.items()}


def configure(service: str) -> None:
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
    structlog.contextvars.bind_contextvars(service=service)
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=5)))
    trace.set_tracer_provider(provider)
