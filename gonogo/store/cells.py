"""The values of rows. SQLite takes any type in any column, whoever writes it; PostgreSQL takes no NUL in a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gonogo.store.errors import ChangedRunError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


def rows_of_run(connection: Connection, table: sa.Table, run: str) -> list[dict[str, Any]]:
    """The rows of a run, as they lie there."""
    return [dict(row) for row in connection.execute(as_they_lie(table).where(table.c.run == run)).mappings()]


def as_they_lie(table: sa.Table) -> sa.Select[Any]:
    """Selects all columns, booleans as SQLite has them: read as booleans, whatever stands there would become one."""
    return sa.select(
        *(
            sa.type_coerce(column, sa.Integer).label(column.name) if isinstance(column.type, sa.Boolean) else column
            for column in table.columns
        )
    )


def is_typed(table: sa.Table, row: Mapping[str, Any]) -> bool:
    """Says whether each value is of its column's type."""
    return all(_fits(column, row[column.name]) for column in table.columns)


def need_typed(table: sa.Table, row: Mapping[str, Any]) -> None:
    """Raises ChangedRunError for a row with a value that gonogo can't have written."""
    if not is_typed(table, row):
        raise ChangedRunError(f"a row in the store's table {table.name} was changed: gonogo runs verify says which.")


def plain(text: str) -> str:
    """The text as every database takes it."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


def _fits(column: sa.Column[Any], value: Any) -> bool:
    if value is None:
        return bool(column.nullable)
    if isinstance(column.type, sa.Boolean):
        return value in (0, 1)
    return isinstance(value, column.type.python_type) and not isinstance(value, bool)
