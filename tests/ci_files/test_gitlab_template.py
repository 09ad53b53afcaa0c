"""The GitLab template: its inputs, and its script under a plain shell, as in the image."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from dulwich import porcelain

from gonogo.model.ci_gate import RULES
from tests.asking import write
from tests.conftest import SHOP

TEMPLATE = Path(__file__).parents[2] / "templates" / "gitlab" / "gonogo.yml"
EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "gitlab-ci.yml"
SPEC, JOBS = yaml.safe_load_all(TEMPLATE.read_text(encoding="utf-8"))
INPUTS: dict[str, dict[str, Any]] = SPEC["spec"]["inputs"]
(JOB,) = JOBS.values()
AUTHOR = b"A <a@example.org>"


def test_the_rules_are_those_of_the_command() -> None:
    assert sorted(INPUTS["fail-on"]["options"]) == sorted(RULES)


def test_inputs_stand_in_variables_not_in_the_script() -> None:
    """An input is put in as text: in a script it would be run."""
    assert "$[[" not in "".join(JOB["script"])
    used = set(re.findall(r"\$\[\[ inputs\.([\w-]+) \]\]", TEMPLATE.read_text(encoding="utf-8")))
    assert used == set(INPUTS)


def test_the_example_gives_what_must_be_given() -> None:
    (included,) = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))["include"]
    needed = {name for name, row in INPUTS.items() if "default" not in row}
    assert needed <= set(included["inputs"]) <= set(INPUTS)
    assert re.fullmatch(INPUTS["image"]["regex"], included["inputs"]["image"])


def test_the_script_audits_against_the_target_branch(tmp_path: Path) -> None:
    top = write(tmp_path / "shop", SHOP)
    porcelain.init(str(top)).close()
    porcelain.add(str(top), [str(p) for p in top.rglob("*") if p.is_file() and ".git/" not in str(p)])
    commit = porcelain.commit(str(top), message=b"m", author=AUTHOR, committer=AUTHOR, sign=False)
    reference = top / ".git" / "refs" / "remotes" / "origin" / "main"
    reference.parent.mkdir(parents=True)
    reference.write_bytes(commit + b"\n")
    variables = {
        name: (value["value"] if isinstance(value, dict) else value)
        for name, value in JOB["variables"].items()
        if name.startswith("GONOGO_")
    }
    given = {name: str(row.get("default", "")) for name, row in INPUTS.items()}
    for name, value in variables.items():
        variables[name] = re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", lambda match: given[match[1]], value)
    variables |= {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "CI_COMMIT_SHA": "0" * 40}
    variables |= {"HOME": str(tmp_path), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", "-e", "-c", "\n".join(JOB["script"])],
        cwd=top,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1, done.stderr
    assert f"of commit {commit.decode()[:12]}" in done.stdout
    for path in (*JOB["artifacts"]["reports"].values(), "gonogo-report/report.json"):
        assert (top / path).is_file(), path
    assert json.loads((top / JOB["artifacts"]["reports"]["codequality"]).read_text())
