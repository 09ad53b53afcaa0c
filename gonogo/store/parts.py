"""What the steps of a run hand on while it runs, by hash; it goes with the run's end, when the report says it all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from gonogo.store import chain
from gonogo.store.blobs import digest_of, hold_blobs, put_blobs, read_blob
from gonogo.store.schema import parts

if TYPE_CHECKING:
    from gonogo.store.open import Store


def keep_part(store: Store, run: str, data: bytes) -> None:
    """Keeps bytes of a run; the same again change nothing. Raises StoreError."""
    row = {"run": run, "digest": digest_of(data)}
    with store.writing() as connection:
        hold_blobs(store, connection)
        store.lock(connection, "chain", run=run)
        if connection.execute(sa.select(parts).where(parts.c.run == run, parts.c.digest == row["digest"])).first():
            return
        put_blobs(store, connection, (data,))
        connection.execute(parts.insert().values(**row))
        chain.append(store, connection, run, "part", {"digest": row["digest"]})


def find_part(store: Store, run: str, digest: str) -> bytes | None:
    """What the run kept under a hash; None where it kept nothing. Raises ChangedRunError where it was changed."""
    with store.reading() as connection:
        known = sa.select(parts.c.digest).where(parts.c.run == run, parts.c.digest == digest)
        if connection.execute(known).one_or_none() is None:
            return None
        return read_blob(connection, digest)
