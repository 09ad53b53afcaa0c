"""Checkpoints that somebody changed: no code in them runs, nothing of them is decoded, and no run goes on from them."""

from __future__ import annotations

import json
import pickle
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ormsgpack
import pytest
from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

from gonogo.graph.savers import open_saver
from gonogo.graph.sealed import ChangedCheckpointError, CheckpointError, SealedSerializer
from tests.savers.conftest import KEY

THREAD, OTHER = "run-one", "run-two"
CASES = 200


class State(TypedDict, total=False):
    results: dict[str, Any]
    name: str


class StopError(Exception):
    pass


def first(state: State) -> State:
    return {"results": {"security": {"status": "fail"}}}


def second(state: State) -> State:
    if state["name"] == "stops":
        raise StopError
    return {"name": "done"}


def run(saver: Any, thread: str, given: State | None) -> Any:
    graph: Any = StateGraph(State)
    graph.add_node("first", first)
    graph.add_node("second", second)
    graph.add_edge(START, "first")
    graph.add_edge("first", "second")
    graph.add_edge("second", END)
    return graph.compile(checkpointer=saver).invoke(given, {"configurable": {"thread_id": thread}}, durability="sync")


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs that stopped after their first step."""
    path = tmp_path_factory.mktemp("poison") / "checkpoints.sqlite"
    with open_saver(f"sqlite:///{path}", key=KEY) as saver:
        for thread in (THREAD, OTHER):
            with pytest.raises(StopError):
                run(saver, thread, {"name": "stops", "results": {}})
    return path


@contextmanager
def changed(stopped: Path, folder: Path, *statements: tuple[str, tuple[Any, ...]]) -> Iterator[str]:
    path = folder / "checkpoints.sqlite"
    for end in ("", "-wal"):
        source = stopped.with_name(stopped.name + end)
        if source.exists():
            path.with_name(path.name + end).write_bytes(source.read_bytes())
    connection = sqlite3.connect(path)
    with connection:
        for statement, values in statements:
            connection.execute(statement, values)
    connection.close()
    yield f"sqlite:///{path}"


class Canary:
    """What a pickle of it does when it is loaded: makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


def payloads(canary: Path) -> dict[str, tuple[str, bytes]]:
    """Values that would run code, by kind and bytes, as a database could hold them."""
    call = ormsgpack.packb(["pathlib", "Path", [str(canary)], "touch"])
    extension = ormsgpack.packb(
        {"x": ormsgpack.Ext(0, call), "y": ormsgpack.Ext(2, call), "z": ormsgpack.Ext(5, call)},
    )
    constructor = {"lc": 2, "type": "constructor", "id": ["pathlib", "Path", "touch"], "args": [str(canary)]}
    return {
        "pickle": ("pickle", pickle.dumps(Canary(canary))),
        "msgpack": ("msgpack", extension),
        "json": ("json", json.dumps(constructor).encode()),
        "sealed pickle": ("sealed", b"\0" * 32 + b"pickle\0" + pickle.dumps(Canary(canary))),
        "sealed msgpack": ("sealed", b"\0" * 32 + b"msgpack\0" + extension),
        "empty": ("sealed", b""),
        "null": ("null", b""),
        "bytes": ("bytes", b"GO"),
    }


@pytest.mark.parametrize("name", sorted(payloads(Path("x"))))
@pytest.mark.parametrize("table", ["checkpoints", "writes"])
def test_code_in_a_checkpoint_does_not_run(name: str, table: str, stopped: Path, tmp_path: Path) -> None:
    canary = tmp_path / "ran"
    kind, data = payloads(canary)[name]
    column = "checkpoint" if table == "checkpoints" else "value"
    statement = (f"UPDATE {table} SET type = ?, {column} = ?", (kind, data))
    with (
        changed(stopped, tmp_path, statement) as url,
        open_saver(url, key=KEY) as saver,
        pytest.raises(ChangedCheckpointError),
    ):
        saver.get_tuple({"configurable": {"thread_id": THREAD}})
        list(saver.list({"configurable": {"thread_id": THREAD}}))
    assert not canary.exists()


SWAPS = {
    "another thread's checkpoint": (
        "UPDATE checkpoints SET checkpoint = (SELECT checkpoint FROM checkpoints WHERE thread_id = 'run-two' LIMIT 1) "
        "WHERE thread_id = 'run-one'"
    ),
    "a thread's whole state under another name": (
        "UPDATE checkpoints SET thread_id = 'run-three' WHERE thread_id = 'run-two'"
    ),
    "metadata": "UPDATE checkpoints SET metadata = '{\"step\": 7}' WHERE thread_id = 'run-one'",
    "the parent": "UPDATE checkpoints SET parent_checkpoint_id = checkpoint_id WHERE thread_id = 'run-one'",
    "a write under another task": "UPDATE writes SET task_id = 'other' WHERE thread_id = 'run-one'",
    "a write in another channel": "UPDATE writes SET channel = 'name' WHERE thread_id = 'run-one'",
    "another thread's writes": (
        "UPDATE writes SET value = (SELECT value FROM writes WHERE thread_id = 'run-two' LIMIT 1) "
        "WHERE thread_id = 'run-one'"
    ),
}


@pytest.mark.parametrize("name", SWAPS)
def test_what_belongs_elsewhere_is_refused(name: str, stopped: Path, tmp_path: Path) -> None:
    with (
        changed(stopped, tmp_path, (SWAPS[name], ())) as url,
        open_saver(url, key=KEY) as saver,
        pytest.raises(ChangedCheckpointError),
    ):
        for thread in (THREAD, "run-three"):
            list(saver.list({"configurable": {"thread_id": thread}}))


def test_a_forged_value_is_refused_however_it_is_changed(stopped: Path, tmp_path: Path) -> None:
    """Bits flipped, bytes cut off and added, kinds swapped, at places by chance."""
    with sqlite3.connect(stopped) as connection:
        rows = connection.execute("SELECT rowid, checkpoint FROM checkpoints WHERE thread_id = ?", (THREAD,)).fetchall()
    connection.close()
    for number in range(CASES):
        chance = random.Random(number)
        rowid, data = chance.choice(rows)
        bad = bytearray(data)
        how = chance.randrange(4)
        if how == 0:
            bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
        elif how == 1:
            bad = bad[: chance.randrange(len(bad))]
        elif how == 2:
            bad += bytes([chance.randrange(256)])
        else:
            at = chance.randrange(len(bad))
            bad = bad[:at] + bytes(chance.randrange(256) for _ in range(4)) + bad[at:]
        folder = tmp_path / str(number)
        folder.mkdir()
        statement = ("UPDATE checkpoints SET checkpoint = ? WHERE rowid = ?", (bytes(bad), rowid))
        with (
            changed(stopped, folder, statement) as url,
            open_saver(url, key=KEY) as saver,
            pytest.raises(ChangedCheckpointError),
        ):
            list(saver.list({"configurable": {"thread_id": THREAD}}))


def test_a_value_of_another_key_is_refused(make: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    url = make()
    with open_saver(url, key=KEY) as saver, pytest.raises(StopError):
        run(saver, THREAD, {"name": "stops", "results": {}})
    with open_saver(url, key=b"o" * 32) as saver, pytest.raises(ChangedCheckpointError):
        saver.get_tuple({"configurable": {"thread_id": THREAD}})
    with open_saver(url, key=KEY) as saver:
        assert saver.get_tuple({"configurable": {"thread_id": THREAD}}) is not None
        saver.delete_thread(THREAD)
        assert saver.get_tuple({"configurable": {"thread_id": THREAD}}) is None


def test_a_serializer_decodes_only_what_it_sealed() -> None:
    ours = SealedSerializer(KEY)
    for value in ({"a": [1, "x", None]}, "text", 3, b"bytes", None, [], {"deep": {"er": [True, 1.5]}}):
        assert ours.loads_typed(ours.dumps_typed(value)) == value
        with pytest.raises(ChangedCheckpointError):
            SealedSerializer(b"o" * 32).loads_typed(ours.dumps_typed(value))


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite:////proc/none/checkpoints.sqlite", "can't be kept there"),
        ("postgresql://127.0.0.1:1/none", "can't be kept there"),
        ("redis://localhost", "no place for checkpoints"),
    ],
)
def test_a_place_that_can_t_be_had_is_told(url: str, says: str) -> None:
    with pytest.raises(CheckpointError, match=says), open_saver(url, key=KEY):
        pass


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "checkpoints.sqlite").write_bytes(b"x" * 4096)
    url = f"sqlite:///{tmp_path}/checkpoints.sqlite"
    with pytest.raises(CheckpointError, match="can't be kept there"), open_saver(url, key=KEY):
        pass
