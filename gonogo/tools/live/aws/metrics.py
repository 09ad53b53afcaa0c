"""Figures of CloudWatch over a window, five hundred in one call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean
from typing import Any

import jmespath

from gonogo.tools.live.aws.asking import Asker, UnseenError
from gonogo.tools.live.aws.table import METRICS, Call, Metrics, Row

MOST_QUERIES = 500
PERIOD_SECONDS = 3600
ALARM, QUOTA = "cloudwatch.alarm", "quotas.quota"
USAGE = "Usage"
_ROW = Row(kind="cloudwatch.metric", service=METRICS[0], list=Call(operation=METRICS[1]), name="''")
_REDUCED: Mapping[str, Callable[[Sequence[float]], float]] = {
    "Sum": sum,
    "Average": fmean,
    "Maximum": max,
    "Minimum": min,
}


@dataclass(frozen=True)
class Wanted:
    """A figure of one record: under ``key`` in its Metrics."""

    record: int
    key: str
    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...]
    statistic: str

    def query(self, number: int) -> dict[str, Any]:
        dimensions = [{"Name": name, "Value": value} for name, value in self.dimensions]
        metric = {"Namespace": self.namespace, "MetricName": self.metric, "Dimensions": dimensions}
        stat = {"Metric": metric, "Period": PERIOD_SECONDS, "Stat": self.statistic}
        return {"Id": f"q{number}", "MetricStat": stat, "ReturnData": True}


def wanted_of(kind: str, metrics: Metrics | None, record: int, item: Mapping[str, Any]) -> Iterator[Wanted]:
    """What is asked of CloudWatch for one record; for an alarm that is what it watches."""
    if kind == ALARM:
        yield from _watched(record, item)
    elif kind == QUOTA:
        yield from _used(record, item)
    elif metrics is not None:
        dimensions = tuple((name, jmespath.search(path, {"item": item})) for name, path in metrics.dimensions.items())
        for metric, statistic in metrics.of.items():
            yield Wanted(record, metric, metrics.namespace, metric, dimensions, statistic)


def read_metrics(
    asker: Asker, region: str, wanted: Sequence[Wanted], now: datetime, hours: int
) -> dict[int, dict[str, dict[str, float]]]:
    """The figures by record and key: the statistic over the window, and how many points it had. Raises UnseenError."""
    found: dict[int, dict[str, dict[str, float]]] = {}
    times = {"StartTime": now - timedelta(hours=hours), "EndTime": now}
    for first in range(0, len(wanted), MOST_QUERIES):
        part = wanted[first : first + MOST_QUERIES]
        queries = [one.query(number) for number, one in enumerate(part)]
        values: dict[str, list[float]] = {query["Id"]: [] for query in queries}
        for page in asker.pages(_ROW, _ROW.list, region, {}, MetricDataQueries=queries, **times):
            for result in page.get("MetricDataResults", ()):
                if result.get("StatusCode") in ("Forbidden", "InternalError"):
                    raise UnseenError(f"CloudWatch answers {result['StatusCode']}")
                values[result["Id"]] += result.get("Values", ())
        for number, one in enumerate(part):
            points = values[f"q{number}"]
            figures: dict[str, float] = {"Datapoints": len(points)}
            if points and one.statistic in _REDUCED:
                figures[one.statistic] = _REDUCED[one.statistic](points)
            elif one.statistic == "Sum" and not points:
                figures["Sum"] = 0
            found.setdefault(one.record, {})[one.key] = figures
    return found


def _watched(record: int, item: Mapping[str, Any]) -> Iterator[Wanted]:
    stats = [query["MetricStat"] for query in item.get("Metrics") or () if query.get("MetricStat")]
    if item.get("MetricName"):
        yield _of_stat(record, item, item.get("Statistic") or item.get("ExtendedStatistic") or "Average")
    for stat in stats:
        yield _of_stat(record, stat["Metric"], stat.get("Stat") or "Average")


def _used(record: int, item: Mapping[str, Any]) -> Iterator[Wanted]:
    """How much of a quota is used, which Service Quotas leaves to CloudWatch."""
    told = item.get("UsageMetric") or {}
    if told.get("MetricName") and told.get("MetricNamespace"):
        dimensions = tuple(sorted((told.get("MetricDimensions") or {}).items()))
        statistic = told.get("MetricStatisticRecommendation") or "Maximum"
        yield Wanted(record, USAGE, told["MetricNamespace"], told["MetricName"], dimensions, statistic)


def _of_stat(record: int, metric: Mapping[str, Any], statistic: str) -> Wanted:
    dimensions = tuple((d["Name"], d["Value"]) for d in metric.get("Dimensions") or ())
    return Wanted(record, metric["MetricName"], metric["Namespace"], metric["MetricName"], dimensions, statistic)
