"""What calls and is called through a cloud: models behind an SDK, rules of a bus, scripts beside it."""

from __future__ import annotations

import pytest

from tests.asking import status

_CALLS = """import boto3
client = boto3.client("{}")
def handler(event, context):
    return client.{}(x=event)
"""


@pytest.mark.parametrize(
    ("service", "method", "expected"),
    [("bedrock-agent-runtime", "invoke_agent", "fail"), ("dynamodb", "get_item", "not_applicable")],
)
def test_a_model_behind_an_sdk_wants_a_circuit_breaker(service: str, method: str, expected: str) -> None:
    assert status("circuit-breakers", {"lambda_handler.py": _CALLS.format(service, method)}) == expected


_RULE = """resource "aws_lambda_function" "run" {{
  function_name = "run"
  handler = "lambda_handler.handler"
  runtime = "python3.12"
}}
resource "aws_cloudwatch_event_rule" "made" {{
  {}
}}
resource "aws_cloudwatch_event_target" "run" {{
  rule = aws_cloudwatch_event_rule.made.name
  arn  = aws_lambda_function.run.arn
}}
"""


@pytest.mark.parametrize(
    ("when", "expected"),
    [('event_pattern = "{}"', "fail"), ('schedule_expression = "rate(1 day)"', "not_applicable")],
)
def test_events_of_a_bus_may_come_twice(when: str, expected: str) -> None:
    files = {"main.tf": _RULE.format(when), "lambda_handler.py": _CALLS.format("dynamodb", "put_item")}
    assert status("idempotency", files) == expected


def test_scripts_that_change_sources_share_no_file() -> None:
    script = "import { readFileSync, writeFileSync } from 'fs';\nconst p = 'src/state.ts';\n"
    script += "let t = readFileSync(p, 'utf8');\nt = t.replace('a', 'b');\nwriteFileSync(p, t);\n"
    package = '{"name": "x", "main": "%s"}'
    once = {"package.json": package % "index.js", "scripts/fix-it.ts": script}
    assert status("concurrency-safety", once) == "not_applicable"
    assert status("concurrency-safety", {"package.json": package % "src/job.ts", "src/job.ts": script}) == "fail"
