"""Whether what an AWS account has survives losing an instance or a zone, and whether its capacity follows load."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gonogo.checks.observed import judged
from gonogo.checks.observed.agreement import counts, share
from gonogo.checks.observed.aws_items import AWS, is_elsewhere, last_part, only_beside, tags_of
from gonogo.checks.observed.unseen import Unseen, left_open
from gonogo.checks.wording import counted
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem

TARGET = "applicationautoscaling.target"
Targets = Mapping[tuple[str, str], Seen]
"""What Application Auto Scaling scales, by region and its name for it: ``service/CLUSTER/SERVICE``."""


def redundancy(facts: Facts) -> Outcome:
    """Two tasks or instances at least of each service, databases and caches in two zones."""
    kinds = ("rds.instance", "rds.cluster", "ecs.service", "autoscaling.group", "elasticache.replication_group")
    items = [item for item in _lasting(facts, kinds) if not item.get("DBClusterIdentifier") or _is_cluster(item)]
    targets = _targets(facts.live.of(AWS, TARGET))
    problems = [problem for item in items if (problem := _single(item, targets))]
    total = counted(len(items), "service or database", "services and databases")
    outcome = judged(
        facts,
        AWS,
        kinds,
        problems,
        items,
        bad=f"{share(len(problems), total, 'do')} not survive losing one instance",
        good=f"{share(len(items), total, 'survive')} losing one instance",
        needs=(*kinds, "ecs.cluster", "ec2.instance", TARGET),
    )
    return only_beside(left_open(outcome, alone(facts), "instances"), _in_clusters(facts))


def alone(facts: Facts) -> list[Unseen]:
    """Instances that run in no group: two of a kind may be there, or one that everything hangs on."""
    return [
        Unseen(f"instance {item.name} is in no group that makes it anew", item.place)
        for item in _lasting(facts, ("ec2.instance",))
        if item.get("State", "Name") == "running" and not any(key.startswith(_GROUPED) for key in tags_of(item))
    ]


_GROUPED = ("aws:autoscaling:groupName", "kubernetes.io/cluster/", "eks:", "aws:eks:", "aws:ecs:", "karpenter.sh/")
"""Tags of instances that something makes: a group, or a cluster, whose pods are another question."""


def _in_clusters(facts: Facts) -> list[str]:
    """What runs in Kubernetes, of which an account shows no more than the cluster."""
    clusters = [f"the pods of {item.name}" for item in facts.live.of(AWS, "eks.cluster")]
    workloads = facts.kubernetes.workloads
    return [*clusters, *([counted(len(workloads), "workload") + " of Kubernetes"] if workloads else [])]


def _is_cluster(item: Seen) -> bool:
    """An instance of a cluster names it, and is judged with it."""
    return item.record.kind == "rds.cluster"


def _single(item: Seen, targets: Targets) -> Problem | None:
    kind = item.record.kind
    if kind == "rds.instance" and not item.get("MultiAZ") and not item.get("ReadReplicaSourceDBInstanceIdentifier"):
        return Problem(f"database {item.name} is in one zone", item.at("MultiAZ"))
    if kind == "rds.cluster" and len(item.get("DBClusterMembers", default=[])) < 2 and not item.get("MultiAZ"):
        return Problem(f"database cluster {item.name} has one instance", item.at("DBClusterMembers"))
    if kind == "ecs.service":
        target = targets.get((item.scope, _scaled_name(item)))
        least = target.get("MinCapacity", default=0) if target else item.get("desiredCount", default=0)
        if least < 2:
            told = "one task" if least else "no task"
            return Problem(f"service {item.name} runs {told} at least", item.at("desiredCount"))
    if kind == "autoscaling.group" and item.get("MinSize", default=0) < 2 and item.get("MaxSize", default=0) > 0:
        least = item.get("MinSize", default=0)
        return Problem(f"group {item.name} keeps {counted(least, 'instance')} at least", item.at("MinSize"))
    if kind == "elasticache.replication_group" and item.get("AutomaticFailover") not in ("enabled", "enabling"):
        return Problem(f"cache {item.name} has no automatic failover", item.at("AutomaticFailover"))
    return None


def autoscaling(facts: Facts) -> Outcome:
    """Each service, group and provisioned table scales; on-demand tables do by themselves."""
    kinds = ("ecs.service", "dynamodb.table", "autoscaling.group")
    items = _lasting(facts, kinds)
    targets = _targets(
        target
        for target in facts.live.of(AWS, TARGET)
        if target.get("MaxCapacity", default=0) > target.get("MinCapacity", default=0)
    )
    problems = [problem for item in items if (problem := _fixed(item, targets))]
    total = counted(len(items), "service, table or group", "services, tables and groups")
    outcome = judged(
        facts,
        AWS,
        kinds,
        problems,
        items,
        bad=f"the capacity of {len(problems)} of {total} does not follow load",
        good=f"the capacity of {len(items)} of {total} follows load",
        needs=(*kinds, "ecs.cluster", "ec2.instance", TARGET),
    )
    return only_beside(left_open(outcome, alone(facts), "instances"), _in_clusters(facts))


def _fixed(item: Seen, targets: Targets) -> Problem | None:
    if item.record.kind == "autoscaling.group":
        most = item.get("MaxSize", default=0)
        return (
            None
            if most > item.get("MinSize", default=0)
            else Problem(f"group {item.name} has a fixed size of {most}", item.at("MaxSize"))
        )
    if item.record.kind == "dynamodb.table":
        on_demand = item.get("BillingModeSummary", "BillingMode") == "PAY_PER_REQUEST"
        if on_demand or (item.scope, f"table/{item.name}") in targets:
            return None
        return Problem(f"table {item.name} has fixed capacity", item.at("ProvisionedThroughput"))
    if (item.scope, _scaled_name(item)) in targets:
        return None
    return Problem(f"service {item.name} has a fixed number of tasks", item.at("desiredCount"))


def _lasting(facts: Facts, kinds: tuple[str, ...]) -> list[Seen]:
    """What is of the audited environment and runs in a number of its own: no daemon, nothing that is switched off."""
    scaled = {(target.scope, target.name) for target in facts.live.of(AWS, TARGET)}
    return [
        item
        for item in facts.live.of(AWS, *kinds)
        if not is_elsewhere(facts, item)
        and item.get("schedulingStrategy") != "DAEMON"
        and item.get("status") not in ("INACTIVE", "DRAINING")
        and not (item.record.kind == "autoscaling.group" and item.get("MaxSize") == 0)
        and not (_is_off(item) and (item.scope, _scaled_name(item)) not in scaled)
    ]


def _is_off(item: Seen) -> bool:
    return item.record.kind == "ecs.service" and item.get("desiredCount", default=1) == 0


def _targets(records: Iterable[Seen]) -> Targets:
    return {(target.scope, target.name): target for target in records}


def _scaled_name(service: Seen) -> str:
    return f"service/{last_part(service.get('clusterArn', default=''))}/{service.name}"


def multi_az_network(facts: Facts) -> Outcome:
    """The subnets of networks that are used, their NAT gateways and the load balancers span two zones."""
    kinds = ("ec2.subnet", "ec2.nat_gateway", "elbv2.load_balancer")
    used = networks_in_use(facts)
    subnets = [item for item in facts.live.of(AWS, "ec2.subnet") if item.get("VpcId") in used]
    gateways = [
        item
        for item in facts.live.of(AWS, "ec2.nat_gateway")
        if item.get("State") == "available" and item.get("VpcId") in used
    ]
    balancers = [
        item for item in facts.live.of(AWS, "elbv2.load_balancer") if item.get("Type") in ("application", "network")
    ]
    problems = [
        Problem(f"load balancer {item.name} is in one zone", item.at("AvailabilityZones"))
        for item in balancers
        if len(item.get("AvailabilityZones", default=[])) < 2
    ]
    problems += _narrow(subnets, gateways)
    total, judged_of = counted(len(used), "network"), counts((len(used), "network"), (len(balancers), "load balancer"))
    return judged(
        facts,
        AWS,
        kinds,
        problems,
        [*subnets, *gateways, *balancers],
        bad=f"{share(len(problems), judged_of, 'hang')} on one zone",
        good=f"subnets, NAT gateways and load balancers of {total} span zones",
        needs=(*kinds, *_IN_NETWORKS),
    )


def _narrow(subnets: list[Seen], gateways: list[Seen]) -> list[Problem]:
    """Networks all of whose subnets, or of whose NAT gateways, are in one zone."""
    zone = {str(item.get("SubnetId", default=item.name)): str(item.get("AvailabilityZone")) for item in subnets}
    by_network: dict[str, tuple[list[Seen], list[Seen]]] = {}
    for item in subnets:
        by_network.setdefault(str(item.get("VpcId")), ([], []))[0].append(item)
    for item in gateways:
        by_network.setdefault(str(item.get("VpcId")), ([], []))[1].append(item)
    problems = []
    for network, (own, nats) in sorted(by_network.items()):
        if own and len({item.get("AvailabilityZone") for item in own}) < 2:
            problems.append(Problem(f"all subnets of {network} are in one zone", own[0].at("AvailabilityZone")))
        elif nats and len({zone.get(str(item.get("SubnetId"))) for item in nats}) < 2:
            problems.append(Problem(f"the NAT gateways of {network} are in one zone", nats[0].at("SubnetId")))
    return problems


_IN_NETWORKS = (
    *("ec2.vpc", "ec2.instance", "ec2.nat_gateway", "elbv2.load_balancer", "lambda.function", "eks.cluster"),
    "rds.instance",
)
_NETWORK_OF = (("VpcId",), ("VpcConfig", "VpcId"), ("resourcesVpcConfig", "vpcId"), ("DBSubnetGroup", "VpcId"))


def networks_in_use(facts: Facts) -> set[str]:
    """The VPCs that are no default ones, and those that something was seen in."""
    found = {str(item.get("VpcId")) for item in facts.live.of(AWS, "ec2.vpc") if item.get("IsDefault") is False}
    for item in facts.live.of(AWS, *_IN_NETWORKS[1:]):
        found |= {str(network) for path in _NETWORK_OF if (network := item.get(*path))}
    return found
