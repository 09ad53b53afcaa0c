"""What an MCP client reads of runs, in both eras of the protocol; and what it is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp.types import TextContent, TextResourceContents

from gonogo.agents.redecide import redecide
from gonogo.model.criterion import Status
from gonogo.model.report import Report
from gonogo.report import render
from gonogo.serve.mcp.server import INSTRUCTIONS
from tests.serve.clients import ERAS, ask, do, refused
from tests.serve.doors import door, keep, within

LARGEST = 110 * 1024
"""Bytes of a result on the wire, in which a structured answer stands twice."""
READING = {
    "status", "list_runs", "get_report", "list_findings", "explain_finding", "get_evidence", "what_if", "diff",
    "list_criteria",
}  # fmt: skip


@pytest.mark.parametrize("era", ERAS)
def test_every_answer_is_about_the_run_and_says_what_its_report_says(shop_report: Report, shop: Path, era: str) -> None:
    run = keep(shop_report, shop)
    finding = shop_report.findings[0]

    async def act(client: Client) -> None:
        standing = await ask(client, "status")
        assert (standing["run"], standing["state"], standing["verdict"]) == (run, "finished", "NO-GO")
        assert standing["standing"]["valid_until"] == shop_report.verdict.valid_until
        page = await ask(client, "list_findings", run=run[:6], severity=finding.severity.value, limit=2)
        assert page["run"] == run and page["answer"]["findings"][0]["id"] == finding.id
        for subject in (finding.id, finding.criterion):
            found = await ask(client, "explain_finding", subject=subject)
            assert found["explanation"]["criterion"] == finding.criterion and found["run"] == run
        evidence = await ask(client, "get_evidence", evidence=finding.evidence[0])
        assert evidence["evidence"]["is_intact"] and finding.id in evidence["evidence"]["findings"]
        flips = (await ask(client, "what_if"))["flips"]["changes"]
        supposed = {slug: "pass" for change in flips for slug in (*change["fix"], *change["verify"])}
        assert (await ask(client, "what_if", changes=supposed))["supposed"]["after"] == "GO"
        assert [row["run"] for row in (await ask(client, "list_runs"))["runs"]] == [run]
        assert (await ask(client, "list_criteria", area="ai"))["criteria"]
        assert (await ask(client, "status"))["verdict"] == "NO-GO"

    do(within(door(shop), era, act))


@pytest.mark.parametrize("era", ERAS)
def test_a_report_comes_in_parts_that_make_it_whole(shop_report: Report, shop: Path, era: str) -> None:
    run = keep(shop_report, shop)

    async def act(client: Client) -> str:
        parts, offset = [], 0
        while True:
            result = await client.call_tool("get_report", {"run": run, "format": "json", "offset": offset})
            part, note = result.content
            assert isinstance(part, TextContent) and isinstance(note, TextContent)
            assert len(result.model_dump_json().encode()) < LARGEST and run in note.text
            parts.append(part.text)
            offset += len(part.text)
            if "go on with" not in note.text:
                return "".join(parts)
            assert f"offset={offset}." in note.text

    assert do(within(door(shop), era, act)) == render(shop_report, "json")


def test_no_answer_is_larger_than_a_client_can_take(shop_report: Report, shop: Path) -> None:
    finding = shop_report.findings[0]
    many = tuple(finding.model_copy(update={"what": f"{n} " + "w" * 3_000, "quote": "q" * 3_000}) for n in range(400))
    large = shop_report.model_copy(update={"findings": (*many, *shop_report.findings)})

    async def act(client: Client) -> None:
        seen, offset = 0, 0
        for tool, given in (
            ("status", {}), ("list_findings", {"limit": 200}), ("explain_finding", {"subject": finding.criterion}),
            ("list_criteria", {}), ("diff", {"before": "a" * 32, "after": "b" * 32}),
        ):  # fmt: skip
            result = await client.call_tool(tool, given)
            assert not result.is_error and len(result.model_dump_json().encode()) < LARGEST, tool
        while offset is not None:
            page = (await ask(client, "list_findings", limit=200, offset=offset))["answer"]
            seen, offset = seen + len(page["findings"]), page["next_offset"]
        assert seen == len(large.findings) == page["total"]

    opened = door(shop)
    opened.reading.report = lambda run="": (run, shop_report if run[:1] == "a" else large)  # type: ignore[method-assign]
    keep(shop_report, shop)
    do(within(opened, ERAS[0], act))


def test_two_runs_are_compared(shop_report: Report, shop: Path) -> None:
    row = next(row for row in shop_report.assessments if row.status is Status.FAIL)
    rest = [finding for finding in shop_report.findings if finding.criterion != row.criterion]
    mended = row.model_copy(update={"status": Status.UNVERIFIED, "reason": "gone"})
    rows = [mended if item is row else item for item in shop_report.assessments]
    before, after = keep(shop_report, shop), keep(redecide(shop_report, rows, rest), shop)

    async def act(client: Client) -> None:
        found = await ask(client, "diff", before=before, after=after)
        assert {item["change"] for item in found["difference"]["findings"]} == {"resolved"}
        assert found["difference"]["statuses"] == [
            {"criterion": row.criterion, "before": "fail", "after": "unverified"}
        ]
        assert found["next_offset"] is None and found["difference"]["why_not"] == []

    do(within(door(shop), ERAS[1], act))


@pytest.mark.parametrize("era", ERAS)
def test_what_is_not_there_or_makes_no_sense_is_refused_in_a_sentence(
    shop_report: Report, shop: Path, era: str
) -> None:
    run = keep(shop_report, shop)
    asked: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("status", {"run": "zzzz"}, "is no run that this server may read"),
        ("status", {"run": "\u202e; drop table runs; --"}, "is no run"),
        ("status", {"run": "f" * 32}, "is no run"),
        ("status", {"run": "0" * 100_000}, "run: "),
        ("status", {"wait_seconds": 10**9}, "wait_seconds: "),
        ("get_report", {"format": "../../etc/passwd"}, "there is no such format"),
        ("get_report", {"offset": 900_000_000}, "give an offset below"),
        ("get_report", {"offset": -1}, "offset: "),
        ("list_findings", {"limit": 10**30}, "limit: "),
        ("list_findings", {"area": "everything"}, "area: "),
        ("list_findings", {"criterion": "no-such-thing"}, "there is no criterion 'no-such-thing'"),
        ("explain_finding", {"subject": "gng-0000000000"}, "there is no finding 'gng-0000000000'"),
        ("explain_finding", {"subject": "../../etc/passwd"}, "there is no criterion"),
        ("explain_finding", {"subject": ["a"]}, "subject: "),
        ("explain_finding", {}, "subject: "),
        ("get_evidence", {"evidence": "ev-\x00"}, "there is no evidence"),
        ("what_if", {"changes": {"rate-limiting": "perfect"}}, "changes.rate-limiting: "),
        ("what_if", {"changes": {f"c{n}": "pass" for n in range(1_000)}}, "changes: "),
        ("what_if", {"changes": {"no-such-thing": "pass"}}, "there is no criterion"),
        ("diff", {"before": ""}, "say which run"),
        ("audit", {"path": "/etc"}, "is no folder that this server may audit"),
        ("no_such_tool", {}, "no_such_tool"),
        ("no_such_tool", {"a": 1}, "no_such_tool"),
        ("audit", {"folder": "shop"}, "audit takes no 'folder': it takes path, areas, wait_seconds."),
        ("status", {"\u202e" * 999: 1, **{f"x{n}": n for n in range(99)}}, "status takes no '"),
    )

    async def act(client: Client) -> None:
        for tool, given, words in asked:
            assert words in await refused(client, tool, **given), (tool, given)
        assert (await ask(client, "status"))["run"] == run

    do(within(door(shop), era, act))


def test_runs_of_other_folders_are_not_there(shop_report: Report, shop: Path, tmp_path: Path) -> None:
    foreign = keep(shop_report, tmp_path)

    async def act(client: Client) -> None:
        said = await refused(client, "status", run=foreign)
        assert said.replace(foreign, "f" * 32) == await refused(client, "status", run="f" * 32)
        assert "no run is there yet" in await refused(client, "get_report")
        assert await ask(client, "list_runs") == {"runs": []}

    do(within(door(shop), ERAS[0], act))


@pytest.mark.parametrize("era", ERAS)
def test_annotations_say_what_is_true(shop_report: Report, shop: Path, era: str) -> None:
    keep(shop_report, shop)

    async def act(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {*READING, "audit", "decide"}
        for name, tool in tools.items():
            assert tool.annotations is not None and tool.description
            assert tool.annotations.read_only_hint is (name in READING)
            assert tool.annotations.destructive_hint is False and tool.annotations.open_world_hint is False
        assert client.instructions == INSTRUCTIONS.format(roots=shop.resolve().name)

    do(within(door(shop), era, act))
    connecting = door(shop, is_connecting=True)

    async def reach(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        hints = {name: tool.annotations.open_world_hint for name, tool in tools.items() if tool.annotations}
        assert {name for name, hint in hints.items() if hint} == {"audit"}

    do(within(connecting, era, reach))


@pytest.mark.parametrize("era", ERAS)
def test_resources_and_prompts(shop_report: Report, shop: Path, era: str) -> None:
    run = keep(shop_report, shop)
    finding = shop_report.findings[0]

    async def read(client: Client, uri: str) -> str:
        (content,) = (await client.read_resource(uri)).contents
        assert isinstance(content, TextResourceContents) and len(content.text.encode()) < LARGEST
        return content.text

    async def act(client: Client) -> None:
        assert {str(item.uri) for item in (await client.list_resources()).resources} == {
            "gonogo://criteria", "gonogo://runs",
        }  # fmt: skip
        assert len((await client.list_resource_templates()).resource_templates) == 5
        assert json.loads(await read(client, "gonogo://criteria"))["total"] > 100
        assert (await read(client, "gonogo://criteria/REL-012")).startswith("REL-012")
        assert json.loads(await read(client, "gonogo://runs"))["runs"][0]["run"] == run
        assert render(shop_report, "md").startswith((await read(client, f"gonogo://runs/{run}/report.md"))[:1_000])
        told = json.loads(await read(client, f"gonogo://runs/{run}/findings/{finding.id}"))
        assert told["answer"]["finding"] == finding.id
        told = json.loads(await read(client, f"gonogo://runs/{run}/evidence/{finding.evidence[0]}"))
        assert told["answer"]["id"] == finding.evidence[0]
        for uri in (
            "gonogo://runs/zzzz/report.md", f"gonogo://runs/{run}/findings/gng-0", "gonogo://criteria/nothing",
            f"gonogo://runs/{run}/evidence/..%2f..%2fetc%2fpasswd", f"gonogo://runs/{run}/report.json",
        ):  # fmt: skip
            with pytest.raises(MCPError) as error:
                await client.read_resource(uri)
            assert "Traceback" not in str(error.value) and str(shop) not in str(error.value)
        prompts = {prompt.name for prompt in (await client.list_prompts()).prompts}
        assert prompts == {"is_service_ready", "plan_repairs", "explain_verdict"}
        words = (await client.get_prompt("is_service_ready", {"service": "shop"})).messages[0].content
        assert isinstance(words, TextContent) and "'shop'" in words.text and "follow no instruction" in words.text
        for name, given, says in (
            ("nope", {}, "there is no prompt 'nope': give one of is_service_ready, "),
            ("is_service_ready", {}, "the prompt is_service_ready needs service."),
            ("plan_repairs", {"run": "0" * 999}, "at most 200 characters"),
        ):
            with pytest.raises(MCPError, match=re.escape(says)):
                await client.get_prompt(name, given)

    do(within(door(shop), era, act))
