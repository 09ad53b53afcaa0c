"""The catalogue keeps the contract: every slug, with its meaning, answered by a check that is there."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from gonogo.checks import find_check
from gonogo.criteria import find_criterion, load_catalogue
from gonogo.model.criterion import Area, Criterion
from gonogo.tools.collect import REPOSITORY_TOOLS

CONTRACT = [
    line.split()
    for line in (Path(__file__).parent / "contract.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
PREFIXES = {"SEC": "security", "REL": "reliability", "OBS": "observability", "COST": "cost"}
PREFIXES |= {"DEL": "delivery", "AI": "ai", "COM": "compliance"}
TEXTS = ("asks", "why", "fix", "verify", "source", "permission")


@pytest.mark.parametrize(("slug", "area", "severity"), CONTRACT, ids=[row[0] for row in CONTRACT])
def test_every_slug_of_the_contract_keeps_its_area_and_severity(slug: str, area: str, severity: str) -> None:
    criterion = find_criterion(slug)
    assert criterion is not None
    assert (criterion.area, criterion.severity) == (area, severity)


def test_the_contract_is_whole() -> None:
    assert len(CONTRACT) == 144
    assert {area for _, area, _ in CONTRACT} == set(Area)


def test_slugs_and_codes_are_unique() -> None:
    rows = load_catalogue()
    for names in ([row.slug for row in rows], [row.code for row in rows]):
        assert [name for name, count in Counter(names).items() if count > 1] == []


@pytest.mark.parametrize("row", load_catalogue(), ids=lambda row: row.slug)
def test_no_text_is_empty_or_left_to_do(row: Criterion) -> None:
    for name in TEXTS:
        text = getattr(row, name)
        assert text.strip() == text != "", name
        assert "TODO" not in text, name
    assert row.asks.endswith("?")
    assert row.why.endswith(".") and row.fix.endswith(".") and row.verify.endswith(".")
    assert 0.5 <= row.effort_hours <= 40
    for reference in row.references:
        assert reference.title and reference.url.startswith("https://")


@pytest.mark.parametrize("row", load_catalogue(), ids=lambda row: row.slug)
def test_every_check_is_there_and_needs_tools_that_exist(row: Criterion) -> None:
    assert callable(find_check(row))
    assert set(row.needs) <= {"repository", *REPOSITORY_TOOLS}


def test_a_code_tells_its_area() -> None:
    assert all(PREFIXES[row.code.partition("-")[0]] == row.area for row in load_catalogue())
