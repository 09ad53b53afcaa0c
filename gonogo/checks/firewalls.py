"""Incoming rules of firewalls in one form, whoever provides them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from gonogo.facts.resources import Resource, Unknown, Value, as_tuple

WORLD = frozenset({"0.0.0.0/0", "::/0", "*", "Internet", "any", "Any", "0.0.0.0/0,::/0"})
ADMIN_AND_DATA = {
    22: "SSH",
    23: "telnet",
    3389: "RDP",
    5900: "VNC",
    5985: "WinRM",
    2375: "Docker",
    2376: "Docker",
    10250: "kubelet",
    445: "SMB",
    2049: "NFS",
    5432: "PostgreSQL",
    3306: "MySQL",
    1433: "SQL Server",
    1521: "Oracle",
    27017: "MongoDB",
    6379: "Redis",
    11211: "memcached",
    9200: "Elasticsearch",
    9300: "Elasticsearch",
    5601: "Kibana",
    5984: "CouchDB",
    9042: "Cassandra",
    8086: "InfluxDB",
    2379: "etcd",
    5672: "RabbitMQ",
    15672: "RabbitMQ management",
    9092: "Kafka",
    2181: "ZooKeeper",
    8500: "Consul",
    8123: "ClickHouse",
    7474: "Neo4j",
    7687: "Neo4j",
    26257: "CockroachDB",
    5439: "Redshift",
}
_MANY = 10_000


@dataclass(frozen=True)
class Rule:
    """What a rule lets in. ``path`` is the attribute that it stands at."""

    path: str
    protocol: str
    first: Value
    last: Value
    sources: tuple[Value, ...]

    @property
    def from_world(self) -> bool:
        """Whether everyone is let in."""
        return any(str(source) in WORLD for source in self.sources)

    @property
    def sources_unknown(self) -> bool:
        """Whether who is let in is a variable that nothing gives."""
        asked = [s for s in self.sources if isinstance(s, Unknown)]
        return bool(asked) and all(s.text.startswith("var.") or s.text.startswith("${var.") for s in asked)

    def sensitive(self) -> str:
        """The admin and data ports that it opens, by name; every port where it names none."""
        if self.protocol.lower() in ("-1", "all", "*", "any"):
            return "every port"
        if self.protocol.lower() in ("icmp", "icmpv6", "58", "1", "udp", "esp", "ah"):
            return ""
        try:
            first, last = int(self.first), int(self.last)
        except (TypeError, ValueError):
            return ""
        if last - first > _MANY:
            return f"ports {first} to {last}"
        return ", ".join([f"{name} ({port})" for port, name in ADMIN_AND_DATA.items() if first <= port <= last][:3])


def incoming(resource: Resource) -> Iterator[Rule]:
    """The rules of a firewall, security group or rule that let something in."""
    for prefix, reader in _READERS:
        if resource.type.startswith(prefix):
            yield from reader(resource)
            return
    a = resource.attributes
    if a.get("start_ip_address") == "0.0.0.0" and a.get("end_ip_address") == "255.255.255.255":  # noqa: S104
        yield Rule("start_ip_address", "tcp", 5432, 5432, ("0.0.0.0/0",))


def _group(resource: Resource) -> Iterator[Rule]:
    for index, block in enumerate(resource.blocks("ingress")):
        yield _aws(f"ingress.{index}", block)


def _group_rule(resource: Resource) -> Iterator[Rule]:
    if resource.get("type") == "ingress":
        yield _aws("cidr_blocks", resource.attributes)


def _vpc_rule(resource: Resource) -> Iterator[Rule]:
    sources = (resource.get("cidr_ipv4"), resource.get("cidr_ipv6"))
    yield _aws("cidr_ipv4", {**resource.attributes, "cidr_blocks": tuple(s for s in sources if s is not None)})


def _aws(path: str, block: Mapping[str, Value]) -> Rule:
    sources = (*as_tuple(block.get("cidr_blocks")), *as_tuple(block.get("ipv6_cidr_blocks")))
    protocol = str(block.get("protocol", block.get("ip_protocol", "tcp")))
    first = block.get("from_port")
    return Rule(path, protocol, first, block.get("to_port", first), sources)


def _google(resource: Resource) -> Iterator[Rule]:
    if str(resource.get("direction", "INGRESS")) != "INGRESS" or resource.truth("disabled"):
        return
    sources = as_tuple(resource.get("source_ranges"))
    if not sources and not resource.get("source_tags") and not resource.get("source_service_accounts"):
        sources = ("0.0.0.0/0",)
    for index, allow in enumerate(resource.blocks("allow")):
        for ports in as_tuple(allow.get("ports")) or ("0-65535",):
            yield _ranged(f"allow.{index}", allow.get("protocol"), ports, sources)


def _azure(resource: Resource) -> Iterator[Rule]:
    own = (resource.attributes,) if resource.type.endswith("_rule") else resource.blocks("security_rule")
    for index, block in enumerate(own):
        if str(block.get("direction")) != "Inbound" or str(block.get("access")) != "Allow":
            continue
        sources = (*as_tuple(block.get("source_address_prefix")), *as_tuple(block.get("source_address_prefixes")))
        for ports in (*as_tuple(block.get("destination_port_range")), *as_tuple(block.get("destination_port_ranges"))):
            yield _ranged(f"security_rule.{index}", block.get("protocol"), ports, sources)


def _droplets(resource: Resource) -> Iterator[Rule]:
    for name in ("inbound_rule", "rule"):
        for index, block in enumerate(resource.blocks(name)):
            if block.get("direction", "in") == "in":
                sources = (*as_tuple(block.get("source_addresses")), *as_tuple(block.get("source_ips")))
                ports = block.get("port_range", block.get("port"))
                yield _ranged(f"{name}.{index}", block.get("protocol"), ports, sources)


def _ranged(path: str, protocol: Value, ports: Value, sources: tuple[Value, ...]) -> Rule:
    first, _, last = str(ports).partition("-")
    if first in ("*", "all", "any"):
        first, last = "0", "65535"
    return Rule(path, str(protocol), first, last or first, sources)


_READERS: tuple[tuple[str, Callable[[Resource], Iterator[Rule]]], ...] = (
    ("aws_security_group_rule", _group_rule),
    ("aws_security_group", _group),
    ("aws_default_security_group", _group),
    ("aws_vpc_security_group_ingress_rule", _vpc_rule),
    ("google_compute_firewall", _google),
    ("azurerm_network_security", _azure),
    ("digitalocean_firewall", _droplets),
    ("hcloud_firewall", _droplets),
)
