"""Where a run's checkpoints are kept: in memory, in a file, in PostgreSQL, or in a DynamoDB table."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver

from gonogo.graph.saver_faults import told
from gonogo.graph.sealed import ChangedCheckpointError as ChangedCheckpointError
from gonogo.graph.sealed import CheckpointError as CheckpointError
from gonogo.graph.sealed import SealedSaver, SealedSerializer

BUSY_SECONDS = 30


@contextmanager
def open_saver(url: str | None, *, key: bytes | None) -> Iterator[BaseCheckpointSaver[Any]]:
    """A saver at a URL, sealed under the key; one in memory without a URL. Raises CheckpointError, also later on, when
    a checkpoint can't be written or is not what was stored."""
    assert os.environ.get("LANGGRAPH_STRICT_MSGPACK") == "true", "settle_environment comes first"
    if url is None:
        yield InMemorySaver()
        return
    assert key is not None, "what is stored is sealed"
    kind = url.partition(":")[0]
    opening = {"sqlite": _sqlite, "postgresql": _postgres, "postgres": _postgres, "dynamodb": _dynamodb}.get(kind)
    if opening is None:
        raise CheckpointError(
            f"{kind}: is no place for checkpoints: give sqlite:///FILE, postgresql:// or dynamodb://."
        )
    with ExitStack() as stack:
        yield opening(stack, url, key)


def _sqlite(stack: ExitStack, url: str, key: bytes) -> BaseCheckpointSaver[Any]:
    from langgraph.checkpoint.sqlite import SqliteSaver

    path = Path(url.removeprefix("sqlite:///"))

    @contextmanager
    def guarding() -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise told(str(path), error) from error

    with guarding():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
        stack.callback(connection.close)
        _write_ahead(connection)
        saver = SqliteSaver(connection, serde=SealedSerializer(key))
        saver.setup()
    return SealedSaver(saver, key, guarding)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """The first process of several does it. The others are refused at once, whatever time they were given to wait."""
    end = time.monotonic() + BUSY_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.02)


def _postgres(stack: ExitStack, url: str, key: bytes) -> BaseCheckpointSaver[Any]:
    from gonogo.graph.saver_postgres import open_postgres

    return open_postgres(stack, url, key)


def _dynamodb(stack: ExitStack, url: str, key: bytes) -> BaseCheckpointSaver[Any]:
    try:
        from gonogo.graph.saver_dynamodb import open_dynamodb
    except ImportError as error:
        raise CheckpointError("checkpoints on DynamoDB need a package: pip install 'gonogo[dynamodb]'.") from error
    return open_dynamodb(url, key)
