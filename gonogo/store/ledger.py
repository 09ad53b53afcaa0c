"""The effect ledger: what models were asked and answered, by what was asked. An answer in it is not paid for again."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gonogo.store import chain
from gonogo.store.blobs import add_new, digest_of, hold_blobs, put_blobs, read_blob, read_blobs
from gonogo.store.cells import is_typed, rows_of_run
from gonogo.store.errors import ChangedRunError
from gonogo.store.schema import calls
from gonogo.store.told import read_own

if TYPE_CHECKING:
    from gonogo.store.open import Store


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was answered. ``request`` has the messages that were new in it."""

    conversation: str
    turn: int
    key: str
    request: list[dict[str, Any]]
    answer: dict[str, Any]


@dataclass(frozen=True)
class Ledger:
    """The ledger of one run."""

    store: Store
    run: str

    def find(self, key: str) -> dict[str, Any] | None:
        """The answer to that key. One that was changed is as if it were not there: it is asked for again."""
        with self.store.reading() as connection:
            query = sa.select(calls).where(calls.c.run == self.run, calls.c.key == key)
            row = connection.execute(query).mappings().one_or_none()
            if row is None or not is_sealed(self.store.key, row):
                return None
            try:
                return dict(json.loads(read_blob(connection, row["answer"])))
            except (ChangedRunError, ValueError):
                return None

    def keep(
        self, key: str, conversation: str, turn: int, request: list[dict[str, Any]], answer: dict[str, Any]
    ) -> None:
        """Keeps an answer: it is on disk when this returns. A second one to the same key is ignored."""
        asked, said = _packed(request), _packed(answer)
        parts = {"request": digest_of(asked), "answer": digest_of(said)}
        row = {"run": self.run, "key": key, "conversation": conversation, "turn": turn, **parts}
        with self.store.writing() as connection:
            hold_blobs(self.store, connection)
            self.store.lock(connection, "chain", run=self.run)
            known = sa.select(calls.c.key).where(calls.c.run == self.run, calls.c.key == key)
            if connection.execute(known).one_or_none() is not None:
                return
            put_blobs(self.store, connection, (asked, said))
            add_new(connection, calls, [{**row, "seal": seal_of(self.store.key, row)}])
            chain.append(self.store, connection, self.run, "call", {"key": key, **parts})

    def all(self) -> tuple[Call, ...]:
        """All calls by conversation and turn. Raises ChangedRunError where one was changed or is not there."""
        with self.store.reading() as connection:
            told = read_own(self.store, connection, self.run, "call").calls
            rows = rows_of_run(connection, calls, self.run)
            if not all(is_sealed(self.store.key, row) for row in rows) or _told(rows) != told:
                raise ChangedRunError(f"the calls of run {self.run} are not what was stored: gonogo runs verify.")
            data = read_blobs(connection, [digest for row in rows for digest in (row["request"], row["answer"])])
        rows.sort(key=lambda row: (row["conversation"], row["turn"], row["key"]))
        return tuple(self._call(row, data) for row in rows)

    def _call(self, row: Any, data: dict[str, bytes]) -> Call:
        if not {row["request"], row["answer"]} <= set(data):
            raise ChangedRunError(f"a call of run {self.run} is not there: gonogo runs verify says which.")
        asked, said = json.loads(data[row["request"]]), json.loads(data[row["answer"]])
        return Call(row["conversation"], row["turn"], row["key"], asked, said)


def is_sealed(key: bytes, row: Any) -> bool:
    """Says whether a row of the ledger is one that was put there under the key."""
    if not is_typed(calls, row):
        return False
    return hmac.compare_digest(row["seal"].encode("utf-8", "surrogatepass"), seal_of(key, row).encode())


def seal_of(key: bytes, row: Any) -> str:
    """The seal of a row: over whose it is, which call, and what it holds."""
    told = [row[name] for name in ("run", "key", "conversation", "turn", "request", "answer")]
    return hmac.new(key, b"call\0" + json.dumps(told).encode(), "sha256").hexdigest()


def _told(rows: Any) -> dict[str, Any]:
    return {row["key"]: [row["request"], row["answer"]] for row in rows}


def _packed(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
