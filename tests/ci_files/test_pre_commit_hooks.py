"""The hooks for pre-commit: what the manifest says, and that each command does it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from gonogo.cli import cli

ROOT = Path(__file__).parents[2]
HOOKS: dict[str, dict[str, Any]] = {
    hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
}
KNOWN = set(
    "id name entry language files exclude types args require_serial pass_filenames always_run stages description "
    "minimum_pre_commit_version".split()
)


def run(hook: str, *files: str) -> int:
    command, *words = shlex.split(HOOKS[hook]["entry"])
    assert command == "gonogo"
    return CliRunner().invoke(cli, [*words, *HOOKS[hook].get("args", ()), *files]).exit_code


def test_the_manifest_has_what_pre_commit_asks_for() -> None:
    for hook in HOOKS.values():
        assert {"id", "name", "entry", "language"} <= set(hook) <= KNOWN
        assert hook["language"] == "python"


def test_the_example_names_hooks_that_are_there() -> None:
    text = (ROOT / "docs" / "examples" / "pre-commit-config.yaml").read_text(encoding="utf-8")
    (repository,) = yaml.safe_load(text)["repos"]
    assert {hook["id"] for hook in repository["hooks"]} == set(HOOKS)


@pytest.mark.parametrize(
    ("path", "is_checked"),
    [
        ("gonogo.yaml", True),
        ("services/shop/gonogo.yaml", True),
        (".gonogo/waivers.yaml", True),
        ("my-gonogo.yaml", False),
        ("gonogo.yaml.md", False),
    ],
)
def test_which_files_are_checked(path: str, is_checked: bool) -> None:
    assert bool(re.search(HOOKS["gonogo-config"]["files"], path)) is is_checked


def test_the_configuration_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("gonogo.yaml").write_text("tier: B\n")
    Path(".gonogo").mkdir()
    Path(".gonogo/waivers.yaml").write_text("waivers: []\n")
    assert run("gonogo-config", "gonogo.yaml", ".gonogo/waivers.yaml") == 0
    Path(".gonogo/waivers.yaml").write_text("waivers: [{criterion: backups}]\n")
    assert run("gonogo-config", "gonogo.yaml", ".gonogo/waivers.yaml") == 2


def test_the_audit_stops_a_push_at_no_go(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop)
    assert HOOKS["gonogo-audit"]["stages"] == ["pre-push"]
    assert run("gonogo-audit") == 1
