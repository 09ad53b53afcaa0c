"""Objects, images, events and logs age out."""

from __future__ import annotations

import pytest

from tests.asking import status

BUCKET = 'resource "aws_s3_bucket" "data" {\n  bucket = "data"\n}\n'
RULE = """
resource "aws_s3_bucket_lifecycle_configuration" "data" {
  bucket = aws_s3_bucket.data.id
  rule {
    id     = "old"
    status = "Enabled"
    expiration {
      days = 365
    }
  }
}
"""
REGISTRY = 'resource "aws_ecr_repository" "app" {\n  name = "app"\n}\n'
POLICY = """
resource "aws_ecr_lifecycle_policy" "app" {
  repository = aws_ecr_repository.app.name
  policy     = "{}"
}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (BUCKET + RULE, "pass"),
        (BUCKET + RULE.replace("Enabled", "Disabled"), "fail"),
        (BUCKET, "fail"),
        (BUCKET + RULE + REGISTRY, "fail"),
        (BUCKET + RULE + REGISTRY + POLICY, "pass"),
        ('resource "aws_sqs_queue" "jobs" {\n  name = "jobs"\n}\n', "not_applicable"),
        ('resource "aws_cloudwatch_log_group" "a" {\n  name = "a"\n}\n', "fail"),
        ('resource "aws_cloudwatch_log_group" "a" {\n  name = "a"\n  retention_in_days = 30\n}\n', "pass"),
    ],
    ids=["rule", "rule off", "none", "one of two", "both", "no storage", "log for ever", "log retention"],
)
def test_every_store_ages_out(text: str, expected: str) -> None:
    assert status("storage-lifecycle", {"main.tf": text}) == expected


def test_a_bucket_that_code_uses_and_nothing_defines_is_not_seen() -> None:
    code = "import boto3\n\ns3 = boto3.client('s3')\n\nif __name__ == '__main__':\n"
    code += "    s3.put_object(Bucket='b', Key='k')\n"
    files = {"app/main.py": code}
    assert status("storage-lifecycle", files) == "unverified"


def test_logs_of_functions_expire() -> None:
    function = 'resource "aws_lambda_function" "work" {\n  function_name = "work"\n}\n'
    group = 'resource "aws_cloudwatch_log_group" "g" {\n  name = "/aws/lambda/work"\n  retention_in_days = 7\n}\n'
    assert status("storage-lifecycle", {"main.tf": function}) == "fail"
    assert status("storage-lifecycle", {"main.tf": function + group}) == "pass"


def test_rows_of_a_database_age_out() -> None:
    compose = "services: {db: {image: 'postgres:16', volumes: ['d:/var/lib/postgresql/data']}}\nvolumes: {d: {}}\n"
    assert status("storage-lifecycle", {"docker-compose.yml": compose}) == "fail"
    purge = "def purge_old_events(db):\n    db.execute('...')\n"
    assert status("storage-lifecycle", {"docker-compose.yml": compose, "jobs.py": purge}) == "unverified"
