"""Exposure to the world, isolation between workloads, instances, state and infrastructure as code."""

from __future__ import annotations

import pytest

from tests.asking import ask, status

GROUP = """resource "aws_security_group" "g" {
  ingress {
    from_port = %d
    to_port = %d
    protocol = "tcp"
    cidr_blocks = ["%s"]
  }
}
"""


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (GROUP % (22, 22, "0.0.0.0/0"), "fail"),
        (GROUP % (5000, 6000, "0.0.0.0/0"), "fail"),
        (GROUP % (443, 443, "0.0.0.0/0"), "pass"),
        (GROUP % (5432, 5432, "10.0.0.0/8"), "pass"),
        ('variable "office" {}\n' + (GROUP % (22, 22, "${var.office}")), "unverified"),
        ('resource "aws_db_instance" "d" { publicly_accessible = true }', "fail"),
        ('resource "aws_eks_cluster" "c" {\n vpc_config { endpoint_public_access = true }\n}', "fail"),
        ('resource "aws_eks_cluster" "c" {\n vpc_config { public_access_cidrs = ["1.2.3.4/32"] }\n}', "pass"),
        (
            'resource "google_compute_firewall" "f" {\n source_ranges = ["0.0.0.0/0"]\n'
            ' allow {\n  protocol = "tcp"\n  ports = ["3389"]\n }\n}',
            "fail",
        ),
    ],
)
def test_exposure_of_cloud_resources(block: str, expected: str) -> None:
    assert status("network-exposure", {"main.tf": block}) == expected


def test_exposure_of_containers() -> None:
    compose = "services:\n  db: {image: 'postgres:17', ports: ['%s5432:5432']}\n"
    assert status("network-exposure", {"compose.yml": compose % ""}) == "fail"
    assert status("network-exposure", {"compose.yml": compose % "127.0.0.1:"}) == "pass"
    tool = "services:\n  p: {image: 'prom/prometheus:v3.0.0', ports: ['9090:9090']}\n"
    assert status("network-exposure", {"compose.yml": tool}) == "fail"
    assert status("network-exposure", {"app.py": "print(1)"}) == "not_applicable"


DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'web:1'}]}
"""
POLICY = """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec: {podSelector: {%s}, policyTypes: [Ingress]}
"""


def test_every_workload_needs_a_network_policy() -> None:
    assert status("network-policies", {"k8s/web.yaml": DEPLOYMENT}) == "fail"
    for selector, expected in (("", "pass"), ("matchLabels: {app: web}", "pass"), ("matchLabels: {app: x}", "fail")):
        files = {"k8s/web.yaml": DEPLOYMENT, "k8s/policy.yaml": POLICY % selector}
        assert status("network-policies", files) == expected
    assert status("network-policies", {"compose.yml": "services: {a: {image: 'a:1'}}"}) == "not_applicable"


def test_workloads_in_a_vpc_need_private_subnets() -> None:
    service = 'resource "aws_ecs_service" "s" {\n network_configuration {\n  subnets = module.vpc.%s_subnets\n'
    service += "  assign_public_ip = %s\n }\n}"
    assert status("network-policies", {"main.tf": service % ("private", "false")}) == "pass"
    assert status("network-policies", {"main.tf": service % ("public", "true")}) == "fail"
    assert status("network-policies", {"main.tf": 'resource "aws_db_instance" "d" {}'}) == "unverified"


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ('resource "aws_instance" "i" {}', "fail"),
        ('resource "aws_instance" "i" {\n metadata_options { http_tokens = "required" }\n}', "pass"),
        ('variable "t" {}\nresource "aws_instance" "i" {\n metadata_options { http_tokens = var.t }\n}', "unverified"),
        ('resource "aws_eks_node_group" "n" { ami_type = "AL2023_x86_64_STANDARD" }', "pass"),
        (
            'resource "aws_instance" "i" {}\n'
            'resource "aws_ec2_instance_metadata_defaults" "d" { http_tokens = "required" }',
            "pass",
        ),
        ('resource "aws_sqs_queue" "q" {}', "not_applicable"),
    ],
)
def test_instance_metadata(block: str, expected: str) -> None:
    assert status("instance-metadata", {"main.tf": block}) == expected


RESOURCE = 'resource "aws_sqs_queue" "q" {}\n'


@pytest.mark.parametrize(
    ("backend", "expected"),
    [
        ('backend "s3" {\n bucket = "b"\n use_lockfile = true\n}', "pass"),
        ('backend "s3" {\n bucket = "b"\n dynamodb_table = "t"\n}', "pass"),
        ('backend "s3" { bucket = "b" }', "fail"),
        ('backend "s3" {}', "fail"),
        ('backend "s3" { region = "eu-west-1" }', "unverified"),
        ('backend "gcs" { bucket = "b" }', "pass"),
        ('cloud { organization = "o" }', "pass"),
        ('backend "local" {}', "fail"),
        ("", "fail"),
    ],
)
def test_state_locking(backend: str, expected: str) -> None:
    assert status("state-locking", {"main.tf": RESOURCE + "terraform {\n" + backend + "\n}\n"}) == expected


def test_an_empty_backend_that_a_script_fills() -> None:
    files = {"main.tf": RESOURCE + 'terraform {\n backend "s3" {}\n}\n'}
    assert status("state-locking", files | {"init.sh": "terraform init -backend-config=prod.s3\n"}) == "unverified"


def test_state_of_several_roots_and_of_none() -> None:
    commented = RESOURCE + 'terraform {\n  # backend "s3" {\n  # }\n}\n'
    assert "commented out" in ask("state-locking", {"main.tf": commented}).assessment.reason
    locked = 'terraform {\n backend "gcs" {}\n}\n' + RESOURCE
    bootstrap = 'provider "google" {}\nresource "google_storage_bucket" "terraform_state" {}'
    assert status("state-locking", {"app/main.tf": locked, "bootstrap/main.tf": bootstrap}) == "pass"
    assert status("state-locking", {"app/main.tf": locked, "db/main.tf": RESOURCE}) == "fail"
    assert status("state-locking", {"template.yaml": "Resources: {Q: {Type: 'AWS::SQS::Queue'}}"}) == "not_applicable"


def test_infrastructure_as_code() -> None:
    slug = "infrastructure-as-code"
    assert status(slug, {"main.tf": RESOURCE}) == "pass"
    assert status(slug, {"k8s/web.yaml": DEPLOYMENT}) == "pass"
    assert status(slug, {"template.yaml": "Resources: {Q: {Type: 'AWS::SQS::Queue'}}"}) == "pass"
    assert status(slug, {"fly.toml": "app = 'x'"}) == "pass"
    assert status(slug, {"Dockerfile": "FROM python:3.13", "app.py": "print(1)"}) == "fail"
    assert status(slug, {"examples/main.tf": RESOURCE, "app.py": "print(1)"}) == "fail"


@pytest.mark.parametrize("slug", ["network-exposure", "network-policies", "instance-metadata", "least-privilege-iam"])
def test_what_modules_make_that_are_not_read_is_not_absent(slug: str) -> None:
    assert status(slug, {"main.tf": RESOURCE + 'module "eks" { source = "git::https://example.com/eks.git" }'}) == (
        "unverified"
    )
