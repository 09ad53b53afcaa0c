"""Commands of gonogo in processes of their own that can be killed, without importing everything again for each.

A nursery is one process that has audited something once, so that all is imported and made ready, and runs no threads;
each command is a copy of it.
"""

from __future__ import annotations

import gc
import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

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
    """Runs one command after the other; what they print goes to the folder, and the environment is beside the process's
    own."""

    process: subprocess.Popen[str]
    folder: Path
    environment: Mapping[str, str]
    count: int = 0

    def start(self, *arguments: str, many: Sequence[Path] = ()) -> Command:
        """Starts a command of gonogo; what it prints is in its ``output``."""
        self.count += 1
        output = self.folder / f"{self.count}.out"
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        wanted = {
            "arguments": arguments,
            "environment": {**self.environment},
            "output": str(output),
            "many": [*map(str, many)],
        }
        self.process.stdin.write(json.dumps(wanted) + "\n")
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
def nursery(environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """The process of a nursery, which has the environment beside this process's own."""
    process = subprocess.Popen(
        [sys.executable, "-c", WARM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        cwd=Path(__file__).parents[2],
    )
    try:
        yield process
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
    from tests.aws_models import share_models

    gc.disable()  # a copy lives for a second: looking for garbage, it would go through all that was imported
    settle_environment()
    share_models()
    for name in IMPORTS:
        import_module(name)
    _audit_something()
    assert threading.active_count() == 1, "a copy has no other thread, and would wait for what one of them held"
    for line in sys.stdin:
        wanted = json.loads(line)
        many = [_copy(wanted, output) for output in wanted["many"]]
        child = os.fork()
        if child == 0:
            if many:
                os._exit(0)
            _run(wanted, wanted["output"])
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        _, status = os.waitpid(child, 0)
        codes = [os.waitstatus_to_exitcode(status), *(os.waitstatus_to_exitcode(os.waitpid(c, 0)[1]) for c in many)]
        sys.stdout.write("".join(f"{code}\n" for code in codes))
        sys.stdout.flush()
    os._exit(0)  # taking all that was imported apart again takes seconds


def _audit_something() -> None:
    """Another service than any test's, with a store and a model: what is made at first use is there for all copies."""
    from tests.asking import write
    from tests.bedrock import serve as serve_model
    from tests.test_model_audit import MODEL, honest

    with TemporaryDirectory() as name, serve_model(honest) as server:
        folder = Path(name)
        kiosk = write(folder / "kiosk", {"kiosk.py": "print('open')\n"})
        asking = ["--model", MODEL, "--endpoint-url", server.url, "--store", f"sqlite:///{folder}/runs.sqlite"]
        os.environ["GONOGO_STATE"] = str(folder / "state")
        with redirect_stdout(io.StringIO()) as said, redirect_stderr(said):
            code = _gonogo(["audit", str(kiosk), *asking, "-f", "json"])
        assert code in (0, 1, 3), said.getvalue()


def _copy(wanted: Mapping[str, Any], output: str) -> int:
    child = os.fork()
    if child == 0:
        _run(wanted, output)
    return child


def _run(wanted: Mapping[str, Any], output: str) -> None:
    """The copy's part: never comes back."""
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for standard in (1, 2):
        os.dup2(descriptor, standard)
    os.close(0)
    os.environ.update(wanted["environment"])
    code = _gonogo(wanted["arguments"])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)


def _gonogo(arguments: list[str]) -> object:
    """Runs a command as the program does: what it exits with."""
    from gonogo.cli import main

    sys.argv = ["gonogo", *arguments]
    try:
        main()
    except SystemExit as end:
        return end.code
    return 0
