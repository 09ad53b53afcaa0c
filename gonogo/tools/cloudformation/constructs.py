"""CDK's constructs in Terraform's words, with the documented defaults of aws-cdk-lib 2."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gonogo.facts.resources import Unknown, Value, as_tuple, truth
from gonogo.tools.cloudformation.names import terraform_type

Values = dict[str, Value]
Made = list[tuple[str, str, Values]]
"""Type, suffix, attributes; the first is the construct itself."""
DAY = 86_400


def construct_resources(module: str, name: str, props: Values) -> Made | None:
    """The resources that a construct stands for; None for one that is not known."""
    shape = _SHAPES.get(f"{module}.{name}")
    if shape is not None:
        return shape(props)
    plain = _PLAIN.get(f"{module}.{name}")
    if plain is not None:
        type_, defaults = plain
        return [(type_, "", {**defaults, **_with_policy(props, "retain")})]
    return None


def library_name(full: str) -> tuple[str, str]:
    """``aws-cdk-lib.aws_s3.Bucket`` as its module and its class: ``aws-s3`` and ``Bucket``."""
    if full.startswith("aws-cdk-lib.aws_"):
        full = full.removeprefix("aws-cdk-lib.").replace("_", "-", full.split(".")[1].count("_"))
    module, _, name = full.rpartition(".")
    return module, name


def cfn_type(module: str, name: str) -> str:
    """``aws-rds`` and ``CfnDBInstance`` as ``AWS::RDS::DBInstance``; empty where no such type is known."""
    if not name.startswith("Cfn"):
        return ""
    service = module.removeprefix("aws-").replace("-", "")
    for spelled in _SERVICES:
        if spelled.lower() == service:
            type_ = f"AWS::{spelled}::{name.removeprefix('Cfn')}"
            return type_ if terraform_type(type_) != type_ else ""
    return ""


_SERVICES = (
    *("ApiGateway", "ApiGatewayV2", "AppRunner", "AppSync", "Amplify", "ApplicationAutoScaling", "AutoScaling"),
    *("Backup", "Batch", "Bedrock", "BedrockAgentCore", "Budgets", "CE", "CertificateManager", "CloudFront"),
    *("CloudTrail", "CloudWatch", "CodeBuild", "CodeDeploy", "CodePipeline", "Cognito", "DAX", "DocDB", "DSQL"),
    *("DynamoDB", "EC2", "ECR", "ECS", "EFS", "EKS", "ElastiCache", "ElasticLoadBalancingV2", "Events", "GuardDuty"),
    *("IAM", "KMS", "Kendra", "Kinesis", "KinesisFirehose", "Lambda", "Logs", "MSK", "Macie", "MemoryDB", "Neptune"),
    *("OpenSearchServerless", "OpenSearchService", "RDS", "Redshift", "RedshiftServerless", "Route53", "S3", "SNS"),
    *("SQS", "SSM", "SageMaker", "Scheduler", "SecretsManager", "SecurityHub", "StepFunctions", "Synthetics", "WAFv2"),
)


def _with_policy(props: Values, default: str) -> Values:
    """``removalPolicy`` as a deletion policy; constructs of stored data keep it by default."""
    policy = props.get("removal_policy", default)
    return {**props, "deletion_policy": policy if isinstance(policy, Unknown) else str(policy).lower()}


def _days(value: Value) -> Value:
    return value / DAY if isinstance(value, int | float) else value


def _bucket(p: Values) -> Made:
    a = _with_policy(p, "retain")
    a["versioning"] = ({"enabled": p.get("versioned", False)},)
    if "lifecycle_rules" in p:
        a["lifecycle_rule"] = as_tuple(p["lifecycle_rules"])
    if "server_access_logs_bucket" in p or "server_access_logs_prefix" in p:
        a["logging"] = ({"target_bucket": p.get("server_access_logs_bucket")},)
    if truth(p.get("public_read_access", False)) is not False:
        a["acl"] = "public-read" if p["public_read_access"] is True else p["public_read_access"]
    made: Made = [("aws_s3_bucket", "", a)]
    if (block := p.get("block_public_access")) is not None:
        names = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
        on: Value = True if str(block) == "BLOCK_ALL" else Unknown(str(block))
        given = block if isinstance(block, Mapping) else {}
        values = {name: given.get(name, on) for name in names}
        if str(block) == "BLOCK_ACLS":
            values = {name: name.endswith("acls") for name in names}
        made.append(("aws_s3_bucket_public_access_block", "PublicAccess", {**values, "bucket": Ellipsis}))
    return made


def _table(p: Values, default_mode: str = "PROVISIONED") -> Made:
    a = _with_policy(p, "retain")
    nested = p.get("point_in_time_recovery_specification")
    recovery = nested.get("point_in_time_recovery_enabled", False) if isinstance(nested, Mapping) else nested
    a["point_in_time_recovery"] = ({"enabled": p.get("point_in_time_recovery", recovery or False)},)
    a["server_side_encryption"] = ({"enabled": "encryption" in p or "encryption_key" in p},)
    a["deletion_protection_enabled"] = p.get("deletion_protection", False)
    if "time_to_live_attribute" in p:
        a["ttl"] = ({"enabled": True, "attribute_name": p["time_to_live_attribute"]},)
    a.setdefault("billing_mode", default_mode)
    return [("aws_dynamodb_table", "", a)]


def _database(type_: str, policy: str = "snapshot", **defaults: Value) -> Callable[[Values], Made]:
    def shape(p: Values) -> Made:
        a = {**defaults, **_with_policy(p, policy)}
        keyed = "storage_encryption_key" in p
        a["storage_encrypted"] = p.get("storage_encrypted", True if keyed else defaults.get("storage_encrypted", False))
        backup = p.get("backup")
        retention = p.get("backup_retention", backup.get("retention") if isinstance(backup, Mapping) else None)
        a["backup_retention_period"] = 1 if retention is None else _days(retention)
        a["deletion_protection"] = p.get("deletion_protection", a["deletion_policy"] == "retain")
        if "cloudwatch_logs_exports" in p:
            a["enabled_cloudwatch_logs_exports"] = p["cloudwatch_logs_exports"]
        return [(type_, "", a)]

    return shape


def _function(p: Values) -> Made:
    a: Values = {"timeout": 3, "memory_size": 128, **p}
    a["environment"] = ({"variables": p["environment"]},) if "environment" in p else ()
    if "tracing" in p:
        a["tracing_config"] = ({"mode": str(p["tracing"]).title().replace("_", "")},)
    dead = "dead_letter_queue" in p or truth(p.get("dead_letter_queue_enabled", False)) is True
    a["dead_letter_config"] = ({"target_arn": p.get("dead_letter_queue", Unknown("queue"))},) if dead else ()
    a["vpc_config"] = ({"subnet_ids": p["vpc"]},) if "vpc" in p else ()
    if "reserved_concurrent_executions" not in a:
        a["reserved_concurrent_executions"] = -1
    made: Made = [("aws_lambda_function", "", a)]
    if "log_retention" in p:
        made.append(
            ("aws_cloudwatch_log_group", "LogRetention", {"retention_in_days": retention_days(p["log_retention"])})
        )
    return made


_RETENTION = {
    "ONE_DAY": 1,
    "THREE_DAYS": 3,
    "FIVE_DAYS": 5,
    "ONE_WEEK": 7,
    "TWO_WEEKS": 14,
    "ONE_MONTH": 30,
    "TWO_MONTHS": 60,
    "THREE_MONTHS": 90,
    "FOUR_MONTHS": 120,
    "FIVE_MONTHS": 150,
    "SIX_MONTHS": 180,
    "ONE_YEAR": 365,
    "THIRTEEN_MONTHS": 400,
    "EIGHTEEN_MONTHS": 545,
    "TWO_YEARS": 731,
    "FIVE_YEARS": 1827,
    "TEN_YEARS": 3653,
    "INFINITE": 0,
}


def retention_days(value: Value) -> Value:
    """``RetentionDays.ONE_WEEK`` in days; 0 keeps for ever."""
    return _RETENTION.get(value, value) if isinstance(value, str) else value


def _log_group(p: Values) -> Made:
    days = retention_days(p.get("retention", "TWO_YEARS"))
    return [("aws_cloudwatch_log_group", "", {**p, "retention_in_days": days})]


def _queue(p: Values) -> Made:
    a: Values = {"sqs_managed_sse_enabled": p.get("encryption") != "UNENCRYPTED", **p}
    if "dead_letter_queue" in p:
        a["redrive_policy"] = p["dead_letter_queue"]
    return [("aws_sqs_queue", "", a)]


def _vpc(p: Values) -> Made:
    made: Made = [("aws_vpc", "", p)]
    gateways = p.get("nat_gateways", p.get("max_azs", 3))
    if gateways != 0:
        made.append(("aws_nat_gateway", "Nat", {"count": gateways}))
    subnets = [s for s in as_tuple(p.get("subnet_configuration")) if isinstance(s, Mapping)]
    kinds = [str(s.get("subnet_type")) for s in subnets] or ["PUBLIC", "PRIVATE_WITH_EGRESS"]
    for kind in dict.fromkeys(kinds):
        public = kind == "PUBLIC"
        made.append(
            ("aws_subnet", kind.title(), {"tier": "public" if public else "private", "map_public_ip_on_launch": public})
        )
    return made


def _template(type_: str) -> Callable[[Values], Made]:
    def shape(p: Values) -> Made:
        flag = truth(p.get("require_imdsv2", False))
        tokens: Value = Unknown("requireImdsv2") if flag is None else "required" if flag else "optional"
        return [(type_, "", {"metadata_options": ({"http_tokens": tokens},), **p})]

    return shape


def _service(p: Values) -> Made:
    a: Values = {"desired_count": 1, "launch_type": "FARGATE", **p}
    a["network_configuration"] = ({"assign_public_ip": p.get("assign_public_ip", False)},)
    if "circuit_breaker" in p:
        a["deployment_circuit_breaker"] = ({"enable": True},)
    if "min_healthy_percent" in p:
        a["deployment_minimum_healthy_percent"] = p["min_healthy_percent"]
    return [("aws_ecs_service", "", a)]


def _patterned(p: Values) -> Made:
    """A service behind a load balancer."""
    made = _service(p)
    public = p.get("public_load_balancer", True)
    internal: Value = not public if isinstance(public, bool) else public
    made.append(("aws_lb", "LB", {"internal": internal, "enable_deletion_protection": False}))
    secure = any(key in p for key in ("certificate", "domain_zone", "protocol")) and p.get("protocol") != "HTTP"
    made.append(
        ("aws_lb_listener", "Listener", {"protocol": "HTTPS" if secure else "HTTP", "load_balancer_arn": Ellipsis})
    )
    return made


def _load_balancer(p: Values) -> Made:
    facing = p.get("internet_facing", False)
    a = {**p, "internal": not facing if isinstance(facing, bool) else facing}
    a["enable_deletion_protection"] = p.get("deletion_protection", False)
    return [("aws_lb", "", a)]


def _listener(p: Values) -> Made:
    secure = "certificates" in p or p.get("protocol") == "HTTPS" or p.get("port") == 443
    action = p.get("default_action")
    redirect = isinstance(action, Unknown) and "redirect" in action.text
    actions = ({"type": "redirect", "redirect": ({"protocol": "HTTPS"},)},) if redirect else ({"type": "forward"},)
    return [("aws_lb_listener", "", {**p, "protocol": "HTTPS" if secure else "HTTP", "default_action": actions})]


def _eks(p: Values) -> Made:
    access = p.get("endpoint_access", "PUBLIC_AND_PRIVATE")
    text = str(access)
    public: Value = "PUBLIC" in text if text.startswith(("PUBLIC", "PRIVATE")) else access
    cidrs: Value = access if "onlyFrom" in text or "only_from" in text else ("0.0.0.0/0",)
    network = {"endpoint_public_access": public, "public_access_cidrs": cidrs}
    logs = tuple(str(item).lower() for item in as_tuple(p.get("cluster_logging")))
    return [("aws_eks_cluster", "", {**p, "vpc_config": (network,), "enabled_cluster_log_types": logs})]


def _repository(p: Values) -> Made:
    a = _with_policy(p, "retain")
    a["image_scanning_configuration"] = ({"scan_on_push": p.get("image_scan_on_push", False)},)
    made: Made = [("aws_ecr_repository", "", a)]
    if "lifecycle_rules" in p:
        made.append(("aws_ecr_lifecycle_policy", "Lifecycle", {"repository": Ellipsis, "policy": p["lifecycle_rules"]}))
    return made


def _role(p: Values) -> Made:
    inline = p.get("inline_policies")
    listed = tuple({"name": k, "policy": v} for k, v in inline.items()) if isinstance(inline, Mapping) else ()
    arns = as_tuple(p.get("managed_policies"))
    return [("aws_iam_role", "", {**p, "inline_policy": listed, "managed_policy_arns": arns})]


def _statement(p: Values) -> Made:
    """A statement by itself: which policy it goes to does not matter for what it allows."""
    effect = str(p.get("effect", "ALLOW")).title()
    statement = {"Effect": effect, "Action": p.get("actions", ()), "Resource": p.get("resources", ())}
    if "principals" in p:
        statement["Principal"] = p["principals"]
    if "not_actions" in p:
        statement["NotAction"] = p["not_actions"]
    if "conditions" in p:
        statement["Condition"] = p["conditions"]
    return [("aws_iam_role_policy", "", {"policy": {"Statement": (statement,)}, **p})]


def _domain(p: Values) -> Made:
    rest = p.get("encryption_at_rest")
    on = rest.get("enabled", False) if isinstance(rest, Mapping) else rest
    defaults = {"encrypt_at_rest": ({"enabled": on or False},)}
    return [("aws_opensearch_domain", "", {**defaults, **_with_policy(p, "retain")})]


_SHAPES: dict[str, Callable[[Values], Made]] = {
    "aws-s3.Bucket": _bucket,
    "aws-dynamodb.Table": _table,
    "aws-dynamodb.TableV2": lambda p: _table(p, "PAY_PER_REQUEST"),
    "aws-rds.DatabaseInstance": _database("aws_db_instance", publicly_accessible=False),
    "aws-rds.DatabaseInstanceFromSnapshot": _database("aws_db_instance", publicly_accessible=False),
    "aws-rds.DatabaseCluster": _database("aws_rds_cluster"),
    "aws-rds.DatabaseClusterFromSnapshot": _database("aws_rds_cluster"),
    "aws-rds.ServerlessCluster": _database("aws_rds_cluster", storage_encrypted=True),
    "aws-docdb.DatabaseCluster": _database("aws_docdb_cluster", storage_encrypted=True),
    "aws-neptune.DatabaseCluster": _database("aws_neptune_cluster", "retain", storage_encrypted=True),
    "aws-lambda.Function": _function,
    "aws-lambda.DockerImageFunction": _function,
    "aws-lambda-nodejs.NodejsFunction": _function,
    "aws-lambda-python.PythonFunction": _function,
    "aws-lambda-go.GoFunction": _function,
    "aws-lambda.SingletonFunction": _function,
    "aws-logs.LogGroup": _log_group,
    "aws-sqs.Queue": _queue,
    "aws-ec2.Vpc": _vpc,
    "aws-ec2.Instance": _template("aws_instance"),
    "aws-ec2.LaunchTemplate": _template("aws_launch_template"),
    "aws-autoscaling.AutoScalingGroup": _template("aws_autoscaling_group"),
    "aws-ecs.FargateService": _service,
    "aws-ecs.Ec2Service": _service,
    "aws-ecs-patterns.ApplicationLoadBalancedFargateService": _patterned,
    "aws-ecs-patterns.ApplicationLoadBalancedEc2Service": _patterned,
    "aws-ecs-patterns.NetworkLoadBalancedFargateService": _patterned,
    "aws-ecs-patterns.QueueProcessingFargateService": _service,
    "aws-elasticloadbalancingv2.ApplicationLoadBalancer": _load_balancer,
    "aws-elasticloadbalancingv2.NetworkLoadBalancer": _load_balancer,
    "aws-elasticloadbalancingv2.ApplicationListener": _listener,
    "aws-elasticloadbalancingv2.NetworkListener": _listener,
    "aws-eks.Cluster": _eks,
    "aws-eks.FargateCluster": _eks,
    "aws-eks-v2.Cluster": _eks,
    "aws-ecr.Repository": _repository,
    "aws-iam.Role": _role,
    "aws-iam.PolicyStatement": _statement,
    "aws-opensearchservice.Domain": _domain,
}
_PLAIN: dict[str, tuple[str, Values]] = {
    "aws-sns.Topic": ("aws_sns_topic", {}),
    "aws-kinesis.Stream": ("aws_kinesis_stream", {"encryption_type": "KMS"}),
    "aws-ec2.SecurityGroup": ("aws_security_group", {}),
    "aws-ec2.BastionHostLinux": ("aws_instance", {"metadata_options": ({"http_tokens": "optional"},)}),
    "aws-ec2.Volume": ("aws_ebs_volume", {"encrypted": False}),
    "aws-ec2.InterfaceVpcEndpoint": ("aws_vpc_endpoint", {}),
    "aws-ec2.GatewayVpcEndpoint": ("aws_vpc_endpoint", {}),
    "aws-ec2.FlowLog": ("aws_flow_log", {}),
    "aws-ecs.Cluster": ("aws_ecs_cluster", {}),
    "aws-ecs.FargateTaskDefinition": ("aws_ecs_task_definition", {"cpu": 256, "memory": 512}),
    "aws-ecs.Ec2TaskDefinition": ("aws_ecs_task_definition", {}),
    "aws-apigateway.RestApi": ("aws_api_gateway_rest_api", {}),
    "aws-apigateway.LambdaRestApi": ("aws_api_gateway_rest_api", {}),
    "aws-apigateway.SpecRestApi": ("aws_api_gateway_rest_api", {}),
    "aws-apigatewayv2.HttpApi": ("aws_apigatewayv2_api", {"protocol_type": "HTTP"}),
    "aws-apigatewayv2.WebSocketApi": ("aws_apigatewayv2_api", {"protocol_type": "WEBSOCKET"}),
    "aws-appsync.GraphqlApi": ("aws_appsync_graphql_api", {}),
    "aws-lambda.FunctionUrl": ("aws_lambda_function_url", {"authorization_type": "AWS_IAM"}),
    "aws-cloudfront.Distribution": ("aws_cloudfront_distribution", {}),
    "aws-cloudfront.CloudFrontWebDistribution": ("aws_cloudfront_distribution", {}),
    "aws-cognito.UserPool": ("aws_cognito_user_pool", {}),
    "aws-kms.Key": ("aws_kms_key", {"enable_key_rotation": False}),
    "aws-secretsmanager.Secret": ("aws_secretsmanager_secret", {}),
    "aws-ssm.StringParameter": ("aws_ssm_parameter", {"type": "String"}),
    "aws-cloudwatch.Alarm": ("aws_cloudwatch_metric_alarm", {"actions_enabled": True}),
    "aws-cloudwatch.CompositeAlarm": ("aws_cloudwatch_composite_alarm", {"actions_enabled": True}),
    "aws-cloudwatch.Dashboard": ("aws_cloudwatch_dashboard", {}),
    "aws-cloudtrail.Trail": ("aws_cloudtrail", {"enable_logging": True}),
    "aws-events.Rule": ("aws_cloudwatch_event_rule", {}),
    "aws-events.EventBus": ("aws_cloudwatch_event_bus", {}),
    "aws-scheduler.Schedule": ("aws_scheduler_schedule", {}),
    "aws-iam.User": ("aws_iam_user", {}),
    "aws-iam.AccessKey": ("aws_iam_access_key", {}),
    "aws-iam.OpenIdConnectProvider": ("aws_iam_openid_connect_provider", {}),
    "aws-efs.FileSystem": ("aws_efs_file_system", {"encrypted": True}),
    "aws-stepfunctions.StateMachine": ("aws_sfn_state_machine", {}),
    "aws-codebuild.Project": ("aws_codebuild_project", {}),
    "aws-codebuild.PipelineProject": ("aws_codebuild_project", {}),
    "aws-codepipeline.Pipeline": ("aws_codepipeline", {}),
    "pipelines.CodePipeline": ("aws_codepipeline", {}),
    "aws-backup.BackupPlan": ("aws_backup_plan", {}),
    "aws-route53.ARecord": ("aws_route53_record", {}),
    "aws-route53.HostedZone": ("aws_route53_zone", {}),
    "aws-certificatemanager.Certificate": ("aws_acm_certificate", {}),
    "aws-synthetics.Canary": ("aws_synthetics_canary", {}),
    "aws-apprunner.Service": ("aws_apprunner_service", {}),
    "aws-amplify.App": ("aws_amplify_app", {}),
    "aws-bedrock.Guardrail": ("aws_bedrock_guardrail", {}),
}
