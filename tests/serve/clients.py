"""The official client against a server as an operator starts it: over both transports, in both eras of the protocol."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import TextContent

ERAS = ("legacy", "auto")
"""How a client connects: by the handshake of the protocol up to 2025-11-25, or as it is from 2026-07-28 on."""
SPOKEN = {"legacy": "2025-11-25", "auto": "2026-07-28"}
COMMAND = "import sys; from gonogo.commands.mcp import mcp; mcp(sys.argv[1:])"
TOKEN = "only-for-these-tests-" + "0" * 20


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-c", COMMAND, *map(str, arguments)]


@asynccontextmanager
async def over_stdio(*arguments: str | Path, era: str = "legacy", **given: Any) -> AsyncIterator[Client]:
    parts = command(*arguments)
    server = StdioServerParameters(command=parts[0], args=parts[1:], env=dict(os.environ))
    with Path(os.devnull).open("w") as nowhere:
        async with Client(stdio_client(server, errlog=nowhere), mode=era, **given) as client:
            yield client


@contextmanager
def http_server(*arguments: str | Path) -> Iterator[str]:
    """The address of a server that runs until the block ends."""
    environment = os.environ | {"GONOGO_MCP_TOKEN": TOKEN}
    with subprocess.Popen(
        command(*arguments, "--http", "--port", "0"), env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        try:
            line = process.stderr.readline()
            found = re.search(r"http://\S+", line)
            assert found, line
            address = found.group()
            _wait_for(int(address.rsplit(":", 1)[1].split("/")[0]))
            yield address
        finally:
            process.terminate()
            process.communicate(timeout=30)


@asynccontextmanager
async def over_http(address: str, *, era: str = "legacy", token: str = TOKEN, **given: Any) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(address, http_client=http), mode=era, **given) as client,
    ):
        yield client


async def ask(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """What a tool answers, which must be no error."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    first = result.content[0]
    assert isinstance(first, TextContent) and json.loads(first.text) == result.structured_content
    return dict(result.structured_content)


async def refused(client: Client, tool: str, **arguments: Any) -> str:
    """The sentence with which a tool refuses."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    (only,) = result.content
    assert isinstance(only, TextContent)
    assert "Traceback" not in only.text and "pydantic" not in only.text and len(only.text) < 600
    assert str(Path.cwd()) not in only.text and "/tmp/" not in only.text and "/var/" not in only.text
    return only.text


async def finished(client: Client, run: str) -> dict[str, Any]:
    """A run's status when it is over."""
    for _ in range(6):
        found = await ask(client, "status", run=run, wait_seconds=20)
        if found["state"] not in ("starting", "running"):
            return found
    raise AssertionError(f"run {run} does not end: {found}")


def do(coroutine: Any) -> Any:
    return asyncio.run(coroutine)


def _wait_for(port: int) -> None:
    """The socket listens before the address is told: a connection waits until it is served."""
    with socket.create_connection(("127.0.0.1", port), timeout=30):
        pass
