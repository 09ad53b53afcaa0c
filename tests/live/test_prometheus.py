"""What is read of a Prometheus, what of it can't be seen, and what checks say of it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gonogo.checks.observed import prometheus as checks
from gonogo.model.snapshot import Gap, Record
from gonogo.model.sources import WebSource
from gonogo.tools.errors import ToolError
from gonogo.tools.live import asked as limits
from gonogo.tools.live import prometheus
from gonogo.tools.live.promql import metrics_in
from gonogo.tools.live.shown import Shown
from gonogo.tools.live.web import open_web
from tests.checks.watched import WATCHED
from tests.live.observed import facts_of, gap, record
from tests.live.scripted import LOGIN_PAGE, TOKEN, Answer, Raw, Turns, reading, scripted


def ok(data: Any) -> dict[str, Any]:
    return {"status": "success", "data": data}


def target(job: str, health: str = "up", error: str = "") -> dict[str, Any]:
    """As prometheus.io/docs/prometheus/latest/querying/api/#targets has it."""
    return {
        "discoveredLabels": {"__address__": "10.0.0.1:9090", "__metrics_path__": "/metrics", "job": job},
        "labels": {"instance": f"{job}:9090", "job": job},
        "scrapePool": job,
        "scrapeUrl": f"http://{job}:9090/metrics",
        "globalUrl": f"http://{job}:9090/metrics",
        "lastError": error,
        "lastScrape": "2026-06-01T11:59:55.723715405Z",
        "lastScrapeDuration": 0.050688943,
        "health": health,
        "scrapeInterval": "15s",
        "scrapeTimeout": "10s",
    }


def rule(name: str, query: str, **changes: Any) -> dict[str, Any]:
    """As /api/v1/rules of the same documentation has an alerting rule."""
    return {
        "state": "inactive",
        "name": name,
        "query": query,
        "duration": 300,
        "keepFiringFor": 0,
        "labels": {"severity": "critical", "owner": "jane"},
        "annotations": {"summary": "it is down", "runbook_url": "https://wiki/x"},
        "alerts": [],
        "health": "ok",
        "evaluationTime": 0.000277835,
        "lastEvaluation": "2026-06-01T11:59:50.250678946Z",
        "type": "alerting",
    } | changes


FIRING = {
    "activeAt": "2026-06-01T10:27:12.60602144+02:00",
    "annotations": {"summary": "it is down"},
    "labels": {"alertname": "ApiDown", "severity": "page", "instance": "api:9090", "customer": "jane"},
    "state": "firing",
    "value": "1e+00",
}
COUNTS = {"up": "2", "http_requests_total": "12", "nothing_total": None}


def count(params: dict[str, str]) -> Answer:
    name = params["query"].removeprefix("count(").removesuffix(")")
    value = COUNTS.get(name)
    return ok({"resultType": "vector", "result": [{"metric": {}, "value": [1795868918.744, value]}] if value else []})


API: dict[str, Answer] = {
    "/api/v1/targets": ok({"activeTargets": [target("api"), target("node", "down", "refused")], "droppedTargets": []}),
    "/api/v1/rules": ok(
        {
            "groups": [
                {
                    "name": "api",
                    "file": "/etc/prometheus/rules.yml",
                    "interval": 15,
                    "rules": [
                        rule("ApiDown", 'up{job="api"} == 0', state="firing", alerts=[FIRING]),
                        rule("Errors", 'rate(http_requests_total{status=~"5.."}[5m]) > 1'),
                        rule("Errors", "rate(nothing_total[5m]) > 1", labels={}),
                        {"name": "job:up:sum", "query": "sum by (job) (up)", "health": "ok", "type": "recording"},
                    ],
                }
            ]
        }
    ),
    "/api/v1/alertmanagers": ok(
        {"activeAlertmanagers": [{"url": "http://user:pw@am:9093/api/v2/alerts"}], "droppedAlertmanagers": []}
    ),
    "/api/v1/alerts": ok({"alerts": [FIRING]}),
    "/api/v1/status/buildinfo": ok({"version": "2.53.0", "revision": "4c35b9250afefede41c5f5acd76191f90f625898"}),
    "/api/v1/status/runtimeinfo": ok(
        {"startTime": "2026-05-01T17:23:59.3Z", "reloadConfigSuccess": True, "storageRetention": "15d", "CWD": "/"}
    ),
    "/api/v1/status/flags": ok({"storage.tsdb.retention.time": "15d", "web.config.file": "/etc/web.yml"}),
    "/api/v1/query": count,
    "/api/v1/label/__name__/values": ok(["http_requests_total", "up", "not.a.name"]),
}


def observe(answers: dict[str, Answer]) -> Shown:
    with scripted(answers) as server:
        return prometheus.observe(WebSource(url=server.url), reading())


def of(shown: Shown, kind: str) -> list[Record]:
    return [item for item in shown.records if item.kind == kind]


def only_gap(shown: Shown, kind: str) -> Gap:
    (found,) = [item for item in shown.gaps if item.kind == kind]
    return found


def test_all_of_it_is_read() -> None:
    shown = observe(API)
    assert not shown.gaps
    assert [(item.name, item.data["health"]) for item in of(shown, "target")] == [
        ("api api:9090", "up"),
        ("node node:9090", "down"),
    ]
    rules = {item.name: item.data for item in of(shown, "rule")}
    assert list(rules) == ["api/ApiDown", "api/Errors", "api/Errors (2)", "api/job:up:sum"]
    assert rules["api/ApiDown"]["firing"] == 1
    assert rules["api/ApiDown"]["activeAt"] == FIRING["activeAt"]
    assert rules["api/ApiDown"]["annotations"] == ["runbook_url", "summary"]
    assert rules["api/ApiDown"]["labels"] == {"severity": "critical"}
    assert rules["api/Errors"]["metrics"] == ["http_requests_total"]
    assert {item.name: item.data["series"] for item in of(shown, "metric")} == {
        "up": 2,
        "http_requests_total": 12,
        "nothing_total": 0,
    }
    assert [item.name for item in of(shown, "alertmanager")] == ["am:9093"]
    (build,) = of(shown, "build")
    assert build.data["version"] == "2.53.0"
    assert build.data["flags"] == {"storage.tsdb.retention.time": "15d"}
    (names,) = of(shown, "metric_names")
    assert names.data["names"] == ["http_requests_total", "up"]
    (alert,) = of(shown, "alert")
    assert alert.data["labels"] == {"alertname": "ApiDown", "severity": "page", "instance": "api:9090"}


def test_the_same_answers_give_the_same_records() -> None:
    assert observe(API).records == observe(API).records


def test_only_gets_of_known_paths_are_asked() -> None:
    with scripted(API) as server:
        prometheus.observe(WebSource(url=server.url, token_env="STAND_IN_TOKEN"), reading())
    assert all(line.startswith("GET /api/v1/") for line in server.asked)
    assert server.logins == {f"Bearer {TOKEN}"}
    assert not prometheus.PATHS.fullmatch("api/v1/admin/tsdb/delete_series")
    assert not prometheus.PATHS.fullmatch("-/reload")
    with scripted(API) as server, open_web(WebSource(url=server.url), reading()) as web:
        with pytest.raises(ToolError, match="not among"):
            limits.Asked(web, "prometheus", prometheus.PATHS).ask("api/v1/admin/tsdb/snapshot", "x")
        assert server.asked == []


def test_the_only_query_counts_a_metric() -> None:
    with scripted(API) as server:
        prometheus.observe(WebSource(url=server.url), reading())
    queries = [line for line in server.asked if "/query" in line]
    assert len(queries) == 3
    assert all("query=count%28" in line or "query=count(" in line for line in queries)


def test_no_credentials_are_kept() -> None:
    error = 'Get "http://jane:hunter2@api:9090/metrics?token=s3cr3t": context deadline exceeded'
    shown = observe(API | {"/api/v1/targets": ok({"activeTargets": [target("api", "down", error)]})})
    assert "context deadline exceeded" in of(shown, "target")[0].data["lastError"]
    told = repr(shown)
    assert not [word for word in ("hunter2", "s3cr3t", "user:pw", "jane", "wiki") if word in told]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Raw(401, "Unauthorized", "text/plain"), "login (401)"),
        (Raw(403, "Forbidden", "text/plain"), "forbids this (403)"),
        (Raw(404, "404 page not found", "text/plain"), "not in this version (404)"),
        (Raw(200, LOGIN_PAGE, "text/html"), "HTML page"),
        (Raw(200, "[", "application/json"), "no JSON"),
        ({"status": "error", "errorType": "execution", "error": "out of memory"}, "out of memory"),
        (ok({"groups": None}), "no groups"),
        (ok(None), "none of Prometheus's API"),
        (["x"], "none of Prometheus's API"),
    ],
)
def test_what_is_not_answered_is_a_gap_of_its_kind(answer: Answer, why: str) -> None:
    shown = observe(API | {"/api/v1/rules": answer})
    assert why in only_gap(shown, "rule").why
    assert not of(shown, "rule")
    assert len(of(shown, "target")) == 2
    outcome = checks.alert_rules(facts_of(shown.records, shown.gaps))
    assert outcome.status == "unverified"


def test_missing_rights_are_named() -> None:
    found = only_gap(observe(API | {"/api/v1/rules": Raw(403)}), "rule")
    assert "/api/v1/rules" in found.permission
    assert only_gap(observe(API | {"/api/v1/rules": Raw(404)}), "rule").permission == ""


def test_an_old_version_shows_what_it_has() -> None:
    old = {path: API[path] for path in ("/api/v1/targets", "/api/v1/alertmanagers", "/api/v1/query")}
    shown = observe(old)
    assert len(of(shown, "target")) == 2
    assert {item.kind for item in shown.gaps} == {"build", "rule", "alert", "metric_names"}


def test_a_server_that_is_not_there_is_an_error() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ToolError, match=str(port)):
        prometheus.observe(WebSource(url=f"http://127.0.0.1:{port}"), reading())


def test_a_slow_server_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_SECONDS", 0.3)
    shown = observe(API | {"/api/v1/targets": Raw(body='{"status":"success","data":{"activeTargets":[]}}', after=0.4)})
    assert {"rule", "alert", "metric_names"} <= {item.kind for item in shown.gaps}
    assert "together" in only_gap(shown, "alert").why


def test_an_answer_that_comes_at_the_second_try() -> None:
    shown = observe(API | {"/api/v1/rules": Turns([Raw(500, "oops", "text/plain"), API["/api/v1/rules"]])})
    assert len(of(shown, "rule")) == 4
    shown = observe(API | {"/api/v1/rules": Raw(500, "oops", "text/plain")})
    assert "500" in only_gap(shown, "rule").why


def test_counts_that_fail_end_soon() -> None:
    many = [rule(f"R{n}", f"metric_{n} > 1") for n in range(20)]
    answers = API | {"/api/v1/rules": ok({"groups": [{"name": "g", "rules": many}]}), "/api/v1/query": Raw(422)}
    with scripted(answers) as server:
        shown = prometheus.observe(WebSource(url=server.url), reading())
    assert sum("/query" in line for line in server.asked) == prometheus.MOST_FAILURES
    assert any("17 of 20 were not counted" in item.why for item in shown.gaps)


def test_huge_lists_are_bounded_and_say_so() -> None:
    targets = [target(f"job{n}") for n in range(limits.MOST_RECORDS + 10)]
    many = [rule(f"R{n}", f"metric_{n} > 1") for n in range(prometheus.MOST_METRICS + 1)]
    shown = observe(
        API
        | {
            "/api/v1/targets": ok({"activeTargets": targets}),
            "/api/v1/rules": ok({"groups": [{"name": "g", "rules": many}]}),
            "/api/v1/label/__name__/values": ok([f"m{n}" for n in range(limits.MOST_RECORDS + 1)]),
        }
    )
    assert len(of(shown, "target")) == limits.MOST_RECORDS
    assert len(of(shown, "metric")) == prometheus.MOST_METRICS
    assert {item.kind for item in shown.gaps} == {"target", "metric", "metric_names"}
    assert checks.scrape_targets_up(facts_of(shown.records, shown.gaps)).status == "unverified"


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ('sum by (job, le) (rate(a_bucket{job="a", x=~"up|down"}[5m] offset 1h)) > 1e3', ["a_bucket"]),
        ('histogram_quantile(0.95, sum(rate(a_bucket[5m])) by (le)) > bool 0.5 # up', ["a_bucket"]),
        ('{__name__=~"a_total|b_total", job="x"} > 1', ["a_total", "b_total"]),
        ("job:errors:rate5m / on(job) group_left(team) all:rate > 14.4 * 0.001", ["job:errors:rate5m", "all:rate"]),
        ('rate(${metric}_total[$__rate_interval]) + foo{job="$job"} + [[other]]', ["foo"]),
        ("absent(up) or vector(1) unless on() inf", ["up"]),
        ('label_replace(x, "a", "$1", "b", "(.*)")', ["x"]),
        ("count(up)); drop(x", ["up", "x"]),
        ("", []),
    ],
)  # fmt: skip
def test_metrics_of_an_expression(expression: str, names: list[str]) -> None:
    assert metrics_in(expression) == names


def test_long_expressions_cost_little() -> None:
    started = time.monotonic()
    for text in ("a", "$", "{", '"\\', "[[", "by(", "a:"):
        metrics_in(text * 5_000)
    assert time.monotonic() - started < 3


# What checks say.


def up(job: str = "api", health: str = "up") -> Record:
    data = {"labels": {"job": job}, "scrapePool": job, "health": health, "lastError": "refused"}
    return record("prometheus", "target", f"{job} {job}:1", **data)


def loaded(name: str, query: str, health: str = "ok", severity: str = "critical", **more: Any) -> Record:
    data = {"type": "alerting", "query": query, "metrics": metrics_in(query), "health": health, "lastError": "boom"}
    return record("prometheus", "rule", name, **data, labels={"severity": severity}, **more)


def series(*names: str, count: int = 3) -> list[Record]:
    return [record("prometheus", "metric", name, series=count) for name in names]


MANAGER = record("prometheus", "alertmanager", "am:9093")
FOUR = [
    loaded("g/Down", "up == 0"),
    loaded("g/Errors", 'rate(requests_total{status=~"5.."}[5m]) > 1'),
    loaded("g/Slow", "histogram_quantile(0.95, rate(request_duration_seconds_bucket[5m])) > 1"),
    loaded("g/Memory", "process_memory_bytes > 1e9"),
]
DATA = series("up", "requests_total", "request_duration_seconds_bucket", "process_memory_bytes")
GOOD = [*FOUR, *DATA, MANAGER]


def test_targets() -> None:
    assert checks.scrape_targets_up(facts_of([up(), up("b")])).status == "pass"
    down = checks.scrape_targets_up(facts_of([up(), up("b", "down")], [gap("prometheus", "target")]))
    assert down.status == "fail"
    assert "1 of 2" in down.reason
    assert down.problems[0].place is not None
    assert checks.scrape_targets_up(facts_of([up(), up("b", "unknown")])).status == "unverified"
    assert checks.scrape_targets_up(facts_of([up()], [gap("prometheus", "target")])).status == "unverified"
    assert checks.scrape_targets_up(facts_of([], [gap("prometheus", "*")])).status == "unverified"
    assert checks.scrape_targets_up(facts_of([MANAGER])).status == "not_applicable"


def test_a_job_of_the_files_without_a_target_keeps_it_open() -> None:
    assert checks.scrape_targets_up(facts_of([up("api")], files=WATCHED)).status == "pass"
    found = checks.scrape_targets_up(facts_of([up("prometheus")], files=WATCHED))
    assert found.status == "unverified"
    assert "api" in found.reason


def test_metrics_of_services() -> None:
    assert checks.metrics_exposed(facts_of([up("api"), up("node-exporter")])).status == "pass"
    assert checks.metrics_exposed(facts_of([up("prometheus"), up("kube-state-metrics")])).status == "not_applicable"
    assert checks.metrics_exposed(facts_of([up("api", "down")])).status == "not_applicable"
    assert checks.metrics_exposed(facts_of([], [gap("prometheus", "target")])).status == "unverified"


def test_rules_on_data_pass() -> None:
    found = checks.alert_rules(facts_of(GOOD))
    assert found.status == "pass", found.reason
    assert found.strength == "observed"
    assert len(found.places) == 4


def test_a_rule_on_a_metric_without_data_does_not_count() -> None:
    found = checks.alert_rules(facts_of([*FOUR, *DATA[:3], *series("process_memory_bytes", count=0), MANAGER]))
    assert found.status == "fail"
    assert "saturation" in found.reason
    assert "process_memory_bytes has no data" in found.problems[0].what


def test_a_rule_on_a_metric_that_was_not_counted_is_open() -> None:
    assert checks.alert_rules(facts_of([*FOUR, *DATA[:3], MANAGER])).status == "unverified"
    names = record("prometheus", "metric_names", "names", names=["up", "requests_total"])
    found = checks.alert_rules(facts_of([*FOUR, *DATA[:3], MANAGER, names]))
    assert found.status == "fail"
    partial = checks.alert_rules(facts_of([*FOUR, *DATA[:3], MANAGER, names], [gap("prometheus", "metric_names")]))
    assert partial.status == "unverified"


def test_a_broken_rule_fails() -> None:
    recording = record("prometheus", "rule", "r", type="recording", health="err")
    for broken in (loaded("g/X", "up + on() up", health="err"), recording):
        found = checks.alert_rules(facts_of([*GOOD, broken]))
        assert found.status == "fail"
        assert "broken" in found.problems[0].what


def test_a_rule_that_was_not_evaluated_yet_is_open() -> None:
    assert checks.alert_rules(facts_of([*FOUR[:3], loaded("g/M", "memory > 1", "unknown"), *DATA, MANAGER])).status == (
        "unverified"
    )


def test_rules_that_nothing_gets_fail() -> None:
    found = checks.alert_rules(facts_of([*FOUR, *DATA]))
    assert found.status == "fail"
    assert "nothing gets the alerts" in found.reason
    assert checks.alert_routing(facts_of([*FOUR, *DATA])).status == "fail"
    hidden = facts_of([*FOUR, *DATA], [gap("prometheus", "alertmanager")])
    assert checks.alert_rules(hidden).status == "unverified"
    assert checks.alert_routing(hidden).status == "unverified"


def test_signals_that_nothing_watches_fail_or_stay_open() -> None:
    few = [FOUR[0], DATA[0], MANAGER]
    assert checks.alert_rules(facts_of(few)).status == "fail"
    assert checks.alert_rules(facts_of(few, [gap("grafana", "alert_rule")])).status == "unverified"
    assert checks.alert_rules(facts_of(few, [gap("prometheus", "rule")])).status == "unverified"
    alarm = 'resource "aws_cloudwatch_metric_alarm" "x" {\n alarm_name = "x"\n metric_name = "CPUUtilization"\n}\n'
    assert checks.alert_rules(facts_of(few, files={"main.tf": alarm})).status == "unverified"


def test_alarms_of_the_cloud_count_beside_rules() -> None:
    metrics = {"slow": "TargetResponseTime", "5xx": "HTTPCode_Target_5XX_Count", "cpu": "CPUUtilization"}
    alarms = [
        record("aws", "cloudwatch.alarm", name, MetricName=metric, ActionsEnabled=True, AlarmActions=["arn:x"])
        for name, metric in metrics.items()
    ]
    assert checks.alert_rules(facts_of([FOUR[0], DATA[0], MANAGER, *alarms])).status == "pass"
    scaling = {"AlarmActions": ["arn:aws:autoscaling:eu-west-1:1:scalingPolicy:x"]}
    for changes in ({"Metrics": {"m": {"Datapoints": 0}}}, scaling):
        idle = [item.model_copy(update={"data": item.data | changes}) for item in alarms]
        assert checks.alert_rules(facts_of([FOUR[0], DATA[0], MANAGER, *idle])).status != "pass"
    silent = [item.model_copy(update={"data": item.data | {"AlarmActions": []}}) for item in alarms]
    assert checks.alert_rules(facts_of([FOUR[0], DATA[0], MANAGER, *silent])).status == "fail"


def test_rules_that_are_written_and_not_loaded_fail() -> None:
    assert checks.alert_rules(facts_of([MANAGER], files=WATCHED)).status == "fail"
    assert checks.alert_rules(facts_of([MANAGER], files={"a.py": "x = 1\n"})).status == "not_applicable"
    assert checks.alert_rules(facts_of([], [gap("prometheus", "rule")], WATCHED)).status == "unverified"


def test_a_prometheus_that_scrapes_nothing_keeps_open_what_files_declare() -> None:
    assert checks.scrape_targets_up(facts_of([MANAGER], files=WATCHED)).status == "unverified"
    assert checks.scrape_targets_up(facts_of([MANAGER])).status == "not_applicable"


def test_a_configuration_that_was_not_loaded_fails() -> None:
    old = record("prometheus", "build", "prometheus", reloadConfigSuccess=False)
    found = checks.alert_rules(facts_of([*FOUR, *DATA, MANAGER, old]))
    assert found.status == "fail"
    assert "could not load its newest configuration" in found.reason


def test_saturation() -> None:
    rules = [
        loaded("g/Disk", "node_filesystem_avail_bytes < 1"),
        loaded("g/Memory", "node_memory_free_bytes < 1"),
        loaded("g/Connections", "pg_stat_database_numbackends > 90"),
        loaded("g/Certificates", "probe_ssl_earliest_cert_expiry - time() < 86400"),
    ]
    data = series(*(name for item in rules for name in item.data["metrics"]))
    assert checks.saturation_alerts(facts_of([*rules, *data])).status == "pass"
    assert checks.saturation_alerts(facts_of([*rules[:3], *data])).status == "fail"
    assert checks.saturation_alerts(facts_of([*rules, *data], [gap("prometheus", "rule")])).status == "unverified"


def test_burn_of_the_error_budget() -> None:
    burn = loaded("slo/ErrorBudgetBurn", "job:slo_errors:ratio_rate1h > 14.4 * 0.001")
    assert checks.slo_alerting(facts_of([burn, *series("job:slo_errors:ratio_rate1h")])).status == "pass"
    assert checks.slo_alerting(facts_of([burn, *series("job:slo_errors:ratio_rate1h", count=0)])).status == "fail"
    assert checks.slo_alerting(facts_of([burn])).status == "unverified"
    assert checks.slo_alerting(facts_of(GOOD)).status == "not_applicable"
    assert checks.slo_alerting(facts_of([], [gap("prometheus", "rule")])).status == "unverified"


def test_routing_needs_the_alertmanager_too() -> None:
    assert checks.alert_routing(facts_of(GOOD)).status == "not_applicable"
    assert checks.alert_routing(facts_of(GOOD, given=["alertmanager"])).status == "pass"
    assert checks.alert_routing(facts_of([MANAGER])).status == "not_applicable"


def test_runbooks() -> None:
    linked = loaded("g/A", "up == 0", annotations=["runbook_url", "summary"])
    assert checks.alert_runbook_links(facts_of([linked])).status == "pass"
    bare = loaded("g/B", "up == 0", annotations=["summary"])
    assert checks.alert_runbook_links(facts_of([linked, bare])).status == "fail"
    mild = loaded("g/C", "up == 0", severity="info", annotations=[])
    assert checks.alert_runbook_links(facts_of([linked, mild])).status == "pass"
    assert checks.alert_runbook_links(facts_of([linked], [gap("prometheus", "rule")])).status == "unverified"


def firing(name: str = "ApiDown", severity: str = "critical", since: str = "2026-06-01T11:00:00Z") -> Record:
    labels = {"alertname": name, "severity": severity}
    return record("prometheus", "alert", name, labels=labels, state="firing", activeAt=since)


def test_alerts_that_fire() -> None:
    assert checks.workload_health(facts_of(GOOD)).status == "pass"
    assert checks.workload_health(facts_of([*GOOD, firing()])).status == "fail"
    assert checks.workload_health(facts_of([*GOOD, firing(severity="page")])).status == "fail"
    assert checks.workload_health(facts_of([*GOOD, firing(severity="warning")])).status == "pass"
    assert checks.workload_health(facts_of([*GOOD, firing("Watchdog")])).status == "pass"
    assert checks.workload_health(facts_of(GOOD, [gap("prometheus", "alert")])).status == "unverified"
    # silence of rules that could not fire says nothing
    assert checks.workload_health(facts_of([*FOUR, *series("up", count=0)])).status == "not_applicable"


def test_alerts_that_fire_for_long() -> None:
    old = "2026-05-20T11:00:00.123456789Z"
    assert checks.alert_noise(facts_of([*GOOD, firing()])).status == "pass"
    assert checks.alert_noise(facts_of([*GOOD, firing(since=old)])).status == "fail"
    assert checks.alert_noise(facts_of([*GOOD, firing("Watchdog", "none", old)])).status == "pass"
    assert checks.alert_noise(facts_of(GOOD, [gap("prometheus", "alert")])).status == "unverified"
    assert checks.alert_noise(facts_of([MANAGER])).status == "not_applicable"


def test_what_was_read_can_be_checked() -> None:
    shown = observe(API)
    facts = facts_of(shown.records, shown.gaps)
    assert checks.scrape_targets_up(facts).status == "fail"
    assert checks.workload_health(facts).status == "fail"
    assert "nothing_total has no data" in checks.alert_rules(facts).reason


# A real one, where there is one.

PROMETHEUS = shutil.which("prometheus")


@contextmanager
def running(folder: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    (folder / "rules.yml").write_text(
        "groups:\n- name: api\n  rules:\n  - {alert: Down, expr: up == 0, labels: {severity: critical}}\n"
        "  - {alert: NoData, expr: 'rate(nothing_total[5m]) > 1'}\n"
        "  - {alert: Broken, expr: 'up + on() up > 0'}\n"
    )
    (folder / "prometheus.yml").write_text(
        "global: {scrape_interval: 1s, evaluation_interval: 1s, scrape_timeout: 1s}\nrule_files: [rules.yml]\n"
        "scrape_configs:\n"
        f"- {{job_name: prometheus, static_configs: [{{targets: ['{address}']}}]}}\n"
        "- {job_name: gone, static_configs: [{targets: ['127.0.0.1:9']}]}\n"
    )
    command = [str(PROMETHEUS), "--config.file=prometheus.yml", "--storage.tsdb.path=data"]
    process = subprocess.Popen(
        [*command, f"--web.listen-address={address}"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.skipif(PROMETHEUS is None, reason="no prometheus on PATH")
def test_a_real_prometheus(tmp_path: Path) -> None:
    with running(tmp_path) as url:
        deadline = time.monotonic() + 12
        while time.monotonic() < deadline:
            time.sleep(0.5)
            try:
                shown = prometheus.observe(WebSource(url=url), reading())
            except ToolError:
                continue
            series = {item.name: item.data["series"] for item in of(shown, "metric")}
            if series.get("up") == 2 and {r.data["health"] for r in of(shown, "rule")} == {"ok", "err"}:
                break
    assert not shown.gaps
    health = {item.name.split()[0]: item.data["health"] for item in of(shown, "target")}
    assert health == {"gone": "down", "prometheus": "up"}
    rules = {item.name: item.data for item in of(shown, "rule")}
    assert rules["api/Broken"]["health"] == "err"
    assert rules["api/Broken"]["lastError"]
    assert series == {"up": 2, "nothing_total": 0}
    assert "up" in of(shown, "metric_names")[0].data["names"]
    assert of(shown, "build")[0].data["storageRetention"]
