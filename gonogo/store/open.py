"""Opens a store: SQLite or PostgreSQL, brought to this version's tables."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DatabaseError, SQLAlchemyError

from gonogo.store.errors import NewerStoreError, StoreError, UnreachableStoreError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

NEWEST = "0001"
"""The revision of ``schema.py``."""
CONNECT_SECONDS = 5
BUSY_SECONDS = 30
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

    def close(self) -> None:
        """Closes its connections."""
        self.engine.dispose()

    def now(self) -> str:
        """The time as it is stored: ISO 8601, UTC."""
        return self.clock().isoformat(timespec="milliseconds")

    @property
    def is_file(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that reads one state of the store. Raises StoreError."""
        with self._telling(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: all of it or nothing. Raises StoreError."""
        with self._telling(), self.engine.connect().execution_options(immediate=True) as connection, connection.begin():
            yield connection

    def lock(self, connection: Connection, what: str, *, shared: bool = False, run: str = "") -> None:
        """Holds others off to the end of the transaction: of one kind, or of one run's."""
        if not self.is_file:
            name = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
            connection.execute(
                sa.text(f"SELECT {name}(:kind, :run)"),
                {"kind": _LOCKS[what], "run": int(run[:7], 16) if run else 0},
            )

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except DatabaseError as error:
            raise told(error, self.shown) from error
        except SQLAlchemyError as error:
            raise StoreError(f"the store {self.shown}: {type(error).__name__}.") from error


def open_store(url: str, *, key: bytes, clock: Callable[[], datetime]) -> Store:
    """Opens ``sqlite:///FILE`` or ``postgresql://...`` and migrates it where it is older. Raises StoreError."""
    try:
        parsed = sa.make_url(url)
    except ArgumentError as error:
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
    return store


def told(error: DatabaseError, shown: str) -> StoreError:
    """The error of a driver as a sentence, without a parameter of the statement."""
    kind, text = type(error.orig).__name__, str(error.orig).lower()
    for words, advice in _ADVICE:
        if any(word in text or word == kind for word in words):
            return UnreachableStoreError(f"the store {shown} {advice}.")
    return StoreError(f"the store {shown} can't be used ({kind}).")


_ADVICE = (
    (
        ("readonly", "read-only"),
        "can't be written: check the rights of the file and its folder, or give another --store",
    ),
    (("disk is full", "no space left", "DiskFull"), "has no room left: free some, or give another --store"),
    (("locked", "LockNotAvailable"), "is held by another process: wait for it, or give another --store"),
    (("not a database", "malformed"), "is no database file, or a damaged one: move it away, or give another --store"),
    (("password", "authentication", "role "), "refuses the login: check user and password"),
    (("does not exist",), "is not there: create the database, or check its name"),
    (("unable to open", "permission denied"), "can't be opened: check its folder and your rights there"),
    (
        ("connection", "timeout", "resolve", "refused", "closed", "OperationalError"),
        "can't be reached: check that the server runs and the address is right",
    ),
)
"""What drivers say, and what to do about it; the first that fits."""


def _sqlite(url: sa.URL, shown: str) -> Engine:
    if not url.database or url.database == ":memory:":
        raise StoreError("a store needs a file: sqlite:///FILE.")
    path = Path(url.database)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise UnreachableStoreError(
            f"the store {shown} can't be written ({error.strerror}): check its folder."
        ) from error
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's own BEGIN, below, instead of the driver's
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")  # what was committed outlives the process, if not the machine's power
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """A transaction that will write takes its lock at once: one that finds out later can't wait for it."""
    immediate = connection.get_execution_options().get("immediate")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _postgres(url: sa.URL) -> Engine:
    return sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={"connect_timeout": CONNECT_SECONDS},
        pool_size=2,
        max_overflow=14,
        pool_pre_ping=True,
    )


def _bring_up_to_date(store: Store) -> None:
    found = _revision(store)
    if found == NEWEST:
        return
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
