"""What an AWS account shows of itself being watched: traces, dashboards, probes from outside."""

from __future__ import annotations

import re

from gonogo.checks import cloud
from gonogo.checks.instrumentation import instrumented
from gonogo.checks.observed import judged
from gonogo.checks.observed.aws_items import AWS, figure, last_part
from gonogo.checks.services import services_of
from gonogo.checks.wording import counted, listed
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem, not_applicable

LEAST_DASHBOARD = 100
"""Bytes of a dashboard with a widget: an empty one has fewer."""
_TRACING_LAYERS = re.compile(r"otel|opentelemetry|datadog|newrelic|dynatrace|lumigo|splunk|elastic-apm", re.IGNORECASE)
_TRACING_SETTINGS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "AWS_LAMBDA_EXEC_WRAPPER")
_PROBES = ("HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP")
_CANARY = "cwsyn-"
"""How the functions begin that CloudWatch Synthetics makes for canaries."""


def distributed_tracing(facts: Facts) -> Outcome:
    """Each function, API stage and state machine is traced, by X-Ray, a layer or settings of OpenTelemetry."""
    kinds = ("lambda.function", "states.state_machine", "apigateway.rest_api")
    items = [item for item in facts.live.of(AWS, *kinds) if not item.name.startswith(_CANARY)]
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
        return not_applicable(f"code traces by itself; {len(untraced)} of {total} are not traced by X-Ray")
    bad = f"{len(problems)} of {total} are not traced"
    good = f"{len(items)} of {total} are traced"
    needs = (*kinds, "apigateway.rest_api:Stages")
    return judged(facts, AWS, kinds, problems, items, bad=bad, good=good, needs=needs)


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


def synthetic_checks(facts: Facts) -> Outcome:
    """A health check of Route 53 or a canary probes from outside."""
    checks = [
        item
        for item in facts.live.of(AWS, "route53.health_check")
        if item.get("HealthCheckConfig", "Type") in _PROBES and not item.get("HealthCheckConfig", "Disabled")
    ]
    canaries = [
        item
        for item in facts.live.of(AWS, "lambda.function")
        if item.name.startswith(_CANARY) and figure(item, "Invocations")
    ]
    good = f"{counted(len(checks), 'health check')} and {counted(len(canaries), 'canary', 'canaries')} probe"
    probed = listed(
        str(item.get("HealthCheckConfig", "FullyQualifiedDomainName", default="an address")) for item in checks
    )
    good += f" {probed}" if checks else f": {listed(last_part(item.name) for item in canaries)}"
    return judged(facts, AWS, ["route53.health_check"], [], [*checks, *canaries], bad="", good=good)
