"""Asks a database the table's queries: each in a savepoint, so that one that is refused costs its own records only."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gonogo.model.snapshot import Gap, Record
from gonogo.tools.live.postgres import table
from gonogo.tools.live.postgres.table import Query

if TYPE_CHECKING:
    from gonogo.tools.live.postgres.guard import GuardedConnection

SOURCE = "postgres"


@dataclass(frozen=True)
class Answer:
    """What a query gave: names and data. ``why`` says, where it gave nothing, what kept it from that."""

    query: Query
    rows: tuple[tuple[str, dict[str, Any]], ...] = ()
    why: str = ""
    is_forbidden: bool = False


def ask_all(connection: GuardedConnection, end: float) -> list[Answer]:
    """The answers to all queries, in the order of the table. None is begun after ``end``, by the monotonic clock."""
    return [_ask(connection, query, end) for query in table.load_queries()]


def records_of(answers: list[Answer], scope: str) -> tuple[Record, ...]:
    """The records of all answers."""
    return tuple(
        Record(source=SOURCE, scope=scope, kind=answer.query.kind, name=name or "?", data=data)
        for answer in answers
        for name, data in answer.rows[: table.MOST_ROWS]
    )


def gaps_of(answers: list[Answer], scope: str) -> tuple[Gap, ...]:
    """What could not be seen, each once."""
    return tuple(
        Gap(source=SOURCE, scope=scope, kind=kind, why=why, permission=permission)
        for answer in answers
        for kind, why, permission in dict.fromkeys(_unseen(answer))
    )


def _ask(connection: GuardedConnection, query: Query, end: float) -> Answer:
    import psycopg
    from psycopg.errors import InsufficientPrivilege

    if connection.closed:
        return Answer(query, why="the connection ended before")
    if time.monotonic() > end:
        return Answer(query, why="the time for this database was over before")
    try:
        connection.execute(table.SAVE)
        rows = tuple(connection.execute(query.sql).fetchall())
        connection.execute(table.KEEP)
    except (psycopg.Error, UnicodeDecodeError) as error:
        _go_back(connection)
        return Answer(query, (), _why(error, connection.closed), isinstance(error, InsufficientPrivilege))
    return Answer(query, rows)


def _go_back(connection: GuardedConnection) -> None:
    """To the state before a query that was refused. Where that fails, the next query says so."""
    import psycopg

    try:
        connection.execute(table.GO_BACK)
    except psycopg.Error:
        connection.close()


def _why(error: Exception, is_closed: bool) -> str:
    if is_closed:
        return "the connection ended meanwhile"
    kinds = [kind.__name__ for kind in type(error).__mro__]
    return next((_REASONS[kind] for kind in kinds if kind in _REASONS), f"the server refuses it ({kinds[0]})")


_NOT_THERE = "this version of PostgreSQL has it in another form"
_REASONS = {
    "InsufficientPrivilege": "the role may not read it",
    "QueryCanceled": "the server stopped it after the time that gonogo allows",
    "LockNotAvailable": "something holds a lock on what it reads",
    "SerializationFailure": "a standby stopped it to go on with its replay",
    "UndefinedColumn": _NOT_THERE,
    "UndefinedTable": _NOT_THERE,
    "UndefinedFunction": _NOT_THERE,
    "UndefinedObject": _NOT_THERE,
    "UnicodeDecodeError": "it holds a text that is no UTF-8",
    "DataError": "it holds a value that can't be read",
}


def _unseen(answer: Answer) -> Iterator[tuple[str, str, str]]:
    """Kind, reason and permission of what an answer lacks."""
    query, names = answer.query, {name for name, _ in answer.rows}
    if answer.why:
        yield query.kind, answer.why, (query.permission or "SELECT on it") if answer.is_forbidden else ""
        return
    if len(answer.rows) > table.MOST_ROWS:
        yield query.kind, f"there are more than {table.MOST_ROWS}, and the rest was not read", ""
    if query.hidden and any(data.get(query.hidden) is None for _, data in answer.rows):
        yield f"{query.kind}:{query.hidden}", "the role may not see it of others' sessions", query.permission
    for name in query.names:
        if name not in names and name in table.LIMITS:
            yield f"{query.kind}:{name}", "gonogo's own connection sets it", ""
        elif name not in names:
            yield f"{query.kind}:{name}", "the role may not see it, or this version does not have it", query.permission
