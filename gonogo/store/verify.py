"""Reads again all that is stored, and says what is not what was stored."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from pydantic import ValidationError

from gonogo.model.report import Report
from gonogo.store import chain
from gonogo.store.blobs import digest_of, unpacked
from gonogo.store.decisions import digest_of_row
from gonogo.store.errors import ChangedRunError
from gonogo.store.ledger import is_sealed
from gonogo.store.projections import rows_of, spans_of, stored_rows
from gonogo.store.runs import Admission
from gonogo.store.schema import blobs, calls, decisions, entries, evidence, runs

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from gonogo.store.open import Store


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not what was stored. ``run`` is empty for the store as a whole."""

    run: str
    what: str

    def __str__(self) -> str:
        return f"{self.run[:8] or 'store'}: {self.what}"


def verify(store: Store, run: str | None = None) -> tuple[Problem, ...]:
    """All problems of a run, or of the store with all its runs. Raises StoreError where it can't be read."""
    with store.reading() as connection:
        if run is not None:
            return tuple(_Run(store, connection, run).problems())
        names = set(connection.execute(sa.select(runs.c.run)).scalars())
        names |= {name for name in connection.execute(sa.select(entries.c.run).distinct()).scalars() if name}
        found = [problem for name in sorted(names) for problem in _Run(store, connection, name).problems()]
        return (*_whole(store, connection, names), *_blobs(connection), *found)


def _whole(store: Store, connection: Connection, names: set[str]) -> Iterator[Problem]:
    """The store's own chain: whether a run is missing, or ended otherwise than it says."""
    rows = _chain(connection, chain.WHOLE)
    yield from (Problem(chain.WHOLE, what) for what in _links(store, rows))
    bodies = [(row.kind, json.loads(row.body)) for row in rows if chain.is_whole(row)]
    admitted = {body.get("run") for kind, body in bodies if kind == "admitted"}
    yield from (Problem(str(name), "is gone") for name in sorted(admitted - names, key=str))
    yield from (Problem(name, "was never admitted") for name in sorted(names - admitted))
    hashes = {row.hash for name in names for row in _chain(connection, name)}
    for _, body in bodies:
        if body.get("run") in names and body.get("head") not in hashes:
            yield Problem(str(body["run"]), "entries of its chain are gone")


def _blobs(connection: Connection) -> Iterator[Problem]:
    for row in connection.execute(sa.select(blobs)):
        try:
            unpacked(row.digest, row.size, row.packed)
        except ChangedRunError as error:
            yield Problem("", str(error).rstrip("."))


@dataclass
class _Run:
    """One run's rows held against the entries of its chain."""

    store: Store
    connection: Connection
    run: str
    bodies: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def problems(self) -> Iterator[Problem]:
        yield from (Problem(self.run, what) for what in self._told())

    def _told(self) -> Iterator[str]:
        rows = _chain(self.connection, self.run)
        yield from _links(self.store, rows)
        for row in rows:
            if chain.is_whole(row):
                self.bodies.setdefault(row.kind, []).append(json.loads(row.body))
        pruned = self.bodies.get("pruned", [])
        if any(body.get("whole") for body in pruned):
            return
        yield from self._row()
        yield from self._evidence()
        yield from self._calls(is_pruned=bool(pruned))
        yield from self._decisions()

    def _row(self) -> Iterator[str]:
        row = self.connection.execute(sa.select(runs).where(runs.c.run == self.run)).one_or_none()
        if row is None:
            yield "its row is gone"
            return
        admitted = self.bodies.get("admitted", [{}])[0]
        if digest_of(str(row.admission).encode("utf-8", "surrogatepass")) != admitted.get("admission"):
            yield "its admission was changed"
        try:
            admission = Admission.model_validate_json(row.admission)
            told = (admission.run, admission.created, admission.gonogo, admission.target)
            if told != (row.run, row.created, row.gonogo, row.target):
                yield "its row does not say what its admission does"
        except ValidationError:
            yield "its admission can't be read"
        ended = self.bodies.get("ended", [{"state": "running"}])[-1]
        if (row.state, row.verdict, row.ended) != (ended.get("state"), ended.get("verdict"), ended.get("ended")):
            yield "its state, its verdict or when it ended was changed"
        if (row.report, row.final) != (ended.get("report"), ended.get("final")):
            yield "its report is another"
        if digest_of(row.why.encode()) != ended.get("why", digest_of(b"")):
            yield "why it ended was changed"
        yield from self._report(row)

    def _report(self, row: Any) -> Iterator[str]:
        stored = stored_rows(self.connection, self.run)
        if row.report is None:
            if any(stored.values()):
                yield "it has rows of a report that it has not"
            return
        packed = self.connection.execute(sa.select(blobs).where(blobs.c.digest == row.report)).one_or_none()
        try:
            if packed is None:
                raise ChangedRunError("is gone")
            report = Report.model_validate_json(unpacked(packed.digest, packed.size, packed.packed))
        except (ChangedRunError, ValidationError):
            yield "its report can't be read"
            return
        if row.verdict != report.verdict.value.value:
            yield "its verdict is not that of its report"
        expected = rows_of(self.run, report, spans_of(self.connection, self.run))
        for name, rows in expected.items():
            if sorted(map(repr, map(_sorted, rows))) != sorted(map(repr, map(_sorted, stored[name]))):
                yield f"its rows in {name} are not those of its report"

    def _evidence(self) -> Iterator[str]:
        expected = {name: digest for body in self.bodies.get("evidence", []) for name, digest in body.items()}
        rows = self.connection.execute(sa.select(evidence).where(evidence.c.run == self.run)).all()
        found = {row.evidence: row.digest for row in rows}
        for name in sorted(set(expected) | set(found)):
            if expected.get(name) != found.get(name):
                yield f"evidence {name} is not what was stored"
        yield from self._there("evidence", found.values())

    def _calls(self, *, is_pruned: bool) -> Iterator[str]:
        expected = {body["key"]: (body["request"], body["answer"]) for body in self.bodies.get("call", [])}
        rows = self.connection.execute(sa.select(calls).where(calls.c.run == self.run)).all()
        for row in rows:
            if expected.get(row.key) != (row.request, row.answer):
                yield f"a call ({row.conversation}) is not what was stored"
            elif not is_sealed(self.store.key, row) and not self._is_of_another_key():
                yield f"a call ({row.conversation}) has another seal"
        if not is_pruned and set(expected) - {row.key for row in rows}:
            yield "calls are gone"
        yield from self._there("calls", [digest for row in rows for digest in (row.request, row.answer)])

    def _decisions(self) -> Iterator[str]:
        expected = {body["number"]: body["digest"] for body in self.bodies.get("decision", [])}
        rows = self.connection.execute(sa.select(decisions).where(decisions.c.run == self.run)).mappings().all()
        if {row["number"]: digest_of_row(row) for row in rows} != expected:
            yield "its decisions are not those that were made"

    def _is_of_another_key(self) -> bool:
        return any(row.key_id != chain.key_id(self.store.key) for row in _chain(self.connection, self.run))

    def _there(self, what: str, digests: Any) -> Iterator[str]:
        wanted = set(digests)
        known = set(self.connection.execute(sa.select(blobs.c.digest)).scalars()) if wanted else set()
        if wanted - known:
            yield f"bytes of its {what} are gone"


def _chain(connection: Connection, run: str) -> Sequence[Any]:
    return connection.execute(sa.select(entries).where(entries.c.run == run).order_by(entries.c.number)).all()


def _links(store: Store, rows: Sequence[Any]) -> Iterator[str]:
    previous, others = chain.FIRST, 0
    for number, row in enumerate(rows, 1):
        if row.number != number or row.previous != previous or not chain.is_whole(row):
            yield f"entry {row.number} of the chain was changed, or the one before it is gone"
        if row.key_id != chain.key_id(store.key):
            others += 1
        elif not chain.is_sealed(store.key, row):
            yield f"entry {row.number} of the chain has another seal"
        previous = row.hash
    if others:
        yield f"{others} entries are sealed with a key that is not here (the chain holds, its seals can't be checked)"


def _sorted(row: dict[str, Any]) -> list[tuple[str, Any]]:
    return sorted(row.items())
