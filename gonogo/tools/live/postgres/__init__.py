"""A PostgreSQL database: its settings, roles, tables, indexes, connections and standbys, in one read-only transaction.

What may be sent is a closed table of texts (:mod:`.queries`), below which nothing else passes; the session is
read-only, with limits of time, and sees no schema but the catalogue's. The address never leaves the reader.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gonogo.model.snapshot import Gap, Record
from gonogo.model.sources import PostgresSource
from gonogo.model.target import Source
from gonogo.tools.errors import ToolError
from gonogo.tools.live.postgres.queries import ALLOWED, QUERIES, Query
from gonogo.tools.live.shown import Reading, Shown

if TYPE_CHECKING:
    from psycopg import Connection

POSTGRES = "postgres"
CONNECT_SECONDS, TOTAL_SECONDS = 10, 60.0
OPTIONS = (
    "-c default_transaction_read_only=on -c statement_timeout=5000 -c lock_timeout=1000"
    " -c idle_in_transaction_session_timeout=60000 -c search_path=pg_catalog"
)
BEGIN = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
_FRAME = frozenset({BEGIN, "SAVEPOINT asked", "ROLLBACK TO SAVEPOINT asked", "RELEASE SAVEPOINT asked", "ROLLBACK"})
_SAID = (
    ("could not translate host name", "its host's name can't be resolved: check the address"),
    ("name or service not known", "its host's name can't be resolved: check the address"),
    ("password authentication failed", "it refuses the login: check user and password"),
    ("no password supplied", "it wants a password: put it into the address"),
    ("role ", "it refuses the login: check user and password"),
    ("pg_hba", "it lets nobody in from here under this name: ask for an entry"),
    ("database ", "the database is not there: check its name"),
    ("ssl", "no secure connection came about: check sslmode and the certificate"),
    ("too many clients", "it has no connection left: try again later"),
    ("connection slots", "it has no connection left: try again later"),
    ("timeout", "it does not answer: check that it runs, and that this machine may reach it"),
)


class NotAllowedError(Exception):
    """A text that is not in the table: a bug of ours. Nothing was sent."""


class Guarded:
    """A connection that can only ask what the table holds."""

    def __init__(self, connection: Connection[dict[str, Any]]) -> None:
        self._connection = connection

    def run(self, text: str) -> list[dict[str, Any]]:
        """The rows of an allowed text. Raises NotAllowedError before anything is sent."""
        if text not in ALLOWED and text not in _FRAME:
            raise NotAllowedError("a text that is none of the table's was to be sent to the database")
        cursor = self._connection.execute(text.encode())
        return cursor.fetchall() if cursor.description else []


def observe(source: PostgresSource, reading: Reading) -> Shown:
    """All that the table asks for. Raises ToolError where the database can't be asked at all."""
    address = reading.environment.get(source.dsn_env)
    if not address:
        raise ToolError(f"PostgreSQL: the variable {source.dsn_env} is not set: put the database's address there.")
    records: list[Record] = []
    gaps: list[Gap] = []
    end = time.monotonic() + TOTAL_SECONDS
    with _connected(address, source.dsn_env) as guarded:
        guarded.run(BEGIN)
        for query in QUERIES:
            if time.monotonic() > end:
                gaps.append(Gap(source=POSTGRES, kind=query.kind, why=f"no time was left of {TOTAL_SECONDS:g} s"))
                continue
            _ask(guarded, query, records, gaps)
        guarded.run("ROLLBACK")
    server = next((record for record in records if record.kind == "server"), None)
    name = server.name if server else "database"
    notes = (f"PostgreSQL {server.data['version']}",) if server else ()
    return Shown((Source(kind="database", name=name, notes=notes),), tuple(records), tuple(gaps))


def _ask(guarded: Guarded, query: Query, records: list[Record], gaps: list[Gap]) -> None:
    """One query, in a savepoint: what is refused costs its own records."""
    import psycopg

    guarded.run("SAVEPOINT asked")
    try:
        rows = guarded.run(query.sql)
    except psycopg.errors.QueryCanceled:
        why, permission = "it took too long", ""
    except psycopg.errors.InsufficientPrivilege:
        why, permission = "permission denied", query.permission or "rights on the catalogue"
    except (psycopg.errors.UndefinedColumn, psycopg.errors.UndefinedTable, psycopg.errors.UndefinedFunction):
        why, permission = "this version of PostgreSQL has it not", ""
    except psycopg.errors.LockNotAvailable:
        why, permission = "it is locked", ""
    else:
        guarded.run("RELEASE SAVEPOINT asked")
        records += [Record(source=POSTGRES, kind=query.kind, name=str(row.pop("name")), data=row) for row in rows]
        return
    guarded.run("ROLLBACK TO SAVEPOINT asked")
    gaps.append(Gap(source=POSTGRES, kind=query.kind, why=why, permission=permission))


@contextmanager
def _connected(address: str, variable: str) -> Iterator[Guarded]:
    """A connection, closed at the end. What the driver says may repeat the address: it is not passed on."""
    import psycopg
    from psycopg.rows import dict_row

    try:
        connection = psycopg.connect(
            address,
            autocommit=True,
            row_factory=dict_row,
            connect_timeout=CONNECT_SECONDS,
            application_name="gonogo",
            options=OPTIONS,
            prepare_threshold=None,
        )
    except psycopg.ProgrammingError:
        advice = "write postgresql://USER@HOST/NAME"
        raise ToolError(f"PostgreSQL: {variable} holds no address that can be read: {advice}.") from None
    except (psycopg.Error, UnicodeError) as error:
        raise ToolError(f"PostgreSQL ({variable}): {_said(error)}.") from None
    try:
        yield Guarded(connection)
    except psycopg.OperationalError:
        raise ToolError(f"PostgreSQL ({variable}): the connection was lost: try again.") from None
    finally:
        connection.close()


def _said(error: BaseException) -> str:
    text = str(error).lower()
    return next(
        (told for mark, told in _SAID if mark in text), "it can't be reached: check that it runs, and its address"
    )
