"""How long what is kept: transcripts and traces by policy, reports and evidence longer, the chain for ever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gonogo.store import chain
from gonogo.store.schema import PROJECTIONS, blobs, calls, decisions, evidence, parts, runs, spans

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from gonogo.store.open import Store


DEAD_AFTER = timedelta(days=2)
"""How old a run that says it is running must be to count as one whose process died."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What a prune deleted, and the bytes that the store had before and after. ``names`` are the runs that were old
    enough: what else is kept of how they ran can go."""

    names: tuple[str, ...]
    runs: int
    calls: int
    spans: int
    blobs: int
    before: int
    after: int

    def plain(self) -> dict[str, int]:
        """The counts as plain data."""
        return {name: getattr(self, name) for name in ("runs", "calls", "spans", "blobs", "before", "after")}


def prune(store: Store, *, before: datetime, whole_runs: bool = False) -> Pruned:
    """Deletes the transcripts and spans of ended runs that were created before that time, and what nothing refers to.

    With ``whole_runs`` all of them but the entries of their chains. What is running, or
    says so and is not days old, is left alone. The space goes back
    to the disk. Raises StoreError.
    """
    size = _size(store)
    limit = before.astimezone(UTC).isoformat(timespec="seconds")
    dead = (store.clock() - DEAD_AFTER).astimezone(UTC).isoformat(timespec="seconds")
    with store.writing() as connection:
        store.lock(connection, "blobs")  # nobody stores meanwhile: a blob may be taken up at the moment it goes
        is_over = sa.or_(runs.c.state != "running", runs.c.created < dead)
        old = sa.select(runs.c.run).where(runs.c.created < limit, is_over).order_by(runs.c.run)
        names = [row.run for row in connection.execute(old)]
        counts = [_prune_run(store, connection, run, whole=whole_runs) for run in names]
        gone = _prune_blobs(connection)
    _give_back(store)
    return Pruned(
        names=tuple(names),
        runs=len(names) if whole_runs else sum(any(count) for count in counts),
        calls=sum(count[0] for count in counts),
        spans=sum(count[1] for count in counts),
        blobs=gone,
        before=size,
        after=_size(store),
    )


def _prune_run(store: Store, connection: Connection, run: str, *, whole: bool) -> tuple[int, int]:
    counts = [connection.execute(table.delete().where(table.c.run == run)).rowcount for table in (calls, spans)]
    connection.execute(parts.delete().where(parts.c.run == run))
    if whole:
        for table in (evidence, decisions, *PROJECTIONS, runs):
            connection.execute(table.delete().where(table.c.run == run))
    if whole or any(counts):
        body: dict[str, Any] = {"calls": counts[0], "spans": counts[1], "whole": whole}
        found = chain.append(store, connection, run, "pruned", body)
        if whole:
            chain.append(store, connection, chain.WHOLE, "pruned", {"run": run, "head": found})
    return counts[0], counts[1]


def _prune_blobs(connection: Connection) -> int:
    used = sa.union(
        sa.select(evidence.c.digest),
        sa.select(parts.c.digest),
        sa.select(calls.c.request),
        sa.select(calls.c.answer),
        sa.select(runs.c.report).where(runs.c.report.is_not(None)),
        sa.select(runs.c.final).where(runs.c.final.is_not(None)),
    )
    return connection.execute(blobs.delete().where(blobs.c.digest.not_in(used))).rowcount


def _give_back(store: Store) -> None:
    """Rewrites the files: deleting alone frees nothing. It takes no transaction, and others wait for a moment."""
    with store.reading() as connection:
        connection.rollback()
        outside: Any = connection.connection.dbapi_connection
        if store.is_file:
            outside.execute("VACUUM")
            outside.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        outside.autocommit = True
        try:
            for table in (calls.name, spans.name, evidence.name, blobs.name):
                outside.execute(f"VACUUM FULL {table}")
        finally:
            outside.autocommit = False


def _size(store: Store) -> int:
    """Bytes of the store on disk."""
    if store.is_file:
        from pathlib import Path

        path = store.engine.url.database or ""
        return sum(file.stat().st_size for file in (Path(path), Path(path + "-wal")) if file.exists())
    with store.reading() as connection:
        return int(connection.execute(sa.text("SELECT pg_database_size(current_database())")).scalar() or 0)
