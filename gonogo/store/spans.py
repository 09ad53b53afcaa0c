"""The spans of runs."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from pydantic import ValidationError

from gonogo.model.span import Span
from gonogo.store import chain
from gonogo.store.blobs import add_new, digest_of, inflate
from gonogo.store.cells import is_typed, rows_of_run
from gonogo.store.errors import ChangedRunError
from gonogo.store.schema import spans

if TYPE_CHECKING:
    from gonogo.store.open import Store

LARGEST = 16 * 1024 * 1024
"""Bytes of an unpacked span."""


def keep_spans(store: Store, run: str, found: Sequence[Span]) -> None:
    """Keeps spans that ended; one that is there already is left as it is. Raises StoreError."""
    packed = [(span, zlib.compress(span.model_dump_json().encode(), 6)) for span in found]
    with store.writing() as connection:
        store.lock(connection, "chain", run=run)
        there = set(connection.execute(sa.select(spans.c.span).where(spans.c.run == run)).scalars())
        rows = {
            span.span_id: {"run": run, "span": span.span_id, "start": span.start, "packed": data}
            for span, data in packed
            if span.span_id not in there
        }
        if rows:
            add_new(connection, spans, list(rows.values()))
            chain.append(store, connection, run, "spans", {name: digest_of_row(row) for name, row in rows.items()})


def read_spans(store: Store, run: str) -> tuple[Span, ...]:
    """The spans of a run, by their start. Raises ChangedRunError for what is no span."""
    with store.reading() as connection:
        rows = rows_of_run(connection, spans, run)
    found = [_span(run, row) for row in rows]
    return tuple(sorted(found, key=lambda span: (span.start, span.span_id)))


def digest_of_row(row: Any) -> str | None:
    """The hash of a span's row; None for one that gonogo can't have written."""
    return digest_of(b"%d %s" % (row["start"], row["packed"])) if is_typed(spans, row) else None


def _span(run: str, row: Any) -> Span:
    data = inflate(row["packed"], LARGEST)
    try:
        found = Span.model_validate_json(data or b"")
    except ValidationError as error:
        raise ChangedRunError(f"a span of run {run} can't be read: it was changed.") from error
    if (found.span_id, found.start) != (row["span"], row["start"]):
        raise ChangedRunError(f"a span of run {run} can't be read: it was changed.")
    return found
