"""Checkpoints that nobody can change unseen: every part is sealed under a key that is not where they are stored.

A serializer seals each value, and its seal is verified before a byte of the value is decoded: what somebody put into
the database is never unpacked. A saver around the library's seals what goes together: which thread, which checkpoint,
which parent, which task, which channel. A whole older checkpoint of the same run can still be put in the newest one's
place: the steps after it then run again.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    get_checkpoint_id,
    get_checkpoint_metadata,
)
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

SEAL = "gonogo_seal"
SEAL_BYTES = 32
TYPE = "sealed"
Guarding = Callable[[], AbstractContextManager[None]]


class CheckpointError(Exception):
    """Checkpoints that can't be read or written. The message names the place and says what to do."""


class ChangedCheckpointError(CheckpointError):
    """A checkpoint is not what was stored: it was changed, or sealed under another key. Nothing of it was decoded."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the run's checkpoint is not what was stored ({what}): it is not used.")


class SealedSerializer:
    """Seals what a strict serializer makes: the seal goes before the bytes, over kind and bytes."""

    def __init__(self, key: bytes) -> None:
        self._key = hashlib.sha256(b"checkpoint value\0" + key).digest()
        self._inner = JsonPlusSerializer(pickle_fallback=False, allowed_msgpack_modules=None)

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        kind, data = self._inner.dumps_typed(obj)
        body = kind.encode() + b"\0" + data
        return TYPE, self._seal(body) + body

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        kind, found = data
        sealed = bytes(found) if isinstance(found, (bytes, bytearray, memoryview)) else b""
        seal, body = sealed[:SEAL_BYTES], sealed[SEAL_BYTES:]
        if kind != TYPE or not hmac.compare_digest(seal, self._seal(body)):
            raise ChangedCheckpointError("a value without its seal")
        inner, _, rest = body.partition(b"\0")
        return self._inner.loads_typed((inner.decode(), rest))

    def digest(self, obj: Any) -> str:
        """A hash of what a value is stored as."""
        kind, data = self._inner.dumps_typed(obj)
        return hashlib.sha256(kind.encode() + b"\0" + data).hexdigest()

    def _seal(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, "sha256")


class SealedSaver(BaseCheckpointSaver[Any]):
    """A saver whose checkpoints and writes verify, or raise ChangedCheckpointError. ``guarding`` turns a driver's
    errors into ours."""

    def __init__(self, inner: BaseCheckpointSaver[Any], key: bytes, guarding: Guarding) -> None:
        super().__init__(serde=inner.serde)
        self._inner, self._guarding = inner, guarding
        self._key = hashlib.sha256(b"checkpoint\0" + key).digest()
        self._values = SealedSerializer(key)

    @property
    def config_specs(self) -> list[Any]:
        return list(self._inner.config_specs)

    def get_next_version(self, current: Any, channel: None) -> Any:
        return self._inner.get_next_version(current, channel)

    def with_allowlist(self, extra_allowlist: Collection[tuple[str, ...]]) -> BaseCheckpointSaver[Any]:
        """LangGraph asks for room for the types of a graph's state: ours holds plain data, none is given."""
        return self

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        with self._guarding():
            found = self._inner.get_tuple(config)
        return None if found is None else self._opened(found)

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        with self._guarding():
            found = list(self._inner.list(config, filter=filter, before=before, limit=limit))
        yield from map(self._opened, found)

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        place = {**config["configurable"], "checkpoint_id": checkpoint["id"]}
        parent = config["configurable"].get("checkpoint_id")
        whole = get_checkpoint_metadata(config, metadata)  # as savers store it
        sealed: Any = {**whole, SEAL: self._seal(place, parent, checkpoint, whole)}
        with self._guarding():
            return self._inner.put(config, checkpoint, sealed, new_versions)

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        bound = [(channel, [self._bound(config, task_id, channel), value]) for channel, value in writes]
        with self._guarding():
            self._inner.put_writes(config, bound, task_id, task_path)

    def delete_thread(self, thread_id: str) -> None:
        with self._guarding():
            self._inner.delete_thread(thread_id)

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        return await asyncio.to_thread(self.get_tuple, config)

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        for found in await asyncio.to_thread(
            lambda: list(self.list(config, filter=filter, before=before, limit=limit))
        ):
            yield found

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        return await asyncio.to_thread(self.put, config, checkpoint, metadata, new_versions)

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        await asyncio.to_thread(self.put_writes, config, writes, task_id, task_path)

    async def adelete_thread(self, thread_id: str) -> None:
        await asyncio.to_thread(self.delete_thread, thread_id)

    def _opened(self, found: CheckpointTuple) -> CheckpointTuple:
        """What was found, if its seals hold."""
        place = found.config["configurable"]
        parent = (found.parent_config or {}).get("configurable", {}).get("checkpoint_id")
        metadata: Any = dict(found.metadata)
        seal = metadata.pop(SEAL, None)
        expected = self._seal(place, parent, found.checkpoint, metadata)
        if not isinstance(seal, str) or not hmac.compare_digest(seal, expected):
            raise ChangedCheckpointError("its parts do not belong together")
        writes = [
            (task, channel, self._unbound(found.config, task, channel, value))
            for task, channel, value in found.pending_writes or ()
        ]
        return found._replace(metadata=metadata, pending_writes=writes)

    def _seal(self, place: Mapping[str, Any], parent: str | None, checkpoint: Checkpoint, metadata: Any) -> str:
        rest = {name: value for name, value in checkpoint.items() if name != "channel_values"}
        values = {name: self._values.digest(value) for name, value in checkpoint["channel_values"].items()}
        where = (place["thread_id"], place.get("checkpoint_ns", ""), place["checkpoint_id"], parent)
        told = _canonical([*where, rest, values, {k: v for k, v in metadata.items() if k != SEAL}])
        return hmac.new(self._key, told, "sha256").hexdigest()

    def _bound(self, config: RunnableConfig, task: str, channel: str) -> str:
        place = config["configurable"]
        told = _canonical(
            [place["thread_id"], place.get("checkpoint_ns", ""), get_checkpoint_id(config), task, channel]
        )
        return hmac.new(self._key, b"write\0" + told, "sha256").hexdigest()

    def _unbound(self, config: RunnableConfig, task: str, channel: str, kept: Any) -> Any:
        if not isinstance(kept, list) or len(kept) != 2 or kept[0] != self._bound(config, task, channel):
            raise ChangedCheckpointError("a write of another step")
        return kept[1]


def _canonical(value: Any) -> bytes:
    """JSON in one form: some databases put the keys of objects into another order."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str).encode()
