"""Traces that arrive, or do not, and canaries that probe, or do not."""

from __future__ import annotations

from typing import Any

import pytest

from gonogo.checks.observed.aws_telemetry import distributed_tracing, synthetic_checks
from gonogo.model.assessment import Outcome
from gonogo.model.criterion import Status
from gonogo.model.snapshot import Record
from tests.live.account import REGION, aws, function, gap
from tests.live.observed import facts_of

ACTIVE = {"TracingConfig": {"Mode": "Active"}}
TRACED = [function("a", **ACTIVE), function("b", **ACTIVE)]
DECLARED = 'resource "aws_synthetics_canary" "shop" {\n  name = "shop"\n}\n'


def span(*services: str, region: str = REGION) -> Record:
    found = [{"Name": name, "Type": "AWS::Lambda", "Count": 7} for name in services]
    times = {"StartTime": "2026-05-31T12:00:00+00:00", "EndTime": "2026-06-01T12:00:00+00:00"}
    return aws("xray.traces", "2026-05-31T12:00:00+00:00", region, Services=found, **times)


def tracing(*records: Record, gaps: tuple[str, ...] = ()) -> Outcome:
    return distributed_tracing(facts_of(records, map(gap, gaps), given=("aws",)))


def probes(*records: Record, gaps: tuple[str, ...] = (), files: dict[str, str] | None = None) -> Outcome:
    return synthetic_checks(facts_of(records, map(gap, gaps), files, given=("aws",)))


def canary(state: str = "RUNNING", run: Any = "PASSED") -> Record:
    data = {"LastRun": {"State": run}} if run else {}
    return aws("synthetics.canary", "shop", Status={"State": state}, **data)


def test_traces_that_arrive_are_named() -> None:
    found = tracing(*TRACED, span("a", "b"))
    assert found.status is Status.PASS
    assert "X-Ray has traces of a, b" in found.reason


def test_tracing_that_is_on_and_shows_nothing_fails() -> None:
    found = tracing(*TRACED, span())
    assert found.status is Status.FAIL
    assert "2 functions and state machines ran with tracing on in eu-west-1 (a, b)" in found.reason
    assert "no trace of the last 24 hours" in found.reason
    assert found.problems[0].place is not None


def test_what_did_not_run_or_is_traced_elsewhere_needs_no_trace() -> None:
    assert tracing(function("a", 0, **ACTIVE), function("b", 0, **ACTIVE), span()).status is Status.PASS
    layer = {"Layers": [{"Arn": "arn:aws:lambda:eu-west-1:1:layer:otel:1"}]}
    assert tracing(function("a", **layer), function("b", **layer), span()).status is Status.PASS
    assert tracing(*TRACED, span(region="us-east-1")).status is Status.PASS
    assert tracing(*TRACED).status is Status.PASS, "a snapshot from before traces were asked for"


@pytest.mark.parametrize("kind", ["xray.traces", "xray.traces:Rest"])
def test_traces_that_were_not_all_asked_for_say_nothing(kind: str) -> None:
    silent = [span()] if kind.endswith("Rest") else []
    assert tracing(*TRACED, *silent, gaps=(kind,)).status is Status.UNVERIFIED
    assert tracing(*TRACED, span("a"), gaps=("xray.traces:Rest",)).status is Status.PASS


def test_spans_that_go_to_logs_are_not_missing() -> None:
    group = aws("logs.log_group", "aws/spans", storedBytes=9)
    found = tracing(*TRACED, span(), group)
    assert found.status is Status.UNVERIFIED
    assert "aws/spans" in found.reason


def test_functions_that_tools_make_are_not_traced() -> None:
    made = function("Shop-CustomS3AutoDeleteObjectsCustomResourceProvide-1A2B")
    assert tracing(*TRACED, made).status is Status.PASS


def test_a_canary_that_runs_and_passes_probes() -> None:
    found = probes(canary())
    assert found.status is Status.PASS
    assert "1 canary (shop)" in found.reason


@pytest.mark.parametrize(("run", "told"), [("FAILED", "it is itself"), ("RUNNING", "not ended"), (None, "not seen")])
def test_a_canary_that_was_not_seen_to_pass_keeps_it_open(run: Any, told: str) -> None:
    found = probes(canary(run=run))
    assert found.status is Status.UNVERIFIED
    assert told in found.reason


def test_a_canary_that_is_stopped_is_none_and_fails_where_it_is_declared() -> None:
    assert probes(canary("STOPPED")).status is Status.NOT_APPLICABLE
    found = probes(canary("STOPPED"), files={"main.tf": DECLARED})
    assert found.status is Status.FAIL
    assert "canary shop is declared and is STOPPED" in found.reason


def test_what_could_not_be_seen_beside_a_probe_takes_nothing_from_it() -> None:
    assert probes(canary(), gaps=("route53.health_check",)).status is Status.PASS
    assert probes(gaps=("synthetics.canary",)).status is Status.UNVERIFIED
