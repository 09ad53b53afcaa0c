"""Which of an account's alarms count, whom they tell, and what they watch."""

from __future__ import annotations

from typing import Any

import pytest

from gonogo.checks.observed.aws_alarms import alert_noise, alert_routing, alert_rules, saturation_alerts
from gonogo.model.assessment import Outcome
from gonogo.model.criterion import Status
from gonogo.model.snapshot import Record
from tests.live.account import TOPIC, alarm, aws, four, function, gap, routes
from tests.live.observed import facts_of

RULES = "groups:\n- name: g\n  rules:\n  - alert: Down\n    expr: up == 0\n    for: 5m\n"


def rules(*records: Record, files: dict[str, str] | None = None, gaps: tuple[str, ...] = ()) -> Outcome:
    return alert_rules(facts_of(records, map(gap, gaps), files, given=("aws",)))


def routing(*records: Record, gaps: tuple[str, ...] = ()) -> Outcome:
    return alert_routing(facts_of(records, map(gap, gaps), given=("aws",)))


def test_alarms_on_all_four_that_work_pass() -> None:
    found = rules(function("a"), *four())
    assert found.status is Status.PASS, found.reason


DEAD = [
    ({"AlarmActions": []}, "has no action"),
    ({"ActionsEnabled": False}, "has its actions off"),
    ({"AlarmActions": [TOPIC.replace("oncall", "gone")]}, "tells the topic gone, which is not there"),
    ({"AlarmActions": [TOPIC.replace("oncall", "deaf")]}, "tells the topic deaf, which has no confirmed subscription"),
]
DEAF = TOPIC.replace("oncall", "deaf")
PENDING = [
    aws("sns.topic", DEAF, TopicArn=DEAF, Attributes={"SubscriptionsConfirmed": "0", "SubscriptionsPending": "1"}),
    aws(
        "sns.subscription",
        "PendingConfirmation",
        SubscriptionArn="PendingConfirmation",
        TopicArn=DEAF,
        Protocol="email",
    ),
]


@pytest.mark.parametrize(("changes", "what"), DEAD, ids=[what for _, what in DEAD])
def test_an_alarm_that_tells_nobody_does_not_count(changes: dict[str, Any], what: str) -> None:
    three = [record for record in four() if record.name != "slow"]
    dead = alarm("slow", metric="Duration", **changes)
    found = rules(function("a"), *three, *PENDING, dead)
    assert found.status is Status.FAIL
    assert "none of 3 alarms that work watches latency" in found.reason
    assert any(what in problem.what for problem in found.problems)
    found = routing(*four(), *PENDING, alarm("more", **changes))
    assert found.status is Status.FAIL
    assert (
        f"1 of 5 alarms tell nobody: alarm more {what}" in found.reason.replace("tells the", "tells the")
        or what in found.reason
    )


def test_an_alarm_that_never_has_data_watches_nothing() -> None:
    three = [record for record in four() if record.name != "slow"]
    found = rules(function("a"), *three, alarm("slow", metric="Duration", points=0, StateValue="INSUFFICIENT_DATA"))
    assert found.status is Status.FAIL
    assert any("has insufficient data" in problem.what for problem in found.problems)


def test_an_alarm_that_lacks_data_at_this_hour_counts() -> None:
    quiet: dict[str, Any] = {"StateValue": "INSUFFICIENT_DATA"}
    three = [record for record in four() if record.name != "slow"]
    assert rules(function("a"), *three, alarm("slow", metric="Duration", **quiet)).status is Status.PASS
    assert routing(*four(), alarm("more", **quiet)).status is Status.PASS


def test_a_metric_that_is_written_when_things_go_wrong_needs_no_data() -> None:
    data: dict[str, Any] = {"TreatMissingData": "notBreaching", "points": 0}
    of_balancer = [{"Name": "LoadBalancer", "Value": "app/web/50dc6c495c0c9188"}]
    balancer = aws(
        "elbv2.load_balancer",
        "web",
        LoadBalancerArn="arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188",
    )
    three = [record for record in four() if record.name != "errors"]

    def judge(dimensions: list[dict[str, str]], metric: str = "HTTPCode_Target_5XX_Count") -> Status:
        own = alarm("errors", "AWS/ApplicationELB", metric, Dimensions=dimensions, **data)
        return rules(balancer, *three, own).status

    assert judge(of_balancer) is Status.PASS
    assert judge([{"Name": "LoadBalancer", "Value": "app/gone/1"}]) is Status.UNVERIFIED
    assert judge(of_balancer, "RequestCount") is Status.UNVERIFIED
    assert judge([]) is Status.UNVERIFIED


def test_alarms_of_another_environment_need_tell_nobody() -> None:
    assert routing(*four(), alarm("shop-dev-errors", AlarmActions=[])).status is Status.PASS


def test_an_alarm_without_data_keeps_open_what_only_it_watches() -> None:
    three = [record for record in four() if record.name != "slow"]
    found = rules(function("a"), *three, alarm("slow", metric="Duration", points=0))
    assert found.status is Status.UNVERIFIED
    assert "whether anything watches latency does not show" in found.reason


def test_without_figures_nothing_is_said() -> None:
    three = [record for record in four() if record.name != "slow"]
    own = alarm("slow", metric="Duration", Metrics=[{"Id": "m1"}])
    found = rules(function("a"), *three, own, gaps=("cloudwatch.alarm:Metrics",))
    assert found.status is Status.UNVERIFIED


def test_each_kind_of_service_is_watched() -> None:
    found = rules(function("a"), aws("rds.instance", "db"), *four())
    assert found.status is Status.UNVERIFIED
    assert "no alarm that works watches any of 1 record of rds.instance" in found.reason


def test_an_account_without_alarms_fails_unless_others_alert() -> None:
    assert rules(function("a")).status is Status.FAIL
    assert routing(function("a")).status is Status.FAIL
    assert rules(function("a"), files={"rules.yml": RULES}).status is Status.NOT_APPLICABLE
    assert rules(function("a"), gaps=("cloudwatch.alarm",)).status is Status.UNVERIFIED
    assert rules(aws("s3.bucket", "data")).status is Status.NOT_APPLICABLE


def test_another_system_is_not_settled_by_alarms() -> None:
    assert rules(function("a"), *four(), files={"rules.yml": RULES}).status is Status.NOT_APPLICABLE


def test_alarms_that_scale_or_repair_are_for_nobody() -> None:
    scaling = alarm("TargetTracking", AlarmActions=["arn:aws:autoscaling:eu-west-1:1:scalingPolicy:x"])
    recover = alarm("recover", AlarmActions=["arn:aws:automate:eu-west-1:ec2:recover"])
    found = routing(*four(), scaling, recover)
    assert found.status is Status.PASS
    assert "4 of 4 alarms tell somebody: the topic oncall" in found.reason


def test_an_alarm_under_a_composite_one_needs_no_action() -> None:
    child = alarm("child: errors", AlarmActions=[])
    rule = 'ALARM("child: errors") AND OK(slow)'
    composite = aws("cloudwatch.composite_alarm", "both", AlarmRule=rule, AlarmActions=[TOPIC], StateValue="OK")
    assert routing(*four(), child).status is Status.FAIL
    assert routing(*four(), child, composite).status is Status.PASS


def test_a_rule_may_pass_states_on() -> None:
    pattern = '{"source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"]}'
    rule = aws("events.rule", "page", State="ENABLED", EventPattern=pattern, Targets=[{"Arn": "x"}])
    assert routing(*four(), alarm("bare", AlarmActions=[]), rule).status is Status.UNVERIFIED


@pytest.mark.parametrize(
    "topic", ["arn:aws:sns:eu-west-1:999999999999:central", "arn:aws:sns:us-east-1:123456789012:far"]
)
def test_a_topic_that_is_not_of_what_was_looked_at_keeps_it_open(topic: str) -> None:
    found = routing(*four(), alarm("far", AlarmActions=[topic]))
    assert found.status is Status.UNVERIFIED
    assert "whose subscribers this account does not show" in found.reason


def test_without_subscriptions_no_topic_is_called_deaf() -> None:
    alone = [record for record in four() if record.kind != "sns.subscription"]
    assert routing(*alone).status is Status.FAIL
    assert routing(*alone, gaps=("sns.subscription",)).status is Status.UNVERIFIED


def test_what_can_run_out_is_watched() -> None:
    disk = [alarm("disk", "AWS/RDS", "FreeStorageSpace"), alarm("memory", "AWS/RDS", "FreeableMemory")]
    database = aws("rds.instance", "db")
    connections = alarm("connections", "AWS/RDS", "DatabaseConnections")
    assert saturation_alerts(facts_of([database, *disk, connections, *routes()])).status is Status.PASS
    found = saturation_alerts(facts_of([database, *disk, *routes()]))
    assert found.status is Status.FAIL
    assert "watches connections" in found.reason
    assert saturation_alerts(facts_of([function("a")])).status is Status.NOT_APPLICABLE
    assert saturation_alerts(facts_of([database, *disk, connections, *routes()], [gap("ec2.instance")])).status is (
        Status.UNVERIFIED
    )


def test_alarms_that_fire_a_few_days_are_no_noise() -> None:
    since: dict[str, Any] = {"StateValue": "ALARM", "StateTransitionedTimestamp": "2026-05-29T00:00:00+00:00"}
    assert alert_noise(facts_of([alarm("new", **since)])).status is Status.PASS
    assert alert_noise(facts_of([alarm("new", StateValue="ALARM")])).status is Status.UNVERIFIED


def test_alarms_without_data_tell_nobody_anything() -> None:
    found = routing(*four(), alarm("idle", points=0))
    assert found.status is Status.PASS
    assert "4 of 5 alarms tell somebody: the topic oncall; 1 does not count" in found.reason
    assert routing(alarm("idle", points=0), *routes()).status is Status.UNVERIFIED
