"""No secret and no personal datum leaves in a span: neither to the store nor to a collector."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.trace import Span, Status, StatusCode

from gonogo.telemetry import redacting
from gonogo.telemetry.metrics import Metrics
from gonogo.telemetry.spans import agent_span, chat_span, current_span_id, run_span, step_span, tool_span
from gonogo.telemetry.tracing import Telemetry
from tests.telemetry.collector import Taken, collector
from tests.telemetry.runs import MODEL, Store, answer, opened
from tests.tools.test_canaries import CANARIES

TEXTS = [canary.text for canary in CANARIES]


def say_everywhere(telemetry: Telemetry, text: str) -> None:
    """A run that says a text in all that a span can hold."""
    with suppress(ValueError), run_span(telemetry, text):
        with agent_span(telemetry, text), tool_span(telemetry, text, text, text):
            pass
        with step_span(telemetry, f"checks of {text}", attributes={text: text, "note": f"it answered {text}."}) as span:
            span.set_attribute("list", (text, f"at {text}"))
            span.add_event(text, {"why": text, text: (text,)})
            span.set_status(Status(StatusCode.ERROR, f"it broke: {text}"))
        with suppress(KeyError), step_span(telemetry, "raises"):
            raise KeyError(text)
        with suppress(ValueError), chat_span(telemetry, MODEL, text) as chat:
            chat.asked([{"role": "user", "content": text}])
            chat.failed(text)
            answer(chat, model=text, reason=text, said=[{"content": text}])
            try:
                raise ZeroDivisionError(text)
            except ZeroDivisionError as error:
                raise ValueError(f"{text} was not taken") from error
        say_figures(telemetry.metrics, text)
        raise ValueError(text)


def say_figures(metrics: Metrics, text: str) -> None:
    metrics.count("gonogo.runs", 1, {"gonogo.verdict": text})
    metrics.measure("gonogo.run.duration", 1, {"gonogo.verdict": text})


def told(store: Store, taken: Taken) -> str:
    """All that left, as text."""
    kept = "\n".join(json.dumps(span.model_dump(mode="json"), ensure_ascii=False) for span in store.spans)
    return kept + taken.bodies().decode("utf-8", "replace")


@pytest.mark.parametrize("content", [False, True])
def test_no_canary_leaves(content: bool) -> None:
    store = Store()
    with collector() as taken, opened(store, otlp=taken.url, content=content) as telemetry:
        for text in TEXTS:
            say_everywhere(telemetry, text)
    assert not store.problems
    assert len(store.spans) == len(taken.spans()) == 6 * len(TEXTS)
    left = told(store, taken)
    assert [canary.kind for canary in CANARIES if canary.core in left] == []
    assert "[redacted:" in left


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(canary=st.sampled_from(CANARIES), before=words, after=words)
@example(canary=CANARIES[0], before="x" * redacting.MOST_REMEMBERED, after="y" * redacting.MOST_CHARACTERS)
def test_no_canary_leaves_whatever_stands_around_it(canary: Any, before: str, after: str) -> None:
    store = Store()
    with collector() as taken, opened(store, otlp=taken.url, content=True) as telemetry:
        say_everywhere(telemetry, f"{before} {canary.text} {after}")
    assert canary.core not in told(store, taken)


def test_what_is_said_to_models_stays_here_unless_asked_for() -> None:
    for content in (False, True):
        store = Store()
        with opened(store, content=content) as telemetry, run_span(telemetry, "audit") as run:
            with chat_span(telemetry, MODEL, "security") as chat:
                chat.asked([{"content": "is this ready?"}])
                answer(chat, said=[{"content": "it is"}])
            run.set_attribute("gen_ai.input.messages", "set by hand")
        names = {name for span in store.spans for name in span.attributes}
        assert ({"gen_ai.input.messages", "gen_ai.output.messages"} <= names) is content
        assert ("set by hand" in str(store.spans)) is content


def test_ids_and_names_are_left_as_they_are() -> None:
    store, ids = Store(), tuple(f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}" for number in range(1, 1500))
    with opened(store) as telemetry, run_span(telemetry, "audit") as span:
        span.set_attribute("gonogo.finding.ids", ids)
        span.set_attribute("gonogo.evidence.ids", tuple(f"ev-{name[:12]}" for name in ids))
        span.set_attribute("figures", (1, 2.5, 3))
        seen = current_span_id()
    (kept,) = store.spans
    assert kept.attributes["gonogo.finding.ids"] == ids
    assert kept.attributes["gonogo.evidence.ids"] == tuple(f"ev-{name[:12]}" for name in ids)
    assert kept.attributes["figures"] == (1, 2.5, 3)
    assert kept.span_id == seen


def test_hidden_characters_are_shown() -> None:
    store = Store()
    with opened(store) as telemetry, step_span(telemetry, "rea\u202edy\u200b"):
        pass
    assert not {"\u202e", "\u200b"} & set(store.spans[0].name)


def test_a_fault_in_redaction_loses_the_spans_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: str) -> Any:
        raise RuntimeError(text)

    monkeypatch.setattr(redacting, "clean", broken)
    redacting._remembered.cache_clear()
    store = Store()
    with collector() as taken:
        with opened(store, otlp=taken.url) as telemetry, run_span(telemetry, "audit"):
            pass
        assert (store.spans, taken.spans()) == ([], [])
    assert sorted(problem.partition("(")[2] for problem in store.problems) == ["RuntimeError): the audit goes on."] * 2


def test_an_exporter_sees_copies_alone() -> None:
    seen: list[ReadableSpan] = []

    class Exporter(redacting.SpanExporter):
        def export(self, spans: Any) -> SpanExportResult:
            seen.extend(spans)
            return SpanExportResult.SUCCESS

    store = Store()
    with opened(store) as telemetry, step_span(telemetry, "a step") as span:
        pass
    redacting.RedactingExporter(Exporter(), content=True).export([span])  # type: ignore[list-item]
    assert seen[0] is not span
    assert not isinstance(seen[0], Span)
    assert (seen[0].name, seen[0].context, seen[0].parent) == ("a step", span.get_span_context(), None)
