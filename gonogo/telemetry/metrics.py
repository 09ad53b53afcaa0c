"""Figures of runs for a collector: runs by verdict, tokens, money, guardrails, refusals, durations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from gonogo.model.report import Report
from gonogo.telemetry.names import VERDICT
from gonogo.telemetry.redacting import redacted

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import MetricExporter
    from opentelemetry.sdk.resources import Resource


class Metrics(Protocol):
    """Takes figures. Units: seconds, USD, tokens."""

    def count(self, name: str, value: float, attributes: Mapping[str, str]) -> None:
        """Adds to a counter."""

    def measure(self, name: str, value: float, attributes: Mapping[str, str]) -> None:
        """Puts a value into a histogram."""


class NoMetrics:
    """Takes figures and does nothing with them."""

    def count(self, name: str, value: float, attributes: Mapping[str, str]) -> None:
        return None

    def measure(self, name: str, value: float, attributes: Mapping[str, str]) -> None:
        return None


COUNTERS = {
    "gonogo.runs": ("{run}", "Audits that came to a verdict, by verdict"),
    "gonogo.cost": ("USD", "Money that models cost, where their price is known"),
    "gonogo.guardrail.hits": ("{hit}", "Objections of guardrails, by policy and action"),
    "gonogo.refusals": ("{refusal}", "What grounding or a guardrail refused of what models said, by kind"),
}
HISTOGRAMS = {
    "gonogo.run.duration": ("s", "How long audits take", (1, 2, 5, 10, 20, 60, 120, 300, 600, 1_200, 3_600)),
    "gen_ai.client.token.usage": ("{token}", "Tokens of one call, by model and type", tuple(4**n for n in range(14))),
    "gen_ai.client.operation.duration": (
        "s",
        "How long one call of a model takes",
        tuple(0.01 * 2**n for n in range(14)),
    ),
}
"""With the bounds of their buckets: those of the conventions, where they have them. The SDK's are for milliseconds."""


def measure_run(metrics: Metrics, report: Report, seconds: float) -> None:
    """The figures of a run that came to a verdict."""
    metrics.count("gonogo.runs", 1, {VERDICT: report.verdict.value.value})
    metrics.measure("gonogo.run.duration", seconds, {VERDICT: report.verdict.value.value})
    for row in report.violations:
        metrics.count("gonogo.guardrail.hits", row.count, {"policy": row.policy, "action": row.action.value})
    for refusal in report.refused:
        metrics.count("gonogo.refusals", refusal.count, {"kind": refusal.kind})


class _Metered:
    """Instruments of a meter by name."""

    def __init__(self, meter: Any) -> None:
        self._counters = {
            name: meter.create_counter(name, unit=unit, description=said) for name, (unit, said) in COUNTERS.items()
        }
        self._histograms = {
            name: meter.create_histogram(name, unit=unit, description=said, explicit_bucket_boundaries_advisory=bounds)
            for name, (unit, said, bounds) in HISTOGRAMS.items()
        }

    def count(self, name: str, value: float, attributes: Mapping[str, str]) -> None:
        self._counters[name].add(value, _redacted(attributes))

    def measure(self, name: str, value: float, attributes: Mapping[str, str]) -> None:
        self._histograms[name].record(value, _redacted(attributes))


def _redacted(attributes: Mapping[str, str]) -> dict[str, str]:
    return {name: redacted(value) for name, value in attributes.items()}


def open_metrics(exporter: MetricExporter, resource: Resource, seconds: float) -> tuple[Metrics, Callable[[], None]]:
    """Metrics that go to an exporter, at the latest when what is returned beside them is called."""
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    reader = PeriodicExportingMetricReader(
        exporter, export_interval_millis=60_000, export_timeout_millis=seconds * 1000
    )
    provider = MeterProvider([reader], resource=resource, shutdown_on_exit=False)
    return _Metered(provider.get_meter("gonogo")), lambda: provider.shutdown(timeout_millis=seconds * 1000)
