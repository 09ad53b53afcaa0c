"""The closed table of what is sent to a PostgreSQL: guard, reader and grants stand on it."""

from __future__ import annotations

from functools import cache
from importlib import resources

import yaml
from pydantic import BaseModel, ConfigDict

MOST_ROWS = 5_000
"""How many records of one kind are kept. The queries give one more, to tell that there are more."""
LIMITS = {
    "default_transaction_read_only": "on",
    "statement_timeout": "5000",
    "lock_timeout": "1000",
    "idle_in_transaction_session_timeout": "60000",
    "search_path": "pg_catalog",
}
"""What a session is opened with, in milliseconds: the server itself refuses to write and to wait."""

BEGIN = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
HELD = {**LIMITS, "transaction_read_only": "on", "transaction_isolation": "repeatable read"}
ASK_HELD = "SELECT name, setting FROM pg_catalog.pg_settings WHERE name IN ({})".format(  # noqa: S608  own names
    ", ".join(f"'{name}'" for name in sorted(HELD))
)
"""Asks whether the limits hold: a pooler before the server may swallow them."""
SAVE, KEEP, GO_BACK = "SAVEPOINT query", "RELEASE SAVEPOINT query", "ROLLBACK TO SAVEPOINT query"
END = "ROLLBACK"
FRAME = (BEGIN, ASK_HELD, SAVE, KEEP, GO_BACK, END)
"""The transaction around the queries."""


class Query(BaseModel):
    """How records of one kind are read. See the head of records.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    roles: tuple[str, ...] = ()
    hidden: str = ""
    names: tuple[str, ...] = ()
    sql: str

    @property
    def permission(self) -> str:
        """What shows it, in words; empty where every role may read it."""
        return f"{' and '.join(self.roles)}, or pg_monitor" if self.roles else ""


@cache
def load_queries() -> tuple[Query, ...]:
    """The table that ships with gonogo. A broken row is a bug and crashes."""
    text = resources.files(__package__).joinpath("records.yaml").read_text(encoding="utf-8")
    return tuple(Query.model_validate(row) for row in yaml.load(text, Loader=yaml.CSafeLoader)["rows"])


def allowed() -> frozenset[str]:
    """Every text that may be sent to a server."""
    return frozenset((*FRAME, *(query.sql for query in load_queries())))
