"""Where scrape targets lead: to something deployed that serves metrics at that port and path, or to nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gonogo.checks.instrumentation import instrumented, takes_remote_settings
from gonogo.checks.services import Service, services_of
from gonogo.checks.stack import Stack
from gonogo.checks.stack_components import Component
from gonogo.checks.stack_parts import Part, parts_of_image
from gonogo.facts import Facts
from gonogo.facts import compose as composed
from gonogo.facts.images import parse_image
from gonogo.facts.kubernetes import Object, is_unknown
from gonogo.facts.marked import Map, as_text
from gonogo.facts.monitoring import PrometheusConfig, Scrape
from gonogo.model.evidence import Place

_PORTS = {
    "node-exporter": "9100",
    "node_exporter": "9100",
    "cadvisor": "8080",
    "alertmanager": "9093",
    "prometheus": "9090",
    "pushgateway": "9091",
    "grafana": "3000",
    "blackbox-exporter": "9115",
    "postgres-exporter": "9187",
    "postgres_exporter": "9187",
    "redis_exporter": "9121",
    "mysqld-exporter": "9104",
    "loki": "3100",
    "tempo": "3200",
    "kafka-exporter": "9308",
    "nginx-prometheus-exporter": "9113",
    "mongodb_exporter": "9216",
}
"""Ports on which well-known images serve metrics."""
_SERVES_OWN = re.compile(
    r"(traefik|envoy|caddy|minio|nats|rabbitmq|etcd|jaeger|otel|collector|clickhouse|qdrant|keycloak|consul|vault|temporal|haproxy|kong|cockroach|weaviate|milvus|langfuse|litellm)"
)
_SILENT = re.compile(
    r"(^|/)(postgres|pgvector|postgis|timescaledb[\w-]*|mysql|mariadb|mongo|redis|valkey|memcached|nginx|kafka|cp-kafka|zookeeper)$"
)
"""Images that serve no metrics without an exporter."""

_MONITORS = ("ServiceMonitor", "VMServiceScrape", "PodMonitor", "PodMonitoring", "Probe", "VMPodScrape", "ScrapeConfig")


@dataclass(frozen=True)
class Target:
    """One scrape target. ``trouble`` says why it cannot be up, ``unknown`` what does not show."""

    job: str
    address: str
    at: Place
    trouble: str = ""
    unknown: str = ""


def resolve(facts: Facts, config: PrometheusConfig, by: Component) -> Iterator[Target]:
    """Each static target of a configuration that a component runs, and a word on each discovered one."""
    facts = _around(facts, by)
    services = services_of(facts)
    for scrape in config.scrapes:
        for address in scrape.targets:
            trouble, unknown = _judge(facts, services, scrape, address)
            yield Target(scrape.job, address, scrape.at, trouble, unknown)
        if not scrape.targets:
            how = " and ".join(scrape.discovery) or "nothing that a file shows"
            yield Target(scrape.job, "", scrape.at, unknown=f"its targets come from {how} discovery")


def _around(facts: Facts, by: Component) -> Facts:
    """The facts with the compose project of a component alone: it reaches no other one by name, unless a network that
    is made elsewhere joins them."""
    own = [project for project in facts.compose.deciding if by.at.path in project.files]
    joined = any(
        isinstance(network, Map) and "external" in network for p in own for network in p.spec.map("networks").values()
    )
    if not own or joined or len(own) == len(facts.compose.deciding):
        return facts
    return replace(facts, read={**facts.read, "compose": replace(facts.compose, projects=tuple(own))})


def _judge(facts: Facts, services: tuple[Service, ...], scrape: Scrape, address: str) -> tuple[str, str]:
    """Trouble and unknown of an address."""
    if "$" in address or "{" in address or scrape.path == "/probe":
        return "", "its address is put in from outside"
    host, _, port = address.removeprefix("http://").removeprefix("https://").partition("/")[0].partition(":")
    if host in ("localhost", "127.0.0.1"):
        own = port in ("9090", "9093", "3000", "")
        return ("", "") if own else (f"nothing but Prometheus itself listens on {host} in its container", "")
    service = _compose_service(facts, host)
    if service is None:
        short = host.partition(".")[0]
        if workload := next((w for w in facts.kubernetes.of("Service") if w.name == short), None):
            return _port_of_service(workload.spec, port, host)
        if "." in host or host.replace("-", "").replace(".", "").isdigit():
            return "", f"{host} is outside of this target"
        if not facts.compose.services:
            return "", f"what {host} is does not show"
        return f"no compose service that starts is called {host}", ""
    return _judge_service(facts, services, scrape, service, port)


def _compose_service(facts: Facts, host: str) -> composed.Service | None:
    for service in facts.compose.services:
        names = {service.name, service.spec.text("container_name"), service.spec.text("hostname")}
        for network in service.spec.map("networks").values():
            if isinstance(network, Map):
                names |= {as_text(alias) for alias in network.seq("aliases")}
        if host in names:
            return service
    return None


def _judge_service(
    facts: Facts, services: tuple[Service, ...], scrape: Scrape, service: composed.Service, port: str
) -> tuple[str, str]:
    image = service.image
    dockerfile = facts.docker.at(service.build.dockerfile) if service.build else None
    if service.build is not None and dockerfile is not None and parts_of_image(dockerfile.base):
        image = dockerfile.base
    if image:
        name = image.partition("@")[0].rpartition("/")[2].partition(":")[0].lower()
        for known, usual in _PORTS.items():
            if (
                name == known
                and port
                and port != usual
                and "--web.listen-address" not in str(service.spec.get("command"))
            ):
                return f"{image} serves its metrics on port {usual}, not {port}", ""
        path = image.partition(":")[0].lower()
        if name in _PORTS or Part.EXPORTER in parts_of_image(image) or _SERVES_OWN.search(path):
            return "", ""
        if _SILENT.search(path):
            return f"{service.name} is {image}, which serves no Prometheus metrics without an exporter", ""
    own = code_of(service, services)
    if own is None:
        return "", f"the code of {service.name} is not in this target"
    if takes_remote_settings(own):
        return "", f"the settings of {service.name} come from a configuration server"
    if instrumented(facts, own, "metrics") is None:
        return f"{service.name} serves no metrics at {scrape.path}", ""
    return _port_of_code(facts, own, service, port)


def code_of(service: composed.Service, services: tuple[Service, ...]) -> Service | None:
    """The code that a compose service is built from, or that has its name."""
    if service.build is not None:
        built = [own for own in services if any(d.path == service.build.dockerfile for d in own.dockerfiles)]
        named = [own for own in built if own.name == service.name]
        if built:
            return (named or built)[0]
        context = service.build.context.strip("./")
        built = [own for own in services if not context or own.at.path.startswith(context + "/")]
        return built[0] if len(built) == 1 else next((own for own in built if own.name == service.name), None)
    image = parse_image(service.image).name.rpartition("/")[2]
    return next((own for own in services if own.name in (service.name, image)), None)


def _port_of_code(facts: Facts, own: Service, service: composed.Service, port: str) -> tuple[str, str]:
    """Compares with the ports that its compose entry, its image or its code names."""
    ports = {item.target for item in service.ports} | {
        as_text(item).partition("/")[0] for item in service.spec.seq("expose")
    }
    for dockerfile in own.dockerfiles:
        for stage in dockerfile.line_of_final:
            ports |= {word.partition("/")[0] for item in stage.all("EXPOSE") for word in item.words}
    paths = {file.path for file in own.files}
    ports |= {str(listener.port) for listener in facts.code.listeners if listener.at.path in paths and listener.port}
    ports |= _metric_ports(own)
    if not port or port in ports:
        return "", ""
    known = sorted(item for item in ports if item.isdigit())
    if not known:
        return "", f"the port of {service.name} does not show"
    return f"{service.name} listens on {', '.join(known)}, not on {port}", ""


def _metric_ports(own: Service) -> set[str]:
    """Ports of servers that only serve metrics."""
    calls = own.calls("prometheus_client.start_http_server", "prometheus_client.start_wsgi_server")
    found = set()
    for call in calls:
        argument = call.argument("port") or call.positional(0)
        found.add(str(argument.value) if argument and argument.literal else "")
    return found - {""}


def _port_of_service(spec: Map, port: str, host: str) -> tuple[str, str]:
    ports = {item.text("port") for item in spec.maps("ports")}
    if port and ports and port not in ports:
        return f"the Service {host} has port {', '.join(sorted(ports))}, not {port}", ""
    return "", f"whether the pods behind {host} serve metrics does not show"


def unknown_of(facts: Facts, stack: Stack) -> Iterator[Target]:
    """What monitor resources select: a Service with those labels and that port must be there, and serve metrics."""
    operators: tuple[Component, ...] = stack.running(Part.OPERATOR)
    applied = facts.kubernetes.of(*_MONITORS)
    services = services_of(facts)
    for item in applied:
        if item.kind not in ("ServiceMonitor", "VMServiceScrape"):
            yield Target(item.name, "", item.at, unknown=f"what the {item.kind} finds does not show")
            continue
        trouble, unknown = _judge_monitor(facts, services, item)
        if not operators:
            unknown = "no operator that would act on it shows in these files"
        yield Target(item.name, "", item.at, trouble, unknown)
    if not applied:
        for monitor in facts.monitoring.monitors:
            yield Target(monitor.name, monitor.path, monitor.at, unknown="nothing that is deployed applies it")


def _judge_monitor(facts: Facts, services: tuple[Service, ...], monitor: Object) -> tuple[str, str]:
    """Trouble and unknown of a ServiceMonitor."""
    found = facts.kubernetes.of("Service")
    wanted = {key: as_text(value) for key, value in monitor.spec.map("selector").map("matchLabels").items()}
    if not found or not wanted or any(is_unknown(value) for value in wanted.values()):
        return "", "what it selects does not show"
    chosen = [s for s in found if all(as_text(s.labels.get(key)) == value for key, value in wanted.items())]
    if not chosen:
        return "no Service carries the labels " + ", ".join(f"{key}={value}" for key, value in wanted.items()), ""
    names = {port.text("name") for service in chosen for port in service.spec.maps("ports")}
    for endpoint in monitor.spec.maps("endpoints"):
        port = endpoint.text("port")
        if port and not is_unknown(port) and names - {""} and port not in names:
            return f"{chosen[0].name} has no port called {port}", ""
    for service in chosen:
        own = next((code for code in services if code.name in _names_behind(facts, service)), None)
        if own is None:
            return "", f"the code behind {service.name} is not in this target"
        if instrumented(facts, own, "metrics") is None:
            return f"{service.name} serves no metrics", ""
    return "", ""


def _names_behind(facts: Facts, service: Object) -> set[str]:
    """The names of a Service, of the workloads behind it and of their images."""
    names = {service.name}
    for workload in facts.kubernetes.selected(service.spec.map("selector"), service.unit):
        names |= {workload.name, *(c.name for c in workload.mains)}
        names |= {parse_image(c.image).name.rpartition("/")[2] for c in workload.mains}
    return names
