"""Sizes, purchase options and scaling in."""

from __future__ import annotations

import pytest

from tests.asking import status

INSTANCE = 'resource "aws_instance" "web" {\n  ami = "ami-1"\n  instance_type = "TYPE"\n}\n'
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: app
          image: acme/web:1.2.3
"""
AUTOSCALER = """
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 10
"""
GROUP = """
resource "aws_autoscaling_group" "web" {
  name             = "web"
  min_size         = 1
  max_size         = 4
  desired_capacity = 2
}
"""
POLICY = """
resource "aws_autoscaling_policy" "cpu" {
  name                   = "cpu"
  autoscaling_group_name = aws_autoscaling_group.web.name
  policy_type            = "TargetTrackingScaling"
}
"""


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"main.tf": INSTANCE.replace("TYPE", "t4g.small")}, "pass"),
        ({"main.tf": INSTANCE.replace("TYPE", "m5.large")}, "fail"),
        ({"main.tf": INSTANCE.replace("TYPE", "g4dn.xlarge")}, "fail"),
        ({"main.tf": INSTANCE.replace('"TYPE"', "var.size") + 'variable "size" {}\n'}, "unverified"),
        ({"k8s/web.yaml": DEPLOYMENT}, "not_applicable"),
        ({"main.tf": 'resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n'}, "not_applicable"),
    ],
    ids=["Graviton", "x86", "GPU is not Graviton", "unknown", "pods only", "no compute"],
)
def test_cheaper_capacity_where_it_fits(files: dict[str, str], expected: str) -> None:
    assert status("purchase-options", files) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"k8s/web.yaml": DEPLOYMENT}, "fail"),
        ({"k8s/web.yaml": DEPLOYMENT, "k8s/hpa.yaml": AUTOSCALER}, "pass"),
        ({"main.tf": GROUP}, "fail"),
        ({"main.tf": GROUP + POLICY}, "pass"),
        ({"main.tf": INSTANCE.replace("TYPE", "t3.small")}, "fail"),
        ({"compose.yml": "services:\n  web:\n    image: acme/web:1.2.3\n"}, "fail"),
        ({"app.py": "print(1)\n"}, "not_applicable"),
    ],
    ids=["fixed pods", "autoscaled pods", "fixed group", "scaled group", "one machine", "compose", "nothing"],
)
def test_capacity_can_shrink(files: dict[str, str], expected: str) -> None:
    assert status("scale-in", files) == expected


def test_an_autoscaler_that_never_scales_down_fails() -> None:
    held = AUTOSCALER + "  behavior:\n    scaleDown:\n      selectPolicy: Disabled\n"
    assert status("scale-in", {"k8s/web.yaml": DEPLOYMENT, "k8s/hpa.yaml": held}) == "fail"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"main.tf": INSTANCE.replace("TYPE", "t3.small")}, "unverified"),
        (
            {
                "main.tf": 'variable "environment" {\n  default = "dev"\n}\n'
                + INSTANCE.replace('"TYPE"', 'var.environment == "production" ? "m7g.large" : "t4g.small"')
            },
            "pass",
        ),
        ({"app.py": "print(1)\n"}, "not_applicable"),
    ],
    ids=["one size", "by environment", "no capacity"],
)
def test_sizes_differ_by_environment(files: dict[str, str], expected: str) -> None:
    assert status("right-sizing", files) == expected


SERVICE = """
resource "aws_ecs_service" "web" {
  name          = "web"
  desired_count = 2
}
resource "aws_appautoscaling_target" "web" {
  resource_id        = "service/main/${aws_ecs_service.web.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  service_namespace  = "ecs"
  min_capacity       = 1
  max_capacity       = 4
}
"""
TRACKING = """
resource "aws_appautoscaling_policy" "web" {
  name               = "cpu"
  policy_type        = "TargetTrackingScaling"
  resource_id        = aws_appautoscaling_target.web.resource_id
  scalable_dimension = aws_appautoscaling_target.web.scalable_dimension
  service_namespace  = aws_appautoscaling_target.web.service_namespace
  target_tracking_scaling_policy_configuration {
    target_value     = 60
    disable_scale_in = HELD
    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SERVICE, "fail"),
        (SERVICE + TRACKING.replace("HELD", "false"), "pass"),
        (SERVICE + TRACKING.replace("HELD", "true"), "fail"),
    ],
    ids=["target alone", "policy", "never in"],
)
def test_a_container_service_needs_a_policy_that_scales_in(text: str, expected: str) -> None:
    assert status("scale-in", {"main.tf": text}) == expected
