"""An audit of a platform's code and its account: what exists, what is configured and what works are three things."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gonogo.criteria import load_catalogue
from gonogo.graph.audit import Request, audit
from gonogo.model.assessment import Assessment
from gonogo.model.criterion import Status
from gonogo.model.report import Report
from gonogo.model.snapshot import Snapshot
from gonogo.model.target import Target
from gonogo.model.verdict import Value
from gonogo.tools.collect import Collector
from gonogo.tools.repository import open_repository
from tests.live.platform import MISSING, REGION, UNROUTED, write_code

pytestmark = pytest.mark.xdist_group("aws")


@pytest.fixture(scope="module")
def report(taken: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Report:
    return report_of(write_code(tmp_path_factory.mktemp("platform") / "code"), taken)


def report_of(code: Path, taken: Snapshot) -> Report:
    repository = replace(open_repository([code]), snapshot=taken, sources=taken.sources)
    return audit(Request(Collector(repository, Target(name="platform")), load_catalogue()))


def answer_of(report: Report, slug: str) -> Assessment:
    return next(row for row in report.assessments if row.criterion == slug)


def test_what_is_declared_and_not_there_is_missing(report: Report) -> None:
    row = answer_of(report, "inventory-complete")
    assert row.status is Status.FAIL
    assert MISSING in row.reason
    assert "26 of 27" in row.reason, "N of M, with M from the declaration"


def test_an_agent_that_is_not_prepared_does_not_work(report: Report) -> None:
    row = answer_of(report, "workload-health")
    assert row.status is Status.FAIL
    assert "writer" in row.reason


def test_an_agent_without_the_guardrail_is_named(report: Report) -> None:
    row = answer_of(report, "llm-guardrails")
    assert row.status is Status.FAIL
    assert "cost" in row.reason


def test_alarms_that_tell_nobody_do_not_count(report: Report) -> None:
    row = answer_of(report, "alert-routing")
    assert row.status is Status.FAIL
    assert all(name in row.reason for name in UNROUTED)


def test_the_verdict_is_no_go(report: Report) -> None:
    assert report.verdict.value is Value.NO_GO


def test_an_account_that_shows_nothing_improves_nothing(taken: Snapshot, report: Report, tmp_path: Path) -> None:
    """Each kind of record that is lost, in turn: no answer gets better than unverified."""
    from gonogo.model.snapshot import Gap

    code = write_code(tmp_path / "code")
    rank = {Status.FAIL: 0, Status.UNVERIFIED: 1, Status.NOT_APPLICABLE: 2, Status.PASS: 2}
    kinds = sorted({record.kind for record in taken.records})
    for kind in kinds[::5]:
        kept = tuple(record for record in taken.records if record.kind != kind)
        gap = Gap(source="aws", scope=REGION, kind=kind, why="access denied", permission="x:Y")
        lost = report_of(code, taken.model_copy(update={"records": kept, "gaps": (*taken.gaps, gap)}))
        for row in report.assessments:
            after = answer_of(lost, row.criterion)
            assert rank[after.status] <= max(rank[row.status], rank[Status.UNVERIFIED]), (kind, row.criterion)
