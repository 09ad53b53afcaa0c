"""The evidence of runs: each piece stored once, whoever saw it, with the span in which a run first did."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from sqlalchemy.dialects import postgresql, sqlite

from gonogo.model.evidence import Kept
from gonogo.store import chain
from gonogo.store.blobs import digest_of, hold_blobs, put_blobs, read_blobs
from gonogo.store.cells import need_typed, rows_of_run
from gonogo.store.errors import ChangedRunError
from gonogo.store.schema import evidence
from gonogo.store.told import read_own

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from gonogo.store.open import Store


def keep_evidence(store: Store, run: str, items: Iterable[Kept]) -> None:
    """Keeps pieces of evidence; one that is there already is replaced by what is said of it now, but for its span. What
    is the same again changes nothing. Raises StoreError."""
    given = {item.evidence.id: (item.span_id, _plain(item)) for item in items}
    if not given:
        return
    with store.writing() as connection:
        hold_blobs(store, connection)
        store.lock(connection, "chain", run=run)
        there = {row["evidence"]: [row["digest"], row["span"]] for row in rows_of_run(connection, evidence, run)}
        body = {
            name: [digest_of(text), there[name][1] if name in there else span] for name, (span, text) in given.items()
        }
        new = {name: told for name, told in body.items() if there.get(name) != told}
        if not new:
            return
        put_blobs(store, connection, [given[name][1] for name in new])
        _put(
            connection,
            [{"run": run, "evidence": name, "digest": digest, "span": span} for name, (digest, span) in new.items()],
        )
        chain.append(store, connection, run, "evidence", new)


def read_evidence(store: Store, run: str) -> tuple[Kept, ...]:
    """All evidence of a run. Raises ChangedRunError where a piece was changed, is not there, or is another run's."""
    with store.reading() as connection:
        told = read_own(store, connection, run, "evidence").evidence
        rows = rows_of_run(connection, evidence, run)
        for row in rows:
            need_typed(evidence, row)
        if {row["evidence"]: [row["digest"], row["span"]] for row in rows} != told:
            raise ChangedRunError(f"the evidence of run {run} is not what was stored: gonogo runs verify says which.")
        data = read_blobs(connection, (row["digest"] for row in rows))
    return tuple(sorted((_kept(row, data) for row in rows), key=lambda item: item.evidence.id))


def _plain(item: Kept) -> bytes:
    """Without the span, which differs from run to run: what is the same is stored once."""
    return item.model_copy(update={"span_id": None}).model_dump_json().encode()


def _kept(row: Any, data: dict[str, bytes]) -> Kept:
    name, digest = f"evidence {row['evidence']} of run {row['run']}", row["digest"]
    if digest not in data:
        raise ChangedRunError(f"{name} is not there.")
    try:
        item = Kept.model_validate_json(data[digest])
    except ValidationError as error:
        raise ChangedRunError(f"{name} can't be read.") from error
    if item.evidence.id != row["evidence"] or not item.evidence.is_intact():
        raise ChangedRunError(f"{name} was changed.")
    return item.model_copy(update={"span_id": row["span"]})


def _put(connection: Connection, rows: list[dict[str, Any]]) -> None:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    query = insert(evidence)
    changed = {"digest": query.excluded.digest}
    connection.execute(query.on_conflict_do_update(index_elements=["run", "evidence"], set_=changed), rows)
