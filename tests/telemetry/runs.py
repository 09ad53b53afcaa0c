"""A small run, traced as an audit is."""

from __future__ import annotations

import contextvars
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from gonogo.model.span import Span
from gonogo.telemetry import names
from gonogo.telemetry.spans import agent_span, chat_span, run_span, step_span, tool_span
from gonogo.telemetry.tracing import Telemetry, open_telemetry

RUN = "0af7651916cd43dd8448eb211c80319c"
MODEL = "bedrock:us.anthropic.claude-sonnet-5-5"


@dataclass
class Store:
    """Keeps spans in memory, and hears problems."""

    spans: list[Span] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def keep(self, spans: Sequence[Span]) -> None:
        self.spans += spans

    def span(self, name: str) -> Span:
        (found,) = [span for span in self.spans if span.name == name]
        return found


@contextmanager
def opened(store: Store, **given: Any) -> Iterator[Telemetry]:
    given = {"run": RUN, "version": "1.0", "keep": store.keep, "problem": store.problems.append, **given}
    with open_telemetry(**given) as telemetry:
        yield telemetry


def audit(telemetry: Telemetry, areas: Sequence[str] = ("security", "cost")) -> None:
    """Specialists in parallel threads, each with tools, checks and a model; then the verdict."""
    with run_span(telemetry, "audit"), ThreadPoolExecutor(len(areas)) as pool:
        waiting = [pool.submit(contextvars.copy_context().run, specialist, telemetry, area) for area in areas]
        for future in waiting:
            future.result()
        with step_span(telemetry, "decide") as span:
            span.set_attribute(names.VERDICT, "NO-GO")


def specialist(telemetry: Telemetry, area: str) -> None:
    with agent_span(telemetry, area):
        with tool_span(telemetry, f"terraform {area}", kind="datastore"):
            pass
        with step_span(telemetry, f"checks {area}", attributes={names.CRITERIA: 3}) as span:
            span.set_attribute(names.EVIDENCE, ("ev-0123456789ab",))
        with chat_span(telemetry, MODEL, area) as chat:
            chat.failed("ThrottlingException")
            answer(chat)
        with tool_span(telemetry, f"read {area}", "tooluse_1"):
            pass


def answer(chat: Any, **given: Any) -> None:
    usual = {"model": "claude-sonnet-5-5", "reason": "end_turn", "said": [{"content": "hello"}], "cost": 0.0125}
    tokens = {"input_tokens": 1200, "output_tokens": 80, "cached": 1000, "written": 100}
    chat.answered(**{**usual, **tokens, **given})
