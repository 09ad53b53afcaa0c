"""Commands of gonogo in processes of their own that can be killed, without importing everything again for each.

A nursery is one process that has imported all and runs no threads; each command is a copy of it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

WARM = "from tests.durable.nursery import serve; serve()"
IMPORTS = (
    "gonogo.run",
    "gonogo.cli",
    "gonogo.replaying",
    "gonogo.report.terminal",
    "langgraph.graph",
    "langgraph.checkpoint.sqlite",
    "langgraph.checkpoint.postgres",
    "langchain_aws",
    "opentelemetry.sdk.trace.export",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite",
)


@dataclass
class Command:
    """A command that runs. ``pid`` is its own."""

    nursery: subprocess.Popen[str]
    pid: int
    output: Path

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Sends a signal, if it still runs."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def wait(self) -> int:
        """Its exit code; minus the signal where one ended it."""
        assert self.nursery.stdout is not None
        line = self.nursery.stdout.readline()
        assert line, f"the nursery died: {self.output.read_text()}"
        return int(line)


@dataclass
class Nursery:
    """Runs one command after the other."""

    process: subprocess.Popen[str]
    folder: Path
    count: int = 0

    def start(self, *arguments: str, many: Sequence[Path] = ()) -> Command:
        """Starts a command of gonogo; what it prints is in its ``output``."""
        self.count += 1
        output = self.folder / f"{self.count}.out"
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(
            json.dumps({"arguments": arguments, "output": str(output), "many": [*map(str, many)]}) + "\n"
        )
        self.process.stdin.flush()
        return Command(self.process, int(self.process.stdout.readline()), output)

    def run_at_once(self, count: int, *arguments: str) -> list[tuple[int, str]]:
        """Runs a command in so many processes at the same time: their exit codes and what they printed."""
        outputs = [self.folder / f"at-once-{number}.out" for number in range(count)]
        command = self.start(*arguments, many=outputs)
        command.wait()
        assert self.process.stdout is not None
        codes = [int(self.process.stdout.readline()) for _ in outputs]
        return [(code, output.read_text()) for code, output in zip(codes, outputs, strict=True)]

    def run(self, *arguments: str) -> tuple[int, str]:
        """Runs a command to its end: exit code and what it printed."""
        command = self.start(*arguments)
        return command.wait(), command.output.read_text()


@contextmanager
def nursery(folder: Path, environment: Mapping[str, str]) -> Iterator[Nursery]:
    """A nursery whose commands have the environment beside this process's own."""
    folder.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-c", WARM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        cwd=Path(__file__).parents[2],
    )
    try:
        yield Nursery(process, folder)
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()


def serve() -> None:
    """The nursery's own loop."""
    from importlib import import_module

    from gonogo.agents.asking.environment import settle_environment

    settle_environment()
    for name in IMPORTS:
        import_module(name)
    for line in sys.stdin:
        wanted = json.loads(line)
        many = [_copy(wanted["arguments"], output) for output in wanted["many"]]
        child = os.fork()
        if child == 0:
            if many:
                os._exit(0)
            _run(wanted["arguments"], wanted["output"])
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        _, status = os.waitpid(child, 0)
        codes = [os.waitstatus_to_exitcode(status), *(os.waitstatus_to_exitcode(os.waitpid(c, 0)[1]) for c in many)]
        sys.stdout.write("".join(f"{code}\n" for code in codes))
        sys.stdout.flush()


def _copy(arguments: list[str], output: str) -> int:
    child = os.fork()
    if child == 0:
        _run(arguments, output)
    return child


def _run(arguments: list[str], output: str) -> None:
    """The copy's part: never comes back."""
    from gonogo.cli import main

    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for standard in (1, 2):
        os.dup2(descriptor, standard)
    os.close(0)
    sys.argv = ["gonogo", *arguments]
    code: object = 0
    try:
        main()
    except SystemExit as end:
        code = end.code
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)
