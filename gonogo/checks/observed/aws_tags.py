"""Tags of what an AWS account has and bills, from the records themselves or from the tagging service."""

from __future__ import annotations

from collections.abc import Mapping

from gonogo.checks.observed.aws_items import AWS, tags_of
from gonogo.facts import Facts
from gonogo.facts.live import Seen

TAGGING = "tagging.resource"
_ARNS: dict[str, tuple[str, ...]] = {
    "lambda.function": ("FunctionArn",),
    "dynamodb.table": ("TableArn",),
    "sqs.queue": ("Attributes", "QueueArn"),
    "sns.topic": ("TopicArn",),
    "elasticache.replication_group": ("ARN",),
    "elasticache.cluster": ("ARN",),
    "ecs.cluster": ("clusterArn",),
    "ecs.service": ("serviceArn",),
    "ecr.repository": ("repositoryArn",),
    "elbv2.load_balancer": ("LoadBalancerArn",),
    "states.state_machine": ("stateMachineArn",),
    "logs.log_group": ("arn",),
}
"""Kinds whose records have no tags, and where their ARN is: the tagging service knows them by it."""
_CARRIED = (
    *("ec2.instance", "ec2.volume", "ec2.address", "ec2.nat_gateway", "rds.instance", "rds.cluster", "eks.cluster"),
    *("secretsmanager.secret", "s3.bucket"),
)
"""Kinds whose records have their tags."""
BILLED = (*_ARNS, *_CARRIED)
"""The kinds that are billed and take tags."""
TAG_NEEDS = (*BILLED, TAGGING, "s3.bucket:Tags", "sqs.queue:Attributes")


def tags_by_arn(facts: Facts) -> Mapping[str, Mapping[str, str]]:
    """What the tagging service says. It lists only what has or had tags: what is not there has none."""
    return {str(item.get("ResourceARN", default=item.name)): tags_of(item) for item in facts.live.of(AWS, TAGGING)}


def tags_in(item: Seen, by_arn: Mapping[str, Mapping[str, str]]) -> Mapping[str, str] | None:
    """The tags of a record; None where they can't be told."""
    kind = item.record.kind
    if kind in _CARRIED:
        return None if kind == "s3.bucket" and "Tags" not in item.data else tags_of(item)
    arn = str(item.get(*_ARNS[kind], default="")).removesuffix(":*")
    return by_arn.get(arn, {}) if arn else None
