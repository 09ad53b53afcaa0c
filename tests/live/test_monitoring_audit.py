"""A watched service and its monitoring, as files and as they run: what is written, what is loaded, and what works."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gonogo.agents.assess import answer
from gonogo.checks.observed import alertmanager, grafana, prometheus
from gonogo.criteria import find_criterion, load_catalogue
from gonogo.model.snapshot import Snapshot
from gonogo.model.sources import SourcesConfiguration, WebSource
from gonogo.model.target import Target
from gonogo.tools.collect import Collector
from gonogo.tools.evidence import EvidenceLog
from gonogo.tools.live import observe
from gonogo.tools.repository import open_repository
from tests.asking import write
from tests.checks.watched import WATCHED
from tests.live import test_alertmanager, test_grafana, test_prometheus
from tests.live.scripted import NOW, Answer, Raw, scripted
from tests.live.test_grafana import dashboard, panel
from tests.live.test_prometheus import ok, rule, target

QUERIES = {
    "ApiDown": 'up{job="api"} == 0',
    "ApiErrors": 'rate(http_requests_total{status=~"5.."}[5m]) > 0.05',
    "ApiSlow": "histogram_quantile(0.95, rate(http_request_duration_seconds_bucket[5m])) > 1",
    "MemoryHigh": "process_resident_memory_bytes > 1e9",
}


def series(number: int) -> Answer:
    def count(params: dict[str, str]) -> Any:
        value = [{"metric": {}, "value": [1.5, str(number)]}] if number else []
        return ok({"resultType": "vector", "result": value})

    return count


HEALTHY: dict[str, dict[str, Answer]] = {
    "prometheus": test_prometheus.API
    | {
        "/api/v1/targets": ok({"activeTargets": [target("api"), target("node")]}),
        "/api/v1/rules": ok({"groups": [{"name": "api", "rules": [rule(*item) for item in QUERIES.items()]}]}),
        "/api/v1/alerts": ok({"alerts": []}),
        "/api/v1/query": series(3),
    },
    "alertmanager": test_alertmanager.API,
    "grafana": test_grafana.API | {"/api/v1/provisioning/alert-rules": []},
}
NULL = "route: {receiver: x}\nreceivers: [{name: x}]\n"
SLUGS = ("scrape-targets-up", "alert-rules", "alert-routing", "dashboards", "metrics-exposed", "alert-noise")


def seen(changes: dict[str, dict[str, Answer]]) -> Snapshot:
    """What the three servers show, with other answers at some paths."""
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(scripted(answers | changes.get(name, {}))) for name, answers in HEALTHY.items()
        }
        sources = {name: WebSource(url=server.url) for name, server in servers.items()}
        return observe(SourcesConfiguration.model_validate(sources), lambda: NOW, {})


def statuses(folder: Path, snapshot: Snapshot, files: dict[str, str] = WATCHED) -> dict[str, str]:
    repository = replace(open_repository([write(folder, files)]), snapshot=snapshot, sources=snapshot.sources)
    collector = Collector(repository, Target(name="target"))
    found = {}
    for slug in (*SLUGS, "workload-health"):
        criterion = find_criterion(slug)
        assert criterion is not None
        assessment = answer(criterion, collector.collect(criterion.needs), EvidenceLog(repository)).assessment
        found[slug] = assessment.status.value
        assert assessment.evidence or assessment.status.value != "pass"
    return found


def test_what_works_passes(tmp_path: Path) -> None:
    found = statuses(tmp_path, seen({}))
    assert {slug: found[slug] for slug in SLUGS} == dict.fromkeys(SLUGS, "pass")
    assert found["workload-health"] == "unverified", "containers are declared, and nothing showed them"


def test_a_service_without_monitoring_files_may_be_watched_all_the_same(tmp_path: Path) -> None:
    files = {path: text for path, text in WATCHED.items() if path.startswith("api/")}
    found = statuses(tmp_path, seen({}), files)
    assert {found[slug] for slug in ("scrape-targets-up", "alert-rules", "alert-routing", "dashboards")} == {"pass"}


@pytest.mark.parametrize(
    ("changes", "failing"),
    [
        ({"prometheus": {"/api/v1/targets": ok({"activeTargets": [target("api", "down")]})}}, {"scrape-targets-up"}),
        ({"prometheus": {"/api/v1/query": series(0)}}, {"alert-rules"}),
        ({"prometheus": {"/api/v1/rules": ok({"groups": []})}}, {"alert-rules"}),
        (
            {"prometheus": {"/api/v1/alertmanagers": ok({"activeAlertmanagers": []})}},
            {"alert-rules", "alert-routing"},
        ),
        ({"prometheus": {"/api/v1/alerts": ok({"alerts": [test_prometheus.FIRING]})}}, {"workload-health"}),
        (
            {"alertmanager": {"/api/v2/status": test_alertmanager.status(NULL)}},
            {"alert-routing"},
        ),
        (
            {"grafana": {f"/api/dashboards/uid/{uid}": dashboard(uid, panel("gone_total")) for uid in "ab"}},
            {"dashboards"},
        ),
    ],
)  # fmt: skip
def test_what_does_not_work_fails_whatever_files_say(
    changes: dict[str, dict[str, Answer]], failing: set[str], tmp_path: Path
) -> None:
    found = statuses(tmp_path, seen(changes))
    assert {slug for slug, status in found.items() if status == "fail"} == failing


def test_what_can_not_be_seen_never_passes(tmp_path: Path) -> None:
    for code in (401, 403, 404):
        hidden = {name: dict.fromkeys(answers, Raw(code)) for name, answers in HEALTHY.items()}
        found = statuses(tmp_path, seen(hidden))
        assert {found[slug] for slug in SLUGS} == {"unverified"}, code


def test_every_check_of_these_sources_is_in_the_catalogue() -> None:
    rows = {row.check for criterion in load_catalogue() for row in criterion.observed}
    for module in (prometheus, alertmanager, grafana):
        name = module.__name__.rpartition(".")[2]
        public = {key for key, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__}
        assert {f"{name}.{key}" for key in public if not key.startswith("_")} <= rows
