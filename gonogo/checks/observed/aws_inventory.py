"""Which declared resource is which of those that an AWS account has: by name, by its stack, by its tags."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gonogo.checks import cloud
from gonogo.checks.observed.aws_items import AWS, last_part, tags_of
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.live import Seen
from gonogo.facts.resources import Resource, Unknown


@dataclass(frozen=True, slots=True)
class Listed:
    """How a type of resource is found in an account: the kind of its records, the attributes that name it, its type
    in CloudFormation, the service in its ARN."""

    kind: str
    names: tuple[str, ...]
    template: str
    service: str


def _listed(rows: str) -> dict[str, Listed]:
    found = {}
    for row in rows.split("\n"):
        if row.strip():
            type_, kind, names, template, service = row.split()
            found[type_] = Listed(kind, tuple(name for name in names.split(",") if name != "-"), template, service)
    return found


_CACHES = Listed(
    "elasticache.replication_group", ("replication_group_id",), "ElastiCache::ReplicationGroup", "elasticache"
)
LISTED = _listed("""
aws_lambda_function lambda.function function_name Lambda::Function lambda
aws_dynamodb_table dynamodb.table name,table_name DynamoDB::Table dynamodb
aws_sqs_queue sqs.queue name,queue_name SQS::Queue sqs
aws_sns_topic sns.topic name,topic_name SNS::Topic sns
aws_s3_bucket s3.bucket bucket,bucket_name S3::Bucket s3
aws_db_instance rds.instance identifier,db_instance_identifier RDS::DBInstance rds
aws_rds_cluster rds.cluster cluster_identifier,db_cluster_identifier RDS::DBCluster rds
aws_elasticache_cluster elasticache.cluster cluster_id,cluster_name ElastiCache::CacheCluster elasticache
aws_cloudwatch_metric_alarm cloudwatch.alarm alarm_name CloudWatch::Alarm cloudwatch
aws_cloudwatch_composite_alarm cloudwatch.composite_alarm alarm_name CloudWatch::CompositeAlarm cloudwatch
aws_cloudwatch_dashboard cloudwatch.dashboard dashboard_name CloudWatch::Dashboard cloudwatch
aws_cloudwatch_log_group logs.log_group name,log_group_name Logs::LogGroup logs
aws_cloudwatch_event_rule events.rule name Events::Rule events
aws_sfn_state_machine states.state_machine name,state_machine_name StepFunctions::StateMachine states
aws_ecs_cluster ecs.cluster name,cluster_name ECS::Cluster ecs
aws_ecs_service ecs.service name,service_name ECS::Service ecs
aws_eks_cluster eks.cluster name EKS::Cluster eks
aws_ecr_repository ecr.repository name,repository_name ECR::Repository ecr
aws_bedrockagent_agent bedrock.agent agent_name Bedrock::Agent bedrock
aws_bedrock_guardrail bedrock.guardrail name Bedrock::Guardrail bedrock
aws_bedrockagent_knowledge_base bedrock.knowledge_base name Bedrock::KnowledgeBase bedrock
aws_iam_role iam.role name,role_name IAM::Role iam
aws_iam_user iam.user name,user_name IAM::User iam
aws_lb elbv2.load_balancer name ElasticLoadBalancingV2::LoadBalancer elasticloadbalancing
aws_alb elbv2.load_balancer name ElasticLoadBalancingV2::LoadBalancer elasticloadbalancing
aws_lb_target_group elbv2.target_group name ElasticLoadBalancingV2::TargetGroup elasticloadbalancing
aws_api_gateway_rest_api apigateway.rest_api name ApiGateway::RestApi apigateway
aws_apigatewayv2_api apigatewayv2.api name ApiGatewayV2::Api apigateway
aws_autoscaling_group autoscaling.group name,auto_scaling_group_name AutoScaling::AutoScalingGroup autoscaling
aws_secretsmanager_secret secretsmanager.secret name SecretsManager::Secret secretsmanager
aws_cloudtrail cloudtrail.trail name,trail_name CloudTrail::Trail cloudtrail
aws_budgets_budget budgets.budget name,budget_name Budgets::Budget budgets
aws_backup_plan backup.plan name,backup_plan_name Backup::BackupPlan backup
aws_instance ec2.instance - EC2::Instance ec2
aws_vpc ec2.vpc - EC2::VPC ec2
aws_nat_gateway ec2.nat_gateway - EC2::NatGateway ec2
aws_rds_cluster_instance rds.instance identifier,db_instance_identifier RDS::DBInstance rds
""") | {"aws_elasticache_replication_group": _CACHES}
"""By type in Terraform's words. What belongs to another (policies, permissions, versions) is judged with that."""
_UNLISTED = (
    *(Kind.DATABASE, Kind.TABLE, Kind.CACHE, Kind.FILE_SYSTEM, Kind.SEARCH, Kind.STREAM, Kind.QUEUE, Kind.FUNCTION),
    *(Kind.CONTAINER_SERVICE, Kind.API, Kind.CDN),
)
"""Kinds of which each resource counts, whether or not gonogo lists its type."""
_IDS = (
    *("FunctionArn", "TableArn", "TopicArn", "QueueUrl", "DBInstanceArn", "DBClusterArn", "AlarmArn", "Arn", "arn"),
    *("stateMachineArn", "serviceArn", "clusterArn", "agentId", "agentArn", "guardrailId", "guardrailArn", "ARN"),
    *("knowledgeBaseId", "knowledgeBaseArn", "LoadBalancerArn", "TargetGroupArn", "ApiId", "id", "name", "Name"),
    *("InstanceId", "VpcId", "NatGatewayId", "RoleName", "BackupPlanId", "repositoryUri"),
)
_HASH = re.compile(r"[0-9A-F]{8}$")
"""What CDK adds to the logical ids of what it makes."""


@dataclass(frozen=True)
class Inventory:
    """The records of an account by what they can be known by."""

    by_kind: Mapping[str, Mapping[str, Seen]] = field(repr=False)
    stacks: Mapping[str, tuple[Mapping[str, str], ...]] = field(repr=False)
    """By template (the root of its resources): for each stack that is made of it, physical ids by logical id."""
    named: Mapping[tuple[str, str], str] = field(repr=False)
    """ARNs by service and ``Name`` tag."""


@dataclass(frozen=True, slots=True)
class Match:
    """A declared resource, and what it was found as. ``missing`` where its name is known and nothing has it; ``why``
    where that can't be told."""

    resource: Resource
    found: Seen | None = None
    by_tag: str = ""
    missing: str = ""
    why: str = ""

    @property
    def is_there(self) -> bool:
        return self.found is not None or bool(self.by_tag)


def declared(facts: Facts) -> Iterator[Resource]:
    """The AWS resources that the files declare and that an account would list."""
    for resource in cloud.resources(facts):
        if resource.type in LISTED or (resource.provider == "AWS" and resource.kind in _UNLISTED):
            yield resource


def matched(facts: Facts) -> list[Match]:
    """Each declared resource with what it is in the account."""
    inventory, regions = inventory_of(facts), _regions(facts)
    return [_match(facts, inventory, regions, resource) for resource in declared(facts)]


def inventory_of(facts: Facts) -> Inventory:
    """All records, by name, id and ARN, with what stacks and tags say of them."""
    by_kind: dict[str, dict[str, Seen]] = {}
    for kind in {row.kind for row in LISTED.values()}:
        known = by_kind.setdefault(kind, {})
        for item in facts.live.of(AWS, kind):
            for key in _keys(item):
                known.setdefault(key, item)
    named: dict[tuple[str, str], str] = {}
    for item in facts.live.of(AWS, "tagging.resource"):
        if name := tags_of(item).get("Name"):
            arn = str(item.get("ResourceARN", default=item.name))
            named.setdefault((_service_of(arn), name), arn)
    return Inventory(by_kind, _stacks_by_template(facts), named)


def _keys(item: Seen) -> Iterator[str]:
    yield item.name
    if item.record.kind.startswith(("rds", "elasticache")):
        yield item.name.lower()
    if item.name.startswith("arn:") or "://" in item.name:
        yield last_part(item.name)
    yield from (value for name in _IDS if isinstance(value := item.get(name), str) and value)
    if name := tags_of(item).get("Name"):
        yield f"Name={name}"


def _stacks_by_template(facts: Facts) -> dict[str, tuple[Mapping[str, str], ...]]:
    """For each template the stacks that have most of what it defines, and half of it at least: logical ids such as
    ``Function`` stand in stacks of others too."""
    defined: dict[str, set[str]] = defaultdict(set)
    for resource in facts.cloudformation.resources():
        if resource.type in LISTED:
            defined[resource.root].add(resource.address)
    stacks = list(_stacks(facts)) if defined else []
    found = {}
    for template, ids in defined.items():
        shared = [(len(ids & stack.keys()), stack) for stack in stacks]
        most = max((number for number, _ in shared), default=0)
        found[template] = tuple(stack for number, stack in shared if number == most) if most * 2 >= len(ids) else ()
    return found


def _stacks(facts: Facts) -> Iterator[Mapping[str, str]]:
    """Physical ids by logical id, of each stack; by tags too, where stacks can't be read."""
    for stack in facts.live.of(AWS, "cloudformation.stack"):
        kept = [one for one in stack.get("Resources", default=[]) if one.get("ResourceStatus") not in _NOT_MADE]
        yield _with_plain_ids({str(one.get("LogicalResourceId")): str(one.get("PhysicalResourceId")) for one in kept})
    by_stack: dict[str, dict[str, str]] = defaultdict(dict)
    for item in facts.live.of(AWS, "tagging.resource"):
        tags = tags_of(item)
        if logical := tags.get("aws:cloudformation:logical-id"):
            arn = str(item.get("ResourceARN", default=item.name))
            by_stack[tags.get("aws:cloudformation:stack-name", "")][logical] = arn
    yield from map(_with_plain_ids, by_stack.values())


_NOT_MADE = ("DELETE_COMPLETE", "CREATE_FAILED")


def _with_plain_ids(ids: Mapping[str, str]) -> dict[str, str]:
    return {_HASH.sub("", logical): physical for logical, physical in ids.items()} | dict(ids)


def _match(facts: Facts, inventory: Inventory, regions: frozenset[str], resource: Resource) -> Match:
    listed = LISTED.get(resource.type)
    if listed is None:
        return Match(resource, why=f"gonogo lists no {resource.type} of an account")
    known = inventory.by_kind[listed.kind]
    name, tag = name_of(resource), resource.get("tags.Name")
    tag = tag if isinstance(tag, str) else ""
    stacks = inventory.stacks.get(resource.root, ()) if resource.origin not in ("terraform", "module") else ()
    physical = [stack[resource.address] for stack in stacks if resource.address in stack]
    if tag and (arn := inventory.named.get((listed.service, tag))):
        physical.append(arn)
    ends = [last_part(one) for one in physical if one.startswith("arn:")]
    for key in (name, *physical, *ends, f"Name={tag}" if tag else ""):
        if key and key in known:
            return Match(resource, known[key])
    arns = [one for one in physical if _service_of(one) == listed.service]
    if arns and facts.live.gaps(AWS, listed.kind):
        return Match(resource, by_tag=arns[0])  # stacks and tags show it, though its own service could not be asked
    gone = name or next((one for one in physical if one), "")
    if not gone:
        return Match(resource, why="the files do not tell its name")
    return _absent(facts, regions, resource, listed.kind, gone)


def _service_of(arn: str) -> str:
    return arn.split(":")[2] if arn.count(":") > 4 else ""


def _absent(facts: Facts, regions: frozenset[str], resource: Resource, kind: str, name: str) -> Match:
    """Missing, unless it may be there and was not seen."""
    listed_under = ("ecs.cluster",) if kind == "ecs.service" else ()
    if gaps := facts.live.gaps(AWS, kind, *listed_under):
        return Match(resource, why=str(gaps[0]))
    if resource.exists is None:
        return Match(resource, why="whether it is switched on does not show")
    elsewhere = _region_of(facts, resource) - regions
    if elsewhere and not kind.startswith(("s3.", "iam.", "budgets.")):
        return Match(resource, why=f"region {min(elsewhere)} was not looked at")
    bus = resource.get("event_bus_name")
    if kind == "events.rule" and bus not in (None, "default"):
        return Match(resource, why="only the default event bus was looked at")
    if _hangs_on_environment(facts, resource, name):
        return Match(resource, why="its name has the environment's, which no file sets")
    return Match(resource, missing=name)


_STAGE = re.compile(
    r"^(?:target_?|deploy(?:ment)?_?|app_?|tf_?)?(?:env|environment|stage)(?:_?name|_?type)?$", re.IGNORECASE
)


def _hangs_on_environment(facts: Facts, resource: Resource, name: str) -> bool:
    """Whether the name holds the value of a variable for the environment that no file sets: a default, or a guess."""
    values = [
        variable.value
        for root in facts.terraform.roots
        if root.path == resource.root
        for variable in root.variables.values()
        if _STAGE.match(variable.name) and variable.set_at is None
    ]
    values += [
        value
        for template in facts.cloudformation.templates
        if template.path == resource.root
        for parameter, value in template.parameters.items()
        if _STAGE.match(parameter)
    ]
    return any(isinstance(value, str) and value and value in name for value in values)


def name_of(resource: Resource) -> str:
    """The name that the files give it as a constant; empty where they leave it to a variable, a tool or AWS."""
    listed = LISTED[resource.type]
    values = (resource.get(attribute) for attribute in listed.names)
    name = next((value for value in values if value is not None), None)
    if isinstance(name, Unknown) or not isinstance(name, str):
        return ""
    return name.lower() if listed.kind.startswith(("rds", "elasticache")) else name


def _regions(facts: Facts) -> frozenset[str]:
    """The regions that were looked at, by what was seen of them and what was not."""
    scopes = {item.scope for item in facts.live.seen if item.record.source == AWS}
    return frozenset(scopes | {gap.scope for gap in facts.live.gaps(AWS)})


def _region_of(facts: Facts, resource: Resource) -> set[str]:
    """The regions that the providers of its root name: which of several it uses is not in the facts."""
    return {
        provider.attributes["region"]
        for root in facts.terraform.roots
        if root.path == resource.root
        for provider in root.providers
        if provider.name == "aws" and isinstance(provider.attributes.get("region"), str)
    }
