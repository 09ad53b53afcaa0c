"""Reading in a second process: the same facts, whatever becomes of that process."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import AbstractContextManager, nullcontext

import pytest

from gonogo.facts.code import Code
from gonogo.facts.repository import Repository
from gonogo.model.target import Target
from gonogo.tools import collect
from gonogo.tools.ahead import start
from gonogo.tools.collect import Collector

forks = pytest.mark.skipif(
    sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2, reason="only where a second process is to be had"
)


def broken() -> None:
    raise ValueError


def killed() -> None:
    os._exit(1)


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "active_count", lambda: 1)


@forks
def test_the_result_comes_back() -> None:
    ahead = start(lambda: (os.getpid(), ("a", 1)))
    assert ahead is not None
    process, value = ahead.take()
    assert process != os.getpid()
    assert value == ("a", 1)


@forks
@pytest.mark.parametrize("work", [broken, killed])
def test_a_process_that_ends_without_a_result_says_nothing(work: object, capfd: pytest.CaptureFixture[str]) -> None:
    ahead = start(work)  # type: ignore[arg-type]
    assert ahead is not None
    assert ahead.take() is None
    assert capfd.readouterr().err == ""


def test_beside_other_threads_none_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    assert start(os.getpid) is None


@forks
@pytest.mark.parametrize("dies", [False, True])
def test_the_collector_has_the_facts_either_way(monkeypatch: pytest.MonkeyPatch, dies: bool) -> None:
    monkeypatch.setattr(collect, "MANY_FILES", 0)
    here, calls = os.getpid(), []

    def read(repository: Repository, target: Target) -> Code:
        if os.getpid() == here:
            calls.append("here")
        elif dies:
            killed()
        return Code()

    collector = Collector(Repository(), Target(name="x"), {"code": read})
    collector.start_ahead()
    told: list[str] = []

    def around(tool: str) -> AbstractContextManager[None]:
        told.append(tool)
        return nullcontext()

    assert collector.collect(("code",), around).code == Code()
    assert collector.collect(("code",), around).code == Code()
    assert calls == (["here"] if dies else [])
    assert told[0] == "code"
