"""Tags that allocate cost."""

from __future__ import annotations

import pytest

from tests.asking import ask, status

TWO = """
resource "aws_s3_bucket" "data" {
  bucket = "data"
TAGS
}
resource "aws_sqs_queue" "jobs" {
  name = "jobs"
  tags = { Name = "jobs", Project = "acme" }
}
resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = "{}"
}
"""
DEFAULTS = """
provider "aws" {
  region = "eu-west-1"
  default_tags {
    tags = { Project = "acme" }
  }
}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TWO.replace("TAGS", '  tags = { Project = "acme" }'), "pass"),
        (TWO.replace("TAGS", '  tags = { Name = "data" }'), "fail"),
        (TWO.replace("TAGS", ""), "fail"),
        (TWO.replace("TAGS", "") + DEFAULTS, "pass"),
        ("locals {\n  a = 1\n}\n", "not_applicable"),
    ],
    ids=["each", "name only", "none", "defaults", "no resources"],
)
def test_billed_resources_carry_tags(text: str, expected: str) -> None:
    assert status("cost-tags", {"main.tf": text}) == expected


def test_the_failure_names_what_is_bare() -> None:
    answer = ask("cost-tags", {"main.tf": TWO.replace("TAGS", "")})
    assert "1 of 2" in answer.assessment.reason
    assert [finding.locator.path for finding in answer.findings] == ["main.tf"]
    assert "aws_s3_bucket.data" in answer.findings[0].what


def test_tags_of_a_whole_stack_count() -> None:
    template = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Data:\n    Type: AWS::S3::Bucket\n"
    assert status("cost-tags", {"template.yaml": template}) == "fail"
    settings = 'version = 0.1\n[default.deploy.parameters]\ntags = "Project=acme"\n'
    assert status("cost-tags", {"template.yaml": template, "samconfig.toml": settings}) == "pass"
