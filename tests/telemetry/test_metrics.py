"""What a collector gets of a run in figures."""

from __future__ import annotations

from typing import Any

from gonogo.model.report import Report
from gonogo.telemetry.metrics import NoMetrics, measure_run
from gonogo.telemetry.spans import chat_span
from tests.telemetry.collector import collector
from tests.telemetry.runs import MODEL, Store, answer, audit, opened


def points(metric: Any) -> list[tuple[dict[str, str], float]]:
    rows = metric.sum.data_points or metric.histogram.data_points
    return [
        ({row.key: row.value.string_value for row in point.attributes}, getattr(point, "sum", 0) or point.as_double)
        for point in rows
    ]


def test_figures_of_a_run_reach_a_collector(shop_report: Report) -> None:
    store = Store()
    with collector() as taken:
        with opened(store, otlp=taken.url, headers={"x-key": "abc"}) as telemetry:
            audit(telemetry)
            measure_run(telemetry.metrics, shop_report, 12.5)
        found = taken.metrics()
        (headers,) = [headers for path, headers, _ in taken.requests if path == "/v1/metrics"]
    assert not store.problems
    assert headers["x-key"] == "abc"
    assert {name: metric.unit for name, metric in found.items()} == {
        "gonogo.runs": "{run}",
        "gonogo.run.duration": "s",
        "gonogo.cost": "USD",
        "gen_ai.client.token.usage": "{token}",
        "gen_ai.client.operation.duration": "s",
    }
    usual = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "aws.bedrock",
        "gen_ai.request.model": "us.anthropic.claude-sonnet-5-5",
    }
    tokens = {
        attributes.pop("gen_ai.token.type"): (attributes, total)
        for attributes, total in points(found["gen_ai.client.token.usage"])
    }
    assert tokens == {"input": (usual, 2400), "output": (usual, 160)}
    assert points(found["gonogo.cost"]) == [(usual, 0.025)]
    verdict = {"gonogo.verdict": shop_report.verdict.value.value}
    assert points(found["gonogo.run.duration"]) == [(verdict, 12.5)]
    assert [point.as_double or point.as_int for point in found["gonogo.runs"].sum.data_points] == [1]
    buckets = found["gen_ai.client.token.usage"].histogram.data_points[0].explicit_bounds
    assert (buckets[0], buckets[-1]) == (1, 4**13)


def test_an_unknown_price_and_a_kept_answer_add_nothing() -> None:
    store = Store()
    with collector() as taken:
        with opened(store, otlp=taken.url) as telemetry:
            with chat_span(telemetry, MODEL, "security") as chat:
                answer(chat, cost=None)
            with chat_span(telemetry, MODEL, "security") as chat:
                answer(chat, is_kept=True)
        found = taken.metrics()
    assert "gonogo.cost" not in found
    assert found["gen_ai.client.operation.duration"].histogram.data_points[0].count == 1
    first, second = sorted(store.spans, key=lambda span: span.start)
    assert "gonogo.cost.usd" not in first.attributes
    assert second.attributes["gonogo.ledger.hit"] is True


def test_a_backend_that_takes_no_figures_is_no_fault() -> None:
    store = Store()
    with collector() as taken:
        taken.refused.add("/v1/metrics")
        with opened(store, otlp=taken.url) as telemetry:
            audit(telemetry)
        assert len(taken.spans()) == 12
    assert not store.problems


def test_without_a_collector_figures_go_nowhere(shop_report: Report) -> None:
    with opened(Store()) as telemetry:
        assert isinstance(telemetry.metrics, NoMetrics)
        measure_run(telemetry.metrics, shop_report, 1)
