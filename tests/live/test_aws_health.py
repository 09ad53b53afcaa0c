"""What an AWS account has is at work, broken, or was not seen to work."""

from __future__ import annotations

import pytest

from gonogo.checks.observed.aws_health import workload_health
from gonogo.model.assessment import Outcome
from gonogo.model.criterion import Status, Strength
from gonogo.model.snapshot import Gap, Record
from tests.live.account import agent, alarm, aws, figures, function, gap, service
from tests.live.observed import facts_of

WORKS = function("works")


def health(*records: Record, gaps: tuple[Gap, ...] = (), files: dict[str, str] | None = None) -> Outcome:
    return workload_health(facts_of(records, gaps, files, given=("aws",)))


def target_group(name: str, *states: str, behind: tuple[str, ...] = ("lb",)) -> Record:
    health = [{"TargetHealth": {"State": state}} for state in states]
    return aws("elbv2.target_group", name, Health=health, LoadBalancerArns=list(behind))


def machine(name: str, started: float, failed: float, timed_out: float = 0) -> Record:
    found = figures(ExecutionsStarted=started, ExecutionsFailed=failed, ExecutionsTimedOut=timed_out)
    return aws("states.state_machine", name, status="ACTIVE", Metrics=found)


BROKEN = [
    (function("f", 40, 40), "all 40 invocations of function f failed"),
    (function("f", 40, 40, State="Active", LastUpdateStatus="Successful"), "all 40 invocations of function f failed"),
    (function("f", 100, 6), "6 of 100 invocations of function f failed (6%)"),
    (function("f", 0, 0, State="Failed"), "function f is Failed"),
    (function("f", LastUpdateStatus="Failed"), "the last update of function f failed"),
    (function("f", Metrics=figures(Invocations=-1, Throttles=7)), "all 7 calls of function f were throttled"),
    (service("web", 3, 2), "service web runs 2 of 3 tasks"),
    (service("web", deployments=[{"rolloutState": "FAILED"}]), "a deployment of service web failed"),
    (target_group("web", "healthy", "unhealthy"), "1 of 2 targets of web is unhealthy"),
    (agent("a", agentStatus="NOT_PREPARED"), "agent a is NOT_PREPARED, not PREPARED"),
    (agent("a", Aliases=[{"agentAliasName": "live", "agentAliasStatus": "FAILED"}]), "alias live of agent a is FAILED"),
    (aws("bedrock.knowledge_base", "kb", status="FAILED"), "knowledge base kb is FAILED"),
    (
        aws("bedrock.knowledge_base", "kb", status="ACTIVE", DataSources=[{"name": "s3", "status": "FAILED"}]),
        "data source s3 of knowledge base kb is FAILED",
    ),
    *(
        (aws("cloudformation.stack", "shop", StackStatus=status), f"stack shop is {status}")
        for status in ("ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED", "DELETE_FAILED", "CREATE_FAILED")
    ),
    (machine("flow", 4, 3, 1), "all 4 executions of state machine flow failed"),
    (machine("flow", 0, 2), "all 2 executions of state machine flow failed"),
    (aws("rds.instance", "db", DBInstanceStatus="storage-full"), "database db is storage-full"),
    (aws("rds.cluster", "db", Status="stopped"), "database cluster db is stopped"),
    (aws("dynamodb.table", "t", TableStatus="INACCESSIBLE_ENCRYPTION_CREDENTIALS"), "table t is INACCESSIBLE"),
    (aws("elbv2.load_balancer", "lb", State={"Code": "failed"}), "load balancer lb is failed"),
    (aws("lambda.event_source_mapping", "1", LastProcessingResult="PROBLEM: Function call failed"), "reading from"),
    (aws("eks.cluster", "main", status="FAILED"), "cluster main is FAILED"),
    (alarm("errors", StateValue="ALARM"), "alarm errors is in ALARM"),
]


@pytest.mark.parametrize(("record", "what"), BROKEN, ids=lambda item: item if isinstance(item, str) else "")
def test_what_is_broken_fails_whatever_else_works(record: Record, what: str) -> None:
    found = health(WORKS, record)
    assert found.status is Status.FAIL
    assert what in found.reason
    assert found.problems[0].place is not None


UNSEEN = [
    (function("f", -1, -1, State="Inactive"), "was not invoked in the window, and Lambda took its resources back"),
    (aws("cloudformation.stack", "shop", StackStatus="UPDATE_ROLLBACK_COMPLETE"), "was taken back"),
    (agent("a", agentStatus="UPDATING"), "agent a is UPDATING"),
    (function("f", -1, -1), "function f was not invoked in the window"),
    (function("f", Metrics={}), "function f has no figures of invocations"),
    (function("f", Metrics=figures(Invocations=3)), "function f has no figures of errors"),
    (service("web", 0, 0), "service web wants no task"),
    (target_group("web", "initial"), "has no healthy target: its targets are initial"),
    (target_group("web"), "it has no target"),
    (target_group("web", "healthy", behind=()), "is behind no load balancer"),
    (machine("flow", 0, 0), "state machine flow ran nothing in the window"),
    (aws("cloudformation.stack", "shop", StackStatus="UPDATE_IN_PROGRESS"), "stack shop is UPDATE_IN_PROGRESS"),
    (aws("rds.instance", "db", DBInstanceStatus="modifying"), "database db is modifying"),
    (aws("ec2.instance", "i-1", State={"Name": "running"}, Metrics={}), "i-1 has no figures of status checks"),
    (
        aws(
            "ec2.instance",
            "i-1",
            State={"Name": "running"},
            Metrics={"StatusCheckFailed": {"Maximum": 1, "Datapoints": 9}},
        ),
        "i-1 failed a status check",
    ),
    (aws("eks.cluster", "main", status="ACTIVE"), "cluster main runs pods, and no cluster was given"),
]


@pytest.mark.parametrize(("record", "what"), UNSEEN, ids=lambda item: item if isinstance(item, str) else "")
def test_what_was_not_seen_to_work_is_never_a_pass(record: Record, what: str) -> None:
    found = health(WORKS, record)
    assert found.status is Status.UNVERIFIED
    assert what in found.reason
    assert "not seen working" in found.reason


DISABLED = {"State": "Disabled", "LastProcessingResult": "PROBLEM: Function call failed"}
WELL = [
    aws("lambda.event_source_mapping", "1", **DISABLED),
    service("going", 2, 0, status="DRAINING"),
    target_group("rolling", "healthy", "unhealthy.draining"),
    function("Shop-CustomS3AutoDeleteObjectsCustomResourceProvide-1A2B", -1, -1),
    function("shop-staging-pay", 40, 40),
    aws("rds.instance", "shop", DBInstanceStatus="stopped", TagList=[{"Key": "Environment", "Value": "dev"}]),
    function("f", 100, 5),
    service("web"),
    service("gone", 0, 0, status="INACTIVE"),
    target_group("web", "healthy", "draining"),
    agent("a"),
    machine("flow", 100, 2),
    aws("rds.instance", "db", DBInstanceStatus="backing-up"),
    aws("ec2.instance", "i-2", State={"Name": "stopped"}),
    aws("cloudformation.stack", "shop", StackStatus="UPDATE_COMPLETE"),
    aws("cloudformation.stack", "change", StackStatus="REVIEW_IN_PROGRESS"),
    alarm("cheap", "AWS/Billing", "EstimatedCharges", StateValue="ALARM"),
    alarm("TargetTracking-low", StateValue="ALARM", AlarmActions=["arn:aws:autoscaling:eu-west-1:1:scalingPolicy:x"]),
    alarm("fine"),
]


@pytest.mark.parametrize("record", WELL, ids=lambda record: f"{record.kind} {record.name}")
def test_what_works_passes(record: Record) -> None:
    found = health(WORKS, record)
    assert found.status is Status.PASS, found.reason
    assert found.strength is Strength.OBSERVED


@pytest.mark.parametrize(
    "record",
    [
        aws("ec2.instance", "i-2", State={"Name": "stopped"}),
        service("gone", 0, 0, status="INACTIVE"),
        aws("dynamodb.table", "t", TableStatus="ACTIVE"),
        alarm("fine"),
    ],
    ids=lambda record: record.kind,
)
def test_what_does_not_work_is_not_broken_and_not_at_work(record: Record) -> None:
    found = health(record)
    assert found.status is Status.UNVERIFIED
    assert "nothing that the account has was seen at work" in found.reason


def test_where_all_is_of_another_environment_that_is_meant() -> None:
    assert health(function("shop-staging-pay", 40, 40)).status is Status.FAIL
    assert health(function("shop-staging-pay")).status is Status.PASS


def test_that_things_are_set_up_is_not_that_they_work() -> None:
    found = health(agent("a"), aws("cloudformation.stack", "shop", StackStatus="CREATE_COMPLETE"))
    assert found.status is Status.UNVERIFIED
    assert "nothing that the account has was seen at work" in found.reason


@pytest.mark.parametrize("kind", ["lambda.function:Metrics", "ecs.cluster", "elbv2.target_group:Health", "rds.cluster"])
def test_what_could_not_be_asked_keeps_it_open(kind: str) -> None:
    found = health(WORKS, gaps=(gap(kind),))
    assert found.status is Status.UNVERIFIED
    assert f"{kind} of aws" in found.reason


def test_what_files_deploy_elsewhere_keeps_it_open() -> None:
    manifest = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {a: b}}\n"
    )
    manifest += (
        "  template:\n    metadata: {labels: {a: b}}\n    spec:\n      containers: [{name: web, image: 'web:1'}]\n"
    )
    found = health(WORKS, files={"deploy/web.yaml": manifest})
    assert found.status is Status.UNVERIFIED
    assert "no cluster was given" in found.reason


def test_what_is_declared_and_not_looked_at_keeps_it_open() -> None:
    search = 'resource "aws_opensearch_domain" "search" {\n  domain_name = "search"\n}\n'
    found = health(WORKS, files={"main.tf": search})
    assert found.status is Status.UNVERIFIED
    assert "gonogo does not look at aws_opensearch_domain" in found.reason
