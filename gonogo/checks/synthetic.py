"""Synthetic checks: does anything ask the service from outside whether it answers."""

from __future__ import annotations

import re

from gonogo.checks import cloud
from gonogo.checks.services import services_of
from gonogo.checks.stack import configuration_files, stack_of
from gonogo.checks.stack_parts import Part
from gonogo.checks.workloads import production_workloads
from gonogo.facts import Facts
from gonogo.facts.pipelines import Event
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

_RESOURCES = (
    "aws_synthetics_canary",
    "aws_route53_health_check",
    "google_monitoring_uptime_check_config",
    "azurerm_application_insights_web_test",
    "azurerm_application_insights_standard_web_test",
    "datadog_synthetics_test",
    "checkly_check",
    "newrelic_synthetics_monitor",
    "newrelic_synthetics_script_monitor",
    "betteruptime_monitor",
    "uptimerobot_monitor",
    "pingdom_check",
    "statuscake_uptime_check",
    "grafana_synthetic_monitoring_check",
    "cloudflare_healthcheck",
    "digitalocean_uptime_check",
)
_URL = re.compile(
    r"https?://(?!localhost|127\.|0\.0\.0\.0|[\w-]+(?::|/|$))[\w.-]+\.[a-z]{2,}|\$\{?\{?[^}]*(URL|HOST|ENDPOINT)",
    re.IGNORECASE,
)
_INSIDE = re.compile(r"https?://(localhost|127\.|[\w-]+:)")
_FETCHERS = ("curl", "wget", "http", "httpie", "k6", "newman", "playwright", "checkly")
_OTHERS = re.compile(
    r"api\.github\.com|github\.com/|raw\.githubusercontent|pypi\.org|registry\.npmjs|slack\.com|discord\.com|hooks\."
)
_DOWNLOAD = re.compile(
    r"\s-[a-zA-Z]*[oO]\b|--output|--remote-name|\.(zip|t?gz|xz|deb|rpm|sh|whl|jar)\b|/releases/|>\s*\S"
)
_ASKS = re.compile(
    r"health|status|ping|ready|live|\s-[a-zA-Z]*[fI]\b|--fail|--head|http_code|smoke|playwright|newman|k6|/?[\"']?$"
)
_WORDS = (
    "synthetic*",
    "blackbox*",
    "canary",
    "uptime*",
    "checkly",
    "pingdom",
    "healthcheck.io",
    "aws_synthetics_canary",
)


def synthetic_checks(facts: Facts) -> Outcome:
    """A prober that runs and has a target outside of itself."""
    if not services_of(facts) and not production_workloads(facts):
        return not_applicable("nothing is served that could be probed")
    if made := cloud.resources(facts, *_RESOURCES):
        return passed(
            f"{len(made)} outside checks are defined: {', '.join(r.address for r in made[:4])}", *(r.at for r in made)
        )
    if facts.monitoring.probes:
        products = ", ".join(sorted({place.symbol for place in facts.monitoring.probes}))
        return passed(f"{products} probes the service from outside", *facts.monitoring.probes)
    if scheduled := _scheduled(facts):
        return passed(f"a scheduled pipeline asks for a public address ({scheduled})", scheduled)
    stack = stack_of(facts)
    probers = stack.running(Part.PROBER)
    jobs = [
        (scrape, config)
        for config, _, _ in stack.configs()
        for scrape in config.scrapes
        if scrape.path == "/probe" or "blackbox" in scrape.job
    ]
    crds = [
        m
        for m in facts.monitoring.monitors
        if m.kind in ("Probe", "VMProbe") and m.targets and stack.running(Part.OPERATOR)
    ]
    if probers and (jobs or crds):
        targets = [target for scrape, _ in jobs for target in scrape.targets] + [t for m in crds for t in m.targets]
        places = [scrape.at for scrape, _ in jobs] + [monitor.at for monitor in crds]
        return passed(
            f"{probers[0].name} probes {', '.join(targets[:4]) or 'what is discovered'}", *places, probers[0].at
        )
    if off := stack.off(Part.PROBER):
        return failed(
            f"{off[0].name} would probe, but it starts only by an option",
            Problem("the prober does not start by default", off[0].at),
        )
    if probers and re.search(r"kuma|statping|healthchecks", probers[0].name + probers[0].host):
        return unverified(f"{probers[0].name} runs, but what it probes is kept in its own database", probers[0].at)
    if probers:
        return failed(
            f"{probers[0].name} runs, but no configuration gives it anything to probe",
            Problem("the prober has no target in these files", probers[0].at),
        )
    return failed(
        "nothing probes the service from outside: no canary, health check, uptime service or blackbox exporter",
        *(
            Problem("this probe is written, but nothing runs it", m.at)
            for m in facts.monitoring.monitors
            if m.kind == "Probe"
        ),
        searched=_searched(facts),
    )


def _scheduled(facts: Facts) -> Place | None:
    """A step of a scheduled pipeline that fetches a public address and can fail on it."""
    for run in facts.pipelines.runs(*_FETCHERS, can_fail=True):
        text = run.text
        outside = _URL.search(text) and not _INSIDE.search(text) and not _OTHERS.search(text)
        downloads = _DOWNLOAD.search(text) and "/dev/null" not in text
        if outside and not downloads and _ASKS.search(text) and run.pipeline.starts_on(Event.SCHEDULE):
            return run.at
    return None


def _searched(facts: Facts) -> tuple[Searched, ...]:
    files = (*configuration_files(facts), *facts.repository.match("*.sh"))
    return (facts.repository.search(_WORDS, files, where="configuration, pipelines and infrastructure code", most=5),)
