"""The monitoring tool finds configuration wherever it is written, and survives what is broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from gonogo.facts.channels import trouble_of
from gonogo.facts.monitoring import Monitoring
from gonogo.model.target import Target
from gonogo.tools.monitoring import read_monitoring
from gonogo.tools.repository import open_repository
from tests.asking import write

RULES = """groups:
  - name: api
    rules:
      - alert: Down
        expr: up == 0
        for: 5m
        labels: {severity: page}
      - record: job:up
        expr: sum by (job) (up)
"""


def read(folder: Path, files: dict[str, str]) -> Monitoring:
    return read_monitoring(open_repository([write(folder, files)]), Target(name="target"))


def indent(text: str, by: int) -> str:
    return "\n".join(" " * by + line for line in text.splitlines()) + "\n"


def test_rules_have_their_place(tmp_path: Path) -> None:
    down, recorded = read(tmp_path, {"prometheus/api.rules.yml": RULES}).rules
    assert (down.name, down.kind, down.wait, down.label("severity"), down.at.line) == ("Down", "alert", "5m", "page", 4)
    assert (recorded.kind, recorded.name, recorded.origin.form) == ("record", "job:up", "file")


def test_rules_in_resources_config_maps_and_chart_values(tmp_path: Path) -> None:
    crd = "kind: PrometheusRule\napiVersion: monitoring.coreos.com/v1\nmetadata: {name: shop}\nspec:\n" + indent(
        RULES, 2
    )
    config = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: rules}\ndata:\n  api.yml: |\n" + indent(RULES, 4)
    values = "additionalPrometheusRulesMap:\n  shop:\n" + indent(RULES, 4)
    found = read(tmp_path, {"k8s/rule.yaml": crd, "k8s/config.yaml": config, "values.yaml": values}).alerts
    forms = {rule.origin.path: (rule.origin.form, rule.origin.name, rule.at.line) for rule in found}
    assert forms == {
        "k8s/rule.yaml": ("custom resource", "shop", 8),
        "k8s/config.yaml": ("config map", "rules", 9),
        "values.yaml": ("chart values", "", 6),
    }


def test_a_template_is_read_for_what_is_literal(tmp_path: Path) -> None:
    text = "{{- if .Values.rules }}\n" + RULES.replace("api", "{{ .Release.Name }}") + "{{- end }}\n"
    assert [rule.name for rule in read(tmp_path, {"templates/rules.yaml": text}).alerts] == ["Down"]


def test_prometheus_and_promtail_are_told_apart(tmp_path: Path) -> None:
    scrapes = (
        "scrape_configs:\n  - job_name: api\n    metrics_path: stats\n    static_configs: [{targets: ['api:80']}]\n"
    )
    promtail = scrapes + "clients: [{url: 'http://loki:3100/loki/api/v1/push'}]\n"
    found = read(tmp_path, {"prometheus.yml": "rule_files: ['r/*.yml']\n" + scrapes, "promtail.yml": promtail})
    (config,) = found.prometheus
    assert (config.rule_globs, config.scrapes[0].targets, config.scrapes[0].path) == (
        ("r/*.yml",),
        ("api:80",),
        "/stats",
    )
    assert [(c.product, c.signals) for c in found.collectors] == [("promtail", frozenset({"logs"}))]


@pytest.mark.parametrize(
    ("name", "text", "product", "signals"),
    [
        ("fluent-bit.conf", "[INPUT]\n    Name tail\n[OUTPUT]\n    Name es\n    Match *\n", "fluent-bit", {"logs"}),
        (
            "fluent.conf",
            "<source>\n  @type forward\n</source>\n<match **>\n  @type loki\n</match>\n",
            "fluentd",
            {"logs"},
        ),
        ("pipe.conf", "input {\n  beats {\n  }\n}\noutput {\n  elasticsearch {\n  }\n}\n", "logstash", {"logs"}),
        ("vector.toml", '[sources.a]\ntype = "docker_logs"\n[sinks.b]\ntype = "loki"\n', "vector", {"logs"}),
        ("config.alloy", 'loki.source.docker "a" {}\nloki.write "b" {}\n', "alloy", {"logs"}),
        ("telegraf.conf", "[[inputs.cpu]]\n[[outputs.influxdb]]\n", "telegraf", {"metrics"}),
        ("filebeat.yml", "filebeat.inputs: [{type: log}]\noutput.elasticsearch: {hosts: [a]}\n", "filebeat", {"logs"}),
        (
            "otel.yml",
            "receivers: {otlp: {}}\nexporters: {debug: {}, otlp: {endpoint: 'tempo:4317'}}\n"
            "service:\n  pipelines:\n    traces: {receivers: [otlp], exporters: [otlp]}\n"
            "    logs: {receivers: [otlp], exporters: [debug]}\n",
            "otel",
            {"traces"},
        ),
    ],
)
def test_collectors(tmp_path: Path, name: str, text: str, product: str, signals: set[str]) -> None:
    (collector,) = read(tmp_path, {name: text}).collectors
    assert (collector.product, collector.signals) == (product, frozenset(signals))


def test_alertmanager_routes_inherit(tmp_path: Path) -> None:
    route = "route:\n  receiver: a\n  routes:\n    - match: {severity: page}\n    - receiver: b\n"
    text = route + "receivers: [{name: a}, {name: b}]\n"
    (alerting,) = read(tmp_path, {"alertmanager.yml": text}).alerting
    assert [(route.receiver, route.depth) for route in alerting.routes] == [("a", 0), ("a", 1), ("b", 1)]
    assert not any(receiver.reaches for receiver in alerting.receivers)


@pytest.mark.parametrize(
    ("kind", "text", "reaches"),
    [
        ("slack", "https://hooks.slack.com/services/T024BE7LD/B1A2C3D4E/a8Fk2mQ9", True),
        ("slack", "https://hooks.slack.com/services/YOUR/SLACK/WEBHOOK", False),
        ("slack", "SLACK_WEBHOOK_URL", False),
        ("slack", "<webhook>", False),
        ("webhook", "http://localhost:5001/", False),
        ("webhook", "http://bridge.monitoring:8080/alerts", True),
        ("webhook", "https://webhook.site/abc", False),
        ("email", "oncall@shop.io", True),
        ("email", "admin@company.com", False),
        ("pagerduty", "${PAGERDUTY_KEY}", False),
    ],
)
def test_placeholders(kind: str, text: str, reaches: bool) -> None:
    assert (trouble_of(kind, text) == "") is reaches


def test_dashboards_and_their_provisioning(tmp_path: Path) -> None:
    rows = '[{"type": "row", "panels": [{"targets": [{"expr": "up"}]}]}]'
    board = f'{{\n  "panels": {rows},\n  "schemaVersion": 39,\n  "title": "API"\n}}\n'
    files = {
        "d/api.json": board,
        "d/other.json": '{"panels": [], "title": "not a dashboard"}',
        "d/broken.json": '{"panels": [',
    }
    provider = (
        "providers: [{name: a, options: {path: /d}}]\ndatasources: [{name: P, type: prometheus, url: 'http://p'}]\n"
    )
    found = read(tmp_path, {**files, "p.yml": provider})
    assert [(d.title, d.panels, d.queries, d.at.line) for d in found.dashboards] == [("API", 1, ("up",), 4)]
    assert {(p.kind, p.target) for p in found.provisioning} == {("dashboards", "/d"), ("datasources", "http://p")}


def test_broken_and_hostile_files(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{c}: &{c} [*{p}, *{p}, *{p}, *{p}, *{p}, *{p}, *{p}, *{p}]\n"
        for p, c in zip("abcdefghi", "bcdefghij", strict=True)
    )
    files = {
        "prometheus/broken.yml": "groups:\n  - name: [unclosed\n    rules: {\n",
        "prometheus/bomb.yml": bomb + "receivers: *j\n",
        "prometheus/odd.yml": "groups: 3\nreceivers: x\nscrape_configs: {}\nproviders: [1, null]\ndatasources: [[]]\n",
        "tests/fixtures/rules.yml": RULES,
    }
    found = read(tmp_path, files)
    assert found.rules == ()
    assert {item.path for item in found.unread} == {"prometheus/broken.yml", "prometheus/bomb.yml"}


def test_objectives(tmp_path: Path) -> None:
    openslo = """apiVersion: openslo/v1
kind: SLO
metadata: {name: availability}
spec:
  timeWindow: [{duration: 30d}]
  objectives: [{target: 0.999}]
  indicator: {spec: {ratioMetric: {good: {metricSource: {spec: {query: 'sum(good_total)'}}}}}}
"""
    pyrra = """apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {name: errors}
spec: {target: '99', window: 4w, indicator: {ratio: {errors: {metric: errors_total}}}}
"""
    found = read(tmp_path, {"slo/a.yaml": openslo, "slo/b.yaml": pyrra}).objectives
    assert [(o.name, o.target, o.window, o.indicator) for o in found] == [
        ("availability", "0.999", "30d", "sum(good_total)"),
        ("errors", "99", "4w", "errors_total"),
    ]
