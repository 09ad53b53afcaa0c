"""Error tracking: are exceptions captured with their context, and does a new one get noticed."""

from __future__ import annotations

import re

from gonogo.checks import cloud
from gonogo.checks.alerts import ERRORS, alerts_of
from gonogo.checks.instrumentation import dead, foreign_traces, instrumented
from gonogo.checks.services import Service, foreign_services, names_of, services_of, whole_code
from gonogo.checks.stack import stack_of
from gonogo.checks.stack_parts import Part
from gonogo.checks.switches import switched_off
from gonogo.checks.workloads import code_elsewhere, production_workloads
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

_WORDS = ("sentry*", "rollbar", "bugsnag", "honeybadger", "airbrake", "raygun*", "excepthook", "uncaughtException")


_TRACKERS = (
    *("sentry*", "rollbar*", "bugsnag*", "honeybadger*", "airbrake*", "raygun*", "glitchtip*", "datadog*", "dd_*"),
    *("newrelic*", "new_relic*", "appsignal*", "elastic_apm*", "applicationinsights*", "dynatrace*", "instana*"),
)


def error_tracking(facts: Facts) -> Outcome:
    """An error tracker in each service, or alerts on counted exceptions and error lines."""
    services = services_of(facts) or whole_code(facts)
    foreign = foreign_services(facts)
    if not services and not foreign and not production_workloads(facts):
        return not_applicable("there is no application code and nothing that runs")
    found = {service.name: instrumented(facts, service, "errors") for service in services}
    without = [service for service in services if found[service.name] is None]
    places = tuple(place for place in found.values() if place)
    silent = [part for part in foreign if not foreign_traces(facts, part.language, "errors")]
    if services and not without and not silent:
        if foreign:
            return unverified(
                f"code in {foreign[0].language} is not parsed, so its error tracker does not show", *places
            )
        if empty := _without_address(facts, services, found):
            return unverified(
                f"an error tracker is set up, but its address is empty unless the environment gives one ({empty})",
                *places,
            )
        return passed(f"each of {len(services)} services reports its exceptions to an error tracker", *places)
    if alarm := _counted(facts):
        return passed("exceptions and error lines are counted and alerted on: " + alarm[0], *alarm[1], *places)
    if not services and not foreign:
        at = production_workloads(facts)[0]
        configured = facts.repository.match("*.y*ml", "*.tf", "*.tfvars", "*.json", "*.env*")
        named = facts.repository.search(_TRACKERS, configured, where="manifests, values and settings", most=3)
        if not named and code_elsewhere(facts):
            return failed(
                f"nothing that is deployed is given an error tracker: {at.name} gets no address of one",
                Problem(f"{at.name} is given no error tracker", at.at),
                searched=(named,),
            )
        return unverified(
            f"the code of what is deployed ({at.name}) is not in this target, so its errors' way is unseen", at.at
        )
    names = names_of(without) or ", ".join(part.language for part in silent) or "what is deployed"
    total = len(services) + len(foreign)
    unused = tuple(dict.fromkeys(dead(facts, "errors")))
    aside = f"; {unused[0]} imports one, but nothing reaches it" if unused else ""
    return failed(
        f"{len(without) + len(silent)} of {total} services report no exceptions: {names}{aside}",
        *(Problem(f"{service.name} only logs its exceptions, or nothing", service.at) for service in without),
        searched=_searched(facts),
    )


def _without_address(facts: Facts, services: tuple[Service, ...], found: dict[str, Place | None]) -> str:
    """A Sentry without DSN is off. Where code asks for one and nothing that is deployed gives it, nobody knows."""
    if not any(service.imports("sentry_sdk", "@sentry") for service in services):
        return ""
    deploying = [p.at.path for p in facts.pipelines.pipelines] + [
        f.path for f in facts.repository.match("*.tf", "*.tfvars")
    ]
    if any("SENTRY" in facts.repository.text(path).upper() for path in deploying):
        return ""
    for started in facts.compose.services:
        for variable in started.environment:
            if variable.name.endswith("SENTRY_DSN") and not variable.value:
                return str(variable.at)
    files = facts.repository.match(".env", ".env.production", "env", "*.env")
    if hits := facts.repository.grep(r"^\s*(export\s+)?[A-Z_]*SENTRY[A-Z_]*DSN\s*=\s*[\"']?[\"']?\s*$", files, most=1):
        return str(hits[0])
    for service in services:
        place = found[service.name]
        if place and switched_off(facts, service, place):
            return str(place)
    return ""


def _counted(facts: Facts) -> tuple[str, tuple[Place, ...]] | None:
    """Metric filters on log lines with an alarm, or evaluated alerts on counted exceptions."""
    alarms = cloud.resources(facts, Kind.ALARM)
    for filters in cloud.resources(facts, "aws_cloudwatch_log_metric_filter", "google_logging_metric"):
        if not re.search(
            r"error|exception|fatal", str(filters.get("pattern", "")) + str(filters.get("filter", "")), re.I
        ):
            continue
        metric = str(filters.get("metric_transformation.name", filters.get("name", "")))
        for alarm in alarms:
            if alarm.refers_to(filters) or (metric and metric in str(dict(alarm.attributes))):
                return f"{filters.address} feeds {alarm.address}", (filters.at, alarm.at)
    for stream in cloud.resources(facts, "aws_cloudwatch_log_subscription_filter"):
        if re.search(r"error|exception|fatal", str(stream.get("filter_pattern", "")), re.IGNORECASE):
            return f"{stream.address} sends error lines to {stream.get('destination_arn')}", (stream.at,)
    stack = stack_of(facts)
    working = [a for a in alerts_of(facts, stack) if not a.idle and not a.silent and ERRORS in a.topics]
    named = [a for a in working if re.search(r"exception|error_?log|log_?error|unhandled|panic", a.name, re.I)]
    if named and stack.running(Part.LOG_STORE, Part.ERROR_TRACKER):
        return named[0].name, (named[0].at,)
    return None


def _searched(facts: Facts) -> tuple[Searched, ...]:
    files = facts.repository.match(
        "package.json", "requirements*.txt", "pyproject.toml", "go.mod", "pom.xml", "build.gradle"
    )
    return (facts.repository.search(_WORDS, files, where="dependency manifests", most=5),)
