"""The spans of runs."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa
from pydantic import ValidationError

from gonogo.model.span import Span
from gonogo.store.blobs import add_new
from gonogo.store.errors import ChangedRunError
from gonogo.store.schema import spans

if TYPE_CHECKING:
    from gonogo.store.open import Store

LARGEST = 16 * 1024 * 1024


def keep_spans(store: Store, run: str, found: Sequence[Span]) -> None:
    """Keeps spans that ended. Raises StoreError."""
    rows = [
        {
            "run": run,
            "span": span.span_id,
            "start": span.start,
            "packed": zlib.compress(span.model_dump_json().encode(), 6),
        }
        for span in found
    ]
    with store.writing() as connection:
        add_new(connection, spans, rows)


def read_spans(store: Store, run: str) -> tuple[Span, ...]:
    """The spans of a run, by their start. Raises ChangedRunError for what is no span."""
    with store.reading() as connection:
        rows = connection.execute(
            sa.select(spans).where(spans.c.run == run).order_by(spans.c.start, spans.c.span)
        ).all()
    try:
        found = tuple(Span.model_validate_json(zlib.decompressobj().decompress(row.packed, LARGEST)) for row in rows)
    except (zlib.error, ValidationError, TypeError) as error:
        raise ChangedRunError(f"a span of run {run} can't be read: it was changed.") from error
    return found
