"""Alerting: what is watched, whether anything evaluates it, and whether it reaches a person."""

from __future__ import annotations

from gonogo.checks import cloud
from gonogo.checks.alerts import LIMITS, SIGNALS, Alert, alerts_of, covered
from gonogo.checks.receivers import Reach, channels_of_alarms, routes_of_rules
from gonogo.checks.stack import configuration_files, stack_of
from gonogo.checks.workloads import is_operated
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

NOTHING_RUNS = "nothing of this target runs that could be watched: no service, workload or cloud resource"
_WHERE = "Prometheus rule files, PrometheusRule resources, chart values, Grafana alerts and cloud alarms"


def alert_rules(facts: Facts) -> Outcome:
    """Evaluated alerts for availability, errors, latency and saturation, which somebody gets."""
    stack = stack_of(facts)
    alerts = alerts_of(facts, stack)
    if not alerts and not is_operated(facts):
        return not_applicable(NOTHING_RUNS, searched=_searched(facts))
    if not alerts:
        return failed(f"no alert is defined: {_WHERE} were searched", searched=_searched(facts))
    working = [alert for alert in alerts if not alert.idle and not alert.silent]
    missing = [signal for signal in SIGNALS if signal not in covered(working)]
    rules = [alert for alert in working if alert.kind == "rule"]
    if missing:
        unseen = _unseen_operator(alerts, SIGNALS)
        if unseen and not missing_from(SIGNALS, [*working, *unseen]):
            return unverified(
                f"{len(unseen)} alerts are defined, but {unseen[0].idle}: whether a cluster has one does not show",
                *(alert.at for alert in unseen),
            )
        return failed(_gap(alerts, working, missing), *_problems(alerts, missing), places=tuple(a.at for a in working))
    if rules and not any(True for _ in stack.alerting_configs()) and not _has_grafana_rules(facts):
        at = stack.configs()[0][0].at if stack.configs() else rules[0].at
        return failed(
            f"{len(rules)} rules are evaluated, but the Prometheus that does it knows no Alertmanager, so none acts",
            Problem("no alerting section names an Alertmanager", at),
        )
    return passed(
        f"{len(working)} alerts that something evaluates cover availability, errors, latency and saturation",
        *_shown(working, SIGNALS),
    )


def missing_from(topics: tuple[str, ...], alerts: list[Alert]) -> list[str]:
    """The topics that none of these alerts watches."""
    seen = covered(alerts)
    return [topic for topic in topics if topic not in seen]


def _has_grafana_rules(facts: Facts) -> bool:
    return any(rule.language == "grafana" for rule in facts.monitoring.alerts)


def _unseen_operator(alerts: tuple[Alert, ...], topics: tuple[str, ...]) -> list[Alert]:
    """Applied rules whose operator may be part of the cluster: nothing shows that it is, or is not."""
    return [a for a in alerts if a.idle.startswith("no operator") and a.topics & set(topics)]


def _gap(alerts: tuple[Alert, ...], working: list[Alert], missing: list[str]) -> str:
    idle = [alert for alert in alerts if alert.idle]
    silent = [alert for alert in alerts if alert.silent]
    parts = []
    if working:
        parts.append(f"{len(working)} alerts work, but none watches {_and(missing)}")
    else:
        parts.append(f"none of {len(alerts)} alerts works")
    if idle:
        parts.append(f"{len(idle)} never fire: {idle[0].idle}")
    if silent:
        parts.append(f"{len(silent)} tell nobody: {silent[0].silent}")
    return "; ".join(parts)


def _problems(alerts: tuple[Alert, ...], missing: list[str]) -> list[Problem]:
    problems = [Problem(f"{a.name}: {a.idle or a.silent}", a.at) for a in alerts if a.idle or a.silent]
    if not problems:
        problems = [Problem(f"no alert on {topic} beside these", alerts[0].at) for topic in missing[:1]]
    return problems


def saturation_alerts(facts: Facts) -> Outcome:
    """Alerts before disk, memory, connections and certificates run out."""
    stack = stack_of(facts)
    alerts = alerts_of(facts, stack)
    if not alerts and not is_operated(facts):
        return not_applicable(NOTHING_RUNS, searched=_searched(facts))
    if not alerts:
        return failed(f"no alert is defined on {_and(list(LIMITS))}: {_WHERE} were searched", searched=_searched(facts))
    working = [alert for alert in alerts if not alert.idle and not alert.silent]
    missing = missing_from(LIMITS, working)
    if "certificates" in missing and _managed_certificates(facts):
        missing.remove("certificates")
    if missing:
        unseen = _unseen_operator(alerts, LIMITS)
        if unseen and not missing_from(tuple(missing), unseen):
            return unverified(f"alerts are defined, but {unseen[0].idle}", *(alert.at for alert in unseen))
        return failed(_gap(alerts, working, missing), *_problems(alerts, missing))
    return passed(
        "alerts that something evaluates watch disk, memory, connections and certificates", *_shown(working, LIMITS)
    )


def _managed_certificates(facts: Facts) -> bool:
    """Certificates that the provider renews by itself need no alert."""
    found = cloud.resources(facts, Kind.CERTIFICATE)
    return bool(found) and all(
        r.type.startswith(("aws_acm", "google_compute_managed", "google_certificate")) for r in found
    )


def alert_routing(facts: Facts) -> Outcome:
    """Every alert that fires ends at somebody who can be told."""
    stack = stack_of(facts)
    alerts = alerts_of(facts, stack)
    ways: list[Reach] = [*routes_of_rules(facts, stack), *channels_of_alarms(facts)]
    if not ways and not alerts and not is_operated(facts):
        return not_applicable(NOTHING_RUNS, searched=_searched(facts))
    if not ways and not alerts:
        return failed(
            "nothing tells anybody of a fault: no Alertmanager, no contact point, no alarm with an action",
            searched=_searched(facts),
        )
    broken = [way for way in ways if way.trouble]
    silent = [alert for alert in alerts if alert.silent]
    if broken or silent:
        first = broken[0].trouble if broken else f"{silent[0].name}: {silent[0].silent}"
        total = len(ways) + len(silent)
        return failed(
            f"{len(broken) + len(silent)} of {total} ways from an alert to a person lead nowhere: {first}",
            *(Problem(way.trouble, way.at) for way in broken),
            *(Problem(f"{alert.name}: {alert.silent}", alert.at) for alert in silent),
        )
    rules = [alert for alert in alerts if alert.kind == "rule" and not alert.name.startswith("the default rules")]
    if rules and not any(way.for_rules for way in ways):
        return failed(
            f"{len(rules)} alert rules are defined, but no Alertmanager or contact point is",
            Problem("no receiver gets this alert", rules[0].at),
            searched=_searched(facts),
        )
    if not ways:
        return failed("no alert has a receiver that could reach a person", searched=_searched(facts))
    unsure = [way for way in ways if way.unknown]
    if unsure:
        return unverified(f"where alerts go does not show: {unsure[0].unknown}", *(way.at for way in unsure))
    return passed(
        f"alerts go to {_and(list(dict.fromkeys(way.kind for way in ways)))}, none of them a placeholder",
        *(way.at for way in ways),
    )


def alert_runbook_links(facts: Facts) -> Outcome:
    """Each alert that wakes somebody links what to do, and what lies in this repository is there."""
    alerts = [a for a in alerts_of(facts, stack_of(facts)) if a.link != "default"]
    if not alerts:
        return not_applicable("there are no alert rules and no alarms", searched=_searched(facts))
    paging = [alert for alert in alerts if alert.paging] or alerts
    bare = [alert for alert in paging if not alert.link]
    if bare:
        return failed(
            f"{len(bare)} of {len(paging)} paging alerts link no runbook: {', '.join(a.name for a in bare[:5])}",
            *(Problem(f"{alert.name} links no runbook", alert.at) for alert in bare),
        )
    judged = [(alert, _judge_link(facts, alert.link)) for alert in paging]
    if broken := [(alert, why) for alert, why in judged if why and why != "elsewhere"]:
        return failed(
            f"{len(broken)} of {len(paging)} paging alerts link a runbook that is not there: {broken[0][1]}",
            *(Problem(f"{alert.name}: {why}", alert.at) for alert, why in broken),
        )
    if outside := [alert for alert, why in judged if why]:
        return unverified(
            f"all {len(paging)} paging alerts link a runbook, but {len(outside)} lie elsewhere: {outside[0].link}",
            *(alert.at for alert in outside),
        )
    return passed(f"all {len(paging)} paging alerts link a runbook that exists", *(alert.at for alert in paging))


def _judge_link(facts: Facts, link: str) -> str:
    """Empty where it exists; ``elsewhere`` where these files cannot tell; else what is wrong."""
    lower = link.lower()
    if "example.com" in lower or "example.org" in lower or "your-" in lower or "todo" in lower or "localhost" in lower:
        return f"{link} is a placeholder"
    if "runbooks.prometheus-operator.dev" in lower:
        return ""
    path = link.partition("#")[0]
    if "://" in path:
        parts = path.split("/")
        for word in ("blob", "tree", "main", "master"):
            if word in parts:
                rest = "/".join(parts[parts.index(word) + (2 if word in ("blob", "tree") else 1) :])
                return (
                    ""
                    if facts.repository.exists(rest)
                    else "elsewhere"
                    if "github" not in lower
                    else f"{rest} is not there"
                )
        return "elsewhere"
    return "" if facts.repository.exists(path.lstrip("/")) else f"{path} is not there"


def _shown(alerts: list[Alert], topics: tuple[str, ...]) -> list[Place]:
    """One place for each topic."""
    found = [next((alert.at for alert in alerts if topic in alert.topics), None) for topic in topics]
    return list(dict.fromkeys(place for place in found if place))


def _searched(facts: Facts) -> tuple[Searched, ...]:
    files = configuration_files(facts)
    terms = ("PrometheusRule", "alertmanager*", "aws_cloudwatch_metric_alarm", "AWS::CloudWatch::Alarm", "alert:")
    return (facts.repository.search(terms, files, where="configuration and infrastructure code", most=10),)


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1] if words else "nothing"
