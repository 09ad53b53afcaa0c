"""Audits that are killed at random moments and resumed, against a scripted Bedrock, and what may never come of it."""

from __future__ import annotations

import json
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from typing import Any

from tests.asking import write
from tests.bedrock import Request, Scripted, Server, serve
from tests.conftest import SHOP
from tests.durable.nursery import Nursery
from tests.test_model_audit import MODEL, honest

MOST_KILLS = 3
ANSWER_SECONDS = 0.02
"""How long the scripted model takes, so that some calls are under way when a run is killed."""
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass
class Ground:
    """Where runs are killed: the target, the model and the commands; ``expected`` is the report of an unbroken run."""

    target: Path
    server: Server
    nursery: Nursery
    options: tuple[str, ...]
    expected: dict[str, Any]
    seconds: float
    """How long the unbroken run took."""
    seen: list[str] = field(default_factory=list)
    """The runs as they were first seen: of two that began within a second the store does not say which was first."""

    def asked_since(self, number: int) -> Counter[str]:
        """How often each call was answered since then."""
        return Counter(json.dumps(request.body, sort_keys=True) for request in self.server.requests[number:])

    def rows(self) -> list[dict[str, Any]]:
        """The runs of the store."""
        code, out = self.nursery.run("runs", "list", "--limit", "1000", "--json", *self._store())
        assert code == 0, out
        found: list[dict[str, Any]] = json.loads(out)
        self.seen += [row["run"] for row in reversed(found) if row["run"] not in self.seen]
        return found

    def newest(self) -> dict[str, Any]:
        """The run that was seen last."""
        rows = {row["run"]: row for row in self.rows()}
        return rows[self.seen[-1]]

    def report(self, run: str) -> dict[str, Any]:
        """A run's report, but for the time that it tells."""
        code, out = self.nursery.run("runs", "show", run, "-f", "json", *self._store())
        assert code == 0, out
        return untimed(json.loads(out))

    def verify(self) -> str:
        """What is not what was stored; empty where all is."""
        code, out = self.nursery.run("runs", "verify", *self._store())
        return "" if code == 0 else out

    def _store(self) -> tuple[str, ...]:
        at = self.options.index("--store") if "--store" in self.options else None
        return () if at is None else self.options[at : at + 2]


@contextmanager
def ground(folder: Path, process: Popen[str], options: tuple[str, ...] = ()) -> Iterator[Ground]:
    """A target, a model and the commands of that nursery, after one unbroken run."""

    def script(request: Request) -> Scripted:
        time.sleep(ANSWER_SECONDS)
        return honest(request)

    target = write(folder / "shop", SHOP)
    (folder / "out").mkdir()
    commands = Nursery(process, folder / "out", {**CREDENTIALS, "GONOGO_STATE": str(folder / "state")})
    with serve(script) as server:
        asking = ("--model", MODEL, "--endpoint-url", server.url)
        told: list[str] = []
        seconds = 0.0
        for _ in range(2):  # the first one makes the store
            started = time.monotonic()
            code, out = commands.run("audit", str(target), *asking, *options, "--quiet", "-f", "json")
            seconds = time.monotonic() - started
            assert code == 1, out
            told.append(out)
        assert untimed(json.loads(told[0])) == untimed(json.loads(told[1]))
        yield Ground(target, server, commands, (*asking, *options), untimed(json.loads(told[1])), seconds)


def storm(ground: Ground, number: int) -> int:
    """One run, killed up to three times at moments that the number chooses, and resumed. Gives how often it was."""
    chance = random.Random(number)
    kills = 0
    known = {row["run"] for row in ground.rows()}
    before = len(ground.server.requests)
    wanted = chance.randint(1, MOST_KILLS)
    run: str | None = None
    while True:
        if run is None:
            command = ground.nursery.start("audit", str(ground.target), *ground.options, "--quiet", "-f", "json")
        else:
            command = ground.nursery.start("runs", "resume", run, *_keeping(ground.options), "--quiet", "-f", "json")
        if kills < wanted:
            time.sleep(chance.uniform(0, ground.seconds))
            command.kill()
        code = command.wait()
        kills += code == -signal.SIGKILL
        new = [row for row in ground.rows() if row["run"] not in known]
        assert len(new) <= 1, "a run is there twice"
        if new:
            run = new[0]["run"]
            if new[0]["state"] == "finished":
                break
        assert code in (-signal.SIGKILL, 1), command.output.read_text()
    report = ground.report(run)
    assert report == ground.expected
    ids = [finding["id"] for finding in report["findings"]]
    assert len(ids) == len(set(ids))
    asked = ground.asked_since(before)
    assert max(asked.values()) <= 1 + kills, "an answer was paid for more than once more for each kill"
    return kills


def untimed(report: dict[str, Any]) -> dict[str, Any]:
    """The report without when it was made."""
    report["provenance"]["created"] = ""
    return report


def _keeping(options: tuple[str, ...]) -> tuple[str, ...]:
    """The options that a run which goes on takes: where it is kept."""
    kept: list[str] = []
    for name in ("--store", "--checkpoints"):
        if name in options:
            at = options.index(name)
            kept += options[at : at + 2]
    return tuple(kept)
