"""The chain: an entry for each thing that is stored, each with the hash of the one before. Nothing is taken from it.

Each run has a chain of its own, and the store has one with an entry for each run's beginning and end, so that a run
that is missing shows. An entry's body says, by hashes, what was stored with it; its seal is made under the key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gonogo.store.blobs import digest_of
from gonogo.store.errors import ChangedRunError
from gonogo.store.schema import entries

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from gonogo.store.open import Store

WHOLE = ""
"""The chain of the store itself."""
FIRST = "0" * 64


def append(store: Store, connection: Connection, run: str, kind: str, body: dict[str, Any]) -> str:
    """Adds an entry to a run's chain, in the transaction of what it tells of. Gives its hash."""
    store.lock(connection, "chain", run=run)
    last = connection.execute(
        sa.select(entries.c.number, entries.c.hash)
        .where(entries.c.run == run)
        .order_by(entries.c.number.desc())
        .limit(1)
    ).one_or_none()
    text, at = canonical(body), store.now()
    number, previous = (last.number + 1, last.hash) if last else (1, FIRST)
    found = hash_of(run, number, kind, at, digest_of(text.encode()), previous)
    connection.execute(
        entries.insert().values(
            run=run,
            number=number,
            kind=kind,
            at=at,
            body=text,
            digest=digest_of(text.encode()),
            previous=previous,
            hash=found,
            seal=seal_of(store.key, found),
            key_id=key_id(store.key),
        )
    )
    return found


def head(connection: Connection, run: str) -> str:
    """The hash of a chain's last entry."""
    query = sa.select(entries.c.hash).where(entries.c.run == run).order_by(entries.c.number.desc()).limit(1)
    return str(connection.execute(query).scalar() or FIRST)


def read_body(store: Store, connection: Connection, run: str, kind: str) -> dict[str, Any] | None:
    """What the last entry of that kind says, None where there is none. Raises ChangedRunError where it is not as it was
    sealed; of an entry under another key only the hash can be checked."""
    query = (
        sa.select(entries)
        .where(entries.c.run == run, entries.c.kind == kind)
        .order_by(entries.c.number.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    if not is_whole(row) or not (is_sealed(store.key, row) or row.key_id != key_id(store.key)):
        raise ChangedRunError(f"run {run} is not what was stored: see gonogo runs verify {run[:8]}.")
    return dict(json.loads(row.body))


def is_whole(row: Any) -> bool:
    """Says whether an entry's hash is over its body and the rest of it."""
    text = row.body.encode("utf-8", "surrogatepass") if isinstance(row.body, str) else b""
    found = hash_of(row.run, row.number, row.kind, row.at, row.digest, row.previous)
    return bool(digest_of(text) == row.digest and found == row.hash)


def is_sealed(key: bytes, row: Any) -> bool:
    """Says whether an entry was made under the key."""
    return hmac.compare_digest(str(row.seal).encode(), seal_of(key, str(row.hash)).encode())


def canonical(body: dict[str, Any]) -> str:
    """A body in one form."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"))


def hash_of(run: str, number: int, kind: str, at: str, digest: str, previous: str) -> str:
    """An entry's hash, over all of it."""
    return hashlib.sha256(json.dumps([run, number, kind, at, digest, previous]).encode()).hexdigest()


def seal_of(key: bytes, found: str) -> str:
    """What only who has the key can make of an entry's hash."""
    return hmac.new(key, b"entry\0" + found.encode(), "sha256").hexdigest()


def key_id(key: bytes) -> str:
    """Which key it is, without telling it."""
    return hashlib.sha256(key).hexdigest()[:8]
