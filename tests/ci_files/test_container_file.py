"""The image file, as gonogo's own reader of Dockerfiles sees it, and what goes into its context."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from gonogo.facts.docker import Dockerfile
from gonogo.model.target import Target
from gonogo.tools.docker import read_docker
from gonogo.tools.repository import open_repository
from tests.asking import write

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Dockerfile:
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    folder = write(tmp_path_factory.mktemp("image"), {"Containerfile": text})
    (found,) = read_docker(open_repository([folder]), Target(name="gonogo")).files
    return found


def test_both_stages_are_of_one_pinned_image(image: Dockerfile) -> None:
    bases = [stage.base for stage in image.stages]
    assert len(bases) == 2 and len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+@sha256:[0-9a-f]{64}", bases[0])


def test_it_does_not_run_as_root_and_has_no_pip(image: Dockerfile) -> None:
    final = image.final
    assert final is not None
    (user,) = final.all("USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user.value)
    assert any(re.search(r"rm -rf .*/pip\*", row.value) for row in final.all("RUN"))
    assert not any(
        re.search(r"\b(pip|apt-get|curl|wget)\b", row.value.replace("/pip*", "")) for row in final.all("RUN")
    )


def test_what_is_installed_has_a_hash(image: Dockerfile) -> None:
    commands = [row.value for stage in image.stages for row in stage.all("RUN") if " install " in row.value]
    assert commands
    assert all("--require-hashes" in command and "--only-binary :all:" in command for command in commands)


def test_the_paths_are_of_the_python_that_it_has(image: Dockerfile) -> None:
    minor = re.match(r"python:(3\.\d+)", image.stages[0].base)
    assert minor
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    assert set(re.findall(r"lib/python(3\.\d+)", text)) == {minor[1]}


def test_the_context_holds_what_is_copied_and_no_more(image: Dockerfile) -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    kept = {rule[1:] for rule in rules if rule.startswith("!")}
    copied = {row.words[0] for stage in image.stages for row in stage.all("COPY") if not row.flag("from")}
    assert copied == kept
    assert all((ROOT / name).exists() for name in kept)
    assert any(
        fnmatch("gonogo/model/__pycache__", rule.removeprefix("**/*")) or rule == "**/__pycache__" for rule in rules
    )
