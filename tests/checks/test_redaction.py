"""Secrets and personal data stay out of logs."""

from __future__ import annotations

import pytest

from tests.asking import ask, status
from tests.checks.watched import APP, LIBRARY, WATCHED, but

PACKAGE = '{"name": "shop", "main": "src/index.js", "dependencies": {"pino": "9.0.0", "express": "4.19.2"}}'
PINO = """
import express from "express";
import pino from "pino";
const logger = pino(OPTIONS);
const app = express();
app.post("/login", (req, res) => { LINE; res.end(); });
app.listen(3000);
"""


def node(
    options: str = "{ redact: ['req.headers.authorization'] }", line: str = "logger.info({ user: req.user.id })"
) -> dict[str, str]:
    return {"package.json": PACKAGE, "src/index.js": PINO.replace("OPTIONS", options).replace("LINE", line)}


def test_a_masking_logger_passes() -> None:
    assert status("telemetry-redaction", node()) == "pass"


def test_a_logger_without_a_mask_fails() -> None:
    assert status("telemetry-redaction", node(options="{ level: 'info' }")) == "fail"
    assert status("telemetry-redaction", WATCHED) == "fail"


@pytest.mark.parametrize(
    "line",
    [
        "logger.info(`login of ${req.body.email}`)",
        "console.log(req.headers)",
        "logger.warn({ token })",
        "logger.debug(req)",
    ],
)
def test_lines_that_leak(line: str) -> None:
    answer = ask("telemetry-redaction", node(line=line))
    assert answer.assessment.status == "fail"
    assert answer.findings[0].locator.path == "src/index.js"


@pytest.mark.parametrize(
    "line",
    [
        "logger.info('password reset requested')",
        "logger.info({ tokens: usage.totalTokens })",
        "logger.info(`mail sent to ${maskEmail(user.email)}`)",
        "logger.info(`${Object.keys(req.body).length} fields`)",
    ],
)
def test_lines_that_only_name_such_things(line: str) -> None:
    assert status("telemetry-redaction", node(line=line)) == "pass"


def test_python_lines() -> None:
    line = 'logging.getLogger(__name__).info(f"login {user.password}")'
    leak = APP.replace('logging.getLogger(__name__).info("listed orders")', line)
    answer = ask("telemetry-redaction", but(main_py=leak))
    assert "password" in answer.findings[0].what
    assert status("telemetry-redaction", {"main.tf": 'resource "aws_sqs_queue" "q" {}\n'}) == "not_applicable"
    assert status("telemetry-redaction", LIBRARY) == "not_applicable"
