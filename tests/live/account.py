"""Records of an AWS account as its reader makes them, small: what is asked of them stands in, the rest is left out."""

from __future__ import annotations

from typing import Any

from gonogo.model.snapshot import Gap, Record

REGION, ACCOUNT = "eu-west-1", "123456789012"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:oncall"


def aws(kind: str, name: str, scope: str = REGION, **data: Any) -> Record:
    return Record(source="aws", scope=scope, kind=kind, name=name, data=data)


def gap(kind: str, permission: str = "x:Describe") -> Gap:
    return Gap(source="aws", scope=REGION, kind=kind, why="access denied", permission=permission)


def figures(**of: float) -> dict[str, Any]:
    """Figures of CloudWatch over a day: sums, of which some may have no data (-1)."""
    return {name: {"Sum": max(value, 0), "Datapoints": 24 if value >= 0 else 0} for name, value in of.items()}


def function(name: str, invocations: float = 100, errors: float = 0, **data: Any) -> Record:
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
    found: dict[str, Any] = {
        "FunctionArn": arn,
        "Timeout": 30,
        "Metrics": figures(Invocations=invocations, Errors=errors, Throttles=0),
    }
    return aws("lambda.function", name, **found | data)


def service(name: str, desired: int = 2, running: int = 2, **data: Any) -> Record:
    found: dict[str, Any] = {
        "serviceArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/main/{name}",
        "clusterArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/main",
        "status": "ACTIVE",
        "desiredCount": desired,
        "runningCount": running,
        "taskDefinition": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{name}:1",
    }
    return aws("ecs.service", name, **found | data)


def task(name: str, **container: Any) -> Record:
    arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{name}:1"
    logs = {"logConfiguration": {"logDriver": "awslogs"}}
    return aws(
        "ecs.task_definition", arn, taskDefinitionArn=arn, containerDefinitions=[{"name": name} | logs | container]
    )


def alarm(name: str, namespace: str = "AWS/Lambda", metric: str = "Errors", points: int = 24, **data: Any) -> Record:
    found: dict[str, Any] = {
        "ActionsEnabled": True,
        "AlarmActions": [TOPIC],
        "StateValue": "OK",
        "Namespace": namespace,
        "MetricName": metric,
        "Metrics": {metric: {"Datapoints": points}},
    }
    return aws("cloudwatch.alarm", name, **found | data)


def routes() -> list[Record]:
    """A topic that somebody has subscribed to."""
    subscription = f"{TOPIC}:6b0e71bd"
    return [
        aws("sts.identity", ACCOUNT, "global", Account=ACCOUNT),
        aws("sns.topic", TOPIC, TopicArn=TOPIC, Attributes={"SubscriptionsConfirmed": "0"}),
        aws("sns.subscription", subscription, SubscriptionArn=subscription, Protocol="email", TopicArn=TOPIC),
    ]


def four() -> list[Record]:
    """Alarms on availability, errors, latency and saturation that work, and whom they tell."""
    return [
        alarm("answers", "AWS/ApplicationELB", "HealthyHostCount"),
        alarm("errors", metric="Errors"),
        alarm("slow", metric="Duration"),
        alarm("full", metric="ConcurrentExecutions"),
        *routes(),
    ]


def guardrail(**data: Any) -> Record:
    found: dict[str, Any] = {
        "guardrailId": "gr1",
        "status": "READY",
        "contentPolicy": {"filters": [{"type": "HATE", "inputStrength": "HIGH", "outputStrength": "HIGH"}]},
        "sensitiveInformationPolicy": {"piiEntities": [{"type": "EMAIL", "action": "ANONYMIZE"}]},
    }
    return aws("bedrock.guardrail", "gr", **found | data)


def agent(name: str, **data: Any) -> Record:
    found: dict[str, Any] = {
        "agentId": f"ID{name}",
        "agentStatus": "PREPARED",
        "foundationModel": "anthropic.claude-3-5-sonnet-20240620-v1:0",
        "agentResourceRoleArn": f"arn:aws:iam::{ACCOUNT}:role/agents",
        "guardrailConfiguration": {"guardrailIdentifier": "gr1", "guardrailVersion": "1"},
        "Aliases": [{"agentAliasName": "live", "agentAliasStatus": "PREPARED"}],
    }
    return aws("bedrock.agent", name, **found | data)
