"""Runs of the small graph in processes of their own that can be killed: copies of one that has imported all."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

WARMED = (
    "gonogo.graph.saver_dynamodb",
    "gonogo.graph.saver_postgres",
    "langgraph.checkpoint.sqlite",
    "tests.savers.conftest",
    "tests.savers.small",
)
WARM = "from tests.savers.nursery import serve; serve()"


class Nursery:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def start(self, url: str, thread: str, copies: int = 1) -> int:
        """Begins a run, or goes on with one, in that many processes at once: the id of the first."""
        assert self._process.stdin
        self._process.stdin.write(f"{url}\t{thread}\t{copies}\n")
        self._process.stdin.flush()
        return int(self._line())

    def wait(self) -> list[int]:
        """The exit codes, minus the signal where one ended it."""
        return [int(code) for code in self._line().split()]

    def _line(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the nursery died"
        return line


@contextmanager
def nursery() -> Iterator[Nursery]:
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", WARM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    try:
        yield Nursery(process)
    finally:
        assert process.stdin
        assert process.stdout
        process.stdin.close()
        process.wait(timeout=60)
        process.stdout.close()


def serve() -> None:
    """The nursery's own loop."""
    from gonogo.agents.asking.environment import settle_environment

    gc.disable()  # a copy lives for a second: looking for garbage, it would go through all that was imported
    settle_environment()
    for name in WARMED:
        import_module(name)
    for line in sys.stdin:
        url, thread, copies = line.rstrip("\n").split("\t")
        children = [_copy(url, thread if copies == "1" else f"{thread}-{number}") for number in range(int(copies))]
        sys.stdout.write(f"{children[0]}\n")
        sys.stdout.flush()
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        sys.stdout.write(" ".join(map(str, codes)) + "\n")
        sys.stdout.flush()
    os._exit(0)  # taking all that was imported apart again takes seconds


def _copy(url: str, thread: str) -> int:
    from gonogo.graph.savers import open_saver
    from tests.savers.conftest import KEY
    from tests.savers.small import expected, go_on

    child = os.fork()
    if child:
        return child
    code = 1
    try:
        with open_saver(url, key=KEY) as saver:
            code = 0 if go_on(saver, thread) == expected() else 2
    finally:
        os._exit(code)
