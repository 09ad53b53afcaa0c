"""Reads again all that is stored, and says what is not what was stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gonogo.store import chain
from gonogo.store.blobs import unpacked
from gonogo.store.cells import rows_of_run
from gonogo.store.errors import ChangedRunError
from gonogo.store.holding import Held, problems_of
from gonogo.store.schema import blobs, entries, metadata

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from gonogo.store.open import Store

CHANGED, KEY = "changed", "key"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not what was stored. ``run`` is empty for the store as a whole; ``kind`` is ``key`` where a
    seal can't be checked since its key is not here, else ``changed``."""

    run: str
    what: str
    kind: str = CHANGED

    def __str__(self) -> str:
        return f"{self.run[:8] or 'store'}: {self.what}"


def verify(store: Store, run: str | None = None) -> tuple[Problem, ...]:
    """All problems of a run, or of the store with all its runs. Raises StoreError where it can't be read.

    What it can't see: an end of the store's own chain that was cut off together with all that it tells of. Who has to
    know of that keeps the last hash of that chain elsewhere.
    """
    store = store.patient()
    with store.reading() as connection:
        anchors = _anchors(store, connection)
        if run is not None:
            return tuple(_run(store, connection, run, anchors))
        found = [problem for name in _names(connection) for problem in _run(store, connection, name, anchors)]
        return (*_links(store, rows_of_run(connection, entries, chain.WHOLE), ""), *_blobs(connection), *found)


def _names(connection: Connection) -> list[str]:
    """All runs that any row or any entry speaks of; a name of another type is no run, and missed under its own."""
    columns = [table.c.run for table in metadata.sorted_tables if "run" in table.c]
    found: set[str] = {chain.WHOLE}
    for column in columns:
        found |= {str(name) for name in connection.execute(sa.select(column).distinct()).scalars()}
    for row in rows_of_run(connection, entries, chain.WHOLE):
        found.add(str((chain.body_of(row) or {}).get("run", "")))
    return sorted(found - {chain.WHOLE})


def _run(store: Store, connection: Connection, run: str, anchors: dict[str, set[str]]) -> Iterator[Problem]:
    rows = _ordered(rows_of_run(connection, entries, run))
    yield from _links(store, rows, run)
    own = {str(row["hash"]) for row in rows if row["kind"] in chain.ANCHORED}
    if own != anchors.get(run, set()):
        yield Problem(run, "its chain and the store's own do not tell the same of it: entries are gone")
    if not rows:
        yield Problem(run, "it has no chain: it was never admitted, or its entries are gone")
    for what in problems_of(Held(store, connection, run, rows)):
        yield Problem(run, what)


def _anchors(store: Store, connection: Connection) -> dict[str, set[str]]:
    """For each run the hashes that the store's own chain names."""
    found: dict[str, set[str]] = {}
    for row in rows_of_run(connection, entries, chain.WHOLE):
        body = chain.body_of(row)
        if body is not None and chain.fault_of(store, row) in (None, chain.Fault.KEY):
            found.setdefault(str(body.get("run")), set()).add(str(body.get("head")))
    return found


def _links(store: Store, rows: list[Any], run: str) -> Iterator[Problem]:
    previous, others = chain.FIRST, 0
    for number, row in enumerate(_ordered(rows), 1):
        fault = chain.fault_of(store, row)
        if fault is chain.Fault.CHANGED or row["number"] != number or row["previous"] != previous:
            yield Problem(run, f"entry {row['number']!r} of the chain was changed, or the one before it is gone")
        if fault is chain.Fault.SEAL:
            yield Problem(run, f"entry {number} of the chain has another seal")
        elif chain.body_of(row) is None:
            yield Problem(run, f"entry {number} of the chain can't be read")
        others += fault is chain.Fault.KEY
        previous = row["hash"]
    if others:
        what = f"{others} entries are sealed with a key that is not here (the chain holds, its seals can't be checked)"
        yield Problem(run, what, KEY)


def _blobs(connection: Connection) -> Iterator[Problem]:
    for row in connection.execute(sa.select(blobs), execution_options={"yield_per": 20}):
        try:
            unpacked(row.digest, row.size, row.packed)
        except ChangedRunError as error:
            yield Problem("", str(error).rstrip("."))


def _ordered(rows: list[Any]) -> list[Any]:
    """By number; a number of another type comes last."""
    return sorted(rows, key=lambda row: (not isinstance(row["number"], int), str(row["number"]).zfill(20)))
