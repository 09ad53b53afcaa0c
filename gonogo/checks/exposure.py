"""Network exposure: admin and data ports, databases, cluster endpoints and tools that the whole internet can reach."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gonogo.checks import cloud
from gonogo.checks.access import asks
from gonogo.checks.data_stores import engine_of
from gonogo.checks.firewalls import WORLD, incoming
from gonogo.checks.known_images import is_store
from gonogo.checks.routes import is_health, is_public_by_design, served
from gonogo.checks.wording import listed
from gonogo.facts import Facts
from gonogo.facts.compose import Port, Service
from gonogo.facts.images import parse_image
from gonogo.facts.kinds import Kind
from gonogo.facts.resources import as_tuple, lookup, walk
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

_ADMIN_TOOLS = re.compile(
    r"(?:^|/)(?:prom/prometheus|prometheus|alertmanager|jaegertracing/[\w-]+|all-in-one|openzipkin/zipkin|zipkin|redis-commander"
    r"|redisinsight|kafka-ui|kafdrop|akhq|flower|mailhog|mailpit|mailcatcher|dozzle|cadvisor|pushgateway|node-exporter|ollama"
    r"|mongo-express|phpmyadmin|adminer|pgadmin4?|docker-socket-proxy|portainer(?:-ce)?|consul|selenium[\w-]*|localstack|kibana"
    r"|opensearch-dashboards|netdata|glances|loki|tempo|webhook_receiver|jupyter[\w-]*|spark|flink)$"
)
_ASKS_LOGIN = re.compile(r"adminer|pgadmin|phpmyadmin|portainer|mongo-express")
"""Tools with a login of their own."""
_ALL_INTERFACES = frozenset({"", "::", "0.0.0.0"})  # noqa: S104
_STORES = (
    *(Kind.DATABASE, Kind.CACHE, Kind.SEARCH, Kind.STREAM, "aws_rds_cluster_instance", "aws_mq_broker"),
    "aws_dms_replication_instance",
)


_OPAQUE = r"eks|gke|aks|cluster|vpc|network|security[_-]?groups?|firewall|rds|database|db|ec2|instance|bastion|vm"


def network_exposure(facts: Facts) -> Outcome:
    """Nothing of administration or data is open to the world, and no cluster's API without limits."""
    problems = [*_firewalls(facts), *_databases(facts), *_clusters(facts), *_composed(facts), *_in_cluster(facts)]
    problems += [*_open_service(facts), *_collections(facts)]
    searched = Searched(
        ("0.0.0.0/0", "publicly_accessible", "published ports of data stores", "public cluster endpoints"),
        "infrastructure code, manifests and compose files",
        len(facts.repository.match("*")),
    )
    if problems:
        unique = list({(p.what, p.place): p for p in problems}.values())
        return failed(f"exposed: {listed(p.what for p in unique)}", *unique)
    resources = [r for r in cloud.resources(facts) if r.provider]
    places = [*(r.at for r in cloud.resources(facts, Kind.FIREWALL, Kind.DATABASE, Kind.CLUSTER))]
    services = [port.at for service in facts.compose.services for port in service.ports]
    objects = [o.at for o in facts.kubernetes.of("Service", "Ingress")]
    if opaque := cloud.opaque_places(facts, _OPAQUE):
        return unverified("modules that are not read make networks, clusters or databases", *opaque)
    if unknown := list(_unknown(facts)):
        return unverified("code does not show to whom these are open", *unknown)
    if resources or facts.compose.services or objects or facts.kubernetes.workloads:
        where = places or services or objects or [r.at for r in resources]
        where = where or [s.at for s in facts.compose.services] or [w.at for w in facts.kubernetes.workloads]
        return passed(
            "no admin or data port, database, cluster endpoint or tool is open to the world",
            *where,
            searched=(searched,),
        )
    listeners = [item.at for item in facts.code.listeners] or [route.at for route in facts.code.routes]
    if listeners:
        return unverified("no file shows how what listens here is published", *listeners[:5], searched=(searched,))
    return not_applicable("nothing listens on a network and no infrastructure is defined", searched=(searched,))


def _firewalls(facts: Facts) -> Iterator[Problem]:
    for resource in cloud.deciding(facts, Kind.FIREWALL):
        for rule in incoming(resource):
            if rule.from_world and (what := rule.sensitive()):
                yield Problem(f"{resource.address} opens {what} to the world", resource.place(rule.path))


def _unknown(facts: Facts) -> Iterator[Place]:
    """Rules for admin or data ports whose sources code does not show."""
    for resource in cloud.resources(facts, Kind.FIREWALL):
        for rule in incoming(resource):
            if rule.sources_unknown and rule.sensitive():
                yield resource.place(rule.path)


def _databases(facts: Facts) -> Iterator[Problem]:
    kinds = (Kind.DATABASE, Kind.CACHE, Kind.SEARCH, Kind.STREAM)
    for store in cloud.deciding(
        facts, *kinds, "aws_rds_cluster_instance", "aws_mq_broker", "aws_dms_replication_instance"
    ):
        if store.truth("publicly_accessible") is True:
            yield Problem(f"{store.address} is publicly accessible", store.place("publicly_accessible"))
        if store.type == "google_sql_database_instance":
            for index, network in enumerate(as_tuple(store.get("settings.ip_configuration.authorized_networks"))):
                if isinstance(network, Mapping) and str(network.get("value")) in WORLD:
                    place = store.place(f"settings.0.ip_configuration.0.authorized_networks.{index}")
                    yield Problem(f"{store.address} accepts connections from 0.0.0.0/0", place)


def _collections(facts: Facts) -> Iterator[Problem]:
    """Network policies that open collections of OpenSearch Serverless, or their dashboards, to everybody."""
    for policy in cloud.deciding(facts, "aws_opensearchserverless_security_policy"):
        for part in walk(policy.get("policy")):
            text = part.replace(" ", "") if isinstance(part, str) else ""
            flags = (
                [part.get(key) for key in ("AllowFromPublic", "allow_from_public")] if isinstance(part, Mapping) else []
            )
            if '"AllowFromPublic":true' in text or True in flags:
                yield Problem(f"{policy.address} opens search collections to the world", policy.place("policy"))
                break


def _clusters(facts: Facts) -> Iterator[Problem]:
    for cluster in cloud.deciding(facts, "aws_eks_cluster"):
        public = cluster.truth("vpc_config.endpoint_public_access", default=True)
        cidrs = as_tuple(cluster.get("vpc_config.public_access_cidrs", ("0.0.0.0/0",)))
        if public and any(str(cidr) in WORLD for cidr in cidrs):
            place = cluster.place("vpc_config.0.endpoint_public_access")
            place = place if place != cluster.at else cluster.place("vpc_config.endpoint_public_access")
            yield Problem(f"{cluster.address} has a public endpoint without CIDR limits", place)
    for cluster in cloud.deciding(facts, "google_container_cluster"):
        private = cluster.truth("private_cluster_config.enable_private_endpoint")
        limited = as_tuple(cluster.get("master_authorized_networks_config")) or cluster.get(
            "master_authorized_networks"
        )
        wide = any(str(lookup(b, "cidr_blocks.cidr_block", "")) in WORLD for b in as_tuple(limited))
        if private is False and (not limited or wide):
            yield Problem(f"{cluster.address} has a public control plane without authorized networks", cluster.at)
    for cluster in cloud.deciding(facts, "azurerm_kubernetes_cluster"):
        ranges = cluster.get(
            "api_server_access_profile.authorized_ip_ranges", cluster.get("api_server_authorized_ip_ranges")
        )
        if cluster.truth("private_cluster_enabled") is False and not ranges:
            yield Problem(f"{cluster.address} has a public API server without authorized ranges", cluster.at)


def _composed(facts: Facts) -> Iterator[Problem]:
    for service in facts.compose.services:
        for port in _world_ports(service):
            name = parse_image(service.image).name
            if is_store(service.image) or engine_of(service.image):
                yield Problem(f"data store {service.name} is published on all interfaces ({port.published})", port.at)
            elif _ADMIN_TOOLS.search(name) and not _ASKS_LOGIN.search(name):
                yield Problem(f"{service.name} ({name}) asks for no login and is published on all interfaces", port.at)


def _world_ports(service: Service) -> Iterator[Port]:
    """Ports that every interface of the host gets; for one that is written ``- 5432`` the engine picks a port."""
    for port in service.ports:
        if port.published and port.host_ip in _ALL_INTERFACES:
            yield port


def _in_cluster(facts: Facts) -> Iterator[Problem]:
    for service in facts.kubernetes.of("Service"):
        kind = service.spec.text("type")
        if kind not in ("LoadBalancer", "NodePort") or _is_internal(dict(service.annotations)):
            continue
        for workload in facts.kubernetes.selected(service.spec.map("selector"), service.unit):
            if any(is_store(c.image) or engine_of(c.image) for c in workload.mains):
                yield Problem(f"{service.symbol} publishes the data store {workload.name} by a {kind}", service.at)
                break


def _is_internal(annotations: Mapping[str, object]) -> bool:
    return any("internal" in f"{key}{value}".lower() for key, value in annotations.items())


def _open_service(facts: Facts) -> Iterator[Problem]:
    """A service none of whose routes asks who calls, though some change things, published to every interface."""
    routes = [r for r in served(facts) if not is_health(r) and not is_public_by_design(r)]
    changing = [r for r in routes if r.mutates and r.framework not in ("grpc", "graphql")]
    if not changing or any(asks(facts, r) for r in routes):
        return
    for service in facts.compose.services:
        ports = list(_world_ports(service))
        if service.build is not None and ports and _builds(service, changing[0].at.path):
            yield Problem(f"{service.name} asks nobody for credentials and is published on all interfaces", ports[0].at)
            return


def _builds(service: Service, path: str) -> bool:
    context = service.build.context.strip("./") if service.build is not None else ""
    return not context or path.startswith(context + "/")
