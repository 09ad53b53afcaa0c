"""Every alert of a target in one vocabulary, Prometheus rules and cloud alarms alike: what it watches, who acts on it.

Needs: those of the stack and of the services.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gonogo.checks import cloud
from gonogo.checks.emitted import Emitted, emitted_of
from gonogo.checks.stack import Stack
from gonogo.checks.stack_parts import Part
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.monitoring import Rule
from gonogo.facts.resources import Resource, Unknown, as_tuple, walk
from gonogo.model.evidence import Place

AVAILABILITY, ERRORS, LATENCY, SATURATION = "availability", "errors", "latency", "saturation"
DISK, MEMORY, CONNECTIONS, CERTIFICATES, BURN = "disk", "memory", "connections", "certificates", "error-budget burn"
SIGNALS = (AVAILABILITY, ERRORS, LATENCY, SATURATION)
LIMITS = (DISK, MEMORY, CONNECTIONS, CERTIFICATES)
_TOPICS = {
    AVAILABILITY: r"""
        \bup\b \babsent(_over_time)?\( probe_success _up\b kube_\w*(available|ready|restarts|crash) crashloop
        healthyhost statuscheckfailed runningtaskcount healthcheckstatus successpercent availability heartbeat uptime
        (instance|service|target|job|api|pod|node|exporter|container)_?-?down container_last_seen synthetics no_?data
        """,
    ERRORS: r"""
        5xx 5\.\. 5\[0-9\] =~?"5 "500" error exception fail(ed|ure|ing) fault deadletter dlq status_class grpc_code
        rejected panic approximatenumberofmessagesvisible success_rate
        """,
    LATENCY: r"""
        latency duration response_?time histogram_quantile quantile= _seconds_bucket p9[059] elapsed apdex slow
        """,
    SATURATION: r"""
        cpu memory disk filesystem heap load[15] queue backlog lag\b throttl concurren connections pool saturat inode
        freestorage freeable capacity utili[sz]ation volume_stats file_?desc burstbalance ageofoldest oom
        """,
    DISK: r"filesystem disk freestorage volume_stats free_?storage inode persistentvolume storage_?(space|used)",
    MEMORY: r"memory freeable oom heap swap",
    CONNECTIONS: r"connections numbackends pool_ _pool backends connected_clients max_conn",
    CERTIFICATES: r"ssl_earliest certificate cert_?expir daystoexpiry certmanager x509_cert tls_cert ssl_cert",
    BURN: r"burn error[_-]?budget slo[:_] sloth_ 14\.4",
}
_TOPIC = {topic: re.compile("|".join(words.split()), re.IGNORECASE) for topic, words in _TOPICS.items()}
_PAGING = re.compile(r"crit|page|pager|emerg|fatal|high|p1|p0|sev-?[01]|disaster", re.IGNORECASE)
_RUNBOOKS = ("runbook_url", "runbook", "runbookUrl", "runbook_link", "playbook_url", "playbook", "wiki", "docs")
_LINK = re.compile(r"https?://[^\s\"')>\]]+|(?:docs|runbooks?|wiki|playbooks?)/[\w./-]+\.md", re.IGNORECASE)


@dataclass(frozen=True)
class Alert:
    """One alert. ``idle`` says why it never fires or tells nobody anything; empty where something evaluates it."""

    name: str
    at: Place
    topics: frozenset[str]
    kind: str
    """``rule`` of a Prometheus, Loki or Grafana, or ``alarm`` of a cloud or vendor."""
    idle: str = ""
    paging: bool = False
    link: str = ""
    silent: str = ""
    """For an alarm: why it tells nobody; rules are routed by their Alertmanager."""


def alerts_of(facts: Facts, stack: Stack) -> tuple[Alert, ...]:
    """All alerts, whether something evaluates them or not."""
    emitted = emitted_of(facts)
    rules = [_of_rule(stack, emitted, rule) for rule in _distinct(facts.monitoring.alerts)]
    return (*rules, *_alarms(facts), *_default_rules(stack))


def topics_of(*texts: str) -> frozenset[str]:
    """What an alert with this name and this expression watches."""
    text = " ".join(texts)
    return frozenset(topic for topic, pattern in _TOPIC.items() if pattern.search(text))


def covered(alerts: Iterable[Alert]) -> frozenset[str]:
    """What these alerts watch together."""
    return frozenset(topic for alert in alerts for topic in alert.topics)


def _distinct(rules: tuple[Rule, ...]) -> Iterator[Rule]:
    seen: set[tuple[str, str, str]] = set()
    for rule in rules:
        key = (rule.name, rule.expr, rule.origin.path)
        if key not in seen:
            seen.add(key)
            yield rule


def _of_rule(stack: Stack, emitted: Emitted, rule: Rule) -> Alert:
    severity = rule.label("severity") or rule.label("priority") or rule.label("level")
    link = rule.annotation(*_RUNBOOKS)
    if not link and (found := _LINK.search(rule.annotation("description", "message", "summary"))):
        link = found[0]
    return Alert(
        name=rule.name,
        at=rule.at,
        topics=topics_of(rule.name, rule.expr),
        kind="rule",
        idle=emitted.missing(rule) if stack.loads(rule) else _why_idle(stack, rule),
        paging=not severity or bool(_PAGING.search(severity)),
        link=link,
    )


def _why_idle(stack: Stack, rule: Rule) -> str:
    """Why nothing evaluates a rule."""
    path = rule.origin.path
    if rule.origin.form == "custom resource":
        if not stack.applies(rule.origin):
            return f"{rule.origin.kind} {rule.origin.name} ({path}) is not among what the deployment applies"
        return f"no operator that acts on {rule.origin.kind} {rule.origin.name} shows in these files"
    if rule.language == "grafana":
        return f"no Grafana that runs is given {path}"
    if stack.off(Part.PROMETHEUS) and not stack.running(Part.PROMETHEUS):
        return f"the Prometheus that would load {path} starts only by an option ({stack.off(Part.PROMETHEUS)[0].at})"
    if not stack.running(Part.PROMETHEUS):
        return f"no Prometheus is deployed that would load {path}"
    return f"no rule_files entry of a Prometheus that runs names {path}"


def _alarms(facts: Facts) -> Iterator[Alert]:
    for alarm in cloud.resources(facts, Kind.ALARM):
        if alarm.type in ("aws_cloudwatch_composite_alarm", "pagerduty_service"):
            continue
        texts = [str(value) for value in walk(alarm.attributes) if isinstance(value, str | Unknown)]
        text = " ".join(texts)
        link = _LINK.search(text)
        silent = silence_of(facts, alarm)
        yield Alert(
            name=alarm.address,
            at=alarm.at,
            topics=topics_of(alarm.name, text),
            kind="alarm",
            paging=not re.search(r"warn|info|low", f"{alarm.name} {alarm.get('alarm_name', '')}", re.IGNORECASE),
            link=link[0] if link and "arn:" not in link[0] else "",
            silent=silent,
        )


def silence_of(facts: Facts, alarm: Resource) -> str:
    """Why an alarm tells nobody; empty where it names somebody, or a thing that may."""
    if alarm.type in ("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"):
        if alarm.truth("actions_enabled", default=True) is False:
            return "its actions are off"
        actions = as_tuple(alarm.get("alarm_actions"))
        if not actions:
            composite = [c for c in cloud.resources(facts, "aws_cloudwatch_composite_alarm") if c.refers_to(alarm)]
            return "" if any(as_tuple(c.get("alarm_actions")) for c in composite) else "it has no alarm_actions"
        return ""
    if alarm.type == "google_monitoring_alert_policy":
        return "" if as_tuple(alarm.get("notification_channels")) else "it has no notification_channels"
    if alarm.type.startswith("azurerm_monitor"):
        return "" if alarm.get("action") is not None else "it has no action group"
    if alarm.type == "datadog_monitor":
        message = alarm.get("message", "")
        return "" if isinstance(message, Unknown) or "@" in str(message) else "its message mentions nobody (@...)"
    return ""


def _default_rules(stack: Stack) -> Iterator[Alert]:
    """What kube-prometheus-stack brings by default: rules for nodes, volumes and pods, none for a service itself."""
    for component in stack.components:
        if component.chart.rpartition("/")[2] in ("kube-prometheus-stack", "kube-prometheus", "rancher-monitoring"):
            topics = frozenset({AVAILABILITY, SATURATION, DISK, MEMORY})
            yield Alert(f"the default rules of {component.name}", component.at, topics, "rule", link="default")
