"""Where a run's checkpoints are kept: in memory, in a file, in PostgreSQL, or in a DynamoDB table."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver

from gonogo.graph.sealed import ChangedCheckpointError as ChangedCheckpointError
from gonogo.graph.sealed import CheckpointError as CheckpointError
from gonogo.graph.sealed import SealedSaver, SealedSerializer

CONNECT_SECONDS = 5
BUSY_SECONDS = 30
_PHRASES = (
    "disk is full",
    "readonly database",
    "database is locked",
    "not a database",
    "malformed",
    "unable to open",
    "disk i/o error",
)
SETUP_LOCK = 0x676F6E6F
"""The advisory lock under which one process at a time sets PostgreSQL's tables up."""


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
            raise CheckpointError(f"{path}: checkpoints can't be kept there ({_why(error)}): check it.") from error

    with guarding():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
        stack.callback(connection.close)
        saver = SqliteSaver(connection, serde=SealedSerializer(key))
        saver.setup()
    return SealedSaver(saver, key, guarding)


def _why(error: Exception) -> str:
    """What SQLite says, where it is one of its own phrases: others repeat what is stored."""
    text = str(error).lower()
    return next((phrase for phrase in _PHRASES if phrase in text), type(error).__name__)


def _postgres(stack: ExitStack, url: str, key: bytes) -> BaseCheckpointSaver[Any]:
    import psycopg
    from langgraph.checkpoint.postgres import PostgresSaver
    from psycopg.rows import dict_row

    shown = urlsplit(url).hostname or "the local server"

    @contextmanager
    def guarding() -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            kind = type(error).__name__
            raise CheckpointError(f"PostgreSQL at {shown}: checkpoints can't be kept there ({kind}).") from error

    with guarding():
        connection: Any = psycopg.connect(
            url, autocommit=True, prepare_threshold=0, row_factory=dict_row, connect_timeout=CONNECT_SECONDS
        )
        stack.callback(connection.close)
        saver = PostgresSaver(connection, serde=SealedSerializer(key))
        connection.execute("SELECT pg_advisory_lock(%s)", (SETUP_LOCK,))
        try:
            saver.setup()
        finally:
            connection.execute("SELECT pg_advisory_unlock(%s)", (SETUP_LOCK,))
    return SealedSaver(saver, key, guarding)


def _dynamodb(stack: ExitStack, url: str, key: bytes) -> BaseCheckpointSaver[Any]:
    try:
        from langgraph_checkpoint_aws import DynamoDBSaver
    except ImportError as error:
        raise CheckpointError("checkpoints on DynamoDB need a package: pip install 'gonogo[dynamodb]'.") from error
    from botocore.exceptions import BotoCoreError, ClientError

    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}

    @contextmanager
    def guarding() -> Iterator[None]:
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            code = getattr(error, "response", {}).get("Error", {}).get("Code") or type(error).__name__
            raise CheckpointError(f"the DynamoDB table {parts.netloc}: can't be used ({code}).") from error

    with guarding():
        saver = DynamoDBSaver(parts.netloc, region_name=options.get("region"), endpoint_url=options.get("endpoint_url"))
        saver.client.meta.events.register("before-parameter-build.dynamodb.*", _read_consistently)
    saver.serde = SealedSerializer(key)
    saver.serializer.serde = saver.serde
    return SealedSaver(saver, key, guarding)


def _read_consistently(params: dict[str, Any], model: Any, **rest: Any) -> None:
    """Else a run could go on from an older checkpoint than the one that it wrote last."""
    if model.name in ("Query", "GetItem", "Scan"):
        params["ConsistentRead"] = True
    if model.name == "BatchGetItem":
        for table in params.get("RequestItems", {}).values():
            table["ConsistentRead"] = True
