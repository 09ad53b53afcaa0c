"""Alerts are evaluated, cover what matters, and reach a person."""

from __future__ import annotations

import pytest

from tests.asking import ask, status
from tests.checks.watched import ALERTMANAGER, COMPOSE, LIBRARY, PROMETHEUS, RULES, WATCHED, but

ALARM = """
resource "aws_cloudwatch_metric_alarm" "NAME" {
  alarm_name          = "NAME"
  metric_name         = "METRIC"
  namespace           = "AWS/ApplicationELB"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 2
  threshold           = 1
  period              = 60
  statistic           = "Sum"
  ACTIONS
}
"""
METRICS = {
    "down": "UnHealthyHostCount",
    "errors": "HTTPCode_Target_5XX_Count",
    "slow": "TargetResponseTime",
    "cpu": "CPUUtilization",
}
HOOK = "https://hooks.slack.com/services/T00000000/B00000000/XXXX"
TOPIC = """
resource "aws_sns_topic" "alerts" { name = "alerts" }
"""
SUBSCRIPTION = """
resource "aws_sns_topic_subscription" "team" {
  topic_arn = aws_sns_topic.alerts.arn
  protocol  = "email"
  endpoint  = "ADDRESS"
}
"""


def alarms(actions: str) -> str:
    return TOPIC + "".join(
        ALARM.replace("NAME", name).replace("METRIC", metric).replace("ACTIONS", actions)
        for name, metric in METRICS.items()
    )


SENT = alarms("alarm_actions = [aws_sns_topic.alerts.arn]")


def test_four_signals_that_a_running_prometheus_loads() -> None:
    assert status("alert-rules", WATCHED) == "pass"
    assert status("alert-rules", {"main.tf": SENT}) == "pass"


@pytest.mark.parametrize(
    ("alert", "signal"),
    [("ApiDown", "availability"), ("ApiErrors", "errors"), ("ApiSlow", "latency"), ("MemoryHigh", "saturation")],
)
def test_each_signal_is_missed(alert: str, signal: str) -> None:
    head, *groups = RULES.split("      - alert: ")
    rules = head + "".join("      - alert: " + group for group in groups if not group.startswith(alert))
    answer = ask("alert-rules", but(rules_yml=rules)).assessment
    assert (answer.status, signal in answer.reason) == ("fail", True)


@pytest.mark.parametrize(
    "changes",
    [
        {"prometheus_yml": PROMETHEUS.replace("rules.yml", "other.yml")},
        {
            "docker_compose_yml": COMPOSE.replace(
                "./prometheus:/etc/prometheus:ro", "./prometheus/prometheus.yml:/etc/prometheus/prometheus.yml"
            )
        },
        {
            "docker_compose_yml": COMPOSE.replace(
                "    image: prom/prometheus", "    profiles: [monitoring]\n    image: prom/prometheus"
            )
        },
        {"rules_yml": RULES.replace("http_requests_total{", "shop_failures_total{")},
        {
            "prometheus_yml": PROMETHEUS.partition("alerting:")[0]
            + "scrape_configs:"
            + PROMETHEUS.partition("scrape_configs:")[2]
        },
    ],
    ids=["not named", "not mounted", "opt-in Prometheus", "a metric that nothing emits", "no Alertmanager"],
)
def test_rules_that_never_fire_or_act(changes: dict[str, str]) -> None:
    assert status("alert-rules", but(**changes)) == "fail"


def test_no_alerts() -> None:
    assert status("alert-rules", but(rules_yml=None)) == "fail"
    assert status("alert-rules", LIBRARY) == "not_applicable"
    assert status("alert-rules", {"main.tf": alarms("")}) == "fail"


def test_a_custom_resource_needs_an_operator() -> None:
    body = "\n".join("    " + line for line in RULES.strip().splitlines()[1:])
    head = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: shop}\nspec:\n  groups:\n"
    files = {"k8s/rules.yaml": head + body + "\n"}
    assert status("alert-rules", files) == "unverified"
    helm = "helm install mon prometheus-community/kube-prometheus-stack -f values.yaml"
    readme = f"# Shop\n\n## Deploy\n\n```bash\n{helm}\n```\n"
    assert status("alert-rules", {**files, "README.md": readme}) == "pass"


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (ALERTMANAGER, "pass"),
        (
            ALERTMANAGER.replace("api_url_file: /run/secrets/slack", f"api_url: {HOOK}"),
            "fail",
        ),
        (ALERTMANAGER.replace("api_url_file: /run/secrets/slack", "api_url: ''"), "fail"),
        (ALERTMANAGER.replace("api_url_file: /run/secrets/slack", "api_url: ${SLACK_URL}"), "fail"),
        ("route:\n  receiver: 'null'\nreceivers:\n  - name: 'null'\n", "fail"),
        ("route:\n  receiver: team\nreceivers:\n  - name: ops\n", "fail"),
        ("route:\n  receiver: m\nreceivers:\n  - name: m\n    email_configs:\n      - to: you@example.com\n", "fail"),
        (
            "route:\n  receiver: m\nreceivers:\n  - name: m\n    pagerduty_configs:\n      - routing_key_file: /pd\n",
            "pass",
        ),
    ],
    ids=["file", "placeholder", "empty", "unfilled", "null", "undefined", "example.com", "pagerduty"],
)
def test_receivers(config: str, expected: str) -> None:
    assert status("alert-routing", but(alertmanager_yml=config)) == expected


def test_a_receiver_that_nothing_runs_reaches_nobody() -> None:
    compose = COMPOSE.replace("./alertmanager:/etc/alertmanager:ro", "alerts:/alertmanager")
    answer = ask("alert-routing", but(docker_compose_yml=compose))
    assert answer.assessment.status == "fail"
    assert any("no Alertmanager that runs loads" in finding.what for finding in answer.findings)


def test_a_script_may_fill_in_variables() -> None:
    files = but(alertmanager_yml=ALERTMANAGER.replace("api_url_file: /run/secrets/slack", "api_url: ${SLACK_URL}"))
    assert (
        status("alert-routing", {**files, "render.sh": "envsubst < alertmanager.yml.in > alertmanager.yml\n"}) == "pass"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SENT, "fail"),
        (SENT + SUBSCRIPTION.replace("ADDRESS", "oncall@shop.io"), "pass"),
        (SENT + SUBSCRIPTION.replace("ADDRESS", "you@example.com"), "fail"),
        (alarms("") + SUBSCRIPTION.replace("ADDRESS", "oncall@shop.io"), "fail"),
    ],
    ids=["no subscription", "subscribed", "placeholder", "no action"],
)
def test_actions_of_alarms(text: str, expected: str) -> None:
    assert status("alert-routing", {"main.tf": text}) == expected


def test_runbook_links() -> None:
    assert status("alert-runbook-links", WATCHED) == "pass"
    assert status("alert-runbook-links", but(api_md=None)) == "fail"
    assert (
        status(
            "alert-runbook-links", but(rules_yml=RULES.replace("annotations: {runbook_url: docs/runbooks/api.md}", ""))
        )
        == "fail"
    )
    assert (
        status("alert-runbook-links", but(rules_yml=RULES.replace("docs/runbooks/api.md", "https://wiki.shop.io/api")))
        == "unverified"
    )
    assert (
        status("alert-runbook-links", but(rules_yml=RULES.replace("docs/runbooks/api.md", "https://example.com/api")))
        == "fail"
    )
    assert status("alert-runbook-links", but(rules_yml=None)) == "not_applicable"


def test_saturation() -> None:
    more = """
      - alert: DiskFull
        expr: predict_linear(node_filesystem_free_bytes[6h], 86400) < 0
      - alert: ConnectionsHigh
        expr: pg_stat_activity_count / pg_settings_max_connections > 0.8
      - alert: CertificateExpires
        expr: probe_ssl_earliest_cert_expiry - time() < 86400 * 14
"""
    assert status("saturation-alerts", but(rules_yml=RULES + more)) == "pass"
    answer = ask("saturation-alerts", WATCHED).assessment
    assert (answer.status, "certificates" in answer.reason) == ("fail", True)
    assert status("saturation-alerts", LIBRARY) == "not_applicable"
