"""How long what is kept: transcripts and traces by policy, reports and evidence longer, the chain for ever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gonogo.store import chain
from gonogo.store.errors import StoreError
from gonogo.store.open import BUSY_SECONDS, told
from gonogo.store.schema import PROJECTIONS, blobs, calls, decisions, entries, evidence, metadata, parts, runs, spans

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from gonogo.store.open import Store


DEAD_AFTER = timedelta(days=2)
"""A run that says it is running, and kept nothing for so long, is one whose process died."""


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
    """Deletes the transcripts and spans of runs that began, and kept something last, before that time, and what nothing
    refers to.

    With ``whole_runs`` all of them but the entries of their chains. What is running is left alone, also where an old
    run was taken up again. The space goes back to the disk. Raises StoreError.
    """
    store = store.patient()
    size = _size(store)
    limit = before.astimezone(UTC)
    with store.writing() as connection:
        store.lock(connection, "blobs")  # nobody stores meanwhile: a blob may be taken up at the moment it goes
        names = _old_runs(connection, limit, min(limit, store.clock() - DEAD_AFTER))
        done = {run: _prune_run(store, connection, run, whole=whole_runs) for run in names}
        for run, (_, _, head) in done.items():
            if head is not None:
                chain.anchor(store, connection, run, "pruned", head)
        counts = [(kept, traced) for kept, traced, _ in done.values()]
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


def _old_runs(connection: Connection, limit: datetime, idle: datetime) -> list[str]:
    """Runs whose beginning and whose last entry are older than the limit; those called running, than the other."""
    last = (
        sa.select(entries.c.run, sa.func.max(entries.c.at).label("at"))
        .where(entries.c.kind.not_in(("decision", "pruned")))  # they come when it is over, and do not make it young
        .group_by(entries.c.run)
        .subquery()
    )
    query = (
        sa.select(runs.c.run)
        .join(last, last.c.run == runs.c.run)
        .where(
            runs.c.created < _text(limit),
            last.c.at < sa.case((runs.c.state == "running", _text(idle)), else_=_text(limit)),
        )
        .order_by(runs.c.run)
    )
    return [row.run for row in connection.execute(query)]


def _text(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds")


def _prune_run(store: Store, connection: Connection, run: str, *, whole: bool) -> tuple[int, int, str | None]:
    """How many calls and spans went, and the entry that says so; none where nothing went."""
    store.lock(connection, "chain", run=run)
    counts = [connection.execute(table.delete().where(table.c.run == run)).rowcount for table in (calls, spans)]
    handed = connection.execute(parts.delete().where(parts.c.run == run)).rowcount
    if whole:
        for table in (evidence, decisions, *PROJECTIONS, runs):
            connection.execute(table.delete().where(table.c.run == run))
    if not whole and not any((*counts, handed)):
        return 0, 0, None
    body: dict[str, Any] = {"calls": counts[0], "spans": counts[1], "whole": whole}
    return counts[0], counts[1], chain.append(store, connection, run, "pruned", body)


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
        try:
            if store.is_file:
                outside.execute("VACUUM")
                outside.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            else:
                _rewrite_tables(outside)
        except store.engine.dialect.loaded_dbapi.Error as error:
            why = str(told(error, store)).removesuffix(".")
            raise StoreError(f"what was to go is deleted, but its space is not given back yet: {why}.") from error


def _rewrite_tables(outside: Any) -> None:
    outside.autocommit = True
    try:
        outside.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
        for table in metadata.sorted_tables:
            outside.execute(f"VACUUM FULL {table.name}")
    finally:
        if not outside.closed:
            outside.execute("RESET lock_timeout")
            outside.autocommit = False


def _size(store: Store) -> int:
    """Bytes of the store on disk."""
    if store.is_file:
        path = store.engine.url.database or ""
        return sum(file.stat().st_size for file in (Path(path), Path(path + "-wal")) if file.exists())
    names = ", ".join(f"pg_total_relation_size('{table.name}')" for table in metadata.sorted_tables)
    with store.reading() as connection:
        return sum(connection.execute(sa.text(f"SELECT {names}")).one())
