"""What is read of an Alertmanager, what of it can't be seen, and what checks say of it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from gonogo.checks.observed import alertmanager as checks
from gonogo.model.snapshot import Gap, Record
from gonogo.model.sources import WebSource
from gonogo.tools.errors import ToolError
from gonogo.tools.live import alertmanager
from gonogo.tools.live import asked as limits
from gonogo.tools.live.shown import Shown
from tests.live.observed import facts_of, gap, record
from tests.live.scripted import LOGIN_PAGE, Answer, Raw, Turns, reading, scripted

CONFIG = """global:
  resolve_timeout: 5m
  smtp_hello: localhost
  smtp_require_tls: true
  slack_api_url: <secret>
  pagerduty_url: https://events.pagerduty.com/v2/enqueue
  opsgenie_api_url: https://api.opsgenie.com/
route:
  receiver: team
  continue: false
  routes:
  - receiver: "null"
    matchers:
    - alertname="Watchdog"
    continue: false
  - receiver: pager
    matchers:
    - severity=~"critical|page?"
    continue: false
receivers:
- name: team
  slack_configs:
  - send_resolved: false
    http_config:
      follow_redirects: true
    api_url: <secret>
    channel: '#alerts-of-jane'
    title: '{{ template "slack.default.title" . }}'
- name: pager
  pagerduty_configs:
  - send_resolved: true
    routing_key: <secret>
    url: https://events.pagerduty.com/v2/enqueue
- name: "null"
- name: later
  webhook_configs:
  - send_resolved: true
    url: http://127.0.0.1:5001/
    max_alerts: 0
- name: mail
  email_configs:
  - to: ops@corp-real.io
    from: alerts@corp-real.io
    smarthost: mail.corp-real.io:25
    auth_username: jane
    auth_password: <secret>
templates: []
"""
"""As an Alertmanager 0.25 shows its own, secrets hidden."""


def status(original: str = CONFIG) -> dict[str, Any]:
    """As api/v2/openapi.yaml of the Alertmanager has it."""
    return {
        "cluster": {"name": "01H", "status": "ready", "peers": [{"name": "01H", "address": "10.0.0.1:9094"}]},
        "versionInfo": {
            "version": "0.27.0",
            "revision": "x",
            "branch": "HEAD",
            "buildUser": "jane",
            "goVersion": "go1",
        },
        "config": {"original": original},
        "uptime": "2026-05-01T12:28:32.744Z",
    }


def silence(
    ident: str, *matchers: tuple[str, str, bool], end: str = "2026-06-02T00:00:00Z", state: str = "active"
) -> Any:
    return {
        "id": ident,
        "status": {"state": state},
        "updatedAt": "2026-05-01T00:00:00.000Z",
        "comment": "asked by jane",
        "createdBy": "jane",
        "startsAt": "2026-05-31T00:00:00.000Z",
        "endsAt": end,
        "matchers": [{"name": n, "value": v, "isRegex": r, "isEqual": True} for n, v, r in matchers],
    }  # fmt: skip


ALERT = {
    "annotations": {"summary": "call jane"},
    "receivers": [{"name": "team"}],
    "fingerprint": "f1",
    "startsAt": "2026-06-01T10:00:00.000Z",
    "updatedAt": "2026-06-01T10:00:00.000Z",
    "endsAt": "2026-06-01T10:05:00.000Z",
    "status": {"state": "active", "silencedBy": [], "inhibitedBy": []},
    "labels": {"alertname": "Slow", "severity": "warning", "customer": "jane"},
    "generatorURL": "http://prometheus/graph?g0.expr=up",
}
API: dict[str, Answer] = {
    "/api/v2/status": status(),
    "/api/v2/receivers": [{"name": name} for name in ("team", "pager", "null", "later", "mail")],
    "/api/v2/silences": [
        silence("s2", ("alertname", "Slow", False)),
        silence("s1", ("alertname", "Old", False), state="expired"),
    ],
    "/api/v2/alerts": [ALERT],
}


def observe(answers: dict[str, Answer]) -> Shown:
    with scripted(answers) as server:
        return alertmanager.observe(WebSource(url=server.url), reading())


def of(shown: Shown, kind: str) -> list[Record]:
    return [item for item in shown.records if item.kind == kind]


def kinds_of(gaps: tuple[Gap, ...]) -> set[str]:
    return {item.kind for item in gaps}


def test_all_of_it_is_read() -> None:
    shown = observe(API)
    assert not shown.gaps
    receivers = {item.name: item.data["integrations"] for item in of(shown, "receiver")}
    assert receivers["team"] == [{"kind": "slack", "trouble": ""}]
    assert receivers["pager"] == [{"kind": "pagerduty", "trouble": ""}]
    assert receivers["mail"] == [{"kind": "email", "trouble": ""}]
    assert receivers["null"] == []
    assert receivers["later"] == [{"kind": "webhook", "trouble": "its target is a placeholder"}]
    routes = [(item.data["receiver"], item.data["depth"], item.data["matchers"]) for item in of(shown, "route")]
    assert routes == [
        ("team", 0, []),
        ("null", 1, ['alertname="Watchdog"']),
        ("pager", 1, ['severity=~"critical|page?"']),
    ]
    assert [item.name for item in of(shown, "silence")] == ["s2"]
    (alert,) = of(shown, "alert")
    assert alert.data["labels"] == {"alertname": "Slow", "severity": "warning"}
    assert alert.data["receivers"] == ["team"]
    assert of(shown, "build")[0].data["cluster"] == {"status": "ready", "peers": 1}
    assert observe(API).records == shown.records


def test_no_address_or_person_is_kept() -> None:
    shown = observe(API)
    assert not [
        word for word in ("jane", "corp-real", "5001", "http://127", "pagerduty.com") if word in repr(shown.records)
    ]


def test_only_gets_of_known_paths_are_asked() -> None:
    with scripted(API) as server:
        alertmanager.observe(WebSource(url=server.url), reading())
    assert sorted(line.partition("?")[0] for line in server.asked) == sorted(f"GET {path}" for path in API)
    assert not alertmanager.PATHS.fullmatch("api/v2/silence/s1")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Raw(401), "login (401)"),
        (Raw(403), "forbids this (403)"),
        (Raw(404, '{"code":404,"message":"path /api/v2/silences was not found"}'), "not in this version (404)"),
        (Raw(200, LOGIN_PAGE, "text/html"), "HTML page"),
        (Raw(500, "boom", "text/plain"), "500"),
        ({"silences": []}, "no list"),
    ],
)
def test_what_is_not_answered_is_a_gap_of_its_kind(answer: Answer, why: str) -> None:
    shown = observe(API | {"/api/v2/silences": answer})
    assert kinds_of(shown.gaps) == {"silence"}
    assert why in shown.gaps[0].why
    assert checks.alert_routing(facts_of(shown.records, shown.gaps)).status == "unverified"


def test_without_its_status_receivers_have_only_names() -> None:
    for answer in (Raw(403), status("x: ["), status("route: {}\n"), {"versionInfo": {"version": "0.27.0"}}):
        shown = observe(API | {"/api/v2/status": answer})
        assert {"receiver", "route"} <= kinds_of(shown.gaps)
        assert {item.data["integrations"] for item in of(shown, "receiver")} == {None}
        assert checks.alert_routing(facts_of(shown.records, shown.gaps)).status == "unverified"


def test_slow_late_huge_and_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = observe(API | {"/api/v2/alerts": Turns([Raw(503, "starting", "text/plain"), [ALERT]])})
    assert len(of(shown, "alert")) == 1
    shown = observe(API | {"/api/v2/alerts": [ALERT] * (limits.MOST_RECORDS + 1)})
    assert len(of(shown, "alert")) == limits.MOST_RECORDS
    assert kinds_of(shown.gaps) == {"alert"}
    monkeypatch.setattr(limits, "MOST_SECONDS", 0.2)
    shown = observe(API | {"/api/v2/receivers": Raw(200, "[]", after=0.3)})
    assert kinds_of(shown.gaps) == {"silence", "alert"}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ToolError, match=str(port)):
        alertmanager.observe(WebSource(url=f"http://127.0.0.1:{port}"), reading())


# What checks say.


def receiver(name: str, *integrations: tuple[str, str]) -> Record:
    return record(
        "alertmanager", "receiver", name, integrations=[{"kind": kind, "trouble": why} for kind, why in integrations]
    )


def route(name: str, depth: int = 0, *matchers: str) -> Record:
    return record("alertmanager", "route", f"{depth:04d} {name}", receiver=name, depth=depth, matchers=list(matchers))


def quiet(*matchers: tuple[str, str, bool], end: str = "2026-06-02T00:00:00Z") -> Record:
    item = silence("s", *matchers, end=end)
    data = {"state": "active", "matchers": item["matchers"], "startsAt": item["startsAt"], "endsAt": item["endsAt"]}
    return record("alertmanager", "silence", "s", **data)


GOOD = [receiver("team", ("slack", "")), route("team")]


def test_receivers_that_reach_somebody() -> None:
    found = checks.alert_routing(facts_of(GOOD))
    assert found.status == "pass"
    assert "slack" in found.reason
    half = [receiver("team", ("slack", ""), ("webhook", "its target is a placeholder")), route("team")]
    assert checks.alert_routing(facts_of(half)).status == "pass"


def test_receivers_that_reach_nobody() -> None:
    assert checks.alert_routing(facts_of([receiver("null"), route("null")])).status == "fail"
    told = checks.alert_routing(facts_of([receiver("team", ("webhook", "its target is a placeholder")), route("team")]))
    assert told.status == "fail"
    assert "placeholder" in told.problems[0].what
    assert checks.alert_routing(facts_of([route("team")])).status == "fail"


def test_a_route_may_drop_what_only_shows_that_alerting_works() -> None:
    null = receiver("null")
    assert checks.alert_routing(facts_of([*GOOD, null, route("null", 1, 'alertname="Watchdog"')])).status == "pass"
    assert checks.alert_routing(facts_of([*GOOD, null, route("null", 1, 'severity="critical"')])).status == "fail"
    assert checks.alert_routing(facts_of([*GOOD, null])).status == "pass"


def test_what_could_not_be_seen_keeps_it_open() -> None:
    for kind in ("receiver", "route", "silence", "*"):
        assert checks.alert_routing(facts_of(GOOD, [gap("alertmanager", kind)])).status == "unverified"
    assert checks.alert_routing(facts_of([record("alertmanager", "build", "x")])).status == "not_applicable"


def test_silences() -> None:
    for matchers, end, expected in (
        ([("alertname", "Slow", False)], "2026-06-02T00:00:00Z", "pass"),
        ([("alertname", "Slow", False)], "2027-06-02T00:00:00Z", "fail"),
        ([("severity", "warning", False)], "2027-06-02T00:00:00Z", "pass"),
        ([("severity", "critical", False)], "2027-06-02T00:00:00Z", "fail"),
        ([("alertname", ".*", True)], "2026-06-02T00:00:00Z", "fail"),
        ([("alertname", ".+", True), ("job", "api", False)], "2026-06-02T00:00:00Z", "pass"),
    ):
        assert checks.alert_routing(facts_of([*GOOD, quiet(*matchers, end=end)])).status == expected, matchers


def alert(severity: str, since: str = "2026-06-01T10:00:00Z", name: str = "Down", state: str = "active") -> Record:
    return record(
        "alertmanager", "alert", name, labels={"alertname": name, "severity": severity}, startsAt=since, state=state
    )


def test_alerts_that_are_there() -> None:
    assert checks.workload_health(facts_of([alert("critical")])).status == "fail"
    assert checks.workload_health(facts_of([alert("critical", state="suppressed")])).status == "fail"
    assert checks.workload_health(facts_of([alert("warning")])).status == "not_applicable"
    assert checks.workload_health(facts_of(GOOD)).status == "not_applicable"
    assert checks.workload_health(facts_of([], [gap("alertmanager", "alert")])).status == "unverified"


def test_alerts_that_are_old() -> None:
    old = "2026-05-01T10:00:00Z"
    assert checks.alert_noise(facts_of([alert("warning")])).status == "pass"
    assert checks.alert_noise(facts_of([alert("warning", old)])).status == "fail"
    assert checks.alert_noise(facts_of([alert("none", old, "Watchdog"), alert("warning")])).status == "pass"
    assert checks.alert_noise(facts_of(GOOD)).status == "not_applicable"
    assert checks.alert_noise(facts_of([alert("warning")], [gap("alertmanager", "alert")])).status == "unverified"


def test_what_was_read_can_be_checked() -> None:
    shown = observe(API)
    assert checks.alert_routing(facts_of(shown.records, shown.gaps)).status == "pass"
    local = status(CONFIG.replace("receiver: team\n", "receiver: later\n"))
    shown = observe(API | {"/api/v2/status": local})
    assert checks.alert_routing(facts_of(shown.records, shown.gaps)).status == "fail"


# A real one, where there is one.

_TEMPLATES = Path("/usr/share/prometheus/alertmanager/default.tmpl")
"""Where Debian's Alertmanager looks for its own; it does not start without them."""
_DEBIAN = shutil.which("prometheus-alertmanager") if _TEMPLATES.exists() else None
BINARY = shutil.which("alertmanager") or _DEBIAN


@pytest.mark.skipif(BINARY is None, reason="no alertmanager with its templates on PATH")
def test_a_real_alertmanager(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    (tmp_path / "am.yml").write_text(
        "route: {receiver: team, routes: [{receiver: 'null', matchers: [alertname=Watchdog]}]}\nreceivers:\n"
        "- {name: team, slack_configs: [{api_url: 'https://hooks.slack.com/services/T1/B1/realtoken', channel: c}]}\n"
        "- name: 'null'\n"
    )
    command = [str(BINARY), "--config.file=am.yml", "--storage.path=data", "--cluster.listen-address="]
    process = subprocess.Popen(
        [*command, f"--web.listen-address={address}"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        shown = _when_ready(f"http://{address}")
    finally:
        process.terminate()
        process.wait(20)
    assert not shown.gaps
    receivers = {item.name: item.data["integrations"] for item in of(shown, "receiver")}
    assert receivers == {"team": [{"kind": "slack", "trouble": ""}], "null": []}
    assert "realtoken" not in repr(shown)
    assert checks.alert_routing(facts_of(shown.records, shown.gaps)).status == "pass"


def _when_ready(url: str) -> Shown:
    deadline = time.monotonic() + 10
    while True:
        try:
            return alertmanager.observe(WebSource(url=url), reading())
        except ToolError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
