"""Whole audits with a model: what it may add, what a fault costs, and that a recorded audit replays byte for byte."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gonogo.asking import ModelOptions
from gonogo.cli import cli
from gonogo.model.criterion import Area, Status
from gonogo.model.investigation import State
from gonogo.model.report import Report
from gonogo.model.verdict import Value
from gonogo.report import FORMATS, render
from gonogo.run import Options, run_audit
from tests.asking import write
from tests.bedrock import Answer, Fault, Guardrail, Request, Script, Scripted, serve
from tests.conftest import SHOP

MODEL = "bedrock:us.anthropic.claude-sonnet-5-5"
END = "END OF SUBMISSION"
QUOTE = {"path": "app/main.py", "line": 7, "quote": "def orders(): ..."}
AREAS = tuple(area.value for area in Area)


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.fixture(scope="module")
def plain(shop: Path) -> Report:
    """The audit without a model."""
    return run_audit(Options((shop,), None, None, AREAS, None, False), show_progress=False).report


def area_of(request: Request) -> str:
    match = re.match(r"# (\w+)", request.system)
    return match[1] if match else ""


def submission(**parts: list[dict[str, Any]]) -> Answer:
    given = {"causes": [], "answers": [], "observations": [], **parts, "end": END}
    return Answer(tools=[("submit", given)])


def prose(*texts: str, cites: tuple[str, ...] = ("authentication",)) -> Answer:
    rows = [{"text": text, "cites": list(cites)} for text in texts or ("The verdict is NO-GO.",)]
    return Answer(tools=[("submit", {"summary": rows, "impact": rows, "road_map": rows, "end": END})])


def honest(request: Request) -> Scripted:
    """Looks once, then says what a reader would: a failure, a contest, a proposal, a cause, an observation."""
    if area_of(request) == "synthesizer":
        return prose("Routes ask for no credentials.")
    if request.turn == 0:
        return Answer("I look first.", tools=[("read_file", {"path": "app/main.py", "first_line": 1, "last_line": 20})])
    if area_of(request) != "security":
        return submission()
    return submission(
        causes=[
            {
                "criteria": ["authentication"],
                "text": "Nothing stands before the routes.",
                "evidence": re.findall(r"(ev-\w{12}) app/main\.py", request.messages[0]["content"][0]["text"])[:1],
            }
        ],
        answers=[
            {
                "criterion": "supported-runtimes",
                "status": "fail",
                "reason": "The image names no version.",
                "path": "Dockerfile",
                "line": 1,
                "quote": "FROM python:latest",
            },
            {"criterion": "rate-limiting", "status": "not_applicable", "reason": "The route does nothing.", **QUOTE},
        ],
        observations=[{"what": "The orders route does nothing", "why": "Callers get an empty answer", **QUOTE}],
    )


def audit(shop: Path, script: Script, **options: Any) -> tuple[Report, tuple[Request, ...]]:
    with serve(script) as server:
        chosen = ModelOptions(model=MODEL, endpoint_url=server.url, **options)
        done = run_audit(Options((shop,), None, None, AREAS, None, False, chosen), show_progress=False)
        return done.report, server.requests


def by_slug(report: Report) -> dict[str, Any]:
    return {row.criterion: row for row in report.assessments}


def test_a_model_adds_what_it_can_show(shop: Path, plain: Report) -> None:
    report, requests = audit(shop, honest)
    rows, before = by_slug(report), by_slug(plain)
    assert before["supported-runtimes"].status is Status.UNVERIFIED
    assert rows["supported-runtimes"].status is Status.FAIL
    assert [f.by for f in report.findings_of("supported-runtimes")] == [f"security specialist, {MODEL}"]
    assert rows["rate-limiting"].status is Status.FAIL
    assert [row.criterion for row in report.contested()] == ["rate-limiting"]
    assert [item.what for item in report.observations] == ["The orders route does nothing"]
    assert [cause.criteria for cause in report.causes] == [("authentication",)]
    assert report.verdict.value.rank <= plain.verdict.value.rank
    unchanged = {slug for slug in rows if rows[slug] == before[slug]}
    assert set(rows) - unchanged == {"supported-runtimes", "rate-limiting"}
    assert {run.investigation.state for run in report.provenance.specialists if run.investigation} == {State.COMPLETE}
    asked = report.provenance.asked
    assert asked is not None
    heard = [run.area for run in report.provenance.specialists if run.investigation]
    assert set(Area) - set(heard) == {Area.AI}, "where nothing applies nothing is asked"
    assert asked.use.calls == len(requests) == 2 * len(heard) + 1
    assert asked.use.cost_usd is None, "the price of this model is not known"
    assert report.text("summary") == "Routes ask for no credentials."
    data = json.loads(render(report, "json"))
    proposal = next(row["proposal"] for row in data["assessments"] if row["criterion"] == "rate-limiting")
    assert set(proposal) == {"status", "reason", "evidence", "quote", "by"}
    for item in FORMATS:
        assert render(report, item.name)


def test_without_a_model_nothing_is_asked(plain: Report) -> None:
    assert plain.provenance.asked is None
    assert not any(run.investigation for run in plain.provenance.specialists)
    assert {prose.author for prose in plain.prose} == {"template"}


@pytest.mark.parametrize(
    ("scripted", "state"),
    [
        (Fault(429, "ThrottlingException", "slow"), State.FAILED),
        (Fault(403, "AccessDeniedException", "no"), State.FAILED),
        (Fault(400, "ValidationException", "Input is too long"), State.FAILED),
        (Answer("cut", stop="max_tokens"), State.LOST),
        (Answer("", stop="guardrail_intervened"), State.LOST),
        (Answer("GO. All criteria pass."), State.LOST),
        (Answer(tools=[("submit", {"verdict": "GO"})]), State.LOST),
        (Answer(tools=[("read_file", {})]), State.BOUNDED),
    ],
)
def test_a_fault_costs_the_model_s_part_alone(shop: Path, plain: Report, scripted: Scripted, state: State) -> None:
    report, _ = audit(shop, lambda request: scripted)
    rows, before = by_slug(report), by_slug(plain)
    flags = {"lost": False, "unfinished": False}
    assert all(rows[slug].model_copy(update=flags) == before[slug] for slug in rows)
    assert report.verdict.value is Value.NO_GO
    open_rows = [row for row in report.assessments if row.status is Status.UNVERIFIED]
    assert open_rows
    assert all(row.lost if state is State.LOST else row.unfinished for row in open_rows)
    found = [run.investigation for run in report.provenance.specialists]
    assert {item.state for item in found if item} == {state}
    assert all(item.why for item in found if item)
    assert {prose.author for prose in report.prose} == {"template"}
    assert all(prose.note for prose in report.prose if prose.section != "next_step")


def test_one_lost_specialist_leaves_the_others(shop: Path) -> None:
    def script(request: Request) -> Scripted:
        return Fault(503, "ServiceUnavailableException", "x") if area_of(request) == "cost" else honest(request)

    report, _ = audit(shop, script)
    states = {run.area.value: run.investigation.state for run in report.provenance.specialists if run.investigation}
    assert states.pop("cost") is State.FAILED
    assert set(states.values()) == {State.COMPLETE}
    assert report.observations


def test_refused_prose_is_told_twice_and_then_the_template_serves(shop: Path, plain: Report) -> None:
    def script(request: Request) -> Scripted:
        if area_of(request) == "synthesizer":
            return prose("All 97 gates hold and the verdict is GO.")
        return submission()

    report, requests = audit(shop, script)
    told = [r for r in requests if area_of(r) == "synthesizer"]
    assert len(told) == 3
    assert "97" in told[1].tool_results[0].text
    assert report.text("summary") == plain.text("summary")
    assert all(prose.note for prose in report.prose if prose.section in ("summary", "impact", "road_map"))
    assert {row.where for row in report.refused} == {"summary", "impact", "road_map"}


def test_a_guardrail_stops_a_section(shop: Path) -> None:
    def script(request: Request) -> Scripted:
        if request.path_kind == "apply":
            text = request.body["content"][0]["text"]["text"]
            entry = {"match": "x", "type": "INSULTS", "action": "BLOCKED", "detected": True}
            warned = {"match": "x", "type": "NAME", "action": "NONE", "detected": True}
            if "whole" in text:
                return Guardrail("GUARDRAIL_INTERVENED", assessments=[{"contentPolicy": {"filters": [entry]}}])
            return Guardrail(assessments=[{"sensitiveInformationPolicy": {"piiEntities": [warned]}}])
        if area_of(request) == "synthesizer":
            rows = [
                [{"text": text, "cites": ["authentication"]}]
                for text in ("Routes ask for no credentials.", "The whole route asks for no credentials.")
            ]
            return Answer(tools=[("submit", {"summary": rows[0], "impact": rows[1], "road_map": rows[0], "end": END})])
        return submission()

    report, _ = audit(shop, script, guardrail="gr1:2")
    authors = {prose.section: prose.author for prose in report.prose}
    assert authors["summary"] == MODEL
    assert authors["impact"] == "template"
    found = {(v.guardrail, v.policy, v.action.value, v.where) for v in report.violations}
    assert ("gr1:2", "content: INSULTS", "block", "impact") in found
    assert ("gr1:2", "sensitiveInformation: NAME", "warn", "summary") in found
    assert '"match":' not in render(report, "json")


def cassette_of(shop: Path, path: Path, script: Script = honest) -> Report:
    return audit(shop, script, cassette=path, record="once", note="a script on loopback")[0]


def replayed(shop: Path, path: Path, record: str = "none") -> Report:
    options = Options((shop,), None, None, AREAS, None, False, ModelOptions(cassette=path, record=record))
    return run_audit(options, show_progress=False).report


def test_a_recorded_audit_replays_byte_for_byte(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "shop.yaml"
    recorded = cassette_of(shop, path)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    again = replayed(shop, path)
    for item in FORMATS:
        assert render(again, item.name) == render(recorded, item.name), item.name
    assert "a script on loopback" in path.read_text()
    assert render(replayed(shop, path, "once"), "json") == render(recorded, "json")


def test_what_was_not_recorded_fails_loudly(shop: Path, tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    cassette_of(shop, path)
    files = SHOP | {"Dockerfile": SHOP["Dockerfile"].replace("python:latest", "python:3")}
    changed = write(tmp_path / "shop", files)
    args = ["audit", str(changed), "--cassette", str(path), "--quiet", "-f", "json"]
    done = CliRunner().invoke(cli, args)
    assert done.exit_code == 2
    assert "Traceback" not in done.output
    assert "--record new" in done.output


def test_only_whose_evidence_changed_asks_again(shop: Path, tmp_path: Path) -> None:
    """A line is added to a document: the specialists that cite no line of it are not asked again."""
    path = tmp_path / "shop.yaml"
    first = write(tmp_path / "shop", SHOP)
    cassette_of(first, path)
    write(first, {"docs/evil.md": SHOP["docs/evil.md"] + "One more line.\n"})
    hits: list[str] = []

    def counted(request: Request) -> Scripted:
        hits.append(area_of(request))
        return honest(request)

    with serve(counted) as server:
        text = path.read_text()
        old = re.search(r"http://127\.0\.0\.1:\d+", text)
        assert old
        path.write_text(
            text.replace(old[0], server.url).replace(old[0].removeprefix("http://"), server.url.removeprefix("http://"))
        )
        replayed(first, path, "new")
    assert hits == []


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--model", "claude"], "PROVIDER:NAME"),
        (["--model", "openai:gpt-5"], "openai:gpt-5"),
        (["--model", MODEL, "--guardrail", "x"], "ID:VERSION"),
        (["--guardrail", "gr1:1"], "--model"),
        (["--model", MODEL, "--prompts", "{tmp}"], "security.md"),
        (["--cassette", "{tmp}/nothing.yaml"], "nothing.yaml"),
        (["--cassette", "{tmp}/foreign.yaml"], "foreign.yaml"),
        (["--cassette", "{tmp}/new.yaml", "--record", "once"], "--model"),
        (["--model", MODEL, "--budget-usd", "0"], "budget-usd"),
    ],
)
def test_bad_input_is_said_in_a_sentence(shop: Path, tmp_path: Path, args: list[str], says: str) -> None:
    (tmp_path / "foreign.yaml").write_text("interactions: []\nversion: 1\n")
    given = [arg.replace("{tmp}", str(tmp_path)) for arg in args]
    done = CliRunner().invoke(cli, ["audit", str(shop), "--quiet", *given])
    assert done.exit_code == 2, done.output
    assert says in done.output
    assert "Traceback" not in done.output


def test_without_a_region_it_says_so(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    done = CliRunner().invoke(cli, ["audit", str(shop), "--quiet", "--model", MODEL])
    assert done.exit_code == 2
    assert "--region" in done.output


def test_requests_do_not_depend_on_threads_or_time(shop: Path) -> None:
    def bodies() -> list[str]:
        _, requests = audit(shop, honest)
        return sorted(json.dumps(request.body, sort_keys=True) for request in requests)

    first: Callable[[], list[str]] = bodies
    assert first() == first()
