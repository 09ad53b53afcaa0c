"""A change in a pipeline, through the command, in real git repositories."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from dulwich import porcelain

from gonogo.cli import cli
from gonogo.model.baseline import Baseline
from tests.asking import write
from tests.conftest import SHOP

AUTHOR = b"A <a@example.org>"
BASELINE = ".gonogo/baseline.json"
WAIVERS = ".gonogo/waivers.yaml"
Ci = Callable[..., Result]


class Repository:
    """A git repository with a branch ``base``, and a work tree that a change is made in."""

    def __init__(self, top: Path) -> None:
        self.top = top
        write(top, SHOP)
        porcelain.init(str(top)).close()
        self.commit("base")

    def commit(self, branch: str = "") -> None:
        porcelain.add(str(self.top), [str(p) for p in self.top.rglob("*") if p.is_file() and ".git/" not in str(p)])
        porcelain.commit(str(self.top), message=b"m", author=AUTHOR, committer=AUTHOR, sign=False)
        if branch:
            porcelain.branch_create(str(self.top), branch, force=True)

    def ci(self, *options: str, path: str = ".") -> Result:
        given = [str(self.top / path), "--store", "none", "--area", "delivery,security", *options]
        return CliRunner().invoke(cli, ["ci", *given], catch_exceptions=False)

    def has_baseline(self) -> None:
        done = self.ci("--base", "none", "--write-baseline", str(self.top / BASELINE), "--quiet")
        assert done.exit_code in (0, 1, 3), done.output
        self.commit("base")

    def report(self, *options: str) -> dict[str, object]:
        done = self.ci(*options, "-f", "json", "-o", str(self.top.parent / "out"), "--quiet")
        assert done.exit_code in (0, 1, 3), done.output
        return dict(json.loads((self.top.parent / "out" / "report.json").read_text()))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    (tmp_path / "shop").mkdir()
    return Repository(tmp_path / "shop")


@pytest.fixture
def measured(repository: Repository) -> Repository:
    repository.has_baseline()
    return repository


def gated(repository: Repository, *options: str) -> Result:
    return repository.ci("--base", "base", "--baseline", str(repository.top / BASELINE), *options)


def test_a_change_that_changes_nothing_passes_a_gate_on_what_is_new(measured: Repository) -> None:
    done = gated(measured, "--fail-on", "new")
    assert done.exit_code == 0, done.output
    assert " 0 new, 0 regressed," in done.output
    assert gated(measured).exit_code == 1, "the verdict is NO-GO all the same"


def test_a_baseline_is_no_evidence(measured: Repository) -> None:
    """Its sentences name what was found missing: read as documents they would answer for it."""
    file = measured.top / BASELINE
    told = json.loads(file.read_text())
    told["findings"][0]["what"] = "key = AKIAIOSFODNN7EXAMPLF"
    file.write_text(json.dumps(told, indent=1))
    measured.commit("base")
    assert BASELINE not in json.dumps([row["locator"] for row in measured.report("--base", "none")["findings"]])


def test_a_change_that_mends_one_and_adds_another(measured: Repository) -> None:
    dockerfile = measured.top / "Dockerfile"
    dockerfile.write_text(SHOP["Dockerfile"].replace("python:latest", "python:3.12-slim") + "USER 1000\n")
    write(measured.top, {"app/token.py": 'AWS_KEY = "AKIA" + "IOSFODNN7EXAMPLF"\nkey = "AKIAIOSFODNN7EXAMPLF"\n'})
    measured.commit()
    done = gated(measured, "--fail-on", "new-critical", "--summary", str(measured.top.parent / "summary.md"))
    assert done.exit_code == 1, done.output
    assert "\n  + " in done.output
    assert "app/token.py" in done.output
    assert "\n  - " in done.output
    assert "IOSFODNN7" not in done.output
    assert "app/token.py" in (measured.top.parent / "summary.md").read_text()
    assert gated(measured, "--fail-on", "new-blocker", "--area", "delivery").exit_code == 1, "of other areas"
    write(measured.top, {"app/token.py": "\n"})
    measured.commit()
    done = gated(measured, "--fail-on", "new")
    assert done.exit_code == 0, done.output


def drafted(repository: Repository, subject: str) -> str:
    repository.report("--base", "none")
    report = repository.top.parent / "out" / "report.json"
    words = ["--owner", "the team", "--reason", "we know", "--expires", "2027-06-01"]
    done = CliRunner().invoke(cli, ["waivers", "draft", str(report), subject, *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def waived(report: dict[str, object]) -> list[str]:
    return [row["criterion"] for row in report["assessments"] if row["waived"]]  # type: ignore[attr-defined]


def test_a_change_does_not_waive_itself(repository: Repository) -> None:
    write(repository.top, {WAIVERS: drafted(repository, "non-root-containers")})
    repository.commit()
    assert waived(repository.report("--base", "base")) == []
    repository.commit("base")
    assert waived(repository.report("--base", "base")) == ["non-root-containers"]
    assert waived(repository.report("--base", "base", "--no-waivers")) == []


def test_a_waiver_is_void_when_what_it_accepts_changes(repository: Repository) -> None:
    write(repository.top, {WAIVERS: drafted(repository, "non-root-containers")})
    repository.commit("base")
    write(repository.top, {"other/Dockerfile": SHOP["Dockerfile"]})
    report = repository.report("--base", "base")
    assert waived(report) == []
    assert [row["state"] for row in report["waivers"]] == ["void"]  # type: ignore[attr-defined]


def test_a_change_does_not_loosen_its_own_configuration(repository: Repository) -> None:
    loose = "tier: C\nleave_out: [{path: Dockerfile, reason: not ours}]\n"
    write(repository.top, {"gonogo.yaml": loose})
    repository.commit()
    report = repository.report("--base", "base")
    assert report["target"]["tier"] == "B"  # type: ignore[index]
    assert report["not_counted"]
    named = repository.ci("--base", "base", "--config", str(repository.top / "gonogo.yaml"))
    assert named.exit_code == 2
    assert "counts once it is in the base" in named.output
    repository.commit("base")
    write(repository.top, {"gonogo.yaml": "tier: B\n"})
    report = repository.report("--base", "base")
    assert report["target"]["tier"] == "C"  # type: ignore[index]
    assert [row["what"] for row in report["not_counted"]] == ["gonogo.yaml is changed"]  # type: ignore[attr-defined]


def test_a_baseline_beside_the_audited_folder_is_the_base_s_too(repository: Repository) -> None:
    folder = repository.top / "services" / "shop"
    write(folder, SHOP)
    repository.ci("--base", "none", "--write-baseline", str(repository.top / BASELINE), path="services/shop")
    repository.commit()
    named = ("--baseline", str(repository.top / BASELINE))
    done = repository.ci("--base", "base", *named, path="services/shop")
    assert done.exit_code == 2, "the base has none, whatever the change brings"
    assert "is not there" in done.output
    repository.commit("base")
    (repository.top / BASELINE).write_text("{}")
    done = repository.ci("--base", "base", *named, "--fail-on", "new", path="services/shop")
    assert done.exit_code == 0, done.output


def test_a_baseline_of_something_else_lets_nothing_pass(measured: Repository) -> None:
    text = (measured.top / BASELINE).read_text()
    other = Baseline.model_validate_json(text).model_copy(update={"target": "till", "catalogue": "0" * 16})
    outside = measured.top.parent / "baseline.json"
    outside.write_text(other.model_dump_json())
    done = measured.ci("--base", "base", "--baseline", str(outside), "--fail-on", "new-blocker")
    assert done.exit_code == 1
    assert "till" in done.output


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"kind": "gonogo baseline"}', "NaN", '{"findings": 1e999}', "\0" * 9, "[" * 100_000],
    ids=lambda text: repr(text[:12]),
)
def test_what_is_no_baseline_is_named(measured: Repository, text: str) -> None:
    outside = measured.top.parent / "baseline.json"
    outside.write_text(text)
    done = measured.ci("--base", "base", "--baseline", str(outside), "--fail-on", "new")
    assert done.exit_code == 2
    assert "baseline.json: is no baseline" in done.output


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("waivers: [", "is not valid YAML"),
        ("waivers: [{criterion: runbooks}]", "waivers.yaml at commit"),
        ("waivers: []\nwaivers: []", "stands here twice"),
        ("approve: all", "approve"),
    ],
)
def test_waivers_that_cannot_be_read_fail(repository: Repository, text: str, says: str) -> None:
    write(repository.top, {WAIVERS: text})
    repository.commit("base")
    done = repository.ci("--base", "base")
    assert done.exit_code == 2
    assert says in done.output
    assert repository.ci("--base", "base", "--no-waivers").exit_code == 1


@pytest.mark.parametrize("base", ["nowhere", "0" * 40, "..", "refs/heads/../base"])
def test_a_base_that_is_not_there_is_no_base(repository: Repository, base: str) -> None:
    done = repository.ci("--base", base)
    assert done.exit_code == 2
    assert base in done.output


def test_without_a_word_the_base_has_to_be_known(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "of commit" in repository.ci().output, "its own master: it has never heard of a remote"
    remote = repository.top / ".git" / "refs" / "remotes" / "origin" / "topic"
    remote.parent.mkdir(parents=True)
    remote.write_bytes((repository.top / ".git" / "refs" / "heads" / "base").read_bytes())
    done = repository.ci()
    assert done.exit_code == 2
    assert "name it with --base" in done.output
    monkeypatch.setenv("GITHUB_BASE_REF", "base")
    porcelain.update_head(str(repository.top), "base")
    assert "refs/remotes/origin/base" in repository.ci().output
    monkeypatch.delenv("GITHUB_BASE_REF")
    monkeypatch.setenv("CI_MERGE_REQUEST_DIFF_BASE_SHA", porcelain.rev_list(str(repository.top), ["HEAD"]) or "base")
    assert repository.ci("--base", "base").exit_code == 1


def test_a_folder_outside_of_git_is_the_operator_s(tmp_path: Path) -> None:
    folder = write(tmp_path / "shop", SHOP)
    words = [str(folder), "--store", "none", "--area", "delivery,security"]
    file = folder / "baseline.json"
    made = CliRunner().invoke(cli, ["ci", *words, "--write-baseline", str(file), "--quiet"], catch_exceptions=False)
    assert made.exit_code == 1, made.output
    done = CliRunner().invoke(cli, ["ci", *words, "--baseline", str(file), "--fail-on", "new"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
