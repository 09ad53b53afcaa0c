"""Waivers as a user meets them: drafted, listed, held against a report, given to an audit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gonogo.cli import cli
from gonogo.model.criterion import Status
from gonogo.model.report import Report


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words), catch_exceptions=False)


@pytest.fixture
def report(shop_report: Report, tmp_path: Path) -> Path:
    path = tmp_path / "report.json"
    path.write_text(shop_report.model_dump_json())
    return path


def drafted(report: Path, subject: str, expires: str = "2027-06-01") -> Result:
    words = ("--owner", "the team", "--reason", "we know\nof it", "--ticket", "T-1", "--expires", expires)
    return run("waivers", "draft", str(report), subject, *words)


def test_a_drafted_waiver_is_listed_and_applies(report: Path, shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text(drafted(report, "pinned-images").output)
    listed = run("waivers", "list", "--waivers", str(file))
    assert listed.output.startswith("until 2027-06-01")
    assert "pinned-images the team [T-1]: we know<U+000A>of it" in listed.output
    held = run("waivers", "audit", str(report), "--waivers", str(file))
    assert (held.exit_code, held.output.split()[0]) == (0, "applies")
    done = run("audit", str(shop), "--store", "none", "--waivers", str(file), "-f", "json")
    told = json.loads(done.stdout)
    assert [row["criterion"] for row in told["assessments"] if row["waived"]] == ["pinned-images"]
    markdown = run("audit", str(shop), "--store", "none", "--waivers", str(file), "-f", "md").stdout
    assert "| pinned-images | applies | 2027-06-01 | the team (T-1) |" in markdown


def test_a_waiver_is_added_to_those_that_are_there(report: Path, shop_report: Report, tmp_path: Path) -> None:
    file = tmp_path / ".gonogo" / "waivers.yaml"
    words = ("--owner", "ops", "--reason", "known", "--expires", "2027-01-01", "--add-to", str(file))
    subjects = [row.criterion for row in shop_report.with_status(Status.FAIL)[:3]]
    for subject in subjects:
        assert run("waivers", "draft", str(report), subject, *words).exit_code == 0
    listed = run("waivers", "list", "--waivers", str(file)).output
    assert len(listed.splitlines()) == 3
    again = run("waivers", "draft", str(report), subjects[0], *words)
    assert again.exit_code == 2
    assert f"{subjects[0]} is waived there already" in again.output
    file.write_text("# of the platform team\n" + file.read_text().replace("- crit", "  - crit", 1))
    before = file.read_text()
    assert run("waivers", "draft", str(report), shop_report.findings[0].id, *words).exit_code == 2
    assert file.read_text() == before, "what can't be read is not written"


def test_one_finding_can_be_waived(report: Path, shop_report: Report) -> None:
    finding = shop_report.findings[0].id
    assert f"finding: {finding}" in drafted(report, finding).output


def test_what_does_not_fail_cannot_be_waived(report: Path, shop_report: Report) -> None:
    says = dict.fromkeys(("nothing-such", "gng-0000000000"), "there is no criterion and no finding of that name")
    for status, word in ((Status.PASS, "passes"), (Status.UNVERIFIED, "is unverified")):
        says[shop_report.with_status(status)[0].criterion] = f"it {word} in this report, and only what fails"
    for subject, why in says.items():
        done = drafted(report, subject)
        assert done.exit_code == 2
        assert f"{subject}: {why}" in done.output


def test_waivers_that_no_longer_hold_are_told_and_fail(report: Path, tmp_path: Path) -> None:
    file = tmp_path / "waivers.yaml"
    entry = drafted(report, "pinned-images").output
    file.write_text(entry.replace("2027-06-01", "2026-01-01"))
    held = run("waivers", "audit", str(report), "--waivers", str(file))
    assert (held.exit_code, held.output.split()[0]) == (1, "expired")
    assert held.output.count("2026-01-01") == 1, "the day is said once"
    digest = entry.rstrip().rpartition("evidence: ")[2].strip("'")
    file.write_text(entry.replace(digest, "0123456789abcdef"))
    held = run("waivers", "audit", str(report), "--waivers", str(file))
    assert (held.exit_code, held.output.split()[0]) == (1, "void")


def test_a_repository_does_not_waive_its_own_failures(report: Path, shop_report: Report, tmp_path: Path) -> None:
    from tests.asking import write
    from tests.conftest import SHOP

    own = write(tmp_path / "own", {**SHOP, ".gonogo/waivers.yaml": drafted(report, "pinned-images").output})
    told = json.loads(run("audit", str(own), "--store", "none", "-f", "json").stdout)
    assert not [row for row in told["assessments"] if row["waived"]]
    assert [row["what"] for row in told["not_counted"]] == ["waivers are named"]
    trusted = run("audit", str(own), "--store", "none", "-f", "json", "--trust-repository-config")
    assert [row["state"] for row in json.loads(trusted.stdout)["waivers"]] == ["applied"]


def test_a_file_that_was_named_must_be_there(shop: Path, tmp_path: Path) -> None:
    done = run("audit", str(shop), "--store", "none", "--waivers", str(tmp_path / "none.yaml"))
    assert done.exit_code == 2
    assert "none.yaml: can't be read" in done.output
