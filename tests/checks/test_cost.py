"""Budgets, cost anomalies, idle resources."""

from __future__ import annotations

import pytest

from tests.asking import ask, status

BUCKET = 'resource "aws_s3_bucket" "data" {\n  bucket = "data"\n}\n'
NOTIFIED = """
resource "aws_budgets_budget" "all" {
  name         = "all"
  budget_type  = "COST"
  limit_amount = "100"
  limit_unit   = "USD"
  time_unit    = "MONTHLY"
  notification {
    comparison_operator        = "GREATER_THAN"
    threshold                  = 80
    threshold_type             = "PERCENTAGE"
    notification_type          = "FORECASTED"
    subscriber_email_addresses = [ADDRESS]
  }
}
"""
SILENT = """
resource "aws_budgets_budget" "all" {
  name         = "all"
  budget_type  = "COST"
  limit_amount = "100"
  limit_unit   = "USD"
  time_unit    = "MONTHLY"
}
"""
MONITOR = """
resource "aws_ce_anomaly_monitor" "services" {
  name              = "services"
  monitor_type      = "DIMENSIONAL"
  monitor_dimension = "SERVICE"
}
"""
SUBSCRIPTION = """
resource "aws_ce_anomaly_subscription" "team" {
  name             = "team"
  frequency        = "DAILY"
  monitor_arn_list = [aws_ce_anomaly_monitor.services.arn]
  subscriber {
    type    = "EMAIL"
    address = "team@acme.io"
  }
}
"""


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"main.tf": NOTIFIED.replace("ADDRESS", '"ops@acme.io"')}, "pass"),
        ({"main.tf": NOTIFIED.replace("ADDRESS", '"you@example.com"')}, "fail"),
        ({"main.tf": SILENT}, "fail"),
        ({"main.tf": BUCKET}, "unverified"),
        ({"app.py": "print(1)\n"}, "not_applicable"),
    ],
    ids=["notified", "placeholder", "silent", "account", "no account"],
)
def test_a_budget_must_tell_somebody(files: dict[str, str], expected: str) -> None:
    assert status("budgets", files) == expected


def test_a_budget_that_is_switched_off_fails() -> None:
    off = NOTIFIED.replace("ADDRESS", '"ops@acme.io"').replace("  name  ", "  count = 0\n  name  ", 1)
    assert status("budgets", {"main.tf": off}) == "fail"


def test_a_billing_alarm_with_an_action_is_a_budget() -> None:
    alarm = """
resource "aws_cloudwatch_metric_alarm" "billing" {
  alarm_name          = "billing"
  namespace           = "AWS/Billing"
  metric_name         = "EstimatedCharges"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 100
  alarm_actions       = [aws_sns_topic.ops.arn]
}
resource "aws_sns_topic" "ops" {
  name = "ops"
}
"""
    assert status("budgets", {"main.tf": alarm}) == "pass"
    assert status("budgets", {"main.tf": alarm.replace("[aws_sns_topic.ops.arn]", "[]")}) == "fail"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"main.tf": MONITOR + SUBSCRIPTION}, "pass"),
        ({"main.tf": MONITOR}, "fail"),
        ({"main.tf": BUCKET}, "unverified"),
        ({"app.py": "print(1)\n"}, "not_applicable"),
    ],
    ids=["subscribed", "nobody told", "account", "no account"],
)
def test_anomalies_must_be_told(files: dict[str, str], expected: str) -> None:
    assert status("cost-anomaly-detection", files) == expected


def test_a_script_that_nothing_schedules_detects_nothing() -> None:
    files = {
        "main.tf": BUCKET,
        "docs/operations.md": "# Operations\n\nWeekly, run `scripts/check_cost_anomaly.py`.\n",
        "scripts/check_cost_anomaly.py": "import boto3\nboto3.client('ce').get_cost_and_usage()\n",
    }
    answer = ask("cost-anomaly-detection", files)
    assert answer.assessment.status == "fail"
    assert "check_cost_anomaly.py" in answer.assessment.reason
    files[".github/workflows/cost.yml"] = (
        "on:\n  schedule:\n    - cron: '0 6 * * 1'\njobs:\n  cost:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: actions/checkout@v4\n      - run: python scripts/check_cost_anomaly.py\n"
    )
    assert status("cost-anomaly-detection", files) == "pass"


def test_what_is_idle_shows_only_in_the_account() -> None:
    assert status("idle-resources", {"main.tf": BUCKET}) == "unverified"
    assert status("idle-resources", {"app.py": "print(1)\n"}) == "not_applicable"


def test_a_budget_of_a_template_tells_its_subscribers() -> None:
    template = """
AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Monthly:
    Type: AWS::Budgets::Budget
    Properties:
      Budget: {BudgetType: COST, TimeUnit: MONTHLY, BudgetLimit: {Amount: 100, Unit: USD}}
      NotificationsWithSubscribers:
        - Notification: {NotificationType: ACTUAL, ComparisonOperator: GREATER_THAN, Threshold: 80}
          Subscribers: [{SubscriptionType: EMAIL, Address: ops@acme.io}]
"""
    assert status("budgets", {"template.yaml": template}) == "pass"
    assert status("budgets", {"template.yaml": template.partition("      NotificationsWith")[0]}) == "fail"


def test_an_own_budget_alarm_without_an_action_alerts_nobody() -> None:
    alarm = 'resource "aws_cloudwatch_metric_alarm" "budget" {\n  namespace = "Acme"\n  ACTIONS\n}\n'
    assert status("budgets", {"main.tf": alarm.replace("ACTIONS", "")}) == "fail"
    assert status("budgets", {"main.tf": alarm.replace("ACTIONS", 'alarm_actions = ["arn:x"]')}) == "unverified"
