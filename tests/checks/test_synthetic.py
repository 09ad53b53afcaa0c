"""Something asks the service from outside whether it answers."""

from __future__ import annotations

from tests.asking import ask, status
from tests.checks.watched import COMPOSE, LIBRARY, PROMETHEUS, WATCHED, but

PROBE = """
  - job_name: blackbox
    metrics_path: /probe
    static_configs:
      - targets: ["https://shop.acme.io/"]
"""
BLACKBOX = "  blackbox: {image: 'prom/blackbox-exporter:v0.25.0'}\n"
SCHEDULED = """
on:
  schedule: [{cron: "*/5 * * * *"}]
jobs:
  probe:
    runs-on: ubuntu-latest
    steps:
      - run: curl --fail URL
"""


def test_cloud_checks_and_services() -> None:
    check = 'resource "aws_route53_health_check" "shop" {\n  fqdn = "shop.acme.io"\n  type = "HTTPS"\n}\n'
    assert status("synthetic-checks", {**WATCHED, "main.tf": check}) == "pass"
    assert status("synthetic-checks", {**WATCHED, "checkly.config.ts": "export default {}\n"}) == "pass"


def test_a_prober_needs_a_target() -> None:
    assert status("synthetic-checks", WATCHED) == "fail"
    assert status("synthetic-checks", but(docker_compose_yml=COMPOSE + BLACKBOX)) == "fail"
    assert status("synthetic-checks", but(prometheus_yml=PROMETHEUS + PROBE)) == "fail"
    assert (
        status("synthetic-checks", but(docker_compose_yml=COMPOSE + BLACKBOX, prometheus_yml=PROMETHEUS + PROBE))
        == "pass"
    )
    off = COMPOSE + BLACKBOX.replace("{image", "{profiles: [ops], image")
    answer = ask("synthetic-checks", but(docker_compose_yml=off, prometheus_yml=PROMETHEUS + PROBE)).assessment
    assert (answer.status, "option" in answer.reason) == ("fail", True)


def test_scheduled_pipelines() -> None:
    workflow = ".github/workflows/probe.yml"
    assert (
        status("synthetic-checks", {**WATCHED, workflow: SCHEDULED.replace("URL", "https://shop.acme.io/health")})
        == "pass"
    )
    assert (
        status("synthetic-checks", {**WATCHED, workflow: SCHEDULED.replace("URL", "http://localhost:8000/")}) == "fail"
    )
    fetched = SCHEDULED.replace("URL", "-L https://tools.acme.io/tool.tar.gz -o tool.tar.gz")
    assert status("synthetic-checks", {**WATCHED, workflow: fetched}) == "fail"
    lost = SCHEDULED.replace("URL", "https://shop.acme.io/health || true")
    assert status("synthetic-checks", {**WATCHED, workflow: lost}) == "fail"


def test_nothing_to_probe_and_a_database_of_probes() -> None:
    assert status("synthetic-checks", LIBRARY) == "not_applicable"
    kuma = COMPOSE + "  uptime-kuma: {image: 'louislam/uptime-kuma:1.23'}\n"
    assert status("synthetic-checks", but(docker_compose_yml=kuma)) == "unverified"
