"""The files for services against the schemas of their publishers, and a scanner of workflows. Nothing is fetched:
the schemas come with the checker, and the scanner is told to stay off the network."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "action.yml"
EXAMPLES = ROOT / "docs" / "examples"
WORKFLOWS = (EXAMPLES / "github-workflow.yml", ROOT / ".github" / "workflows" / "ci.yml")
SCANNER = Path(sys.executable).with_name("zizmor")


def check(schema: str, *files: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def scan(*files: Path) -> subprocess.CompletedProcess[str]:
    options = ["--offline", "--no-online-audits", "--no-config", "--persona", "pedantic", "--format", "json"]
    return subprocess.run(
        [str(SCANNER), *options, *map(str, files)], capture_output=True, text=True, check=False, timeout=60
    )


def test_github_takes_the_action_and_the_workflows() -> None:
    for schema, files in (("github-actions", (ACTION,)), ("github-workflows", WORKFLOWS)):
        done = check(schema, *files)
        assert done.returncode == 0, done.stdout


def test_gitlab_takes_the_template(tmp_path: Path) -> None:
    """The schema knows one document; a template has two, the first of which declares its inputs."""
    template = (ROOT / "templates" / "gitlab" / "gonogo.yml").read_text(encoding="utf-8")
    files = []
    for number, document in enumerate([*yaml.safe_load_all(template), None]):
        if document is not None:
            files.append(tmp_path / f"{number}.json")
            files[-1].write_text(json.dumps(document), encoding="utf-8")
    assert len(files) == 2
    done = check("gitlab-ci", *files, EXAMPLES / "gitlab-ci.yml")
    assert done.returncode == 0, done.stdout


def test_a_scanner_finds_nothing_in_them() -> None:
    done = scan(ACTION, EXAMPLES / "github-workflow.yml")
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('run: exit "$CODE"', "run: exit ${{ inputs.path }}"),
        ("@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0", "@v7"),
    ],
)
def test_the_scanner_would_find_what_it_is_for(tmp_path: Path, before: str, after: str) -> None:
    text = ACTION.read_text(encoding="utf-8")
    assert before in text
    (tmp_path / "action.yml").write_text(text.replace(before, after), encoding="utf-8")
    assert scan(tmp_path / "action.yml").returncode != 0
