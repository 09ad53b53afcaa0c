"""What a PostgreSQL shows of its load, its roles, its encryption, its version, its archive and its standbys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gonogo.checks import data_stores
from gonogo.checks.data_stores import Store
from gonogo.checks.observed import judged
from gonogo.checks.observed.age import moment
from gonogo.checks.observed.agreement import share
from gonogo.checks.observed.postgres_load import (
    POSTGRES,
    WATCHED,
    of_connections,
    of_indexes,
    of_keys,
    of_settings,
    of_vacuum,
    used,
)
from gonogo.checks.wording import agreed, counted, listed
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.live import Seen
from gonogo.facts.support import Life, support
from gonogo.model.assessment import Outcome, Problem, unverified
from gonogo.model.criterion import Status

POWERFUL = {
    "pg_execute_server_program": "runs programs on the server",
    "pg_write_server_files": "writes files of the server",
    "pg_read_server_files": "reads files of the server",
    "rds_superuser": "is the administrator of RDS",
    "cloudsqlsuperuser": "is the administrator of Cloud SQL",
    "azure_pg_admin": "is the administrator of Azure",
}
"""Roles that are as good as a superuser, or stand for one at a provider."""
PROVIDERS = frozenset({"rdsadmin", "rdsproxyadmin", "cloudsqladmin", "azuresu"})
"""Superusers by which a provider runs its service."""
_FLAGS = {
    "superuser": "is a superuser",
    "bypassrls": "passes by row security",
    "createrole": "may make and change roles",
}
_UNTUNED = frozenset({Kind.TABLE, Kind.BUCKET, Kind.VOLUME, Kind.FILE_SYSTEM, "MinIO", "DynamoDB"})
"""Stores of record that have nothing of the kind to be set."""
_MAYBE_THIS = frozenset({"PostgreSQL", "database", Kind.DATABASE})


def database_tuning(facts: Facts) -> Outcome:
    """Foreign keys have indexes, indexes are of use, vacuum keeps up, memory is set, connections are left."""
    found = (of_keys, of_indexes, of_vacuum, of_settings, of_connections)
    problems = [problem for find in found for problem in find(facts)]
    tables, keys = facts.live.of(POSTGRES, "table"), facts.live.of(POSTGRES, "foreign_key")
    others = [
        i for i in facts.live.of(POSTGRES, "connections", "setting") if i.record.kind != "setting" or i.name in WATCHED
    ]
    good = (
        f"vacuum keeps up with {counted(len(tables), 'table')}, {_indexed(len(keys))}, "
        "no index is invalid or there twice, memory is set and connections are left"
    )
    kinds = ("server", "setting", "connections", "table", "foreign_key", "index")
    outcome = judged(
        facts,
        POSTGRES,
        kinds,
        problems,
        [*others, *tables, *keys] if tables else [],  # a database without tables says nothing of any load
        bad="the database is not configured for its load",
        good=good,
        needs=(*kinds, "table:dead", *(f"setting:{name}" for name in WATCHED)),
    )
    return _other_databases(facts, outcome)


def _indexed(keys: int) -> str:
    return f"{agreed(keys, 'foreign key has', 'foreign keys have')} an index" if keys else "there is no foreign key"


def connection_pools(facts: Facts) -> Outcome:
    """Connections stay well under the server's limit, at the moment of the look."""
    connections = facts.live.of(POSTGRES, "connections")
    problems = list(of_connections(facts))
    good = f"{listed(map(used, connections))}, at the moment of the look"
    bad = "connections are near the server's limit"
    return judged(facts, POSTGRES, ["connections"], problems, connections, bad=bad, good=good)


def tls_in_transit(facts: Facts) -> Outcome:
    """What comes from other hosts is encrypted: gonogo's own connection, and the sessions of others."""
    servers = [item for item in facts.live.of(POSTGRES, "server") if item.get("local") is not True]
    sessions = [item for item in facts.live.of(POSTGRES, "connections") if item.get("remote", default=0) > 0]
    problems = [
        Problem(f"the connection to database {item.name} is not encrypted", item.at("ssl"))
        for item in servers
        if item.get("ssl") is not True
    ]
    for item in sessions:
        if bare := item.get("remote_without_tls", default=0):
            total = f"{counted(item.get('remote'), 'session')} from other hosts"
            told = f"{share(bare, total, 'are')} without encryption"
            problems.append(Problem(told, item.at("remote_without_tls")))
    return judged(
        facts,
        POSTGRES,
        ["server", "connections"],
        problems,
        [*servers, *sessions],
        bad="the database is reached without TLS",
        good="connections to the database from other hosts are encrypted",
        needs=("server", "connections", "connections:by_state"),
    )


def least_privilege(facts: Facts) -> Outcome:
    """The role by which the database is reached has no rights over all others, and can't take them."""
    own = [item for item in facts.live.of(POSTGRES, "role") if item.get("own") is True]
    outcome = judged(
        facts,
        POSTGRES,
        ["role", "connections"],
        [problem for item in own for problem in _rights(facts, item)],
        own,
        bad="a role may too much in the database",
        good=f"role {listed(item.name for item in own)} is no superuser of the database, and can become none",
    )
    return _other_sessions(facts, outcome)


def backups(facts: Facts) -> Outcome:
    """Archiving of write-ahead logs does not fail. That it works is no backup yet: a server knows of none."""
    problems = [
        Problem(
            f"archiving of write-ahead logs fails, last at {item.get('last_failed_time')}", item.at("last_failed_time")
        )
        for item in facts.live.of(POSTGRES, "archiver")
        if _is_failing(item)
    ]
    return judged(facts, POSTGRES, ["archiver"], problems, [], bad="the database is not backed up", good="")


def redundancy(facts: Facts) -> Outcome:
    """Each standby that has a slot follows. Without any, a managed service may have one that does not show."""
    problems = [
        Problem(f"the standby of slot {item.name} is not connected", item.at("active"))
        for item in facts.live.of(POSTGRES, "replication_slot")
        if item.get("type") == "physical" and item.get("active") is False
    ]
    bad = "the database has lost a standby"
    return judged(facts, POSTGRES, ["replication_slot"], problems, [], bad=bad, good="")


def supported_runtimes(facts: Facts) -> Outcome:
    """The server's version is within its support life."""
    servers, day = facts.live.of(POSTGRES, "server"), facts.target.today or support().date
    lives = [(item, _life(facts, item)) for item in servers]
    problems = [
        Problem(f"PostgreSQL {item.get('version')} ({_end(life)})", item.at("version"))
        for item, life in lives
        if (life.ended(day) if life else _major(item) < support().oldest("postgresql"))
    ]
    good = listed(f"PostgreSQL {item.get('version')} is supported on {day}" for item in servers)
    bad = f"past the end of support on {day}"
    outcome = judged(facts, POSTGRES, ["server"], problems, servers, bad=bad, good=good)
    unsure = [(item, life) for item, life in lives if life is None or life.only_extended(day)]
    if outcome.status is not Status.PASS or not unsure:
        return outcome
    item, life = unsure[0]
    told = f"has paid extended support only ({_end(life)})" if life else "is not in the table of support lives"
    return unverified(f"PostgreSQL {item.get('version')} {told}", *(item.at("version") for item, _ in unsure))


def _rights(facts: Facts, own: Seen) -> Iterator[Problem]:
    """What a role may do that no application needs; of a superuser only that it is one."""
    if own.get("superuser") is True:
        yield Problem(f"role {own.name}, which connects, is a superuser", own.at("superuser"))
        return
    for key, told in _FLAGS.items():
        if own.get(key) is True:
            yield Problem(f"role {own.name}, which connects, {told}", own.at(key))
    for other in facts.live.of(POSTGRES, "role"):
        if other.get("may_become") is not True or other.get("own") is True:
            continue
        told = next((told for key, told in _FLAGS.items() if other.get(key) is True), POWERFUL.get(other.name, ""))
        if told:
            yield Problem(f"role {own.name} may become {other.name}, which {told}", other.at("may_become"))


def _other_sessions(facts: Facts, outcome: Outcome) -> Outcome:
    """The outcome; a pass is open where superusers have sessions: an administrator's, or the application's."""
    if outcome.status is not Status.PASS:
        return outcome
    roles = facts.live.of(POSTGRES, "role")
    superusers = {item.name for item in roles if item.get("superuser") is True} - PROVIDERS
    found = [
        (name, item)
        for item in facts.live.of(POSTGRES, "connections")
        for name in sorted(item.get("by_role", default={}))
        if name in superusers
    ]
    if not found:
        return outcome
    told = f"superuser {listed(name for name, _ in found)} has sessions, and whose they are does not show"
    places = tuple(item.at("by_role", name) for name, item in found)
    return replace(unverified(f"{told}; else: {outcome.reason}"), places=places)


def _is_failing(item: Seen) -> bool:
    failed, archived = moment(item.get("last_failed_time")), moment(item.get("last_archived_time"))
    return failed is not None and (archived is None or failed > archived)


def _other_databases(facts: Facts, outcome: Outcome) -> Outcome:
    """The outcome; a pass is open where the files have databases beside the one that was looked at."""
    if outcome.status is not Status.PASS:
        return outcome
    stores = [store for store in data_stores.stores_of_record(facts) if store.kind not in _UNTUNED]
    beside = [store for store in stores if not _may_be_this(store)] or stores[1:]
    if not beside:
        return outcome
    told = f"one PostgreSQL was looked at, and beside it there is {listed(map(str, beside))}"
    return replace(unverified(f"{told}; else: {outcome.reason}"), places=outcome.places)


def _may_be_this(store: Store) -> bool:
    engine = store.resource.get("engine") if store.resource else None
    return store.kind in _MAYBE_THIS and (not isinstance(engine, str) or "postgres" in engine)


def _life(facts: Facts, server: Seen) -> Life | None:
    """The support life of its version: RDS sells an extension of its own."""
    is_rds = any(item.name == "rds_superuser" for item in facts.live.of(POSTGRES, "role"))
    version = ".".join(map(str, _major(server)))
    return support().life("rds-postgresql" if is_rds else "postgresql", version) or support().life(
        "postgresql", version
    )


def _major(server: Seen) -> tuple[int, ...]:
    """``(18,)`` of 180004, ``(9, 6)`` of 90624."""
    number = int(server.get("server_version_num", default=0))
    return (number // 10_000,) if number >= 100_000 else (number // 10_000, number // 100 % 100)


def _end(life: Life | None) -> str:
    if life is None:
        return "out of support for years"
    last = max(life.ends, life.extended) if life.ends and life.extended else life.ends
    return f"support until {last}"
