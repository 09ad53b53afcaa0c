"""Each check of an AWS account passes, fails, and says nothing of what it could not see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from gonogo.checks import find_observed
from gonogo.criteria import load_catalogue
from gonogo.model.assessment import Outcome
from gonogo.model.criterion import Criterion, ObservedCheck, Status
from gonogo.model.snapshot import Gap, Record
from tests.live.account import ACCOUNT, REGION, agent, alarm, aws, four, function, gap, guardrail, service, task
from tests.live.observed import facts_of

OWN = (
    *("aws_health", "aws_alarms", "aws_resilience", "aws_backups", "aws_messages", "aws_limits", "aws_logs"),
    *("aws_telemetry", "aws_ai", "aws_delivery", "aws_declared"),
)


@dataclass(frozen=True)
class Case:
    """What passes, what fails when it is added, and a kind without which nothing passes."""

    check: str
    good: Sequence[Record]
    bad: Sequence[Record]
    unseen: str
    what: str
    """What the reason of the failure names."""


def database(name: str, **data: Any) -> Record:
    found: dict[str, Any] = {
        "BackupRetentionPeriod": 7,
        "MultiAZ": True,
        "DBInstanceStatus": "available",
        "DeletionProtection": True,
    }
    return aws("rds.instance", name, **found | data)


def table(name: str, **data: Any) -> Record:
    recovery = {"PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "ENABLED"}}
    found: dict[str, Any] = {"TableStatus": "ACTIVE", "ContinuousBackups": recovery, "DeletionProtectionEnabled": True}
    return aws("dynamodb.table", name, **found | data)


def queue(name: str, **attributes: str) -> Record:
    url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
    return aws("sqs.queue", url, QueueUrl=url, Attributes={"QueueArn": arn} | attributes)


def stack(name: str, **data: Any) -> Record:
    return aws("cloudformation.stack", name, **{"StackStatus": "UPDATE_COMPLETE"} | data)


def load_balancer(name: str, zones: int = 2, logs: str = "true") -> Record:
    attributes = [{"Key": "access_logs.s3.enabled", "Value": logs}, {"Key": "access_logs.s3.bucket", "Value": "logs"}]
    found: dict[str, Any] = {"Type": "application", "AvailabilityZones": [{"ZoneName": f"z{n}"} for n in range(zones)]}
    return aws("elbv2.load_balancer", name, Attributes=attributes, **found)


SCALED = aws("applicationautoscaling.target", "service/main/web", MinCapacity=2, MaxCapacity=9)
BASE = aws(
    "bedrock.knowledge_base",
    "docs",
    status="ACTIVE",
    knowledgeBaseConfiguration={"type": "VECTOR"},
    DataSources=[{"name": "s3", "status": "AVAILABLE"}],
)
LOGGED = aws("bedrock.logging", "logging", loggingConfig={"cloudWatchConfig": {"logGroupName": "/models"}})
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/web"
REPOSITORY = aws("ecr.repository", "web", repositoryUri=IMAGE, imageTagMutability="IMMUTABLE")
ROLE = aws("iam.role", "agents", "global", Arn=f"arn:aws:iam::{ACCOUNT}:role/agents", RolePolicyList=[])
WIDE = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
IN_SYNC = {"StackDriftStatus": "IN_SYNC", "LastCheckTimestamp": "2026-05-30T00:00:00+00:00"}
EKS_LOGS = {"clusterLogging": [{"types": ["api", "audit"], "enabled": True}]}
CASES = [
    Case("aws_health.workload_health", [function("a")], [function("b", 9, 9)], "lambda.function:Metrics", "b failed"),
    Case(
        "aws_alarms.alert_routing", four(), [alarm("mute", AlarmActions=[])], "sns.subscription", "mute has no action"
    ),
    Case(
        "aws_alarms.alert_noise",
        four(),
        [alarm("old", StateValue="ALARM", StateTransitionedTimestamp="2026-05-01T00:00:00+00:00")],
        "cloudwatch.alarm",
        "old has been firing for 31 days",
    ),
    Case(
        "aws_resilience.redundancy",
        [service("web"), database("orders")],
        [database("users", MultiAZ=False)],
        "ecs.cluster",
        "users is in one zone",
    ),
    Case(
        "aws_resilience.autoscaling",
        [service("web"), SCALED],
        [service("worker")],
        "applicationautoscaling.target",
        "worker has a fixed number",
    ),
    Case(
        "aws_resilience.multi_az_network",
        [
            aws("ec2.vpc", "vpc-1", VpcId="vpc-1", IsDefault=False),
            aws("ec2.subnet", "s1", SubnetId="s1", VpcId="vpc-1", AvailabilityZone="z1"),
            aws("ec2.subnet", "s2", SubnetId="s2", VpcId="vpc-1", AvailabilityZone="z2"),
        ],
        [load_balancer("edge", zones=1)],
        "ec2.subnet",
        "edge is in one zone",
    ),
    Case(
        "aws_backups.backups",
        [database("orders"), table("carts"), aws("s3.bucket", "acme-invoices", Versioning={"Status": "Enabled"})],
        [table("users", ContinuousBackups={"ContinuousBackupsStatus": "ENABLED"})],
        "dynamodb.table:ContinuousBackups",
        "table users has no automatic backup",
    ),
    Case(
        "aws_backups.deletion_protection",
        [database("orders"), table("carts")],
        [database("users", DeletionProtection=False)],
        "rds.instance",
        "database users has no protection",
    ),
    Case(
        "aws_messages.dead_letter_queues",
        [
            queue("work", RedrivePolicy=f'{{"deadLetterTargetArn": "arn:aws:sqs:{REGION}:{ACCOUNT}:failed"}}'),
            queue("failed"),
        ],
        [queue("mails")],
        "sqs.queue:Attributes",
        "queue mails has no dead-letter queue",
    ),
    Case("aws_limits.timeouts", [function("a")], [function("b", Timeout=0)], "lambda.function", "b has a timeout of 0"),
    Case(
        "aws_limits.quota_headroom",
        [aws("quotas.quota", "L-1", QuotaName="Functions", Usage=10, Value=1000)],
        [aws("quotas.quota", "L-2", QuotaName="Tables", Usage=900, Value=1000)],
        "quotas.quota",
        "Tables is used to 90%",
    ),
    Case(
        "aws_logs.log_retention",
        [aws("logs.log_group", "/a", logGroupName="/a", retentionInDays=30)],
        [aws("logs.log_group", "/b", logGroupName="/b")],
        "logs.log_group",
        "/b never expires",
    ),
    Case(
        "aws_logs.centralized_logging",
        [function("a"), aws("logs.log_group", "/aws/lambda/a"), service("web"), task("web")],
        [function("b")],
        "ecs.task_definition",
        "b was invoked and has no log group",
    ),
    Case(
        "aws_logs.access_logs",
        [load_balancer("edge"), aws("s3.bucket", "logs", Logging=None)],
        [aws("s3.bucket", "data", Logging=None)],
        "s3.bucket:Logging",
        "data has no server access logging",
    ),
    Case(
        "aws_logs.control_plane_logs",
        [aws("eks.cluster", "main", logging=EKS_LOGS)],
        [aws("eks.cluster", "other", logging={"clusterLogging": [{"types": ["api"], "enabled": True}]})],
        "eks.cluster",
        "other does not log audit",
    ),
    Case(
        "aws_telemetry.distributed_tracing",
        [function("a", TracingConfig={"Mode": "Active"}), function("c", TracingConfig={"Mode": "Active"})],
        [function("b", TracingConfig={"Mode": "PassThrough"})],
        "lambda.function",
        "b is not traced",
    ),
    Case(
        "aws_ai.llm_guardrails",
        [agent("a"), guardrail()],
        [agent("b", guardrailConfiguration=None)],
        "bedrock.agent",
        "b has no",
    ),
    Case(
        "aws_ai.llm_pii_protection",
        [agent("a"), guardrail()],
        [agent("b", guardrailConfiguration={"guardrailIdentifier": "gone"})],
        "bedrock.agent",
        "gone, which is not there",
    ),
    Case(
        "aws_ai.llm_tool_least_privilege",
        [agent("a"), ROLE],
        [
            agent("b", agentResourceRoleArn="r"),
            aws("iam.role", "r", Arn="r", RolePolicyList=[{"PolicyDocument": WIDE}]),
        ],
        "iam.role",
        "r of agent b allows s3:*",
    ),
    Case(
        "aws_ai.knowledge_base_health",
        [BASE],
        [aws("bedrock.knowledge_base", "b", status="FAILED")],
        "bedrock.knowledge_base",
        "FAILED",
    ),
    Case(
        "aws_ai.llm_invocation_logging",
        [agent("a"), LOGGED, aws("logs.log_group", "/models")],
        [aws("bedrock.agent", "far", "us-east-1"), aws("bedrock.logging", "logging", "us-east-1", loggingConfig=None)],
        "bedrock.logging",
        "not logged in us-east-1",
    ),
    Case(
        "aws_ai.llm_model_pinned",
        [agent("a")],
        [agent("b", foundationModel="anthropic.claude-x")],
        "bedrock.agent",
        "claude-x",
    ),
    Case(
        "aws_delivery.drift",
        [stack("shop", DriftInformation=IN_SYNC)],
        [stack("edge", DriftInformation={"StackDriftStatus": "DRIFTED"})],
        "cloudformation.stack",
        "edge has drifted",
    ),
    Case(
        "aws_delivery.immutable_artifacts",
        [service("web"), task("web", image=f"{IMAGE}:1a2b3c"), REPOSITORY],
        [service("job"), task("job", image=IMAGE)],
        "ecr.repository",
        "runs web without a tag",
    ),
]


def run(check: str, records: Sequence[Record], gaps: Sequence[Gap] = ()) -> Outcome:
    return find_observed(ObservedCheck(source="aws", check=check))(facts_of(records, gaps, given=("aws",)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.check)
def test_each_check_passes_fails_and_does_not_see(case: Case) -> None:
    good = run(case.check, case.good)
    assert good.status is Status.PASS, good.reason
    bad = run(case.check, [*case.good, *case.bad])
    assert bad.status is Status.FAIL
    assert case.what in bad.reason
    assert bad.problems
    assert all(problem.place for problem in bad.problems)
    unseen = run(case.check, case.good, [gap(case.unseen)])
    assert unseen.status is Status.UNVERIFIED
    assert "access denied" in unseen.reason
    assert run(case.check, [], [gap(case.unseen.partition(":")[0])]).status is not Status.PASS
    assert run(case.check, []).status is Status.NOT_APPLICABLE


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.check)
def test_a_gap_never_hides_a_fault(case: Case) -> None:
    if case.check != "aws_logs.centralized_logging":
        assert run(case.check, [*case.good, *case.bad], [gap(case.unseen)]).status is Status.FAIL


def rows() -> list[tuple[Criterion, ObservedCheck]]:
    return [(c, row) for c in load_catalogue() for row in c.observed if row.check.partition(".")[0] in OWN]


@pytest.mark.parametrize(("criterion", "row"), rows(), ids=lambda item: getattr(item, "check", ""))
def test_each_row_lists_the_tools_that_its_check_reads(criterion: Criterion, row: ObservedCheck) -> None:
    records = [record for case in CASES for record in (*case.good, *case.bad)]
    facts = facts_of({(r.scope, r.kind, r.name): r for r in records}.values(), files={"main.tf": DECLARED})
    own = {tool: found for tool, found in facts.read.items() if tool in (*criterion.needs, "live")}
    check: Callable[..., Any] = find_observed(row)
    assert check(replace(facts, read=own)).status in (
        Status.FAIL,
        Status.PASS,
        Status.UNVERIFIED,
        Status.NOT_APPLICABLE,
    )
    assert check(replace(facts_of([], given=("aws",)), read=own)).status


DECLARED = 'resource "aws_lambda_function" "a" {\n  function_name = "a"\n  timeout = 30\n}\n'


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.check)
def test_nothing_passes_where_the_account_could_not_be_reached(case: Case) -> None:
    assert run(case.check, [], [gap("*")]).status in (Status.UNVERIFIED, Status.NOT_APPLICABLE)


def test_five_thousand_functions_are_told_in_a_sentence() -> None:
    records = [function(f"f{number:04}", 10, number % 2 * 10) for number in range(5_000)]
    found = run("aws_health.workload_health", records)
    assert len(found.problems) == 2_500
    assert len(found.reason) < 500
    assert found.reason.startswith("2500 of 5000 things in the account fail")
