"""What people decided on a run: who confirmed, rejected, waived, promoted or approved what, on which evidence, why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, ValidationError

from gonogo.store import chain
from gonogo.store.blobs import digest_of
from gonogo.store.errors import ChangedRunError
from gonogo.store.schema import decisions

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
        row = decision.model_dump(mode="json") | {"evidence": json.dumps(list(decision.evidence)), "number": number}
        connection.execute(decisions.insert().values(**row))
        chain.append(store, connection, decision.run, "decision", {"number": number, "digest": digest_of_row(row)})


def read_decisions(store: Store, run: str) -> tuple[Decision, ...]:
    """The decisions on a run, in their order. Raises ChangedRunError for what is none."""
    query = sa.select(decisions).where(decisions.c.run == run).order_by(decisions.c.number)
    with store.reading() as connection:
        rows = connection.execute(query).mappings().all()
    try:
        return tuple(
            Decision.model_validate(
                {**{name: row[name] for name in Decision.model_fields}, "evidence": tuple(json.loads(row["evidence"]))}
            )
            for row in rows
        )
    except (ValidationError, ValueError, TypeError) as error:
        raise ChangedRunError(f"a decision on run {run} can't be read: it was changed.") from error


def digest_of_row(row: Any) -> str:
    """The hash of a decision's row."""
    told = {name: row[name] for name in (*Decision.model_fields, "number")}
    return digest_of(chain.canonical(told).encode())
