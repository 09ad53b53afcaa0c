"""`gonogo draft`: from a kept run, a report or a baseline to a file that a person is given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gonogo.commands.draft import draft
from gonogo.keeping import KeepOptions, opened_store
from gonogo.model.baseline import Baseline
from gonogo.model.report import Report
from gonogo.report.drafts import STYLES
from gonogo.report.drafts import draft as written
from gonogo.report.json import render
from gonogo.store.runs import Admission, admit, finish

CREATED = "2026-11-21T12:00:00+00:00"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(draft, [str(item) for item in arguments])


@pytest.fixture
def report_file(tmp_path: Path, shop_report: Report) -> Path:
    path = tmp_path / "report.json"
    path.write_text(render(shop_report), encoding="utf-8")
    return path


@pytest.mark.parametrize("style", STYLES)
def test_a_report_in_a_file(style: str, report_file: Path, shop_report: Report) -> None:
    done = run(report_file, "--style", style)
    assert done.exit_code == 0, done.output
    assert done.stdout == written(shop_report, style)


def test_a_kept_run(tmp_path: Path, shop_report: Report) -> None:
    url = f"sqlite:///{tmp_path}/runs.sqlite"
    with opened_store(KeepOptions(store=url)) as store:
        known = {"gonogo": shop_report.provenance.gonogo, "catalogue": shop_report.provenance.catalogue}
        admit(store, Admission(run="ab" * 16, created=CREATED, target="shop", fingerprint="f", **known))
        finish(store, "ab" * 16, shop_report)
    done = run("abab", "--style", "certification", "--before", "abab", "--store", url)
    assert done.exit_code == 0, done.output
    assert done.stdout == written(shop_report, "certification", before=Baseline.of(shop_report))


def test_to_a_file(report_file: Path, tmp_path: Path, shop_report: Report) -> None:
    output = tmp_path / "new" / "draft.md"
    assert run(report_file, "-o", output).exit_code == 0
    assert output.read_text(encoding="utf-8") == written(shop_report, "summary")
    assert run(report_file, "-o", output.with_suffix(".PDF")).exit_code == 0
    assert output.with_suffix(".PDF").read_bytes().startswith(b"%PDF-")


def test_a_file_that_cannot_be_written(report_file: Path) -> None:
    done = run(report_file, "-o", report_file / "below.md")
    assert done.exit_code == 2
    assert "give another file with -o" in done.stderr


def test_a_report_that_does_not_hold_is_refused(report_file: Path) -> None:
    data = json.loads(report_file.read_text())
    data["verdict"]["value"] = "GO"
    report_file.write_text(json.dumps(data))
    done = run(report_file, "--style", "certification")
    assert done.exit_code == 2
    assert "the report was refused" in done.stderr
    assert "GO" not in done.stdout


def test_what_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[]")
    for name in (tmp_path / "x.json", tmp_path / "none.json", "abcd"):
        done = run(name, "--store", f"sqlite:///{tmp_path}/runs.sqlite")
        assert done.exit_code == 2, done.output
        assert done.stderr.startswith("Error: ")


def test_before_and_after(report_file: Path, tmp_path: Path, shop_report: Report) -> None:
    baseline = tmp_path / "baseline.json"
    baseline.write_text(Baseline.of(shop_report).model_dump_json())
    for before in (baseline, report_file):
        done = run(report_file, "--style", "full", "--before", before)
        assert done.exit_code == 0, done.output
        assert "The verdict is NO-GO, as before" in done.stdout
        assert "No finding came or went." in done.stdout
    assert run(report_file, "--before", tmp_path / "none.json").exit_code == 2


def test_the_missing_extra_is_named(report_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    done = run(report_file, "-o", tmp_path / "x.pdf")
    assert done.exit_code == 2
    assert "gonogo[pdf]" in done.stderr
    assert not (tmp_path / "x.pdf").exists()
