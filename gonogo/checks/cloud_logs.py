"""Logs of the cloud: how long groups keep them, which edges write them, and whether a cluster's control plane does."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.checks import cloud
from gonogo.checks.stack import Stack, stack_of
from gonogo.checks.stack_components import Component
from gonogo.checks.stack_parts import Part
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.resources import Resource, Unknown, as_tuple, truth
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place

_VPC = "terraform-aws-modules/vpc/aws"
_WANTED = ("api", "audit")
_BY_DEFAULT = ("google_logging_project_bucket_config", "azurerm_log_analytics_workspace")
"""Stores whose provider keeps lines for 30 days unless told otherwise."""


def log_retention(facts: Facts) -> Outcome:
    """An end for the lines of each log group and store."""
    stack = stack_of(facts)
    groups = cloud_groups(facts)
    problems = [Problem(f"{g.address} never expires", g.place("retention_in_days")) for g in groups if _never(g)]
    problems += list(endless_groups(facts, groups))
    stores = [c for c in stack.running(Part.LOG_STORE) if _keeps_logs(facts, c)]
    unknown: list[Component] = []
    kept: list[Place] = []
    for component in stores:
        verdict = _store(facts, stack, component)
        if isinstance(verdict, Problem):
            problems.append(verdict)
        elif verdict is None:
            unknown.append(component)
        else:
            kept.append(verdict)
    total = len(groups) + len(stores)
    if problems:
        return failed(
            f"{len(problems)} log stores keep their lines for ever: {'; '.join(p.what for p in problems[:4])}",
            *problems,
        )
    if not total:
        return not_applicable("no log group and no log store is defined")
    if unknown:
        return unverified(f"how long {unknown[0].name} keeps logs is not in these files", unknown[0].at)
    places = [group.place("retention_in_days") for group in groups] + kept
    return passed(f"each of {total} log groups and stores has a retention period", *places)


def _never(group: Resource) -> bool:
    if group.type in _BY_DEFAULT:
        return False
    days = group.get("retention_in_days", 0)
    return not isinstance(days, Unknown) and str(days) in ("0", "", "None")


def cloud_groups(facts: Facts) -> tuple[Resource, ...]:
    """Log groups that infrastructure code defines."""
    return cloud.deciding(facts, Kind.LOG_GROUP)


def endless_function_groups(facts: Facts, groups: tuple[Resource, ...]) -> Iterator[Problem]:
    """Functions whose group is left to Lambda to make."""
    for function in cloud.deciding(facts, "aws_lambda_function"):
        if not _has_group(function, groups, "function_name", "/aws/lambda/"):
            yield Problem(f"{function.address} writes to a group that Lambda makes, which never expires", function.at)


def endless_groups(facts: Facts, groups: tuple[Resource, ...]) -> Iterator[Problem]:
    """Groups that a service makes by itself on first use, without an end."""
    yield from endless_function_groups(facts, groups)
    for cluster in cloud.deciding(facts, "aws_eks_cluster"):
        types = as_tuple(cluster.get("enabled_cluster_log_types"))
        if types and not _has_group(cluster, groups, "name", "/aws/eks"):
            place = cluster.place("enabled_cluster_log_types")
            yield Problem(f"{cluster.address} writes to a group that EKS makes, which never expires", place)
    for module in facts.terraform.modules(_VPC):
        if truth(module.get("enable_flow_log", False)) is False or module.exists is False:
            continue
        made = truth(module.get("create_flow_log_cloudwatch_log_group", False)) is not False
        kept = module.get("flow_log_cloudwatch_log_group_retention_in_days")
        if made and kept is None and str(module.get("flow_log_destination_type", "cloud-watch-logs")) != "s3":
            place = module.place("create_flow_log_cloudwatch_log_group")
            yield Problem(f"the flow-log group of {module.address} never expires (the module's default)", place)


def _has_group(owner: Resource, groups: tuple[Resource, ...], attribute: str, prefix: str) -> bool:
    """Whether a log group is declared for a function or cluster."""
    if (chosen := owner.get("logging_config.log_group")) is not None:
        return bool(chosen)
    name = owner.get(attribute)
    for group in groups:
        text = str(group.get("name", ""))
        if group.refers_to(owner) or owner.refers_to(group):
            return True
        if name is not None and prefix in text and str(name) and str(name) in text:
            return True
        if prefix in text and group.root == owner.root and _module_of(owner) and _module_of(owner) == _module_of(group):
            return True
    return False


def _module_of(resource: Resource) -> str:
    """The module that a resource is in; empty for a root's own."""
    return re.sub(r"\.?[a-z0-9]+_\w+\.[^.]+\Z", "", resource.address)


def _keeps_logs(facts: Facts, component: Component) -> bool:
    """Elasticsearch is a log store only where a collector writes to it."""
    if Part.DATA_STORE not in component.parts:
        return True
    outputs = " ".join(output for c in facts.monitoring.collectors for output in c.outputs)
    return bool(re.search(r"elastic|^es$|\bes\b|opensearch", outputs))


def _store(facts: Facts, stack: Stack, component: Component) -> Problem | Place | None:
    """The place of a store's retention, a problem where it keeps for ever, None where it does not show."""
    if "victoria-logs" in component.name or "vlogs" in component.name:
        return component.at
    configs = [s for s in facts.monitoring.log_stores if stack.gives(component, s.origin)]
    for config in configs:
        if config.retention:
            return config.at
        return Problem(f"{component.name} deletes nothing (retention is off in {config.origin.path})", config.at)
    if Part.DATA_STORE in component.parts:
        found = facts.repository.search(
            ("_ilm/policy", "ilm.policy", "_plugins/_ism", "curator"), where="all files", most=1
        )
        return (
            found.hits[0]
            if found
            else Problem(f"{component.name} has no lifecycle policy for its indices", component.at)
        )
    if "loki" in component.name.lower() or "loki" in component.host or "lgtm" in component.name:
        chart = component.chart and not component.values
        return (
            None
            if chart
            else Problem(f"{component.name} runs with Loki's default, which deletes nothing", component.at)
        )
    return None


def access_logs(facts: Facts) -> Outcome:
    """Logs of each load balancer, bucket, API, distribution and network."""
    edges = list({(resource.at, what): (resource, what, on) for resource, what, on in _edges(facts)}.values())
    if balancers := _silent_balancers(facts):
        also = [f"{resource.address} ({what})" for resource, what, on in edges if on is False]
        shown = ", ".join([*(f"the ALB of {place.path}" for place in balancers[:3]), *also[:3]])
        return failed(
            f"load balancers of ingresses write no access logs, as nothing sets access_logs.s3.enabled: {shown}",
            *(Problem("this ingress makes an ALB without access logs", place) for place in balancers),
            *(Problem(f"{r.address} has no {what}", r.at) for r, what, on in edges if on is False),
        )
    if not edges:
        return not_applicable("no load balancer, bucket, managed API, distribution or network is defined")
    silent = [(resource, what) for resource, what, on in edges if on is False]
    unsure = [(resource, what) for resource, what, on in edges if on is None]
    if silent:
        shown = ", ".join(f"{resource.address} ({what})" for resource, what in silent[:5])
        return failed(
            f"{len(silent)} of {len(edges)} write no access or flow logs: {shown}",
            *(Problem(f"{resource.address} has no {what}", resource.at) for resource, what in silent),
        )
    if unsure:
        return unverified(
            f"whether {unsure[0][0].address} has {unsure[0][1]} depends on a value from elsewhere", unsure[0][0].at
        )
    return passed(
        f"all {len(edges)} load balancers, buckets, APIs and networks write logs", *(r.at for r, _, _ in edges)
    )


def _silent_balancers(facts: Facts) -> tuple[Place, ...]:
    """Annotations of ingresses and of charts' values that make an ALB, in files that switch no access logs on."""
    files = facts.repository.match("*.yaml", "*.yml", "*.tpl")
    found: dict[str, Place] = {}
    for hit in facts.repository.search(("alb.ingress.kubernetes.io*",), files, most=200).hits:
        text = facts.repository.text(hit.path)
        line = facts.repository.lines(hit.path)[hit.line - 1]
        if not line.lstrip().startswith("#") and "access_logs.s3.enabled=true" not in text:
            found.setdefault(hit.path, hit)
    # Parameters of the class may set it for all ingresses.
    classes = [item for item in facts.kubernetes.of("IngressClassParams") if "access_logs.s3.enabled" in str(item.spec)]
    return () if classes else tuple(found.values())


def _edges(facts: Facts) -> Iterator[tuple[Resource, str, bool | None]]:
    """What should write logs, which kind, and whether it does."""
    settings = cloud.resources(facts, "azurerm_monitor_diagnostic_setting")
    for lb in cloud.deciding(facts, Kind.LOAD_BALANCER):
        if lb.type.startswith("azurerm_"):
            yield lb, "diagnostic setting", any(s.refers_to(lb) for s in settings)
        elif lb.type.startswith("aws_"):
            on = (
                lb.truth("access_logs.enabled", default=lb.type == "aws_elb")
                if lb.get("access_logs") is not None
                else False
            )
            yield lb, "access logs", on
    for bucket in cloud.deciding(facts, "aws_s3_bucket"):
        if not _takes_logs(facts, bucket):
            yield bucket, "server access logging", _bucket_logs(facts, bucket)
    for stage in cloud.deciding(facts, "aws_api_gateway_stage", "aws_apigatewayv2_stage"):
        yield stage, "access_log_settings", stage.get("access_log_settings") is not None
    stages = cloud.deciding(facts, "aws_api_gateway_stage", "aws_apigatewayv2_stage", "aws_api_gateway_deployment")
    for api in cloud.deciding(facts, "aws_api_gateway_rest_api", "aws_apigatewayv2_api"):
        if not any(stage.refers_to(api) or stage.root == api.root for stage in stages):
            yield api, "stage with access logs", api.get("access_log_settings") is not None
    for cdn in cloud.deciding(facts, "aws_cloudfront_distribution"):
        yield cdn, "logging", cdn.get("logging_config") is not None
    flows = cloud.resources(facts, "aws_flow_log")
    for network in cloud.deciding(facts, "aws_vpc"):
        own = [f for f in flows if f.refers_to(network) or (_module_of(f) and _module_of(f) == _module_of(network))]
        yield network, "flow logs", max((True if flow.exists else None for flow in own), key=bool, default=False)
    for subnet in cloud.deciding(facts, "google_compute_subnetwork"):
        yield subnet, "flow logs", subnet.get("log_config") is not None


def _takes_logs(facts: Facts, bucket: Resource) -> bool:
    """A bucket that access logs are written to can't log to itself; one that holds a trail needs access logs too."""
    paths = ("target_bucket", "log_destination", "access_logs.bucket", "logging_config.bucket", "logging.target_bucket")
    writers = ("aws_s3_bucket_logging", "aws_flow_log", "aws_lb", "aws_alb", "aws_elb", "aws_cloudfront_distribution")
    for writer in cloud.resources(facts, *writers, "aws_s3_bucket"):
        for path in paths:
            value = writer.get(path)
            if isinstance(value, Unknown) and bucket.address in value.refers:
                return True
    return False


def _bucket_logs(facts: Facts, bucket: Resource) -> bool | None:
    if bucket.get("logging") is not None:
        return True
    for other in cloud.related(facts, bucket, "aws_s3_bucket_logging"):
        value = other.get("bucket")
        if not isinstance(value, Unknown) or bucket.address in value.refers:
            return True
    for trail in cloud.resources(facts, "aws_cloudtrail"):
        text = str(
            [dict(block) for name in ("event_selector", "advanced_event_selector") for block in trail.blocks(name)]
        )
        if "AWS::S3::Object" in text:
            return True
    return False


def control_plane_logs(facts: Facts) -> Outcome:
    """The API server's and audit logs of each managed cluster."""
    clusters = cloud.deciding(
        facts,
        "aws_eks_cluster",
        "google_container_cluster",
        "google_container_autopilot_cluster",
        "azurerm_kubernetes_cluster",
    )
    others = [
        o
        for o in (*facts.kubernetes.objects, *facts.kubernetes.others)
        if o.kind == "ClusterConfig" and "eksctl" in o.api_version
    ]
    if not clusters and not others:
        managed = [c for c in cloud.deciding(facts, Kind.CLUSTER) if not c.type.startswith("aws_ecs")]
        if managed:
            return unverified(
                f"{managed[0].address} has no setting for control-plane logs in its provider", managed[0].at
            )
        return not_applicable("no managed cluster is defined")
    problems = [problem for cluster in clusters if (problem := _cluster(facts, cluster))]
    for item in others:
        types = item.body.map("cloudWatch").map("clusterLogging").seq("enableTypes")
        if not ("*" in types or "all" in types or all(word in types for word in _WANTED)):
            problems.append(Problem(f"{item.name} enables no audit logs", item.at))
    if problems:
        return failed(f"{len(problems)} of {len(clusters) + len(others)} clusters: {problems[0].what}", *problems)
    unsure = [c for c in clusters if isinstance(c.get("enabled_cluster_log_types"), Unknown)]
    if unsure:
        return unverified(
            f"the log types of {unsure[0].address} come from elsewhere", unsure[0].place("enabled_cluster_log_types")
        )
    places = [c.place("enabled_cluster_log_types") for c in clusters] + [item.at for item in others]
    return passed("the API server and audit logs of each cluster are on", *places)


def _cluster(facts: Facts, cluster: Resource) -> Problem | None:
    if cluster.type.startswith("google_"):
        if str(cluster.get("logging_service", "")) == "none":
            return Problem(f"{cluster.address} has logging off", cluster.place("logging_service"))
        components = cluster.get("logging_config.enable_components", ())
        if isinstance(components, Unknown) or "APISERVER" in as_tuple(components):
            return None
        return Problem(f"{cluster.address} does not log its API server (GKE's default leaves it out)", cluster.at)
    if cluster.type == "azurerm_kubernetes_cluster":
        settings = cloud.resources(facts, "azurerm_monitor_diagnostic_setting")
        on = any(setting.refers_to(cluster) for setting in settings)
        return None if on else Problem(f"{cluster.address} has no diagnostic setting for its control plane", cluster.at)
    types = cluster.get("enabled_cluster_log_types")
    if isinstance(types, Unknown):
        return None
    names = [str(item) for item in as_tuple(types)]
    missing = [word for word in _WANTED if word not in names]
    if missing:
        return Problem(
            f"{cluster.address} does not log {' and '.join(missing)}", cluster.place("enabled_cluster_log_types")
        )
    return None
