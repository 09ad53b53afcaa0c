"""Dashboards of the services, which something shows."""

from __future__ import annotations

import pytest

from tests.asking import ask, status
from tests.checks.watched import COMPOSE, DASHBOARD, LIBRARY, PROVIDERS, WATCHED, but


def test_a_provisioned_dashboard_of_the_service_passes() -> None:
    assert status("dashboards", WATCHED) == "pass"
    cloud = 'resource "aws_cloudwatch_dashboard" "shop" {\n  dashboard_name = "shop"\n  dashboard_body = "{}"\n}\n'
    assert status("dashboards", {"main.tf": cloud}) == "pass"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"docker_compose_yml": COMPOSE.replace("    image: grafana", "    profiles: [ops]\n    image: grafana")},
            "option",
        ),
        ({"files_yml": PROVIDERS.replace("/var/lib/grafana", "/srv")}, "not provisioned"),
        ({"docker_compose_yml": COMPOSE.partition("  grafana:")[0]}, "no Grafana is deployed"),
        ({"api_json": DASHBOARD.replace("http_requests_total", "node_cpu_seconds_total")}, "none asks for anything"),
        ({"api_json": None}, "no dashboard is defined"),
    ],
)
def test_what_nobody_sees_fails(changes: dict[str, str | None], says: str) -> None:
    answer = ask("dashboards", but(**changes)).assessment
    assert (answer.status, says in answer.reason) == ("fail", True)


def test_nothing_to_show() -> None:
    assert status("dashboards", LIBRARY) == "not_applicable"
