"""A server as an operator starts it: over both transports in both eras, with clients that vanish and strangers."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner
from mcp import Client

from gonogo.commands.mcp import mcp
from gonogo.keeping import KeepOptions, opened_store
from gonogo.serve.mcp.slots import take_slot
from gonogo.state import state_folder
from gonogo.store.errors import UnknownRunError
from gonogo.store.runs import RunRow, find_run, read_report
from gonogo.store.verify import verify
from tests.asking import write
from tests.conftest import SHOP
from tests.serve.clients import (
    ERAS,
    SPOKEN,
    TOKEN,
    ask,
    command,
    do,
    finished,
    http_server,
    over_http,
    over_stdio,
    refused,
)
from tests.serve.doors import door, within

SECONDS = 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a service to audit, and a link that leads out of it."""
    root = tmp_path_factory.mktemp("team")
    write(root / "shop", SHOP)
    (root / "out").symlink_to(tmp_path_factory.mktemp("foreign"))
    return root


@pytest.fixture(scope="module")
def address(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Where a server over HTTP is reached, and its state folder."""
    state = tmp_path_factory.mktemp("mcp-state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GONOGO_STATE", str(state))
        with http_server(folder) as found:
            yield found, state


@pytest.fixture
def served(address: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> str:
    """The server's address, in a test that looks into its store."""
    monkeypatch.setenv("GONOGO_STATE", str(address[1]))
    return address[0]


def ended(run: str) -> RunRow:
    """The run in the store, when it is over; what is stored of it is what was stored."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        with opened_store(KeepOptions()) as store:
            row = None
            with suppress(UnknownRunError):
                row = find_run(store, run)
            if row is not None and row.state != "running":
                assert verify(store, row.run) == ()
                if row.state == "finished":
                    read_report(store, row.run)
                return row
        time.sleep(0.2)
    raise AssertionError(f"run {run} does not end")


async def use(client: Client, era: str, run: str = "") -> None:
    """An audit from its beginning, or from where another client left it, to its findings."""
    assert client.protocol_version == SPOKEN[era]
    heard: list[str | None] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append(message)

    if not run:
        begun = await ask(client, "audit", path="shop", areas=["cost"])
        run = begun["run"]
        assert begun["state"] == "starting" and len(run) == 32
    await client.call_tool("status", {"run": run, "wait_seconds": 30}, progress_callback=hear)
    done = await finished(client, run)
    assert heard and done["state"] == "finished" and done["standing"]["areas"] == ["cost"]
    assert done["steps"] > 3 and not any("execute_tool" in (text or "") for text in heard)
    page = await ask(client, "list_findings", run=run[:10])
    assert page["run"] == run and page["answer"]["total"]
    assert "is no folder that this server may audit" in await refused(client, "audit", path="out")


@pytest.mark.parametrize("era", ERAS)
def test_over_stdio(folder: Path, era: str) -> None:
    async def run() -> None:
        async with over_stdio(folder, era=era) as client:
            await use(client, era)

    do(run())


@pytest.mark.parametrize("era", ERAS)
def test_over_http(served: str, era: str) -> None:
    """The first client vanishes while it waits; another one finds the run."""

    async def run() -> None:
        async with over_http(served, era=era) as client:
            begun = await ask(client, "audit", path="shop", areas=["cost"])
            waiting = asyncio.create_task(client.call_tool("status", {"run": begun["run"], "wait_seconds": 50}))
            await asyncio.sleep(0.3)
            waiting.cancel()
        async with over_http(served, era=era) as another:
            await use(another, era, begun["run"])

    do(run())


def test_a_person_who_starts_it_is_told_what_it_waits_for_and_can_end_it(folder: Path) -> None:
    """At a terminal, where no client is: nobody would know what the silence means, nor get out of it."""
    keys, terminal = pty.openpty()
    with subprocess.Popen(
        command(folder), stdin=terminal, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        os.close(terminal)
        assert process.stderr is not None
        try:
            assert "waits for a client" in process.stderr.readline()
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=SECONDS) == -signal.SIGINT and process.stderr.read() == ""
        finally:
            process.kill()
            os.close(keys)


def test_a_client_that_vanishes_with_its_server_leaves_a_whole_run(folder: Path) -> None:
    """Its process group is killed, as hosts do with servers that they started."""
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    with subprocess.Popen(
        command(folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None and process.stdout is not None
        for message in (
            {"id": 1, "method": "initialize", "params": hello},
            {"method": "notifications/initialized"},
            {"id": 2, "method": "tools/call", "params": {"name": "audit", "arguments": {"path": "shop"}}},
        ):
            process.stdin.write(json.dumps({"jsonrpc": "2.0"} | message) + "\n")
            process.stdin.flush()
        process.stdout.readline()
        answer = json.loads(process.stdout.readline())
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert ended(answer["result"]["structuredContent"]["run"]).state == "finished"


@pytest.mark.sweep
def test_a_server_whose_client_closes_its_input_ends_at_once(folder: Path) -> None:
    done = subprocess.run(command(folder), input="", capture_output=True, text=True, timeout=SECONDS)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.sweep
def test_so_many_audits_at_once_and_no_more(served: str) -> None:
    async def run() -> list[Any]:
        async with over_http(served) as client:
            return await asyncio.gather(*(client.call_tool("audit", {"path": "shop"}) for _ in range(5)))

    _wait_for_slots()
    results = do(run())
    begun = [item.structured_content["run"] for item in results if not item.is_error]
    assert len(begun) == 2 and len(set(begun)) == 2
    assert all("2 audits run already" in item.content[0].text for item in results if item.is_error)
    assert {ended(name).state for name in begun} == {"finished"}
    _wait_for_slots()


def test_an_audit_that_can_t_begin_says_why(tmp_path: Path) -> None:
    broken = write(tmp_path / "broken", {"gonogo.yaml": "tier: [", "README.md": "x"})

    async def act(client: Client) -> dict[str, Any]:
        begun = await ask(client, "audit", wait_seconds=40)
        assert await ask(client, "status", run=begun["run"]) == begun
        return begun

    found = do(within(door(broken), "auto", act))
    assert found["state"] == "failed" and "gonogo.yaml" in found["why"] and str(tmp_path) not in json.dumps(found)


def test_where_all_places_are_taken_an_audit_is_refused(shop: Path) -> None:
    slots = [take_slot(state_folder() / "mcp", 2) for _ in range(2)]
    said = do(within(door(shop), "auto", lambda client: refused(client, "audit")))
    assert "2 audits run already" in said
    for slot in slots:
        assert slot is not None
        os.close(slot)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": f"Basic {TOKEN}"}, 401),
        ({"Authorization": TOKEN}, 401),
        ({"Authorization": f"Bearer {TOKEN}", "Host": "evil.example"}, 421),
        ({"Authorization": f"Bearer {TOKEN}", "Host": "127.0.0.1.evil.example:80"}, 421),
        ({"Authorization": f"Bearer {TOKEN}", "Origin": "https://evil.example"}, 403),
        ({"Authorization": f"Bearer {TOKEN}", "Origin": "null"}, 403),
        ({"Host": "evil.example", "Origin": "https://evil.example"}, 421),
    ],
)
def test_strangers_get_nothing(served: str, headers: dict[str, str], status: int) -> None:
    accept = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    with httpx2.Client() as client:
        for method, path in (("POST", ""), ("GET", ""), ("DELETE", ""), ("GET", "/../.well-known/anything")):
            answer = client.request(method, served + path, headers=accept | headers, content=json.dumps(message))
            assert answer.status_code == status and "gonogo" not in answer.headers.get("server", "")
            assert "list_findings" not in answer.text and TOKEN not in answer.text


def test_a_request_may_not_be_huge(served: str) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    with httpx2.Client() as client:
        assert client.post(served, headers=headers, content=b"[" * (2 * 1024 * 1024)).status_code == 413


def test_a_wrong_token_keeps_the_official_client_out(served: str) -> None:
    async def run() -> None:
        async with over_http(served, token="another"):
            raise AssertionError("it was let in")

    with pytest.raises(BaseExceptionGroup):
        do(run())


@pytest.mark.parametrize(
    ("given", "token", "words"),
    [
        (["--http", "--host", "0.0.0.0"], TOKEN, "'0.0.0.0' is not one of"),
        (["--http"], "short", "GONOGO_MCP_TOKEN"),
        (["--http", "--port", "1"], TOKEN, "can't be listened on"),
        (["--store", "none"], TOKEN, "keeps its runs in a store"),
        (["--waivers", "no-such-file"], TOKEN, "no-such-file"),
        (["/"], TOKEN, "the whole machine"),
    ],
)
def test_what_an_operator_can_mend_is_told(
    folder: Path, given: list[str], token: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "1" in given and os.geteuid() == 0:
        pytest.skip("who may do all may listen on any port")
    monkeypatch.setenv("GONOGO_MCP_TOKEN", token)
    result = CliRunner().invoke(mcp, [str(folder), *given])
    assert result.exit_code == 2 and words in result.output


def test_without_the_package_the_command_says_what_to_install(folder: Path, tmp_path: Path) -> None:
    write(tmp_path, {"mcp.py": "raise ModuleNotFoundError(\"No module named 'mcp'\", name='mcp')\n"})
    done = subprocess.run(
        command(folder), capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(tmp_path)}
    )
    assert done.returncode == 2 and "pip install 'gonogo[mcp]'" in done.stderr and "Traceback" not in done.stderr


def _wait_for_slots() -> None:
    """Until no audit's process is there any more: it ends a moment after its run."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        slots = [slot for slot in (take_slot(state_folder() / "mcp", 2) for _ in range(2)) if slot is not None]
        for slot in slots:
            os.close(slot)
        if len(slots) == 2:
            return
        time.sleep(0.1)
    raise AssertionError("audits' processes do not end")
