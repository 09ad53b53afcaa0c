"""The spans of a run, one function for each kind. They nest by OpenTelemetry's context, which LangGraph hands on to its
threads."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import Span, SpanKind

from gonogo.telemetry import names
from gonogo.telemetry.tracing import NAME, Telemetry


@contextmanager
def run_span(telemetry: Telemetry, name: str) -> Iterator[Span]:
    """The whole of a run: the root of its trace, whatever trace gonogo is called in."""
    attributes = {
        names.OPERATION: "invoke_workflow",
        names.WORKFLOW: name,
        names.RUN: telemetry.run,
        names.CONVERSATION: telemetry.run,
        names.KIND: "CHAIN",
    }
    start = telemetry.tracer.start_as_current_span
    with start(f"invoke_workflow {name}", context=Context(), attributes=attributes) as span:
        yield span


@contextmanager
def step_span(
    telemetry: Telemetry, name: str, kind: str = "CHAIN", *, attributes: Mapping[str, str | int] | None = None
) -> Iterator[Span]:
    """A step of code: survey, checks of an area, decide, render, a guardrail."""
    given = {names.STEP: name, names.KIND: kind, **(attributes or {})}
    with telemetry.tracer.start_as_current_span(name, attributes=given) as span:
        yield span


@contextmanager
def agent_span(telemetry: Telemetry, agent: str) -> Iterator[Span]:
    """A specialist's or the synthesizer's conversation."""
    attributes = {
        names.OPERATION: "invoke_agent",
        names.AGENT: agent,
        names.CONVERSATION: telemetry.run,
        names.KIND: "AGENT",
    }
    with telemetry.tracer.start_as_current_span(f"invoke_agent {agent}", attributes=attributes) as span:
        yield span


@dataclass
class Chat:
    """A call of a model while it runs."""

    telemetry: Telemetry
    span: Span
    attributes: dict[str, str]
    started: float

    def asked(self, messages: Sequence[Any]) -> None:
        """What is asked, where the operator wants it in the trace."""
        if self.telemetry.content:
            self.span.set_attribute(names.INPUT_MESSAGES, json.dumps(messages, ensure_ascii=False, default=str))

    def answered(
        self,
        *,
        model: str,
        reason: str,
        said: Any,
        input_tokens: int,
        output_tokens: int,
        cached: int = 0,
        written: int = 0,
        cost: float | None = None,
        is_kept: bool = False,
    ) -> None:
        """The answer, with its tokens as they are billed and its price in USD, None where it is not known."""
        self.span.set_attributes(
            {
                names.RESPONSE_MODEL: model,
                names.FINISH_REASONS: (reason,),
                names.INPUT_TOKENS: input_tokens,
                names.OUTPUT_TOKENS: output_tokens,
                names.CACHE_READ: cached,
                names.CACHE_WRITTEN: written,
                names.HIT: is_kept,
            }
        )
        if self.telemetry.content:
            self.span.set_attribute(names.OUTPUT_MESSAGES, json.dumps(said, ensure_ascii=False, default=str))
        if cost is not None:
            self.span.set_attribute(names.COST, cost)
        if is_kept:
            return
        metrics = self.telemetry.metrics
        metrics.measure("gen_ai.client.operation.duration", time.monotonic() - self.started, self.attributes)
        for kind, count in (("input", input_tokens), ("output", output_tokens)):
            metrics.measure("gen_ai.client.token.usage", count, {**self.attributes, names.TOKEN_TYPE: kind})
        if cost is not None:
            metrics.count("gonogo.cost", cost, self.attributes)

    def failed(self, why: str) -> None:
        """An attempt that failed, and may be made again."""
        self.span.add_event("attempt failed", {names.ERROR: why})


@contextmanager
def chat_span(telemetry: Telemetry, model: str, agent: str) -> Iterator[Chat]:
    """One call of a model; ``model`` is PROVIDER:NAME."""
    provider, _, name = model.partition(":")
    attributes = {
        names.OPERATION: "chat",
        names.PROVIDER: names.PROVIDERS.get(provider, provider),
        names.REQUEST_MODEL: name,
    }
    given = {**attributes, names.AGENT: agent, names.CONVERSATION: telemetry.run, names.KIND: "LLM"}
    with telemetry.tracer.start_as_current_span(f"chat {name}", kind=SpanKind.CLIENT, attributes=given) as span:
        yield Chat(telemetry, span, attributes, time.monotonic())


@contextmanager
def tool_span(telemetry: Telemetry, name: str, call: str = "", kind: str = "function") -> Iterator[Span]:
    """One use of a tool, by a model or by code."""
    attributes = {names.OPERATION: "execute_tool", names.TOOL: name, names.TOOL_TYPE: kind, names.KIND: "TOOL"}
    if call:
        attributes[names.TOOL_CALL] = call
    with telemetry.tracer.start_as_current_span(f"execute_tool {name}", attributes=attributes) as span:
        yield span


def current_span_id() -> str | None:
    """The id of the span of ours that is open here, 16 hex digits; None where none is."""
    span = trace.get_current_span()
    scope = span.instrumentation_scope if isinstance(span, ReadableSpan) else None
    return f"{span.get_span_context().span_id:016x}" if scope and scope.name == NAME else None
