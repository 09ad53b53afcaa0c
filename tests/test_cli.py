"""The commands, as a user types them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gonogo.cli import cli
from tests.asking import write


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)


def test_an_audit_ends_with_the_code_of_its_verdict(shop: Path) -> None:
    result = run("audit", shop)
    assert result.exit_code == 1
    assert "NO-GO" in result.stdout
    assert "Gates behind the verdict" in result.stdout
    assert "Dockerfile:1" in result.stdout
    assert "security: 35 criteria answered" in result.stderr


@pytest.mark.parametrize("options", [["--quiet"], ["-f", "json"], ["-f", "md", "--quiet"]])
def test_display_options_do_not_change_the_code(shop: Path, options: list[str]) -> None:
    assert run("audit", shop, *options).exit_code == 1


def test_quiet_says_nothing(shop: Path) -> None:
    result = run("audit", shop, "--quiet")
    assert (result.stdout, result.stderr) == ("", "")


def test_nothing_is_written_into_the_target(shop: Path) -> None:
    before = sorted((path, path.stat().st_mtime_ns) for path in shop.rglob("*"))
    run("audit", shop)
    assert sorted((path, path.stat().st_mtime_ns) for path in shop.rglob("*")) == before


def test_reports_are_written_where_asked_and_can_be_converted(shop: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("audit", shop, "-f", "md,html,json,sarif,junit", "-o", out, "--quiet").exit_code == 1
    names = {"report.md", "report.html", "report.json", "report.sarif", "report.junit.xml"}
    assert {path.name for path in out.iterdir()} == names
    converted = run("report", "convert", out / "report.json", "-f", "html")
    assert converted.stdout == (out / "report.html").read_text()
    assert "NO-GO" in run("report", "show", out / "report.json").stdout


def test_a_changed_report_is_refused(shop: Path, tmp_path: Path) -> None:
    run("audit", shop, "-f", "json", "-o", tmp_path, "--quiet")
    path = tmp_path / "report.json"
    path.write_text(path.read_text().replace('"value": "NO-GO"', '"value": "GO"', 1))
    result = run("report", "show", path)
    assert result.exit_code == 2
    assert "refused" in result.stderr


@pytest.mark.parametrize(("option", "code"), [("never", 0), ("no-go", 1), ("conditional", 1), ("low", 1)])
def test_fail_on_chooses_what_stops(shop: Path, option: str, code: int) -> None:
    assert run("audit", shop, "--quiet", "--fail-on", option).exit_code == code


def test_an_area_alone_is_no_audit_of_the_rest(shop: Path) -> None:
    result = run("audit", shop, "--area", "compliance", "-f", "json")
    data = json.loads(result.stdout)
    assert result.exit_code == 3
    assert data["verdict"]["value"] == "CONDITIONAL"
    assert len(data["assessments"]) >= 144
    assert {row["status"] for row in data["assessments"] if row["area"] != "compliance"} == {"unverified"}


def test_several_folders_are_one_target(shop: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "infra", {"main.tf": 'resource "aws_s3_bucket" "logs" {}\n'})
    data = json.loads(run("audit", shop, other, "-f", "json").stdout)
    assert len(data["target"]["sources"]) == 2
    paths = {finding["locator"]["path"] for finding in data["findings"] if finding["locator"]["path"]}
    assert any(path.startswith(shop.name + "/") for path in paths)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["audit", "no/such/folder"], "no/such/folder"),
        (["audit", ".", "--tier", "X"], "'X' is not one of"),
        (["audit", ".", "--area", "magic"], "'magic' is not one of"),
        (["audit", ".", "-f", "md,html"], "need -o"),
        (["criteria", "explain", "nothing-such"], "there is no criterion"),
        (["report", "show", "no-such.json"], "no-such.json"),
    ],
)
def test_misuse_is_named_and_exits_with_two(arguments: list[str], says: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert says in result.stderr


def test_an_empty_folder_is_not_a_clean_one(tmp_path: Path) -> None:
    result = run("audit", tmp_path, "--quiet")
    assert result.exit_code == 4


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_folder_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0)
    result = run("audit", tmp_path)
    assert result.exit_code == 2
    assert "can't be read" in result.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_not_an_empty_one(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": "KEY = 1\n", "notes.txt": "hello\n"})
    (tmp_path / "app.py").chmod(0)
    result = run("audit", tmp_path, "--store", "none", "-f", "json")
    assert json.loads(result.stdout)["provenance"]["could_not_read"] == ["app.py: this user may not read it"]


def test_a_bad_configuration_exits_with_two(tmp_path: Path) -> None:
    write(tmp_path, {"gonogo.yaml": "teir: A\n", "app.py": ""})
    result = run("audit", tmp_path)
    assert result.exit_code == 2
    assert "gonogo.yaml:1: teir" in result.stderr


def test_every_criterion_can_be_explained() -> None:
    listed = run("criteria", "list").stdout.splitlines()
    assert len(listed) >= 144
    explained = run("criteria", "explain", "sec-001").stdout
    assert "secrets-in-repo" in explained
    assert "How to verify" in explained


def test_the_doctor_says_what_is_there() -> None:
    result = run("doctor")
    assert result.exit_code == 0
    assert "langgraph" in result.stdout


def test_a_state_folder_that_cannot_be_written_costs_nothing(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GONOGO_STATE", str(tmp_path / "file"))
    assert run("audit", shop, "--quiet").exit_code == 1


def test_the_folders_of_a_configuration_are_audited_where_none_is_named(shop: Path, tmp_path: Path) -> None:
    config = tmp_path / "gonogo.yaml"
    config.write_text(f"sources: {{repo: {shop}}}\n")
    done = run("audit", "--config", config, "--store", "none", "-f", "json")
    assert json.loads(done.stdout)["target"]["name"] == shop.name
    assert run("audit").exit_code == 2
