"""Opens a store: SQLite or PostgreSQL, brought to this version's tables."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, SQLAlchemyError

from gonogo.store.errors import NewerStoreError, StoreError, UnreachableStoreError
from gonogo.store.watch import bounded

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

NEWEST = "0002"
"""The revision of ``schema.py``."""
CONNECT_SECONDS = 20
"""How long a server may take to answer a call: one that is overrun takes its time."""
BUSY_SECONDS = 30
LOCK_SECONDS = 100
"""How long a write waits for others of a server: a hundred audits on two cores keep each other waiting."""
ANSWER_SECONDS = 120.0
LONG_SECONDS = 3600.0
"""What reads or rewrites all of a store may take longer."""
MOST_CONNECTIONS = 2
"""Of PostgreSQL, for all threads of a run."""
FULL_SECONDS = 60
"""How long a server that has no connection left is asked again."""
_VERSION = sa.text("SELECT version_num FROM gonogo_version")
_LOCKS = {"migrate": 0x676F6E01, "blobs": 0x676F6E02, "chain": 0x676F6E03}
"""Numbers of PostgreSQL's advisory locks. SQLite has one writer at a time anyway."""


@dataclass(frozen=True)
class Store:
    """An open store. ``key`` seals what is stored, ``clock`` gives aware UTC times, ``shown`` names it for people."""

    engine: Engine
    key: bytes
    clock: Callable[[], datetime]
    shown: str
    seconds: float = ANSWER_SECONDS
    """The longest that a server may take for one transaction."""
    patience: float = 0.0
    """How long a server that answered before, and does not in time now, is called again."""

    def close(self) -> None:
        """Closes its connections."""
        self.engine.dispose()

    def patient(self) -> Store:
        """The same store, for what reads or rewrites all of it."""
        return replace(self, seconds=max(self.seconds, LONG_SECONDS))

    def now(self) -> str:
        """The time as it is stored: ISO 8601, UTC."""
        return self.clock().isoformat(timespec="milliseconds")

    @property
    def is_file(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that reads one state of the store. Raises StoreError."""
        with self._telling(), self._connected() as connection, self._bounded(connection):
            if not self.is_file:
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():  # its end is within the bound: what is handed back open is rolled back outside
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: all of it or nothing. Raises StoreError."""
        with self._telling(), self._connected() as connection, self._bounded(connection):
            connection.execution_options(immediate=True)
            with connection.begin():
                if not self.is_file:
                    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
                yield connection

    def lock(self, connection: Connection, what: str, *, shared: bool = False, run: str = "") -> None:
        """Holds others off to the end of the transaction: of one kind, or of one run's."""
        if not self.is_file:
            name = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
            connection.execute(
                sa.text(f"SELECT {name}(:kind, :run)"),
                {"kind": _LOCKS[what], "run": int(run[:7], 16) if run else 0},
            )

    def _bounded(self, connection: Connection) -> AbstractContextManager[None]:
        """What is done with a server takes no longer than a while; SQLite has a bound of its own."""
        if self.is_file:
            return nullcontext()
        driver: Any = connection.connection.dbapi_connection
        return bounded(driver.fileno(), self.seconds)

    def _connected(self) -> Connection:
        """A connection; a server that has none left may have one in a moment."""
        started = time.monotonic()
        while True:
            try:
                return self.engine.connect()
            except DBAPIError as error:
                wait = FULL_SECONDS if _is_full(error.orig) else self.patience if _is_late(error.orig) else 0
                if time.monotonic() > started + wait:
                    raise
            time.sleep(0.2)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise told(error.orig, self) from error
        except SQLAlchemyError as error:
            kind = type(error).__name__
            raise StoreError(
                f"the store {self.shown} can't be used ({kind}): try again, or another --store."
            ) from error


def open_store(url: str, *, key: bytes, clock: Callable[[], datetime]) -> Store:
    """Opens ``sqlite:///FILE`` or ``postgresql://...`` and migrates it where it is older. Raises StoreError."""
    try:
        parsed = sa.make_url(url)
    except (ArgumentError, ValueError) as error:
        raise StoreError(
            "the store's URL can't be read: give sqlite:///FILE or postgresql://USER@HOST/NAME."
        ) from error
    backend = parsed.get_backend_name()
    if backend not in ("sqlite", "postgresql", "postgres"):
        raise StoreError(f"{backend} is no store of gonogo: give sqlite:///FILE or postgresql://USER@HOST/NAME.")
    shown = parsed.set(query={}).render_as_string(hide_password=True)
    engine = _sqlite(parsed, shown) if backend == "sqlite" else _postgres(parsed)
    store = Store(engine, key, clock, shown)
    try:
        _bring_up_to_date(store)
    except BaseException:
        store.close()
        raise
    return replace(store, patience=FULL_SECONDS)


def told(error: BaseException | None, store: Store) -> StoreError:
    """The error of a driver as a sentence, without a word of what was to be stored."""
    kind, text = type(error).__name__, str(error).lower()
    for words, advice in _OF_FILES if store.is_file else _OF_SERVERS:
        if any(word in text or word == kind for word in words):
            return UnreachableStoreError(f"the store {store.shown} {advice}.")
    return StoreError(f"the store {store.shown} can't be used ({kind}): give another --store.")


_OTHER = "give another --store"
_TABLES = f"lacks a table, or has one of something else: restore it from a backup, or {_OTHER}"
_OF_FILES = (
    (("readonly", "read-only"), f"can't be written: check the rights of the file and its folder, or {_OTHER}"),
    (("disk is full", "no space left"), f"has no room left: free some, or {_OTHER}"),
    (("locked",), f"is held by another process: wait for it, or {_OTHER}"),
    (("not a database", "malformed"), f"is no database file, or a damaged one: move it away, or {_OTHER}"),
    (("i/o error",), f"can't be read or written by the system: check the disk and its free space, or {_OTHER}"),
    (("unable to open",), "can't be opened: check its folder and your rights there"),
    (("no such table", "no such column", "already exists"), _TABLES),
)
_OF_SERVERS = (
    (("read-only", "ReadOnlySqlTransaction"), f"can't be written: give the server that takes writes, or {_OTHER}"),
    (("no space left", "DiskFull"), f"has no room left: free some on the server, or {_OTHER}"),
    (("LockNotAvailable", "DeadlockDetected"), f"is held by another process: wait for it, or {_OTHER}"),
    (("UndefinedTable", "UndefinedColumn", "DuplicateTable"), _TABLES),
    (("InsufficientPrivilege", "permission denied"), "refuses it: this user needs the rights to make and write tables"),
    (("too many clients", "connection slots"), "has no connection left: wait, or raise the server's max_connections"),
    (("password", "authentication", 'role "'), "refuses the login: check user and password"),
    (('database "',), "is not there: create the database, or check its name"),
    (
        ("connection", "timeout", "resolve", "refused", "closed", "OperationalError"),
        "can't be reached: check that the server runs and the address is right",
    ),
)
"""What drivers say, and what to do about it; the first that fits."""


def _is_full(error: BaseException | None) -> bool:
    text = str(error).lower()
    return "too many clients" in text or "connection slots" in text


def _is_late(error: BaseException | None) -> bool:
    return "timeout" in str(error).lower()


def _sqlite(url: sa.URL, shown: str) -> Engine:
    if not url.database or url.database == ":memory:":
        raise StoreError("a store needs a file: sqlite:///FILE.")
    path = Path(url.database)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no name of a file"
        raise UnreachableStoreError(f"the store {shown} can't be written ({why}): check its folder.") from error
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=url.database),
        connect_args={"timeout": BUSY_SECONDS},
        hide_parameters=True,
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's own BEGIN, below, instead of the driver's
    connection.text_factory = _text
    cursor = connection.cursor()
    if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        _switch_to_wal(cursor)
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA synchronous=NORMAL")  # what was committed outlives the process, if not the machine's power
    cursor.close()


def _switch_to_wal(cursor: Any) -> None:
    """The first process of several does it. The others are refused at once, whatever time they were given to wait."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
        else:
            return
        time.sleep(0.02)


def _text(data: bytes) -> str | bytes:
    """A text that is none, which somebody else has put there, comes as what it is instead of breaking a read."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def _begin_sqlite(connection: Connection) -> None:
    """A transaction that will write takes its lock at once: one that finds out later can't wait for it."""
    immediate = connection.get_execution_options().get("immediate")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _postgres(url: sa.URL) -> Engine:
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={"connect_timeout": CONNECT_SECONDS, "tcp_user_timeout": BUSY_SECONDS * 1000},
        pool_size=MOST_CONNECTIONS,  # a server has some hundred for all runs, and each new one costs it a process
        max_overflow=0,
        pool_timeout=ANSWER_SECONDS,
        hide_parameters=True,
    )
    sa.event.listen(engine, "checkout", _ping)
    return engine


def _ping(connection: Any, record: Any, proxy: Any) -> None:
    """Whether a pooled connection still answers; SQLAlchemy's own ping waits for that without an end."""
    try:
        with bounded(connection.fileno(), CONNECT_SECONDS):
            connection.execute("SELECT 1")
            connection.rollback()
    except Exception as error:  # a driver's, of whatever kind: the pool then makes another connection
        raise DisconnectionError from error


def _bring_up_to_date(store: Store) -> None:
    found = _revision(store)
    if found == NEWEST:
        return
    if found is not None and not re.fullmatch(r"[0-9]{4}", found):
        raise StoreError(f"the store {store.shown} names a version that no gonogo has: restore it from a backup.")
    if found is not None and found > NEWEST:
        raise NewerStoreError(f"the store {store.shown} was changed by a newer gonogo: use that version.")
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "gonogo.store:migrations")
    config.set_main_option("path_separator", "os")
    with store.writing() as connection:
        store.lock(connection, "migrate")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _revision(store: Store) -> str | None:
    """The revision that the store has; None for an empty one."""
    with store.reading() as connection:
        if not sa.inspect(connection).has_table("gonogo_version"):
            return None
        found = connection.execute(_VERSION).scalar()
        return str(found) if found is not None else None
