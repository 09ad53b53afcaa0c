"""Cloud networks: whether they span zones, and what they cost."""

from __future__ import annotations

import re

from gonogo.checks.cloud import deciding, opaque_modules, resources, unseen
from gonogo.checks.variation import differences
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.resources import Resource, Unknown, Value, as_tuple
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place

_REGIONAL = ("Google Cloud", "Azure")
"""Providers whose subnets span the zones of a region, by their documentation."""
_COUNTED = re.compile(r"\b(?:count\.index|each\.(?:key|value))\b")


def multi_az_network(facts: Facts) -> Outcome:
    """Subnets, NAT gateways and load balancers in two zones or more."""
    parts = deciding(facts, Kind.NETWORK, Kind.SUBNET, Kind.NAT, "aws_lb", "aws_elb", "aws_alb")
    if not parts:
        return _unseen(facts) or not_applicable("no cloud network is defined")
    subnets = [r for r in parts if r.kind is Kind.SUBNET]
    nats = [r for r in parts if r.kind is Kind.NAT and r.provider == "AWS"]
    balancers = [r for r in parts if r.kind is Kind.LOAD_BALANCER]
    problems = [Problem(f"{b.address} is in one subnet", b.place("subnets")) for b in balancers if _one_subnet(b)]
    unknown: list[Place] = []
    for root in dict.fromkeys(r.root for r in parts):
        mine = [r for r in subnets if r.root == root and r.provider not in _REGIONAL]
        if not mine:
            continue
        span = _span(mine)
        if span is None:
            unknown.append(mine[0].at)
        elif span < 2:
            problems.append(Problem(f"{mine[0].address} and every other subnet are in one zone", mine[0].at))
        elif problem := _single_nat([nat for nat in nats if nat.root == root]):
            problems.append(problem)
    if problems:
        return failed(f"the network has single points of failure: {problems[0].what}", *problems)
    if unknown:
        return unverified("the zones of the subnets are not in the code", *unknown)
    if not subnets and not nats:
        if balancers and not any(b.get("subnets", b.get("subnet_mapping")) is None for b in balancers):
            return unverified("load balancers use subnets that are made elsewhere", *(b.at for b in balancers))
        return unverified("a network is defined, its subnets are not", *(r.at for r in parts[:3]))
    what = "subnets span zones" if not nats else "subnets and NAT gateways span zones"
    return passed(what, *(r.at for r in (*subnets, *nats, *balancers)))


def _one_subnet(balancer: Resource) -> bool:
    if balancer.provider != "AWS":
        return False
    subnets = balancer.get("subnets", balancer.get("availability_zones"))
    return isinstance(subnets, tuple) and len(subnets) == 1 and not isinstance(subnets[0], Unknown)


def _span(subnets: list[Resource]) -> int | None:
    """The number of zones that subnets are in, as far as it can be told; None where it can't."""
    zones: set[str] = set()
    hidden = False
    for subnet in subnets:
        listed = subnet.get("availability_zone", subnet.get("availability_zone_id", subnet.get("azs")))
        if subnet.origin == "cdk" and listed is None:
            listed = ("one of CDK's zones", "another")  # ec2.Vpc spans two zones or three unless maxAzs says one.
        found = [zone for value in as_tuple(listed) for zone in _zones(value, subnet)]
        hidden = hidden or not found
        zones.update(found)
    return len(zones) if len(zones) > 1 or not hidden else None


def _zones(value: Value, subnet: Resource) -> list[str]:
    """The zones that a value means: names of its own where only their number is known."""
    if not isinstance(value, Unknown):
        return [str(value)] if value else []
    if cut := re.search(r"slice\(.*,\s*(\d+),\s*(\d+)\s*\)", value.text):
        return [f"{value.text} {number}" for number in range(int(cut[1]), int(cut[2]))]
    several = _COUNTED.search(f"{value.text} {subnet.guard}") or value.text.endswith(".names")
    return [value.text, value.text + " and more"] if several else [value.text] if "[" in value.text else []


def _single_nat(nats: list[Resource]) -> Problem | None:
    if len(nats) != 1 or nats[0].guard or _many(nats[0]):
        return None
    if nats[0].origin == "module":
        single = nats[0].truth("single_nat_gateway")
        return Problem(f"{nats[0].address} is the only NAT gateway for all zones", nats[0].at) if single else None
    if nats[0].get("count") not in (None, 1):
        return None
    return Problem(f"{nats[0].address} is the only NAT gateway for all zones", nats[0].at)


def _many(resource: Resource) -> bool:
    """Says whether one block makes several: it counts, or picks a subnet by an index."""
    return any(_COUNTED.search(value.text) for value in resource.attributes.values() if isinstance(value, Unknown))


def network_cost(facts: Facts) -> Outcome:
    """In each network: endpoints that spare NAT traffic, or one NAT gateway where that is enough."""
    networks = deciding(facts, Kind.NETWORK, Kind.SUBNET, Kind.NAT)
    if not networks:
        return _unseen(facts) or not_applicable("no cloud network is defined")
    nats = [nat for nat in deciding(facts, Kind.NAT) if nat.provider == "AWS"]
    endpoints = resources(facts, "aws_vpc_endpoint")
    if not nats:
        if endpoints:
            return passed("private endpoints and no NAT gateway", *(endpoint.at for endpoint in endpoints))
        return unverified("no NAT gateway is defined; what egress costs shows only in the bill", networks[0].at)
    chosen = [d.at for d in differences(facts) if re.search(r"\bnat_|_nat(_|\b)|single_nat", d.what)]
    places: list[Place] = []
    problems: list[Problem] = []
    for root in dict.fromkeys(nat.root for nat in nats):
        mine = [nat for nat in nats if nat.root == root]
        near = [place for place in chosen if place.path.startswith(root)]
        kept = [e.at for e in endpoints if e.root == root] or near or _single(mine)
        places += kept
        if not kept:
            what = "a NAT gateway in every zone, in every environment, and no private endpoint"
            problems.append(Problem(f"{mine[0].address}: {what}", mine[0].at))
    if problems:
        return failed(f"{len(problems)} networks send all traffic through NAT: {problems[0].what}", *problems)
    return passed(
        "private endpoints, or a number of NAT gateways that suits the environment, keep NAT in hand", *places
    )


def _single(nats: list[Resource]) -> list[Place]:
    """The NAT gateway, where it is the only one or the environment decides."""
    if len(nats) > 1:
        return []
    nat = nats[0]
    if nat.origin == "module":
        return [nat.place("single_nat_gateway")] if _chooses_single_nat(nat.get("single_nat_gateway")) else []
    return [] if nat.guard or _many(nat) else [nat.at]


def _chooses_single_nat(value: Value) -> bool:
    return value is True or (isinstance(value, Unknown) and bool(re.search(r"env|stage|prod", value.text)))


def _unseen(facts: Facts) -> Outcome | None:
    """The answer where modules that can't be looked into may make a network."""
    modules = [m.at for m in opaque_modules(facts) if re.search(r"vpc|network|subnet", m.source + m.name)]
    hidden = (*modules, *(place for place in unseen(facts) if place.path.endswith((".bicep", ".json", "ulumi.yaml"))))
    if not hidden:
        return None
    return unverified("networks may be made where this can't be read", *hidden)
