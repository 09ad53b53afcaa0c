"""What the documentation tells to put into clients' files can be read by them and starts this command."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import click

from gonogo.commands.mcp import PORT, mcp
from tests.serve.doors import door

TEXT = (Path(__file__).parents[2] / "docs" / "mcp.md").read_text(encoding="utf-8")


def servers() -> list[dict[str, Any]]:
    found = []
    for block in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL):
        content = json.loads(block)
        found.append((content.get("mcpServers") or content["servers"])["gonogo"])
    return found


def test_the_files_of_clients_start_the_command() -> None:
    given = servers()
    assert len(given) == 7
    for server in given:
        if "url" in server:
            assert server["url"] == f"http://127.0.0.1:{PORT}/mcp"
            assert server["headers"]["Authorization"].startswith("Bearer ${")
        else:
            assert server["command"] == "gonogo" and server["args"][0] == "mcp"
            with click.Context(mcp) as context:
                assert mcp.parse_args(context, list(server["args"][1:])) == []


def test_every_tool_and_resource_is_told_of(tmp_path: Path) -> None:
    server = door(tmp_path).server
    tools = asyncio.run(server.list_tools())
    rows = {
        name: arguments.split(", ") for name, arguments in re.findall(r"^\| `(\w+)\(([^)]*)\)`", TEXT, re.MULTILINE)
    }
    assert rows.keys() == {tool.name for tool in tools}
    for tool in tools:
        assert set(rows[tool.name]) == set(tool.input_schema["properties"]), tool.name
    templates = asyncio.run(server.list_resource_templates())
    for template in templates:
        assert template.uri_template.rpartition("/")[2] in TEXT, template.uri_template
