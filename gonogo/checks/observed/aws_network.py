"""Networks of an AWS account: what is open to the world, what runs in public subnets, whether instances ask tokens."""

from __future__ import annotations

from collections.abc import Iterator

from gonogo.checks.firewalls import Rule
from gonogo.checks.observed import judged
from gonogo.checks.observed.agreement import counts, share
from gonogo.checks.observed.aws_beside import composed, in_clusters, other_clouds, unread_services
from gonogo.checks.observed.aws_items import AWS, only_beside
from gonogo.checks.observed.unseen import Unseen, left_open
from gonogo.checks.wording import counted
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem

GROUP = "ec2.security_group"
_DATABASES = ("rds.instance", "rds.cluster")
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
_EVERYBODY = ("0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1", "2000::/3")
"""Ranges that are the internet, or half of it."""
_WORLD = "0.0.0.0/0"
_UNREAD = ("es", "aoss", "redshift", "kafka", "mq")
"""Services whose resources may be public and are not read."""


def network_exposure(facts: Facts) -> Outcome:
    """No admin or data port, no database and no cluster's API is open to the world."""
    kinds = (GROUP, *_DATABASES, "eks.cluster")
    items = facts.live.of(AWS, *kinds)
    problems = [problem for item in items for problem in _exposed(item)]
    unseen = [gone for item in items for gone in _unseen(item)]
    groups, databases = len(facts.live.of(AWS, GROUP)), len(facts.live.of(AWS, *_DATABASES))
    clusters = len(facts.live.of(AWS, "eks.cluster"))
    total = counts((groups, "security group"), (databases, "database"), (clusters, "cluster"))
    outcome = judged(
        facts,
        AWS,
        kinds,
        problems,
        items,
        bad=f"{counted(len(problems), 'opening')} to the world in {total}",
        good=f"none of {total} opens an admin or data port to the world",
    )
    outcome = left_open(outcome, unseen, "exposure")
    beside = [*composed(facts), *in_clusters(facts), *other_clouds(facts), *unread_services(facts, _UNREAD)]
    return only_beside(outcome, beside)


def _exposed(item: Seen) -> Iterator[Problem]:
    kind = item.record.kind
    if kind == GROUP:
        for number, rule in _rules(item):
            if rule.from_world and (what := rule.sensitive()):
                yield Problem(f"{_group(item)} opens {what} to the world", item.at("IpPermissions", number))
    elif kind in _DATABASES:
        if item.get("PubliclyAccessible") is True:
            yield Problem(f"database {item.name} is publicly accessible", item.at("PubliclyAccessible"))
    elif item.get("resourcesVpcConfig", "endpointPublicAccess") is True:
        ranges = item.get("resourcesVpcConfig", "publicAccessCidrs", default=[]) or [_WORLD]
        if any(text in _EVERYBODY for text in ranges):
            place = item.at("resourcesVpcConfig", "publicAccessCidrs")
            yield Problem(f"the API of cluster {item.name} is open to the world", place)


def _unseen(item: Seen) -> Iterator[Unseen]:
    kind = item.record.kind
    if kind == "eks.cluster" and item.get("resourcesVpcConfig", "endpointPublicAccess") is None:
        yield Unseen(f"whether the API of cluster {item.name} is public was not seen", item.place)
    if kind == "rds.instance" and item.get("PubliclyAccessible") is None:
        yield Unseen(f"whether database {item.name} is public was not seen", item.place)
    if kind == GROUP and "IpPermissions" not in item.data:
        yield Unseen(f"the rules of {_group(item)} were not seen", item.place)
    if kind == GROUP:
        for number, permission in enumerate(item.get("IpPermissions", default=[])):
            if permission.get("PrefixListIds") and (what := _rule(permission).sensitive()):
                said = f"{_group(item)} opens {what} to a prefix list that is not read"
                yield Unseen(said, item.at("IpPermissions", number))


def _rules(group: Seen) -> Iterator[tuple[int, Rule]]:
    """The incoming rules of a group, by their number."""
    for number, permission in enumerate(group.get("IpPermissions", default=[])):
        yield number, _rule(permission)


def _rule(permission: dict[str, object]) -> Rule:
    """One rule; a range that is all of the internet, or half, counts as the world."""
    protocol = str(permission.get("IpProtocol", "-1"))
    ranges = [*_ranges(permission, "IpRanges", "CidrIp"), *_ranges(permission, "Ipv6Ranges", "CidrIpv6")]
    sources = tuple(_WORLD if text in _EVERYBODY else text for text in ranges)
    first, last = permission.get("FromPort"), permission.get("ToPort")
    ports = [int(port) if isinstance(port, int | str) else None for port in (first, last)]
    return Rule("IpPermissions", _PROTOCOLS.get(protocol, protocol), ports[0], ports[1], sources)


def _ranges(permission: dict[str, object], key: str, name: str) -> Iterator[str]:
    found = permission.get(key)
    for item in found if isinstance(found, list) else ():
        yield str(item.get(name))


def _group(item: Seen) -> str:
    name = item.get("GroupName")
    return f"security group {name} ({item.name})" if name and name != item.name else f"security group {item.name}"


def network_policies(facts: Facts) -> Outcome:
    """What runs in networks does so in private subnets, and no security group lets everything in from anywhere."""
    public = {
        (item.scope, str(item.get("SubnetId", default=item.name)))
        for item in facts.live.of(AWS, "ec2.subnet")
        if item.get("MapPublicIpOnLaunch") is True
    }
    members = [
        item
        for item in facts.live.of(AWS, "ec2.instance", "rds.instance", "ecs.service")
        if item.get("State", "Name", default="running") == "running" and _is_in_network(item)
    ]
    problems = [problem for item in members if (problem := _in_public(item, public))]
    if members:
        problems += [
            Problem(f"{_group(item)} lets every port in from anywhere", item.at("IpPermissions", number))
            for item in facts.live.of(AWS, GROUP)
            for number, rule in _rules(item)
            if rule.from_world and rule.sensitive() == "every port"
        ]
    total = counted(len(members), "workload")
    outcome = judged(
        facts,
        AWS,
        ["ec2.instance", "rds.instance", "ecs.service"],
        problems,
        members,
        bad=f"{counted(len(problems), 'way')} past the networks of {total}",
        good=f"{total} in private subnets, and no security group lets every port in",
        needs=("ec2.instance", "rds.instance", "ecs.service", "ecs.cluster", "ec2.subnet", GROUP),
    )
    return only_beside(outcome, [*in_clusters(facts), *other_clouds(facts)])


def _is_in_network(item: Seen) -> bool:
    if item.record.kind == "ecs.service":
        return item.get("status", default="ACTIVE") == "ACTIVE" and bool(_task_network(item))
    return True


def _task_network(service: Seen) -> dict[str, object]:
    found = service.get("networkConfiguration", "awsvpcConfiguration", default={})
    return dict(found)


def _in_public(item: Seen, public: set[tuple[str, str]]) -> Problem | None:
    if item.record.kind == "ec2.instance":
        if item.get("PublicIpAddress"):
            return Problem(f"instance {item.name} has a public address", item.at("PublicIpAddress"))
        if (item.scope, str(item.get("SubnetId"))) in public:
            return Problem(f"instance {item.name} is in a public subnet", item.at("SubnetId"))
    elif item.record.kind == "rds.instance":
        if item.get("PubliclyAccessible") is True:
            return Problem(f"database {item.name} is publicly accessible", item.at("PubliclyAccessible"))
        subnets = item.get("DBSubnetGroup", "Subnets", default=[])
        if any((item.scope, str(subnet.get("SubnetIdentifier"))) in public for subnet in subnets):
            return Problem(f"database {item.name} is in a public subnet", item.at("DBSubnetGroup", "Subnets"))
    else:
        network = _task_network(item)
        place = item.at("networkConfiguration", "awsvpcConfiguration")
        if network.get("assignPublicIp") == "ENABLED":
            return Problem(f"the tasks of service {item.name} have public addresses", place)
        named = network.get("subnets")
        if any((item.scope, str(name)) in public for name in (named if isinstance(named, list) else ())):
            return Problem(f"service {item.name} is in a public subnet", place)
    return None


def instance_metadata(facts: Facts) -> Outcome:
    """Each instance asks for a token before its metadata service tells anything, or has none."""
    kinds = ("ec2.instance", "autoscaling.group")
    gone = ("terminated", "shutting-down")
    instances = [i for i in facts.live.of(AWS, "ec2.instance") if i.get("State", "Name", default="") not in gone]
    problems, unseen = [], []
    for item in instances:
        tokens, endpoint = (item.get("MetadataOptions", key) for key in ("HttpTokens", "HttpEndpoint"))
        if endpoint == "disabled" or tokens == "required":
            continue
        if tokens == "optional":
            problems.append(Problem(f"instance {item.name} allows IMDSv1", item.at("MetadataOptions", "HttpTokens")))
        else:
            unseen.append(Unseen(f"the metadata options of instance {item.name} were not seen", item.place))
    empty = [
        item
        for item in facts.live.of(AWS, "autoscaling.group")
        if item.get("MaxSize", default=0) and not item.get("Instances")
    ]
    unseen += [
        Unseen(f"group {item.name} has no instance now, and its template is not read", item.place) for item in empty
    ]
    total = counted(len(instances), "instance")
    outcome = judged(
        facts,
        AWS,
        kinds,
        problems,
        [*instances, *empty],
        bad=f"{share(len(problems), total, 'allow')} IMDSv1",
        good=f"{share(len(instances), total, 'demand')} IMDSv2",
    )
    return only_beside(left_open(outcome, unseen, "metadata services"), other_clouds(facts))
