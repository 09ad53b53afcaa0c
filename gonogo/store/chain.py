"""The chain: an entry for each thing that is stored, each with the hash of the one before. Nothing is taken from it.

Each run has a chain of its own, and the store has one with an entry for each beginning, ending, decision and pruning
of a run, so that a run that is missing shows. An entry's body says, by hashes, what was stored with it; its seal is
made under the key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gonogo.store.blobs import digest_of
from gonogo.store.cells import is_typed
from gonogo.store.schema import entries

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from gonogo.store.open import Store

WHOLE = ""
"""The chain of the store itself."""
FIRST = "0" * 64
ANCHORED = ("admitted", "ended", "decision", "pruned")
"""Kinds of a run's entries that the store's own chain names too."""


class Fault(StrEnum):
    """What is wrong with an entry by itself."""

    CHANGED = "was changed"
    SEAL = "has another seal"
    KEY = "is sealed with a key that is not here"


def append(store: Store, connection: Connection, run: str, kind: str, body: Mapping[str, Any]) -> str:
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


def anchor(store: Store, connection: Connection, run: str, kind: str, head: str) -> None:
    """Names a run's entry in the store's own chain. The last step of a transaction: all runs share that chain."""
    append(store, connection, WHOLE, kind, {"run": run, "head": head})


def fault_of(store: Store, row: Mapping[str, Any]) -> Fault | None:
    """What is wrong with an entry, whatever stands around it."""
    if not is_typed(entries, row) or row["body"] is None or digest_of(_bytes(row["body"])) != row["digest"]:
        return Fault.CHANGED
    told = (row[name] for name in ("run", "number", "kind", "at", "digest", "previous"))
    if hash_of(*told) != row["hash"]:
        return Fault.CHANGED
    if row["key_id"] != key_id(store.key):
        return Fault.KEY
    sealed = seal_of(store.key, row["hash"])
    return None if hmac.compare_digest(_bytes(row["seal"]), sealed.encode()) else Fault.SEAL


def body_of(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """What an entry tells; None where that can't be read."""
    try:
        found = json.loads(row["body"])
    except (ValueError, TypeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def canonical(body: Mapping[str, Any]) -> str:
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


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
