"""Requests are traced through every service, to somewhere that keeps spans."""

from __future__ import annotations

from tests.asking import ask, status
from tests.checks.watched import WATCHED

TRACED = """
from flask import Flask
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter


def set_up():
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


app = Flask(__name__)
set_up()


@app.get("/a")
def a():
    return "a"


if __name__ == "__main__":
    app.run()
"""
COMPOSE = """
services:
  a: {build: ./a}
  b: {build: ./b}
"""
JAEGER = "  jaeger: {image: jaegertracing/all-in-one:1.60}\n"
IMAGE = 'FROM python:3.12\nCOPY . .\nCMD ["python", "app.py"]\n'


def two(a: str = TRACED, b: str = TRACED, compose: str = COMPOSE + JAEGER) -> dict[str, str]:
    needs = "flask==3.0.0\nopentelemetry-sdk==1.25.0\n"
    files = {
        f"{name}/{file}": text for name in "ab" for file, text in (("Dockerfile", IMAGE), ("requirements.txt", needs))
    }
    return {**files, "a/app.py": a, "b/app.py": b, "compose.yml": compose}


def test_both_services_with_a_store_pass() -> None:
    assert status("distributed-tracing", two()) == "pass"
    endpoint = COMPOSE.replace(
        "{build: ./a}", "{build: ./a, environment: {OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel.acme.io:4317'}}"
    )
    assert status("distributed-tracing", two(compose=endpoint)) == "pass"


def test_one_service_that_makes_no_spans_fails() -> None:
    plain = TRACED.replace("\nset_up()\n", "\n")
    answer = ask("distributed-tracing", two(b=plain))
    assert answer.assessment.status == "fail"
    assert [finding.locator.path for finding in answer.findings] == ["b/app.py"]


def test_spans_that_go_nowhere_fail() -> None:
    answer = ask("distributed-tracing", two(compose=COMPOSE)).assessment
    assert (answer.status, "takes them" in answer.reason) == ("fail", True)
    off = COMPOSE + JAEGER.replace("{image", "{profiles: [tracing], image")
    assert status("distributed-tracing", two(compose=off)) == "fail"


def test_what_a_setting_switches_on_is_off() -> None:
    guarded = TRACED.replace("\nset_up()\n", "\nimport os\nif os.environ.get('ENABLE_TRACING') == '1':\n    set_up()\n")
    answer = ask("distributed-tracing", two(b=guarded)).assessment
    assert (answer.status, "ENABLE_TRACING" in answer.reason) == ("fail", True)
    switched = (COMPOSE + JAEGER).replace("{build: ./b}", "{build: ./b, environment: {ENABLE_TRACING: '1'}}")
    assert status("distributed-tracing", two(b=guarded, compose=switched)) == "pass"


def test_an_early_return_is_a_switch_too() -> None:
    early = TRACED.replace("def set_up():\n", "def set_up():\n    if not os.getenv('OTEL_ENABLED'):\n        return\n")
    answer = ask("distributed-tracing", two(b="import os\n" + early)).assessment
    assert (answer.status, "OTEL_ENABLED" in answer.reason) == ("fail", True)


def test_a_single_process() -> None:
    assert status("distributed-tracing", WATCHED) == "not_applicable"
