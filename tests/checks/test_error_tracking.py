"""Exceptions are captured, or counted and alerted on."""

from __future__ import annotations

from tests.asking import ask, status
from tests.checks.watched import APP, COMPOSE, LIBRARY, WATCHED, but

SENTRY = "import os\nimport sentry_sdk\nsentry_sdk.init(dsn=os.environ['SENTRY_DSN'])\n"


def test_sentry_in_each_service() -> None:
    assert status("error-tracking", but(main_py=SENTRY + APP)) == "pass"
    assert status("error-tracking", but(main_py=SENTRY.partition("sentry_sdk.init")[0] + APP)) == "fail"
    assert status("error-tracking", WATCHED) == "fail"


def test_an_empty_address_is_unverified() -> None:
    empty = COMPOSE.replace(
        "    build: ./api\n", "    build: ./api\n    environment: {SENTRY_DSN: '${SENTRY_DSN:-}'}\n"
    )
    assert status("error-tracking", but(main_py=SENTRY + APP, docker_compose_yml=empty)) == "unverified"


def test_an_address_that_code_only_hopes_for_is_unverified() -> None:
    guarded = "import os\nimport sentry_sdk\nDSN = os.getenv('SENTRY_DSN')\nif DSN:\n    sentry_sdk.init(dsn=DSN)\n"
    assert status("error-tracking", but(main_py=guarded + APP)) == "unverified"
    given = COMPOSE.replace(
        "    build: ./api\n", "    build: ./api\n    environment: {SENTRY_DSN: 'https://k@o1.ingest/1'}\n"
    )
    assert status("error-tracking", but(main_py=guarded + APP, docker_compose_yml=given)) == "pass"


def test_a_tracker_that_nothing_imports_is_dead() -> None:
    answer = ask("error-tracking", {**WATCHED, "api/errors.py": SENTRY})
    assert answer.assessment.status == "fail"
    assert "api/errors.py" in answer.assessment.reason


def test_error_lines_with_an_alarm() -> None:
    text = """
resource "aws_cloudwatch_log_metric_filter" "errors" {
  name           = "errors"
  pattern        = "ERROR"
  log_group_name = "/shop"
  metric_transformation {
    name      = "ShopErrors"
    namespace = "Shop"
    value     = "1"
  }
}
"""
    alarm = """
resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name  = "errors"
  metric_name = "ShopErrors"
  namespace   = "Shop"
}
"""
    assert status("error-tracking", {**WATCHED, "main.tf": text}) == "fail"
    assert status("error-tracking", {**WATCHED, "main.tf": text + alarm}) == "pass"
    assert status("error-tracking", LIBRARY) == "not_applicable"
