"""The evidence of runs: each piece stored once, whoever saw it, with the span in which a run first did."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.dialects import postgresql, sqlite

from gonogo.model.evidence import Kept
from gonogo.store import chain
from gonogo.store.blobs import digest_of, put_blobs, read_blobs
from gonogo.store.errors import ChangedRunError
from gonogo.store.schema import evidence

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from gonogo.store.open import Store


def keep_evidence(store: Store, run: str, items: Iterable[Kept]) -> None:
    """Keeps pieces of evidence; one that is there already is replaced by what is said of it now. Raises StoreError."""
    rows = {item.evidence.id: (item, _plain(item)) for item in items}
    if not rows:
        return
    with store.writing() as connection:
        put_blobs(store, connection, [plain for _, plain in rows.values()])
        _put(
            connection,
            [
                {"run": run, "evidence": name, "digest": digest_of(plain), "span": item.span_id}
                for name, (item, plain) in rows.items()
            ],
        )
        body = {name: digest_of(plain) for name, (_, plain) in rows.items()}
        chain.append(store, connection, run, "evidence", body)


def read_evidence(store: Store, run: str) -> tuple[Kept, ...]:
    """All evidence of a run. Raises ChangedRunError where a piece was changed or is not there."""
    with store.reading() as connection:
        rows = connection.execute(sa.select(evidence).where(evidence.c.run == run)).all()
        data = read_blobs(connection, (row.digest for row in rows))
    return tuple(sorted((_kept(row, data) for row in rows), key=lambda item: item.evidence.id))


def _plain(item: Kept) -> bytes:
    """Without the span, which differs from run to run: what is the same is stored once."""
    return item.model_copy(update={"span_id": None}).model_dump_json().encode()


def _kept(row: Any, data: dict[str, bytes]) -> Kept:
    if row.digest not in data:
        raise ChangedRunError(f"evidence {row.evidence} of run {row.run} is not there.")
    try:
        item = Kept.model_validate_json(data[row.digest])
    except ValidationError as error:
        raise ChangedRunError(f"evidence {row.evidence} of run {row.run} can't be read.") from error
    if item.evidence.id != row.evidence or not item.evidence.is_intact():
        raise ChangedRunError(f"evidence {row.evidence} of run {row.run} was changed.")
    return item.model_copy(update={"span_id": row.span})


def _put(connection: Connection, rows: list[dict[str, Any]]) -> None:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    query = insert(evidence)
    changed = {"digest": query.excluded.digest}
    connection.execute(query.on_conflict_do_update(index_elements=["run", "evidence"], set_=changed), rows)
