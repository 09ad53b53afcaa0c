"""Cloud logs expire, and edges and clusters write them."""

from __future__ import annotations

import pytest

from tests.asking import ask, status

GROUP = 'resource "aws_cloudwatch_log_group" "shop" {\n  name = "/shop"\n  DAYS\n}\n'
FUNCTION = """
resource "aws_lambda_function" "f" {
  function_name = "f"
  role = "r"
  handler = "m.h"
  runtime = "python3.12"
}
"""
OF_FUNCTION = """
resource "aws_cloudwatch_log_group" "f" {
  name = "/aws/lambda/${aws_lambda_function.f.function_name}"
  retention_in_days = 30
}
"""
LOKI = """
schema_config: {configs: []}
limits_config: {retention_period: PERIOD}
compactor: {retention_enabled: ENABLED}
"""
COMPOSE = "services:\n  loki:\n    image: grafana/loki:3.0.0\n    volumes: ['./loki.yml:/etc/loki/local-config.yaml']\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GROUP.replace("DAYS", "retention_in_days = 30"), "pass"),
        (GROUP.replace("DAYS", ""), "fail"),
        (GROUP.replace("DAYS", "retention_in_days = 0"), "fail"),
        (FUNCTION, "fail"),
        (FUNCTION + OF_FUNCTION, "pass"),
        ('resource "aws_sqs_queue" "q" {}\n', "not_applicable"),
    ],
)
def test_log_groups(text: str, expected: str) -> None:
    assert status("log-retention", {"main.tf": text}) == expected


def test_loki_deletes_only_when_told_to() -> None:
    kept = LOKI.replace("PERIOD", "720h")
    assert status("log-retention", {"compose.yml": COMPOSE, "loki.yml": kept.replace("ENABLED", "true")}) == "pass"
    assert status("log-retention", {"compose.yml": COMPOSE, "loki.yml": kept.replace("ENABLED", "false")}) == "fail"
    assert status("log-retention", {"compose.yml": "services:\n  loki:\n    image: grafana/loki:3.0.0\n"}) == "fail"


LB = 'resource "aws_lb" "edge" {\n  name = "edge"\n  LOGS\n}\n'
ON = 'access_logs {\n    bucket  = "logs"\n    enabled = true\n  }'
BUCKET = 'resource "aws_s3_bucket" "data" {\n  bucket = "acme-data"\n}\n'
BUCKET_LOGS = """
resource "aws_s3_bucket_logging" "data" {
  bucket = aws_s3_bucket.data.id
  target_bucket = "logs"
  target_prefix = "s3/"
}
"""
VPC = 'resource "aws_vpc" "main" {\n  cidr_block = "10.0.0.0/16"\n}\n'
FLOW = 'resource "aws_flow_log" "main" {\n  vpc_id = aws_vpc.main.id\n  traffic_type = "ALL"\n}\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (LB.replace("LOGS", ON), "pass"),
        (LB.replace("LOGS", ""), "fail"),
        (LB.replace("LOGS", ON.replace("true", "false")), "fail"),
        (BUCKET, "fail"),
        (BUCKET + BUCKET_LOGS, "pass"),
        (VPC, "fail"),
        (VPC + FLOW, "pass"),
        (LB.replace("LOGS", ON) + VPC, "fail"),
        ('resource "aws_sqs_queue" "q" {}\n', "not_applicable"),
    ],
)
def test_edges(text: str, expected: str) -> None:
    assert status("access-logs", {"main.tf": text}) == expected


def test_each_silent_edge_is_a_finding() -> None:
    answer = ask("access-logs", {"main.tf": LB.replace("LOGS", "") + VPC + BUCKET + BUCKET_LOGS})
    assert {finding.locator.symbol for finding in answer.findings} == {"aws_lb.edge", "aws_vpc.main"}


EKS = """
resource "aws_eks_cluster" "main" {
  name = "main"
  role_arn = "r"
  LOGS
  vpc_config {
    subnet_ids = []
  }
}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (EKS.replace("LOGS", 'enabled_cluster_log_types = ["api", "audit"]'), "pass"),
        (EKS.replace("LOGS", 'enabled_cluster_log_types = ["scheduler"]'), "fail"),
        (EKS.replace("LOGS", ""), "fail"),
        ('module "eks" {\n  source = "terraform-aws-modules/eks/aws"\n  version = "~> 20.0"\n}\n', "pass"),
        ('resource "google_container_cluster" "main" {\n  name = "main"\n}\n', "fail"),
        ('resource "aws_ecs_cluster" "main" {\n  name = "main"\n}\n', "not_applicable"),
    ],
)
def test_control_planes(text: str, expected: str) -> None:
    assert status("control-plane-logs", {"main.tf": text}) == expected
