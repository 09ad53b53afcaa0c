"""Asynchronous work that fails."""

from __future__ import annotations

import pytest

from tests.asking import ask, status

QUEUE = 'resource "aws_sqs_queue" "jobs" {\n  name = "jobs"\nREDRIVE\n}\n'
DEAD = 'resource "aws_sqs_queue" "jobs_dlq" {\n  name = "jobs-dlq"\n}\n'
REDRIVE = "  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.jobs_dlq.arn, maxReceiveCount = 5 })"
FUNCTION = """
resource "aws_lambda_function" "work" {
  function_name = "work"
  role          = "arn:aws:iam::123456789012:role/work"
  handler       = "index.handler"
  runtime       = "nodejs20.x"
  filename      = "work.zip"
}
"""
TARGET = """
resource "aws_cloudwatch_event_rule" "hourly" {
  schedule_expression = "rate(1 hour)"
}
resource "aws_cloudwatch_event_target" "work" {
  rule = aws_cloudwatch_event_rule.hourly.name
  arn  = aws_lambda_function.work.arn
  dead_letter_config {
    arn = aws_sqs_queue.jobs_dlq.arn
  }
}
"""
DESTINATION = """
resource "aws_lambda_function_event_invoke_config" "work" {
  function_name = aws_lambda_function.work.function_name
  destination_config {
    on_failure {
      destination = aws_sqs_queue.jobs_dlq.arn
    }
  }
}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (QUEUE.replace("REDRIVE", REDRIVE) + DEAD, "pass"),
        (QUEUE.replace("REDRIVE", ""), "fail"),
        (FUNCTION, "not_applicable"),
        (FUNCTION + TARGET + DEAD, "fail"),
        (FUNCTION + TARGET + DESTINATION + DEAD, "pass"),
        ('resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n', "not_applicable"),
    ],
    ids=["redrive", "none", "synchronous", "function without", "function with", "nothing asynchronous"],
)
def test_managed_paths_keep_what_fails(text: str, expected: str) -> None:
    assert status("dead-letter-queues", {"main.tf": text}) == expected


def test_the_dead_letter_queue_itself_needs_none() -> None:
    answer = ask("dead-letter-queues", {"main.tf": QUEUE.replace("REDRIVE", "") + DEAD})
    assert [finding.locator.symbol for finding in answer.findings] == ["aws_sqs_queue.jobs"]


def test_a_consumer_in_code_needs_somewhere_for_what_fails() -> None:
    worker = "from celery import Celery\n\napp = Celery('jobs', broker='redis://redis')\n\n\n"
    worker += "@app.task\ndef work():\n    pass\n"
    files = {
        "worker.py": worker,
        "Dockerfile": 'FROM python:3.12-slim\nCOPY . .\nCMD ["celery", "-A", "worker", "worker"]\n',
        "compose.yml": "services:\n  worker:\n    build: .\n",
    }
    assert status("dead-letter-queues", files) == "fail"


def test_a_broker_whose_consumers_are_not_read_is_not_seen() -> None:
    compose = "services:\n  mq:\n    image: rabbitmq:3.13-management\n"
    assert status("dead-letter-queues", {"compose.yml": compose}) == "unverified"


SAM = """
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Dead:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: dead-letters
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Handler: main.handler
      Runtime: python3.12
      CodeUri: src/
      Events:
        Placed:
          Type: EVENT
          Properties:
            Pattern: {source: [orders]}
"""
FAILURE = """
      EventInvokeConfig:
        DestinationConfig:
          OnFailure: {Type: SQS, Destination: !GetAtt Dead.Arn}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SAM.replace("EVENT", "EventBridgeRule"), "fail"),
        (SAM.replace("EVENT", "EventBridgeRule").rstrip() + FAILURE, "pass"),
        (SAM.replace("EVENT", "DynamoDB"), "fail"),
        (
            SAM.replace("EVENT", "SQS").replace("Pattern: {source: [orders]}", "Queue: arn:aws:sqs:x:1:jobs"),
            "unverified",
        ),
        (
            SAM.replace("EVENT", "Api").replace("Pattern: {source: [orders]}", "{Path: /, Method: get}"),
            "not_applicable",
        ),
    ],
    ids=["event", "event with destination", "stream", "queue made elsewhere", "called by an API"],
)
def test_events_of_sam_functions(text: str, expected: str) -> None:
    assert status("dead-letter-queues", {"template.yaml": text}) == expected


def test_a_library_of_a_language_that_is_not_read_is_not_seen() -> None:
    assert status("dead-letter-queues", {"Gemfile": "gem 'rails'\ngem 'sidekiq'\n"}) == "unverified"


def test_a_queue_that_a_function_reads_needs_a_redrive_policy() -> None:
    queue = "  Jobs:\n    Type: AWS::SQS::Queue\n"
    text = SAM.replace("EVENT", "SQS").replace("Pattern: {source: [orders]}", "Queue: !GetAtt Jobs.Arn") + queue
    assert status("dead-letter-queues", {"template.yaml": text}) == "fail"
    redrive = "    Properties:\n      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}\n"
    assert status("dead-letter-queues", {"template.yaml": text + redrive}) == "pass"
