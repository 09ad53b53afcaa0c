"""Whose logs are taken elsewhere: by collectors, logging drivers, log exporters in code, or the platform itself.

Needs: those of the stack, the services and the workloads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gonogo.checks import cloud
from gonogo.checks.deployed import code_of
from gonogo.checks.services import Service
from gonogo.checks.stack import Stack, configuration_files, stack_of
from gonogo.checks.stack_components import Component, containers_of_task
from gonogo.checks.stack_parts import Part
from gonogo.checks.workloads import Running
from gonogo.facts import Facts
from gonogo.facts import compose as composed
from gonogo.facts.kinds import Kind
from gonogo.facts.resources import Resource, Unknown
from gonogo.model.evidence import Place, Searched

_DRIVERS = frozenset(
    {
        "loki",
        "grafana/loki-docker-driver",
        "fluentd",
        "gelf",
        "awslogs",
        "gcplogs",
        "splunk",
        "syslog",
        "journald-remote",
        "awsfirelens",
        "logentries",
        "etwlogs",
    }
)
_EXPORTERS = (
    "opentelemetry.exporter.otlp.proto.grpc._log_exporter",
    "opentelemetry.exporter.otlp.proto.http._log_exporter",
    "@opentelemetry/exporter-logs-otlp-http",
    "@opentelemetry/exporter-logs-otlp-grpc",
    "@opentelemetry/exporter-logs-otlp-proto",
    "go.opentelemetry.io/otel/exporters/otlp/otlplog",
    "logging_loki",
    "pino-loki",
    "winston-loki",
    "winston-cloudwatch",
    "watchtower",
    "google.cloud.logging",
    "@google-cloud/logging",
    "@google-cloud/logging-winston",
    "@logtail",
    "logtail",
    "@axiomhq",
    "axiom_py",
    "winston-elasticsearch",
    "pino-elasticsearch",
    "cmreslogging",
    "winston-datadog",
    "seqlog",
    "@datadog/datadog-api-client",
    "azure.monitor.opentelemetry",
    "logfire",
    "graypy",
    "pygelf",
    "fluent",
    "fluent-logger",
)
_AGENTS_ON_HOSTS = (
    "amazon-cloudwatch-agent",
    "awslogs",
    "fluent-bit",
    "fluentd",
    "filebeat",
    "vector",
    "promtail",
    "alloy",
    "ops-agent",
    "datadog-agent",
    "newrelic",
    "splunkforwarder",
)
_SEES = ("docker.sock", "/var/lib/docker", "/var/log", "docker/containers")


@dataclass(frozen=True)
class Shipping:
    """Whose logs are taken. ``without`` are names; ``how`` is the sentence for where none is left."""

    total: int
    without: tuple[str, ...]
    how: str = ""
    places: tuple[Place, ...] = ()
    unknown: str = ""
    aside: str = ""
    searched: tuple[Searched, ...] = ()


def shipping_of(facts: Facts, workloads: tuple[Running, ...], services: tuple[Service, ...]) -> Shipping:
    """Asks each workload in turn; code that nothing deploys is asked for exporters of its own."""
    stack = stack_of(facts)
    if not workloads:
        return _of_code(facts, stack, services)
    taken: dict[str, tuple[str, Place]] = {}
    for running in workloads:
        if found := _taken(facts, stack, running, services):
            taken[running.name] = found
    without = tuple(dict.fromkeys(r.name for r in workloads if r.name not in taken))
    agents = stack.running(Part.AGENT)
    ways = list(dict.fromkeys(way for way, _ in taken.values()))
    return Shipping(
        total=len({r.name for r in workloads}),
        without=without,
        how=f"the logs of all {len(taken)} services go to a central store through {', '.join(ways[:4])}",
        places=tuple(dict.fromkeys(place for _, place in taken.values())),
        unknown=f"whether {agents[0].name} takes logs along does not show" if agents else "",
        aside=_aside(facts, stack),
        searched=_searched(facts),
    )


def _of_code(facts: Facts, stack: Stack, services: tuple[Service, ...]) -> Shipping:
    taken = {s.name: found for s in services if (found := _exports(s))}
    without = tuple(service.name for service in services if service.name not in taken)
    return Shipping(
        total=len(services),
        without=without,
        how=f"each of {len(services)} services sends its logs to a central store itself",
        places=tuple(taken.values()),
        aside=_aside(facts, stack),
        searched=_searched(facts),
    )


def _taken(facts: Facts, stack: Stack, running: Running, services: tuple[Service, ...]) -> tuple[str, Place] | None:
    """The way that a workload's logs go, and where it is set; None where they stay."""
    if running.platform == "Kubernetes":
        return _from_cluster(facts, stack) or _from_code(running, services)
    if running.platform == "Lambda":
        return "CloudWatch Logs, where Lambda puts them", running.at
    if running.platform == "ECS" and isinstance(running.of, Resource):
        return _from_task(running.of)
    if running.platform == "managed" and isinstance(running.of, Resource):
        return _from_platform(facts, running.of)
    if running.platform == "instance" and isinstance(running.of, Resource):
        return _from_instance(running.of)
    if isinstance(running.of, composed.Service):
        return _from_compose(stack, running.of) or _from_code(running, services)
    return None


def _from_cluster(facts: Facts, stack: Stack) -> tuple[str, Place] | None:
    collectors = [c for c in stack.running(Part.LOG_COLLECTOR) if not c.name.startswith("the compose service")]
    for component in collectors:
        if component.chart or component.host_paths or not component.name.startswith(("Deployment", "StatefulSet")):
            return component.name, component.at
    for component in stack.running(Part.AGENT):
        texts = [facts.repository.text(path) for path in component.values]
        if any(
            re.search(r"containerCollectAll:[ ]*true|^[ ]*logs:[ ]*\n[ ]+enabled:[ ]*true", text, re.MULTILINE)
            for text in texts
        ):
            return component.name, component.at
    return _from_provider(facts)


def _from_provider(facts: Facts) -> tuple[str, Place] | None:
    """What the provider of every managed cluster does by itself; EKS ships nothing."""
    kinds = ("google_container_cluster", "google_container_autopilot_cluster", "azurerm_kubernetes_cluster")
    clusters = [c for c in cloud.resources(facts, Kind.CLUSTER, *kinds) if not c.type.startswith("aws_ecs")]
    found = [_provided(cluster) for cluster in clusters]
    return next(iter(found)) if found and all(found) else None


def _provided(cluster: Resource) -> tuple[str, Place] | None:
    if cluster.type.startswith("google_") and str(cluster.get("logging_service", "")) != "none":
        return "Cloud Logging, which GKE switches on by default", cluster.at
    if cluster.get("oms_agent") is not None or cluster.get("monitor_metrics") is not None:
        return "Azure Monitor", cluster.place("oms_agent")
    return None


def _from_task(task: Resource) -> tuple[str, Place] | None:
    definitions = task.get("container_definitions")
    if isinstance(definitions, Unknown):
        return ("awslogs", task.at) if "awslogs" in definitions.text or "awsfirelens" in definitions.text else None
    containers = containers_of_task(definitions)
    if not containers:
        return None
    for container in containers:
        options = container.get("logConfiguration") or container.get("log_configuration") or {}
        driver = options.get("logDriver") or options.get("log_driver") if hasattr(options, "get") else ""
        if str(driver) not in _DRIVERS:
            return None
    return "the log driver of its task", task.place("container_definitions")


def _from_platform(facts: Facts, resource: Resource) -> tuple[str, Place] | None:
    if resource.type.startswith("google_") or resource.type == "aws_apprunner_service":
        return "the platform's own log store", resource.at
    if resource.type.startswith("azurerm_"):
        homes = [c for c in cloud.resources(facts, "azurerm_container_app_environment") if resource.refers_to(c)]
        settings = [s for s in cloud.resources(facts, "azurerm_monitor_diagnostic_setting") if s.refers_to(resource)]
        kept = [home for home in homes if home.get("log_analytics_workspace_id") is not None] + settings
        if kept:
            return "Log Analytics", kept[0].at
        if re.search(r"APPLICATIONINSIGHTS|APPINSIGHTS", str(resource.get("app_settings", ""))):
            return "Application Insights", resource.place("app_settings")
    return None


def _from_instance(resource: Resource) -> tuple[str, Place] | None:
    text = str(resource.get("user_data", "")) + str(resource.get("user_data_base64", ""))
    return (
        ("an agent on the instance", resource.place("user_data")) if any(a in text for a in _AGENTS_ON_HOSTS) else None
    )


def _from_compose(stack: Stack, service: composed.Service) -> tuple[str, Place] | None:
    driver = service.spec.map("logging").text("driver")
    if driver in _DRIVERS or driver.startswith("loki"):
        return f"the {driver} logging driver", service.place("logging")
    for component in stack.running(Part.LOG_COLLECTOR, Part.AGENT):
        if component.name.startswith("the compose service") and _collects(stack, component):
            return component.name, component.at
    return None


def _collects(stack: Stack, component: Component) -> bool:
    """Whether a compose service sees the containers' logs and is told to send them on."""
    if not any(word in path for path in component.host_paths for word in _SEES):
        return False
    if Part.AGENT in component.parts:
        return True
    configs = [c for c in stack.facts.monitoring.collectors if "logs" in c.signals]
    return any(stack.gives(component, config.origin) for config in configs)


def _from_code(running: Running, services: tuple[Service, ...]) -> tuple[str, Place] | None:
    if isinstance(running.of, composed.Service):
        own = code_of(running.of, services)
    else:
        own = next((service for service in services if service.name == running.name), None)
    place = _exports(own) if own else None
    return ("a log exporter in its code", place) if place else None


def _exports(service: Service) -> Place | None:
    imports = service.imports(*_EXPORTERS)
    return imports[0].at if imports else None


def _aside(facts: Facts, stack: Stack) -> str:
    collectors = [c for c in facts.monitoring.collectors if "logs" in c.signals]
    if collectors and not any(stack.gives(component, c.origin) for component in stack.components for c in collectors):
        return f"{collectors[0].origin.path} configures {collectors[0].product}, but nothing that is deployed runs it"
    if off := stack.off(Part.LOG_COLLECTOR):
        return f"{off[0].name} would, but it starts only by an option"
    return ""


def _searched(facts: Facts) -> tuple[Searched, ...]:
    files = configuration_files(facts)
    terms = ("fluent-bit", "fluentd", "promtail", "filebeat", "awslogs", "cloudwatch-agent", "loki")
    return (facts.repository.search(terms, files, where="configuration and infrastructure code", most=5),)
