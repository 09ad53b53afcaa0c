"""What changed and how it went, as a user asks for it: over real audits that are kept in a store."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from gonogo.cli import cli
from gonogo.commands.history import diff, history
from gonogo.commands.output import deliver
from gonogo.keeping import KeepOptions, opened_store
from gonogo.model.baseline import Baseline
from gonogo.model.history import trend
from gonogo.past import THIS_RUN, history_of, past_of, read_history, target_name
from gonogo.run import Options, load_report, run_audit
from gonogo.store.runs import list_runs
from tests.asking import write

BAD = {
    "app/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/orders')\ndef orders(): ...\n",
    "requirements.txt": "fastapi==0.115.0\n",
    "Dockerfile": 'FROM python:latest\nCOPY app app\nCMD ["uvicorn", "app.main:app"]\n',
}
GOOD = BAD["Dockerfile"].replace("COPY", "USER app\nCOPY")


@pytest.fixture
def till(tmp_path: Path) -> Path:
    return write(tmp_path / "till", BAD)


def run(command: click.Command, *arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments], catch_exceptions=False)


def audit(folder: Path, *options: str | Path, area: str = "security") -> str:
    """Audits one area, and gives the id of the run."""
    before = kept()
    result = run(cli, "audit", folder, "--quiet", "--area", area, *options)
    assert result.exit_code in (0, 1, 3), result.output
    (made,) = set(kept()) - set(before)
    return made


def kept() -> list[str]:
    with opened_store(KeepOptions()) as store:
        return [row.run for row in list_runs(store, limit=100)]


def mend(folder: Path) -> None:
    (folder / "Dockerfile").write_text(GOOD)


def spoil(folder: Path) -> None:
    (folder / "Dockerfile").write_text(BAD["Dockerfile"])


def told(*arguments: str | Path) -> dict[str, Any]:
    result = run(history, *arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return dict(json.loads(result.stdout))


def test_a_service_that_gets_better_and_worse_again(till: Path) -> None:
    first = audit(till)
    mend(till)
    second = audit(till)
    spoil(till)
    third = audit(till, "-o", till.parent / "out")
    found = told(till)
    (stretch,) = found["stretches"]
    assert [point["run"] for point in stretch["points"]] == [first, second, third]
    root = {row["id"] for row in json.loads(run(diff, first, second, "--json").stdout)["findings"]["resolved"]
            for row in [row["finding"]] if row["criterion"] == "non-root-containers"}  # fmt: skip
    assert len(root) == 1
    assert root <= set(stretch["points"][1]["closed"])
    assert root <= set(stretch["points"][2]["reopened"])
    assert "non-root-containers" in run(diff, second, third).stdout.partition("regressed (")[2]
    again = json.loads(run(diff, first, third, "--json").stdout)
    assert not again["findings"]["new"] and not again["findings"]["regressed"] and not again["statuses"]
    report, base = till.parent / "out" / "report.json", till.parent / "base.json"
    base.write_text(Baseline.of(load_report(report)).model_dump_json())
    for side in (report, base):
        assert run(diff, first, side, "--json").stdout == json.dumps(again, ensure_ascii=False, indent=2) + "\n"


def test_unlike_audits_are_refused_and_forced(till: Path) -> None:
    whole, part = audit(till, area="security,cost"), audit(till)
    result = run(diff, whole, part)
    assert result.exit_code == 2
    assert "can't be compared: one is of the areas" in result.stderr
    forced = run(diff, whole, part, "--force")
    assert forced.exit_code == 0
    assert "can't be compared" in forced.stdout
    assert "gng-" not in forced.stdout
    assert "statuses that differ" in forced.stdout
    assert [len(row["points"]) for row in told(till)["stretches"]] == [1, 1]


def test_the_report_draws_the_history_up_to_it(till: Path, tmp_path: Path) -> None:
    first = audit(till)
    mend(till)
    second = audit(till)
    audit(till, "--tier", "A")
    alone, drawn = (run(cli, "runs", "show", name, "-f", "html").stdout for name in (first, second))
    assert 'id="history"' not in alone, "there is nothing before it to compare with"
    assert 'id="history"' in drawn
    assert first[:8] in drawn and second[:8] in drawn
    assert "tier A" not in drawn.partition('id="history"')[2].partition("</section>")[0], "what came later"
    plain = run(cli, "runs", "show", second, "-f", "html", "-o", tmp_path)
    assert plain.exit_code == 0
    assert (tmp_path / "report.html").read_text() == drawn
    last = run(cli, "runs", "show", audit(till), "-f", "html").stdout
    assert last.count("<h2>History</h2>") == 1
    assert "Not compared with the runs above" in last, "the break is drawn"


def test_a_report_that_was_just_made_stands_at_the_end(till: Path, tmp_path: Path) -> None:
    audit(till)
    mend(till)
    second = audit(till, "-f", "json", "-o", tmp_path)
    report = load_report(tmp_path / "report.json")
    found = past_of(KeepOptions(), pytest.fail)(report)
    assert found and found.stretches[0].points[-1].run == second
    with opened_store(KeepOptions()) as store:
        other = report.model_copy(update={"findings": report.findings[1:]})
        unkept = history_of(other, store)
    assert unkept and [point.run for point in unkept.stretches[0].points][-1] == THIS_RUN
    assert past_of(KeepOptions(store="none"), pytest.fail)(report) is None


def test_the_report_of_an_audit_draws_it_as_it_is_made(till: Path, tmp_path: Path) -> None:
    """While the audit still has its store open."""
    first = audit(till)
    mend(till)
    options = Options((till,), None, None, ("security",), None, False)
    past = past_of(options.keeping, pytest.fail)
    done = run_audit(
        options, show_progress=False, deliver=lambda report: deliver(report, None, tmp_path, quiet=True, past=past)
    )
    text = (tmp_path / "report.html").read_text()
    assert 'id="history"' in text and first[:8] in text and done.run[:8] in text
    assert text == run(cli, "runs", "show", done.run, "-f", "html").stdout
    assert load_report(tmp_path / "report.json") == done.report


def test_a_store_that_can_not_be_read_is_told_and_costs_the_chart_alone(till: Path, tmp_path: Path) -> None:
    audit(till, "-f", "json", "-o", tmp_path)
    broken = tmp_path / "broken.sqlite"
    broken.write_text("no database")
    heard: list[str] = []
    assert (
        past_of(KeepOptions(store=f"sqlite:///{broken}"), heard.append)(load_report(tmp_path / "report.json")) is None
    )
    assert len(heard) == 1 and "without the history" in heard[0]


def test_a_replay_draws_none(till: Path, tmp_path: Path) -> None:
    audit(till)
    mend(till)
    second = audit(till)
    assert run(cli, "runs", "export", second, "-o", tmp_path / "run.gonogo").exit_code == 0
    replayed = run(cli, "replay", tmp_path / "run.gonogo", "-f", "html").stdout
    assert "<h1>Production readiness of till" in replayed
    assert 'id="history"' not in replayed
    assert run(cli, "runs", "show", second, "-f", "html", "--no-history").stdout == replayed
    assert run(cli, "runs", "show", second, "-f", "html").stdout != replayed


def database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    file = tmp_path / "runs.sqlite"
    monkeypatch.setenv("GONOGO_STORE", f"sqlite:///{file}")
    return file


def test_what_was_changed_in_the_store_is_named_and_left_out(
    till: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = database(monkeypatch, tmp_path)
    good, forged, moved = audit(till), audit(till), audit(till)
    other = write(tmp_path / "desk", BAD)
    stray = audit(other)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE runs SET verdict = 'GO' WHERE run = ?", (forged,))
        connection.execute("UPDATE runs SET created = '2030-01-01T00:00:00+00:00' WHERE run = ?", (moved,))
        connection.execute("UPDATE runs SET target = 'till' WHERE run = ?", (stray,))
        connection.execute("UPDATE findings SET severity = 'low'")
    connection.close()
    found = told(till)
    points = [point for stretch in found["stretches"] for point in stretch["points"]]
    assert forged not in {point["run"] for point in points}
    assert stray not in {point["run"] for point in points}
    assert good in {point["run"] for point in points}
    assert all(point["verdict"] == "CONDITIONAL" and point["findings"]["high"] for point in points)
    assert all(not point["created"].startswith("2030") for point in points)
    assert {row["run"] for row in found["left_out"]} >= {forged, stray}
    text = run(history, till).stdout
    assert f"left out: {forged[:8]}: it is not what was stored" in text
    assert run(diff, good, forged).exit_code == 2


def test_a_report_whose_bytes_were_changed_is_left_out(
    till: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = database(monkeypatch, tmp_path)
    changed = audit(till)
    mend(till)
    good = audit(till)
    with sqlite3.connect(file) as connection:
        ((digest,),) = connection.execute("SELECT report FROM runs WHERE run = ?", (changed,)).fetchall()
        connection.execute("UPDATE blobs SET packed = ? WHERE digest = ?", (b"x", digest))
    connection.close()
    found = told("till")
    assert [point["run"] for stretch in found["stretches"] for point in stretch["points"]] == [good]
    assert [row["run"] for row in found["left_out"]] == [changed]


def test_the_limit_takes_the_newest(till: Path) -> None:
    audit(till)
    audit(till)
    (stretch,) = told(till, "--limit", "1")["stretches"]
    assert [point["run"] for point in stretch["points"]] == kept()[:1]
    assert run(history, till, "--limit", "0").exit_code == 2


def test_a_path_leads_to_the_target_that_its_audit_has(tmp_path: Path) -> None:
    plain, named = write(tmp_path / "desk", BAD), write(tmp_path / "x", BAD | {"gonogo.yaml": "target: counter\n"})
    assert target_name(str(plain)) == "desk"
    assert target_name(str(named)) == "counter"
    assert target_name("checkout") == "checkout"
    config = tmp_path / "operator.yaml"
    config.write_text("target: front\n")
    assert target_name(str(plain), config) == "front"
    audit(named)
    assert told(named)["target"] == "counter"
    assert told(named)["stretches"] == told("counter")["stretches"]


def test_what_has_no_run_says_so() -> None:
    result = run(history, "nothing-of-this-name")
    assert (result.exit_code, result.stdout) == (0, "nothing-of-this-name: no finished run of it is kept here\n")
    assert run(history, "x", "--store", "none").exit_code == 2


def test_a_page_of_its_own(till: Path, tmp_path: Path) -> None:
    audit(till)
    mend(till)
    audit(till)
    page = tmp_path / "out" / "history.html"
    result = run(history, till, "--html", page)
    assert (result.exit_code, result.stdout) == (0, "")
    text = page.read_text()
    assert "<svg" in text and "Content-Security-Policy" in text and "<script" not in text
    refused = run(history, till, "--html", tmp_path / "out" / "history.html" / "x.html")
    assert refused.exit_code == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "no JSON report"),
        ("[" * 100_000, "no JSON report"),
        ('{"kind": "gonogo baseline", "tier": "Z"}', "is no baseline that gonogo wrote"),
        ('{"kind": "gonogo baseline", "version": "9"}', "is no baseline that gonogo wrote"),
        ('{"kind": "other"}', "no JSON report"),
        ("NaN", "no JSON report"),
        ("\x00", "no JSON report"),
    ],
)
def test_a_file_that_is_neither_is_refused(tmp_path: Path, content: str, says: str) -> None:
    file = tmp_path / "side.json"
    file.write_text(content)
    result = run(diff, file, file)
    assert result.exit_code == 2
    assert says in result.stderr


def test_what_is_no_side_is_refused(tmp_path: Path) -> None:
    assert "is no file" in run(diff, tmp_path, tmp_path).stderr
    assert run(diff, "feedbeef", "feedbeef").exit_code == 2
    assert run(diff, "no-such-file.json", "x").exit_code == 2


def test_a_changed_report_is_no_side(till: Path, tmp_path: Path) -> None:
    audit(till, "-f", "json", "-o", tmp_path)
    file = tmp_path / "report.json"
    file.write_text(file.read_text().replace('"value": "CONDITIONAL"', '"value": "GO"', 1))
    result = run(diff, file, file)
    assert result.exit_code == 2
    assert "refused" in result.stderr


def test_reading_a_history_needs_no_more_than_the_store(till: Path) -> None:
    audit(till)
    with opened_store(KeepOptions()) as store:
        assert read_history(store, "till", limit=5).runs == 1
        assert read_history(store, "other", limit=5) == trend("other", [])
