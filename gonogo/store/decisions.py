"""What people decided on a run: who confirmed, rejected, waived, promoted or approved what, on which evidence, why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, ValidationError

from gonogo.store import chain
from gonogo.store.blobs import digest_of
from gonogo.store.cells import is_typed, plain, rows_of_run
from gonogo.store.errors import ChangedRunError
from gonogo.store.schema import decisions
from gonogo.store.told import read_own

if TYPE_CHECKING:
    from gonogo.store.open import Store


class Decision(BaseModel):
    """A decision. ``subject`` is a criterion's slug or a finding's id; ``at`` is ISO 8601 in UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: str
    who: str
    what: Literal["confirm", "reject", "waive", "promote", "approve"]
    subject: str
    evidence: tuple[str, ...] = ()
    reason: str
    at: str


def decide(store: Store, decision: Decision) -> None:
    """Records a decision: none is ever changed or taken back, a later one speaks against it. Raises StoreError."""
    with store.writing() as connection:
        store.lock(connection, "chain", run=decision.run)
        count = sa.select(sa.func.count()).select_from(decisions).where(decisions.c.run == decision.run)
        number = int(connection.execute(count).scalar() or 0) + 1
        told = decision.model_dump(mode="json") | {"evidence": json.dumps(list(decision.evidence))}
        row = {name: plain(value) for name, value in told.items()} | {"number": number}
        connection.execute(decisions.insert().values(**row))
        body = {"number": number, "digest": digest_of_row(row)}
        found = chain.append(store, connection, decision.run, "decision", body)
        chain.anchor(store, connection, decision.run, "decision", found)


def read_decisions(store: Store, run: str) -> tuple[Decision, ...]:
    """The decisions on a run, in their order. Raises ChangedRunError for what nobody decided, or what is missing."""
    with store.reading() as connection:
        told = read_own(store, connection, run, "decision").decisions
        rows = rows_of_run(connection, decisions, run)
    if {str(row["number"]): digest_of_row(row) for row in rows} != told:
        raise ChangedRunError(f"the decisions on run {run} are not those that were made: gonogo runs verify.")
    rows.sort(key=lambda row: row["number"])
    try:
        return tuple(
            Decision.model_validate(
                {**{name: row[name] for name in Decision.model_fields}, "evidence": tuple(json.loads(row["evidence"]))}
            )
            for row in rows
        )
    except (ValidationError, ValueError, TypeError) as error:
        raise ChangedRunError(f"a decision on run {run} can't be read: it was changed.") from error


def digest_of_row(row: Any) -> str | None:
    """The hash of a decision's row; None for one that gonogo can't have written."""
    if not is_typed(decisions, row):
        return None
    told = {name: row[name] for name in (*Decision.model_fields, "number")}
    return digest_of(chain.canonical(told).encode())
