"""Service level objectives: are there any that can be measured, and do alerts follow them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gonogo.checks import cloud
from gonogo.checks.alerts import BURN, Alert, alerts_of
from gonogo.checks.derived import derived
from gonogo.checks.emitted import Emitted, emitted_of, metrics_of
from gonogo.checks.instrumentation import instrumented
from gonogo.checks.services import services_of
from gonogo.checks.stack import configuration_files, stack_of
from gonogo.checks.workloads import is_operated
from gonogo.facts import Facts
from gonogo.facts.documents import DocumentKind
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

_RESOURCES = (
    "google_monitoring_slo",
    "datadog_service_level_objective",
    "aws_applicationsignals_service_level_objective",
    "awscc_applicationsignals_service_level_objective",
    "newrelic_service_level",
    "nobl9_slo",
    "grafana_slo",
    "dynatrace_slo",
)
_TARGET = re.compile(r"(?<![\d.])(9[05-9]|9\d\.\d+|99?(\.\d+)?)\s?%|[<≤]\s?\d+(\.\d+)?\s?(ms|s|seconds?)\b")
_NAMED = re.compile(
    r"\bSLOs?\b|service[- ]level objective|\buptime\b|\bavailability\b|\berror budget\b|\bSLI\b|latency|success rate",
    re.IGNORECASE,
)
_WINDOW = re.compile(
    r"month|\b(7|14|28|30|90)[- ]?d(ays?)?\b|rolling|quarter|per week|weekly|year|annual", re.IGNORECASE
)
_METRIC = re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b")
_WANTED = re.compile(
    r"\b(to ?do|tbd|define|should|must be defined|missing|not (yet )?defined|no slo|plan(ned)?|add|set up)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Stated:
    """An objective in a document."""

    text: str
    at: Place
    windowed: bool


def slo_defined(facts: Facts) -> Outcome:
    """An indicator that the system emits, with a target and a window."""
    stack = stack_of(facts)
    if made := cloud.resources(facts, *_RESOURCES):
        return passed(
            f"{len(made)} objectives are defined: {', '.join(r.address for r in made[:4])}", *(r.at for r in made)
        )
    emitted = emitted_of(facts)
    objectives = [o for o in facts.monitoring.objectives if o.target and o.indicator]
    live = [o for o in objectives if not (names := metrics_of(o.indicator)) or any(map(emitted.is_emitted, names))]
    if live:
        return passed(
            f"{len(live)} objectives have a measured indicator, a target and a window: "
            + ", ".join(f"{o.name} {o.target}" for o in live[:4]),
            *(objective.at for objective in live),
        )
    if objectives:
        return failed(
            f"{len(objectives)} objectives are written, but nothing emits what they measure",
            *(Problem(f"nothing emits the indicator of {o.name}", o.at) for o in objectives),
        )
    burning = [a for a in alerts_of(facts, stack) if BURN in a.topics and not a.idle]
    recorded = [
        r for r in facts.monitoring.rules if re.search(r"\bslo\b|slo[:_]|error_budget|sli[:_]", r.name + r.expr)
    ]
    measured = [r for r in recorded if stack.loads(r)]
    if burning and measured:
        return passed("evaluated rules measure the error budget against a target", burning[0].at, measured[0].at)
    return _from_documents(facts, emitted, [r.at for r in measured] + [a.at for a in burning])


def _from_documents(facts: Facts, emitted: Emitted, measured: list[Place]) -> Outcome:
    stated = stated_objectives(facts)
    complete = [item for item in stated if item.windowed]
    if not complete:
        if measured:
            return unverified(
                "rules measure an indicator, but no target with a window is written beside them", *measured
            )
        if not stated and not is_operated(facts):
            return not_applicable("nothing of this target runs that an objective could be about")
        aside = f"; {stated[0].at} states a target without a window" if stated else ""
        return failed(
            f"no service level objective is defined: no file, rule, resource or document has target and window{aside}",
            *(Problem("a target without a window or an indicator", item.at) for item in stated[:3]),
            searched=_searched(facts),
        )
    if measured:
        return passed(f"{complete[0].at} states targets and windows, and rules measure them", complete[0].at, *measured)
    named = [(item, name) for item in complete for name in _METRIC.findall(item.text) if emitted.is_own(name)]
    if named:
        return passed(
            f"{named[0][0].at} states a target and a window for {named[0][1]}, which the code emits", named[0][0].at
        )
    services = services_of(facts)
    if services and all(instrumented(facts, service, "metrics") for service in services):
        return unverified(
            f"{complete[0].at} states targets and the services emit metrics, but no indicator ties them", complete[0].at
        )
    return failed(
        f"targets are written ({complete[0].at}), but nothing measures them: no indicator is recorded or emitted",
        *(Problem("an objective without a measured indicator", item.at) for item in complete[:5]),
    )


def slo_alerting(facts: Facts) -> Outcome:
    """Evaluated alerts on the rate at which the error budget burns."""
    stack = stack_of(facts)
    alerts = alerts_of(facts, stack)
    burning = [alert for alert in alerts if BURN in alert.topics]
    resources = cloud.resources(facts, *_RESOURCES)
    objectives = facts.monitoring.objectives
    stated = [item for item in stated_objectives(facts) if item.windowed]
    if not burning and not resources and not objectives and not stated:
        return not_applicable("no service level objective is defined", searched=_searched(facts))
    if working := [alert for alert in burning if not alert.idle and not alert.silent]:
        return passed(f"{len(working)} evaluated alerts follow the burn of the error budget", *(a.at for a in working))
    if generated := [objective for objective in objectives if objective.alerts]:
        return unverified(
            f"{generated[0].product} makes alerts of {generated[0].origin.path}, but nothing shows that it runs",
            *(objective.at for objective in generated),
        )
    return _unfollowed(facts, burning, [r.at for r in resources] + [o.at for o in objectives] + [s.at for s in stated])


def _unfollowed(facts: Facts, burning: list[Alert], objectives: list[Place]) -> Outcome:
    if burning:
        return failed(
            f"{len(burning)} burn-rate alerts are written, but {burning[0].idle or burning[0].silent}",
            *(Problem(f"{alert.name}: {alert.idle or alert.silent}", alert.at) for alert in burning),
        )
    return failed(
        f"{len(objectives)} objectives are written, but no alert follows the burn of an error budget",
        *(Problem("no alert follows this objective", place) for place in objectives[:5]),
        searched=_searched(facts),
    )


@derived("documents")
def stated_objectives(facts: Facts) -> tuple[Stated, ...]:
    """Targets that documents state as objectives of this service: not wishes, open items or others' guarantees."""
    found = []
    for document in facts.documents.prose:
        if document.kind in (DocumentKind.CHANGELOG, DocumentKind.INSTRUCTION):
            continue
        about = document.kind is DocumentKind.SLO or bool(
            document.sections(r"\bSLOs?\b|service level|objectives|\bSLI")
        )
        open_items = {item.at.line for item in document.items if item.checked is False}
        for text, at in document.texts():
            if "%" not in text and "s" not in text:
                continue
            if at.line in open_items or not _TARGET.search(text) or not _NAMED.search(text) or _WANTED.search(text):
                continue
            if about or re.search(r"\bSLOs?\b|objective|target", text, re.IGNORECASE):
                found.append(Stated(text, at, bool(_WINDOW.search(text))))
    return tuple(found)


def _searched(facts: Facts) -> tuple[Searched, ...]:
    files = (*facts.repository.match("*.md"), *configuration_files(facts))
    terms = ("SLO", "SLOs", "service level objective*", "error budget", "openslo*")
    return (facts.repository.search(terms, files, where="documents and configuration", most=5),)
