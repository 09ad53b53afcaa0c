"""Where the actions of CloudWatch's alarms lead: topics with subscribers, composite alarms, rules of EventBridge."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from gonogo.checks.observed.aws_items import AWS, account_of, last_part, region_of
from gonogo.facts import Facts
from gonogo.facts.live import Seen

SOURCES = ("sns.topic", "sns.subscription", "events.rule", "sts.identity")
"""The kinds beside alarms that tell where an action leads."""
_REPAIRS = (":automate:", ":swf:", ":autoscaling:")
_CALLED = {":lambda:": "a function", ":ssm-incidents:": "Incident Manager", ":ssm:": "Systems Manager"}
_IN_RULE = re.compile(r"(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*[\"']?([^\"')]+?)[\"']?\s*\)")


@dataclass(frozen=True)
class Routes:
    """What the account has for its alarms' actions."""

    topics: frozenset[str]
    heard: frozenset[str]
    """Topics with a confirmed subscription."""
    account: str
    regions: frozenset[str]
    composed: frozenset[str]
    """Alarms that a composite alarm stands on."""
    by_rule: bool
    """Whether a rule of EventBridge passes the states of alarms on."""
    hidden: bool
    """Whether topics or subscriptions could not all be seen."""

    @staticmethod
    def only_repairs(alarm: Seen) -> bool:
        """Whether all its actions restart, recover or scale something."""
        actions = _actions(alarm)
        return bool(actions) and all(any(part in action for part in _REPAIRS) for action in actions)

    def trouble(self, alarm: Seen) -> str:
        """Why it tells nobody; empty where it does, or may."""
        actions = _actions(alarm)
        if not actions:
            return "" if alarm.name in self.composed or self.by_rule else "has no action"
        if any(self._leads(action) or self._may_lead(action) for action in actions):
            return ""
        action = next((action for action in actions if ":sns:" in action), actions[0])
        if ":sns:" not in action:
            return f"only acts on {action}"
        if action not in self.topics:
            return f"tells the topic {last_part(action)}, which is not there"
        return f"tells the topic {last_part(action)}, which has no confirmed subscription"

    def doubt(self, alarm: Seen) -> str:
        """What does not show of whom it tells; empty where it shows."""
        actions = _actions(alarm)
        if not actions:
            return "" if alarm.name in self.composed else "has no action; a rule of EventBridge may pass it on"
        if any(self._leads(action) for action in actions):
            return ""
        return f"tells {last_part(actions[0])}, whose subscribers this account does not show"

    def kinds(self, alarms: Iterable[Seen]) -> list[str]:
        """The names of what those alarms tell."""
        found: dict[str, None] = {}
        for alarm in alarms:
            for action in _actions(alarm):
                called = next((name for part, name in _CALLED.items() if part in action), "")
                found.setdefault(called or f"the topic {last_part(action)}")
        return list(found)

    def _leads(self, action: str) -> bool:
        return action in self.heard or any(part in action for part in _CALLED)

    def _may_lead(self, action: str) -> bool:
        if ":sns:" not in action:
            return False
        elsewhere = account_of(action) != self.account or region_of(action) not in self.regions
        return self.hidden or (action not in self.topics and elsewhere)


def routes_of(facts: Facts) -> Routes:
    """What the account has for its alarms' actions."""
    topics = facts.live.of(AWS, "sns.topic")
    confirmed = {
        str(item.get("TopicArn"))
        for item in facts.live.of(AWS, "sns.subscription")
        if str(item.get("SubscriptionArn", default="")).startswith("arn:")
    }
    counted = {_arn(t) for t in topics if _number(t.get("Attributes", "SubscriptionsConfirmed", default=0))}
    rules = facts.live.of(AWS, "events.rule")
    composites = facts.live.of(AWS, "cloudwatch.composite_alarm")
    return Routes(
        topics=frozenset(map(_arn, topics)),
        heard=frozenset(confirmed | counted),
        account=next((item.name for item in facts.live.of(AWS, "sts.identity")), ""),
        regions=frozenset(item.scope for item in facts.live.seen if item.record.source == AWS),
        composed=frozenset(
            name.partition(":alarm:")[2] or name
            for item in composites
            for name in _IN_RULE.findall(str(item.get("AlarmRule", default="")))
        ),
        by_rule=any(_passes_alarms_on(rule) for rule in rules),
        hidden=bool(facts.live.gaps(AWS, "sns.topic", "sns.subscription")),
    )


def _actions(alarm: Seen) -> list[str]:
    return [str(action) for action in alarm.get("AlarmActions", default=[])]


def _arn(topic: Seen) -> str:
    return str(topic.get("TopicArn", default=topic.name))


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | str) and str(value).isdigit() else 0


def _passes_alarms_on(rule: Seen) -> bool:
    pattern = str(rule.get("EventPattern", default=""))
    return (
        rule.get("State") == "ENABLED"
        and bool(rule.get("Targets"))
        and ("CloudWatch Alarm State Change" in pattern or "aws.cloudwatch" in pattern)
    )
