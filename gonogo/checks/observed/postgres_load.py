"""Faults of a PostgreSQL that show under load: keys without indexes, vacuum that lags, memory, too few connections."""

from __future__ import annotations

from collections.abc import Iterator

from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Problem

POSTGRES = "postgres"
DEFAULT_BUFFERS = 128 * 1024 * 1024
"""What shared_buffers is where nobody has set it, whatever the machine has."""
MOST_CONNECTIONS = 0.8
"""The share of max_connections from which on the next peak is refused."""
DEAD_ROWS, DEAD_SHARE = 10_000, 0.3
"""Dead rows, and their share of all, that say vacuum does not keep up: by default it begins at a share of one sixth."""
OLDEST_XID = 1_000_000_000
"""Transactions since a table was frozen: half of the way to where the server refuses to write. Autovacuum freezes at
200 million by default."""
WATCHED = ("shared_buffers", "autovacuum", "track_counts", "fsync", "full_page_writes")
"""The settings that are judged."""
_OFF = {
    "autovacuum": "nothing vacuums by itself",
    "track_counts": "nothing vacuums by itself",
    "fsync": "a crash of the machine damages the data",
    "full_page_writes": "a crash of the machine damages the data",
}
_UNITS = {"8kB": 8192, "kB": 1024, "MB": 1024**2, "GB": 1024**3, "B": 1}


def of_keys(facts: Facts) -> Iterator[Problem]:
    """Foreign keys without an index: each delete and join reads the whole table."""
    for item in facts.live.of(POSTGRES, "foreign_key"):
        if item.get("indexed") is False:
            columns = ", ".join(map(str, item.get("columns", default=[])))
            yield Problem(f"{item.get('table')} has no index on its foreign key ({columns})", item.at("indexed"))


def of_indexes(facts: Facts) -> Iterator[Problem]:
    """Indexes that are kept up to date and never read."""
    for item in facts.live.of(POSTGRES, "index"):
        if item.get("valid") is False and item.get("being_built") is not True:
            yield Problem(f"index {item.name} is invalid", item.at("valid"))
        elif other := item.get("duplicate_of"):
            yield Problem(f"index {item.name} is {other} once more", item.at("duplicate_of"))


def of_vacuum(facts: Facts) -> Iterator[Problem]:
    """Tables that vacuum does not keep up with, or that were not frozen for long."""
    for item in facts.live.of(POSTGRES, "table"):
        live, dead, age = (item.get(key, default=0) for key in ("live", "dead", "xid_age"))
        if dead >= DEAD_ROWS and dead >= DEAD_SHARE * (live + dead):
            last = item.get("last_autovacuum") or item.get("last_vacuum") or "never"
            yield Problem(
                f"{item.name} has {dead} dead rows beside {live} live ones (last vacuum: {last})", item.at("dead")
            )
        if age >= OLDEST_XID:
            yield Problem(f"{item.name} was not frozen for {age} transactions", item.at("xid_age"))
    for item in facts.live.of(POSTGRES, "server"):
        if (age := item.get("xid_age", default=0)) >= OLDEST_XID:
            yield Problem(f"the server's oldest database was not frozen for {age} transactions", item.at("xid_age"))


def of_settings(facts: Facts) -> Iterator[Problem]:
    """Memory as it comes, and what is switched off."""
    for item in facts.live.of(POSTGRES, "setting"):
        value = str(item.get("setting"))
        if item.name in _OFF and value == "off":
            yield Problem(f"{item.name} is off: {_OFF[item.name]}", item.at("setting"))
        if item.name == "shared_buffers" and value.isdigit():
            size = int(value) * _UNITS.get(str(item.get("unit")), 1)
            if size <= DEFAULT_BUFFERS:
                yield Problem(f"shared_buffers is {size // 1024**2} MB, no more than it comes with", item.at("setting"))


def of_connections(facts: Facts) -> Iterator[Problem]:
    """Connections near the server's limit, at the moment of the look."""
    for item in facts.live.of(POSTGRES, "connections"):
        if item.get("used", default=0) >= MOST_CONNECTIONS * item.get("max", default=float("inf")):
            yield Problem(used(item), item.at("used"))


def used(item: Seen) -> str:
    """``12 of 100 connections are used``."""
    return f"{item.get('used')} of {item.get('max')} connections are used"
