"""Imports end to end: options in, report out, kept with the run, beside live sources."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from gonogo.cli import cli
from gonogo.keeping import KeepOptions
from gonogo.model.criterion import Status
from gonogo.model.report import Report
from gonogo.model.snapshot import Record, Snapshot
from gonogo.report import html, imports, markdown
from gonogo.run import Options, run_audit
from gonogo.tools.imported import read_imports
from gonogo.tools.imported.mapping import MOST_KEPT
from tests.imported.documents import finding, result, sarif

AREAS = ("security",)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("results")
    texts = {
        "checkov.sarif": sarif(
            result("CKV_AWS_20", "main.tf", 1),
            result("CKV_AWS_20", "main.tf", 1, suppressions=[{"kind": "inSource"}]),
            *(result(f"<script>|`{number}`", "main.tf") for number in range(20)),
        ),
        "prowler.json": json.dumps([finding("iam_user_mfa_enabled_console_access", "PASS")]),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return {name: folder / name for name in texts}


def audit(shop: Path, *paths: Path, snapshot: Path | None = None, store: str = "none") -> Report:
    options = Options(
        (shop,), None, None, AREAS, None, False, keeping=KeepOptions(store=store), snapshot=snapshot, imports=paths
    )
    return run_audit(options, show_progress=False).report


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, shop: Path, files: dict[str, Path]) -> Report:
    return audit(shop, *files.values())


def status(report: Report, slug: str) -> Status:
    return next(row.status for row in report.assessments if row.criterion == slug)


def test_a_report_tells_what_was_imported(report: Report) -> None:
    assert [(item.file, item.tool, item.mapped, item.rows) for item in report.imports] == [
        ("checkov.sarif", "Checkov", 2, 22),
        ("prowler.json", "Prowler", 1, 1),
    ]
    assert status(report, "public-storage") is Status.FAIL
    assert status(report, "console-mfa") is Status.NOT_APPLICABLE  # a pass makes nothing apply
    names = [(source.kind, source.name) for source in report.target.sources]
    assert ("imported", "checkov.sarif") in names and ("imported", "prowler.json") in names


def test_the_order_of_files_does_not_matter(report: Report, shop: Path, files: dict[str, Path]) -> None:
    again = audit(shop, *reversed(files.values()), files["prowler.json"])
    changed = {"provenance": report.provenance, "verdict": report.verdict}
    assert again.model_copy(update=changed).model_dump_json() == report.model_dump_json()


def test_without_imports_a_report_is_silent(shop_report: Report) -> None:
    assert shop_report.imports == ()
    assert "Imported results" not in markdown.render(shop_report) + html.render(shop_report)


def test_both_formats_list_what_no_criterion_asks(report: Report) -> None:
    row = imports.import_rows(report)[0]
    assert (row.mapped, row.more, len(row.unmapped)) == ("2 of 22 rows mapped", 8, 12)
    for text in (markdown.render(report), html.render(report)):
        assert "2 of 22 rows mapped" in text and "and 8 more rules" in text
        assert "public-storage (1 failing, 1 suppressed)" in text
    assert "<script>" not in html.render(report)


def test_beside_a_snapshot_of_live_sources(tmp_path: Path, shop: Path, files: dict[str, Path]) -> None:
    live = Snapshot(
        taken=datetime(2026, 11, 1, tzinfo=UTC).isoformat(),
        given=("docker",),
        records=(Record(source="docker", kind="container", name="web", data={"State": {"Status": "running"}}),),
    )
    path = tmp_path / "snapshot.json"
    path.write_text(live.model_dump_json(), encoding="utf-8")
    both = audit(shop, *files.values(), snapshot=path)
    assert status(both, "non-root-containers") is Status.FAIL  # docker shows it
    assert status(both, "public-storage") is Status.FAIL  # the import does


def test_a_merged_snapshot_is_read_again_as_it_was(files: dict[str, Path]) -> None:
    whole = Snapshot(given=("docker",)).with_imported(read_imports(files.values()))
    assert Snapshot.model_validate_json(whole.model_dump_json()) == whole
    assert whole.given == ("docker", "imported")


def test_a_run_is_kept_and_made_again_with_its_imports(tmp_path: Path, shop: Path, files: dict[str, Path]) -> None:
    url = f"sqlite:///{tmp_path / 'runs.sqlite'}"
    told = audit(shop, *files.values(), store=url)
    run, file = CliRunner(), tmp_path / "run.gz"
    (row,) = json.loads(run.invoke(cli, ["runs", "list", "--store", url, "--json"]).output)
    exported = run.invoke(cli, ["runs", "export", row["run"], "--store", url, "-o", str(file)])
    assert exported.exit_code == 0, exported.output
    again = run.invoke(cli, ["replay", str(file), "-f", "json", "-o", str(tmp_path / "again"), "--quiet"])
    assert again.exit_code == 1, again.output
    assert Report.model_validate_json((tmp_path / "again" / "report.json").read_text()) == told


def test_files_of_the_repository_are_not_read_by_themselves(tmp_path: Path, shop: Path) -> None:
    copy = shutil.copytree(shop, tmp_path / "shop")
    (copy / "results.sarif").write_text(sarif(result("CKV_AWS_20", "main.tf")), encoding="utf-8")
    assert audit(copy).imports == ()
    assert audit(copy, copy / "results.sarif").imports


def test_the_command_refuses_what_it_cannot_read(tmp_path: Path, shop: Path) -> None:
    bad = tmp_path / "bad.sarif"
    bad.write_text("{", encoding="utf-8")
    done = CliRunner().invoke(cli, ["audit", str(shop), "--store", "none", "--quiet", "--import", str(bad)])
    assert done.exit_code == 2
    assert "bad.sarif: is no valid JSON" in done.output


@pytest.mark.parametrize("count", [2_500, pytest.param(25_000, marks=pytest.mark.sweep)])
def test_thousands_of_results(tmp_path: Path, count: int) -> None:
    rules = ("CKV_AWS_20", "CKV_AWS_116", "CKV_AWS_85", "CKV_AWS_16")
    rows = [result(rules[n % 4], f"infra/m{n % 90}/main.tf", n % 200 + 1) for n in range(count)]
    path = tmp_path / "large.sarif"
    path.write_text(sarif(*rows), encoding="utf-8")
    snapshot = read_imports([path])
    (item,) = snapshot.imports
    assert (item.rows, item.mapped, item.unmapped[0].count) == (count, count * 3 // 4, count // 4)
    assert len(snapshot.records) == 3 * (MOST_KEPT + 1) and len(snapshot.model_dump_json()) < 200_000
