"""A PostgreSQL as it is read: what it shows, to whom, within which time, and that it is left as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from gonogo.model.snapshot import Gap
from gonogo.model.sources import PostgresSource, SourcesConfiguration
from gonogo.tools.errors import ToolError
from gonogo.tools.live import observe as observe_all
from gonogo.tools.live import postgres
from gonogo.tools.live.postgres import table
from gonogo.tools.live.postgres.permissions import grants
from gonogo.tools.live.postgres.table import Query
from tests.live.databases import BAD, GOOD, VARIABLE, as_role, by_name, digest, locked, look, run, sessions
from tests.postgres import new_database

OWN_LIMITS = {"setting:statement_timeout", "setting:idle_in_transaction_session_timeout"}
SLOW = "SELECT 'x' AS name, jsonb_build_object('n', count(*)) AS data FROM generate_series(1, 100000000000)"


@pytest.fixture(scope="module")
def database(postgres: str) -> str:
    url = new_database(postgres)
    run(url, GOOD, BAD)
    return url


@pytest.fixture
def with_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table whose first query takes for ever."""
    rows = (Query(kind="slow", sql=SLOW), *table.load_queries())
    monkeypatch.setattr(table, "load_queries", lambda: rows)


def gaps(found: tuple[Gap, ...]) -> dict[str, str]:
    return {gap.kind: gap.why for gap in found if gap.kind not in OWN_LIMITS}


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def is_in_the_middle(database: str) -> bool:
    """Whether a reader is at the query that takes for ever."""
    with psycopg.connect(database, autocommit=True) as connection:
        text = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'gonogo' AND query LIKE '%generate_series%'"
        return bool(connection.execute(text.encode()).fetchall())


def test_a_database_shows_what_it_has(database: str) -> None:
    shown = look(database)
    assert gaps(shown.gaps) == {}
    name = database.partition("?")[0].rpartition("/")[2]
    assert [(source.kind, source.name) for source in shown.sources] == [("postgres", f"database {name}")]
    version = by_name(shown, "server")[name]["version"]
    assert shown.sources[0].notes == (f"PostgreSQL {version}",)
    tables = by_name(shown, "table")
    assert set(tables) == {f"public.{table}" for table in ("guests", "stays", "nights", "logs", "logs_2026")}
    assert tables["public.guests"]["has_primary_key"] is True
    assert tables["public.nights"]["has_primary_key"] is False
    assert tables["public.nights"]["bytes"] is None, "it was never measured, which is not the same as empty"
    keys = {name: data["indexed"] for name, data in by_name(shown, "foreign_key").items()}
    assert keys == {"public.stays.stays_guest_fkey": True, "public.nights.nights_stay_fkey": False}
    indexes = by_name(shown, "index")
    assert [name for name, data in indexes.items() if not data["valid"]] == ["public.guests_name"]
    twice = {name: data["duplicate_of"] for name, data in indexes.items() if data["duplicate_of"]}
    assert twice == {"public.stays_guest_again": "stays_guest"}
    assert by_name(shown, "setting")["archive_command"]["setting"] == "disabled"
    assert by_name(shown, "role")["postgres"]["own"] is True
    assert set(by_name(shown, "extension")) == {"plpgsql"}


def test_each_look_shows_the_same(database: str) -> None:
    first, second = look(database), look(database)
    steady = {"server", "setting", "role", "foreign_key", "index", "archiver", "extension"}
    assert [r for r in first.records if r.kind in steady] == [r for r in second.records if r.kind in steady]
    assert first.gaps == second.gaps


def test_what_gonogo_sets_for_itself_is_not_told_as_the_server_s(database: str) -> None:
    shown = look(database)
    assert {gap.kind: gap.why for gap in shown.gaps} == dict.fromkeys(OWN_LIMITS, "gonogo's own connection sets it")
    assert not OWN_LIMITS & {f"setting:{name}" for name in by_name(shown, "setting")}
    run(database, "CREATE ROLE app", "ALTER ROLE app SET statement_timeout = '3s'", "ALTER ROLE app SET app.key = 'x'")
    found = by_name(look(database), "role_setting")
    run(database, "DROP ROLE app")
    assert found == {"app in all databases": {"statement_timeout": "3s"}}


def test_a_session_s_limits_hold_in_the_server(database: str) -> None:
    held: list[dict[str, str]] = []
    from gonogo.tools.live.postgres.opening import opened

    with opened(database, VARIABLE, time.monotonic() + 10) as connection:
        held.append(dict(connection.execute(table.ASK_HELD).fetchall()))
        with psycopg.connect(database, autocommit=True) as other:
            activity = other.execute(
                "SELECT application_name, backend_xid FROM pg_stat_activity WHERE pid = %s",
                [connection.info.backend_pid],
            ).fetchall()
    assert held == [table.HELD]
    assert activity == [("gonogo", None)]


def test_through_what_swallows_the_limits_nothing_is_read(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a pooler does that ignores startup parameters: the session then has the role's own settings."""
    monkeypatch.setattr(table, "LIMITS", {})
    with pytest.raises(ToolError, match=r"does not keep gonogo's limits .*lock_timeout.*not a pooler's"):
        look(database)


def test_a_role_with_few_rights_sees_a_part(database: str) -> None:
    run(database, "DROP ROLE IF EXISTS few", "CREATE ROLE few LOGIN", "REVOKE SELECT ON pg_stat_archiver FROM PUBLIC")
    try:
        with psycopg.connect(database):
            shown = look(as_role(database, "few"))
    finally:
        run(database, "GRANT SELECT ON pg_stat_archiver TO PUBLIC")
    permissions = {gap.kind: gap.permission for gap in shown.gaps if gap.kind not in OWN_LIMITS}
    assert permissions == {
        "setting:shared_preload_libraries": "pg_read_all_settings, or pg_monitor",
        "connections:by_state": "pg_read_all_stats, or pg_monitor",
        "archiver": "SELECT on it",
    }
    connections = by_name(shown, "connections")["connections"]
    assert int(str(connections["used"])) >= 2, "sessions of others are counted, too"
    assert connections["by_state"] is None
    assert connections["remote_without_tls"] is None
    assert len(by_name(shown, "table")) == 5


def test_the_printed_grants_are_what_it_takes(database: str) -> None:
    run(database, "DROP ROLE IF EXISTS gonogo", grants())
    own = as_role(database, "gonogo")
    assert gaps(look(own).gaps) == {}
    with psycopg.connect(own, autocommit=True) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM guests")
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("CREATE TABLE t (a int)")
        kept = connection.execute("SHOW statement_timeout").fetchone()
    assert kept == ("5s",)


def test_a_query_that_is_too_slow_costs_its_own_records(
    database: str, with_slow: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limits in (table.LIMITS, table.HELD):
        monkeypatch.setitem(limits, "statement_timeout", "150")
    shown = look(database)
    assert gaps(shown.gaps) == {"slow": "the server stopped it after the time that gonogo allows"}
    assert len(by_name(shown, "table")) == 5


def test_what_is_locked_or_of_another_version_costs_its_own_records(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limits in (table.LIMITS, table.HELD):
        monkeypatch.setitem(limits, "lock_timeout", "100")
    old = Query(kind="old", sql="SELECT nothing_of_the_kind AS name, '{}'::jsonb AS data FROM pg_stat_archiver")
    odd = Query(kind="odd", sql="SELECT 'x' AS name, jsonb_build_object('n', 1 / (count(*) - count(*))) AS data")
    rows = (old, odd, *table.load_queries())
    monkeypatch.setattr(table, "load_queries", lambda: rows)
    with locked(database, "pg_extension"):
        shown = look(database)
    assert gaps(shown.gaps) == {
        "old": "this version of PostgreSQL has it in another form",
        "odd": "it holds a value that can't be read",
        "extension": "something holds a lock on what it reads",
    }
    assert len(by_name(shown, "foreign_key")) == 2


def test_a_server_that_hangs_is_left_when_the_time_is_over(
    database: str, with_slow: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "TOTAL_SECONDS", 1.0)
    for limits in (table.LIMITS, table.HELD):
        monkeypatch.setitem(limits, "statement_timeout", "950")
    stopped: list[int] = []

    def stop() -> None:
        until(lambda: is_in_the_middle(database))
        stopped.extend(sessions(database))
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)

    stopping = threading.Thread(target=stop)
    stopping.start()
    try:
        began = time.monotonic()
        shown = look(database)
        took = time.monotonic() - began
    finally:
        stopping.join()
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    assert 0.9 < took < 4
    assert gaps(shown.gaps)["slow"] == "the connection ended meanwhile"
    assert gaps(shown.gaps)["table"] == "the connection ended before"
    assert not shown.records
    assert shown.sources[0].name == "database"
    until(lambda: not sessions(database))


def test_no_query_is_begun_when_the_time_is_over(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "LAST_SECONDS", -1.0)
    shown = look(database)
    assert not shown.records
    assert set(gaps(shown.gaps).values()) == {"the time for this database was over before"}


def test_more_than_are_kept_are_a_gap(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "MOST_ROWS", 2)
    shown = look(database)
    assert len(by_name(shown, "table")) == 2
    assert gaps(shown.gaps)["table"] == "there are more than 2, and the rest was not read"


def test_a_database_is_left_as_it_was(database: str) -> None:
    before = digest(database)
    look(database)
    assert digest(database) == before
    assert not sessions(database)


@pytest.fixture
def killed(database: str) -> Iterator[subprocess.Popen[bytes]]:
    """A reader in the middle of its transaction, in a process of its own."""
    code = (
        "import os; from gonogo.tools.live.postgres import table;"
        f"rows = (*table.load_queries(), table.Query(kind='slow', sql={SLOW!r})); table.load_queries = lambda: rows;"
        "table.LIMITS['statement_timeout'] = table.HELD['statement_timeout'] = '1500';"
        "from tests.live.databases import look; look(os.environ['D'])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], env={**os.environ, "D": database}, cwd=Path(__file__).parents[2]
    )
    yield process
    process.kill()
    process.wait()


def test_a_reader_that_is_killed_leaves_nothing(database: str, killed: subprocess.Popen[bytes]) -> None:
    before = digest(database)
    until(lambda: is_in_the_middle(database))
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    until(lambda: not sessions(database))  # the server ends the query after statement_timeout at the latest
    assert digest(database) == before


def test_among_all_sources_nothing_is_lost_by_redaction(database: str) -> None:
    sources = SourcesConfiguration(postgres=PostgresSource(dsn_env=VARIABLE))
    snapshot = observe_all(sources, lambda: datetime(2026, 6, 1, tzinfo=UTC), {VARIABLE: database})
    settings = {record.name: record.data["setting"] for record in snapshot.records if record.kind == "setting"}
    assert settings["password_encryption"] == "scram-sha-256"
    assert {record.name for record in snapshot.records if record.kind == "foreign_key"} == {
        "public.stays.stays_guest_fkey",
        "public.nights.nights_stay_fkey",
    }
