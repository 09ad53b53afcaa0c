"""The ways from an alert to a person: Alertmanager's routes, Grafana's contact points, the actions of cloud alarms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gonogo.checks import cloud
from gonogo.checks.stack import Stack
from gonogo.checks.stack_components import Component
from gonogo.checks.stack_parts import Part
from gonogo.facts import Facts
from gonogo.facts.channels import trouble_of
from gonogo.facts.kinds import Kind
from gonogo.facts.monitoring import Alerting
from gonogo.facts.resources import Resource, Unknown, as_tuple
from gonogo.model.evidence import Place

_RENDERERS = ("envsubst", "gomplate", "sed -i", "sed -e", "confd", "dockerize", "consul-template")


@dataclass(frozen=True)
class Reach:
    """One way. ``trouble`` says why it reaches nobody, ``unknown`` what does not show."""

    kind: str
    at: Place
    trouble: str = ""
    unknown: str = ""
    for_rules: bool = False


def routes_of_rules(facts: Facts, stack: Stack) -> Iterator[Reach]:
    """What Alertmanagers and Grafana do with alerts of rules."""
    written = list(facts.monitoring.alerting)
    for alerting in written:
        yield from _routes(facts, stack, alerting)
    for component in stack.running(Part.ALERTMANAGER):
        if not any(stack.gives(component, alerting.origin) for alerting in written) and not _any_for(
            written, component
        ):
            what = (
                "the default configuration, whose receiver is null" if component.chart else "no configuration from here"
            )
            yield Reach("Alertmanager", component.at, f"{component.name} runs with {what}", for_rules=True)


def _any_for(written: list[Alerting], component: Component) -> bool:
    """Whether an operator's Alertmanager gets an AlertmanagerConfig."""
    return bool(component.parts & {Part.OPERATOR, Part.ALERTMANAGER}) and any(
        item.origin.form in ("custom resource", "config map") for item in written
    )


def _routes(facts: Facts, stack: Stack, alerting: Alerting) -> Iterator[Reach]:
    part = Part.GRAFANA if alerting.product == "grafana" else Part.ALERTMANAGER
    loader = stack.loader(alerting.origin, part, Part.OPERATOR)
    if loader is None:
        what = "Grafana" if part is Part.GRAFANA else "Alertmanager"
        if alerting.origin.form == "custom resource" and stack.applies(alerting.origin):
            yield Reach(what, alerting.at, unknown=f"no operator acts on {alerting.origin.name}", for_rules=True)
        else:
            yield Reach(what, alerting.at, f"no {what} that runs loads {alerting.origin.path}", for_rules=True)
        return
    used = dict.fromkeys(route.receiver for route in alerting.routes) or {r.name: None for r in alerting.receivers}
    for name in used:
        receiver = alerting.receiver(name)
        if receiver is None:
            yield Reach(
                part,
                alerting.at,
                f"a route names the receiver {name or '(none)'}, which is not defined",
                for_rules=True,
            )
        elif not receiver.channels:
            if not _is_meant_to_drop(alerting, name):
                yield Reach(
                    part, receiver.at, f"the receiver {name} has no channel and drops what it gets", for_rules=True
                )
        else:
            good = [channel for channel in receiver.channels if not channel.placeholder]
            channel = (good or receiver.channels)[0]
            trouble = "" if good else f"the receiver {name} reaches nobody: {channel.placeholder}"
            if trouble and "never filled in" in trouble and _is_rendered(facts, alerting):
                trouble = ""
            yield Reach(channel.kind, channel.at, trouble, for_rules=True)


def _is_meant_to_drop(alerting: Alerting, name: str) -> bool:
    """A child route that drops Watchdog or informational alerts is good practice; the root must reach somebody."""
    routes = [route for route in alerting.routes if route.receiver == name]
    quiet = ("watchdog", "infoinhibitor", "info", "none", "deadmansswitch", "test")
    return all(route.depth > 0 and any(word in " ".join(route.matchers).lower() for word in quiet) for route in routes)


def _is_rendered(facts: Facts, alerting: Alerting) -> bool:
    """Whether something fills in variables before Alertmanager reads the file."""
    files = facts.repository.match("*.sh", "*.yml", "*.yaml", "Makefile", "Dockerfile*", "*.tf")
    for file in files:
        text = facts.repository.text(file)
        if "alertmanager" in text and any(word in text for word in _RENDERERS):
            return True
    return False


def channels_of_alarms(facts: Facts) -> Iterator[Reach]:
    """Where the actions of cloud alarms lead: a topic needs a subscription that is no placeholder."""
    seen: set[str] = set()
    for alarm in cloud.resources(facts, Kind.ALARM):
        if alarm.type not in ("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"):
            if alarm.type not in ("pagerduty_service",):
                yield from _channels_elsewhere(facts, alarm)
            continue
        for action in as_tuple(alarm.get("alarm_actions")):
            name = str(action)
            if name in seen:
                continue
            seen.add(name)
            yield _topic(facts, alarm, action)


def _topic(facts: Facts, alarm: Resource, action: object) -> Reach:
    topics = cloud.resources(facts, Kind.TOPIC)
    refers = action.refers if isinstance(action, Unknown) else ()
    topic = next((t for t in topics if t.address in refers or t.address == str(action)), None)
    if topic is None and "autoscaling" in str(action).lower():
        return Reach("autoscaling", alarm.place("alarm_actions"))
    if topic is None:
        return Reach("SNS", alarm.place("alarm_actions"), unknown=f"{action} comes from elsewhere")
    subscriptions = [s for s in cloud.resources(facts, "aws_sns_topic_subscription") if s.refers_to(topic)]
    chatbots = cloud.resources(
        facts, "aws_chatbot_slack_channel_configuration", "awscc_chatbot_slack_channel_configuration"
    )
    inline = topic.blocks("subscription")
    if chatbots:
        return Reach("AWS Chatbot", chatbots[0].at)
    endpoints = [(s.get("protocol"), s.get("endpoint"), s.at) for s in subscriptions]
    endpoints += [(block.get("protocol"), block.get("endpoint"), topic.at) for block in inline]
    if not endpoints:
        return Reach("SNS", topic.at, f"{topic.address} has no subscription, so nobody is told")
    for protocol, endpoint, at in endpoints:
        trouble = "" if isinstance(endpoint, Unknown) or endpoint is None else trouble_of(str(protocol), str(endpoint))
        if not trouble:
            return Reach(f"SNS ({protocol})", at)
    return Reach("SNS", endpoints[0][2], f"the subscription of {topic.address} reaches nobody: {trouble}")


def _channels_elsewhere(facts: Facts, alarm: Resource) -> Iterator[Reach]:
    """Google's channels, Azure's action groups and Datadog's mentions, by name."""
    kinds = {
        "google_monitoring_alert_policy": ("notification_channels", "a notification channel"),
        "datadog_monitor": ("message", "Datadog"),
    }
    if alarm.type in kinds and alarm.get(kinds[alarm.type][0]) is not None:
        path, kind = kinds[alarm.type]
        channels = [c for c in cloud.resources(facts, "google_monitoring_notification_channel") if alarm.refers_to(c)]
        address = channels[0].get("labels.email_address", "") if channels else ""
        known = bool(address) and not isinstance(address, Unknown)
        trouble = trouble_of("email", str(address)) if known else ""
        yield Reach(kind, alarm.place(path), f"{channels[0].address}: {trouble}" if trouble else "")
    elif alarm.type.startswith("azurerm_monitor") and alarm.get("action") is not None:
        groups = [g for g in cloud.resources(facts, "azurerm_monitor_action_group") if alarm.refers_to(g)]
        empty = [g for g in groups if not any(name.endswith("_receiver") for name in g.attributes)]
        trouble = f"{empty[0].address} has no receiver" if empty else ""
        yield Reach("an action group", alarm.place("action"), trouble)
