"""A PostgreSQL database as it is read: what it shows, to whom, and that it is left as it was."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from gonogo.checks.observed import postgres as checks
from gonogo.facts import Facts
from gonogo.model.assessment import Outcome
from gonogo.model.criterion import Status
from gonogo.model.snapshot import Gap, Record
from gonogo.model.sources import PostgresSource
from gonogo.tools.errors import ToolError
from gonogo.tools.live.postgres import Guarded, NotAllowedError, observe
from gonogo.tools.live.postgres.permissions import grants
from gonogo.tools.live.postgres.queries import CALLED, QUERIES, Query
from gonogo.tools.live.shown import Reading, Shown
from tests.live.observed import facts_of, gap, record
from tests.live.sql_attacks import attacks
from tests.postgres import new_database

SEED = """
CREATE TABLE guests (id int PRIMARY KEY, name text);
CREATE TABLE stays (id int PRIMARY KEY, guest int REFERENCES guests (id), night date);
CREATE TABLE nights (id int PRIMARY KEY, stay int REFERENCES stays (id));
CREATE INDEX nights_stay ON nights (stay);
CREATE INDEX stays_night ON stays (night);
CREATE INDEX stays_night_again ON stays (night);
INSERT INTO guests SELECT n, 'guest ' || n FROM generate_series(1, 500) AS n;
INSERT INTO stays SELECT n, n % 500 + 1, now() FROM generate_series(1, 40000) AS n;
"""
SECRET = "correct-horse-battery"


@pytest.fixture(scope="module")
def database(postgres: str) -> str:
    url = new_database(postgres)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SEED)
    return url


def look(url: str) -> Shown:
    return observe(PostgresSource(dsn_env="DATABASE_URL"), Reading(lambda: datetime.now(UTC), {"DATABASE_URL": url}))


def facts(*records: Record, gaps: tuple[Gap, ...] = ()) -> Facts:
    return facts_of(records, gaps, given=("postgres",))


def digest(url: str) -> str:
    """All rows of our tables, all objects, and the settings that outlive a session."""
    whole = hashlib.sha256()
    with psycopg.connect(url, autocommit=True) as connection:
        for text in (
            "SELECT * FROM guests ORDER BY 1",
            "SELECT * FROM stays ORDER BY 1",
            "SELECT oid, relname, relkind, relfilenode FROM pg_class ORDER BY 1",
            "SELECT oid, proname FROM pg_proc ORDER BY 1",
            "SELECT oid, rolname, rolsuper FROM pg_roles ORDER BY 1",
            "SELECT * FROM pg_db_role_setting ORDER BY 1, 2",
            "SELECT oid FROM pg_largeobject_metadata ORDER BY 1",
            "SELECT slot_name FROM pg_replication_slots ORDER BY 1",
            "SELECT locktype FROM pg_locks WHERE locktype = 'advisory'",
        ):
            whole.update(repr(connection.execute(text).fetchall()).encode())
    return whole.hexdigest()


def test_a_database_shows_what_it_has(database: str) -> None:
    shown = look(database)
    assert not shown.gaps
    kinds = {found.kind for found in shown.records}
    assert {"server", "setting", "connections", "role", "table", "foreign_key", "index", "archiver"} <= kinds
    tables = {found.name for found in shown.records if found.kind == "table"}
    assert tables == {"public.guests", "public.stays", "public.nights"}
    keys = {found.name: found.data["has_index"] for found in shown.records if found.kind == "foreign_key"}
    assert keys == {"public.stays.stays_guest_fkey": False, "public.nights.nights_stay_fkey": True}
    twice = {found.name for found in shown.records if found.kind == "index" and found.data["is_twice"]}
    assert twice == {"public.stays_night_again"}


def test_it_is_judged(database: str) -> None:
    found = facts_of(look(database).records)
    tuning = checks.database_tuning(found)
    assert tuning.status is Status.FAIL
    assert "the foreign key public.stays.stays_guest_fkey (guest) has no index" in tuning.reason
    assert "the index public.stays_night_again is there twice" in tuning.reason
    assert "shared_buffers is 128 MB, as it comes" in tuning.reason
    privilege = checks.least_privilege(found)
    assert privilege.status is Status.FAIL
    assert "the role postgres is a superuser" in privilege.reason
    assert checks.supported_runtimes(found).status is Status.PASS
    assert checks.tls_in_transit(found).status is Status.NOT_APPLICABLE, "it goes over no network"


def test_a_database_is_left_as_it_was(database: str) -> None:
    before = digest(database)
    look(database)
    assert digest(database) == before


def test_a_reader_that_is_killed_leaves_nothing_either(database: str, tmp_path: Path) -> None:
    before, began = digest(database), tmp_path / "began"
    code = (
        "import os, time; from datetime import UTC, datetime; from pathlib import Path;"
        "from gonogo.model.sources import PostgresSource; from gonogo.tools.live import postgres;"
        "from gonogo.tools.live.shown import Reading; ask = postgres._ask\n"
        "def slow(*given):\n"
        f"    ask(*given); Path({str(began)!r}).touch(); time.sleep(0.5)\n"
        "postgres._ask = slow\n"
        "postgres.observe(PostgresSource(dsn_env='D'), Reading(lambda: datetime.now(UTC), dict(os.environ)))"
    )
    reader = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "D": database})
    until = time.monotonic() + 30
    while not began.exists() and time.monotonic() < until:
        time.sleep(0.01)
    reader.send_signal(signal.SIGKILL)
    assert reader.wait() == -signal.SIGKILL
    assert began.exists()
    assert digest(database) == before


def test_a_role_with_few_rights_sees_in_part(database: str) -> None:
    """What it may not see of others is no gap of the table's queries, which see what any role sees."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS small")
        connection.execute("CREATE ROLE small LOGIN")
        connection.execute("REVOKE SELECT ON pg_stat_archiver FROM PUBLIC")
    shown = look(database.replace("postgres:@", "small:@"))
    assert [gap.kind for gap in shown.gaps] == ["archiver"]
    assert shown.gaps[0].why == "permission denied"
    assert checks.least_privilege(facts_of(shown.records, shown.gaps)).status is Status.PASS
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("GRANT SELECT ON pg_stat_archiver TO PUBLIC")


def test_the_printed_grants_are_enough(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        name = connection.info.dbname
        for line in grants().replace("your_database", name).split("\n"):
            if line and not line.startswith(("--", "\\")):
                connection.execute(line.encode())
    shown = look(database.replace("postgres:@", "gonogo:@"))
    assert not shown.gaps
    with psycopg.connect(database.replace("postgres:@", "gonogo:@"), autocommit=True) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM guests")
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("CREATE TABLE t (a int)")


def test_what_takes_too_long_is_a_gap(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Query("slow", "SELECT 'x' AS name, count(*) FROM generate_series(1, 100000000000)")
    monkeypatch.setattr("gonogo.tools.live.postgres.QUERIES", (slow, *QUERIES[:1]))
    monkeypatch.setattr("gonogo.tools.live.postgres.ALLOWED", {slow.sql, QUERIES[0].sql})
    monkeypatch.setattr("gonogo.tools.live.postgres.OPTIONS", "-c statement_timeout=100")
    shown = look(database)
    assert [(gap.kind, gap.why) for gap in shown.gaps] == [("slow", "it took too long")]
    assert [found.kind for found in shown.records] == ["server"]


def test_no_attack_reaches_the_server() -> None:
    class Connection:
        def execute(self, *_: object) -> None:
            raise AssertionError("something was sent")

    guarded = Guarded(Connection())  # type: ignore[arg-type]
    texts = attacks(tuple(query.sql for query in QUERIES))
    assert len(set(texts)) >= 200
    for text in texts:
        with pytest.raises(NotAllowedError):
            guarded.run(text)


def test_the_table_holds_single_selects_of_known_functions() -> None:
    for query in QUERIES:
        plain = re.sub(r"'[^']*'", "''", query.sql)
        assert plain.startswith("SELECT ")
        assert ";" not in plain
        assert "--" not in plain
        words = {word.lower() for word in re.findall(r"([A-Za-z_]+)\s*\(", plain)}
        syntax = {"in", "as", "and", "or", "not", "any", "filter", "values", "array", "from", "where", "select", "u"}
        assert words - syntax <= CALLED, words - syntax - CALLED
        assert not re.search(r"\b(insert|update|delete|into|for update|explain|pg_shadow|pg_authid)\b", plain, re.I)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (f"postgresql://someone:{SECRET}@127.0.0.1:1/shop", "can't be reached"),
        (f"postgresql://someone:{SECRET}@no-such-host.invalid/shop", "can't be resolved"),
        (f"postgresql://someone:{SECRET}@127.0.0.1:port/shop", "holds no address|can't be reached"),
        (f"not an address {SECRET}", "holds no address"),
        (f"host=127.0.0.1 port=1 password={SECRET} options='-c default_transaction_read_only=off'", "can't be reached"),
    ],
)
def test_an_address_that_does_not_hold_is_told_without_it(url: str, says: str) -> None:
    with pytest.raises(ToolError, match=says) as raised:
        look(url)
    told = f"{raised.value}{raised.value!r}{raised.value.__cause__}"
    assert SECRET not in told
    assert "someone" not in told


def test_a_variable_that_is_not_set_is_told() -> None:
    with pytest.raises(ToolError, match="the variable DATABASE_URL is not set"):
        observe(PostgresSource(dsn_env="DATABASE_URL"), Reading(lambda: datetime.now(UTC), {}))


SERVER = record("postgres", "server", "shop", version="16.4", version_number=160004, tls=True, is_local=False)
CASES: list[tuple[str, list[Record], Status]] = [
    ("tls_in_transit", [SERVER], Status.PASS),
    ("tls_in_transit", [record("postgres", "server", "shop", tls=False, is_local=False)], Status.FAIL),
    ("supported_runtimes", [SERVER], Status.PASS),
    ("supported_runtimes", [record("postgres", "server", "shop", version="9.6.1")], Status.FAIL),
    ("least_privilege", [record("postgres", "role", "app", is_ours=True, is_superuser=False)], Status.PASS),
    ("least_privilege", [record("postgres", "role", "app", is_ours=True, is_superuser=True)], Status.FAIL),
    ("least_privilege", [record("postgres", "role", "dba", is_ours=False, is_superuser=True)], Status.NOT_APPLICABLE),
    (
        "backups",
        [record("postgres", "archiver", "archiver", failed=0, last_archived="2026-11-01")],
        Status.NOT_APPLICABLE,
    ),
    (
        "backups",
        [record("postgres", "archiver", "archiver", failed=3, last_archived="2026-11-01", last_failed="2026-11-02")],
        Status.FAIL,
    ),
    ("database_tuning", [record("postgres", "table", "public.a", live=90_000, dead=1, bytes=9)], Status.PASS),
    ("database_tuning", [record("postgres", "table", "public.a", live=90_000, dead=40_000, bytes=9)], Status.FAIL),
    (
        "database_tuning",
        [record("postgres", "table", "public.a", live=9, dead=9, transaction_age=1_800_000_000)],
        Status.FAIL,
    ),
    ("database_tuning", [record("postgres", "connections", "connections", used=90, most=100)], Status.FAIL),
    ("database_tuning", [record("postgres", "index", "public.i", is_valid=False)], Status.FAIL),
    ("database_tuning", [record("postgres", "setting", "autovacuum", setting="off")], Status.FAIL),
]


@pytest.mark.parametrize(("name", "records", "status"), CASES)
def test_checks(name: str, records: list[Record], status: Status) -> None:
    found: Outcome = getattr(checks, name)(facts(*records))
    assert found.status is status, found.reason


@pytest.mark.parametrize("name", sorted({name for name, _, _ in CASES}))
def test_what_could_not_be_seen_keeps_it_open(name: str) -> None:
    for kind in (
        "*",
        {"least_privilege": "role", "backups": "archiver", "database_tuning": "table"}.get(name, "server"),
    ):
        assert getattr(checks, name)(facts(gaps=(gap("postgres", kind),))).status is Status.UNVERIFIED
