"""A seeded PostgreSQL, how it is looked at, and what of it must be the same before and after."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg

from gonogo.model.sources import PostgresSource
from gonogo.tools.live.postgres import observe
from gonogo.tools.live.shown import Reading, Shown

VARIABLE = "DATABASE_URL"
GOOD = """
CREATE TABLE guests (id int PRIMARY KEY, name text);
CREATE TABLE stays (id int PRIMARY KEY, guest int REFERENCES guests (id), night date);
CREATE INDEX stays_guest ON stays (guest, night);
INSERT INTO guests SELECT n, 'guest ' || n FROM generate_series(1, 50) AS n;
INSERT INTO stays SELECT n, n % 50 + 1, '2026-06-01' FROM generate_series(1, 400) AS n;
"""
BAD = """
CREATE TABLE nights (stay int, guest int, price int, FOREIGN KEY (stay) REFERENCES stays (id));
CREATE INDEX nights_half ON nights (stay) WHERE price > 9;
CREATE INDEX stays_guest_again ON stays (guest, night);
CREATE INDEX guests_name ON guests (name);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'guests_name'::regclass;
CREATE TABLE logs (at timestamptz, line text) PARTITION BY RANGE (at);
CREATE TABLE logs_2026 PARTITION OF logs FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
"""


def look(url: str) -> Shown:
    return observe(PostgresSource(dsn_env=VARIABLE), reading(url))


def reading(url: str) -> Reading:
    return Reading(lambda: datetime(2026, 6, 1, tzinfo=UTC), {VARIABLE: url})


def run(url: str, *texts: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for text in texts:
            connection.execute(text.encode())
        connection.execute(
            "SELECT pg_stat_force_next_flush()"
        )  # else the server counts what was written some time later
        connection.execute("SELECT 1")


def by_name(shown: Shown, kind: str) -> dict[str, dict[str, object]]:
    """The data of the records of a kind."""
    return {record.name: record.data for record in shown.records if record.kind == kind}


def as_role(url: str, role: str) -> str:
    """The address with another user."""
    return url.replace("postgres:@", f"{role}:@")


def digest(url: str) -> str:
    """Every row of every table and catalogue, every setting, and what the server counts as written."""
    whole = hashlib.sha256()
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'm') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_toast'"
            " AND c.relname NOT IN ('pg_statistic') ORDER BY 1"
        ).fetchall()
        for (name,) in tables:
            rows = connection.execute(f"SELECT t::text FROM {name} t ORDER BY 1".encode()).fetchall()
            whole.update(f"{name} {len(rows)} {rows}".encode())
        for text in (
            "SELECT name, setting FROM pg_settings ORDER BY 1",
            "SELECT slot_name FROM pg_replication_slots ORDER BY 1",
            "SELECT gid FROM pg_prepared_xacts",
            "SELECT sequencename, last_value FROM pg_sequences ORDER BY 1",
            "SELECT sum(n_tup_ins), sum(n_tup_upd), sum(n_tup_del) FROM pg_stat_user_tables",
            "SELECT locktype FROM pg_locks WHERE locktype = 'advisory'",
        ):
            whole.update(repr(connection.execute(text.encode()).fetchall()).encode())
    return whole.hexdigest()


def sessions(url: str) -> list[int]:
    """The processes of the server that serve gonogo."""
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'gonogo'").fetchall()
    return [pid for (pid,) in found]


@contextmanager
def locked(url: str, catalogue: str) -> Iterator[None]:
    """A catalogue that another session holds for itself alone."""
    with psycopg.connect(url) as connection:
        connection.execute(f"LOCK TABLE {catalogue} IN ACCESS EXCLUSIVE MODE".encode())
        yield
        connection.rollback()
