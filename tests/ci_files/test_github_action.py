"""The action: what it is made of, and its steps as a runner would run them, in a real git repository."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from dulwich import porcelain
from dulwich.objects import ObjectID
from dulwich.refs import Ref
from dulwich.repo import Repo

from gonogo import __version__
from gonogo.cli import cli
from gonogo.model.ci_gate import RULES
from tests.asking import write
from tests.conftest import SHOP
from tests.report.test_ci import runner_reads

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "action.yml"
EXAMPLE = ROOT / "docs" / "examples" / "github-workflow.yml"
STEPS: list[dict[str, Any]] = yaml.safe_load(ACTION.read_text(encoding="utf-8"))["runs"]["steps"]
INPUTS: dict[str, dict[str, str]] = yaml.safe_load(ACTION.read_text(encoding="utf-8"))["inputs"]
PINNED = re.compile(r"uses: [\w./-]+@(?P<commit>[0-9a-f]{40}) # v\d+\.\d+\.\d+$")
BASELINE = ".gonogo/baseline.json"
AUTHOR = b"A <a@example.org>"
IMPOSTOR = "raise SystemExit('this came from the audited repository')\n"


def step(name: str) -> dict[str, Any]:
    return next(item for item in STEPS if item.get("id") == name)


@pytest.mark.parametrize("path", [ACTION, EXAMPLE, ROOT / ".github" / "workflows" / "ci.yml"])
def test_whatever_is_used_is_pinned(path: Path) -> None:
    lines = [line.strip().removeprefix("- ") for line in path.read_text(encoding="utf-8").splitlines()]
    used = [line for line in lines if line.startswith("uses:")]
    assert used
    assert all(PINNED.match(line) for line in used)


def test_no_expression_stands_in_a_script() -> None:
    """What an expression puts into a script is run by the shell; into the environment, it is text."""
    for item in STEPS:
        assert "${{" not in item.get("run", "")


def test_the_example_asks_for_no_more_than_it_takes() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    assert document["permissions"] == {}
    (job,) = document["jobs"].values()
    assert job["permissions"] == {"contents": "read", "security-events": "write"}
    assert "pull_request_target" not in document[True], "YAML reads the key on as true"
    given = next(item for item in job["steps"] if item.get("id") == "gonogo")["with"]
    assert set(given) <= set(INPUTS)
    assert given["version"] == __version__
    assert given["fail-on"] in RULES


def test_isolated_everywhere() -> None:
    """Python puts the working directory, here the audited repository, before its own modules unless told not to."""
    for item in STEPS:
        for line in item.get("run", "").splitlines():
            for found in re.finditer(r'"\$(?:PYTHON|SETUP_PYTHON|python)" (?P<next>\S+)', line):
                assert found["next"] == "-I", line


@dataclass(frozen=True)
class Ran:
    code: int
    output: str
    outputs: dict[str, str]
    summary: str


class Runner:
    """A runner's step: its script under bash as GitHub calls it, in a checkout of a change."""

    def __init__(self, top: Path) -> None:
        self.top = top / "shop"
        self.files = top / "runner"
        self.files.mkdir()
        if not self.top.exists():
            write(self.top, {**SHOP, "gonogo.py": IMPOSTOR, "json.py": IMPOSTOR, "secrets.py": IMPOSTOR})
        porcelain.init(str(self.top)).close()
        self.first = self.commit()

    def commit(self) -> str:
        paths = [str(p) for p in self.top.rglob("*") if p.is_file() and ".git/" not in str(p)]
        porcelain.add(str(self.top), paths)
        return porcelain.commit(str(self.top), message=b"m", author=AUTHOR, committer=AUTHOR, sign=False).decode()

    def run(self, **given: str) -> Ran:
        """The audit step. What is not given has the action's own default."""
        folder = Path(mkdtemp(dir=self.files))
        output, summary = folder / "output", folder / "summary"
        output.touch()
        summary.touch()
        defaults = {"AUDITED": "path", "FAIL_ON": "fail-on", "WAIVERS": "waivers", "IMPORTS": "imports"}
        defaults |= {"BASELINE": "baseline", "MODEL": "model", "CASSETTE": "cassette", "BASE": "base"}
        environment = {name: INPUTS[key].get("default", "") for name, key in defaults.items()}
        environment |= {"PYTHON": sys.executable, "FOLDER": str(folder), "DEFAULT_BRANCH": "main", "HOME": str(folder)}
        environment |= {"GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/pull/1/merge", "GITHUB_SHA": self.first}
        environment |= {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary), "PATH": os.environ["PATH"]}
        script = folder / "step.sh"
        script.write_text(step("audit")["run"], encoding="utf-8")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.top,
            env=environment | given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
        )
        outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
        return Ran(done.returncode, done.stdout, outputs, summary.read_text())


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    found = Runner(tmp_path_factory.mktemp("action"))
    options = ["--base", "none", "--fail-on", "never", "--store", "none", "--quiet"]
    made = CliRunner().invoke(cli, ["ci", str(found.top), *options, "--write-baseline", str(found.top / BASELINE)])
    assert made.exit_code == 0, made.output
    found.first = found.commit()
    return found


def after_the_stop(output: str) -> str:
    """What the runner still reads as commands: what is printed once the token came again."""
    before, _, rest = output.partition("::stop-commands::")
    assert not before
    token, _, rest = rest.partition("\n")
    assert re.fullmatch(r"[0-9a-f]{32}", token)
    return rest.split(f"::{token}::\n")[1]


def test_a_change_that_mends_one_thing_and_breaks_another(runner: Runner) -> None:
    write(
        runner.top,
        {
            "Dockerfile": 'FROM python:3.12-slim\nCOPY app app\nUSER 1000\nCMD ["uvicorn", "app.main:app"]\n',
            "app/main.py": SHOP["app/main.py"] + '\nPASSWORD = "Tr0ub4dor-and-3-horses"\n',
            "docs/::add-mask::x ##[add-mask]y.md": "::add-mask::z\n",
        },
    )
    done = runner.run(FAIL_ON="new-high", BASE=runner.first, BASELINE=BASELINE)
    assert done.code == 0, f"the last step fails the job, after the upload: {done.output}"
    assert done.outputs["exit-code"] == "1", done.output
    assert done.outputs["verdict"] == "NO-GO"
    assert "**The gate `new-high` stops this pipeline:**" in done.summary
    assert "`secrets-in-repo`" in done.summary and "`non-root-containers`" in done.summary
    read = list(runner_reads(after_the_stop(done.output)))
    assert ("app/main.py", "error") in [(properties.get("file"), command) for command, properties, _ in read]
    for name in ("json", "markdown", "sarif", "junit", "code-scanning"):
        assert Path(done.outputs[name]).is_file()
    states = {
        item["baselineState"] for item in json.loads(Path(done.outputs["sarif"]).read_text())["runs"][0]["results"]
    }
    assert states >= {"new", "unchanged", "absent"}


def test_the_base_is_the_target_branch_as_it_is_now(runner: Runner) -> None:
    """The event knows the branch's commit of the pull request's last push, which may be an old one."""
    with Repo(str(runner.top)) as git:
        git.refs[Ref(b"refs/remotes/origin/release")] = ObjectID(runner.first.encode())
    done = runner.run(BASE_BRANCH="release", FAIL_ON="never")
    assert done.outputs["exit-code"] == "0", done.output
    assert f"of commit {runner.first[:12]}" in done.output
    assert "refs/remotes/origin/gone" in runner.run(BASE_BRANCH="gone").output


def test_an_input_is_never_run(runner: Runner, tmp_path: Path) -> None:
    ways = ("$(touch {0}1)", "`touch {0}2`", "'; touch {0}3; '", '"; touch {0}4; "', "x\n--config=y", "-x", "*")
    names = ("AUDITED", "BASE", "WAIVERS", "CASSETTE", "BASELINE", "DEFAULT_BRANCH", "MODEL")
    given = {name: way.replace("{0}", str(tmp_path / "made")) for name, way in zip(names, ways, strict=True)}
    done = runner.run(**given)
    assert done.outputs == {"exit-code": "2"}
    assert "::error title=gonogo::there is no report (exit code 2)" in after_the_stop(done.output)
    assert not list(tmp_path.iterdir())


@pytest.mark.sweep
def test_a_recording_is_replayed_with_the_model_that_it_names(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests" / "services" / "parcels", tmp_path / "shop")
    recorded = Runner(tmp_path)
    (tmp_path / "shop").rename(tmp_path / "parcels")
    recorded.top = tmp_path / "parcels"
    done = recorded.run(BASE=recorded.first, FAIL_ON="no-go", CASSETTE=str(ROOT / "cassettes" / "parcels.yaml"))
    assert done.outputs["exit-code"] == "0", done.output
    assert json.loads(Path(done.outputs["json"]).read_text())["provenance"]["asked"] is not None


def test_the_last_step_exits_by_the_gate() -> None:
    script = STEPS[-1]["run"]
    for code in ("0", "1", "3"):
        done = subprocess.run(["bash", "-eo", "pipefail", "-c", script], env={"CODE": code}, check=False)
        assert done.returncode == int(code)
