"""Checkpoints in PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.postgres import PostgresSaver
from psycopg.rows import dict_row

from gonogo.graph.saver_faults import told
from gonogo.graph.sealed import CheckpointError, SealedSaver, SealedSerializer
from gonogo.store.watch import bounded

CONNECT_SECONDS = 20
ANSWER_SECONDS = 120.0
"""The longest that one checkpoint may take."""
WAIT_SECONDS = 60
"""How long a server that has no connection left is asked again, and others are given to set the tables up."""
SETUP_LOCK = 0x676F6E6F
"""The advisory lock under which one process at a time sets the tables up."""


def open_postgres(stack: ExitStack, url: str, key: bytes) -> BaseCheckpointSaver[Any]:
    """A saver on one connection, which its threads share. Raises CheckpointError."""
    where = _shown(url)
    with _telling(where):
        connection = _connected(url)
        stack.callback(connection.close)

    @contextmanager
    def guarding() -> Iterator[None]:
        with _telling(where), bounded(connection.fileno(), ANSWER_SECONDS):
            yield

    saver = PostgresSaver(connection, serde=SealedSerializer(key))
    with guarding():
        _set_up(saver, connection, where)
    return SealedSaver(saver, key, guarding)


@contextmanager
def _telling(where: str) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise told(where, error) from error


def _shown(url: str) -> str:
    """Where it is, without a word of the login."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = "an address that can't be read"
    return f"PostgreSQL at {host or 'the local server'}"


def _connected(url: str) -> Any:
    end = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return psycopg.connect(
                url,
                autocommit=True,
                prepare_threshold=0,
                row_factory=dict_row,
                connect_timeout=CONNECT_SECONDS,
                tcp_user_timeout=WAIT_SECONDS * 1000,
            )
        except psycopg.OperationalError as error:
            said = str(error).lower()
            if time.monotonic() > end or not ("too many clients" in said or "connection slots" in said):
                raise
        time.sleep(0.2)


def _set_up(saver: PostgresSaver, connection: Any, where: str) -> None:
    """Makes the tables where they are not there, which a user who may only write is spared.

    Who waits asks again and again: a statement that waits for the lock would hold up the indexes of the one who has it.
    """
    end = time.monotonic() + WAIT_SECONDS
    while not _is_set_up(saver, connection):
        if connection.execute("SELECT pg_try_advisory_lock(%s) AS got", (SETUP_LOCK,)).fetchone()["got"]:
            try:
                saver.setup()
            finally:
                if not connection.broken:
                    connection.execute("SELECT pg_advisory_unlock(%s)", (SETUP_LOCK,))
            return
        if time.monotonic() > end:
            raise CheckpointError(f"{where}: another process is setting its tables up: try again when it is done.")
        time.sleep(0.05)


def _is_set_up(saver: PostgresSaver, connection: Any) -> bool:
    if not connection.execute("SELECT to_regclass('checkpoint_migrations') IS NOT NULL AS there").fetchone()["there"]:
        return False
    newest = connection.execute("SELECT max(v) AS v FROM checkpoint_migrations").fetchone()["v"]
    return newest is not None and bool(newest >= len(saver.MIGRATIONS) - 1)
