"""What a run's chain says is stored of it. What is read from the other tables is held against this."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gonogo.store.chain import Fault, body_of, fault_of
from gonogo.store.errors import ChangedRunError
from gonogo.store.schema import entries

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from gonogo.store.open import Store

RUNNING: Mapping[str, Any] = {"state": "running", "verdict": None, "report": None, "final": None, "ended": None}


@dataclass
class Told:
    """By name or key, the hashes of what is there. ``is_foreign``: told under a key that is not here."""

    admission: Any = None
    ended: Mapping[str, Any] = field(default_factory=lambda: RUNNING)
    evidence: dict[str, Any] = field(default_factory=dict)
    calls: dict[str, Any] = field(default_factory=dict)
    spans: dict[str, Any] = field(default_factory=dict)
    parts: set[str] = field(default_factory=set)
    decisions: dict[str, Any] = field(default_factory=dict)
    is_gone: bool = False
    is_foreign: bool = False

    def hear(self, kind: str, body: Mapping[str, Any]) -> None:
        """Takes up what one entry tells, in the order of the chain."""
        if kind == "admitted":
            self.admission = body.get("admission")
        elif kind == "ended":
            self.ended = body
            if body.get("state") == "finished":
                self.parts.clear()
        elif kind == "part":
            self.parts.add(str(body.get("digest")))
        elif kind == "call":
            self.calls[str(body.get("key"))] = [body.get("request"), body.get("answer")]
        elif kind == "decision":
            self.decisions[str(body.get("number"))] = body.get("digest")
        elif kind in ("evidence", "spans"):
            getattr(self, kind).update(body)
        elif kind == "pruned":
            self._prune(is_whole=bool(body.get("whole")))

    def _prune(self, *, is_whole: bool) -> None:
        self.calls.clear()
        self.spans.clear()
        self.parts.clear()
        if is_whole:
            self.evidence.clear()
            self.decisions.clear()
            self.admission, self.ended, self.is_gone = None, RUNNING, True


def read_told(store: Store, connection: Connection, runs: Sequence[str], kinds: Iterable[str]) -> dict[str, Told]:
    """What the entries of those kinds say of each of the runs.

    Raises ChangedRunError for an entry that is not what was stored. One that is sealed with another key makes the run
    a foreign one: it is for the caller to believe nothing of it.
    """
    query = (
        sa.select(entries)
        .where(entries.c.run.in_(runs), entries.c.kind.in_([*kinds, "pruned"]))
        .order_by(entries.c.run, entries.c.number)
    )
    found = {run: Told() for run in runs}
    for row in map(dict, connection.execute(query).mappings()):
        fault, body = fault_of(store, row), body_of(row)
        if fault in (Fault.CHANGED, Fault.SEAL) or body is None or row["run"] not in found:
            raise ChangedRunError("the chain of a run was changed: gonogo runs verify says which.")
        found[row["run"]].is_foreign |= fault is Fault.KEY
        found[row["run"]].hear(row["kind"], body)
    return found


def read_own(store: Store, connection: Connection, run: str, *kinds: str) -> Told:
    """What the entries say of a run, all of them sealed with this store's key. Raises ChangedRunError."""
    told = read_told(store, connection, [run], kinds)[run]
    if told.is_foreign:
        raise ChangedRunError(f"run {run} is sealed with a key that is not here: give the key that it was made with.")
    return told
