"""What a Prometheus showed: targets, rules and alerts as they are now."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from gonogo.checks import cloud
from gonogo.checks.alerts import BURN, LIMITS, SIGNALS
from gonogo.checks.observed import judged
from gonogo.checks.observed.age import is_meant_to_fire, older_than
from gonogo.checks.observed.agreement import share
from gonogo.checks.observed.watching import covering, is_paging, undeclared_rules, watches
from gonogo.checks.stack import stack_of
from gonogo.checks.wording import agreed, counted, listed
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem, not_applicable, unverified
from gonogo.model.criterion import Status

WEEK = timedelta(days=7)
_TOOLS = re.compile(
    r"prometheus|alertmanager|grafana|loki|tempo|pushgateway|cadvisor|kube|coredns|etcd|apiserver|node\b|blackbox"
    r"|\w*[-_]?exporter|otel|traefik|nginx|ingress|cert-?manager|thanos|mimir",
    re.IGNORECASE,
)
"""Jobs of what comes ready-made: their metrics say nothing of a service's own."""
_RUNBOOKS = ("runbook_url", "runbook", "runbookUrl", "runbook_link", "playbook_url", "playbook", "wiki", "docs")


def scrape_targets_up(facts: Facts) -> Outcome:
    """All active targets are up, and each job of a configuration that files deploy has some.

    Needs: those of the stack.
    """
    targets = facts.live.of("prometheus", "target")
    problems = [Problem(_down(item), item.at("health")) for item in targets if item.get("health") == "down"]
    unsure = [item for item in targets if item.get("health") not in ("up", "down")]
    if unsure and not problems:
        return unverified(f"{agreed(len(unsure), 'target was', 'targets were')} not scraped yet: {unsure[0].name}")
    bad = f"{share(len(problems), counted(len(targets), 'scrape target'), 'are')} down"
    good = f"{share(len(targets), counted(len(targets), 'scrape target'), 'are')} up"
    outcome = judged(facts, "prometheus", ["target"], problems, targets, bad=bad, good=good)
    lacking = _jobs_without_targets(facts)
    if outcome.status in (Status.FAIL, Status.UNVERIFIED) or not lacking:
        return outcome
    named = f"{agreed(len(lacking), 'job', 'jobs')} of the files: {listed(lacking)}"
    return replace(
        unverified(f"the Prometheus that runs has no target of {named}{f'; else: {good}' if targets else ''}"),
        places=outcome.places,
    )


def metrics_exposed(facts: Facts) -> Outcome:
    """Services are scraped and answer; what comes ready-made is not one."""
    services = [item for item in facts.live.of("prometheus", "target") if not _TOOLS.match(_job(item))]
    up = [item for item in services if item.get("health") == "up"]
    jobs = list(dict.fromkeys(map(_job, up)))
    good = f"{agreed(len(jobs), 'job of services gives', 'jobs of services give')} metrics: {', '.join(jobs[:5])}"
    return judged(facts, "prometheus", ["target"], [], up, bad="", good=good)


def alert_rules(facts: Facts) -> Outcome:
    """Rules that are loaded, evaluated and have data watch the four signals, and an Alertmanager gets them."""
    if not watches(facts, "prometheus") and not facts.live.gaps("prometheus", "rule"):
        return undeclared_rules(facts, "prometheus")
    broken = [
        Problem(f"{item.name} is broken: {item.get('lastError', default='no reason is told')}", item.at("health"))
        for item in facts.live.of("prometheus", "rule")
        if item.get("health") == "err"
    ]
    broken += [
        Problem("Prometheus could not load its newest configuration, and goes on with an older one", item.place)
        for item in facts.live.of("prometheus", "build")
        if item.get("reloadConfigSuccess") is False
    ]
    outcome = covering(facts, "prometheus", SIGNALS, needs=["alertmanager"], broken=broken)
    deaf = _deaf(facts)
    return deaf if deaf and not outcome.problems else outcome


def saturation_alerts(facts: Facts) -> Outcome:
    """Rules that are evaluated on data watch what runs out; certificates that a cloud renews need none."""
    if not watches(facts, "prometheus") and not facts.live.gaps("prometheus", "rule"):
        return undeclared_rules(facts, "prometheus")
    managed = bool(cloud.resources(facts, Kind.CERTIFICATE))
    return covering(facts, "prometheus", [limit for limit in LIMITS if limit != "certificates" or not managed])


def slo_alerting(facts: Facts) -> Outcome:
    """Rules on the burn of an error budget, where some are loaded, are evaluated and have data."""
    if not any(BURN in watch.topics for watch in watches(facts, "prometheus")):
        return judged(facts, "prometheus", ["rule"], [], [], bad="", good="")
    return covering(facts, "prometheus", [BURN])


def alert_routing(facts: Facts) -> Outcome:
    """An Alertmanager gets the alerts. That it tells a person is for its own source to show."""
    if deaf := _deaf(facts):
        return deaf
    rules, active = watches(facts, "prometheus"), facts.live.of("prometheus", "alertmanager")
    if rules and active and not facts.live.has("alertmanager"):
        return not_applicable(
            f"alerts go to {active[0].name}; what it does with them shows with an alertmanager source"
        )
    good = f"alerts go to {counted(len(active), 'Alertmanager')}"
    return judged(facts, "prometheus", ["rule", "alertmanager"], [], active if rules else [], bad="", good=good)


def alert_runbook_links(facts: Facts) -> Outcome:
    """Each paging rule has an annotation with a runbook."""
    rules = [watch.seen for watch in watches(facts, "prometheus") if not is_meant_to_fire(watch.seen)]
    paging = [item for item in rules if is_paging(item)] or rules
    problems = [
        Problem(f"{item.name} links no runbook", item.at("annotations"))
        for item in paging
        if not set(item.get("annotations", default=[])) & set(_RUNBOOKS)
    ]
    bad = f"{share(len(problems), counted(len(paging), 'paging alert'), 'link')} no runbook"
    good = f"each of {counted(len(paging), 'paging alert')} links a runbook"
    return judged(facts, "prometheus", ["rule"], problems, paging, bad=bad, good=good)


def workload_health(facts: Facts) -> Outcome:
    """No alert fires that somebody must come for. Where no working rule would page, silence says nothing."""
    firing = [item for item in facts.live.of("prometheus", "alert") if item.get("state") == "firing"]
    problems = [
        Problem(f"{item.name} fires", item.place) for item in firing if is_paging(item) and not is_meant_to_fire(item)
    ]
    would = [watch.seen for watch in watches(facts, "prometheus") if watch.works and is_paging(watch.seen)]
    bad = f"{agreed(len(problems), 'paging alert fires', 'paging alerts fire')}"
    good = f"none of {counted(len(would), 'paging alert rule')} with data fires"
    return judged(facts, "prometheus", ["alert", "rule"], problems, would, bad=bad, good=good)


def alert_noise(facts: Facts) -> Outcome:
    """No alert has fired for over a week."""
    firing = [item for item in facts.live.of("prometheus", "alert") if item.get("state") == "firing"]
    old = [item for item in firing if not is_meant_to_fire(item) and older_than(facts, item, "activeAt", WEEK)]
    problems = [Problem(f"{item.name} fires since {item.get('activeAt')}", item.at("activeAt")) for item in old]
    rules = [watch.seen for watch in watches(facts, "prometheus")]
    good = f"none of {counted(len(rules), 'alert rule')} has fired for over a week"
    bad = "alerts have fired for over a week"
    return judged(facts, "prometheus", ["alert", "rule"], problems, rules, bad=bad, good=good)


def _jobs_without_targets(facts: Facts) -> list[str]:
    """Jobs of configurations that something deployed loads, of which the Prometheus that runs scrapes nothing."""
    pools = {str(item.get("scrapePool")) for item in facts.live.of("prometheus", "target")}
    written = [scrape.job for config, _, _ in stack_of(facts).configs() for scrape in config.scrapes]
    return [job for job in dict.fromkeys(written) if job and job not in pools]


def _deaf(facts: Facts) -> Outcome | None:
    """A failure where rules are evaluated, and Prometheus knows no Alertmanager that it could tell."""
    rules = watches(facts, "prometheus")
    if not rules or facts.live.of("prometheus", "alertmanager") or facts.live.gaps("prometheus", "alertmanager"):
        return None
    problem = Problem("Prometheus has no active Alertmanager", rules[0].seen.place)
    bad = f"{agreed(len(rules), 'alert rule is', 'alert rules are')} evaluated, but nothing gets the alerts"
    return judged(facts, "prometheus", [], [problem], [], bad=bad, good="")


def _job(item: Seen) -> str:
    return str(item.get("labels", "job", default="") or item.get("scrapePool", default=""))


def _down(item: Seen) -> str:
    error = item.get("lastError", default="")
    return f"{item.name} is down" + (f" ({error})" if error else "")
