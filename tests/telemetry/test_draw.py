"""A trace as text: what hangs where, what it took and what it cost; the same for the same spans in any order."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.model.span import Event, Span
from gonogo.report.trace import draw_trace, trace_json
from tests.telemetry.runs import Store, audit, opened

MILLI = 1_000_000


def span(number: int, parent: int | None, start: int, end: int, name: str = "", **given: Any) -> Span:
    """Times in milliseconds."""
    return Span(
        trace_id="0" * 31 + "1",
        span_id=f"{number:016x}",
        parent_id=None if parent is None else f"{parent:016x}",
        name=name or f"step {number}",
        kind="internal",
        start=start * MILLI,
        end=end * MILLI,
        **given,
    )


def chat(number: int, parent: int, start: int, end: int, agent: str, cost: float | None, **given: Any) -> Span:
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.agent.name": agent,
        "gen_ai.request.model": "claude",
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 50,
        "gen_ai.usage.cache_read.input_tokens": 800,
        **({} if cost is None else {"gonogo.cost.usd": cost}),
        **given.pop("attributes", {}),
    }
    return span(number, parent, start, end, "chat claude", attributes=attributes, **given)


RUN = [
    span(1, None, 0, 1000, "invoke_workflow audit"),
    span(2, 1, 10, 600, "invoke_agent security"),
    chat(3, 2, 20, 320, "security", 0.25, events=(Event(name="attempt failed", time=0),)),
    chat(4, 2, 330, 340, "security", 0.25, attributes={"gonogo.ledger.hit": True}),
    span(5, 1, 10, 500, "invoke_agent cost", status="error", message="ValueError: it\x1b[2Jbroke"),
    chat(6, 5, 20, 220, "cost", 0.125),
    span(7, 1, 700, 900, "decide", attributes={"gonogo.evidence.ids": ("ev-1", "ev-2")}),
]


def test_the_tree() -> None:
    assert draw_trace(RUN).splitlines() == [
        "step                       time     own  tokens in  out  cached        cost",
        "invoke_workflow audit    1.00 s  210 ms      2,000  100   1,600  0.3750 USD",
        "├ invoke_agent security  590 ms  280 ms      1,000   50     800  0.2500 USD",
        "│ ├ chat claude          300 ms  300 ms      1,000   50     800  0.2500 USD  1 failed attempt",
        "│ └ chat claude           10 ms   10 ms                                      from the ledger",
        "├ invoke_agent cost      490 ms  290 ms      1,000   50     800  0.1250 USD  "
        "error: ValueError: it\\u{1b}[2Jbroke",
        "│ └ chat claude          200 ms  200 ms      1,000   50     800  0.1250 USD",
        "└ decide                 200 ms  200 ms                                      2 pieces of evidence",
    ]


def test_the_slowest_by_their_own_time() -> None:
    assert draw_trace(RUN, slow=True).splitlines()[:4] == [
        "step                      own  share    time",
        "chat claude security   300 ms    30%  300 ms",
        "invoke_agent cost      290 ms    29%  490 ms",
        "invoke_agent security  280 ms    28%  590 ms",
    ]


def test_what_it_cost_by_specialist_and_model() -> None:
    assert draw_trace(RUN, cost=True) == "\n".join(
        [
            "agent     model   calls  tokens in  out  cached        cost",
            "cost      claude      1      1,000   50     800  0.1250 USD",
            "security  claude      1      1,000   50     800  0.2500 USD",
            "all                   2      2,000  100   1,600  0.3750 USD",
            "",
        ]
    )


def test_an_unknown_price_is_unknown_all_the_way_up() -> None:
    spans = [*RUN, chat(8, 5, 230, 240, "cost", None)]
    lines = draw_trace(spans).splitlines()
    assert [line.split("  ")[0] for line in lines if "unknown" in line] == [
        "invoke_workflow audit",
        "├ invoke_agent cost",
        "│ └ chat claude",
    ]
    assert "0.0000" not in "".join(lines)
    costs = draw_trace(spans, cost=True).splitlines()
    assert [line.rpartition(" ")[2] for line in costs[1:]] == ["unknown", "USD", "unknown"]


def test_nothing_asked_costs_nothing_that_is_drawn() -> None:
    assert draw_trace([RUN[0]]) == (
        "step                     time     own  tokens in  out  cached  cost\ninvoke_workflow audit  1.00 s  1.00 s\n"
    )
    assert draw_trace([], cost=True).splitlines()[1].split() == ["all", "0"]
    assert draw_trace([], slow=True) == "step  own  share  time\n"
    assert len(draw_trace([]).splitlines()) == 1


def test_parallel_children_take_their_time_once_and_none_outside_of_the_parent() -> None:
    spans = [
        span(1, None, 100, 200),
        span(2, 1, 110, 150),
        span(3, 1, 130, 170),
        span(4, 1, 0, 105),
        span(5, 1, 195, 900),
    ]
    assert draw_trace(spans).splitlines()[1].split()[2:6] == ["100", "ms", "30", "ms"]


def test_what_lost_its_parent_hangs_below_the_root_with_a_mark() -> None:
    text = draw_trace([RUN[0], RUN[2], span(9, 77, 5, 8, "lost")])
    assert [line.split("  ")[0] for line in text.splitlines()[1:]] == [
        "invoke_workflow audit",
        "├ lost",
        "└ chat claude",
    ]
    assert text.count("its parent never ended") == 2
    text = draw_trace([RUN[2], RUN[5]])
    assert text.count("chat claude") == text.count("its parent never ended") == 2


def test_what_a_changed_store_says_is_drawn_too() -> None:
    circle = [span(1, None, 0, 9), span(2, 3, 1, 2), span(3, 2, 1, 2), span(4, 4, 3, 4), span(5, 3, 5, 6)]
    text = draw_trace(circle)
    assert [text.count(f"step {number} ") for number in range(1, 6)] == [1] * 5
    assert text.count("its parent never ended") == 2
    deep = [span(number, number - 1 or None, 0, 9) for number in range(1, 5000)]
    text = draw_trace(deep)
    assert len(text.splitlines()) == 5000
    assert len(text) < 1_000_000


@given(st.data())
def test_the_order_of_the_spans_does_not_matter(data: st.DataObject) -> None:
    numbers = range(1, data.draw(st.integers(1, 12)))
    parents = st.one_of(st.none(), st.integers(1, 14))
    spans = [span(n, data.draw(parents), data.draw(st.integers(0, 9)), data.draw(st.integers(0, 9))) for n in numbers]
    shuffled = data.draw(st.permutations(spans))
    for options in ({}, {"slow": True}, {"cost": True}):
        assert draw_trace(spans, **options) == draw_trace(shuffled, **options)
    assert trace_json(spans) == trace_json(shuffled)
    text = draw_trace(spans) + "\n"
    assert all(text.count(f"step {number}  ") == 1 for number in numbers), "each is drawn once"


@pytest.mark.parametrize("name", ["\x1b]0;x\x07", "a\nb", "a\rb", "\u202egpj", "\u200b", "\x9b31m", "\x00"])
def test_a_terminal_is_sent_no_commands(name: str) -> None:
    hostile = [
        span(1, None, 0, 9, name, status="error", message=name),
        chat(2, 1, 0, 5, name, 1.0, attributes={"gen_ai.request.model": name}),
    ]
    for text in (
        draw_trace(hostile),
        draw_trace(hostile, slow=True),
        draw_trace(hostile, cost=True),
        trace_json(hostile),
    ):
        assert all(char.isprintable() for char in text.replace("\n", ""))
    assert len(draw_trace(hostile).splitlines()) == 3


def test_wide_and_long_names_keep_the_columns() -> None:
    spans = [span(1, None, 0, 5, "監査"), span(2, 1, 0, 5, "x" * 500), span(3, 1, 0, 5, "e\u0301tape")]
    lines = draw_trace(spans).splitlines()
    assert max(map(len, lines)) < 130
    assert lines[1].index("5 ms") + 2 == lines[2].index("5 ms") == lines[3].index("5 ms") - 1


def test_json_holds_all_of_it() -> None:
    spans = [*RUN]
    random.Random(1).shuffle(spans)
    assert [Span.model_validate(row) for row in json.loads(trace_json(spans))] == sorted(
        RUN, key=lambda s: (s.start, s.span_id)
    )


def test_a_run_that_was_traced_is_drawn() -> None:
    store = Store()
    with opened(store) as telemetry:
        audit(telemetry)
    lines = draw_trace(store.spans).splitlines()
    assert lines[1].startswith("invoke_workflow audit ")
    assert "0.0250 USD" in lines[1]
    assert len(lines) == 13
    assert sum(line.startswith("├ invoke_agent") for line in lines) == 2
    assert lines[-1].startswith("└ decide")
