"""Properties of CloudFormation resources as the attributes of their Terraform counterparts, defaults included."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from gonogo.facts.resources import Resource, Unknown, Value, as_tuple
from gonogo.tools.cloudformation.names import camel, snake, terraform_type

_OPAQUE = frozenset(
    {
        *("Variables", "PolicyDocument", "AssumeRolePolicyDocument", "KeyPolicy", "DefinitionBody", "Body"),
        *("ResourcePolicy", "RedrivePolicy", "Definition", "DefinitionString", "EventPattern", "DashboardBody"),
        *("Labels", "Parameters"),
    }
)
"""Properties whose keys are the author's, or another language's."""
Values = dict[str, Value]


@dataclass(frozen=True)
class Defined:
    """A resource as a template has it: properties resolved, names as written there."""

    type: str
    resource: Resource
    """With snake_case attributes."""
    properties: Mapping[str, Value] = field(default_factory=dict)


def translate(defined: Defined) -> Iterator[Resource]:
    """The Terraform resources that it stands for; the first is itself."""
    in_cluster = defined.type == "AWS::RDS::DBInstance" and "DBClusterIdentifier" in defined.properties
    kind = "aws_rds_cluster_instance" if in_cluster else terraform_type(defined.type)
    resource = replace(defined.resource, type=kind)
    attributes = dict(resource.attributes)
    shape = _SHAPES.get(defined.type.removeprefix("AWS::"))
    more: list[Resource] = []
    if shape is not None:
        for made in shape(attributes, defined.properties):
            more.append(_beside(resource, *made))
    if "tags" in attributes:
        attributes["tags"] = _tags(attributes["tags"])
    yield replace(resource, attributes=attributes)
    yield from more


def snake_values(value: Value, *, inside: str = "") -> Value:
    """Keys in snake_case at every depth, but for those that are not CloudFormation's own."""
    if isinstance(value, Mapping):
        if inside in _OPAQUE:
            return value
        if inside == "ContainerDefinitions":
            return _camel_values(value)
        return {snake(key): snake_values(item, inside=key) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(snake_values(item, inside=inside) for item in value)
    return value


_ALIASES = {
    "policies": "inline_policy",
    "policy_document": "policy",
    "key_policy": "policy",
    "assume_role_policy_document": "assume_role_policy",
    "security_group_ingress": "ingress",
    "security_group_egress": "egress",
    "db_instance_class": "instance_class",
    "versioning_configuration": "versioning",
    "lifecycle_configuration": "lifecycle_rule",
    "bucket_encryption": "server_side_encryption_configuration",
    "point_in_time_recovery_specification": "point_in_time_recovery",
    "sse_specification": "server_side_encryption",
    "resources_vpc_config": "vpc_config",
    "scheme": "internal",
    "load_balancer_attributes": "enable_deletion_protection",
    "ip_protocol": "protocol",
    "cidr_ip": "cidr_blocks",
    "access_control": "acl",
}
"""Attributes that have another name than their property; where both were kept, lines are known by both."""


def snake_lines(lines: Mapping[str, int]) -> dict[str, int]:
    """Dotted paths of properties as those of attributes; what is the author's own keeps its names."""
    found: dict[str, int] = {}
    for path, line in lines.items():
        own = False
        plain, renamed = [], []
        for part in path.split("."):
            name = part if own else snake(part)
            plain.append(name)
            renamed.append(name if own else _ALIASES.get(name, name))
            own = own or part in _OPAQUE
        found[".".join(plain)] = line
        found.setdefault(".".join(renamed), line)
    return found


def _camel_values(value: Value) -> Value:
    if isinstance(value, Mapping):
        return {camel(key): _camel_values(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(_camel_values(item) for item in value)
    return value


def _tags(value: Value) -> Value:
    if not isinstance(value, tuple):
        return value
    pairs = [item for item in value if isinstance(item, Mapping)]
    return {str(pair.get("key", pair.get("Key", ""))): pair.get("value", pair.get("Value")) for pair in pairs}


Beside = tuple[str, str, Values]


def _beside(resource: Resource, type_: str, name: str, attributes: Values) -> Resource:
    """A resource that Terraform defines apart: it refers to the one that it belongs to."""
    refers = Unknown(f"{resource.address}", (resource.base,))
    values = {key: refers if value is SELF else value for key, value in attributes.items()}
    address = f"{resource.address}.{name}"
    place = replace(resource.at, symbol=f"{resource.at.symbol}.{name}")
    return replace(resource, type=type_, name=name, address=address, attributes=values, at=place)


SELF = object()
"""Stands for a reference to the resource itself."""


def _rename(values: Values, **names: str) -> None:
    for new, old in names.items():
        if old in values:
            values[new] = values.pop(old)


def _block(values: Values, name: str) -> Values:
    """A nested mapping as a dictionary of its own; empty where it is absent or unknown."""
    found = values.get(name)
    return dict(found) if isinstance(found, Mapping) else {}


def _bucket(a: Values, p: Mapping[str, Value]) -> Iterator[Beside]:
    _rename(a, bucket="bucket_name", acl="access_control", logging="logging_configuration")
    if isinstance(acl := a.get("acl"), str):
        a["acl"] = snake(acl).replace("_", "-")
    if "versioning_configuration" in a:
        status = _block(a, "versioning_configuration").get("status", Unknown("Status"))
        a["versioning"] = ({"enabled": status if isinstance(status, Unknown) else status == "Enabled"},)
    if "bucket_encryption" in a:
        a["server_side_encryption_configuration"] = as_tuple(a["bucket_encryption"])
    if "lifecycle_configuration" in a:
        a["lifecycle_rule"] = as_tuple(_block(a, "lifecycle_configuration").get("rules", Unknown("Rules")))
    if "public_access_block_configuration" in a:
        block = _block(a, "public_access_block_configuration") or {"block_public_acls": Unknown("BlockPublicAcls")}
        yield "aws_s3_bucket_public_access_block", "public_access_block", {**block, "bucket": SELF}


def _table(a: Values, p: Mapping[str, Value]) -> Iterator[Beside]:
    replicas = [r for r in as_tuple(a.get("replicas")) if isinstance(r, Mapping)]
    source: Values = dict(replicas[0]) if replicas else a
    recovery = _block(source, "point_in_time_recovery_specification")
    on = recovery.get("point_in_time_recovery_enabled", False)
    given = source.get("point_in_time_recovery_specification")
    a["point_in_time_recovery"] = ({"enabled": given if isinstance(given, Unknown) else on},)
    encryption = _block(a, "sse_specification")
    a["server_side_encryption"] = ({"enabled": encryption.get("sse_enabled", False)},)
    if "time_to_live_specification" in a:
        a["ttl"] = ({"enabled": _block(a, "time_to_live_specification").get("enabled", False)},)
    a.setdefault("deletion_protection_enabled", source.get("deletion_protection_enabled", False))
    a.setdefault("billing_mode", "PROVISIONED")
    _rename(a, name="table_name")
    yield from ()


def _db_instance(a: Values, p: Mapping[str, Value]) -> Iterator[Beside]:
    _rename(
        a,
        instance_class="db_instance_class",
        username="master_username",
        password="master_user_password",
        manage_master_user_password="manage_master_user_password",
        vpc_security_group_ids="vpc_security_groups",
        db_subnet_group_name="db_subnet_group_name",
        performance_insights_enabled="enable_performance_insights",
        enabled_cloudwatch_logs_exports="enable_cloudwatch_logs_exports",
        identifier="db_instance_identifier",
        cluster_identifier="db_cluster_identifier",
    )
    if "cluster_identifier" not in a:
        a.setdefault("backup_retention_period", 1)
    yield from ()


def _db_cluster(a: Values, p: Mapping[str, Value]) -> Iterator[Beside]:
    _rename(
        a,
        master_password="master_user_password",
        vpc_security_group_ids="vpc_security_group_ids",
        enabled_cloudwatch_logs_exports="enable_cloudwatch_logs_exports",
    )
    a.setdefault("backup_retention_period", 1)
    yield from ()


def _rules(rules: Value) -> tuple[Values, ...]:
    found = []
    for rule in as_tuple(rules):
        if isinstance(rule, Mapping):
            found.append(_rule(dict(rule)))
    return tuple(found)


def _rule(rule: Values) -> Values:
    _rename(rule, protocol="ip_protocol")
    if rule.get("protocol") == -1:
        rule["protocol"] = "-1"
    if "cidr_ip" in rule:
        rule["cidr_blocks"] = (rule.pop("cidr_ip"),)
    if "cidr_ipv6" in rule:
        rule["ipv6_cidr_blocks"] = (rule.pop("cidr_ipv6"),)
    group = rule.pop("source_security_group_id", rule.pop("destination_security_group_id", None))
    if group is not None:
        rule["security_groups"] = (group,)
    return rule


def _security_group(a: Values, p: Mapping[str, Value]) -> Iterator[Beside]:
    a["ingress"] = _rules(a.pop("security_group_ingress", ()))
    a["egress"] = _rules(a.pop("security_group_egress", ()))
    yield from ()


def _ingress(a: Values, p: Mapping[str, Value]) -> Iterator[Beside]:
    a.update(_rule(dict(a)), type="ingress")
    yield from ()


def _egress(a: Values, p: Mapping[str, Value]) -> Iterator[Beside]:
    a.update(_rule(dict(a)), type="egress")
    yield from ()


def _role(a: Values, p: Mapping[str, Value]) -> Iterator[Beside]:
    _rename(a, assume_role_policy="assume_role_policy_document", name="role_name", inline_policy="policies")
    inline = [dict(policy) for policy in as_tuple(a.get("inline_policy")) if isinstance(policy, Mapping)]
    for policy in inline:
        _rename(policy, name="policy_name", policy="policy_document")
    if "inline_policy" in a:
        a["inline_policy"] = tuple(inline)
    a.setdefault("managed_policy_arns", ())
    yield from ()


def _policy(a: Values, p: Mapping[str, Value]) -> Iterator[Beside]:
    _rename(a, policy="policy_document", name="policy_name")
    yield from ()


def _bucket_policy(a: Values, p: Mapping[str, Value]) -> Iterator[Beside]:
    _rename(a, policy="policy_document")
    yield from ()


def _key(a: Values, p: Mapping[str, Value]) -> Iterator[Beside]:
    _rename(a, policy="key_policy")
    yield from ()


def _load_balancer(a: Values, p: Mapping[str, Value]) -> Iterator[Beside]:
    a["internal"] = a.get("scheme") == "internal" if not isinstance(a.get("scheme"), Unknown) else a["scheme"]
    _rename(a, load_balancer_type="type")
    flags = {
        str(f.get("key")): f.get("value") for f in as_tuple(a.get("load_balancer_attributes")) if isinstance(f, Mapping)
    }
    a["enable_deletion_protection"] = flags.get("deletion_protection.enabled", False)
    a["access_logs"] = ({"enabled": flags.get("access_logs.s3.enabled", False)},)
    yield from ()


def _listener(a: Values, p: Mapping[str, Value]) -> Iterator[Beside]:
    actions = [dict(action) for action in as_tuple(a.pop("default_actions", ())) if isinstance(action, Mapping)]
    for action in actions:
        if "redirect_config" in action:
            action["redirect"] = as_tuple(action.pop("redirect_config"))
    a["default_action"] = tuple(actions)
    yield from ()


def _cluster(a: Values, p: Mapping[str, Value]) -> Iterator[Beside]:
    _rename(a, vpc_config="resources_vpc_config")
    logging = _block(_block(a, "logging"), "cluster_logging")
    types = as_tuple(logging.get("enabled_types"))
    a["enabled_cluster_log_types"] = tuple(t.get("type") if isinstance(t, Mapping) else t for t in types)
    network = _block(a, "vpc_config")
    network.setdefault("endpoint_public_access", True)
    network.setdefault("public_access_cidrs", ("0.0.0.0/0",))
    a["vpc_config"] = (network,)
    yield from ()


def _launch_template(a: Values, p: Mapping[str, Value]) -> Iterator[Beside]:
    a.update(_block(a, "launch_template_data"))
    yield from ()


def _distribution(a: Values, p: Mapping[str, Value]) -> Iterator[Beside]:
    a.update(_block(a, "distribution_config"))
    _rename(a, web_acl_id="web_acl_id")
    yield from ()


def _trail(a: Values, p: Mapping[str, Value]) -> Iterator[Beside]:
    _rename(a, enable_logging="is_logging", s3_bucket_name="s3_bucket_name")
    yield from ()


def _repository(a: Values, p: Mapping[str, Value]) -> Iterator[Beside]:
    if "lifecycle_policy" in a:
        text = _block(a, "lifecycle_policy").get("lifecycle_policy_text", "")
        yield "aws_ecr_lifecycle_policy", "lifecycle_policy", {"repository": SELF, "policy": text}


def _service(a: Values, p: Mapping[str, Value]) -> Iterator[Beside]:
    a.setdefault("desired_count", 1)
    deployment = _block(a, "deployment_configuration")
    breaker = deployment.get("deployment_circuit_breaker")
    if breaker is not None:
        a["deployment_circuit_breaker"] = as_tuple(breaker)
    _rename(deployment, deployment_minimum_healthy_percent="minimum_healthy_percent")
    a.update({k: v for k, v in deployment.items() if k == "deployment_minimum_healthy_percent"})
    network = _block(_block(a, "network_configuration"), "awsvpc_configuration")
    if network:
        public = network.get("assign_public_ip", "DISABLED")
        network["assign_public_ip"] = public if isinstance(public, Unknown) else public == "ENABLED"
        a["network_configuration"] = (network,)
    yield from ()


def _file_system(a: Values, p: Mapping[str, Value]) -> Iterator[Beside]:
    if "backup_policy" in a:
        yield (
            "aws_efs_backup_policy",
            "backup_policy",
            {"file_system_id": SELF, "backup_policy": as_tuple(a["backup_policy"])},
        )


def _function(a: Values, p: Mapping[str, Value]) -> Iterator[Beside]:
    a.setdefault("timeout", 3)
    a.setdefault("memory_size", 128)
    yield from ()


def _subnet(a: Values, p: Mapping[str, Value]) -> Iterator[Beside]:
    a.setdefault("map_public_ip_on_launch", False)
    yield from ()


def _budget(a: Values, p: Mapping[str, Value]) -> Iterator[Beside]:
    notifications = []
    for item in as_tuple(a.get("notifications_with_subscribers")):
        if isinstance(item, Mapping):
            values = _block(dict(item), "notification")
            addresses = tuple(s.get("address") for s in as_tuple(item.get("subscribers")) if isinstance(s, Mapping))
            notifications.append({**values, "subscriber_email_addresses": addresses})
    a["notification"] = tuple(notifications)
    yield from ()


_SHAPES: dict[str, Callable[[Values, Mapping[str, Value]], Iterator[Beside]]] = {
    "S3::Bucket": _bucket,
    "DynamoDB::Table": _table,
    "DynamoDB::GlobalTable": _table,
    "RDS::DBInstance": _db_instance,
    "RDS::DBCluster": _db_cluster,
    "DocDB::DBCluster": _db_cluster,
    "Neptune::DBCluster": _db_cluster,
    "EC2::SecurityGroup": _security_group,
    "EC2::SecurityGroupIngress": _ingress,
    "EC2::SecurityGroupEgress": _egress,
    "EC2::LaunchTemplate": _launch_template,
    "EC2::Subnet": _subnet,
    "IAM::Role": _role,
    "IAM::User": _role,
    "IAM::Group": _role,
    "IAM::Policy": _policy,
    "IAM::RolePolicy": _policy,
    "IAM::UserPolicy": _policy,
    "IAM::GroupPolicy": _policy,
    "IAM::ManagedPolicy": _policy,
    "S3::BucketPolicy": _bucket_policy,
    "SQS::QueuePolicy": _bucket_policy,
    "SNS::TopicPolicy": _bucket_policy,
    "KMS::Key": _key,
    "ElasticLoadBalancingV2::LoadBalancer": _load_balancer,
    "ElasticLoadBalancingV2::Listener": _listener,
    "EKS::Cluster": _cluster,
    "CloudFront::Distribution": _distribution,
    "CloudTrail::Trail": _trail,
    "ECR::Repository": _repository,
    "ECS::Service": _service,
    "EFS::FileSystem": _file_system,
    "Lambda::Function": _function,
    "Budgets::Budget": _budget,
}
