"""Same input, same bytes: whatever the order of files, the number of threads, or what fails."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from gonogo.criteria import load_catalogue
from gonogo.facts import Facts
from gonogo.facts.repository import Repository
from gonogo.graph.audit import Event, Request, audit
from gonogo.model.criterion import Area, Status
from gonogo.model.report import Report
from gonogo.model.target import Target
from gonogo.model.verdict import Value
from gonogo.report import FORMATS, render
from gonogo.tools.collect import REPOSITORY_TOOLS, Collector, Tool
from gonogo.tools.errors import ToolError
from tests.conftest import NOON


def report_of(repository: Repository, *, threads: int | None = None, tools: dict[str, Tool] | None = None) -> Report:
    collector = Collector(repository, Target(name="shop"), tools)
    return audit(Request(collector, load_catalogue()), clock=lambda: NOON, threads=threads)


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_order_and_threads_do_not_show(shop_repository: Repository, shop_report: Report, threads: int) -> None:
    files = list(shop_repository.files)
    Random(threads).shuffle(files)
    shuffled = Repository(files=tuple(files), sources=shop_repository.sources, read=shop_repository.read)
    found = report_of(shuffled, threads=threads)
    for item in FORMATS:
        assert render(found, item.name) == render(shop_report, item.name), item.name


def test_progress_names_every_specialist(shop_repository: Repository) -> None:
    heard: list[Event] = []
    collector = Collector(shop_repository, Target(name="shop"))
    audit(Request(collector, load_catalogue()), progress=heard.append)
    assert {event["area"] for event in heard if event["kind"] == "done"} == {area.value for area in Area}


def refusing(repository: Repository, target: Target) -> object:
    raise ToolError("the disk went away")


def breaking(repository: Repository, target: Target) -> object:
    raise ZeroDivisionError("a bug")


@pytest.mark.parametrize("tool", [refusing, breaking])
@pytest.mark.parametrize("name", sorted(REPOSITORY_TOOLS))
def test_a_lost_tool_never_improves_the_verdict(
    shop_repository: Repository, shop_report: Report, name: str, tool: Tool
) -> None:
    found = report_of(shop_repository, tools={**REPOSITORY_TOOLS, name: tool})
    assert found.verdict.value.rank <= shop_report.verdict.value.rank
    needing = [row.slug for row in load_catalogue() if name in row.needs]
    answers = {row.criterion: row for row in found.assessments}
    assert needing
    assert all(answers[slug].status is Status.UNVERIFIED and answers[slug].lost for slug in needing)
    assert len(found.assessments) == len(shop_report.assessments)


class Unreadable(Collector):
    """A bug outside tools and checks, with a secret in its message."""

    def collect(self, *args: object, **kwargs: object) -> Facts:
        raise RuntimeError("no place for AKIA" + "Q3EGRTYUIOPLKJHG")


@pytest.mark.parametrize("areas", [tuple(Area), (Area.COST,)])
def test_a_report_comes_when_every_specialist_breaks(shop_repository: Repository, areas: tuple[Area, ...]) -> None:
    collector = Unreadable(shop_repository, Target(name="shop"))
    found = audit(Request(collector, load_catalogue(), areas=areas), clock=lambda: NOON)
    assert found.verdict.value is not Value.GO
    assert all(row.lost for row in found.assessments if row.area in areas)
    assert all("RuntimeError" in run.failed for run in found.provenance.specialists)
    assert not any("Q3EGRTYUIOPLKJHG" in render(found, item.name) for item in FORMATS)


def test_a_broken_check_costs_its_own_answer(shop_repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    from gonogo.checks import governance

    monkeypatch.setattr(governance, "license", lambda facts: 1 / 0)
    found = {row.criterion: row for row in report_of(shop_repository).assessments}
    assert found["license"].lost
    assert "broke on this target (ZeroDivisionError" in found["license"].reason
    assert not found["runbooks"].lost


def test_nothing_at_all_is_no_go(tmp_path: Path) -> None:
    found = report_of(Repository())
    assert found.verdict.value is not Value.GO
