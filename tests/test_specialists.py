"""The specialists cover the catalogue, and each has its words."""

from __future__ import annotations

from importlib import resources

from gonogo.agents.specialists import SPECIALISTS
from gonogo.criteria import load_catalogue
from gonogo.tools.collect import REPOSITORY_TOOLS


def test_every_criterion_has_one_specialist() -> None:
    asked = [row.slug for specialist in SPECIALISTS for row in specialist.criteria]
    assert sorted(asked) == sorted(row.slug for row in load_catalogue())


def test_specialists_ask_for_tools_that_are_there() -> None:
    for specialist in SPECIALISTS:
        assert set(specialist.tools) <= {"repository", *REPOSITORY_TOOLS}


def test_each_specialist_has_its_words() -> None:
    for specialist in SPECIALISTS:
        text = resources.files("gonogo.prompts").joinpath(f"{specialist.prompt}.md").read_text(encoding="utf-8")
        assert text.startswith(f"# {specialist.area}")
