"""A run that is killed while it writes goes on to the same end, wherever that was."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from gonogo.graph.savers import CheckpointError, open_saver
from tests.savers.cells import read_cells
from tests.savers.conftest import KEY, Place
from tests.savers.nursery import Nursery, nursery
from tests.savers.small import AREAS, build, config_of, expected, go_on, run

KILLS = 20
MANY = 20
MOST = 100


@pytest.fixture(scope="module")
def processes() -> Iterator[Nursery]:
    with nursery() as found:
        yield found


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_killed_run_goes_on(kind: str, place: Place, processes: Nursery) -> None:
    url = place(kind)
    seconds = 0.0
    for thread in ("first", "unbroken"):  # the first one makes the tables
        started = time.monotonic()
        processes.start(url, thread)
        assert processes.wait() == [0]
        seconds = time.monotonic() - started
    chance, killed, number, cut = random.Random(kind), 0, 0, 0
    while killed < KILLS:
        number += 1
        assert number < 10 * KILLS, "runs end before they are killed"
        thread = f"run-{number}"
        child = processes.start(url, thread)
        time.sleep(chance.uniform(0, seconds))
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        (code,) = processes.wait()
        assert code in (0, -signal.SIGKILL)
        killed += code != 0
        with open_saver(url, key=KEY) as saver:
            found = saver.get_tuple(config_of(thread))
            cut += found is not None and "verdict" not in found.checkpoint["channel_values"]
            ran: list[str] = []
            assert go_on(saver, thread, ran) == expected()
            assert saver.get_tuple(config_of(thread)) is not None
    assert cut > 3, "runs were killed between their first checkpoint and their last"


class CutError(Exception):
    """What a process that is killed would not live to see."""


@pytest.mark.parametrize("number", [2, 9, 20, 24, 50])
def test_a_run_that_is_killed_between_two_writes_goes_on(number: int, place: Place) -> None:
    """DynamoDB takes one item after the other: cut off before one of them."""
    assert cut_and_go_on(place("dynamodb"), number)


@pytest.mark.sweep
def test_a_run_that_is_killed_between_any_two_writes_goes_on(place: Place) -> None:
    url, number = place("dynamodb"), 1
    while cut_and_go_on(url, number):
        number += 1
    assert number > 60
    sys.stdout.write(f"cut before each of {number - 1} items: the same end\n")


def cut_and_go_on(url: str, number: int) -> bool:
    """Whether there was so much to write."""
    thread = f"cut-{number}-"
    is_cut = cut_at(url, thread, number)
    with open_saver(url, key=KEY) as saver:
        assert go_on(saver, thread) == expected(), f"cut before item {number}"
    return is_cut


def cut_at(url: str, thread: str, number: int) -> bool:
    """Runs until so many items are written; whether it came to that."""
    count = [0]

    def before(**rest: Any) -> None:
        count[0] += 1
        if count[0] >= number:
            raise CutError

    with open_saver(url, key=KEY) as saver:
        client: Any = saver._inner.client  # type: ignore[attr-defined]
        client.meta.events.register("before-call.dynamodb.PutItem", before)
        try:
            run(saver, thread)
        except CutError:
            return True
        return False


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_many_processes_may_be_the_first(kind: str, place: Place, processes: Nursery) -> None:
    """They set an empty place up beside each other."""
    at_once(kind, place, processes, MANY)


@pytest.mark.sweep
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_hundred_processes_may_be_the_first(kind: str, place: Place, processes: Nursery) -> None:
    started = time.monotonic()
    at_once(kind, place, processes, MOST)
    sys.stdout.write(f"{kind}: {MOST} runs at once on an empty place in {time.monotonic() - started:.1f} s\n")


def at_once(kind: str, place: Place, processes: Nursery, count: int) -> None:
    url = place(kind)
    processes.start(url, "beside", copies=count)
    assert processes.wait() == [0] * count
    with open_saver(url, key=KEY) as saver:
        for number in range(count):
            assert build(saver).get_state(config_of(f"beside-{number}")).values == expected()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "dynamodb"])
def test_a_run_can_be_deleted(kind: str, place: Place) -> None:
    """All of it, of no other run, and twice; and nothing that was never there."""
    url = place(kind)
    with open_saver(url, key=KEY) as saver:
        for thread in ("gone", "stays"):
            run(saver, thread)
        for _ in range(2):
            saver.delete_thread("gone")
        saver.delete_thread("never")
        assert saver.get_tuple(config_of("gone")) is None
        assert not list(saver.list(config_of("gone")))
        assert build(saver).get_state(config_of("stays")).values == expected()
    assert not read_cells(url, "gone")
    assert read_cells(url, "stays")


def test_threads_share_a_saver(place: Place) -> None:
    from concurrent.futures import ThreadPoolExecutor

    for kind in ("sqlite", "postgresql"):
        with open_saver(place(kind), key=KEY) as saver, ThreadPoolExecutor(8) as pool:
            ends = list(pool.map(lambda number: run(saver, f"thread-{number}"), range(16)))
        assert ends == [expected()] * 16


def test_sends_keep_their_order(place: Place) -> None:
    """A database that orders by text has the eleventh write before the third; LangGraph names tasks by their number."""
    url = place("dynamodb")
    with open_saver(url, key=KEY) as saver:
        run(saver, "ordered")
        survey = list(saver.list(config_of("ordered")))[-2]
    sends = [value.arg["area"] for _, channel, value in survey.pending_writes or () if channel == "__pregel_tasks"]
    assert sends == AREAS


def test_a_checkpoint_that_is_too_big_for_an_item_is_told(place: Place) -> None:
    with open_saver(place("dynamodb"), key=KEY) as saver, pytest.raises(CheckpointError, match="more than an item"):
        run(saver, "big", mood="x" * 400_000)
