"""What is read of a Grafana, what of it can't be seen, and what checks say of it."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from gonogo.checks.observed import grafana as checks
from gonogo.model.snapshot import Record
from gonogo.model.sources import WebSource
from gonogo.tools.errors import ToolError
from gonogo.tools.live import asked as limits
from gonogo.tools.live import grafana
from gonogo.tools.live.promql import metrics_in
from gonogo.tools.live.shown import Shown
from tests.checks.watched import WATCHED
from tests.live.observed import facts_of, gap, record
from tests.live.scripted import LOGIN_PAGE, Answer, Raw, Turns, reading, scripted

PROM = {"type": "prometheus", "uid": "P1"}


def dashboard(uid: str, *panels: dict[str, Any], **more: Any) -> dict[str, Any]:
    """As the documentation of GET /api/dashboards/uid/:uid has it."""
    model = {"id": 1, "uid": uid, "title": f"Board {uid}", "schemaVersion": 39, "version": 0, "panels": list(panels)}
    return {"dashboard": model | more, "meta": {"url": f"/d/{uid}/board", "folderUid": "f", "createdBy": "jane"}}


def panel(expression: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "timeseries",
        "title": "P",
        "datasource": PROM,
        "targets": [{"refId": "A", "expr": expression, "datasource": PROM}],
    } | more


SQL = {
    "type": "table",
    "datasource": {"type": "postgres", "uid": "PG"},
    "targets": [{"rawSql": "SELECT * FROM jane"}, {"expr": "x", "hide": True}],
}
OLD = {"rows": [{"panels": [{"type": "graph", "datasource": "Prom", "targets": [{"expr": "up"}]}]}], "panels": None}
RULE = {
    "id": 1,
    "uid": "r1",
    "orgID": 1,
    "folderUID": "project_x",
    "ruleGroup": "eval_group_1",
    "title": "Errors of api",
    "condition": "B",
    "data": [
        {"refId": "A", "datasourceUid": "P1", "model": {"expr": "rate(http_requests_total[5m])", "refId": "A"}},
        {"refId": "B", "datasourceUid": "__expr__", "model": {"expression": "A > 1", "type": "math"}},
    ],
    "updated": "2026-05-02T08:10:20Z",
    "noDataState": "NoData",
    "execErrState": "Error",
    "for": "5m",
    "annotations": {"runbook_url": "https://wiki/jane"},
    "labels": {"severity": "critical", "team": "jane"},
    "isPaused": False,
}
STATES = {
    "status": "success",
    "data": {
        "groups": [
            {
                "name": "eval_group_1",
                "file": "folder",
                "rules": [
                    {
                        "state": "firing",
                        "name": "Errors of api",
                        "query": "rate(http_requests_total[5m])",
                        "duration": 300,
                        "annotations": {"runbook_url": "https://wiki/jane"},
                        "labels": {"severity": "critical"},
                        "alerts": [
                            {"state": "Alerting", "activeAt": "2026-06-01T11:00:00Z", "labels": {}, "value": ""}
                        ],
                        "health": "ok",
                        "type": "alerting",
                        "uid": "r1",
                    }
                ],
            }
        ]
    },
}
POINTS = [
    {
        "uid": "c1",
        "name": "team",
        "type": "slack",
        "settings": {"recipient": "#jane", "token": "[REDACTED]"},
        "disableResolveMessage": False,
    },
    {"uid": "c2", "name": "grafana-default-email", "type": "email", "settings": {"addresses": "<example@email.com>"}},
]
API: dict[str, Answer] = {
    "/api/health": {"commit": "087143285", "database": "ok", "version": "11.5.0"},
    "/api/search": [
        {"id": 2, "uid": "b", "title": "Board b", "type": "dash-db", "folderTitle": "Team", "tags": []},
        {"id": 1, "uid": "a", "title": "Board a", "type": "dash-db", "url": "/d/a/board-a", "tags": []},
    ],
    "/api/dashboards/uid/a": dashboard(
        "a",
        {"type": "row", "panels": [panel("sum(rate(http_requests_total[$__rate_interval]))")]},
        {"type": "text", "options": {}},
        SQL,
    ),
    "/api/dashboards/uid/b": dashboard("b", **OLD),
    "/api/datasources": [
        {"id": 1, "uid": "P1", "name": "Prom", "type": "prometheus", "url": "http://jane:pw@prom", "isDefault": True},
        {"id": 2, "uid": "PG", "name": "Store", "type": "postgres", "user": "jane", "jsonData": {"x": "jane"}},
    ],
    "/api/v1/provisioning/alert-rules": [RULE],
    "/api/prometheus/grafana/api/v1/rules": STATES,
    "/api/v1/provisioning/contact-points": POINTS,
    "/api/v1/provisioning/policies": {
        "receiver": "grafana-default-email",
        "group_by": ["alertname"],
        "routes": [{"receiver": "team", "object_matchers": [["severity", "=", "critical"]]}],
    },
}


def observe(answers: dict[str, Answer]) -> Shown:
    with scripted(answers) as server:
        return grafana.observe(WebSource(url=server.url), reading())


def of(shown: Shown, kind: str) -> list[Record]:
    return [item for item in shown.records if item.kind == kind]


def kinds_of(shown: Shown) -> set[str]:
    return {item.kind for item in shown.gaps}


def test_all_of_it_is_read() -> None:
    shown = observe(API)
    assert not shown.gaps
    boards = {item.name: item.data for item in of(shown, "dashboard")}
    assert list(boards) == ["Board a", "Board b"]
    queries = [query for part in boards["Board a"]["panels"] for query in part["queries"]]
    assert queries == [
        {
            "datasource": "P1",
            "expr": "sum(rate(http_requests_total[$__rate_interval]))",
            "metrics": ["http_requests_total"],
        },
        {"datasource": "PG"},
    ]
    assert boards["Board b"]["panels"][0]["queries"] == [{"datasource": "Prom", "expr": "up", "metrics": ["up"]}]
    assert boards["Board b"]["folder"] == "Team"
    assert {item.name: item.data["type"] for item in of(shown, "datasource")} == {
        "Prom": "prometheus",
        "Store": "postgres",
    }
    (rule,) = of(shown, "alert_rule")
    assert rule.name == "eval_group_1/Errors of api"
    assert rule.data["queries"] == [
        {"datasource": "P1", "expr": "rate(http_requests_total[5m])", "metrics": ["http_requests_total"]}
    ]
    (state,) = of(shown, "alert_state")
    assert (state.data["health"], state.data["firing"]) == ("ok", 1)
    points = {item.name: item.data["placeholder"] for item in of(shown, "contact_point")}
    assert points == {"team": False, "grafana-default-email": True}
    assert [item.data["receiver"] for item in of(shown, "policy")] == ["grafana-default-email", "team"]
    assert observe(API).records == shown.records


def test_no_setting_or_person_is_kept() -> None:
    told = repr(observe(API).records)
    assert not [word for word in ("jane", "REDACTED", "email.com", "http://", "SELECT") if word in told]


def test_only_gets_of_known_paths_are_asked() -> None:
    with scripted(API) as server:
        grafana.observe(WebSource(url=server.url), reading())
    assert {line.split("?")[0] for line in server.asked} == {f"GET {path}" for path in API}
    for path in ("api/dashboards/db", "api/dashboards/uid/../db", "api/admin/settings", "api/datasources/proxy/1/x"):
        assert not grafana.PATHS.fullmatch(path)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Raw(401, '{"message":"Unauthorized"}'), "login (401)"),
        (Raw(403, '{"message":"You\'ll need additional permissions to perform this action."}'), "forbids this (403)"),
        (Raw(404, '{"message":"Not found"}'), "not in this version (404)"),
        (Raw(200, LOGIN_PAGE, "text/html"), "HTML page"),
        (Raw(500, '{"message":"boom"}'), "500"),
        ({"message": "?"}, "no list"),
    ],
)
def test_what_is_not_answered_is_a_gap_of_its_kind(answer: Answer, why: str) -> None:
    paths = {
        "/api/search": "dashboard",
        "/api/datasources": "datasource",
        "/api/v1/provisioning/alert-rules": "alert_rule",
        "/api/v1/provisioning/contact-points": "contact_point",
    }
    for path, kind in paths.items():
        shown = observe(API | {path: answer})
        assert kinds_of(shown) == {kind}, path
        assert why in shown.gaps[0].why
        assert len(shown.records) > 3


def test_missing_rights_are_named() -> None:
    (found,) = observe(API | {"/api/datasources": Raw(403)}).gaps
    assert found.permission == "datasources:read"


def test_no_dashboard_may_also_be_missing_rights() -> None:
    shown = observe(API | {"/api/search": []})
    assert kinds_of(shown) == {"dashboard"}
    assert checks.dashboards(facts_of(shown.records, shown.gaps)).status == "unverified"


def test_one_dashboard_that_fails_costs_only_itself() -> None:
    shown = observe(API | {"/api/dashboards/uid/a": Raw(403)})
    assert [item.name for item in of(shown, "dashboard")] == ["Board b"]
    assert kinds_of(shown) == {"dashboard"}
    shown = observe(API | {"/api/dashboards/uid/a": Turns([Raw(500, "x"), API["/api/dashboards/uid/a"]])})
    assert len(of(shown, "dashboard")) == 2
    odd = [{"uid": "../../admin", "title": "x"}, {"uid": "a", "title": "Board a"}]
    shown = observe(API | {"/api/search": odd})
    assert [item.name for item in of(shown, "dashboard")] == ["Board a"]


def test_dashboards_that_fail_in_a_row_end_it() -> None:
    listed = [{"uid": f"u{n}", "title": f"t{n}"} for n in range(30)]
    with scripted(API | {"/api/search": listed}) as server:
        shown = grafana.observe(WebSource(url=server.url), reading())
    assert sum("/uid/" in line for line in server.asked) == grafana.MOST_FAILURES
    assert any("27 of 30 were not read" in item.why for item in shown.gaps)


def test_huge_lists_are_bounded_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grafana, "MOST_DASHBOARDS", 3)
    monkeypatch.setattr(grafana, "MOST_PANELS", 5)
    boards = {f"/api/dashboards/uid/u{n}": dashboard(f"u{n}", *[panel("up")] * 6) for n in range(4)}
    listed = [{"uid": f"u{n}", "title": f"t{n}"} for n in range(4)]
    shown = observe(API | boards | {"/api/search": listed})
    assert [len(item.data["panels"]) for item in of(shown, "dashboard")] == [5, 5, 5]
    assert any("more than 3" in item.why for item in shown.gaps)


def test_slow_and_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_SECONDS", 0.2)
    shown = observe(API | {"/api/search": Raw(200, '[{"uid":"a","title":"A"}]', after=0.3)})
    assert {"dashboard", "datasource", "alert_rule"} <= kinds_of(shown)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ToolError, match=str(port)):
        grafana.observe(WebSource(url=f"http://127.0.0.1:{port}"), reading())


# What checks say.

SOURCE = record("grafana", "datasource", "Prom", uid="P1", type="prometheus", isDefault=True)


def board(name: str, *expressions: str, datasource: str = "P1") -> Record:
    queries = [{"datasource": datasource, "expr": text, "metrics": metrics_in(text)} for text in expressions]
    return record("grafana", "dashboard", name, uid=name, panels=[{"title": "P", "queries": queries}])


def names(*found: str) -> Record:
    return record("prometheus", "metric_names", "names", names=list(found))


def test_dashboards_pass_where_their_queries_have_data() -> None:
    shown = board("API", "rate(http_requests_total[5m])")
    alone = checks.dashboards(facts_of([shown, SOURCE]))
    assert alone.status == "pass"
    assert "does not show" in alone.reason
    joined = checks.dashboards(facts_of([shown, SOURCE, names("http_requests_total")]))
    assert joined.status == "pass"
    assert "does not show" not in joined.reason


def test_dashboards_without_data_fail() -> None:
    shown = board("API", "rate(gone_total[5m])", "gone_seconds / up")
    found = checks.dashboards(facts_of([shown, SOURCE, names("up")]))
    assert found.status == "fail"
    assert "gone_total" in found.problems[0].what
    both = checks.dashboards(facts_of([shown, board("B", "up"), SOURCE, names("up")]))
    assert both.status == "pass"
    assert "1 more shows nothing" in both.reason
    # the names could not all be seen, or Grafana may ask another Prometheus
    assert (
        checks.dashboards(facts_of([shown, SOURCE, names("up")], [gap("prometheus", "metric_names")])).status == "pass"
    )
    other = record("grafana", "datasource", "Other", uid="P2", type="prometheus")
    assert checks.dashboards(facts_of([shown, SOURCE, other, names("up")])).status == "pass"


def test_dashboards_that_show_nothing_fail() -> None:
    assert checks.dashboards(facts_of([board("Empty"), SOURCE])).status == "fail"
    lost = checks.dashboards(facts_of([board("API", "up", datasource="P9"), SOURCE]))
    assert lost.status == "fail"
    assert "P9" in lost.problems[0].what
    assert checks.dashboards(facts_of([board("API", "up", datasource="${DS}"), SOURCE])).status == "pass"
    assert checks.dashboards(facts_of([board("API", "up", datasource="P9")])).status == "pass"
    assert checks.dashboards(facts_of([board("Empty")], [gap("grafana", "dashboard")])).status == "unverified"


def test_dashboards_of_tools_are_none_of_the_services() -> None:
    hosts = board("Node", "node_cpu_seconds_total")
    own = board("API", "rate(http_requests_total[5m])")
    assert checks.dashboards(facts_of([hosts, SOURCE], files=WATCHED)).status == "fail"
    assert checks.dashboards(facts_of([hosts, own, SOURCE], files=WATCHED)).status == "pass"
    assert checks.dashboards(facts_of([SOURCE])).status == "not_applicable"


def rule(uid: str, title: str, expression: str = "x", paused: bool = False) -> Record:
    queries = [{"datasource": "P1", "expr": expression, "metrics": []}]
    return record("grafana", "alert_rule", f"g/{title}", uid=uid, queries=queries, paused=paused)


def state(uid: str, health: str = "ok") -> Record:
    return record("grafana", "alert_state", f"g/{uid}", uid=uid, health=health, lastError="boom")


TITLES = {"a": "Api down", "b": "Api errors", "c": "Api latency", "d": "Memory"}
RULES = [rule(uid, title) for uid, title in TITLES.items()]
HEALTHY = [state(uid) for uid in TITLES]


def test_rules_of_grafana() -> None:
    assert checks.alert_rules(facts_of([*RULES, *HEALTHY])).status == "pass"
    nodata = checks.alert_rules(facts_of([*RULES, *HEALTHY[:3], state("d", "nodata")]))
    assert nodata.status == "fail"
    assert "no data" in nodata.reason
    assert checks.alert_rules(facts_of([*RULES, *HEALTHY[:3], state("d", "error")])).status == "fail"
    assert checks.alert_rules(facts_of([*RULES, *HEALTHY[:3]])).status == "unverified"
    paused = rule("d", "Memory", paused=True)
    assert checks.alert_rules(facts_of([*RULES[:3], paused, *HEALTHY])).status == "fail"
    assert checks.alert_rules(facts_of([*RULES, *HEALTHY], [gap("grafana", "alert_rule")])).status == "unverified"
    assert checks.alert_rules(facts_of([SOURCE])).status == "not_applicable"


def point(name: str, placeholder: bool = False) -> Record:
    return record("grafana", "contact_point", name, type="slack", placeholder=placeholder)


def policy(receiver: str) -> Record:
    return record("grafana", "policy", f"0000 {receiver}", receiver=receiver, depth=0, matchers=[])


def test_contact_points() -> None:
    ask = checks.alert_routing
    assert ask(facts_of([*RULES, point("team"), policy("team")])).status == "pass"
    assert ask(facts_of([*RULES, point("team", True), policy("team")])).status == "fail"
    assert ask(facts_of([*RULES, point("team", True), point("other"), policy("other")])).status == "pass"
    assert ask(facts_of([*RULES, policy("team")])).status == "fail"
    assert ask(facts_of([point("team", True), policy("team")])).status == "not_applicable"
    for kind in ("alert_rule", "contact_point", "policy"):
        assert ask(facts_of([*RULES, point("team"), policy("team")], [gap("grafana", kind)])).status == "unverified"
    assert ask(facts_of([*RULES, policy("team")], [gap("grafana", "contact_point")])).status == "unverified"


def test_what_was_read_can_be_checked() -> None:
    shown = observe(API)
    facts = facts_of(shown.records, shown.gaps)
    assert checks.dashboards(facts).status == "pass"
    assert checks.alert_routing(facts).status == "fail"
    assert checks.alert_rules(facts).status == "fail"
