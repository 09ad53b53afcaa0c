"""What is stored of a run, in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from gonogo.store.schema import calls, decisions, entries, evidence, findings, spans

if TYPE_CHECKING:
    from gonogo.store.open import Store

_TABLES = {
    "pieces of evidence": evidence,
    "findings": findings,
    "answers of models": calls,
    "spans": spans,
    "decisions": decisions,
    "entries in the chain": entries,
}


def read_history(store: Store, run: str) -> dict[str, int]:
    """How many rows of each kind there are. Raises StoreError."""
    with store.reading() as connection:
        return {
            name: int(
                connection.execute(sa.select(sa.func.count()).select_from(table).where(table.c.run == run)).scalar()
                or 0
            )
            for name, table in _TABLES.items()
        }
