"""What an AWS account pays for in vain: what nothing uses, what is kept for ever, traffic that could be spared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from gonogo.checks.observed import judged
from gonogo.checks.observed.age import moment
from gonogo.checks.observed.agreement import share
from gonogo.checks.observed.aws_beside import other_clouds, shows_something
from gonogo.checks.observed.aws_items import AWS, figure, is_elsewhere, is_tooling, only_beside
from gonogo.checks.observed.unseen import Unseen, left_open
from gonogo.checks.wording import counted
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem

_VOLUME, _ADDRESS, _NAT, _BALANCER = "ec2.volume", "ec2.address", "ec2.nat_gateway", "elbv2.load_balancer"
_TARGETS, _INSTANCE, _DATABASE = "elbv2.target_group", "ec2.instance", "rds.instance"
_STOPPED_LONG = timedelta(days=7)
"""What stops outside working hours is not idle: only what stays stopped is."""
_STOPPED_AT = re.compile(r"\((\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (?:GMT|UTC)\)")


def idle_resources(facts: Facts) -> Outcome:
    """No volume, address, gateway, load balancer, instance or database is paid for and used by nothing."""
    kinds = (_VOLUME, _ADDRESS, _NAT, _BALANCER, _INSTANCE, _DATABASE)
    items = facts.live.of(AWS, *kinds)
    targets = _targets(facts)
    found = [(item, what) for item in items if (what := _idle(facts, item, targets))]
    problems = [Problem(what, item.place) for item, what in found if isinstance(what, str)]
    unseen = [what for _, what in found if isinstance(what, Unseen)]
    total = counted(len(items), "volume, address, gateway, load balancer, instance or database", _MANY)
    outcome = judged(
        facts,
        AWS,
        kinds,
        problems,
        items or (facts.live.of(AWS, "sts.identity") if shows_something(facts) else ()),
        bad=f"{share(len(problems), total, 'are')} paid for and used by nothing",
        good=f"{share(len(items), total, 'are')} in use" if items else "the account has nothing that could be idle",
        needs=(*kinds, _TARGETS, *_IDLE_NEEDS),
    )
    return only_beside(left_open(outcome, unseen, "what is idle"), other_clouds(facts))


_MANY = "volumes, addresses, gateways, load balancers, instances and databases"
_IDLE_NEEDS = (f"{_NAT}:Metrics", f"{_DATABASE}:Metrics", f"{_TARGETS}:Health", f"{_BALANCER}:Listeners")


Targets = Mapping[str, int | None]
"""How many targets each load balancer has, by ARN; None where that was not seen."""


def _targets(facts: Facts) -> Targets | None:
    """None where groups of targets could not be listed."""
    if facts.live.gaps(AWS, _TARGETS):
        return None
    found: dict[str, int | None] = {}
    for group in facts.live.of(AWS, _TARGETS):
        number = len(group.get("Health", default=[])) if "Health" in group.data else None
        for arn in group.get("LoadBalancerArns", default=[]):
            before = found.get(arn, 0)
            found[arn] = None if number is None or before is None else before + number
    return found


def _idle(facts: Facts, item: Seen, targets: Targets | None) -> str | Unseen | None:
    kind = item.record.kind
    if kind == _VOLUME:
        size = f"{item.get('Size')} GiB" if item.get("Size") else "its size is not known"
        return f"volume {item.name} ({size}) is attached to nothing" if item.get("State") == "available" else None
    if kind == _ADDRESS:
        used = any(item.get(key) for key in ("AssociationId", "InstanceId", "NetworkInterfaceId", "ServiceManaged"))
        return None if used else f"address {item.name} is associated with nothing"
    if kind == _NAT:
        return _idle_gateway(item)
    if kind == _BALANCER:
        return _idle_balancer(item, targets)
    return _idle_machine(facts, item) if kind == _INSTANCE else _idle_database(facts, item)


def _idle_gateway(item: Seen) -> str | Unseen | None:
    if item.get("State") != "available":
        return None
    sent = figure(item, "BytesOutToDestination")
    if sent is None:
        return Unseen(f"what NAT gateway {item.name} sends was not seen", item.place)
    return f"NAT gateway {item.name} sent nothing in the window" if sent == 0 else None


def _idle_balancer(item: Seen, targets: Targets | None) -> str | Unseen | None:
    number = targets.get(str(item.get("LoadBalancerArn")), 0) if targets is not None else None
    if number is None or "Listeners" not in item.data:
        return Unseen(f"the targets or listeners of load balancer {item.name} were not seen", item.place)
    if number or _answers_itself(item.get("Listeners", default=[])):
        return None
    return f"load balancer {item.name} has no targets"


def _answers_itself(listeners: list[Mapping[str, Any]]) -> bool:
    """Whether it redirects or answers without any target."""
    kinds = {action.get("Type") for listener in listeners for action in listener.get("DefaultActions") or ()}
    return bool(kinds) and kinds <= {"redirect", "fixed-response"}


def _idle_machine(facts: Facts, item: Seen) -> str | Unseen | None:
    if item.get("State", "Name") != "stopped":
        return None
    told = _STOPPED_AT.search(str(item.get("StateTransitionReason", default="")))
    taken = moment(facts.live.snapshot.taken)
    if told is None or taken is None:
        return Unseen(f"since when instance {item.name} is stopped was not seen", item.at("StateTransitionReason"))
    since = datetime.fromisoformat(f"{told.group(1)}T{told.group(2)}+00:00")
    if taken - since <= _STOPPED_LONG:
        return None
    return f"instance {item.name} is stopped since {told.group(1)}, and its volumes are paid for"


def _idle_database(facts: Facts, item: Seen) -> str | Unseen | None:
    status = item.get("DBInstanceStatus")
    if status == "stopped" and not is_elsewhere(facts, item):
        return f"database {item.name} is stopped, and its storage is paid for"
    if status != "available" or item.get("DBClusterIdentifier") or item.get("ReadReplicaSourceDBInstanceIdentifier"):
        return None  # a replica stands by
    most = figure(item, "DatabaseConnections", "Maximum")
    if most is None:
        return Unseen(f"whether database {item.name} has connections was not seen", item.place)
    return f"database {item.name} had no connection in the window" if most == 0 else None


_EVENTS = re.compile(
    r"(?<![a-z])(?:events?|sessions?|cache|tokens?|logs?|audit|history|idempoten\w*|rate-?limits?|connections?)(?![a-z])",
    re.IGNORECASE,
)
_ENDINGS = ("Expiration", "NoncurrentVersionExpiration", "Transitions", "NoncurrentVersionTransitions")
"""What of a rule ends things or makes them cheaper: one that only clears broken uploads does neither."""
_KEEPING = ("s3.bucket", "ecr.repository", "dynamodb.table", "logs.log_group")


def storage_lifecycle(facts: Facts) -> Outcome:
    """Buckets and image repositories have a rule that ends things, event tables a TTL, log groups a retention."""
    stores = [item for item in facts.live.of(AWS, *_KEEPING) if _ages(item) and not is_tooling(item)]
    found = [(item, _rule(item)) for item in stores]
    problems = [
        Problem(f"{_named(item)} keeps everything for ever", item.place) for item, rule in found if rule is False
    ]
    unseen = [Unseen(f"what ends things in {_named(i)} was not seen", i.place) for i, rule in found if rule is None]
    total = counted(
        len(stores), "bucket, repository, table or log group", "buckets, repositories, tables and log groups"
    )
    outcome = judged(
        facts,
        AWS,
        _KEEPING,
        problems,
        stores,
        bad=f"{share(len(problems), total, 'keep')} everything for ever",
        good=f"{share(len(stores), total, 'let')} things end",
        needs=(*_KEEPING, "s3.bucket:Lifecycle", "ecr.repository:LifecyclePolicy", "dynamodb.table:TimeToLive"),
    )
    return only_beside(left_open(outcome, unseen, "lifecycles"), other_clouds(facts))


def _ages(item: Seen) -> bool:
    """Whether it holds what can age: of tables, those that are named for events or have a TTL."""
    if item.record.kind == "dynamodb.table":
        return bool(_EVENTS.search(item.name.replace("_", "-"))) or _rule(item) is True
    return str(item.get("logGroupClass")) != "DELIVERY"


def _rule(item: Seen) -> bool | None:
    kind = item.record.kind
    if kind == "logs.log_group":
        return bool(item.get("retentionInDays"))
    key = {"s3.bucket": "Lifecycle", "ecr.repository": "LifecyclePolicy", "dynamodb.table": "TimeToLive"}[kind]
    if key not in item.data:
        return None
    if kind == "s3.bucket":
        rules = item.get(key, "Rules", default=[])
        return any(rule.get("Status") == "Enabled" and any(rule.get(name) for name in _ENDINGS) for rule in rules)
    if kind == "dynamodb.table":
        return str(item.get(key, "TimeToLiveStatus")) in ("ENABLED", "ENABLING")
    return bool(item.get(key))


def _named(item: Seen) -> str:
    word = {"s3.bucket": "bucket", "ecr.repository": "repository", "dynamodb.table": "table"}
    return f"{word.get(item.record.kind, 'log group')} {item.name}"


_SPARING = ("Gateway", "Interface")


def network_cost(facts: Facts) -> Outcome:
    """Each network with NAT gateways has endpoints that spare their traffic, or one gateway only."""
    kinds = (_NAT, "ec2.vpc_endpoint")
    nats: dict[tuple[str, str], list[Seen]] = {}
    for item in facts.live.of(AWS, _NAT):
        if item.get("State") == "available" and item.get("ConnectivityType", default="public") == "public":
            nats.setdefault((item.scope, str(item.get("VpcId"))), []).append(item)
    spared = {
        (item.scope, str(item.get("VpcId")))
        for item in facts.live.of(AWS, "ec2.vpc_endpoint")
        if item.get("VpcEndpointType") in _SPARING and str(item.get("State", default="")).lower() == "available"
    }
    problems = [
        Problem(f"network {key[1]} has {len(own)} NAT gateways and no endpoint", own[0].at("VpcId"))
        for key, own in sorted(nats.items())
        if len(own) > 1 and key not in spared
    ]
    if facts.live.gaps(AWS, "ec2.vpc_endpoint"):
        problems = []
    total = counted(len(nats), "network with NAT gateways", "networks with NAT gateways")
    shown = [own[0] for own in nats.values()] or (facts.live.of(AWS, "ec2.vpc") if shows_something(facts) else ())
    good = (
        f"{share(len(nats), total, 'have')} endpoints, or one gateway only" if nats else "no network has a NAT gateway"
    )
    outcome = judged(
        facts,
        AWS,
        kinds,
        problems,
        shown,
        bad=f"{share(len(problems), total, 'send')} all traffic through NAT",
        good=good,
        needs=(*kinds, "ec2.vpc"),
    )
    return only_beside(outcome, other_clouds(facts))
