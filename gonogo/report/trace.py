"""A run's trace as text: a tree of its steps, the slowest of them, or what they cost."""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from gonogo.model.span import Span
from gonogo.report.outline import counted
from gonogo.report.runs import visible

OPERATION, AGENT, MODEL = "gen_ai.operation.name", "gen_ai.agent.name", "gen_ai.request.model"
INPUT, OUTPUT, CACHED = (
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.cache_read.input_tokens",
)
COST, HIT, EVIDENCE = "gonogo.cost.usd", "gonogo.ledger.hit", "gonogo.evidence.ids"
MOST_SLOW = 25
DEEPEST = 40
"""Columns of branches: what hangs deeper, which no audit makes, is drawn there."""
WIDEST = 60
"""Columns of a step's name: what is longer is cut."""
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

    def below(self, span: Span) -> list[Span]:
        """Its children, by their start."""
        return self.children.get(span.span_id, [])

    def own_time(self, span: Span) -> int:
        """Nanoseconds in which none of its children ran."""
        inside = [(max(c.start, span.start), min(c.end, span.end)) for c in self.below(span)]
        return _length(span) - _covered(inside)

    def lines(self) -> list[tuple[Span, str]]:
        """Each span after its parent, with the branches that lead to it. No recursion: what is stored may be deep."""
        found = []
        waiting = [(span, "", "") for span in reversed(self.children.get(None, []))]
        while waiting:
            span, before, indent = waiting.pop()
            found.append((span, before))
            last = True
            indent = indent[:DEEPEST]
            for child in reversed(self.below(span)):
                waiting.append((child, indent + ("└ " if last else "├ "), indent + ("  " if last else "│ ")))
                last = False
        return found

    def totals(self) -> dict[str, _Sum]:
        """What each span and all below it used, by its id."""
        sums: dict[str, _Sum] = {}
        for span, _ in reversed(self.lines()):
            sums[span.span_id] = sum((sums[child.span_id] for child in self.below(span)), _used(span))
        return sums


def draw_trace(spans: Sequence[Span], *, slow: bool = False, cost: bool = False) -> str:
    """The trace as lines of text. ``slow`` lists the slowest steps by own time, ``cost`` sums by agent and model."""
    tree = _grow(spans)
    if slow:
        return _table(_slowest(spans, tree))
    if cost:
        return _table(_costs(spans), names=2)
    return _table([("step", "time", "own", "tokens in", "out", "cached", "cost", ""), *_drawn(tree)], notes=1)


def trace_json(spans: Sequence[Span]) -> str:
    """The spans as a JSON list, by their start."""
    rows = [span.model_dump(mode="json") for span in sorted(spans, key=_order)]
    return json.dumps(rows, indent=2) + "\n"


def _grow(spans: Sequence[Span]) -> _Tree:
    ordered = sorted({span.span_id: span for span in spans}.values(), key=_order)
    parents = {span.span_id: span.parent_id for span in ordered}
    top = next((span.span_id for span in ordered if span.parent_id is None), None)
    lost = _lost(parents)
    children: dict[str | None, list[Span]] = defaultdict(list)
    for span in ordered:
        children[top if span.span_id in lost else span.parent_id].append(span)
    return _Tree(dict(children), frozenset(lost))


def _lost(parents: dict[str, str | None]) -> set[str]:
    """Spans whose parent is not there, and one of each circle, which no program makes and a changed store may hold."""
    lost = {name for name, parent in parents.items() if parent is not None and parent not in parents}
    rooted: set[str | None] = {None, *lost}
    for name in parents:
        way: dict[str, None] = {}
        at: str | None = name
        while at is not None and at not in rooted:
            if at in way:
                lost.add(at)
                break
            way[at] = None
            at = parents[at]
        rooted.update(way)
    return lost


def _drawn(tree: _Tree) -> Iterator[tuple[str, ...]]:
    totals = tree.totals()
    for span, before in tree.lines():
        own, used = tree.own_time(span), totals[span.span_id]
        yield (before + _named(span.name), _time(_length(span)), _time(own), *_figures(used), _marks(span, tree))


def _slowest(spans: Sequence[Span], tree: _Tree) -> Iterator[tuple[str, ...]]:
    whole = max((_length(span) for span in spans), default=0) or 1
    yield ("step", "own", "share", "time")
    for span in sorted(spans, key=lambda s: (-tree.own_time(s), _order(s)))[:MOST_SLOW]:
        own = tree.own_time(span)
        name = " ".join(filter(None, (span.name, _agent(span) if span.attributes.get(OPERATION) == "chat" else "")))
        yield (_named(name), _time(own), f"{100 * own / whole:.0f}%", _time(_length(span)))


def _costs(spans: Sequence[Span]) -> Iterator[tuple[str, ...]]:
    sums: dict[tuple[str, str], _Sum] = defaultdict(_Sum)
    for span in spans:
        if span.attributes.get(OPERATION) == "chat":
            sums[_agent(span) or "?", str(span.attributes.get(MODEL, "?"))] += _used(span)
    yield ("agent", "model", "calls", "tokens in", "out", "cached", "cost")
    whole = _Sum()
    for (agent, model), used in sorted(sums.items()):
        whole += used
        yield (_named(agent), _named(model), str(used.calls), *_figures(used))
    yield ("all", "", str(whole.calls), *_figures(whole))


def _used(span: Span) -> _Sum:
    """What a call used. An answer from the ledger was paid in the span that got it."""
    given = span.attributes
    if given.get(OPERATION) != "chat" or INPUT not in given or given.get(HIT):
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
        f"error: {_named(span.message)}" if span.status == "error" else "",
        "from the ledger" if span.attributes.get(HIT) else "",
        counted(failed, "failed attempt") if failed else "",
        counted(len(seen), "piece of evidence", "pieces of evidence") if isinstance(seen, tuple) and seen else "",
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


def _table(rows: Sequence[tuple[str, ...]] | Iterator[tuple[str, ...]], *, names: int = 1, notes: int = 0) -> str:
    """Columns under their heads: names, at first, and notes, at last, to the left, figures to the right."""
    table = list(rows)
    widths = [max(_width(row[column]) for row in table) for column in range(len(table[0]))]
    figures = len(widths) - names - notes
    aligned: list[Callable[[str, int], str]] = [*[_left] * names, *[str.rjust] * figures, *[_left] * notes]
    lines = [
        "  ".join(put(cell, w) for put, cell, w in zip(aligned, row, widths, strict=True)).rstrip() for row in table
    ]
    return "\n".join(lines) + "\n"


def _left(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """Columns of a terminal: some characters take two, and some stand on the one before."""
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def _named(text: str) -> str:
    """A name in a line: nothing hidden in it, and not too long."""
    shown = visible(text)
    return shown if len(shown) <= WIDEST else shown[: WIDEST - 1] + "…"
