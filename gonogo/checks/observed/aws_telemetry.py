"""What an AWS account shows of itself being watched: traces, dashboards, probes from outside."""

from __future__ import annotations

import re

from gonogo.checks import cloud
from gonogo.checks.instrumentation import instrumented
from gonogo.checks.observed import judged
from gonogo.checks.observed.agreement import share, verb
from gonogo.checks.observed.aws_items import AWS, figure, is_tooling
from gonogo.checks.observed.aws_traces import TRACES, silences, traced_services
from gonogo.checks.observed.unseen import Unseen, left_open
from gonogo.checks.services import services_of
from gonogo.checks.wording import counted, listed
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem, not_applicable
from gonogo.model.snapshot import EVERYTHING

LEAST_DASHBOARD = 100
"""Bytes of a dashboard with a widget: an empty one has fewer."""
_TRACING_LAYERS = re.compile(r"otel|opentelemetry|datadog|newrelic|dynatrace|lumigo|splunk|elastic-apm", re.IGNORECASE)
_TRACING_SETTINGS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "AWS_LAMBDA_EXEC_WRAPPER")
_PROBES = ("HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP")
CANARY, _CANARY = "synthetics.canary", "cwsyn-"
"""The kind of canaries, and how the functions begin that CloudWatch Synthetics makes for them."""


def distributed_tracing(facts: Facts) -> Outcome:
    """Each function, API stage and state machine is traced, by X-Ray, a layer or settings of OpenTelemetry; and where
    X-Ray is to trace what ran, it has traces."""
    kinds = ("lambda.function", "states.state_machine", "apigateway.rest_api")
    items = [item for item in facts.live.of(AWS, *kinds) if not item.name.startswith(_CANARY) and not is_tooling(item)]
    if len(items) == 1:
        return not_applicable("one function, state machine or API: a request passes through no other")
    promised = {
        str(resource.get("function_name"))
        for resource in cloud.resources(facts, "aws_lambda_function")
        if resource.get("tracing_config.mode") == "Active"
    }
    by_code = any(instrumented(facts, service, "traces") for service in services_of(facts))
    untraced = [(item, problem) for item in items if (problem := _untraced(item))]
    # Where code traces by itself X-Ray need not, unless the files say that it does.
    problems = [problem for item, problem in untraced if not by_code or item.name in promised]
    total = counted(len(items), "function, state machine or API", "functions, state machines and APIs")
    if untraced and not problems:
        return not_applicable(f"code traces by itself; {share(len(untraced), total, 'are')} not traced by X-Ray")
    silent = list(silences(facts, [item for item in items if _is_by_xray(item)]))
    if not problems:
        problems = [fault for fault in silent if isinstance(fault, Problem)]
        bad = "tracing is on, and nothing is traced"
    else:
        bad = f"{share(len(problems), total, 'are')} not traced"
    seen = traced_services(facts)
    aside = f"; X-Ray has traces of {listed(seen)}" if seen else ""
    good = f"{share(len(items), total, 'are')} traced{aside}"
    by_xray = any(map(_is_by_xray, items))
    needs = (*kinds, "apigateway.rest_api:Stages", *((TRACES,) if by_xray else ()))
    outcome = judged(facts, AWS, kinds, problems, items, bad=bad, good=good, needs=needs)
    return left_open(outcome, [fault for fault in silent if isinstance(fault, Unseen)], "traces")


def _untraced(item: Seen) -> Problem | None:
    kind = item.record.kind
    if kind == "lambda.function":
        layers = any(_TRACING_LAYERS.search(str(layer.get("Arn"))) for layer in item.get("Layers", default=[]))
        settings = item.get("Environment", "Variables", default={})
        if item.get("TracingConfig", "Mode") == "Active" or layers or any(s in settings for s in _TRACING_SETTINGS):
            return None
        return Problem(f"function {item.name} is not traced", item.at("TracingConfig"))
    if kind == "states.state_machine":
        if item.get("tracingConfiguration", "enabled"):
            return None
        return Problem(f"state machine {item.name} is not traced", item.at("tracingConfiguration"))
    for number, stage in enumerate(item.get("Stages", default=[])):
        if not stage.get("tracingEnabled"):
            what = f"stage {stage.get('stageName')} of API {item.get('name', default=item.name)} is not traced"
            return Problem(what, item.at("Stages", number))
    return None


def dashboards(facts: Facts) -> Outcome:
    """There are dashboards with something on them."""
    found = [
        item
        for item in facts.live.of(AWS, "cloudwatch.dashboard")
        if item.get("Size", default=LEAST_DASHBOARD) >= LEAST_DASHBOARD
    ]
    good = f"{counted(len(found), 'dashboard')} with widgets: {listed(item.name for item in found)}"
    return judged(facts, AWS, ["cloudwatch.dashboard"], [], found, bad="", good=good)


def _is_by_xray(item: Seen) -> bool:
    """Whether X-Ray is set to trace it."""
    return _untraced(item) is None and (
        item.record.kind != "lambda.function" or item.get("TracingConfig", "Mode") == "Active"
    )


def synthetic_checks(facts: Facts) -> Outcome:
    """A health check of Route 53 or a canary probes from outside; a canary that files declare runs."""
    checks = [
        item
        for item in facts.live.of(AWS, "route53.health_check")
        if item.get("HealthCheckConfig", "Type") in _PROBES and not item.get("HealthCheckConfig", "Disabled")
    ]
    canaries = facts.live.of(AWS, CANARY)
    probing = [item for item in canaries if _runs(item) and item.get("LastRun", "State") == "PASSED"]
    probing += _by_functions(facts) if not canaries else []
    declared = {str(canary.get("name")) for canary in cloud.resources(facts, "aws_synthetics_canary")}
    problems = [
        Problem(f"canary {item.name} is declared and {_state(item)}", item.at("Status"))
        for item in canaries
        if item.name in declared and not _runs(item)
    ]
    unseen = [
        Unseen(f"the last run of canary {item.name} {_last_run(item)}", item.at("LastRun"))
        for item in canaries
        if _runs(item) and item not in probing
    ]
    found = [*checks, *probing]
    told = [f"{counted(len(checks), 'health check')} of {listed(map(_probed, checks))}"] if checks else []
    told += (
        [f"{counted(len(probing), 'canary', 'canaries')} ({listed(item.name for item in probing)})"] if probing else []
    )
    outcome = judged(
        facts,
        AWS,
        ["route53.health_check", CANARY],
        problems,
        found or [item for item in canaries if _runs(item)],
        bad="what should probe does not",
        good=f"{' and '.join(told)} {verb(len(found), 'probe')} from outside",
        needs=(EVERYTHING,) if found else ("route53.health_check", CANARY, f"{CANARY}:LastRun"),
    )
    return left_open(outcome, unseen if not found else [], "canaries")


def _by_functions(facts: Facts) -> list[Seen]:
    """The functions of canaries that ran, where canaries themselves were not seen."""
    functions = facts.live.of(AWS, "lambda.function")
    return [item for item in functions if item.name.startswith(_CANARY) and figure(item, "Invocations")]


def _runs(canary: Seen) -> bool:
    return canary.get("Status", "State") in ("RUNNING", "STARTING", "UPDATING")


def _state(canary: Seen) -> str:
    return f"is {canary.get('Status', 'State', default='of no state')}"


def _last_run(canary: Seen) -> str:
    if "LastRun" not in canary.data:
        return "was not seen"
    reason = canary.get("LastRun", "StateReasonCode", default="")
    state = str(canary.get("LastRun", "State", default="is not there")).lower()
    told = {"failed": "failed: what it probes is down, or it is itself", "running": "has not ended"}.get(state, state)
    return f"{told} ({reason})" if reason else told


def _probed(check: Seen) -> str:
    return str(check.get("HealthCheckConfig", "FullyQualifiedDomainName", default="an address"))
