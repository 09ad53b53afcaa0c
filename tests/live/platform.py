"""A seeded account in the shape of a Bedrock multi-agent platform, with what its code declares in Terraform."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from tests.live.stand_in import ACCOUNT, Answers

REGION = "us-east-1"
AGENTS = ("router", "security", "sre", "cost", "delivery", "writer")
TOOLS = tuple(f"tool-{number:02}" for number in range(10))
EXECUTOR = "executor"
TABLES = tuple(f"state-{number:02}" for number in range(16))
MISSING = TABLES[7]
"""Declared, and not there."""
ALARMS = 7
UPDATED = "2026-11-01T00:00:00Z"
UNROUTED = ("alarm-5", "alarm-6")
"""Alarms without an action."""
_AGENT = "arn:aws:bedrock:us-east-1:123456789012:agent/"


def answers() -> Answers:
    """What moto lacks: guardrails, agents with their action groups and knowledge bases, anomaly monitors, quotas."""
    agents = {f"AGENT{number:05}": name for number, name in enumerate(AGENTS)}
    guardrail = {"guardrailIdentifier": "gr-1", "guardrailVersion": "3"}
    return {
        ("bedrock", "ListGuardrails"): {"guardrails": [_guardrail()]},
        ("bedrock", "GetGuardrail"): lambda found: _guardrail() | _policies(),
        ("bedrock", "GetModelInvocationLoggingConfiguration"): {},
        ("bedrock-agent", "ListAgents"): {
            "agentSummaries": [
                {"agentId": key, "agentName": name, "agentStatus": "PREPARED", "updatedAt": UPDATED}
                for key, name in agents.items()
            ]
        },
        ("bedrock-agent", "GetAgent"): lambda found: {
            "agent": {
                "agentId": found["agentId"],
                "agentName": agents[found["agentId"]],
                "agentArn": _AGENT + found["agentId"],
                "agentVersion": "DRAFT",
                "agentStatus": "PREPARED" if agents[found["agentId"]] != "writer" else "NOT_PREPARED",
                "idleSessionTTLInSeconds": 600,
                "agentResourceRoleArn": f"arn:aws:iam::{ACCOUNT}:role/agents",
                "foundationModel": "anthropic.claude-sonnet-4-5",
                "instruction": "never shown",
                **({"guardrailConfiguration": guardrail} if agents[found["agentId"]] != "cost" else {}),
                "createdAt": "2026-10-01T00:00:00Z",
                "updatedAt": UPDATED,
            }
        },
        ("bedrock-agent", "ListAgentAliases"): {"agentAliasSummaries": []},
        ("bedrock-agent", "ListAgentActionGroups"): {
            "actionGroupSummaries": [
                {
                    "actionGroupId": "AG00000001",
                    "actionGroupName": "tools",
                    "actionGroupState": "ENABLED",
                    "updatedAt": UPDATED,
                }
            ]
        },
        ("bedrock-agent", "ListAgentKnowledgeBases"): {"agentKnowledgeBaseSummaries": []},
        ("bedrock-agent", "ListKnowledgeBases"): {
            "knowledgeBaseSummaries": [
                {
                    "knowledgeBaseId": "KB00000001",
                    "name": "runbooks",
                    "status": "ACTIVE",
                    "updatedAt": UPDATED,
                }
            ]
        },
        ("bedrock-agent", "GetKnowledgeBase"): {
            "knowledgeBase": {"knowledgeBaseId": "KB00000001", "name": "runbooks", "status": "ACTIVE"}
        },
        ("bedrock-agent", "ListDataSources"): {"dataSourceSummaries": []},
        ("xray", "GetServiceGraph"): {
            "StartTime": 1_780_000_000,
            "EndTime": 1_780_021_600,
            "Services": [
                {"ReferenceId": 0, "Name": "shop", "Type": "client", "SummaryStatistics": {"TotalCount": 9}},
                {"ReferenceId": 1, "Name": TOOLS[0], "Type": "AWS::Lambda", "SummaryStatistics": {"TotalCount": 7}},
            ],
        },
        ("synthetics", "DescribeCanaries"): {
            "Canaries": [{"Id": "c1", "Name": "shop", "Status": {"State": "RUNNING"}, "Code": {"Handler": "x.y"}}]
        },
        ("synthetics", "DescribeCanariesLastRun"): {
            "CanariesLastRun": [{"CanaryName": "shop", "LastRun": {"Status": {"State": "PASSED"}}}]
        },
        ("ce", "GetAnomalyMonitors"): {"AnomalyMonitors": []},
        ("ce", "GetAnomalySubscriptions"): {"AnomalySubscriptions": []},
        ("service-quotas", "ListServiceQuotas"): {"Quotas": []},
        ("backup", "ListProtectedResources"): {"Results": []},
    }


def seed(url: str) -> None:
    """Makes what moto can make."""
    client = _clients(url)
    role = client("iam").create_role(RoleName="tools", AssumeRolePolicyDocument=json.dumps(_trust()))["Role"]["Arn"]
    client("iam").put_role_policy(RoleName="tools", PolicyName="all", PolicyDocument=json.dumps(_everything()))
    topic = client("sns").create_topic(Name="oncall")["TopicArn"]
    client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="oncall@example.com")
    for name in (*TOOLS, EXECUTOR):
        client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.12",
            Role=role,
            Handler="app.handler",
            Code={"ZipFile": _code()},
            Environment={"Variables": {"TABLE": "state-00", "API_TOKEN": "s3cr3t-t0ken-of-the-platform"}},
        )
    for name in TABLES:
        if name != MISSING:
            client("dynamodb").create_table(
                TableName=name,
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
    for number in range(ALARMS):
        name = f"alarm-{number}"
        client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            Namespace="AWS/Lambda",
            MetricName="Errors",
            Dimensions=[{"Name": "FunctionName", "Value": TOOLS[number]}],
            Statistic="Sum",
            Period=300,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            AlarmActions=[] if name in UNROUTED else [topic],
        )
    client("s3").create_bucket(Bucket="platform-documents")
    client("sqs").create_queue(QueueName="work")


def write_code(folder: Path) -> Path:
    """What the platform's repository declares: its functions and tables, in Terraform."""
    folder.mkdir(parents=True, exist_ok=True)
    functions = "\n".join(
        f'resource "aws_lambda_function" "{name}" {{\n  function_name = "{name}"\n  runtime = "python3.12"\n'
        f'  handler = "app.handler"\n  filename = "app.zip"\n  timeout = 30\n}}'
        for name in (*TOOLS, EXECUTOR)
    )
    tables = "\n".join(
        f'resource "aws_dynamodb_table" "{name}" {{\n  name = "{name}"\n  hash_key = "pk"\n'
        f'  billing_mode = "PAY_PER_REQUEST"\n}}'
        for name in TABLES
    )
    (folder / "main.tf").write_text(f'provider "aws" {{\n  region = "us-east-1"\n}}\n{functions}\n{tables}\n')
    return folder


def _clients(url: str) -> Any:
    import boto3

    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in made:
            made[service] = boto3.client(
                service,
                endpoint_url=url,
                region_name=REGION,
                aws_access_key_id="testing",
                aws_secret_access_key="testing",
            )
        return made[service]

    return client


def _guardrail() -> dict[str, Any]:
    return {
        "id": "gr-1",
        "guardrailId": "gr-1",
        "arn": "arn:aws:bedrock:us-east-1:123456789012:guardrail/gr-1",
        "guardrailArn": "arn:aws:bedrock:us-east-1:123456789012:guardrail/gr-1",
        "name": "platform",
        "status": "READY",
        "version": "3",
        "createdAt": "2026-10-01T00:00:00Z",
        "updatedAt": UPDATED,
    }


def _policies() -> dict[str, Any]:
    return {
        "contentPolicy": {"filters": [{"type": "PROMPT_ATTACK", "inputStrength": "HIGH", "outputStrength": "NONE"}]},
        "sensitiveInformationPolicy": {"piiEntities": [{"type": "EMAIL", "action": "ANONYMIZE"}], "regexes": []},
    }


def _trust() -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _everything() -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}]}


def _code() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    return {}\n")
    return packed.getvalue()
