"""The operator's list of what should exist: N of M, with M from the list; missing is told apart from not looked for."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gonogo.checks.observed.inventory import inventory_complete
from gonogo.config import read_sources
from gonogo.facts import Facts
from gonogo.model.criterion import Status
from gonogo.model.snapshot import Gap, Record
from gonogo.model.sources import InventorySource
from gonogo.tools.errors import ToolError
from gonogo.tools.live.inventory import observe
from gonogo.tools.live.shown import Reading
from tests.live.observed import facts_of, gap, record

LIST = """
resources:
  - {source: aws, kind: lambda.function, name: payments}
  - {source: aws, kind: sqs.queue, name: work}
  - {source: aws, kind: lambda.function, name: refunds, scope: eu-west-1}
"""
READING = Reading(lambda: datetime(2026, 11, 28, tzinfo=UTC))


def expected(folder: Path, text: str = LIST) -> tuple[Record, ...]:
    file = folder / "inventory.yaml"
    file.write_text(text)
    return observe(InventorySource(file=file), READING).records


def there(*names: str, scope: str = "eu-west-1") -> list[Record]:
    found = [Record(source="aws", scope=scope, kind="lambda.function", name=name) for name in names]
    queue = "https://sqs.eu-west-1.amazonaws.com/123456789012/work"
    return [*found, Record(source="aws", scope=scope, kind="sqs.queue", name=queue)]


def answer(
    folder: Path, *others: Record, gaps: tuple[Gap, ...] = (), given: tuple[str, ...] = ("aws",)
) -> tuple[Status, str]:
    facts: Facts = facts_of([*expected(folder), *others], gaps, given=given)
    found = inventory_complete(facts)
    return found.status, found.reason


def test_all_of_it_is_there(tmp_path: Path) -> None:
    assert answer(tmp_path, *there("payments", "refunds")) == (
        Status.PASS,
        "3 of 3 things of the inventory are there",
    )


def test_what_is_not_there_is_missing(tmp_path: Path) -> None:
    status, reason = answer(tmp_path, *there("payments"))
    assert status is Status.FAIL
    assert reason == ("2 of 3 things of the inventory are there; 1 missing: aws/eu-west-1/lambda.function/refunds")


def test_what_is_there_in_another_region_is_missing_in_this(tmp_path: Path) -> None:
    assert answer(tmp_path, *there("payments", "refunds", scope="us-east-1"))[0] is Status.FAIL


@pytest.mark.parametrize("gaps", [(gap("aws", "lambda.function"),), (gap("aws", "*"),)])
def test_what_could_not_be_looked_for_is_not_missing(gaps: tuple[Gap, ...], tmp_path: Path) -> None:
    status, reason = answer(tmp_path, *there("payments"), gaps=gaps)
    assert status is Status.UNVERIFIED
    assert "1 could not be looked for: aws/eu-west-1/lambda.function/refunds" in reason


def test_without_the_source_nothing_can_be_told(tmp_path: Path) -> None:
    status, reason = answer(tmp_path, given=())
    assert status is Status.UNVERIFIED
    assert "3 could not be looked for" in reason


def test_a_list_that_could_not_be_read_keeps_it_open() -> None:
    found = inventory_complete(facts_of([record("aws", "lambda.function", "x")], [gap("inventory", "*")]))
    assert found.status is Status.UNVERIFIED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "resources: []",
        "resources: [{kind: x}]",
        "{",
        "a: &a 1\nresources: *a",
        "resources: [{source: a, kind: b, name: c, x: 1}]",
    ],
)
def test_a_file_that_is_no_list_is_told(text: str, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"inventory\.yaml(:\d+)?: "):
        expected(tmp_path, text)


def test_a_list_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="can't be read"):
        observe(InventorySource(file=tmp_path / "inventory.yaml"), READING)


def test_the_configuration_names_it_beside_itself(tmp_path: Path) -> None:
    file = tmp_path / "gonogo.yaml"
    file.write_text("inventory: things.yaml\nsources:\n  prometheus: http://localhost:9090\n")
    sources = read_sources(file)
    assert sources.inventory is not None
    assert sources.inventory.file == tmp_path / "things.yaml"
    assert sources.prometheus is not None
