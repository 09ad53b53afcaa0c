"""What somebody who can write to the database, and has not the key, can do to it."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gonogo.model.report import Report
from gonogo.store import chain
from gonogo.store.blobs import digest_of
from gonogo.store.cells import as_they_lie
from gonogo.store.open import Store
from gonogo.store.schema import blobs, entries, runs


@contextmanager
def tampering(store: Store) -> Iterator[Connection]:
    """A connection of somebody else's. SQLite is told to take any type in any column, as it does by itself."""
    with store.engine.connect().execution_options(immediate=True) as connection, connection.begin():
        yield connection


def put_cell(connection: Connection, table: sa.Table, row: Mapping[str, Any], column: str, value: Any) -> None:
    """Puts a value of any type into one cell: by the driver, since SQLAlchemy looks at types before SQLite does."""
    keys = [key.name for key in table.primary_key.columns]
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    where = " AND ".join(f'"{key}" = {mark}' for key in keys)
    given = (value, *(row[key] for key in keys))
    connection.exec_driver_sql(f'UPDATE {table.name} SET "{column}" = {mark} WHERE {where}', given)


def cells(connection: Connection) -> list[tuple[sa.Table, dict[str, Any], str]]:
    """Every cell of the store, by table, row and column."""
    from gonogo.store.schema import metadata

    return [
        (table, dict(row), column.name)
        for table in metadata.sorted_tables
        for row in connection.execute(as_they_lie(table)).mappings()
        for column in table.columns
    ]


def another(value: Any, column: sa.Column[Any], chance: random.Random, *, typed: bool) -> Any:
    """Another value than that; of another type where the database takes it."""
    if not typed and chance.random() < 0.3:
        return chance.choice([b"\xff\xfe", "\x7fnot", -(2**60), 0.5])
    kind = column.type.python_type
    if kind is bool:
        return not value
    if kind is int:
        return (value or 0) + chance.choice([1, -1, 1000])
    if kind is bytes:
        return chance.choice([value[:-1], value + b"\0", b"", zlib.compress(b"0" * 5_000_000, 9), b"\0" * len(value)])
    longest = getattr(column.type, "length", None) or 100
    given = chance.choice([f"{value}0", f"0{value}", str(value)[:-1], "GO", "finished", "{}", "[" * 90, "f" * 64])[
        :longest
    ]
    return given if given != value else ("1" if value != "1" else "2")


def forge_go(store: Store, run: str, report: Report, **changed: Any) -> None:
    """A whole GO report in the run's place, with rows, entry and hashes that fit: all but the seal."""
    data = json.loads(report.model_dump_json())
    data["verdict"] |= {"value": "GO", "gates": []}
    forged = json.dumps(data).encode()
    digest = digest_of(forged)
    with tampering(store) as connection:
        connection.execute(blobs.insert().values(digest=digest, size=len(forged), packed=zlib.compress(forged)))
        connection.execute(runs.update().where(runs.c.run == run).values(report=digest, verdict="GO"))
        ended = sa.and_(entries.c.run == run, entries.c.kind == "ended")
        row = connection.execute(sa.select(entries).where(ended)).mappings().one()
        body = chain.canonical(json.loads(row["body"]) | {"report": digest, "verdict": "GO"})
        told = digest_of(body.encode())
        found = chain.hash_of(run, row["number"], "ended", row["at"], told, row["previous"])
        connection.execute(entries.update().where(ended).values(body=body, digest=told, hash=found, **changed))
