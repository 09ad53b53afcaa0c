"""A run is one trace, in the store and at a collector; and nothing that takes it can change or hold up the run."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from threading import Event

import pytest
from opentelemetry.trace import NoOpTracer

from gonogo.model.span import Span
from gonogo.telemetry import tracing
from gonogo.telemetry.spans import agent_span, current_span_id, run_span, step_span
from gonogo.telemetry.tracing import Telemetry
from tests.telemetry.collector import collector
from tests.telemetry.runs import MODEL, RUN, Store, audit, opened

HOSTILE = {
    "OTEL_SDK_DISABLED": "true",
    "OTEL_TRACES_SAMPLER": "always_off",
    "OTEL_BSP_MAX_QUEUE_SIZE": "1",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "1",
    "OTEL_BSP_SCHEDULE_DELAY": "86400000",
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "0",
    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "1",
    "OTEL_SPAN_EVENT_COUNT_LIMIT": "0",
    "OTEL_RESOURCE_ATTRIBUTES": "service.name=somebody,openinference.project.name=elsewhere",
    "OTEL_SERVICE_NAME": "somebody",
    "OTEL_EXPORTER_OTLP_HEADERS": "x-stolen=1",
    "OTEL_EXPORTER_OTLP_TIMEOUT": "0",
    "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
    "OTEL_METRIC_EXPORT_INTERVAL": "1",
    "OTEL_METRICS_EXEMPLAR_FILTER": "always_on",
    "OTEL_PYTHON_SDK_INTERNAL_METRICS_ENABLED": "true",
}


def test_parallel_specialists_nest_in_one_trace() -> None:
    store, areas = Store(), [f"area{number}" for number in range(7)]
    with opened(store) as telemetry:
        audit(telemetry, areas)
    assert not store.problems
    root = store.span("invoke_workflow audit")
    assert root.parent_id is None
    assert {span.trace_id for span in store.spans} == {RUN}
    assert len({span.span_id for span in store.spans}) == len(store.spans) == 2 + 5 * len(areas)
    by_id = {span.span_id: span for span in store.spans}
    for area in areas:
        agent = store.span(f"invoke_agent {area}")
        assert agent.parent_id == root.span_id
        below = {span.name for span in store.spans if span.parent_id == agent.span_id}
        assert below == {
            f"execute_tool terraform {area}",
            f"checks {area}",
            f"chat {MODEL.partition(':')[2]}",
            f"execute_tool read {area}",
        }
    assert all(by_id[span.parent_id].start <= span.start for span in store.spans if span.parent_id)


def test_the_names_are_those_of_the_conventions() -> None:
    store = Store()
    with collector() as taken, opened(store, otlp=taken.url, headers={"x-key": "abc"}) as telemetry:
        audit(telemetry, ["security"])
    assert not store.problems
    assert taken.resources()[0] == {
        "service.name": "gonogo",
        "service.version": "1.0",
        "openinference.project.name": "gonogo",
    }
    assert {path for path, _, _ in taken.requests} == {"/v1/traces", "/v1/metrics"}
    for _, headers, _ in taken.requests:
        assert (headers["x-key"], headers["content-type"]) == ("abc", "application/x-protobuf")
    run, given = taken.span("invoke_workflow audit")
    assert run.trace_id.hex() == given["gonogo.run.id"] == given["gen_ai.conversation.id"] == RUN
    assert (given["gen_ai.operation.name"], given["openinference.span.kind"]) == ("invoke_workflow", "CHAIN")
    chat, given = taken.span("chat us.anthropic.claude-sonnet-5-5")
    assert given == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "aws.bedrock",
        "gen_ai.agent.name": "security",
        "gen_ai.conversation.id": RUN,
        "gen_ai.request.model": "us.anthropic.claude-sonnet-5-5",
        "gen_ai.response.model": "claude-sonnet-5-5",
        "gen_ai.response.finish_reasons": ("end_turn",),
        "gen_ai.usage.input_tokens": 1200,
        "gen_ai.usage.output_tokens": 80,
        "gen_ai.usage.cache_read.input_tokens": 1000,
        "gen_ai.usage.cache_creation.input_tokens": 100,
        "gonogo.cost.usd": 0.0125,
        "gonogo.ledger.hit": False,
        "openinference.span.kind": "LLM",
    }
    assert [event.name for event in chat.events] == ["attempt failed"]
    _, given = taken.span("execute_tool read security")
    assert (given["gen_ai.tool.name"], given["gen_ai.tool.call.id"]) == ("read security", "tooluse_1")
    assert taken.span("invoke_agent security")[1]["openinference.span.kind"] == "AGENT"


def test_variables_of_the_environment_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store()
    with collector() as elsewhere, collector() as asked:
        for name, value in {**HOSTILE, "OTEL_EXPORTER_OTLP_ENDPOINT": elsewhere.url}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", elsewhere.url)
        with opened(store) as telemetry:
            audit(telemetry)
        assert (len(store.spans), elsewhere.requests) == (12, [])
        with opened(store, otlp=asked.url) as telemetry:
            audit(telemetry)
        assert len(asked.spans()) == 12
        assert elsewhere.requests == []
        _, headers, _ = asked.requests[0]
        assert "x-stolen" not in headers
        assert "content-encoding" not in headers
        assert asked.resources()[0]["service.name"] == "gonogo"
    assert not store.problems


def test_an_exception_marks_its_span_and_goes_on() -> None:
    store = Store()
    with pytest.raises(ValueError, match="no such file"), opened(store) as telemetry, run_span(telemetry, "audit"):
        with agent_span(telemetry, "cost"):
            pass
        with agent_span(telemetry, "security"):
            raise ValueError("no such file")
    assert store.span("invoke_agent cost").status == "unset"
    failed = store.span("invoke_agent security")
    assert (failed.status, failed.message) == ("error", "ValueError: no such file")
    assert failed.events[0].attributes["exception.type"] == "ValueError"
    assert "exception.stacktrace" not in failed.events[0].attributes
    assert store.span("invoke_workflow audit").status == "error"


def test_the_span_that_sees_is_told() -> None:
    store, seen = Store(), []
    with opened(store) as telemetry, run_span(telemetry, "audit"):
        with step_span(telemetry, "survey"):
            seen.append(current_span_id())
        seen.append(current_span_id())
    assert seen == [store.span("survey").span_id, store.span("invoke_workflow audit").span_id]
    assert current_span_id() is None


def test_a_trace_of_the_caller_is_left_alone() -> None:
    from opentelemetry.sdk.trace import TracerProvider

    store = Store()
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("host")
    with tracer.start_as_current_span("request"):
        assert current_span_id() is None
        with opened(store) as telemetry, run_span(telemetry, "audit"):
            assert current_span_id()
        with run_span(Telemetry.off(), "audit"):
            assert current_span_id() is None
    assert store.spans[0].parent_id is None


def test_off_does_nothing() -> None:
    audit(Telemetry.off())
    with opened(Store(), keep=None) as telemetry:
        audit(telemetry)
        assert isinstance(telemetry.tracer, NoOpTracer)


def test_a_run_that_is_resumed_stays_one_trace() -> None:
    store = Store()
    for _ in range(2):
        with opened(store) as telemetry:
            audit(telemetry)
    assert {span.trace_id for span in store.spans} == {RUN}
    assert len({span.span_id for span in store.spans}) == 24


def test_a_store_that_breaks_is_told_once() -> None:
    def broken(spans: Sequence[Span]) -> None:
        raise OSError("the disk with hunter2 on it is full")

    store = Store()
    with opened(store, keep=broken) as telemetry:
        for _ in range(40):
            audit(telemetry)
    assert store.problems == ["the store can't keep the run's trace (OSError): the audit goes on."]


@pytest.mark.parametrize("status", [400, 401, 404, 500, 503])
def test_a_collector_that_refuses_is_told_once(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "EXPORT_SECONDS", 0.5)
    store = Store()
    with collector(status=status) as taken:
        with opened(store, otlp=taken.url) as telemetry:
            audit(telemetry)
        port = taken.url.rpartition(":")[2]
        told = f"the collector at 127.0.0.1:{port} does not take the run's trace (it answers {status})"
        assert store.problems == [f"{told}: the audit goes on."]
    assert len(store.spans) == 12


def test_a_collector_that_is_not_there_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "EXPORT_SECONDS", 0.5)
    store = Store()
    with collector() as taken:
        url = taken.url.replace("//", "//user:hunter2@")
    with opened(store, otlp=url) as telemetry:
        audit(telemetry)
    assert len(store.problems) == 1
    assert "hunter2" not in store.problems[0]
    assert len(store.spans) == 12


@pytest.mark.parametrize("url", ["localhost:4318", "ftp://x", "http://", "http://[x", "http://x:99999", "", "\0"])
def test_what_is_no_address_is_told(url: str) -> None:
    store = Store()
    with opened(store, otlp=url) as telemetry:
        audit(telemetry)
    assert [problem.split(":")[0] for problem in store.problems] == [
        "The collector's address is not an http or https URL"
    ]
    assert len(store.spans) == 12


def test_a_collector_that_hangs_does_not_hold_up_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "FLUSH_SECONDS", 0.4)
    store = Store()
    with collector(hangs=True) as taken:
        before = time.monotonic()
        with opened(store, otlp=taken.url) as telemetry:
            audit(telemetry)
            running = time.monotonic() - before
        whole = time.monotonic() - before
    assert running < 1.5, "an export may take three seconds"
    assert whole < 2.5
    assert len(store.problems) == 1
    assert "not all of it in time" in store.problems[0]
    assert len(store.spans) == 12, "the store does not wait for the collector"


def test_a_store_that_hangs_does_not_hold_up_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "FLUSH_SECONDS", 0.3)
    store, released = Store(), Event()
    with collector() as taken:
        with opened(store, keep=lambda spans: released.wait(30) and None, otlp=taken.url) as telemetry:
            audit(telemetry)
        assert len(taken.spans()) == 12, "the collector does not wait for the store"
    released.set()
    assert store.problems == ["the store can't keep the run's trace (not all of it in time): the audit goes on."]


def test_spans_that_a_full_queue_dropped_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "QUEUE", 4)
    monkeypatch.setattr(tracing, "BATCH", 4)
    store = Store()

    def slow(spans: Sequence[Span]) -> None:
        time.sleep(0.05)
        store.keep(spans)

    with opened(store, keep=slow) as telemetry:
        for _ in range(4):
            audit(telemetry)
    assert len(store.spans) < 48
    assert store.problems == ["the store can't keep the run's trace (too slow for all of it): the audit goes on."]


def test_nothing_is_global() -> None:
    from opentelemetry import metrics, trace

    before = trace.get_tracer_provider(), metrics.get_meter_provider()
    store = Store()
    with collector() as taken, opened(store, otlp=taken.url) as telemetry:
        audit(telemetry)
    assert (trace.get_tracer_provider(), metrics.get_meter_provider()) == before


def test_a_store_alone_needs_nothing_of_collectors() -> None:
    code = (
        "import sys; from gonogo.telemetry.tracing import open_telemetry\n"
        "with open_telemetry(run='0' * 31 + '1', version='1', problem=print, keep=lambda spans: None): pass\n"
        "heavy = ('google.protobuf', 'opentelemetry.sdk.metrics', 'opentelemetry.exporter', 'requests')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
