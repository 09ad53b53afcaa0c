"""Each cell that a database holds of a run's checkpoints, changed in turn: no code runs, and nothing of it is believed.

What comes of it is one of three: it is refused; or what is read is what was stored (the cell is one that nobody reads);
or something is missing, as if the run had been cut off earlier: its steps run again.
"""

from __future__ import annotations

import json
import pickle
import random
import sqlite3
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import botocore.exceptions
import ormsgpack
import psycopg
import pytest
from langgraph.checkpoint.base import CheckpointTuple

from gonogo.graph.savers import ChangedCheckpointError, CheckpointError, open_saver
from gonogo.graph.sealed import SealedSerializer
from tests.savers.cells import Cell, changed, client_of, items_of, read_cells
from tests.savers.conftest import KEY, KINDS, Place
from tests.savers.small import AREAS, BROKEN, StopError, config_of, expected, go_on, run

SHORT = {"sqlite": 60, "postgresql": 60, "dynamodb": 6}
LONG = {"sqlite": 5_000, "postgresql": 5_000, "dynamodb": 600}
FAST = [*KINDS[:2], pytest.param(KINDS[2], marks=pytest.mark.sweep)]
"""DynamoDB on loopback takes seconds for what the others do in a tenth of one."""
DRIVERS = (sqlite3.Error, psycopg.Error, botocore.exceptions.ClientError, botocore.exceptions.ParamValidationError)


class Canary:
    """What a pickle of it does when it is loaded: makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


def code_in(canary: Path) -> list[tuple[str, bytes]]:
    """Values that would run code where they are decoded, with the kind that asks for it."""
    call = ormsgpack.packb(["pathlib", "Path", [str(canary)], "touch"])
    constructor = {"lc": 2, "type": "constructor", "id": ["pathlib", "Path", "touch"], "args": [str(canary)]}
    return [
        ("pickle", pickle.dumps(Canary(canary))),
        *(("msgpack", ormsgpack.packb({"x": ormsgpack.Ext(code, call)})) for code in range(8)),
        ("json", json.dumps(constructor).encode()),
        ("sealed", b"\0" * 32 + b"pickle\0" + pickle.dumps(Canary(canary))),
        ("sealed", SealedSerializer(b"o" * 32).dumps_typed({"results": dict.fromkeys(AREAS, "pass")})[1]),
    ]


def stop(url: str, thread: str, mood: str) -> None:
    """A run that ended in the middle of its parallel step: one area failed, the writes of the others are kept."""
    with open_saver(url, key=KEY) as saver, pytest.raises(StopError):
        run(saver, thread, mood=mood, stops=True)


def read(url: str, thread: str) -> tuple[CheckpointTuple | None, list[CheckpointTuple]]:
    with open_saver(url, key=KEY) as saver:
        found = saver.get_tuple(config_of(thread))
        return found, list(saver.list(config_of(thread)))


class Poisoner:
    """Chooses what is put into cells, by chance."""

    def __init__(self, chance: random.Random, cells: Sequence[Cell], others: Sequence[Cell], canary: Path) -> None:
        self.chance, self.cells, self.others = chance, cells, others
        self.codes = code_in(canary)

    def poison(self) -> dict[Cell, Any]:
        if self.chance.random() < 0.3:
            return self._code()
        cell = self.chance.choice(self.cells)
        how = self.chance.choice((self._other, self._swapped, self._broken))
        return {cell: how(cell)}

    def _code(self) -> dict[Cell, Any]:
        """Code in the place of a value, with the kind that it is decoded by."""
        value = self.chance.choice([cell for cell in self.cells if isinstance(cell.value, bytes)])
        code = self.chance.choice(self.codes)
        row = [cell for cell in self.cells if (cell.table, cell.row) == (value.table, value.row)]
        kinds = {cell: code[0] for cell in row if cell.column == "type" and cell.value is not None}
        return {value: code[1], **kinds}

    def _other(self, cell: Cell) -> Any:
        """The same column of another run."""
        same = [other.value for other in self.others if (other.table, other.column) == (cell.table, cell.column)]
        return self.chance.choice(same) if same else cell.value

    def _swapped(self, cell: Cell) -> Any:
        """The same column of another row of this run."""
        return self.chance.choice(
            [other.value for other in self.cells if (other.table, other.column) == (cell.table, cell.column)]
        )

    def _broken(self, cell: Cell) -> Any:
        """Bits flipped, cut off, added to; or what no writer of ours would put there."""
        value, chance = cell.value, self.chance
        if isinstance(value, bytes) and value:
            at = chance.randrange(len(value))
            flipped = bytes([value[at] ^ 1 << chance.randrange(8)])
            return chance.choice((value[:at], value + b"x", value[:at] + flipped + value[at + 1 :], b"", value[::-1]))
        if isinstance(value, str):
            texts = ("", "é", "[" * 20_000, "[]", "5", "null", '{"gonogo_seal": "é"}', '{"gonogo_seal": 5}', "gzip")
            return chance.choice((*texts, value[:-1], value + "x", value.replace("fail", "pass")))
        return chance.choice((value, 1, 99))


def is_less(found: CheckpointTuple, stored: Sequence[CheckpointTuple]) -> bool:
    """Whether a checkpoint is one of the stored ones, perhaps without the writes of some tasks."""
    for one in stored:
        if found._replace(pending_writes=[]) == one._replace(pending_writes=[]):
            kept = Counter(map(repr, found.pending_writes or ()))
            all_of_it = Counter(map(repr, one.pending_writes or ()))
            if kept == all_of_it:
                return True
            tasks = {task for task, *_ in found.pending_writes or ()}
            of_those = [write for write in one.pending_writes or () if write[0] in tasks]
            return not kept - all_of_it and kept == Counter(map(repr, of_those))
    return False


def poison(kind: str, url: str, folder: Path, count: int) -> Counter[str]:
    """Changes that many cells, one after the other: how often which of the three came of it."""
    threads = f"{folder.name}-one", f"{folder.name}-two"
    for thread, mood in zip(threads, ("fail", "pass"), strict=True):
        stop(url, thread, mood)
    canary = folder / "ran"
    cells, others = (read_cells(url, thread) for thread in threads)
    newest, stored = read(url, threads[0])
    assert newest is not None
    assert newest.pending_writes
    came: Counter[str] = Counter()
    for number in range(count):
        poisoner = Poisoner(random.Random(f"{kind} {number}"), cells, others, canary)
        change = poisoner.poison()
        try:
            with changed(url, change):
                came[came_of(url, threads[0], newest, stored)] += 1
        except DRIVERS:
            came["the database refuses it"] += 1
        assert not canary.exists(), change
    assert read(url, threads[0]) == (newest, stored), "all was put back"
    return came


def came_of(url: str, thread: str, newest: CheckpointTuple, stored: list[CheckpointTuple]) -> str:
    """What reading a changed run comes to. Fails where something of it is believed that was not stored."""
    try:
        found, all_found = read(url, thread)
    except ChangedCheckpointError:
        return "refused"
    except CheckpointError:
        return "can't be read"
    if (found, all_found) == (newest, stored):
        return "not read"
    assert found is None or is_less(found, stored)
    assert all(is_less(one, stored) for one in all_found)
    return "missing"


@pytest.mark.parametrize("kind", KINDS)
def test_no_changed_cell_is_believed(kind: str, place: Place, tmp_path: Path) -> None:
    came = poison(kind, place(kind), tmp_path, SHORT[kind])
    assert came["refused"] > SHORT[kind] / 20, came  # which cells there are differs from run to run


@pytest.mark.sweep
@pytest.mark.parametrize("kind", KINDS)
def test_no_changed_cell_is_ever_believed(kind: str, place: Place, tmp_path: Path) -> None:
    came = poison(kind, place(kind), tmp_path, LONG[kind])
    assert came["refused"] > LONG[kind] / 3
    sys.stdout.write(f"{kind}: {dict(came)}\n")


@pytest.mark.parametrize("kind", FAST)
def test_forged_results_are_refused(kind: str, place: Place, tmp_path: Path) -> None:
    """All areas pass: as another key would seal it, as nobody sealed it, and as another run had it."""
    url, thread, other = place(kind), f"{tmp_path.name}-run", f"{tmp_path.name}-passing"
    stop(url, thread, "fail")
    stop(url, other, "pass")
    forged = {"results": dict.fromkeys(AREAS, "pass")}
    for cell in read_cells(url, thread):
        if not isinstance(cell.value, bytes) or cell.column == "metadata":
            continue
        for value in (
            SealedSerializer(b"o" * 32).dumps_typed(forged)[1],
            ormsgpack.packb(forged),
            next(c.value for c in read_cells(url, other) if (c.table, c.column) == (cell.table, cell.column)),
        ):
            with changed(url, {cell: value}), pytest.raises(ChangedCheckpointError):
                read(url, thread)


@pytest.mark.parametrize("kind", FAST)
def test_what_is_gone_runs_again(kind: str, place: Place, tmp_path: Path) -> None:
    """Nobody can tell that an older checkpoint was put in the place of the newest, or that writes were deleted: the
    steps run again, and come to the same."""
    url = place(kind)
    for number in range(3):
        thread = f"{tmp_path.name}-{number}"
        stop(url, thread, "fail")
        newest, stored = read(url, thread)
        assert newest is not None
        for checkpoint in stored[:number]:
            drop(url, thread, checkpoint.config["configurable"]["checkpoint_id"])
        ran: list[str] = []
        with open_saver(url, key=KEY) as saver:
            assert go_on(saver, thread, ran) == expected()
        assert ("survey" in ran) == (number > 1)
        again = {area for area in ran if area in AREAS}
        assert again == ({BROKEN} if number == 0 else set(AREAS))


@pytest.mark.parametrize("kind", KINDS)
def test_a_write_that_is_gone_takes_those_of_its_task_along(kind: str, place: Place, tmp_path: Path) -> None:
    """Else an area whose ``Send`` somebody deleted would never be looked at."""
    url, thread = place(kind), f"{tmp_path.name}-run"
    stop(url, thread, "fail")
    _, stored = read(url, thread)
    drop(url, thread, stored[0].config["configurable"]["checkpoint_id"])
    deleted = drop_a_send(url, thread)
    assert deleted == 1
    ran: list[str] = []
    with open_saver(url, key=KEY) as saver:
        assert go_on(saver, thread, ran) == expected()
    assert ran.count("survey") == 1
    assert set(AREAS) <= set(ran)


def drop(url: str, thread: str, checkpoint: str) -> None:
    """Deletes a checkpoint with its writes."""
    if url.startswith("dynamodb"):
        client, table = client_of(url)
        for item in items_of(url, thread):
            if checkpoint in item["PK"]["S"] + item["SK"]["S"]:
                client.delete_item(TableName=table, Key={"PK": item["PK"], "SK": item["SK"]})
        return
    writes = "writes" if url.startswith("sqlite") else "checkpoint_writes"
    for name in ("checkpoints", writes):
        execute(url, f"DELETE FROM {name} WHERE checkpoint_id = '{checkpoint}'")


def drop_a_send(url: str, thread: str) -> int:
    """Deletes one of the survey's writes, which sends to a specialist: how many that were."""
    if url.startswith("dynamodb"):
        client, table = client_of(url)
        keys = [
            {"PK": item["PK"], "SK": item["SK"]}
            for item in items_of(url, thread)
            if item.get("channel", {}).get("S") == "__pregel_tasks"
        ]
        client.delete_item(TableName=table, Key=keys[3])
        return 1
    writes = "writes" if url.startswith("sqlite") else "checkpoint_writes"
    return execute(
        url,
        f"DELETE FROM {writes} WHERE channel = '__pregel_tasks' AND thread_id = '{thread}' AND idx = "
        f"(SELECT max(idx) FROM {writes} WHERE channel = '__pregel_tasks' AND thread_id = '{thread}')",
    )


def execute(url: str, statement: str) -> int:
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            count = connection.execute(statement).rowcount
        connection.close()
        return count
    with psycopg.connect(url) as server:
        return server.execute(statement.encode()).rowcount
