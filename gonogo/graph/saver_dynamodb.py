"""Checkpoints in a DynamoDB table, whose keys are the strings PK and SK."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph_checkpoint_aws import DynamoDBSaver

from gonogo.graph.saver_faults import told
from gonogo.graph.sealed import ChangedCheckpointError, CheckpointError, SealedSaver, SealedSerializer

CONNECT_SECONDS = 5
ANSWER_SECONDS = 15
ATTEMPTS = 3
MOST_BYTES = 350 * 1024
"""Of one value: an item of 400 KB is refused."""


def open_dynamodb(url: str, key: bytes) -> BaseCheckpointSaver[Any]:
    """A saver on a table that is there. Raises CheckpointError."""
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    where = f"the DynamoDB table {parts.netloc}"

    @contextmanager
    def guarding() -> Iterator[None]:
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise told(where, error) from error

    # It logs each error that it raises.
    logging.getLogger("langgraph_checkpoint_aws").addHandler(logging.NullHandler())
    try:
        with guarding():
            saver = DynamoDBSaver(
                parts.netloc,
                region_name=options.get("region"),
                endpoint_url=options.get("endpoint_url"),
                boto_config=Config(
                    connect_timeout=CONNECT_SECONDS,
                    read_timeout=ANSWER_SECONDS,
                    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                ),
            )
    except ValueError as error:
        raise CheckpointError(f"{where}: its endpoint_url can't be read: give http:// or https://.") from error
    saver.client.meta.events.register("before-parameter-build.dynamodb.*", _read_consistently)
    saver.serde = SealedSerializer(key)
    saver.serializer = saver.repo.serializer = _Plain(saver.serde, where)
    with guarding():
        saver.get_tuple({"configurable": {"thread_id": "-"}})
    return SealedSaver(saver, key, guarding)


class _Plain:
    """In the place of the library's serializer, which unpacks what is marked as compressed before its seal is read."""

    def __init__(self, sealed: SealedSerializer, where: str) -> None:
        self._sealed, self._where = sealed, where

    def serialize(self, value: Any) -> tuple[str, bytes, None]:
        kind, data = self._sealed.dumps_typed(value)
        if len(data) > MOST_BYTES:
            size = f"{len(data) // 1024} KB"
            raise CheckpointError(f"{self._where}: a checkpoint of {size} is more than an item holds: give another.")
        return kind, data, None

    def deserialize(self, kind: str, data: bytes, compression: object = None) -> Any:
        if compression is not None:
            raise ChangedCheckpointError("it is compressed")
        return self._sealed.loads_typed((kind, data))


def _read_consistently(params: dict[str, Any], model: Any, **rest: Any) -> None:
    """Else a run could go on from an older checkpoint than the one that it wrote last."""
    if model.name in ("Query", "GetItem", "Scan"):
        params["ConsistentRead"] = True
    if model.name == "BatchGetItem":
        for table in params.get("RequestItems", {}).values():
            table["ConsistentRead"] = True
