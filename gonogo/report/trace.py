"""A run's trace as text: a tree of its steps, the slowest of them, or what they cost."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from gonogo.model.span import Span
from gonogo.report.runs import visible

OPERATION, AGENT, MODEL = "gen_ai.operation.name", "gen_ai.agent.name", "gen_ai.request.model"
INPUT, OUTPUT, CACHED = (
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.cache_read.input_tokens",
)
COST, HIT, EVIDENCE = "gonogo.cost.usd", "gonogo.ledger.hit", "gonogo.evidence.ids"
MOST_SLOW = 25
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class _Sum:
    """What calls of models used. ``cost`` is None where one's price is not known."""

    calls: int = 0
    input: int = 0
    output: int = 0
    cached: int = 0
    cost: float | None = 0.0

    def __add__(self, other: _Sum) -> _Sum:
        known = self.cost is not None and other.cost is not None
        return _Sum(
            self.calls + other.calls,
            self.input + other.input,
            self.output + other.output,
            self.cached + other.cached,
            (self.cost or 0.0) + (other.cost or 0.0) if known else None,
        )


@dataclass(frozen=True)
class _Tree:
    """Spans by parent. One whose parent never ended, in a run that was killed, hangs below the root."""

    children: dict[str | None, list[Span]]
    lost: frozenset[str]

    def own_time(self, span: Span) -> int:
        """Nanoseconds in which none of its children ran."""
        return _length(span) - _covered([(c.start, c.end) for c in self.children.get(span.span_id, ())])

    def total(self, span: Span) -> _Sum:
        """What the span and all below it used."""
        whole = _used(span)
        for child in self.children.get(span.span_id, ()):
            whole += self.total(child)
        return whole


def draw_trace(spans: Sequence[Span], *, slow: bool = False, cost: bool = False) -> str:
    """The trace as lines of text. ``slow`` lists the slowest steps by own time, ``cost`` sums by agent and model."""
    tree = _grow(spans)
    if slow:
        return _table(_slowest(spans, tree))
    if cost:
        return _table(_costs(spans))
    rows = [row for root in tree.children.get(None, ()) for row in _draw(root, tree, "", "", is_root=True)]
    return _table([("step", "time", "own", "tokens in", "out", "cached", "cost", ""), *rows])


def trace_json(spans: Sequence[Span]) -> str:
    """The spans as a JSON list, by their start."""
    rows = [span.model_dump(mode="json") for span in sorted(spans, key=_order)]
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


def _grow(spans: Sequence[Span]) -> _Tree:
    known = {span.span_id for span in spans}
    roots = [span for span in spans if span.parent_id is None]
    top = min(roots, key=_order).span_id if roots else None
    children: dict[str | None, list[Span]] = defaultdict(list)
    lost = set()
    for span in sorted(spans, key=_order):
        parent = span.parent_id
        if parent is not None and parent not in known:
            lost.add(span.span_id)
            parent = top
        children[parent].append(span)
    return _Tree(dict(children), frozenset(lost))


def _draw(span: Span, tree: _Tree, before: str, below: str, *, is_root: bool = False) -> Iterator[tuple[str, ...]]:
    used = tree.total(span)
    yield (
        before + visible(span.name),
        _time(_length(span)),
        _time(tree.own_time(span)),
        *_figures(used),
        _marks(span, tree),
    )
    children = tree.children.get(span.span_id, [])
    for number, child in enumerate(children, 1):
        last = number == len(children)
        yield from _draw(child, tree, below + ("└ " if last else "├ "), below + ("  " if last else "│ "))


def _slowest(spans: Sequence[Span], tree: _Tree) -> Iterator[tuple[str, ...]]:
    whole = max((_length(span) for span in spans), default=0) or 1
    yield ("step", "own", "share", "time")
    for span in sorted(spans, key=lambda s: (-tree.own_time(s), _order(s)))[:MOST_SLOW]:
        own = tree.own_time(span)
        name = visible(" ".join(filter(None, (span.name, _agent(span)))))
        yield (name, _time(own), f"{100 * own / whole:.0f}%", _time(_length(span)))


def _costs(spans: Sequence[Span]) -> Iterator[tuple[str, ...]]:
    sums: dict[tuple[str, str], _Sum] = defaultdict(_Sum)
    for span in spans:
        if span.attributes.get(OPERATION) == "chat":
            sums[_agent(span) or "?", str(span.attributes.get(MODEL, "?"))] += _used(span)
    yield ("agent", "model", "calls", "tokens in", "out", "cached", "cost")
    whole = _Sum()
    for (agent, model), used in sorted(sums.items()):
        whole += used
        yield (visible(agent), visible(model), str(used.calls), *_figures(used))
    yield ("all", "", str(whole.calls), *_figures(whole))


def _used(span: Span) -> _Sum:
    given = span.attributes
    if given.get(OPERATION) != "chat" or INPUT not in given:
        return _Sum()
    price = given.get(COST)
    known = float(price) if isinstance(price, (int, float)) else None
    return _Sum(1, _count(given.get(INPUT)), _count(given.get(OUTPUT)), _count(given.get(CACHED)), known)


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _figures(used: _Sum) -> tuple[str, ...]:
    if not used.calls:
        return ("", "", "", "")
    cost = UNKNOWN if used.cost is None else f"{used.cost:.4f} USD"
    return (f"{used.input:,}", f"{used.output:,}", f"{used.cached:,}", cost)


def _marks(span: Span, tree: _Tree) -> str:
    """What is worth a word: faults, answers that were not paid for again, attempts that failed, evidence."""
    failed = sum(event.name == "attempt failed" for event in span.events)
    seen = span.attributes.get(EVIDENCE)
    marks = (
        f"error: {visible(span.message)[:80]}" if span.status == "error" else "",
        "from the ledger" if span.attributes.get(HIT) else "",
        f"{failed} failed attempts" if failed else "",
        f"{len(seen)} pieces of evidence" if isinstance(seen, tuple) and seen else "",
        "its parent never ended" if span.span_id in tree.lost else "",
    )
    return ", ".join(filter(None, marks))


def _agent(span: Span) -> str:
    return str(span.attributes.get(AGENT, ""))


def _covered(parts: list[tuple[int, int]]) -> int:
    """The length of what those spans cover together: parallel ones count once."""
    total, until = 0, 0
    for start, end in sorted(parts):
        total += max(0, end - max(start, until))
        until = max(until, end)
    return total


def _length(span: Span) -> int:
    return max(0, span.end - span.start)


def _order(span: Span) -> tuple[int, str]:
    return (span.start, span.span_id)


def _time(nanoseconds: int) -> str:
    seconds = nanoseconds / 1e9
    return f"{seconds:,.2f} s" if seconds >= 1 else f"{1000 * seconds:,.0f} ms"


def _table(rows: Sequence[tuple[str, ...]] | Iterator[tuple[str, ...]]) -> str:
    """Columns under their heads: the first to the left, figures to the right, the last as it is."""
    table = list(rows)
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    aligned: list[Callable[[str, int], str]] = [str.ljust, *[str.rjust] * (len(widths) - 2), str.ljust]
    lines = [
        "  ".join(put(cell, w) for put, cell, w in zip(aligned, row, widths, strict=True)).rstrip() for row in table
    ]
    return "\n".join(lines) + "\n"
