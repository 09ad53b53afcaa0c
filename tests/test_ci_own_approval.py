"""A change that tries to approve itself, through the command, in real git repositories."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from dulwich import porcelain
from dulwich.index import IndexEntry
from dulwich.objects import ObjectID
from dulwich.refs import Ref
from dulwich.repo import Repo

from gonogo.cli import cli
from tests.asking import write
from tests.baselines import baseline, finding

AUTHOR = b"A <a@example.org>"
LOOSE = "tier: C\nseverities: {pinned-images: {severity: low, reason: ours}}\n"
FILES = {
    "app.py": "import os\n\nprint(os.environ['A'])\n",
    "Dockerfile": 'FROM python:latest\nCOPY app.py .\nCMD ["python", "app.py"]\n',
    "examples/gonogo.yaml": LOOSE,
}


class Repository:
    """A git repository with a branch ``base``, and a work tree that a change is made in."""

    def __init__(self, top: Path, files: dict[str, str]) -> None:
        self.top, self.area = write(top, files), "compliance"  # an area that is quickly answered
        porcelain.init(str(top)).close()
        self.first = self.commit("base")

    def commit(self, branch: str = "") -> str:
        paths = [p for p in self.top.rglob("*") if (p.is_file() or p.is_symlink()) and ".git" not in p.parts]
        porcelain.add(str(self.top), [str(path) for path in paths])
        done = porcelain.commit(str(self.top), message=b"m", author=AUTHOR, committer=AUTHOR, sign=False)
        if branch:
            porcelain.branch_create(str(self.top), branch, force=True)
        return done.decode()

    def link(self, name: str, to: str) -> None:
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(to)

    def ci(self, *options: str, path: str = ".", base: str = "base") -> Result:
        given = [str(self.top / path), "--store", "none", "--area", self.area, "--quiet", "--base", base, *options]
        return CliRunner().invoke(cli, ["ci", *given], catch_exceptions=False)

    def report(self, *options: str, **given: str) -> dict[str, Any]:
        out = self.top.parent / "out"
        done = self.ci("--fail-on", "never", "-f", "json", "-o", str(out), *options, **given)
        assert done.exit_code == 0, done.output
        return dict(json.loads((out / "report.json").read_text()))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "shop", FILES)


def not_counted(report: dict[str, Any]) -> list[str]:
    return [row["what"] for row in report["not_counted"]]


def accepted(repository: Repository, tmp_path: Path) -> str:
    """A file of waivers for pinned-images as it fails now."""
    repository.area = "security"
    repository.report()
    words = ("--owner", "the team", "--reason", "known", "--expires", "2027-06-01")
    report = str(tmp_path / "out" / "report.json")
    return CliRunner().invoke(cli, ["waivers", "draft", report, "pinned-images", *words]).output


@pytest.mark.parametrize("to", ["examples/gonogo.yaml", "{outside}"])
def test_a_link_does_not_choose_the_configuration(repository: Repository, tmp_path: Path, to: str) -> None:
    outside = tmp_path / "loose.yaml"
    outside.write_text(LOOSE)
    repository.link("gonogo.yaml", to.format(outside=outside))
    repository.commit()
    report = repository.report()
    assert (report["target"]["tier"], report["concessions"]) == ("B", [])
    (repository.top / "gonogo.yaml").unlink()
    write(repository.top, {"gonogo.yaml": "policy: {minimum_coverage: 100}\n"})
    repository.commit("base")
    (repository.top / "gonogo.yaml").unlink()
    repository.link("gonogo.yaml", to.format(outside=outside))
    report = repository.report()
    assert report["policy"]["minimum_coverage"] == 100, "the file of that name, as the base has it"
    assert not_counted(report) == ["gonogo.yaml is changed"]
    named = repository.report("--config", str(repository.top / "gonogo.yaml"))
    assert named["policy"]["minimum_coverage"] == 100


@pytest.mark.parametrize("link", [".gonogo", ".gonogo/waivers.yaml"])
def test_a_link_does_not_choose_the_waivers(repository: Repository, tmp_path: Path, link: str) -> None:
    text = accepted(repository, tmp_path)
    outside = write(tmp_path / "outside", {"waivers.yaml": text})
    write(repository.top, {"examples/waivers.yaml": text})
    repository.commit("base")
    for to in (str(outside), str(repository.top / "examples")):
        repository.link(link, to if link == ".gonogo" else f"{to}/waivers.yaml")
        report = repository.report()
        assert report["waivers"] == []
        assert not_counted(report) == [".gonogo/waivers.yaml is changed"]
        named = repository.ci("--waivers", str(repository.top / ".gonogo" / "waivers.yaml"))
        assert named.exit_code == 2
        assert "waivers count once they are in the base" in named.output
        (repository.top / link).unlink()
    reached = tmp_path / "reached.yaml"
    reached.symlink_to(repository.top / "examples" / "waivers.yaml")
    assert [row["state"] for row in repository.report("--waivers", str(reached))["waivers"]] == ["applied"]
    (repository.top / "examples" / "waivers.yaml").unlink()
    assert [row["state"] for row in repository.report("--waivers", str(reached))["waivers"]] == ["applied"], (
        "the base's"
    )


def test_a_link_does_not_choose_the_baseline(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.area = "security"
    write(repository.top, {"more/Dockerfile": FILES["Dockerfile"]})
    done = repository.ci("--fail-on", "never", "--write-baseline", str(repository.top / "old" / "baseline.json"))
    assert done.exit_code == 0, done.output
    (repository.top / "more" / "Dockerfile").unlink()
    write(repository.top, {"b/baseline.json": "{}"})
    done = repository.ci("--fail-on", "never", "--write-baseline", str(repository.top / "b" / "baseline.json"))
    repository.commit("base")
    write(repository.top, {"more/Dockerfile": FILES["Dockerfile"]})
    (repository.top / "b" / "baseline.json").unlink()
    repository.link("b/baseline.json", "../old/baseline.json")
    monkeypatch.chdir(repository.top / "old")
    for name in ("../b/baseline.json", "../old/../b/baseline.json", str(repository.top / "b" / "baseline.json")):
        done = repository.ci("--baseline", name, "--fail-on", "new")
        assert done.exit_code == 1, done.output
    assert repository.ci("--baseline", "baseline.json", "--fail-on", "new").exit_code == 0, "which has it"


def test_what_a_change_does_not_approve_it_is_told(repository: Repository, tmp_path: Path) -> None:
    write(repository.top, {".gonogo/waivers.yaml": accepted(repository, tmp_path)})
    repository.commit()
    report = repository.report()
    assert report["waivers"] == []
    assert not_counted(report) == [".gonogo/waivers.yaml is changed"]
    repository.commit("base")
    assert not_counted(repository.report()) == []
    (repository.top / ".gonogo" / "waivers.yaml").unlink()
    assert not_counted(repository.report()) == [".gonogo/waivers.yaml is changed"]


def test_the_folder_is_not_chosen_by_a_link(repository: Repository, tmp_path: Path) -> None:
    write(repository.top, {"services/shop/Dockerfile": FILES["Dockerfile"], "clean/README.md": "# Clean\n"})
    other = Repository(tmp_path / "other", {"gonogo.yaml": LOOSE, "README.md": "# Clean\n"})
    repository.commit("base")
    (repository.top / "services" / "shop" / "Dockerfile").unlink()
    (repository.top / "services" / "shop").rmdir()
    for to in ("../clean", str(other.top)):
        repository.link("services/shop", to)
        for base in ("base", "none"):
            done = repository.ci(path="services/shop", base=base)
            assert done.exit_code == 2
            assert "is a link in the repository" in done.output
        (repository.top / "services" / "shop").unlink()
    reached = tmp_path / "reached"
    reached.symlink_to(repository.top)
    given = ["ci", str(reached), "--store", "none", "--area", "compliance", "--base", "base", "--fail-on", "never"]
    assert CliRunner().invoke(cli, given).exit_code == 0, "who reaches the whole repository by a link may"


def test_a_submodule_does_not_bring_a_base_of_its_own(repository: Repository) -> None:
    inner = Repository(repository.top / "services" / "shop", {**FILES, "gonogo.yaml": LOOSE})
    with Repo(str(repository.top)) as git:
        index = git.open_index()
        index[b"services/shop"] = IndexEntry(0, 0, 0, 0, 0o160000, 0, 0, 0, ObjectID(inner.first.encode()))
        index.write()
    done = repository.ci(path="services/shop")
    assert done.exit_code == 2
    assert "lies in a submodule" in done.output
    assert repository.report(path="services/shop", base="none")["target"]["tier"] == "B"
    with Repo(str(repository.top)) as git:
        index = git.open_index()
        del index[b"services/shop"]
        index.write()
    assert repository.report(path="services/shop")["target"]["tier"] == "C", "a clone that happens to lie there"


def test_a_name_of_several_commits_names_none(repository: Repository) -> None:
    porcelain.tag_create(str(repository.top), "same", objectish="base", annotated=True, message=b"m", author=AUTHOR)
    porcelain.branch_create(str(repository.top), "same", "base")
    write(repository.top, {"gonogo.yaml": LOOSE})
    change = repository.commit()
    assert repository.report(base="same")["target"]["tier"] == "B", "which both name"
    porcelain.tag_create(str(repository.top), "base", objectish=change, sign=False)
    done = repository.ci()
    assert done.exit_code == 2
    assert "base means several commits: write which one, refs/heads/base or refs/tags/base." in done.output
    assert repository.report(base="refs/heads/base")["target"]["tier"] == "B"
    with Repo(str(repository.top)) as git:
        git.refs[Ref(b"refs/heads/" + repository.first.encode())] = ObjectID(change.encode())
    assert repository.report(base=repository.first)["target"]["tier"] == "B", "a hash is a hash"


@pytest.mark.parametrize("branch", ["../../heads/change", "..", "-x", "a b", "HEAD:x", "\x1b[2J", "a\n::error::b"])
def test_odd_names_of_a_base_are_told_on_one_line(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, branch: str
) -> None:
    porcelain.branch_create(str(repository.top), "change")
    monkeypatch.setenv("GITHUB_BASE_REF", branch)
    done = repository.ci(base="")
    assert done.exit_code == 2
    assert len(done.output.splitlines()) == 1
    assert "\x1b" not in done.output


def test_gitlab_s_target_is_the_branch_not_where_the_change_began(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The author of a change chooses how old the commit is that it began at."""
    write(repository.top, {"gonogo.yaml": LOOSE})
    old = repository.commit()
    write(repository.top, {"gonogo.yaml": "tier: A\n"})
    now = repository.commit()
    with Repo(str(repository.top)) as git:
        git.refs[Ref(b"refs/remotes/origin/main")] = ObjectID(now.encode())
    monkeypatch.setenv("CI_MERGE_REQUEST_DIFF_BASE_SHA", old)
    monkeypatch.setenv("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main")
    assert repository.report(base="")["target"]["tier"] == "A"
    monkeypatch.setenv("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", old)
    assert repository.report(base="")["target"]["tier"] == "C", "where the service knows the commit, that one"


@pytest.mark.parametrize("kind", ["link", "module", "parent"])
def test_a_base_without_a_plain_file_is_refused(repository: Repository, kind: str) -> None:
    if kind == "link":
        repository.link(".gonogo/waivers.yaml", "../examples/gonogo.yaml")
    elif kind == "parent":
        repository.link(".gonogo", "examples")
        with Repo(str(repository.top)) as git:
            git.get_worktree().stage([".gonogo"])
    else:
        with Repo(str(repository.top)) as git:
            index = git.open_index()
            index[b".gonogo"] = IndexEntry(0, 0, 0, 0, 0o160000, 0, 0, 0, ObjectID(repository.first.encode()))
            index.write()
    repository.commit("base")
    done = repository.ci()
    assert done.exit_code == 2
    assert "waivers.yaml is no regular file at commit" in done.output


@pytest.mark.parametrize("option", ["--import", "--snapshot", "--source"])
def test_a_change_does_not_bring_its_own_evidence(repository: Repository, option: str) -> None:
    name = {"--import": "junit.xml", "--snapshot": "seen.json", "--source": "docker.json"}[option]
    text = '<testsuite name="s"><testcase name="t"/></testsuite>' if option == "--import" else "[]"
    write(repository.top, {name: text})
    given = f"docker={repository.top / name}" if option == "--source" else str(repository.top / name)
    made = repository.ci(option, given, "--fail-on", "never")
    assert "evidence" not in made.output, "what the pipeline made counts, or is wrong for a reason of its own"
    repository.commit()
    done = repository.ci(option, given)
    assert done.exit_code == 2
    assert f"{name}: this change brings its own evidence" in done.output
    assert "takes nothing from the repository" in repository.ci(option, given, base="none").output
    (repository.top / name).rename(repository.top / "moved")
    repository.link(name, "moved")
    assert f"{name} is a link" in repository.ci(option, given).output
    (repository.top / name).unlink()
    (repository.top / "moved").rename(repository.top / name)
    repository.commit("base")
    assert "evidence" not in repository.ci(option, given, "--fail-on", "never").output


def test_files_that_the_base_names_are_the_base_s(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = repository.top / "services" / "shop"
    write(
        folder,
        {
            **FILES,
            "gonogo.yaml": "inventory: ops/what.yaml\n",
            "ops/what.yaml": "resources:\n- {source: docker, kind: container, name: shop}\n",
        },
    )
    repository.commit("base")
    monkeypatch.chdir(repository.top)
    before = repository.report(path="services/shop")
    assert before["target"]["sources"][1]["notes"] == ["things: 1"]
    (folder / "ops" / "what.yaml").write_text("nonsense: [")
    after = repository.report(path="services/shop")
    assert after["target"]["sources"][1]["notes"] == ["things: 1"]
    write(folder, {"gonogo.yaml": "inventory: ops/none.yaml\n"})
    repository.commit("base")
    assert (
        "names the file services/shop/ops/none.yaml, which is not there" in repository.ci(path="services/shop").output
    )


@pytest.mark.parametrize("link", ["out", "out/report.json", "b.json", "summary.md"])
def test_nothing_is_written_through_a_link_of_the_change(repository: Repository, tmp_path: Path, link: str) -> None:
    target = tmp_path / "precious"
    if link == "out":
        target.mkdir()
    else:
        target.write_text("as it was")
    repository.link(link, str(target))
    options = ("-f", "json", "-o", str(repository.top / "out"), "--write-baseline", str(repository.top / "b.json"))
    done = repository.ci(*options, "--summary", str(repository.top / "summary.md"))
    assert done.exit_code == 2
    assert f"{link} is a link in the repository" in done.output
    assert not list(target.iterdir()) if link == "out" else target.read_text() == "as it was"


def test_a_message_gives_the_runner_no_command(repository: Repository) -> None:
    write(repository.top, {"gonogo.yaml": '"x\\n::error::owned\\n\\e[31m##[add-mask]y": 1\n'})
    done = repository.ci()
    assert done.exit_code == 2
    assert len(done.output.splitlines()) == 1
    assert "##[" not in done.output and "\x1b" not in done.output


@pytest.mark.sweep
def test_a_recording_does_not_say_which_day_it_is(tmp_path: Path) -> None:
    """Else a change could bring one from before a waiver expired."""
    root = Path(__file__).parents[1]
    old = root.joinpath("cassettes", "parcels.yaml").read_text(encoding="utf-8")
    cassette = tmp_path / "cassette.yaml"
    cassette.write_text(re.sub("recorded_at: .*", 'recorded_at: "2020-01-01T00:00:00+00:00"', old), encoding="utf-8")
    out = ("-f", "json", "-o", str(tmp_path), "--fail-on", "never", "--store", "none", "--base", "none")
    given = [str(root / "tests" / "services" / "parcels"), *out, "--cassette", str(cassette)]
    done = CliRunner().invoke(cli, ["ci", *given], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    created = json.loads((tmp_path / "report.json").read_text())["provenance"]["created"]
    assert datetime.now(UTC) - datetime.fromisoformat(created) < timedelta(hours=1)


def test_a_baseline_with_a_finding_twice_is_none(repository: Repository, tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    file.write_text(baseline([finding(1), finding(1)]).model_dump_json())
    done = repository.ci("--baseline", str(file), "--fail-on", "new")
    assert done.exit_code == 2
    assert "has the finding gng-0000000001 twice" in done.output


def test_what_was_not_counted_is_told_everywhere(repository: Repository, tmp_path: Path) -> None:
    odd = 'target: "a\\u0001b"\nleave_out: [{path: "x\\e[31m\\n::error::y", reason: ours}]\n'
    write(repository.top, {"gonogo.yaml": odd})
    repository.commit()
    out = ("-f", "summary,junit,sarif", "-o", str(tmp_path / "out"), "--fail-on", "never")
    given = [str(repository.top), "--store", "none", "--area", "compliance"]
    done = CliRunner().invoke(cli, ["ci", *given, "--base", "base", *out], catch_exceptions=False)
    assert "Not counted: x<U+001B>[31m<U+000A>: :error: :y is left out" in done.output
    assert "### Asked for, and not counted" in (tmp_path / "out" / "summary.md").read_text()
    ElementTree.parse(tmp_path / "out" / "report.junit.xml")
    shown = CliRunner().invoke(cli, ["audit", *given], catch_exceptions=False)
    assert "not counted: x" in shown.output
    assert "\x1b[31m" not in shown.output
