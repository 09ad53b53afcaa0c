"""Checkpoints that nobody can change unseen: every part is sealed under a key that is not where they are stored.

A serializer seals each value, and its seal is verified before a byte of the value is decoded: what somebody put into
the database is never unpacked. A saver around the library's seals what goes together: which thread, which checkpoint,
which parent, which task, which channel, and which write before it. That covers what the libraries store beside the
serializer: metadata and versions as JSON, numbers and texts of the state in PostgreSQL's. They are read as JSON before
their seal is verified, which makes nothing but plain data.

What a seal can't tell: that something is gone. A whole older checkpoint of the same run can be put in the newest one's
place, and the writes of a step can be deleted: what came after it then runs again. Writes that are there in part, since
somebody deleted some or a process was killed between two of them, count as none.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    get_checkpoint_id,
    get_serializable_checkpoint_metadata,
)
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

SEAL = "gonogo_seal"
SEAL_BYTES = 32
TYPE = "sealed"
UNREADABLE = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)
"""What a reader raises at data that is not what a writer of its own made."""
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
        with self._reading():
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
        with self._reading():
            found = [*map(self._opened, self._inner.list(config, filter=filter, before=before, limit=limit))]
        yield from found

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        place = {**config["configurable"], "checkpoint_id": checkpoint["id"]}
        parent = config["configurable"].get("checkpoint_id")
        whole = get_serializable_checkpoint_metadata(config, metadata)
        sealed: Any = {**whole, SEAL: self._seal(place, parent, checkpoint, whole)}
        # Each saver adds other parts of the configuration's metadata: they are in it already.
        bare: RunnableConfig = {"configurable": config["configurable"]}
        with self._guarding():
            return self._inner.put(bare, checkpoint, sealed, new_versions)

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        bound = [
            (channel, [self._bound(config, task_id, channel, place), *place, value])
            for (channel, value), place in zip(writes, _places(writes), strict=True)
        ]
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

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            with self._guarding():
                yield
        except UNREADABLE as error:
            raise ChangedCheckpointError("it can't be read") from error

    def _opened(self, found: CheckpointTuple) -> CheckpointTuple:
        """What was found, if its seals hold."""
        place = found.config["configurable"]
        parent = (found.parent_config or {}).get("configurable", {}).get("checkpoint_id")
        metadata: Any = dict(found.metadata)
        seal = metadata.pop(SEAL, None)
        expected = self._seal(place, parent, found.checkpoint, metadata)
        if not isinstance(seal, str) or not hmac.compare_digest(seal.encode(), expected.encode()):
            raise ChangedCheckpointError("its parts do not belong together")
        writes = [self._unbound(found.config, *write) for write in found.pending_writes or ()]
        return found._replace(metadata=metadata, pending_writes=_whole(writes))

    def _seal(self, place: Mapping[str, Any], parent: str | None, checkpoint: Checkpoint, metadata: Any) -> str:
        rest = {name: value for name, value in checkpoint.items() if name != "channel_values"}
        values = {name: self._values.digest(value) for name, value in checkpoint["channel_values"].items()}
        where = (place["thread_id"], place.get("checkpoint_ns", ""), place["checkpoint_id"], parent)
        told = _canonical([*where, rest, values, {k: v for k, v in metadata.items() if k != SEAL}])
        return hmac.new(self._key, told, "sha256").hexdigest()

    def _bound(self, config: RunnableConfig, task: str, channel: str, place: _Place) -> str:
        where = config["configurable"]
        told = _canonical(
            [where["thread_id"], where.get("checkpoint_ns", ""), get_checkpoint_id(config), task, channel, *place]
        )
        return hmac.new(self._key, b"write\0" + told, "sha256").hexdigest()

    def _unbound(self, config: RunnableConfig, task: str, channel: str, kept: Any) -> _Write:
        if isinstance(kept, list) and len(kept) == 5:
            seal, *told, value = kept
            place = _Place(*told)
            if seal == self._bound(config, task, channel, place):
                return _Write(task, channel, value, place)
        raise ChangedCheckpointError("a write of another step")


class _Place(NamedTuple):
    """Where a write stands among those of its task: its number, that of the one before, and whether it is the last.

    Those that tell of errors and interrupts have a fixed number each, and none before them.
    """

    number: int
    before: int | None
    is_last: bool


class _Write(NamedTuple):
    task: str
    channel: str
    value: Any
    place: _Place


def _places(writes: Sequence[tuple[str, Any]]) -> list[_Place]:
    ordinary = [number for number, (channel, _) in enumerate(writes) if channel not in WRITES_IDX_MAP]
    before = dict(zip(ordinary, [None, *ordinary], strict=False))
    return [
        _Place(number, before[number], number == ordinary[-1])
        if channel not in WRITES_IDX_MAP
        else _Place(WRITES_IDX_MAP[channel], None, False)
        for number, (channel, _) in enumerate(writes)
    ]


def _whole(writes: Sequence[_Write]) -> list[tuple[str, str, Any]]:
    """The writes of tasks that have all of theirs, in each task's order: of others those of errors and interrupts.

    A database that stores one after the other has a part of them when its writer is killed; LangGraph would take the
    task as done.
    """
    tasks: dict[str, dict[int, _Write]] = {}
    for write in writes:
        tasks.setdefault(write.task, {})[write.place.number] = write
    found: list[tuple[str, str, Any]] = []
    for numbered in tasks.values():
        places = [write.place for write in numbered.values()]
        is_whole = any(place.is_last for place in places) and all(
            place.before is None or place.before in numbered for place in places
        )
        found += [
            (write.task, write.channel, write.value)
            for number, write in sorted(numbered.items())
            if is_whole or number < 0
        ]
    return found


def _canonical(value: Any) -> bytes:
    """JSON in one form: some databases put the keys of objects into another order."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str).encode()
