"""Bytes by what they are: one copy of each in a store, packed, and verified whenever it is read."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from gonogo.store.errors import ChangedRunError
from gonogo.store.schema import blobs

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from gonogo.store.open import Store

LARGEST = 1024 * 1024 * 1024
"""Bytes of an unpacked blob: what claims to be more is none of ours."""
AT_ONCE = 500
"""Rows of one statement: databases bound the number of its parameters."""


def digest_of(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def put_blobs(store: Store, connection: Connection, data: Iterable[bytes]) -> None:
    """Stores what is not there yet. Nobody prunes meanwhile."""
    rows = {digest_of(item): item for item in data}
    store.lock(connection, "blobs", shared=True)
    add_new(
        connection,
        blobs,
        [{"digest": digest, "size": len(item), "packed": zlib.compress(item, 6)} for digest, item in rows.items()],
    )


def read_blob(connection: Connection, digest: str) -> bytes:
    """The bytes of that hash. Raises ChangedRunError where they are not there or are others."""
    row = connection.execute(sa.select(blobs.c.size, blobs.c.packed).where(blobs.c.digest == digest)).one_or_none()
    if row is None:
        raise ChangedRunError(f"what is stored as {str(digest)[:12]} is not there.")
    return unpacked(digest, row.size, row.packed)


def read_blobs(connection: Connection, digests: Iterable[str]) -> dict[str, bytes]:
    """Those of the hashes that are there, each verified. Raises ChangedRunError for one that is another."""
    wanted = sorted(set(digests))
    found: dict[str, bytes] = {}
    for at in range(0, len(wanted), AT_ONCE):
        query = sa.select(blobs).where(blobs.c.digest.in_(wanted[at : at + AT_ONCE]))
        found.update({row.digest: unpacked(row.digest, row.size, row.packed) for row in connection.execute(query)})
    return found


def unpacked(digest: str, size: Any, packed: Any) -> bytes:
    """What was packed, if it is what its hash says. A bomb is unpacked no further than the size that it claims."""
    if not isinstance(packed, bytes) or not isinstance(size, int) or not 0 <= size <= LARGEST:
        raise ChangedRunError(f"what is stored as {str(digest)[:12]} was changed.")
    try:
        data = zlib.decompressobj().decompress(packed, size + 1)
    except zlib.error as error:
        raise ChangedRunError(f"what is stored as {str(digest)[:12]} was changed.") from error
    if len(data) != size or digest_of(data) != digest:
        raise ChangedRunError(f"what is stored as {str(digest)[:12]} was changed.")
    return data


def add_new(connection: Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Adds the rows whose key is not there yet."""
    if rows:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        connection.execute(insert(table).on_conflict_do_nothing(), rows)
