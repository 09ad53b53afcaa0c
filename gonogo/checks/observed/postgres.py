"""What a PostgreSQL database shows of its settings, roles, tables, indexes and standbys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from gonogo.checks.observed import judged
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.facts.support import support
from gonogo.model.assessment import Outcome, Problem

SOURCE = "postgres"
DEFAULT_BUFFERS = 16_384
"""shared_buffers in blocks of 8 kB as initdb leaves them: 128 MB, whatever the machine has."""
LARGE_TABLE_ROWS, DEAD_SHARE = 10_000, 0.2
"""Autovacuum's own threshold is a fifth of a table: more dead rows than that, and it does not keep up."""
WRAPAROUND_SHARE = 0.75
"""Of autovacuum_freeze_max_age times ten, which is where PostgreSQL itself begins to warn (2 billion)."""
WRAPAROUND_AGE = 2_000_000_000
CONNECTION_SHARE = 0.8
SMALL_TABLE_BYTES = 1_000_000
"""A foreign key without an index does no harm in a table that is read as a whole anyway."""


def database_tuning(facts: Facts) -> Outcome:
    """Memory, indexes, vacuum and connections are in order."""
    kinds = ("setting", "table", "foreign_key", "index", "connections")
    live = facts.live
    tables = {item.name: item for item in live.of(SOURCE, "table")}
    problems = [
        *_of_settings(live.of(SOURCE, "setting")),
        *_of_tables(tables.values()),
        *(found for item in live.of(SOURCE, "foreign_key") for found in _of_key(item, tables)),
        *(found for item in live.of(SOURCE, "index") for found in _of_index(item)),
        *_of_connections(live.of(SOURCE, "connections")),
    ]
    looked_at = [item for kind in kinds for item in live.of(SOURCE, kind)]
    good = f"{len(tables)} tables are vacuumed and indexed, and memory and connections are set for them"
    return judged(facts, SOURCE, kinds, problems, looked_at, bad="the database is not tuned", good=good)


def tls_in_transit(facts: Facts) -> Outcome:
    """The audit's own connection, which goes the way of the application's, is encrypted."""
    servers = [item for item in facts.live.of(SOURCE, "server") if not item.get("is_local", default=False)]
    problems = [
        Problem(f"the connection to {item.name} is not encrypted", item.at("tls"))
        for item in servers
        if item.get("tls") is False
    ]
    good = f"the connection to {', '.join(item.name for item in servers)} is encrypted"
    return judged(facts, SOURCE, ("server",), problems, servers, bad="traffic is not encrypted", good=good)


def least_privilege(facts: Facts) -> Outcome:
    """The role that was given is no superuser, and row security holds for it."""
    ours = [item for item in facts.live.of(SOURCE, "role") if item.get("is_ours")]
    problems = [
        Problem(f"the role {item.name} {told}", item.at(key))
        for item in ours
        for key, told in (
            ("is_superuser", "is a superuser"),
            ("passes_row_security", "passes row security by"),
            ("creates_roles", "may make roles"),
        )
        if item.get(key) is True
    ]
    good = "the role that was given has no rights over others"
    return judged(facts, SOURCE, ("role",), problems, ours, bad="a role may too much", good=good)


def backups(facts: Facts) -> Outcome:
    """The archiver of write-ahead logs does not fail. That there is none says nothing: a platform may do without."""
    found = facts.live.of(SOURCE, "archiver")
    problems = [
        Problem(
            f"archiving of write-ahead logs fails: {item.get('failed')} times, last at {item.get('last_failed')}",
            item.at("last_failed"),
        )
        for item in found
        if str(item.get("last_failed", default="")) > str(item.get("last_archived", default=""))
    ]
    return judged(facts, SOURCE, ("archiver",), problems, (), bad="backups fail", good="write-ahead logs are archived")


def supported_runtimes(facts: Facts) -> Outcome:
    """The server's release is still supported."""
    servers = facts.live.of(SOURCE, "server")
    problems = [
        Problem(f"PostgreSQL {item.get('version')} of {item.name} is past the end of its support", item.at("version"))
        for item in servers
        if _is_over(str(item.get("version", default="")), facts.target.today)
    ]
    good = f"PostgreSQL {', '.join(str(item.get('version')) for item in servers)} is supported"
    return judged(facts, SOURCE, ("server",), problems, servers, bad="past the end of support", good=good)


def _is_over(version: str, today: date | None) -> bool:
    life = support().life("postgresql", version.partition(" ")[0])
    return life is not None and life.ended(today or support().date)


def _of_settings(settings: tuple[Seen, ...]) -> Iterator[Problem]:
    for item in settings:
        value = str(item.get("setting", default=""))
        if item.name == "shared_buffers" and item.get("unit") == "8kB" and value == str(DEFAULT_BUFFERS):
            yield Problem("shared_buffers is 128 MB, as it comes", item.at("setting"))
        elif item.name in ("autovacuum", "fsync", "full_page_writes") and value == "off":
            yield Problem(f"{item.name} is off", item.at("setting"))
        elif item.name == "password_encryption" and value == "md5":
            yield Problem("passwords are stored as MD5", item.at("setting"))


def _of_tables(tables: Iterable[Seen]) -> Iterator[Problem]:
    for item in tables:
        live, dead = item.get("live", default=0), item.get("dead", default=0)
        if live + dead >= LARGE_TABLE_ROWS and dead / (live + dead) > DEAD_SHARE:
            share = round(100 * dead / (live + dead))
            yield Problem(f"{item.name} has {share}% dead rows", item.at("dead"))
        if item.get("transaction_age", default=0) > WRAPAROUND_SHARE * WRAPAROUND_AGE:
            age = item.get("transaction_age")
            yield Problem(f"{item.name} was not frozen for {age:,} transactions", item.at("transaction_age"))


def _of_key(item: Seen, tables: dict[str, Seen]) -> Iterator[Problem]:
    if item.get("has_index") is not False:
        return
    table = tables.get(item.name.rpartition(".")[0])
    if table is None or table.get("bytes", default=0) >= SMALL_TABLE_BYTES:
        yield Problem(f"the foreign key {item.name} ({item.get('columns')}) has no index", item.at("has_index"))


def _of_index(item: Seen) -> Iterator[Problem]:
    if item.get("is_valid") is False:
        yield Problem(f"the index {item.name} is invalid", item.at("is_valid"))
    elif item.get("is_twice") is True:
        yield Problem(f"the index {item.name} is there twice", item.at("is_twice"))


def _of_connections(found: tuple[Seen, ...]) -> Iterator[Problem]:
    for item in found:
        used, most = item.get("used", default=0), item.get("most", default=0)
        if most and used / most > CONNECTION_SHARE:
            yield Problem(f"{used} of {most} connections are taken", item.at("used"))
