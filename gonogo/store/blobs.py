"""Bytes by what they are: one copy of each in a store, packed, and verified whenever it is read."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from gonogo.store.errors import ChangedRunError, StoreError
from gonogo.store.schema import blobs

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from gonogo.store.open import Store

LARGEST = 256 * 1024 * 1024
"""Bytes of an unpacked blob: what claims to be more is none of ours, and is not unpacked."""
AT_ONCE = 500
"""Rows of one statement: databases bound the number of its parameters."""


def digest_of(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def put_blobs(store: Store, connection: Connection, data: Iterable[bytes]) -> None:
    """Stores what is not there yet. Nobody prunes meanwhile. Raises StoreError for what is too large."""
    rows = {digest_of(item): item for item in data}
    if any(len(item) > LARGEST for item in rows.values()):
        raise StoreError(f"the store {store.shown} takes no part of more than {LARGEST >> 20} MiB: it is not kept.")
    hold_blobs(store, connection)
    add_new(
        connection,
        blobs,
        [{"digest": digest, "size": len(item), "packed": zlib.compress(item, 6)} for digest, item in rows.items()],
    )


def hold_blobs(store: Store, connection: Connection) -> None:
    """Holds a prune off to the end of the transaction. Comes before the lock of a chain, as it does for a prune."""
    store.lock(connection, "blobs", shared=True)


def read_blob(connection: Connection, digest: str) -> bytes:
    """The bytes of that hash. Raises ChangedRunError where they are not there or are others."""
    found = read_blobs(connection, [digest])
    if digest not in found:
        raise ChangedRunError(f"what is stored as {digest[:12]} is not there.")
    return found[digest]


def read_blobs(connection: Connection, digests: Iterable[str]) -> dict[str, bytes]:
    """Those of the hashes that are there, each verified. Raises ChangedRunError for one that is another."""
    wanted = sorted(set(digests))
    found: dict[str, bytes] = {}
    for at in range(0, len(wanted), AT_ONCE):
        query = sa.select(blobs).where(blobs.c.digest.in_(wanted[at : at + AT_ONCE]))
        found.update({row.digest: unpacked(row.digest, row.size, row.packed) for row in connection.execute(query)})
    return found


def unpacked(digest: Any, size: Any, packed: Any) -> bytes:
    """What was packed, if it is what its hash says. Raises ChangedRunError."""
    is_sized = isinstance(size, int) and 0 <= size <= LARGEST
    data = inflate(packed, size) if is_sized else None
    if data is None or len(data) != size or digest_of(data) != digest:
        raise ChangedRunError(f"what is stored as {str(digest)[:12]!r} was changed: it is not used.")
    return data


def inflate(packed: Any, largest: int) -> bytes | None:
    """The bytes of a whole zlib stream; None for what is none. A bomb is unpacked no further than to the largest."""
    if not isinstance(packed, bytes):
        return None
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(packed, largest + 1)
    except zlib.error:
        return None
    is_whole = stream.eof and not stream.unused_data and len(data) <= largest
    return data if is_whole else None


def add_new(connection: Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Adds the rows whose key is not there yet."""
    if rows:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        connection.execute(insert(table).on_conflict_do_nothing(), rows)
