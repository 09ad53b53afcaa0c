"""Distributed tracing: is a request followed through every service, to somewhere that keeps its spans."""

from __future__ import annotations

import re

from gonogo.checks import cloud
from gonogo.checks.instrumentation import foreign_traces, instrumented
from gonogo.checks.services import Service, foreign_services, names_of, services_of
from gonogo.checks.stack import Stack, stack_of
from gonogo.checks.stack_parts import Part
from gonogo.checks.switches import switched_off
from gonogo.checks.workloads import Running, processes, production_workloads
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.resources import Resource
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

_ENDPOINTS = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_JAEGER_ENDPOINT",
    "OTEL_EXPORTER_ZIPKIN_ENDPOINT",
    "JAEGER_ENDPOINT",
    "JAEGER_AGENT_HOST",
    "ZIPKIN_ENDPOINT",
    "COLLECTOR_SERVICE_ADDR",
    "COLLECTOR_ENDPOINT",
    "DD_AGENT_HOST",
    "DD_TRACE_AGENT_URL",
    "NEW_RELIC_LICENSE_KEY",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "HONEYCOMB_API_KEY",
    "AWS_XRAY_DAEMON_ADDRESS",
)
_HOSTED: tuple[str, ...] = (
    "aws_xray_sdk",
    "aws-xray-sdk",
    "aws-xray-sdk-core",
    "aws_lambda_powertools",
    "@aws-lambda-powertools/tracer",
    "ddtrace",
    "dd-trace",
    "newrelic",
    "elasticapm",
    "elastic-apm-node",
    "logfire",
    "azure.monitor.opentelemetry",
    "opentelemetry.exporter.cloud_trace",
    "@google-cloud/opentelemetry-cloud-trace-exporter",
    "@vercel/otel",
    "sentry_sdk",
    "@sentry",
)
_MANIFESTS = ("package.json", "requirements*.txt", "pyproject.toml", "go.mod", "pom.xml", "build.gradle")
_WORDS = ("opentelemetry", "aws_xray_sdk", "aws-xray*", "jaeger", "zipkin", "traceparent", "ddtrace", "dd-trace")


def distributed_tracing(facts: Facts) -> Outcome:
    """Spans made in each service, with somewhere to go."""
    services = services_of(facts)
    workloads = production_workloads(facts)
    foreign = foreign_services(facts)
    found = {service.name: _traced(facts, service) for service in services}
    untraced = [service for service in services if found[service.name] is None]
    count = processes(facts, services) + len(foreign)
    if not services and not foreign and not workloads:
        return not_applicable("nothing is served that a request could pass through")
    if count <= 1 and untraced == list(services):
        return not_applicable("a single process: a request passes through no other service of this target")
    searched = _searched(facts)
    silent = [part for part in foreign if not foreign_traces(facts, part.language, "traces")]
    if untraced or silent or not services:
        names = (
            names_of(untraced)
            or ", ".join(part.language for part in silent)
            or ", ".join(r.name for r in workloads[:5])
        )
        total = max(len(services) + len(foreign), 1)
        number = len(untraced) + len(silent) or len(workloads)
        if not services and not silent:
            return failed(
                f"nothing of what is deployed ({names}) is traced: no tracing library, agent, mesh or X-Ray setting",
                *(Problem(f"{running.name} is not traced", running.at) for running in workloads),
                searched=searched,
            )
        return failed(
            f"{number} of {total} services make no spans: {names}",
            *(Problem(f"{service.name} makes no spans", service.at) for service in untraced),
            *(Problem(f"the {part.language} code names no tracing library", part.at) for part in silent),
            searched=searched,
        )
    places = tuple(place for place in found.values() if place)
    off = [(s, why) for s in services if (place := found[s.name]) and (why := switched_off(facts, s, place))]
    if off and count <= 1:
        return not_applicable("a single process, whose spans a setting would switch on", off[0][0].at)
    if off:
        shown = f"{len(off)} of {len(services)} services make spans only where a setting says so: {off[0][0].name} "
        shown += f"({off[0][1]}), which nothing that is deployed sets"
        if not workloads:
            return unverified(shown, *places)
        return failed(shown, *(Problem(f"{s.name} makes no spans by default: {why}", found[s.name]) for s, why in off))
    stack = stack_of(facts)
    receiver = _receiver(facts, stack, services, workloads)
    if foreign:
        return unverified(
            f"code in {foreign[0].language} is not parsed, so whether it is traced does not show", *places
        )
    if receiver is None and count <= 1:
        return not_applicable("a single process, whose spans nothing takes", *places)
    if receiver is None:
        if optional := stack.off(Part.TRACE_STORE, Part.TELEMETRY_COLLECTOR):
            return failed(
                f"each service makes spans, but {optional[0].name}, which would take them, starts only by an option",
                Problem("nothing that starts by default takes spans", optional[0].at),
            )
        if not workloads:
            return unverified("each service makes spans, but where they go is set from outside of these files", *places)
        return failed(
            "each service makes spans, but nothing that is deployed takes them, and no endpoint is set",
            *(Problem("its spans go nowhere", place) for place in places[:5]),
            searched=searched,
        )
    return passed(f"each of {len(services)} services makes spans, and {receiver[0]} takes them", *places, receiver[1])


def _traced(facts: Facts, service: Service) -> Place | None:
    if place := instrumented(facts, service, "traces"):
        return place
    for call in service.calls("sentry_sdk.init", "@sentry/*.init"):
        if call.argument("traces_sample_rate", "tracesSampleRate", "traces_sampler", "tracesSampler"):
            return call.at
    return None


def _receiver(
    facts: Facts, stack: Stack, services: tuple[Service, ...], workloads: tuple[Running, ...]
) -> tuple[str, Place] | None:
    """Who takes the spans, and where that shows."""
    for component in stack.running(Part.TRACE_STORE, Part.AGENT):
        return component.name, component.at
    for component in stack.running(Part.TELEMETRY_COLLECTOR):
        configs = [c for c in facts.monitoring.collectors if stack.gives(component, c.origin)]
        if not configs or any("traces" in config.signals for config in configs):
            return component.name, component.at
    for function in cloud.resources(facts, Kind.FUNCTION, "aws_api_gateway_stage", "aws_sfn_state_machine"):
        if str(function.get("tracing_config.mode", "")) == "Active":
            return "X-Ray", function.place("tracing_config")
    for service in services:
        if imports := service.imports(*_HOSTED):
            return f"the back end of {imports[0].module}", imports[0].at
    for item in facts.compose.services:
        for name in _ENDPOINTS:
            variable = item.variable(name)
            if variable is not None and variable.value and "localhost" not in variable.value:
                return f"the endpoint that {item.name} is given", variable.at
    for workload in facts.kubernetes.workloads:
        for container in workload.mains:
            for name, entry in container.variables():
                if name in _ENDPOINTS:
                    return f"the endpoint that {workload.name} is given", entry.place("name")
    for running in workloads:
        if isinstance(running.of, Resource) and re.search("|".join(_ENDPOINTS), str(dict(running.of.attributes))):
            return f"the endpoint that {running.name} is given", running.at
    return None


def _searched(facts: Facts) -> tuple[Searched, ...]:
    files = facts.repository.match(*_MANIFESTS)
    return (facts.repository.search(_WORDS, files, where="dependency manifests", most=5),)
