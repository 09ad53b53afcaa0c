"""Where something personal stands, and of which kind it is."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Characters ``start`` to ``end`` of a text. ``kind`` is a word or several with hyphens: ``e-mail``, ``us-ssn``."""

    kind: str
    start: int
    end: int


def settle(spans: Iterable[Span]) -> list[Span]:
    """Sorted by place; of spans that overlap, the one that came first."""
    kept: list[Span] = []
    for span in spans:
        at = bisect_left(kept, span.start, key=_start)
        clear = at == 0 or kept[at - 1].end <= span.start
        if clear and (at == len(kept) or span.end <= kept[at].start):
            kept.insert(at, span)
    return kept


def _start(span: Span) -> int:
    return span.start
