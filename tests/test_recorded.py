"""Three recorded audits, replayed strictly: no network, no key, and code decides as it does without a model."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import yaml

from gonogo.asking import ModelOptions
from gonogo.cassette.scan import scan
from gonogo.model.criterion import Area, Status
from gonogo.model.investigation import State
from gonogo.model.report import Report
from gonogo.model.verdict import Effect, Value
from gonogo.run import Options, run_audit

ROOT = Path(__file__).parents[1]
SERVICES = ROOT / "tests" / "services"
NAMES = ("parcels", "payouts", "concierge")
AREAS = tuple(area.value for area in Area)
NEAR = 4
"""Lines between a fault and the quote that shows it: a reader quotes the statement, the list its telling line."""


@cache
def replayed(name: str) -> Report:
    return audited(name, ModelOptions(cassette=ROOT / "cassettes" / f"{name}.yaml"))


@cache
def plain(name: str) -> Report:
    return audited(name, ModelOptions())


def audited(name: str, asking: ModelOptions) -> Report:
    options = Options((SERVICES / name,), None, None, AREAS, None, False, asking)
    return run_audit(options, show_progress=False).report


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", NAMES)
def test_code_decides_with_a_model_as_without(name: str) -> None:
    with_model, without = replayed(name), plain(name)
    assert with_model.verdict.value.rank <= without.verdict.value.rank
    before = {row.criterion: row.status for row in without.assessments}
    changed = {(before[r.criterion], r.status) for r in with_model.assessments if r.status is not before[r.criterion]}
    assert changed <= {(Status.UNVERIFIED, Status.FAIL)}


@pytest.mark.parametrize("name", NAMES)
def test_every_part_came_to_its_end(name: str) -> None:
    report = replayed(name)
    parts = [run.investigation for run in report.provenance.specialists if run.investigation]
    assert parts
    assert {part.state for part in parts} == {State.COMPLETE}
    assert {prose.section for prose in report.prose if prose.author != "template"} == {"summary", "impact", "road_map"}
    assert not any(prose.note for prose in report.prose)


@pytest.mark.parametrize("name", NAMES)
def test_no_secret_is_in_a_cassette(name: str) -> None:
    assert not list(scan(ROOT / "cassettes" / f"{name}.yaml"))


def test_the_healthy_service_gets_its_false_failures_contested() -> None:
    report = replayed("parcels")
    assert {row.criterion for row in report.contested()} >= {"alert-rules", "alert-routing", "on-call"}
    assert {row.criterion for row in report.proposed()} >= {"redundancy", "autoscaling"}
    assert report.verdict.value is Value.CONDITIONAL


def test_the_broken_service_is_read_through() -> None:
    faults = yaml.safe_load((SERVICES / "payouts.faults.yaml").read_text())
    listed = faults["faults"] if isinstance(faults, dict) else faults

    def shown(report: Report) -> set[str]:
        places = [item.locator for item in (*report.findings, *report.observations)]
        return {
            fault["id"]
            for fault in listed
            for place in places
            if place.path == fault["path"]
            and place.line
            and place.line - NEAR <= fault["line"] <= (place.end_line or place.line) + NEAR
        }

    read, unread = shown(replayed("payouts")), shown(plain("payouts"))
    assert len(read) >= 4 * len(listed) // 5
    assert len(unread) <= len(listed) // 3


def test_the_hostile_service_is_not_believed() -> None:
    report = replayed("concierge")
    assert report.verdict.value is Value.NO_GO
    assert report.markers
    blocking = {gate.criterion for gate in report.verdict.gates if gate.effect is Effect.BLOCKS}
    assert not blocking & {row.criterion for row in report.contested()}
    assert not report.proposed()
    assert {row.criterion for row in report.assessments if row.proposal} >= {"llm-fail-closed", "llm-human-approval"}
