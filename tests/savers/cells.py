"""What a database holds of checkpoints, cell by cell, to be changed and put back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg

POSTGRES = {
    "checkpoints": ("thread_id", "checkpoint_ns", "checkpoint_id"),
    "checkpoint_blobs": ("thread_id", "checkpoint_ns", "channel", "version"),
    "checkpoint_writes": ("thread_id", "checkpoint_ns", "checkpoint_id", "task_id", "idx"),
}
JSON = ("checkpoint", "metadata")
SQLITE = ("checkpoints", "writes")


@dataclass(frozen=True)
class Cell:
    """A cell: table, row (however the database names it), column, and what is in it."""

    table: str
    row: Any
    column: str
    value: Any


def read_cells(url: str, thread: str) -> list[Cell]:
    """All cells of a run."""
    if url.startswith("sqlite"):
        return _sqlite_cells(url, thread)
    return _postgres_cells(url, thread) if url.startswith("postgres") else _dynamodb_cells(url, thread)


@contextmanager
def changed(url: str, cells: dict[Cell, Any]) -> Iterator[None]:
    """With other values in those cells, for a while. Raises a driver's error where the database refuses them."""
    if url.startswith("postgres"):
        with _changed_postgres(url, cells):
            yield
        return
    write = _write_sqlite if url.startswith("sqlite") else _write_dynamodb
    write(url, cells)
    try:
        yield
    finally:
        write(url, {cell: cell.value for cell in cells})


def _sqlite_cells(url: str, thread: str) -> list[Cell]:
    found = []
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        for table in SQLITE:
            cursor = connection.execute(f"SELECT rowid, * FROM {table} WHERE thread_id = ?", (thread,))
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                found += [Cell(table, row[0], name, value) for name, value in zip(names[1:], row[1:], strict=True)]
    return found


def _write_sqlite(url: str, cells: dict[Cell, Any]) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
        for cell, value in cells.items():
            connection.execute(f"UPDATE {cell.table} SET {cell.column} = ? WHERE rowid = ?", (value, cell.row))


def _postgres_cells(url: str, thread: str) -> list[Cell]:
    found = []
    with psycopg.connect(url) as connection:
        for table, keys in POSTGRES.items():
            columns = connection.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s", (table,)
            )
            names = sorted(name for (name,) in columns)
            read = ", ".join(f"{name}::text" if name in JSON else name for name in names)
            for row in connection.execute(f"SELECT {read} FROM {table} WHERE thread_id = %s", (thread,)):
                whole = dict(zip(names, row, strict=True))
                key = tuple((name, whole[name]) for name in keys)
                found += [Cell(table, key, name, value) for name, value in whole.items()]
    return found


@contextmanager
def _changed_postgres(url: str, cells: dict[Cell, Any]) -> Iterator[None]:
    """Rows are found again by their place, since their keys may be what is changed."""
    rows: dict[tuple[str, Any], list[Cell]] = {}
    for cell in cells:
        rows.setdefault((cell.table, cell.row), []).append(cell)
    with psycopg.connect(url, autocommit=True) as connection:
        places = {
            (table, row): _set(
                connection,
                table,
                {cell.column: cells[cell] for cell in found},
                " AND ".join(f"{n} = %s" for n, _ in row),
                [value for _, value in row],
            )
            for (table, row), found in rows.items()
        }
        try:
            yield
        finally:
            for (table, row), found in rows.items():
                before = {cell.column: cell.value for cell in found}
                _set(connection, table, before, "ctid = %s::tid", [places[table, row]])


def _set(connection: Any, table: str, values: dict[str, Any], where: str, told: list[Any]) -> str:
    cast = {name: "::jsonb" if name in JSON and table == "checkpoints" else "" for name in values}
    what = ", ".join(f"{name} = %s{cast[name]}" for name in values)
    done = connection.execute(
        f"UPDATE {table} SET {what} WHERE {where} RETURNING ctid::text", [*values.values(), *told]
    )
    (place,) = done.fetchone()
    return str(place)


def client_of(url: str) -> tuple[Any, str]:
    import boto3

    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    client = boto3.client(
        "dynamodb",
        endpoint_url=options["endpoint_url"],
        region_name=options["region"],
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    return client, parts.netloc


def _dynamodb_cells(url: str, thread: str) -> list[Cell]:
    _, table = client_of(url)
    found = []
    for item in items_of(url, thread):
        key = (item["PK"]["S"], item["SK"]["S"])
        found += [
            Cell(table, key, name, next(iter(value.values())))
            for name, value in item.items()
            if name not in ("PK", "SK")
        ]
    return found


def items_of(url: str, thread: str) -> list[dict[str, Any]]:
    """A run's items of a DynamoDB table."""
    client, table = client_of(url)
    pages = client.get_paginator("scan").paginate(TableName=table)
    return [item for page in pages for item in page["Items"] if thread in item["PK"]["S"]]


def _write_dynamodb(url: str, cells: dict[Cell, Any]) -> None:
    client, table = client_of(url)
    for cell, value in cells.items():
        kind = "B" if isinstance(value, bytes) else "N" if cell.column == "idx" else "S"
        client.update_item(
            TableName=table,
            Key={"PK": {"S": cell.row[0]}, "SK": {"S": cell.row[1]}},
            UpdateExpression="SET #c = :v",
            ExpressionAttributeNames={"#c": cell.column},
            ExpressionAttributeValues={":v": {kind: value}},
        )
