"""How many instances of a service a cloud runs, and what changes that number. Needs: terraform, cloudformation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gonogo.checks import cloud
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.resources import Resource, Unknown, Value
from gonogo.model.evidence import Place

_AZURE = ("azurerm_postgresql_flexible_server", "azurerm_mysql_flexible_server")
_MANAGED = (
    "google_cloud_run_service",
    "google_cloud_run_v2_service",
    "aws_apprunner_service",
    "azurerm_container_app",
    "google_app_engine_standard_app_version",
    "aws_amplify_app",
)
"""Services that start and stop instances with the load, over several zones, unless told otherwise."""


@dataclass(frozen=True)
class CloudService:
    """A service that keeps running in a cloud. None where code does not tell."""

    name: str
    at: Place
    least: int | None
    scales: bool | None


def cloud_services(facts: Facts) -> tuple[CloudService, ...]:
    """What container services, instance groups and instances run."""
    found = [_container_service(facts, r) for r in cloud.deciding(facts, Kind.CONTAINER_SERVICE)]
    found += [_group(facts, r) for r in cloud.deciding(facts, Kind.INSTANCE_GROUP)]
    found += list(_instances(cloud.deciding(facts, Kind.INSTANCE)))
    return tuple(service for service in found if service is not None)


def _container_service(facts: Facts, resource: Resource) -> CloudService | None:
    if resource.type.endswith("_job"):
        return None
    place = resource.place("desired_count")
    if resource.type == "aws_ecs_service":
        if str(resource.get("scheduling_strategy", "")) == "DAEMON":
            return CloudService(resource.address, resource.at, 2, scales=True)
        targets = [t for t in cloud.resources(facts, "aws_appautoscaling_target") if _targets(t, resource)]
        bounds = [(_number(t.get("min_capacity")), _number(t.get("max_capacity"))) for t in targets]
        if bounds:
            least, most = bounds[0]
            return CloudService(
                resource.address, targets[0].at, least, None if None in (least, most) else least != most
            )
        return CloudService(resource.address, place, _number(resource.get("desired_count", 1)), scales=False)
    if resource.type in _MANAGED:
        return CloudService(resource.address, resource.at, 2, scales=True)
    if resource.type == "aws_elastic_beanstalk_environment":
        return _beanstalk(resource)
    return CloudService(resource.address, resource.at, None, scales=None)


def _targets(target: Resource, service: Resource) -> bool:
    """Says whether a scaling target is for an ECS service: it names the resource, or its name stands in its id."""
    if target.refers_to(service):
        return True
    identity = target.get("resource_id")
    name = service.get("name")
    return isinstance(identity, str) and isinstance(name, str) and identity.rpartition("/")[2] == name


def _beanstalk(resource: Resource) -> CloudService:
    options: dict[str, Value] = {str(o.get("name")): o.get("value") for o in resource.blocks("setting")}
    single = options.get("EnvironmentType") == "SingleInstance"
    least = 1 if single else _number(options.get("MinSize", 1))
    return CloudService(resource.address, resource.at, least, scales=not single)


def _group(facts: Facts, resource: Resource) -> CloudService:
    least = _number(resource.get("min_size", resource.get("min_replicas", resource.get("target_size"))))
    most = _number(resource.get("max_size", resource.get("max_replicas")))
    policies = cloud.resources(
        facts, Kind.SCALING_POLICY, "google_compute_autoscaler", "google_compute_region_autoscaler"
    )
    driven = any(policy.refers_to(resource) for policy in policies)
    return CloudService(resource.address, resource.at, least, scales=driven and (least is None or least != most))


def _instances(instances: tuple[Resource, ...]) -> Iterator[CloudService]:
    """Instances by the resource that makes them; one with a count of two or more is redundant."""
    groups: dict[str, list[Resource]] = {}
    for resource in instances:
        groups.setdefault(resource.base, []).append(resource)
    for base, members in groups.items():
        first = members[0]
        count = max(len(members), _number(first.get("count", 1)) or 1)
        if isinstance(first.get("count"), Unknown):
            yield CloudService(base, first.at, None, scales=False)
        else:
            yield CloudService(base, first.at, count, scales=False)


def databases_without_standby(facts: Facts) -> Iterator[tuple[str, Place]]:
    """Databases that one zone's failure takes away, in words with their places."""
    for database in cloud.deciding(facts, Kind.DATABASE):
        kind = database.type
        if kind == "aws_db_instance" and not database.get("replicate_source_db"):
            if database.truth("multi_az") is False:
                yield f"the database {database.address} is single-AZ", database.place("multi_az")
        elif kind in ("aws_rds_cluster", "aws_docdb_cluster", "aws_neptune_cluster"):
            members = [
                r
                for r in cloud.deciding(facts, f"{kind}_instance")
                if r.refers_to(database) and r.root == database.root
            ]
            count = sum(_number(member.get("count", 1)) or 2 for member in members)
            if members and count < 2 and not database.get("availability_zones"):
                yield f"the database cluster {database.address} has one instance", members[0].at
        elif kind == "google_sql_database_instance":
            settings = database.get("settings.availability_type", "ZONAL")
            if settings == "ZONAL" and not database.get("master_instance_name"):
                yield f"the database {database.address} is zonal", database.place("settings.availability_type")
        elif kind in _AZURE and not database.blocks("high_availability"):
            yield f"the database {database.address} has no standby", database.at


def small_clusters(facts: Facts) -> Iterator[tuple[str, Place]]:
    """Kubernetes clusters whose node groups begin with one node in all."""
    groups = cloud.deciding(facts, "aws_eks_node_group")
    sizes = [_number(group.get("scaling_config.desired_size", group.get("desired_size"))) for group in groups]
    if groups and None not in sizes and sum(size or 0 for size in sizes) == 1:
        yield f"the node group {groups[0].address} has one node", groups[0].place("scaling_config")


def _number(value: Value) -> int | None:
    """A whole number; None where it is unknown or no number."""
    if isinstance(value, bool | Unknown | Mapping):
        return None
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
