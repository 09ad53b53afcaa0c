"""Whether capacity fits its use: sizes, purchase options, and whether it can shrink."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from gonogo.checks import scope
from gonogo.checks.cloud import resources, unseen
from gonogo.checks.variation import Difference, differences
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.kubernetes import Workload
from gonogo.facts.resources import Resource, Unknown, Value, as_tuple
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

MACHINES = (Kind.INSTANCE, Kind.INSTANCE_GROUP, Kind.LAUNCH_TEMPLATE, Kind.NODE_GROUP)
_SERVICES = (Kind.CONTAINER_SERVICE, Kind.TASK_DEFINITION)
_STORES = (Kind.DATABASE, Kind.CACHE, Kind.SEARCH)
_ELASTIC_TYPES = """
    google_cloud_run_service google_cloud_run_v2_service google_cloud_run_v2_job aws_apprunner_service
    azurerm_container_app google_app_engine_standard_app_version aws_eks_fargate_profile
"""
_ELASTIC = frozenset(_ELASTIC_TYPES.split())
"""Services that add and remove instances by themselves, by their documented default."""


def right_sizing(facts: Facts) -> Outcome:
    """Use shows only live; sizes that are explicit and differ by environment are what a repository can show."""
    kinds = (*MACHINES, *_SERVICES, *_STORES, Kind.CLUSTER)
    sized = [r for r in resources(facts, *kinds) if r.type not in ("aws_amplify_app", "aws_ecs_cluster")]
    workloads = [workload for workload in facts.kubernetes.workloads if workload.long_running]
    services = scope.compose_services(facts)
    if not sized and not workloads and not services:
        if hidden := unseen(facts):
            return unverified("infrastructure is defined in a form that can't be read here", *hidden)
        return not_applicable("no long-running capacity is defined")
    found = [d for d in differences(facts) if d.sizes] if sized or workloads else []
    places = tuple(difference.at for difference in found)
    if found:
        return passed(f"sizes are explicit and differ by environment: {_named(found)}", *places)
    where = [*(r.at for r in sized), *(w.at for w in workloads), *(s.at for s in services)]
    return unverified(
        f"{len(where)} sized things are defined with one size for every environment; whether it fits shows only in use",
        *where[:6],
    )


def _named(found: list[Difference]) -> str:
    return ", ".join(dict.fromkeys(difference.what for difference in found[:4]))


_ARM = re.compile(
    r"(?:^|\b(?:db|cache|ml|search)\.)(?:a1\.|[a-z]+\d+g[a-z]*\.)|^(?:t2a|c4a|n4a)-|^Standard_[A-Z]+\d+p|arm_?64|aarch64",
    re.IGNORECASE,
)
_MACHINE_SIZES = (
    "instance_type", "instance_types", "machine_type", "node_config.machine_type", "template.machine_type", "size",
    "sku", "vm_size", "default_node_pool.vm_size", "ami_type", "runtime_platform.cpu_architecture", "architectures",
    "cpu_architecture", "settings.tier", "sku_name", "default_instance_type",
)  # fmt: skip
_SPOT_FLAGS = ("scheduling.preemptible", "node_config.preemptible", "node_config.spot", "spot")
_SPOT_TEXTS = (
    "capacity_type", "instance_market_options.market_type", "scheduling.provisioning_model", "priority",
    "launch_specification.spot_price", "spot_price",
)  # fmt: skip


def purchase_options(facts: Facts) -> Outcome:
    """Spot or Graviton, on the machines and containers that are defined; on functions where these are all there is."""
    compute = _compute(facts) or _compute(facts, dormant=True)
    if not compute:
        if hidden := unseen(facts):
            return unverified("infrastructure is defined in a form that can't be read here", *hidden)
        return not_applicable("no compute capacity is defined")
    karpenter = [o for o in facts.kubernetes.of("NodePool", "Provisioner") if "spot" in str(o.spec)]
    cheap = [(r, option) for r in compute if (option := _option(r))]
    if cheap or karpenter:
        said = ", ".join(dict.fromkeys(f"{option} for {r.address}" for r, option in cheap[:3]))
        places = (*(r.place(_where(r)) for r, _ in cheap), *(o.at for o in karpenter))
        return passed(f"cheaper capacity is used: {said or 'spot nodes of ' + karpenter[0].symbol}", *places)
    if unknown := [r for r in compute if not _is_plain(r)]:
        return unverified("the machine types are not in the code", *(r.at for r in unknown))
    return failed(
        f"none of {len(compute)} compute resources uses spot capacity or Graviton, and no savings plan is defined",
        *(Problem(f"{r.address} is on-demand x86", r.place(_where(r))) for r in compute),
    )


def _compute(facts: Facts, *, dormant: bool = False) -> list[Resource]:
    found = resources(facts, *MACHINES, *_SERVICES, Kind.CLUSTER, dormant=dormant)
    machines = [r for r in found if r.type not in _ELASTIC and (r.kind is not Kind.CLUSTER or _has_nodes(r))]
    return machines or list(resources(facts, "aws_lambda_function", dormant=dormant))


def _has_nodes(cluster: Resource) -> bool:
    return bool(cluster.blocks("default_node_pool") or cluster.blocks("node_config") or cluster.blocks("node_pool"))


def _option(resource: Resource) -> str:
    """``spot`` or ``Graviton``, where the resource uses it; empty otherwise."""
    if resource.type in ("aws_spot_instance_request", "aws_spot_fleet_request"):
        return "spot"
    if any(resource.truth(flag) for flag in _SPOT_FLAGS) or "spot" in _texts(resource, _SPOT_TEXTS).lower():
        return "spot"
    strategies = (
        *resource.blocks("capacity_provider_strategy"),
        *resource.blocks("default_capacity_provider_strategy"),
    )
    if any("SPOT" in str(strategy.get("capacity_provider", "")) for strategy in strategies):
        return "spot"
    share = resource.get("mixed_instances_policy.instances_distribution.on_demand_percentage_above_base_capacity")
    if isinstance(share, int | float) and share < 100:
        return "spot"
    return "ARM" if any(_ARM.search(text) for text in _texts(resource, _MACHINE_SIZES).split()) else ""


def _where(resource: Resource) -> str:
    names = (*_SPOT_TEXTS, *_SPOT_FLAGS, *_MACHINE_SIZES)
    return next((name for name in names if resource.get(name) is not None), "")


def _is_plain(resource: Resource) -> bool:
    """Says whether its machine type is known, or defaults to x86 on demand."""
    values = [value for name in _MACHINE_SIZES for value in as_tuple(resource.get(name))]
    return not any(isinstance(value, Unknown) for value in values)


def _texts(resource: Resource, names: Iterable[str]) -> str:
    values = [value for name in names for value in as_tuple(resource.get(name))]
    return " ".join(value for value in values if isinstance(value, str))


def scale_in(facts: Facts) -> Outcome:
    """Everything that runs all the time has something that takes capacity away again."""
    pods, scaled = _fixed_pods(facts)
    problems = [*_fixed_nodes(facts), *_fixed_services(facts), *pods]
    searched = Searched(
        ("HorizontalPodAutoscaler", "ScaledObject", "autoscaling policy", "cluster autoscaler", "Karpenter"),
        "manifests, charts, root modules and templates",
        len(facts.kubernetes.units) + len(facts.terraform.roots) + len(facts.cloudformation.templates),
    )
    if problems:
        more = f", and {len(problems) - 1} more things can't shrink" if len(problems) > 1 else ""
        return failed(f"{problems[0].what}{more}", *problems, searched=(searched,))
    elastic = [r for r in resources(facts, Kind.CONTAINER_SERVICE, Kind.NODE_GROUP) if r.type in _ELASTIC]
    policies = [p for p in resources(facts, Kind.SCALING_POLICY) if p.type != "aws_appautoscaling_target"]
    if shrinking := (*scaled, *(r.at for r in elastic), *(r.at for r in policies)):
        return passed("whatever runs all the time is scaled in by a policy or by its service", *shrinking)
    if hidden := unseen(facts):
        return unverified("infrastructure is defined in a form that can't be read here", *hidden)
    if nodes := [n for n in resources(facts, Kind.NODE_GROUP, Kind.CLUSTER) if "ecs" not in n.type]:
        return unverified("whether something removes nodes is decided elsewhere", *(node.at for node in nodes[:3]))
    if kept_pods := [w.at for w in facts.kubernetes.workloads if w.long_running]:
        return unverified(
            "only data stores and node agents run; whether these can shrink is not in the manifests", *kept_pods
        )
    if kept := _compose_services(facts):
        said = f"{len(kept)} compose services run all the time in a fixed number"
        return failed(said, *kept, searched=(searched,))
    return not_applicable("no long-running capacity is defined")


def _compose_services(facts: Facts) -> list[Problem]:
    services = [service for service in scope.compose_services(facts) if not service.one_shot]
    return [Problem(f"{service.name} runs all the time in a fixed number", service.at) for service in services]


def _fixed_pods(facts: Facts) -> tuple[list[Problem], tuple[Place, ...]]:
    """Deployments that no autoscaler can shrink, and the autoscalers."""
    scalers = facts.kubernetes.of("HorizontalPodAutoscaler", "ScaledObject")
    targets = {(s.unit, s.spec.map("scaleTargetRef").text("name")) for s in scalers}
    disabled = [s for s in scalers if s.spec.map("behavior").map("scaleDown").text("selectPolicy") == "Disabled"]
    bare = [w for w in facts.kubernetes.workloads if _shrinks(w) and (w.unit, w.name) not in targets]
    problems = [Problem(f"{w.symbol} has a fixed number of replicas", w.at) for w in bare]
    problems += [Problem(f"{s.symbol} never scales down", s.at) for s in disabled]
    return problems, tuple(s.at for s in scalers)


_STORE = re.compile(
    r"(^|[/-])(postgres\w*|mysql|mariadb|mongo\w*|redis|valkey|memcached|rabbitmq|kafka|zookeeper|elasticsearch|opensearch|"
    r"clickhouse\S*|minio|influxdb|prometheus|grafana|loki|tempo|jaeger|alertmanager|cassandra|etcd|nats)(-|$)"
)


def _shrinks(workload: Workload) -> bool:
    """Says whether fewer replicas would be sensible: a Deployment, not a store."""
    stores = [container for container in workload.mains if _STORE.search(container.reference.name)]
    return workload.kind in ("Deployment", "Rollout", "DeploymentConfig") and workload.replicas != 0 and not stores


def _fixed_nodes(facts: Facts) -> list[Problem]:
    groups = [r for r in resources(facts, Kind.NODE_GROUP) if r.type not in _ELASTIC]
    if not groups or _node_scalers(facts):
        return []
    discovered = ("karpenter.sh/discovery", "cluster-autoscaler")
    groups = [r for r in groups if not any(word in str(r.get("tags", "")) for word in discovered)]
    managed = ("autoscaling", "auto_scaling_enabled", "enable_auto_scaling", "managed_scaling", "autoscale")
    fixed = [r for r in groups if not any(_is_on(r.get(name)) for name in managed) and "provider" not in r.type]
    return [Problem(f"{r.address} has no cluster autoscaler that removes its nodes", r.at) for r in fixed]


def _is_on(value: Value) -> bool:
    return bool(value) and not (isinstance(value, str) and value.lower() == "false")


def _node_scalers(facts: Facts) -> bool:
    names = re.compile(r"karpenter|cluster-?autoscaler", re.IGNORECASE)
    charts = [str(r.get("chart", "")) + r.name for r in resources(facts, Kind.HELM_RELEASE)]
    modules = [module.source for module in facts.terraform.modules()]
    pods = [workload.name for workload in facts.kubernetes.workloads]
    inputs = [key for m in facts.terraform.modules() for key, v in m.inputs.items() if _is_on(v)]
    automatic = any(r.truth("compute_config.enabled") for r in resources(facts, "aws_eks_cluster"))
    return automatic or any(names.search(text.replace("_", "-")) for text in [*charts, *modules, *pods, *inputs])


def _fixed_services(facts: Facts) -> list[Problem]:
    """Machines and container services without a policy that removes them."""
    policies = resources(facts, Kind.SCALING_POLICY)
    problems = [
        Problem(f"{policy.address} switches scaling in off", policy.place("disable_scale_in"))
        for policy in policies
        if policy.truth("target_tracking_scaling_policy_configuration.disable_scale_in")
    ]
    for resource in resources(facts, Kind.INSTANCE, Kind.INSTANCE_GROUP, "aws_ecs_service"):
        if resource.kind is Kind.INSTANCE:
            problems.append(Problem(f"{resource.address} is a single machine that always runs", resource.at))
        elif not _has_policy(resource, policies):
            problems.append(Problem(f"{resource.address} has no scaling policy", resource.at))
    return problems


def _has_policy(resource: Resource, policies: tuple[Resource, ...]) -> bool:
    if all(policy.type == "aws_appautoscaling_target" for policy in policies):
        return False  # A target alone sets bounds and scales nothing.
    if any(policy.refers_to(resource) for policy in policies):
        return True
    # A target is often named by text: service/<cluster>/<service>.
    name = resource.get("name")
    texts = [str(policy.get("resource_id", "")) for policy in policies]
    if isinstance(name, str) and any(text.endswith("/" + name) for text in texts):
        return True
    known = [p for p in policies if isinstance(p.get("resource_id", p.get("autoscaling_group_name")), Mapping | str)]
    return len(known) < len(policies) and bool(policies)
