"""The modules of terraform-aws-modules: what each makes, with its documented defaults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gonogo.facts.resources import ModuleCall, Unknown, Value, as_tuple, truth
from gonogo.tools.terraform.made import (
    Made,
    Maker,
    first_input,
    major_version,
    make,
    make_bare,
    named_objects,
    nothing,
    one,
)


def _vpc(m: ModuleCall) -> Made:
    yield make(m, "aws_vpc", renamed={"cidr_block": "cidr"})
    for kind in ("public", "private", "database", "intra", "elasticache", "redshift"):
        if subnets := m.get(f"{kind}_subnets"):
            launch = m.get("map_public_ip_on_launch", major_version(m) < 4) if kind == "public" else False
            values = {"cidr_blocks": subnets, "map_public_ip_on_launch": launch, "tier": kind}
            yield make(m, "aws_subnet", kind, values=values)
    if m.get("enable_nat_gateway", False) is not False:
        count = 1 if truth(m.get("single_nat_gateway", False)) else None
        size = len(as_tuple(m.get("azs" if truth(m.get("one_nat_gateway_per_az", False)) else "private_subnets")))
        yield make(m, "aws_nat_gateway", values={"count": count or max(size, 1)}, when=m.get("enable_nat_gateway"))
    yield make(m, "aws_flow_log", when=m.get("enable_flow_log", False))


def _eks(m: ModuleCall) -> Made:
    recent = major_version(m) >= 19
    network = {
        "endpoint_public_access": _eks_input(m, "endpoint_public_access", not recent),
        "endpoint_private_access": _eks_input(m, "endpoint_private_access", recent),
        "public_access_cidrs": _eks_input(m, "endpoint_public_access_cidrs", ("0.0.0.0/0",)),
        "subnet_ids": m.get("subnet_ids", ()),
    }
    encryption = _eks_input(m, "encryption_config", {"resources": ("secrets",)} if recent else ())
    values = {
        "vpc_config": (network,),
        "enabled_cluster_log_types": _eks_input(m, "enabled_log_types", ("audit", "api", "authenticator")),
        "encryption_config": as_tuple(encryption),
    }
    names = {
        "vpc_config.endpoint_public_access": "cluster_endpoint_public_access",
        "vpc_config.public_access_cidrs": "cluster_endpoint_public_access_cidrs",
        "enabled_cluster_log_types": "cluster_enabled_log_types",
        "version": "cluster_version",
        "name": "cluster_name",
    }
    yield make(m, "aws_eks_cluster", renamed=names, values=values)
    retention = first_input(m, "cloudwatch_log_group_retention_in_days", default=90)
    yield make(m, "aws_cloudwatch_log_group", values={"retention_in_days": retention, "name": "/aws/eks/cluster"})
    yield from _eks_nodes(m)


def _eks_input(m: ModuleCall, name: str, default: Value) -> Value:
    """Version 21 dropped the prefix of these inputs."""
    older = "cluster_enabled_log_types" if name == "enabled_log_types" else f"cluster_{name}"
    return first_input(m, older, name, default=default)


def _eks_nodes(m: ModuleCall) -> Made:
    tokens = {"http_endpoint": "enabled", "http_tokens": "required", "http_put_response_hop_limit": 2}
    for kind, type_ in (
        ("eks_managed_node_group", "aws_eks_node_group"),
        ("self_managed_node_group", "aws_autoscaling_group"),
    ):
        shared = m.get(f"{kind}_defaults", {})
        for name, group in named_objects(m.get(f"{kind}s", {})):
            attributes = {**(shared if isinstance(shared, Mapping) else {}), **group}
            size = {k: attributes[k] for k in ("min_size", "max_size", "desired_size") if k in attributes}
            attributes["scaling_config"] = ({"min_size": 1, "max_size": 3, "desired_size": 1, **size},)
            attributes["metadata_options"] = as_tuple(attributes.get("metadata_options", tokens))
            yield make_bare(m, type_, name, attributes)
    for name, profile in named_objects(m.get("fargate_profiles", {})):
        yield make_bare(m, "aws_eks_fargate_profile", name, dict(profile))


def _rds(m: ModuleCall) -> Made:
    defaults = {
        "storage_encrypted": True,
        "publicly_accessible": False,
        "deletion_protection": False,
        "multi_az": False,
    }
    yield make(m, "aws_db_instance", defaults=defaults, when=m.get("create_db_instance", True))


def _aurora(m: ModuleCall) -> Made:
    yield make(m, "aws_rds_cluster", defaults={"storage_encrypted": True, "backup_retention_period": 7})
    for name, instance in named_objects(m.get("instances", {})):
        shared = {k: m.inputs[k] for k in ("instance_class", "publicly_accessible", "engine") if k in m.inputs}
        cluster = Unknown(f"{m.address}.aws_rds_cluster.this.id", (f"{m.address}.aws_rds_cluster.this",))
        yield make_bare(m, "aws_rds_cluster_instance", name, {**shared, **instance, "cluster_identifier": cluster})


def _s3_bucket(m: ModuleCall) -> Made:
    when = m.get("create_bucket", True)
    address = f"{m.address}.aws_s3_bucket.this"
    bucket = {"bucket": Unknown(f"{address}.id", (address,))}
    yield make(m, "aws_s3_bucket", renamed={"bucket_name": "bucket"}, when=when)
    closed = {f"{v}_public_{w}": True for v, w in (("block", "acls"), ("block", "policy"), ("ignore", "acls"))}
    closed["restrict_public_buckets"] = True
    yield make(m, "aws_s3_bucket_public_access_block", defaults=closed, values=bucket, when=when)
    if versioning := m.get("versioning"):
        on = truth(versioning.get("enabled", versioning.get("status"))) if isinstance(versioning, Mapping) else None
        status = Unknown("versioning") if on is None else "Enabled" if on else "Suspended"
        values = {**bucket, "versioning_configuration": ({"status": status},)}
        yield make(m, "aws_s3_bucket_versioning", renamed={"versioning_configuration": "versioning"}, values=values, when=when)  # fmt: skip  # noqa: E501
    if rules := m.get("lifecycle_rule"):
        yield make(m, "aws_s3_bucket_lifecycle_configuration", values={**bucket, "rule": as_tuple(rules)}, when=when)
    if (policy := m.get("policy")) is not None:
        yield make(m, "aws_s3_bucket_policy", values={**bucket, "policy": policy}, when=m.get("attach_policy", False))
    if m.get("logging"):
        yield make(m, "aws_s3_bucket_logging", values=bucket, when=when)


def _dynamodb(m: ModuleCall) -> Made:
    values = {
        "point_in_time_recovery": ({"enabled": m.get("point_in_time_recovery_enabled", False)},),
        "server_side_encryption": ({"enabled": m.get("server_side_encryption_enabled", False)},),
        "ttl": ({"enabled": m.get("ttl_enabled", False)},),
    }
    names = {
        "point_in_time_recovery": "point_in_time_recovery_enabled",
        "server_side_encryption": "server_side_encryption_enabled",
    }
    defaults = {"billing_mode": "PAY_PER_REQUEST", "deletion_protection_enabled": False}
    yield make(
        m, "aws_dynamodb_table", defaults=defaults, renamed=names, values=values, when=m.get("create_table", True)
    )


def _lambda(m: ModuleCall) -> Made:
    when = m.get("create_function", True)
    environment = ({"variables": m.get("environment_variables", {})},) if m.get("environment_variables") else ()
    tracing = ({"mode": m.get("tracing_mode")},) if m.get("tracing_mode") else ()
    values = {"environment": environment, "tracing_config": tracing}
    dead = m.get("dead_letter_target_arn")
    values["dead_letter_config"] = ({"target_arn": dead},) if dead else ()
    values["vpc_config"] = ({"subnet_ids": m.get("vpc_subnet_ids")},) if m.get("vpc_subnet_ids") else ()
    yield make(m, "aws_lambda_function", defaults={"timeout": 3, "memory_size": 128}, values=values, when=when)
    yield make(
        m, "aws_cloudwatch_log_group", renamed={"retention_in_days": "cloudwatch_logs_retention_in_days"}, when=when
    )
    if m.get("create_lambda_function_url"):
        defaults = {"authorization_type": "NONE"}
        yield make(m, "aws_lambda_function_url", defaults=defaults, when=m.get("create_lambda_function_url"))
    statements = [
        {
            "Effect": _of(statement, "effect", "Allow"),
            "Action": _of(statement, "actions", ()),
            "Resource": _of(statement, "resources", ()),
        }
        for _, statement in named_objects(m.get("policy_statements"))
        if truth(m.get("attach_policy_statements", False)) is not False
    ]
    if statements:
        yield make(m, "aws_iam_role_policy", values={"policy": {"Statement": tuple(statements)}}, renamed={"policy": "policy_statements"})  # fmt: skip  # noqa: E501


def _of(values: Mapping[str, Value], name: str, default: Value) -> Value:
    found = values.get(name)
    return default if found is None else found


def _instance(m: ModuleCall) -> Made:
    required = "required" if major_version(m) >= 6 else "optional"
    options = {"http_endpoint": "enabled", "http_tokens": required, "http_put_response_hop_limit": 1}
    given = m.get("metadata_options")
    metadata = given if isinstance(given, Unknown | Mapping) else {}
    merged = metadata if isinstance(metadata, Unknown) else {**options, **metadata}
    yield make(m, "aws_instance", values={"metadata_options": as_tuple(merged)})


_PORTS = {
    "ssh-tcp": (22, 22),
    "rdp-tcp": (3389, 3389),
    "http-80-tcp": (80, 80),
    "http-8080-tcp": (8080, 8080),
    "https-443-tcp": (443, 443),
    "https-8443-tcp": (8443, 8443),
    "postgresql-tcp": (5432, 5432),
    "mysql-tcp": (3306, 3306),
    "mssql-tcp": (1433, 1433),
    "oracle-db-tcp": (1521, 1521),
    "redis-tcp": (6379, 6379),
    "memcached-tcp": (11211, 11211),
    "mongodb-27017-tcp": (27017, 27017),
    "elasticsearch-rest-tcp": (9200, 9200),
    "kafka-broker-tcp": (9092, 9092),
    "all-tcp": (0, 65535),
    "all-all": (-1, -1),
}


def _security_group(m: ModuleCall) -> Made:
    ingress: list[Mapping[str, Value]] = []
    for rule in as_tuple(m.get("ingress_rules")):
        first, last = _PORTS.get(str(rule), (None, None))
        protocol = "-1" if rule == "all-all" else "tcp"
        ports = {"from_port": first, "to_port": last, "protocol": protocol}
        ingress.append({**ports, "cidr_blocks": as_tuple(m.get("ingress_cidr_blocks"))})
    for _, rule in named_objects(m.get("ingress_with_cidr_blocks")):
        blocks = rule.get("cidr_blocks", m.get("ingress_cidr_blocks", ()))
        first, last = _PORTS.get(str(rule.get("rule", "")), (rule.get("from_port"), rule.get("to_port")))
        split = tuple(blocks.split(",")) if isinstance(blocks, str) else as_tuple(blocks)
        ingress.append(
            {"from_port": first, "to_port": last, "protocol": rule.get("protocol", "tcp"), "cidr_blocks": split}
        )
    names = {"ingress": "ingress_with_cidr_blocks" if m.get("ingress_with_cidr_blocks") else "ingress_cidr_blocks"}
    yield make(m, "aws_security_group", renamed=names, values={"ingress": tuple(ingress)})


def _alb(m: ModuleCall) -> Made:
    major = major_version(m)
    defaults = {"internal": False, "load_balancer_type": "application", "enable_deletion_protection": major >= 9}
    yield make(m, "aws_lb", defaults=defaults)
    address = Unknown(f"{m.address}.aws_lb.this.arn", (f"{m.address}.aws_lb.this",))
    groups = ("listeners", "http_tcp_listeners", "https_listeners")
    for group in groups:
        for name, listener in named_objects(m.get(group)):
            protocol = "HTTPS" if group == "https_listeners" or listener.get("certificate_arn") else "HTTP"
            redirect = listener.get("redirect") or listener.get("action_type") == "redirect"
            action = (
                {"type": "redirect", "redirect": as_tuple(listener.get("redirect"))}
                if redirect
                else {"type": "forward"}
            )
            values = {"protocol": protocol, "load_balancer_arn": address, "default_action": (action,), **listener}
            yield make_bare(m, "aws_lb_listener", name, values)
    if rules := m.get("security_group_ingress_rules"):
        for name, rule in named_objects(rules):
            yield make_bare(m, "aws_vpc_security_group_ingress_rule", name, {"ip_protocol": "tcp", **rule})


def _ecs(m: ModuleCall) -> Made:
    yield make(m, "aws_ecs_cluster", renamed={"name": "cluster_name"})
    for name, service in named_objects(m.get("services", {})):
        values = {"desired_count": 1, "launch_type": "FARGATE", **service}
        yield make_bare(m, "aws_ecs_service", name, values)
        yield from _ecs_scaling(m, name, service)


def _ecs_service(m: ModuleCall) -> Made:
    yield make(m, "aws_ecs_service", defaults={"desired_count": 1, "launch_type": "FARGATE"})
    yield make(m, "aws_ecs_task_definition", defaults={"cpu": 1024, "memory": 2048})
    yield from _ecs_scaling(m, "this", m.inputs)


def _ecs_scaling(m: ModuleCall, name: str, inputs: Mapping[str, Value]) -> Made:
    limits = {
        "min_capacity": _of(inputs, "autoscaling_min_capacity", 1),
        "max_capacity": _of(inputs, "autoscaling_max_capacity", 10),
        "service_namespace": "ecs",
    }
    yield make_bare(m, "aws_appautoscaling_target", name, limits, when=_of(inputs, "enable_autoscaling", True))
    yield make_bare(m, "aws_appautoscaling_policy", name, {"policy_type": "TargetTrackingScaling"}, when=_of(inputs, "enable_autoscaling", True))  # fmt: skip  # noqa: E501


def _sqs(m: ModuleCall) -> Made:
    dead = truth(m.get("create_dlq", False))
    redrive = {"redrive_policy": m.get("redrive_policy", {"maxReceiveCount": 5})} if dead else {}
    yield make(m, "aws_sqs_queue", defaults={"sqs_managed_sse_enabled": True}, values=redrive)
    if dead is not False:
        yield make(m, "aws_sqs_queue", "dlq", defaults={"sqs_managed_sse_enabled": True}, when=m.get("create_dlq"))


def _ecr(m: ModuleCall) -> Made:
    scan = {"scan_on_push": m.get("repository_image_scan_on_push", True)}
    address = f"{m.address}.aws_ecr_repository.this"
    names = {"image_tag_mutability": "repository_image_tag_mutability", "name": "repository_name"}
    defaults = {"image_tag_mutability": "IMMUTABLE"}
    yield make(
        m, "aws_ecr_repository", defaults=defaults, renamed=names, values={"image_scanning_configuration": (scan,)}
    )
    repository = {"repository": Unknown(address, (address,)), "policy": m.get("repository_lifecycle_policy", "")}
    yield make(m, "aws_ecr_lifecycle_policy", values=repository, when=m.get("create_lifecycle_policy", True))


def _autoscaling(m: ModuleCall) -> Made:
    yield make(m, "aws_autoscaling_group", defaults={"min_size": None, "max_size": None})
    options = as_tuple(m.get("metadata_options"))
    values = {"metadata_options": options} if options else {}
    yield make(m, "aws_launch_template", values=values, when=m.get("create_launch_template", True))


def _irsa(m: ModuleCall) -> Made:
    yield make(m, "aws_iam_role")
    for name, arn in _policies(m.get("role_policy_arns", m.get("policies"))):
        yield make_bare(m, "aws_iam_role_policy_attachment", name, {"policy_arn": arn})


def _assumable_role(m: ModuleCall) -> Made:
    yield make(m, "aws_iam_role", when=m.get("create_role", True))
    for name, arn in _policies(first_input(m, "custom_role_policy_arns", "role_policy_arns", "policies")):
        yield make_bare(m, "aws_iam_role_policy_attachment", name, {"policy_arn": arn})
    if truth(m.get("attach_admin_policy", False)) is not False:
        arn = "arn:aws:iam::aws:policy/AdministratorAccess"
        yield make_bare(m, "aws_iam_role_policy_attachment", "admin", {"policy_arn": arn}, m.get("attach_admin_policy"))


def _policies(value: Value) -> Iterable[tuple[str, Value]]:
    if isinstance(value, Mapping):
        return [(str(key), item) for key, item in value.items()]
    return [(str(index), item) for index, item in enumerate(as_tuple(value))]


def _iam_user(m: ModuleCall) -> Made:
    yield make(m, "aws_iam_user", when=m.get("create_user", True))
    keys = m.get("create_iam_access_key", m.get("create_access_key", True))
    yield make(m, "aws_iam_access_key", when=keys)


MODULES: dict[str, Maker] = {
    "vpc": _vpc,
    "eks": _eks,
    "rds": _rds,
    "rds-aurora": _aurora,
    "s3-bucket": _s3_bucket,
    "dynamodb-table": _dynamodb,
    "lambda": _lambda,
    "ec2-instance": _instance,
    "security-group": _security_group,
    "alb": _alb,
    "ecs": _ecs,
    "ecs//modules/service": _ecs_service,
    "ecs//modules/cluster": one("aws_ecs_cluster"),
    "sqs": _sqs,
    "sns": one("aws_sns_topic"),
    "ecr": _ecr,
    "autoscaling": _autoscaling,
    "kms": one("aws_kms_key", enable_key_rotation=True),
    "acm": one("aws_acm_certificate"),
    "cloudfront": one("aws_cloudfront_distribution"),
    "apigateway-v2": one("aws_apigatewayv2_api"),
    "elasticache": one(
        "aws_elasticache_replication_group", at_rest_encryption_enabled=True, transit_encryption_enabled=True
    ),
    "memory-db": one("aws_memorydb_cluster", tls_enabled=True),
    "opensearch": one("aws_opensearch_domain", encrypt_at_rest=({"enabled": True},)),
    "msk-kafka-cluster": one("aws_msk_cluster"),
    "efs": one("aws_efs_file_system", encrypted=True),
    "redshift": one("aws_redshift_cluster", encrypted=True, publicly_accessible=False),
    "secrets-manager": one("aws_secretsmanager_secret"),
    "ssm-parameter": one("aws_ssm_parameter"),
    "cloudwatch//modules/metric-alarm": one("aws_cloudwatch_metric_alarm", actions_enabled=True),
    "cloudwatch//modules/log-group": one("aws_cloudwatch_log_group"),
    "iam//modules/iam-assumable-role": _assumable_role,
    "iam//modules/iam-assumable-role-with-oidc": _assumable_role,
    "iam//modules/iam-role": _assumable_role,
    "iam//modules/iam-role-for-service-accounts-eks": _irsa,
    "iam//modules/iam-role-for-service-accounts": _irsa,
    "iam//modules/iam-github-oidc-role": _irsa,
    "iam//modules/iam-github-oidc-provider": one("aws_iam_openid_connect_provider"),
    "iam//modules/iam-oidc-provider": one("aws_iam_openid_connect_provider"),
    "iam//modules/iam-policy": one("aws_iam_policy"),
    "iam//modules/iam-user": _iam_user,
    "eks-pod-identity": one("aws_iam_role"),
    "route53": nothing,
    "route53//modules/records": nothing,
    "route53//modules/zones": nothing,
    "vpc//modules/vpc-endpoints": one("aws_vpc_endpoint"),
    "eventbridge": one("aws_cloudwatch_event_bus"),
    "eks//modules/karpenter": nothing,
    "eks//modules/aws-auth": nothing,
    "key-pair": nothing,
    "app-runner": one("aws_apprunner_service"),
    "rds-proxy": nothing,
}
