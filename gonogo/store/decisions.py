"""What people decided on a run: who confirmed, rejected, waived, promoted or approved what, on which evidence, why."""

from __future__ import annotations

import json
from collections.abc import Callable
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
    from sqlalchemy.engine import Connection

    from gonogo.store.open import Store

Check = Callable[[tuple["Decision", ...]], bool]
"""Told what was decided before, says whether a decision is to be recorded; it may also raise."""


class Decision(BaseModel):
    """A decision. ``subject`` is a criterion's slug or a finding's id; ``at`` is ISO 8601 in UTC; ``told`` is all that
    a person decided, as JSON (``gonogo.model.decision.Decided``), None for what was decided before the audit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: str
    who: str
    what: Literal["confirm", "reject", "attest", "waive", "promote", "approve"]
    subject: str
    evidence: tuple[str, ...] = ()
    reason: str
    at: str
    told: str | None = None


def decide(store: Store, decision: Decision, check: Check = lambda before: True) -> None:
    """Records a decision: none is ever changed or taken back, a later one speaks against it. Raises StoreError.

    ``check`` sees all decisions that were recorded before, and none can come between it and this one.
    """
    with store.writing() as connection:
        store.lock(connection, "chain", run=decision.run)
        if not check(_read(store, connection, decision.run)):
            return
        count = sa.select(sa.func.count()).select_from(decisions).where(decisions.c.run == decision.run)
        number = int(connection.execute(count).scalar() or 0) + 1
        told = decision.model_dump(mode="json") | {"evidence": json.dumps(list(decision.evidence))}
        row = {name: value if value is None else plain(value) for name, value in told.items()} | {"number": number}
        connection.execute(decisions.insert().values(**row))
        body = {"number": number, "digest": digest_of_row(row)}
        found = chain.append(store, connection, decision.run, "decision", body)
        chain.anchor(store, connection, decision.run, "decision", found)


def read_decisions(store: Store, run: str) -> tuple[Decision, ...]:
    """The decisions on a run, in their order. Raises ChangedRunError for what nobody decided, or what is missing."""
    with store.reading() as connection:
        return _read(store, connection, run)


def _read(store: Store, connection: Connection, run: str) -> tuple[Decision, ...]:
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
    told = {name: row[name] for name in (*Decision.model_fields, "number") if name != "told" or row[name] is not None}
    return digest_of(chain.canonical(told).encode())
