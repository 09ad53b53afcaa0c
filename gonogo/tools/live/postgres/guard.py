"""What holds psycopg to reading: a cursor, the only one of its connection, that sends no text but those of the table.

It stands below whatever asks; psycopg is imported here, and this module only where a database is opened.
"""

from __future__ import annotations

from typing import Any, NoReturn

import psycopg

from gonogo.tools.live.postgres.table import allowed


class NotAllowedError(Exception):
    """A text that is not in the table: a bug of ours, or somebody's attempt. Nothing was sent."""


def refuse_what_is_not_allowed(query: object, parameters: object = None) -> None:
    """Raises NotAllowedError for all but the table's own texts, letter by letter and without parameters."""
    if type(query) is not str or parameters is not None or query not in allowed():
        raise NotAllowedError("a text that is none of the queries that an audit may send")


class GuardedCursor(psycopg.Cursor[Any]):
    """A cursor that can only ask what the table asks."""

    def execute(self, query: Any, params: Any = None, **more: Any) -> GuardedCursor:
        refuse_what_is_not_allowed(query, params)
        return super().execute(query)

    def executemany(self, *arguments: Any, **more: Any) -> NoReturn:
        raise NotAllowedError("an audit sends nothing many times")

    def stream(self, *arguments: Any, **more: Any) -> NoReturn:
        raise NotAllowedError("an audit streams nothing")

    def copy(self, *arguments: Any, **more: Any) -> NoReturn:
        raise NotAllowedError("an audit copies nothing")


class GuardedConnection(psycopg.Connection[Any]):
    """A connection whose cursors are all guarded."""

    def cursor(self, *arguments: Any, **more: Any) -> Any:
        if arguments or more:
            raise NotAllowedError("an audit has cursors of one kind")
        return GuardedCursor(self)

    def execute(self, query: Any, params: Any = None, **more: Any) -> GuardedCursor:
        return GuardedCursor(self).execute(query, params)

    def transaction(self, *arguments: Any, **more: Any) -> NoReturn:
        raise NotAllowedError("an audit has one transaction, of the table's own texts")
