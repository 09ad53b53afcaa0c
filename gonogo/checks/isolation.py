"""Isolation between workloads: network policies in a cluster, private subnets and scoped security groups in a VPC."""

from __future__ import annotations

from collections.abc import Iterator

from gonogo.checks import cloud, foreign
from gonogo.checks.firewalls import incoming
from gonogo.checks.wording import counted, listed
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.kubernetes import Object, Workload
from gonogo.facts.marked import Map, as_text, as_texts
from gonogo.facts.releases import Release
from gonogo.facts.resources import Resource, Unknown, as_tuple, truth
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Searched

_POLICIES = ("NetworkPolicy", "CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy", "GlobalNetworkPolicy")
_IN_VPC = (
    *(
        "aws_instance",
        "aws_db_instance",
        "aws_rds_cluster",
        "aws_ecs_service",
        "aws_eks_cluster",
        "aws_autoscaling_group",
    ),
    *("aws_elasticache_replication_group", "aws_elasticache_cluster", "aws_eks_node_group", "aws_docdb_cluster"),
    *("aws_msk_cluster", "aws_opensearch_domain", "google_compute_instance", "google_container_cluster"),
    *("google_sql_database_instance", "azurerm_linux_virtual_machine", "azurerm_kubernetes_cluster"),
    "aws_lambda_function",
)
_CLUSTERS = ("aws_eks_cluster", "google_container_cluster", "azurerm_kubernetes_cluster")
_SUBNET_GROUPS = ("aws_db_subnet_group", "aws_elasticache_subnet_group", "aws_docdb_subnet_group")


def network_policies(facts: Facts) -> Outcome:
    """A policy for every workload of a cluster; for workloads in a VPC private subnets and scoped groups."""
    workloads = tuple(w for w in facts.kubernetes.workloads if not w.pod.get("hostNetwork"))
    members = [r for r in cloud.deciding(facts, *_IN_VPC) if r.type != "aws_lambda_function" or r.get("vpc_config")]
    searched = Searched(
        (*_POLICIES, "private subnets", "security groups"),
        "manifests and infrastructure code",
        len(facts.repository.match("*")),
    )
    opaque = cloud.opaque_places(facts, r"eks|gke|aks|cluster|vpc|ecs|ec2|rds|instance|vm|database|db")
    if not workloads and not members and not opaque:
        return not_applicable("no Kubernetes or VPC workload is defined", searched=(searched,))
    bare = list(_without_policy(facts, workloads))
    charts = list(_open_releases(facts))
    problems = []
    if bare:
        names = listed(w.symbol for w in bare)
        problems = [Problem(f"{w.symbol} has no network policy", w.at) for w in bare]
        what = f"{len(bare)} of {counted(len(workloads), 'workload')} without a network policy: {names}"
    problems += [Problem(f"nothing restricts the traffic of chart {r.chart}", r.at) for r in charts]
    problems += list(_public(facts, members))
    if problems:
        reasons = [what] if bare else []
        if charts:
            names = listed(r.chart for r in charts)
            reasons.append(f"no network policy for {counted(len(charts), 'chart')} from elsewhere: {names}")
        reasons += [p.what for p in problems[len(bare) + len(charts) :]]
        return failed("; ".join(reasons[:4]), *problems, searched=(searched,))
    clusters = [r.at for r in members if r.type in _CLUSTERS]
    if clusters and not workloads:
        return unverified("the workloads of the cluster are defined elsewhere", *clusters, searched=(searched,))
    if opaque:
        return unverified("modules that are not read make networks or clusters", *opaque, searched=(searched,))
    doubts = [r for r in members if _subnet_state(facts, r) is None]
    if doubts:
        return unverified(
            f"code does not show in which subnets {listed(r.address for r in doubts)} run", *(r.at for r in doubts)
        )
    policies = [o.at for o in facts.kubernetes.of(*_POLICIES)]
    parts = [f"a network policy covers each of {counted(len(workloads), 'workload')}"] if workloads else []
    if members:
        parts.append(f"{counted(len(members), 'VPC workload')} in private subnets with scoped security groups")
    return passed(" and ".join(parts), *policies, *(r.at for r in members))


def _without_policy(facts: Facts, workloads: tuple[Workload, ...]) -> Iterator[Workload]:
    policies = facts.kubernetes.of(*_POLICIES)
    for workload in workloads:
        if not any(_covers(policy, workload) for policy in policies):
            yield workload


def _open_releases(facts: Facts) -> Iterator[Release]:
    """Charts from elsewhere that make no policy by default, and whose namespace has none either. Where the target
    has no workload of its own, what isolates theirs may be there as well, unseen."""
    if not facts.kubernetes.workloads:
        return
    spaces = {unit.path: unit.namespace for unit in facts.kubernetes.units}
    for release in foreign.releases(facts):
        inside = [
            policy
            for policy in facts.kubernetes.of(*_POLICIES)
            if "Cluster" in policy.kind
            or "Global" in policy.kind
            or not release.namespace
            or release.namespace in (policy.namespace, spaces.get(policy.unit))
        ]
        if foreign.is_open(release) and not inside:
            yield release


def _covers(policy: Object, workload: Workload) -> bool:
    spec = policy.spec
    if policy.kind in ("NetworkPolicy", "CiliumNetworkPolicy"):
        apart = policy.namespace
        if apart and workload.object.namespace and apart != workload.object.namespace:
            return False
        if not (apart and workload.object.namespace) and policy.unit != workload.unit:
            return False
    selector = spec.map("podSelector") if "podSelector" in spec else spec.map("endpointSelector")
    return _selects(selector, workload.labels)


def _selects(selector: Map, labels: Map) -> bool:
    for key, value in selector.map("matchLabels").items():
        if as_text(labels.get(key)) != as_text(value):
            return False
    for rule in selector.maps("matchExpressions"):
        value = as_text(labels.get(rule.text("key")))
        wanted = as_texts(rule.get("values"))
        operator = rule.text("operator")
        held = rule.text("key") in labels
        if operator == "In" and value not in wanted:
            return False
        if operator == "NotIn" and held and value in wanted:
            return False
        if (operator == "Exists" and not held) or (operator == "DoesNotExist" and held):
            return False
    return True


def _public(facts: Facts, members: list[Resource]) -> Iterator[Problem]:
    """Workloads in public subnets or with public addresses, and groups that let everything in."""
    for member in members:
        if _subnet_state(facts, member) is False:
            yield Problem(f"{member.address} runs in a public subnet", member.at)
    if members:
        for group in cloud.deciding(facts, Kind.FIREWALL):
            for rule in incoming(group):
                if rule.from_world and rule.sensitive() == "every port":
                    yield Problem(f"{group.address} lets every port in from anywhere", group.place(rule.path))


def _subnet_state(facts: Facts, member: Resource) -> bool | None:
    """True for private, False for public, None where code does not tell."""
    public = member.get("network_configuration.assign_public_ip", member.get("associate_public_ip_address"))
    if public is None and member.type == "google_compute_instance":
        return not any("access_config" in block for block in member.blocks("network_interface"))
    if truth(public) is True and not isinstance(public, Unknown):
        return False
    if member.truth("publicly_accessible") is True:
        return False
    values = _subnet_values(facts, member)
    texts = " ".join(str(value) for value in values).lower()
    subnets = [
        s
        for s in cloud.resources(facts, "aws_subnet")
        if s.root == member.root and any(s.base in getattr(value, "refers", ()) for value in values)
    ]
    if subnets:
        return not any(s.truth("map_public_ip_on_launch") for s in subnets)
    if "private" in texts or "database" in texts or "intra" in texts or "isolated" in texts:
        return True
    if "public" in texts:
        # A cluster's control plane and a balanced group may name both kinds.
        return member.type in ("aws_eks_cluster",) or None
    return True if public is False else None


def _subnet_values(facts: Facts, member: Resource) -> list[object]:
    """What a resource says of its subnets, through a subnet group if it names one."""
    paths = ("subnet_ids", "subnet_id", "vpc_config.subnet_ids", "network_configuration.subnets", "vpc_zone_identifier")
    values: list[object] = [v for path in paths for v in as_tuple(member.get(path))]
    for name in ("db_subnet_group_name", "subnet_group_name"):
        value = member.get(name)
        for group in cloud.resources(facts, *_SUBNET_GROUPS):
            if group.base in getattr(value, "refers", ()):
                values += as_tuple(group.get("subnet_ids"))
        values += [value] if value is not None else []
    return values
