"""A run in a real backend: Arize Phoenix, in an environment of its own, on loopback, asked through its API.

``PHOENIX_VENV`` names a virtual environment that has ``arize-phoenix``; without it one is made in the folder for
temporary files and kept there, which takes a minute and 900 MB.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gonogo.asking import ModelOptions
from gonogo.keeping import KeepOptions
from gonogo.model.criterion import Area
from gonogo.run import Options, run_audit
from tests.bedrock import serve
from tests.test_model_audit import MODEL, honest

pytestmark = [pytest.mark.phoenix, pytest.mark.sweep]
PACKAGE = "arize-phoenix>=20,<21"
START_SECONDS = 180
AREAS = (Area.SECURITY, Area.COST)


@pytest.fixture(scope="module")
def phoenix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Phoenix with nothing in it."""
    folder = tmp_path_factory.mktemp("phoenix")
    port, grpc = free_port(), free_port()
    own = {
        "PHOENIX_WORKING_DIR": str(folder),
        "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_PORT": str(port),
        "PHOENIX_GRPC_PORT": str(grpc),
        "PHOENIX_TELEMETRY_ENABLED": "false",
        "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
    }
    with running(environment() / "bin" / "phoenix", own, folder / "log") as process:
        url = f"http://127.0.0.1:{port}"
        wait_for(url, process, folder / "log")
        yield url


def test_a_run_lands_in_phoenix(phoenix: str, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with serve(honest) as bedrock:
        asking = ModelOptions(model=MODEL, region="us-east-1", endpoint_url=bedrock.url)
        areas = tuple(area.value for area in AREAS)
        keeping = KeepOptions(otlp=phoenix)
        done = run_audit(Options((shop,), None, None, areas, None, False, asking, keeping), show_progress=False)
    assert not done.problems
    spans = landed(phoenix, done.run)
    kinds = Counter(span["span_kind"] for span in spans)
    assert set(kinds) == {"CHAIN", "AGENT", "LLM", "TOOL", "GUARDRAIL"}
    assert kinds["AGENT"] == 2 * len(AREAS) + 1, "collecting, and asking, for each; and the synthesizer"
    by_id = {span["context"]["span_id"]: span for span in spans}
    (root,) = [span for span in spans if span["parent_id"] is None]
    assert root["name"] == "invoke_workflow audit"
    assert {span["parent_id"] for span in spans} - {None} <= set(by_id)
    calls = [span for span in spans if span["span_kind"] == "LLM"]
    assert all(by_id[span["parent_id"]]["span_kind"] == "AGENT" for span in calls)
    asked = done.report.provenance.asked
    assert asked
    for span in calls:
        given = span["attributes"]
        assert given["llm.model_name"] == MODEL.partition(":")[2]
        assert given["llm.token_count.prompt"] == given["gen_ai.usage.input_tokens"] > 0
        assert given["llm.token_count.completion"] == given["gen_ai.usage.output_tokens"] > 0
    counted = graphql(phoenix, "{ projects { edges { node { name traceCount tokenCountTotal tokenCountPrompt } } } }")
    (project,) = [row["node"] for row in counted["projects"]["edges"] if row["node"]["name"] == "gonogo"]
    assert project["traceCount"] == 1
    assert project["tokenCountPrompt"] == sum(span["attributes"]["llm.token_count.prompt"] for span in calls)


def landed(url: str, run: str) -> list[dict[str, Any]]:
    """The spans of a run, as soon as no more come."""
    found: list[dict[str, Any]] = []
    for _ in range(60):
        time.sleep(0.5)
        before, found = (
            found,
            [
                span
                for span in fetch(f"{url}/v1/projects/gonogo/spans?limit=1000")
                if span["context"]["trace_id"] == run
            ],
        )
        if found and len(found) == len(before):
            return found
    raise AssertionError(f"{len(found)} spans came")


def fetch(url: str) -> list[dict[str, Any]]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            rows: list[dict[str, Any]] = json.load(answer)["data"]
            return rows
    except urllib.error.HTTPError as error:
        error.close()
        return []  # the project is made by its first span


def graphql(url: str, query: str) -> dict[str, Any]:
    body = json.dumps({"query": query}).encode()
    request = urllib.request.Request(f"{url}/graphql", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        data: dict[str, Any] = json.load(answer)["data"]
        return data


def environment() -> Path:
    given = os.environ.get("PHOENIX_VENV")
    path = Path(given) if given else Path(tempfile.gettempdir()) / "gonogo-phoenix"
    if not (path / "bin" / "phoenix").exists():
        subprocess.run([sys.executable, "-m", "venv", str(path)], check=True)
        subprocess.run([str(path / "bin" / "pip"), "install", "--quiet", PACKAGE], check=True, timeout=1200)
    return path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextmanager
def running(program: Path, own: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(program), "serve"], env={**os.environ, **own}, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=2):
                return
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"Phoenix did not start: {log.read_text()[-2000:]}")
