"""--prices and --on-budget at the command line: live, recorded and replayed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gonogo.cli import cli
from tests.bedrock import Answer, Request, Scripted, serve
from tests.test_model_audit import area_of, honest, submission

MODEL = "bedrock:us.anthropic.claude-sonnet-5-5"
ROW = {"input": 3.0, "output": 15.0, "cached": 0.3, "written": 3.75}
AREA = ("--area", "security")


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def prices(folder: Path, name: str = "prices.yaml", **rows: dict[str, float]) -> Path:
    path = folder / name
    path.write_text(json.dumps({"as_of": "2026-11-01", "source": "our agreement", "models": rows or {MODEL: ROW}}))
    return path


def audited(folder: Path, *args: str) -> str:
    done = CliRunner().invoke(cli, ["audit", str(folder), *AREA, "--quiet", "-f", "json", "--fail-on", "never", *args])
    assert done.exit_code == 0, done.output
    return done.stdout


def asked_of(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)["provenance"]["asked"]
    return found


def test_a_given_price_makes_a_cost_known(shop: Path, tmp_path: Path) -> None:
    with serve(honest) as server:
        live = ("--model", MODEL, "--endpoint-url", server.url)
        unknown, known = (
            asked_of(audited(shop, *live)),
            asked_of(audited(shop, *live, "--prices", str(prices(tmp_path)))),
        )
    assert unknown["use"]["cost_usd"] is None
    assert unknown["prices"][0]["input"] is None
    use = known["use"]
    paid = (use["input_tokens"] - use["cached_tokens"]) * 3.0 + use["cached_tokens"] * 0.3 + use["output_tokens"] * 15.0
    assert use["cost_usd"] == pytest.approx(paid / 1_000_000, abs=1e-6)
    assert known["prices"] == [{"model": MODEL, **ROW, "as_of": "2026-11-01", "source": "our agreement"}]


def test_a_replay_costs_what_was_recorded_unless_other_prices_are_given(shop: Path, tmp_path: Path) -> None:
    cassette, other = str(tmp_path / "shop.yaml"), {"openai:gpt-5": ROW}
    own = prices(tmp_path, **{MODEL: ROW}, **other)
    with serve(honest) as server:
        live = ("--model", MODEL, "--endpoint-url", server.url, "--prices", str(own))
        recorded = audited(shop, *live, "--cassette", cassette, "--record", "once")
    own.unlink()
    assert audited(shop, "--cassette", cassette) == recorded
    assert "gpt-5" not in Path(cassette).read_text(), "only what was asked"
    dear = prices(tmp_path, "dear.yaml", **{MODEL: {name: 10 * price for name, price in ROW.items()}})
    first, second = asked_of(recorded), asked_of(audited(shop, "--cassette", cassette, "--prices", str(dear)))
    assert second["use"]["cost_usd"] == pytest.approx(10 * first["use"]["cost_usd"], rel=1e-3)
    for told in (first, second):
        told["prices"] = told["use"]["cost_usd"] = None
    assert first == second


def test_a_cassette_with_broken_prices_says_so(shop: Path, tmp_path: Path) -> None:
    cassette = tmp_path / "shop.yaml"
    with serve(honest) as server:
        live = ("--model", MODEL, "--endpoint-url", server.url, "--prices", str(prices(tmp_path)))
        audited(shop, *live, "--cassette", str(cassette), "--record", "once")
    cassette.write_text(cassette.read_text().replace("written: 3.75", "written: -3.75"))
    done = CliRunner().invoke(cli, ["audit", str(shop), *AREA, "--cassette", str(cassette)])
    assert done.exit_code == 2
    assert "shop.yaml: the prices that it was recorded with can't be read" in done.output


def endless(request: Request) -> Scripted:
    if area_of(request) == "synthesizer":
        return honest(request)
    return submission() if request.turn >= 5 else Answer(tools=[("read_file", {"path": "app/main.py"})])


def test_a_budget_stops_or_warns_and_a_cassette_remembers_which(shop: Path, tmp_path: Path) -> None:
    cassette = str(tmp_path / "shop.yaml")
    with serve(endless) as server:
        live = ("--model", MODEL, "--endpoint-url", server.url, "--budget-tokens", "20000")
        stopped = audited(shop, *live)
        warned = audited(shop, *live, "--on-budget", "warn", "--cassette", cassette, "--record", "once")
    assert audited(shop, "--cassette", cassette) == warned
    states = [json.loads(text)["provenance"]["specialists"][0]["investigation"] for text in (stopped, warned)]
    assert [part["state"] for part in states] == ["bounded", "complete"]
    assert {"bound": "tokens", "percent": 100} in states[1]["warned"]
    assert (asked_of(stopped)["limits"]["is_hard"], asked_of(warned)["limits"]["is_hard"]) == (True, False)


def test_progress_says_a_line_of_each_warning(shop: Path) -> None:
    with serve(endless) as server:
        args = ("--model", MODEL, "--endpoint-url", server.url, "--budget-tokens", "20000", "--on-budget", "warn")
        done = CliRunner().invoke(cli, ["audit", str(shop), *AREA, *args])
    for line in ("security: 80% of its share of the tokens is used", "the audit: 95% of the tokens is used"):
        assert done.stderr.count(line) == 1, done.stderr
    assert "security: its share of the tokens is used up, and it goes on" in done.stderr


def test_bad_prices_are_said_in_a_sentence(shop: Path, tmp_path: Path) -> None:
    bad = prices(tmp_path, **{MODEL: ROW | {"input": -1.0}})
    for path, says in ((bad, f"models.{MODEL}.input"), (tmp_path / "nothing.yaml", "--prices")):
        done = CliRunner().invoke(cli, ["audit", str(shop), *AREA, "--quiet", "--model", MODEL, "--prices", str(path)])
        assert done.exit_code == 2
        assert str(path) in done.output.replace("\n", "")
        assert says in done.output
        assert "Traceback" not in done.output
