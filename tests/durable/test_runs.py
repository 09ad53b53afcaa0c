"""Runs as a user meets them: stopped, resumed, exported, replayed, verified, pruned."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest

from tests.durable.storm import Ground, ground, untimed


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, process: Popen[str]) -> Iterator[Ground]:
    with ground(tmp_path_factory.mktemp("runs"), process) as found:
        yield found


def audit(here: Ground, *more: str) -> tuple[int, str]:
    return here.nursery.run("audit", str(here.target), *here.options, "--quiet", *more)


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.sweep)])
def test_a_signal_drains_and_the_run_goes_on(here: Ground, number: signal.Signals) -> None:
    before = len(here.server.requests)
    known = {row["run"] for row in here.rows()}
    command = here.nursery.start("audit", str(here.target), *here.options, "--quiet", "-f", "json")
    while len(here.server.requests) < before + 3:
        time.sleep(0.005)
    command.kill(number)
    assert command.wait() == 128 + number
    row = next(row for row in here.rows() if row["run"] not in known)
    assert row["state"] == "interrupted"
    assert f"gonogo runs resume {row['run'][:8]}" in command.output.read_text()
    code, out = here.nursery.run("runs", "resume", row["run"][:8], "--quiet", "-f", "json")
    assert code == 1
    assert untimed(json.loads(out)) == here.expected
    assert max(here.asked_since(before).values()) == 1, "what was answered before the signal is not asked again"


def test_a_run_goes_on_with_the_prices_that_it_began_with(here: Ground, tmp_path: Path) -> None:
    file, model = tmp_path / "prices.yaml", here.options[here.options.index("--model") + 1]
    row = {"input": 7.0, "output": 8.0, "cached": 1.0, "written": 2.0}
    file.write_text(json.dumps({"as_of": "2026-11-01", "source": "our agreement", "models": {model: row}}))
    before = len(here.server.requests)
    more = ("--quiet", "--prices", str(file))
    command = here.nursery.start("audit", str(here.target), *here.options, *more)
    while len(here.server.requests) < before + 2:
        time.sleep(0.005)
    command.kill(signal.SIGTERM)
    assert command.wait() == 128 + signal.SIGTERM
    file.unlink()
    code, out = here.nursery.run("runs", "resume", here.newest()["run"], "--quiet", "-f", "json")
    assert code == 1
    told = json.loads(out)["provenance"]["asked"]["prices"]
    assert [price["input"] for price in told] == [7.0]


def test_a_finished_run_is_not_resumed(here: Ground) -> None:
    code, out = here.nursery.run("runs", "resume", here.newest()["run"])
    assert code == 2
    assert "is finished" in out


def test_a_target_that_changed_is_not_resumed(here: Ground, tmp_path: Path) -> None:
    target = shutil.copytree(here.target, tmp_path / "shop")
    command = here.nursery.start("audit", str(target), *here.options, "--quiet")
    before = len(here.server.requests)
    while len(here.server.requests) < before + 1:
        time.sleep(0.005)
    command.kill()
    command.wait()
    (target / "app/main.py").write_text("print('another program')\n")
    code, out = here.nursery.run("runs", "resume", here.newest()["run"])
    assert code == 2
    assert "has changed since" in out
    shutil.rmtree(target)
    code, out = here.nursery.run("runs", "resume", here.newest()["run"])
    assert code == 2
    assert "no longer there" in out


def test_a_run_replays_elsewhere_byte_for_byte(here: Ground, tmp_path: Path) -> None:
    code, told = audit(here, "-f", "json")
    assert code == 1
    run, file = here.newest()["run"], tmp_path / "run.gonogo"
    code, out = here.nursery.run("runs", "export", run, "-o", str(file))
    assert code == 0, out
    asked = len(here.server.requests)
    for name in ("json", "md", "html", "sarif", "junit"):
        _, shown = here.nursery.run("runs", "show", run, "-f", name, "--no-history")
        code, again = here.nursery.run("replay", str(file), "-f", name, "--quiet")
        assert code == 1
        assert again == shown
    assert json.loads(told) == json.loads(here.nursery.run("replay", str(file), "-f", "json", "--quiet")[1])
    assert len(here.server.requests) == asked
    text = gzip.decompress(file.read_bytes()).decode()
    assert str(here.target.parent) not in text, "no path of a machine"
    assert "FROM python:latest" in text


def test_replay_holds_evidence_against_the_source(here: Ground, tmp_path: Path) -> None:
    run, file = here.newest()["run"], tmp_path / "run.gonogo"
    audit(here)
    run = here.newest()["run"]
    here.nursery.run("runs", "export", run, "-o", str(file))
    target = shutil.copytree(here.target, tmp_path / "shop")
    _, out = here.nursery.run("replay", str(file), "--quiet", "--verify", str(target))
    assert "0 of" in out
    (target / "Dockerfile").write_text("FROM python:3.13\n")
    (target / "compose.yaml").unlink()
    _, out = here.nursery.run("replay", str(file), "--quiet", "--verify", str(target))
    assert "Dockerfile" in out
    assert "the lines say something else" in out
    assert "the file is not there" in out


def failing(data: dict[str, Any]) -> dict[str, Any]:
    """A failure of an exported run."""
    rows = data["state"]["results"]["security"]["assessments"]
    return next(row for row in rows if row["status"] == "fail")


@pytest.mark.parametrize(
    "change",
    [
        lambda data: failing(data).update(status="pass"),
        lambda data: failing(data).update(status="unverified"),
        lambda data: data.update(clock="2020-01-01T00:00:00+00:00"),
        lambda data: data["evidence"].pop(),
        lambda data: data["evidence"][0]["evidence"].update(excerpt="something else"),
        lambda data: data["state"].pop("results"),
        lambda data: data["state"]["survey"].update(files="many"),
        lambda data: data.update(gonogo="99.0"),
        lambda data: data.update(state={"results": 3}),
    ],
)
def test_a_file_that_was_changed_is_refused(here: Ground, tmp_path: Path, change: Any) -> None:
    file = tmp_path / "run.gonogo"
    finished = next(row for row in here.rows() if row["state"] == "finished")
    here.nursery.run("runs", "export", finished["run"], "-o", str(file))
    data = json.loads(gzip.decompress(file.read_bytes()))
    change(data)
    file.write_bytes(gzip.compress(json.dumps(data).encode()))
    code, out = here.nursery.run("replay", str(file))
    assert code == 2, out
    assert "Traceback" not in out


@pytest.mark.parametrize(
    "content",
    [b"", b"not packed", gzip.compress(b"{}"), gzip.compress(b"x" * 10_000)[:40]],
    ids=["empty", "not packed", "another document", "cut off"],
)
def test_a_file_that_is_no_run_is_refused(here: Ground, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "run.gonogo"
    file.write_bytes(content)
    code, out = here.nursery.run("replay", str(file))
    assert code == 2
    assert "no run that gonogo exported" in out


def test_what_is_stored_is_verified(here: Ground) -> None:
    assert not here.verify()


def test_the_trace_says_what_was_done(here: Ground) -> None:
    finished = [row for row in here.rows() if row["state"] == "finished"][-1]  # the first, whose prices nobody gave
    _, out = here.nursery.run("trace", "show", finished["run"])
    for name in (
        "invoke_workflow audit",
        "invoke_agent security",
        "chat us.anthropic",
        "execute_tool read_file",
        "decide",
    ):
        assert name in out
    _, out = here.nursery.run("trace", "show", finished["run"], "--cost")
    assert "synthesizer" in out
    assert "unknown" in out
    spans = json.loads(here.nursery.run("trace", "show", finished["run"], "--json")[1])
    report = here.report(finished["run"])
    seen = {item for span in spans for item in span["attributes"].get("gonogo.evidence.ids", ())}
    assert {item["id"] for item in report["evidence"]} <= seen
    found = {item for span in spans for item in span["attributes"].get("gonogo.finding.ids", ())}
    assert {item["id"] for item in report["findings"]} <= found


@pytest.mark.parametrize("run", ["ffffffff", "xyz", "12", "f" * 40])
def test_an_unknown_run_is_told(here: Ground, run: str) -> None:
    for command in (("runs", "show"), ("runs", "resume"), ("runs", "export"), ("trace", "show")):
        code, out = here.nursery.run(*command, run)
        assert code == 2
        assert "gonogo runs list" in out


def test_pruning_takes_transcripts_and_leaves_reports(here: Ground) -> None:
    finished = next(row for row in here.rows() if row["state"] == "finished")
    before = here.report(finished["run"])
    code, out = here.nursery.run("runs", "prune", "--older-than", "0")
    assert code == 0, out
    assert here.report(finished["run"]) == before
    assert not here.verify()
    code, out = here.nursery.run("trace", "show", finished["run"])
    assert code == 2
    assert "has no trace" in out


@pytest.mark.parametrize("store", ["none", "sqlite:////proc/none/runs.sqlite", "postgresql://127.0.0.1:1/none"])
def test_without_a_store_the_audit_goes_on(here: Ground, store: str) -> None:
    code, out = here.nursery.run("audit", str(here.target), "--store", store, "--quiet", "-f", "json")
    assert code == 1, out
    problems, _, report = out.partition("{")
    assert json.loads("{" + report)["verdict"]["value"] == "NO-GO"
    assert bool(problems) == (store != "none")


def test_a_store_that_is_no_database_is_told(here: Ground, tmp_path: Path) -> None:
    (tmp_path / "runs.sqlite").write_bytes(os.urandom(8_192))
    code, out = here.nursery.run("audit", str(here.target), "--store", f"sqlite:///{tmp_path}/runs.sqlite", "--quiet")
    assert code == 1
    assert "no database file" in out
