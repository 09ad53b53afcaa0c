"""Instances, autoscalers and disruption budgets."""

from __future__ import annotations

import pytest

from tests.asking import status
from tests.checks.pods import BUDGET, DEPLOYMENT, SCALER, changed, cluster, without

LIBRARY = {"lib.py": "X = 1\n"}
SERVER = {
    "main.py": "from flask import Flask\napp = Flask(__name__)\nif __name__ == '__main__':\n    app.run(port=80)\n"
}
DATABASE = 'resource "aws_db_instance" "main" {\n  engine = "postgres"\n  multi_az = %s\n}\n'
SERVICE = """\
resource "aws_ecs_service" "web" {
  name          = "web"
  desired_count = %s
}
"""
TARGET = """\
resource "aws_appautoscaling_target" "web" {
  resource_id  = "service/main/${aws_ecs_service.web.name}"
  min_capacity = 2
  max_capacity = %s
}
"""


@pytest.mark.parametrize(
    ("files", "answer"),
    [
        (LIBRARY, "not_applicable"),
        (SERVER, "fail"),
        ({**SERVER, "fly.toml": "app = 'x'\n"}, "unverified"),
        ({"compose.yaml": "services: {web: {build: .}}\n", "Dockerfile": "FROM a:1\n"}, "fail"),
        (cluster(BUDGET), "pass"),
        (cluster(), "fail"),
        ({**cluster(BUDGET), "main.tf": DATABASE % "true"}, "pass"),
        ({**cluster(BUDGET), "main.tf": DATABASE % "false"}, "fail"),
        ({"k8s/a.yaml": changed("replicas: 2", "replicas: 1")["k8s/all.yaml"], "k8s/b.yaml": BUDGET}, "fail"),
        (
            {
                "k8s/a.yaml": changed("replicas: 2", "replicas: 1")["k8s/all.yaml"],
                "k8s/b.yaml": BUDGET,
                "k8s/h.yaml": SCALER,
            },
            "pass",
        ),
        ({"main.tf": SERVICE % "1"}, "fail"),
        ({"main.tf": SERVICE % "2"}, "pass"),
        ({"main.tf": SERVICE % "1" + TARGET % "4"}, "pass"),
        ({"main.tf": SERVICE % "var.count"}, "unverified"),
    ],
)
def test_redundancy(files: dict[str, str], answer: str) -> None:
    assert status("redundancy", files) == answer


@pytest.mark.parametrize(
    ("files", "answer"),
    [
        (LIBRARY, "not_applicable"),
        (SERVER, "fail"),
        (cluster(), "fail"),
        (cluster(SCALER), "pass"),
        (cluster(SCALER.replace("maxReplicas: 5", "maxReplicas: 2")), "fail"),
        (cluster(SCALER.replace("kind: Deployment, name: web", "kind: Deployment, name: other")), "fail"),
        ({"a/web.yaml": DEPLOYMENT, "b/hpa.yaml": SCALER}, "pass"),
        ({"main.tf": SERVICE % "2"}, "fail"),
        ({"main.tf": SERVICE % "2" + TARGET % "4"}, "pass"),
        ({"main.tf": SERVICE % "2" + TARGET % "2"}, "fail"),
    ],
)
def test_autoscaling(files: dict[str, str], answer: str) -> None:
    assert status("autoscaling", files) == answer


@pytest.mark.parametrize(
    ("files", "answer"),
    [
        (LIBRARY, "not_applicable"),
        (changed("replicas: 2", "replicas: 1"), "not_applicable"),
        (cluster(BUDGET), "pass"),
        (cluster(), "fail"),
        (cluster(BUDGET.replace("minAvailable: 1", "minAvailable: 2")), "fail"),
        (cluster(BUDGET.replace("minAvailable: 1", "maxUnavailable: 0")), "fail"),
        (cluster(BUDGET.replace("app: web", "app: other")), "fail"),
        ({"k8s/b.yaml": BUDGET, **without("topologySpread")}, "fail"),
    ],
)
def test_pod_disruption(files: dict[str, str], answer: str) -> None:
    assert status("pod-disruption", files) == answer


def test_functions_with_on_demand_tables_follow_the_load() -> None:
    function = 'resource "aws_lambda_function" "work" {}\n'
    table = 'resource "aws_dynamodb_table" "t" {\n  billing_mode = "%s"\n}\n'
    assert status("autoscaling", {"main.tf": function + table % "PAY_PER_REQUEST"}) == "pass"
    assert status("autoscaling", {"main.tf": function + table % "PROVISIONED"}) == "not_applicable"
    assert status("graceful-shutdown", {"main.tf": function}) == "not_applicable"
