"""Opens a database with the limits that the server itself keeps, and says in our own words why it can't be opened.

No word of psycopg's or the server's is told: they may hold what stands in the address.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer
from typing import TYPE_CHECKING

from gonogo.tools.errors import ToolError
from gonogo.tools.live.postgres import table

if TYPE_CHECKING:
    from gonogo.tools.live.postgres.guard import GuardedConnection

CONNECT_SECONDS = 10
_FORM = "give postgresql://USER:PASSWORD@HOST:PORT/NAME"
_DRIVER = re.compile(r"^(?:postgres|postgresql)\+[a-z0-9_]+://")
"""What SQLAlchemy writes before an address."""


@contextmanager
def opened(address: str, variable: str, end: float) -> Iterator[GuardedConnection]:
    """A connection in one transaction that can only read, until ``end`` by the monotonic clock.

    ``variable`` names the address for people. Raises ToolError.
    """
    connection = _connect(address, variable)
    watch = Timer(max(0.0, end - time.monotonic()), _shut, (connection.fileno(),))
    watch.daemon = True
    watch.start()
    try:
        _begin(connection, variable)
        yield connection
    finally:
        watch.cancel()
        watch.join()  # it must not shut a socket that has the same number afterwards
        connection.close()


def _connect(address: str, variable: str) -> GuardedConnection:
    import psycopg
    from psycopg.conninfo import make_conninfo

    from gonogo.tools.live.postgres.guard import GuardedConnection

    try:
        told = make_conninfo(
            _DRIVER.sub("postgresql://", address),
            connect_timeout=CONNECT_SECONDS,
            application_name="gonogo",
            client_encoding="UTF8",
            options=" ".join(f"-c {name}={value}" for name, value in table.LIMITS.items()),
        )
    except (psycopg.Error, ValueError):
        raise ToolError(f"PostgreSQL: {variable} holds no address that PostgreSQL's client reads: {_FORM}.") from None
    try:
        return GuardedConnection.connect(told, autocommit=True, prepare_threshold=None)
    except (psycopg.Error, OSError, ValueError) as error:
        why = _why(type(error).__name__, str(error))
    raise ToolError(f"PostgreSQL: the database of {variable} {why}.")


def _begin(connection: GuardedConnection, variable: str) -> None:
    """Begins the transaction, and makes sure that the limits hold before anything else is asked."""
    import psycopg

    try:
        connection.execute(table.BEGIN)
        held = dict(connection.execute(table.ASK_HELD).fetchall())
    except psycopg.Error as error:
        kind = type(error).__name__
    else:
        kind = ""
    if kind:
        raise ToolError(f"PostgreSQL: the database of {variable} can't be read ({kind}): {_OWN}.")
    if held != table.HELD:
        missing = ", ".join(sorted(name for name, value in table.HELD.items() if held.get(name) != value))
        raise ToolError(f"PostgreSQL: the database of {variable} does not keep gonogo's limits ({missing}): {_OWN}.")


def _shut(descriptor: int) -> None:
    """Ends a connection from outside: who waits for its answer is told then."""
    with suppress(OSError), socket.socket(fileno=descriptor) as line:
        try:
            line.shutdown(socket.SHUT_RDWR)
        finally:
            line.detach()  # psycopg closes it


def _why(kind: str, message: str) -> str:
    text = message.lower()
    for words, why in _REASONS:
        if any(word in text or word == kind for word in words):
            return why
    return f"can't be opened ({kind}): check its address, the login and that the server runs"


_OWN = "give the server's own address, not a pooler's"
_REASONS = (
    (("password authentication failed", "no password supplied", "is not permitted to log in"), "refuses the login: "
     "check user and password"),
    (("authentication failed", "fe_sendauth", 'role "'), "refuses the login: check user and password"),
    (("no pg_hba.conf entry", "pg_hba.conf rejects"), "refuses the login from here: let this user in by pg_hba.conf, "
     "and try sslmode=require"),
    (('database "',), "is not there: check the name at the end of the address"),
    (("too many", "connection slots"), "has no connection left: wait, or raise max_connections"),
    (("startup parameter",), f"does not take gonogo's limits: {_OWN}"),
    (("starting up", "shutting down", "in recovery mode", "not accepting"), "is not ready: try again in a moment"),
    (("could not translate", "failed to resolve", "name or service not known"), "can't be found: its host has no "
     "address here; check the name"),
    (("refused", "no such file"), "can't be reached: the connection is refused; check host and port, and that the "
     "server runs"),
    (("ConnectionTimeout", "timeout", "timed out"), f"does not answer within {CONNECT_SECONDS} s: check host, port and "
     "firewalls"),
    (("no route to host", "unreachable"), "can't be reached: no network leads to its host"),
    (("ssl", "tls", "certificate"), "and gonogo agree on no TLS: check sslmode and sslrootcert in the address"),
)  # fmt: skip
"""What psycopg and servers say, and what it means; the first that fits. TLS comes last: other reasons mention it."""
