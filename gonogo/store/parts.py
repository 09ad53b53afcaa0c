"""What the steps of a run hand on while it runs, by hash; it goes with the run's end, when the report says it all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from gonogo.store.blobs import add_new, digest_of, put_blobs, read_blob
from gonogo.store.schema import parts

if TYPE_CHECKING:
    from gonogo.store.open import Store


def keep_part(store: Store, run: str, data: bytes) -> None:
    """Keeps bytes of a run. Raises StoreError."""
    with store.writing() as connection:
        put_blobs(store, connection, (data,))
        add_new(connection, parts, [{"run": run, "digest": digest_of(data)}])


def find_part(store: Store, run: str, digest: str) -> bytes | None:
    """What the run kept under a hash; None where it kept nothing. Raises ChangedRunError where it was changed."""
    with store.reading() as connection:
        known = sa.select(parts.c.digest).where(parts.c.run == run, parts.c.digest == digest)
        if connection.execute(known).one_or_none() is None:
            return None
        return read_blob(connection, digest)
