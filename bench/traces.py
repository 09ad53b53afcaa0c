"""What tracing costs: ``python -m bench.traces`` from the repository's root."""

from __future__ import annotations

import time
from collections.abc import Sequence

from gonogo.model.span import Span
from gonogo.report.trace import draw_trace
from gonogo.telemetry import names
from gonogo.telemetry.spans import agent_span, chat_span, run_span, step_span, tool_span
from gonogo.telemetry.tracing import Telemetry, open_telemetry

SPANS, ROUNDS = 1_000, 5
KINDS = 4
AREAS = 7
MODEL = "bedrock:us.anthropic.claude-sonnet-5-5"


def main() -> None:
    """Prints milliseconds for a thousand spans, each with the attributes of its kind: the least of some rounds."""
    kept: list[Span] = []
    problems: list[str] = []
    rows = []
    for number in range(ROUNDS):
        kept.clear()
        run = f"{number + 1:032x}"
        before = time.perf_counter()
        with open_telemetry(run=run, keep=kept.extend, problem=problems.append, version="0") as telemetry:
            opened = time.perf_counter()
            traced(telemetry, run)
            made = time.perf_counter()
        closed = time.perf_counter()
        rows.append((opened - before, made - opened, closed - made))
    assert len(kept) == SPANS, len(kept)
    assert not problems, problems
    before = time.perf_counter()
    traced(Telemetry.off(), "")
    off = time.perf_counter() - before
    print(f"{SPANS} spans to a store in memory")
    for name, parts in zip(("opened", "made", "flushed"), zip(*rows, strict=True), strict=True):
        print(f"  {name:<8} {1000 * min(parts):7.1f} ms")
    print(f"  off      {1000 * off:7.1f} ms")
    print(f"  drawn    {1000 * drawn(kept):7.1f} ms")
    print(f"  as JSON  {sum(len(span.model_dump_json()) for span in kept) / SPANS:7.0f} bytes each")


def traced(telemetry: Telemetry, run: str) -> None:
    """A run of that many spans."""
    left = SPANS - 1 - AREAS
    with run_span(telemetry, "audit"):
        for area in range(AREAS):
            with agent_span(telemetry, f"area{area}"):
                for number in range(area, left, AREAS):
                    step(telemetry, run, number)


def step(telemetry: Telemetry, run: str, number: int) -> None:
    """A call of a model, a tool, or a group of checks."""
    if number % KINDS == 0:
        with chat_span(telemetry, MODEL, "security") as chat:
            chat.answered(
                model="claude-sonnet-5-5",
                reason="end_turn",
                said=[],
                input_tokens=number,
                output_tokens=number,
                cost=0.01,
            )
    elif number % KINDS == 1:
        with step_span(telemetry, "checks", attributes={names.CRITERIA: 20}) as span:
            span.set_attribute(names.EVIDENCE, tuple(f"ev-{run[-4:]}{number + each:08x}" for each in range(3)))
    else:
        with tool_span(telemetry, "read", f"tooluse_{run[-4:]}{number:08x}"):
            pass


def drawn(spans: Sequence[Span]) -> float:
    """Seconds that drawing takes."""
    before = time.perf_counter()
    draw_trace(spans)
    return time.perf_counter() - before


if __name__ == "__main__":
    main()
