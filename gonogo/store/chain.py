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
