"""Holds the rows of one run against what its chain says of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from pydantic import ValidationError

from gonogo.model.report import Report
from gonogo.store import chain
from gonogo.store import spans as span_rows
from gonogo.store.blobs import digest_of, read_blob
from gonogo.store.cells import is_typed, rows_of_run
from gonogo.store.decisions import digest_of_row
from gonogo.store.errors import ChangedRunError
from gonogo.store.ledger import is_sealed
from gonogo.store.projections import rows_of, spans_of, stored_rows
from gonogo.store.runs import Admission, is_as_told, is_decided, is_of_admission
from gonogo.store.schema import PROJECTIONS, blobs, calls, decisions, evidence, parts, runs, spans
from gonogo.store.told import Told

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from gonogo.store.open import Store


@dataclass(frozen=True)
class Held:
    """A run that is looked into, with the entries of its chain in their order."""

    store: Store
    connection: Connection
    run: str
    entries: list[Any]

    def rows(self, table: sa.Table) -> list[dict[str, Any]]:
        return rows_of_run(self.connection, table, self.run)


def problems_of(held: Held) -> Iterator[str]:
    """What is not as the chain says, by table."""
    told = Told()
    for row in held.entries:
        fault, body = chain.fault_of(held.store, row), chain.body_of(row)
        told.is_foreign |= fault is chain.Fault.KEY
        if body is not None:
            told.hear(str(row["kind"]), body)
    yield from _types(held)
    yield from _row(held, told)
    yield from _evidence(held, told)
    yield from _calls(held, told)
    if {str(row["span"]): span_rows.digest_of_row(row) for row in held.rows(spans)} != told.spans:
        yield "its spans are not those that were stored"
    handed = {str(row["digest"]) for row in held.rows(parts)}
    if handed != told.parts:
        yield "what its steps hand on is not what was stored"
    yield from _there(held, "steps", list(handed))
    if {str(row["number"]): digest_of_row(row) for row in held.rows(decisions)} != told.decisions:
        yield "its decisions are not those that were made"


def _types(held: Held) -> Iterator[str]:
    for table in (runs, evidence, calls, spans, parts, decisions, *PROJECTIONS):
        if not all(is_typed(table, row) for row in held.rows(table)):
            yield f"a row in {table.name} has a value of another type"


def _row(held: Held, told: Told) -> Iterator[str]:
    row = held.connection.execute(sa.select(runs).where(runs.c.run == held.run)).one_or_none()
    if row is None:
        if not told.is_gone:
            yield "its row is gone"
        if any(stored_rows(held.connection, held.run).values()):
            yield "it has rows of a report, but is none itself"
        return
    if not is_typed(runs, dict(row._mapping)):
        return
    if told.is_gone:
        yield "it was pruned, and is there all the same"
    if digest_of(row.admission.encode("utf-8", "surrogatepass")) != told.admission:
        yield "its admission was changed"
    try:
        if not is_of_admission(row, Admission.model_validate_json(row.admission)):
            yield "its row does not say what its admission does"
    except ValidationError:
        yield "its admission can't be read"
    if not is_as_told(row, told):
        if row.report != told.ended.get("report"):
            yield "its report is another"
        yield "its state, its verdict, when or why it ended was changed"
    yield from _there(held, "state", [row.final])
    yield from _report(held, row)


def _report(held: Held, row: Any) -> Iterator[str]:
    stored = stored_rows(held.connection, held.run)
    if row.report is None:
        if any(stored.values()):
            yield "it has rows of a report that it has not"
        return
    try:
        report = Report.model_validate_json(read_blob(held.connection, row.report))
    except (ChangedRunError, ValidationError):
        yield "its report can't be read"
        return
    if row.verdict != report.verdict.value.value:
        yield "its verdict is not that of its report"
    if not is_decided(report):
        yield "the verdict of its report does not follow from its assessments"
    for name, rows in rows_of(held.run, report, spans_of(held.connection, held.run)).items():
        if len(rows) != len(stored[name]) or any(row not in stored[name] for row in rows):
            yield f"its rows in {name} are not those of its report"


def _evidence(held: Held, told: Told) -> Iterator[str]:
    found = {str(row["evidence"]): [row["digest"], row["span"]] for row in held.rows(evidence)}
    for name in sorted(set(told.evidence) | set(found)):
        if told.evidence.get(name) != found.get(name):
            yield f"evidence {name} is not what was stored"
    yield from _there(held, "evidence", [digest for digest, _ in found.values()])


def _calls(held: Held, told: Told) -> Iterator[str]:
    rows = held.rows(calls)
    found = {str(row["key"]): [row["request"], row["answer"]] for row in rows}
    for name in sorted(set(told.calls) | set(found)):
        if told.calls.get(name) != found.get(name):
            yield f"the call {name[:12]} is not what was stored"
    if not told.is_foreign and not all(is_sealed(held.store.key, row) for row in rows):
        yield "a call has another seal"
    yield from _there(held, "calls", [digest for pair in found.values() for digest in pair])


def _there(held: Held, what: str, digests: list[Any]) -> Iterator[str]:
    wanted = sorted({digest for digest in digests if isinstance(digest, str)})
    for at in range(0, len(wanted), 500):
        part = wanted[at : at + 500]
        query = sa.select(sa.func.count()).select_from(blobs).where(blobs.c.digest.in_(part))
        if held.connection.execute(query).scalar() != len(part):
            yield f"bytes of its {what} are gone"
            return
