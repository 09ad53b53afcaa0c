"""Each check of a PostgreSQL passes, fails, and says nothing of what it could not see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import psycopg
import pytest

from gonogo.checks import find_observed
from gonogo.checks.combined import combined
from gonogo.criteria import load_catalogue
from gonogo.model.assessment import Outcome, unverified
from gonogo.model.criterion import Criterion, ObservedCheck, Status
from gonogo.model.snapshot import Gap, Record
from tests.live.databases import BAD, GOOD, as_role, look, run
from tests.live.observed import facts_of, gap
from tests.postgres import new_database

PASS, FAIL, OPEN, NONE = Status.PASS, Status.FAIL, Status.UNVERIFIED, Status.NOT_APPLICABLE


def found(kind: str, name: str, **data: Any) -> Record:
    return Record(source="postgres", kind=kind, name=name, data=data)


def setting(name: str, value: str, unit: str | None = None) -> Record:
    return found("setting", name, setting=value, unit=unit, source="configuration file")


def server(**data: Any) -> Record:
    good = {"version": "17.2", "server_version_num": 170002, "in_recovery": False, "ssl": True, "local": False}
    return found("server", "shop", **good | {"xid_age": 90} | data)


def connections(**data: Any) -> Record:
    good: dict[str, Any] = {"used": 12, "max": 100, "by_state": {"idle": 12}, "by_role": {"app": 11}, "remote": 11}
    return found("connections", "connections", **good | {"remote_without_tls": 0} | data)


def table(name: str, **data: Any) -> Record:
    return found("table", f"public.{name}", **{"live": 90_000, "dead": 900, "xid_age": 900} | data)


def key(name: str, indexed: bool) -> Record:
    return found("foreign_key", f"public.{name}", table="public.stays", columns=["guest"], indexed=indexed)


def index(name: str, **data: Any) -> Record:
    return found("index", name, **{"valid": True, "being_built": False, "duplicate_of": None} | data)


def role(name: str, **data: Any) -> Record:
    flags = dict.fromkeys(("superuser", "bypassrls", "createrole", "own", "may_become"), False)
    return found("role", name, **flags | data)


def archiver(archived: str | None, failed: str | None) -> Record:
    return found("archiver", "archiver", failed_count=1, last_archived_time=archived, last_failed_time=failed)


OWN = role("app", own=True, may_become=True)
MEMORY = setting("shared_buffers", "262144", "8kB")
TUNED = (server(), MEMORY, setting("autovacuum", "on"), connections(), table("stays"), key("k", True), index("i"))


@dataclass(frozen=True)
class Case:
    """Records, and what a check says of them."""

    check: str
    records: Sequence[Record]
    status: Status
    what: str = ""


CASES = (
    Case("database_tuning", TUNED, PASS, "vacuum keeps up with 1 table, 1 foreign key has an index"),
    Case("database_tuning", (*TUNED, key("x", False)), FAIL, "public.stays has no index on its foreign key (guest)"),
    Case("database_tuning", (*TUNED, index("x", valid=False)), FAIL, "index x is invalid"),
    Case("database_tuning", (*TUNED, index("x", valid=False, being_built=True)), PASS),
    Case("database_tuning", (*TUNED, index("x", duplicate_of="i")), FAIL, "index x is i once more"),
    Case("database_tuning", (*TUNED, table("x", dead=90_000)), FAIL, "public.x has 90000 dead rows beside 90000"),
    Case("database_tuning", (*TUNED, table("x", live=10, dead=90)), PASS),
    Case("database_tuning", (*TUNED, table("x", live=None, dead=None, xid_age=None)), PASS),
    Case(
        "database_tuning", (*TUNED, table("x", xid_age=1_200_000_000)), FAIL, "not frozen for 1200000000 transactions"
    ),
    Case("database_tuning", (*TUNED[1:], server(xid_age=1_200_000_000)), FAIL, "the server's oldest database"),
    Case("database_tuning", (*TUNED, setting("shared_buffers", "16384", "8kB")), FAIL, "shared_buffers is 128 MB"),
    Case("database_tuning", (*TUNED, setting("autovacuum", "off")), FAIL, "autovacuum is off"),
    Case("database_tuning", (*TUNED, setting("track_counts", "off")), FAIL, "track_counts is off"),
    Case("database_tuning", (*TUNED, setting("fsync", "off")), FAIL, "fsync is off"),
    Case("database_tuning", (*TUNED, connections(used=80)), FAIL, "80 of 100 connections are used"),
    Case("database_tuning", (server(), MEMORY, connections()), NONE),
    Case("connection_pools", (connections(),), PASS, "12 of 100 connections are used, at the moment of the look"),
    Case("connection_pools", (connections(used=93),), FAIL, "93 of 100"),
    Case("connection_pools", (), NONE),
    Case("tls_in_transit", (server(), connections()), PASS),
    Case(
        "tls_in_transit", (server(ssl=False), connections()), FAIL, "the connection to database shop is not encrypted"
    ),
    Case("tls_in_transit", (server(ssl=None), connections()), FAIL, "the connection to database shop is not encrypted"),
    Case("tls_in_transit", (server(), connections(remote_without_tls=3)), FAIL, "3 of 11 sessions from other hosts"),
    Case("tls_in_transit", (server(ssl=False, local=True), connections()), PASS),
    Case("tls_in_transit", (server(ssl=False, local=True), connections(remote=0)), NONE),
    Case("least_privilege", (OWN, connections()), PASS, "role app is no superuser of the database"),
    Case("least_privilege", (role("app", own=True, superuser=True),), FAIL, "role app, which connects, is a superuser"),
    Case("least_privilege", (role("app", own=True, bypassrls=True),), FAIL, "passes by row security"),
    Case("least_privilege", (role("app", own=True, createrole=True),), FAIL, "may make and change roles"),
    Case("least_privilege", (OWN, role("dba", superuser=True)), PASS),
    Case(
        "least_privilege", (OWN, role("dba", superuser=True, may_become=True)), FAIL, "may become dba, which is a super"
    ),
    Case("least_privilege", (OWN, role("pg_execute_server_program", may_become=True)), FAIL, "runs programs"),
    Case("least_privilege", (OWN, role("pg_monitor", may_become=True)), PASS),
    Case("least_privilege", (OWN, role("rds_superuser", may_become=True)), FAIL, "the administrator of RDS"),
    Case(
        "least_privilege",
        (OWN, role("dba", superuser=True), connections(by_role={"dba": 3})),
        OPEN,
        "superuser dba has sessions",
    ),
    Case("least_privilege", (OWN, role("rdsadmin", superuser=True), connections(by_role={"rdsadmin": 1})), PASS),
    Case(
        "backups", (archiver("2026-05-31T10:00:00+00:00", "2026-05-31T11:00:00+00:00"),), FAIL, "last at 2026-05-31T11"
    ),
    Case("backups", (archiver(None, "2026-05-31T11:00:00+00:00"),), FAIL, "write-ahead logs fails"),
    Case("backups", (archiver("2026-05-31T12:00:00+00:00", "2026-05-31T11:00:00+00:00"),), NONE),
    Case("backups", (archiver("2026-05-31T13:30:00+02:00", "2026-05-31T12:00:00+00:00"),), FAIL),
    Case("backups", (archiver(None, None),), NONE),
    Case(
        "redundancy", (found("replication_slot", "b", type="physical", active=False),), FAIL, "slot b is not connected"
    ),
    Case("redundancy", (found("replication_slot", "b", type="physical", active=True),), NONE),
    Case("redundancy", (found("replication_slot", "b", type="logical", active=False),), NONE),
    Case("redundancy", (), NONE),
    Case("supported_runtimes", (server(),), PASS, "PostgreSQL 17.2 is supported"),
    Case(
        "supported_runtimes",
        (server(version="12.9", server_version_num=120009),),
        FAIL,
        "PostgreSQL 12.9 (support until",
    ),
    Case("supported_runtimes", (server(version="9.6.24", server_version_num=90624),), FAIL, "PostgreSQL 9.6.24"),
    Case("supported_runtimes", (server(version="8.4.1", server_version_num=80401),), FAIL, "out of support for years"),
    Case("supported_runtimes", (server(version="99.0", server_version_num=990000),), OPEN, "not in the table"),
    Case(
        "supported_runtimes",
        (server(version="12.9", server_version_num=120009), role("rds_superuser")),
        OPEN,
        "has paid extended support only (support until 2028-02-29)",
    ),
)
UNSEEN = (
    *(
        ("database_tuning", TUNED, kind)
        for kind in ("server", "setting", "connections", "table", "foreign_key", "index")
    ),
    *(("database_tuning", TUNED, kind) for kind in ("table:dead", "setting:shared_buffers", "setting:autovacuum")),
    ("connection_pools", (connections(),), "connections"),
    ("tls_in_transit", (server(), connections()), "server"),
    ("tls_in_transit", (server(), connections()), "connections"),
    ("tls_in_transit", (server(), connections(remote=None, remote_without_tls=None)), "connections:by_state"),
    ("least_privilege", (OWN, connections()), "role"),
    ("least_privilege", (OWN,), "connections"),
    ("backups", (archiver(None, None),), "archiver"),
    ("redundancy", (), "replication_slot"),
    ("supported_runtimes", (server(),), "server"),
)


def judge(
    check: str, records: Sequence[Record], gaps: Sequence[Gap] = (), files: dict[str, str] | None = None
) -> Outcome:
    facts = facts_of(records, gaps, files, given=("postgres",))
    facts = replace(facts, target=facts.target.model_copy(update={"today": date(2026, 6, 1)}))
    return find_observed(ObservedCheck(source="postgres", check=f"postgres.{check}"))(facts)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.check}-{case.status}-{case.what}"[:60])
def test_what_a_check_says(case: Case) -> None:
    outcome = judge(case.check, case.records)
    assert outcome.status is case.status, outcome.reason
    assert case.what in outcome.reason
    assert all(problem.place for problem in outcome.problems)
    if case.status is FAIL:
        assert outcome.problems
        assert judge(case.check, case.records, [gap("postgres", "*")]).status is FAIL, "a gap hides no fault"


@pytest.mark.parametrize(("check", "records", "kind"), UNSEEN)
def test_nothing_passes_over_what_could_not_be_seen(check: str, records: Sequence[Record], kind: str) -> None:
    assert judge(check, records).status is not FAIL
    for unseen in (kind, "*"):
        outcome = judge(check, records, [gap("postgres", unseen)])
        assert outcome.status is OPEN, outcome.reason
        assert "could not be seen" in outcome.reason
    assert judge(check, (), [gap("postgres", "*")]).status is OPEN


@pytest.mark.parametrize(
    ("compose", "status"),
    [
        ("services:\n  db:\n    image: postgres:17\n", PASS),
        ("services:\n  db:\n    image: mysql:8\n", OPEN),
        ("services:\n  db:\n    image: postgres:17\n  other:\n    image: mongo:7\n", OPEN),
        ("services:\n  db:\n    image: postgres:17\n  other:\n    image: postgres:16\n", OPEN),
    ],
)
def test_one_database_says_nothing_of_another(compose: str, status: Status) -> None:
    outcome = judge("database_tuning", TUNED, files={"compose.yaml": compose})
    assert outcome.status is status, outcome.reason


def rows() -> list[tuple[Criterion, ObservedCheck]]:
    return [(c, row) for c in load_catalogue() for row in c.observed if row.source == "postgres"]


def test_the_catalogue_has_each_check_once() -> None:
    named = sorted(row.check for _, row in rows())
    assert named == sorted({f"postgres.{case.check}" for case in CASES})
    assert [row.check for _, row in rows() if row.settles] == ["postgres.database_tuning"]


@pytest.mark.parametrize(("criterion", "row"), rows(), ids=lambda item: getattr(item, "check", ""))
def test_each_criterion_lists_the_tools_that_its_check_reads(criterion: Criterion, row: ObservedCheck) -> None:
    records = [record for case in CASES if f"postgres.{case.check}" == row.check for record in case.records]
    check: Callable[..., Outcome] = find_observed(row)
    for given in (records, TUNED, ()):
        facts = facts_of(given, files={"compose.yaml": "services:\n  db:\n    image: mysql:8\n"}, given=("postgres",))
        own = {tool: value for tool, value in facts.read.items() if tool in (*criterion.needs, "live")}
        assert check(replace(facts, read=own)).status


def test_only_tuning_settles_what_files_leave_open() -> None:
    files = unverified("it shows only in the running database")
    assert combined(files, [(judge("database_tuning", TUNED), True)]).status is PASS
    assert combined(files, [(judge("connection_pools", (connections(),)), False)]).status is OPEN


def test_a_real_database_is_judged(postgres: str) -> None:
    url = new_database(postgres)
    run(url, GOOD, "DROP ROLE IF EXISTS shop", "CREATE ROLE shop LOGIN IN ROLE pg_monitor")
    good = look(as_role(url, "shop"))
    tuning = judge("database_tuning", good.records, good.gaps)
    assert [problem.what for problem in tuning.problems] == ["shared_buffers is 128 MB, no more than it comes with"]
    others = [record for record in good.records if record.name != "shared_buffers"]
    assert judge("database_tuning", [*others, MEMORY], good.gaps).status is PASS
    assert judge("least_privilege", good.records, good.gaps).status is PASS
    assert judge("supported_runtimes", good.records, good.gaps).status is PASS
    assert judge("connection_pools", good.records, good.gaps).status is PASS
    assert judge("tls_in_transit", good.records, good.gaps).status is NONE
    assert judge("backups", good.records, good.gaps).status is NONE
    assert judge("redundancy", good.records, good.gaps).status is NONE
    run(url, BAD)
    bad = look(url)
    said = judge("database_tuning", bad.records, bad.gaps).reason
    for fault in (
        "public.nights has no index on its foreign key (stay)",
        "guests_name is invalid",
        "stays_guest once more",
    ):
        assert fault in said
    assert "role postgres, which connects, is a superuser" in judge("least_privilege", bad.records, bad.gaps).reason
    run(url, "CREATE ROLE owner", "GRANT owner TO shop", "ALTER ROLE owner BYPASSRLS")
    named = look(as_role(url, "shop"))
    assert "shop may become owner, which passes by row security" in judge("least_privilege", named.records).reason
    run(url, "DROP ROLE owner", "DROP ROLE shop")


def test_dead_rows_are_seen_in_a_real_database(postgres: str) -> None:
    url = new_database(postgres)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (a int) WITH (autovacuum_enabled = off)")
        connection.execute("INSERT INTO t SELECT generate_series(1, 30000)")
        connection.execute("DELETE FROM t WHERE a > 5000")
        connection.execute("SELECT pg_stat_force_next_flush()")
    shown = look(url)
    assert "public.t has 25000 dead rows beside 5000 live ones" in judge("database_tuning", shown.records).reason
