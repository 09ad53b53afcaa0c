"""Controls and costs of an account: each check passes, fails and says what it could not see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gonogo.checks.observed.aws_account import audit_trail, threat_detection
from gonogo.checks.observed.aws_capacity import purchase_options, right_sizing, scale_in
from gonogo.checks.observed.aws_cost import budgets, cost_anomaly_detection, cost_tags
from gonogo.checks.observed.aws_waste import idle_resources, network_cost, storage_lifecycle
from gonogo.facts import Facts
from gonogo.model.assessment import Outcome
from gonogo.model.criterion import Status
from gonogo.model.snapshot import Gap, Record
from tests.live.account import ACCOUNT, REGION, TOPIC, alarm, aws, figures, function, gap, service, task
from tests.live.observed import facts_of

Check = Callable[[Facts], Outcome]
NETWORK = aws("ec2.vpc", "vpc-1", VpcId="vpc-1")
"""Something of the region, so that it is known to be looked at."""


def judge(check: Check, *records: Record, gaps: tuple[Gap, ...] = (), files: dict[str, str] | None = None) -> Outcome:
    identity = aws("sts.identity", ACCOUNT, "global", Account=ACCOUNT)
    return check(facts_of([identity, *records], gaps, files, given=("aws",)))


def trail(logging: bool | None = True, **data: Any) -> Record:
    found: dict[str, Any] = {"IsMultiRegionTrail": True, "HomeRegion": REGION, "Status": {"IsLogging": logging}}
    return aws("cloudtrail.trail", "main", **found | data)


def cluster(*types: str) -> Record:
    return aws("eks.cluster", "k", logging={"clusterLogging": [{"types": list(types), "enabled": True}]})


def detector(status: str = "ENABLED", scope: str = REGION) -> Record:
    return aws("guardduty.detector", "d", scope, Status=status)


def budget(notifications: Any = ({"NotificationType": "ACTUAL"},), **data: Any) -> Record:
    found: dict[str, Any] = {"BudgetType": "COST", "Notifications": list(notifications)}
    return aws("budgets.budget", "monthly", "global", **found | data)


MONITOR = aws("ce.anomaly_monitor", "arn:m", "global", MonitorArn="arn:m", MonitorName="services")
SUBSCRIPTION = aws("ce.anomaly_subscription", "arn:s", "global", MonitorArnList=["arn:m"])
TAGS = [{"Key": "Project", "Value": "shop"}]
NAMES = [{"Key": "Name", "Value": "x"}, {"Key": "aws:cloudformation:stack-name", "Value": "x"}]


def volume(name: str, tags: Any = TAGS, **data: Any) -> Record:
    return aws("ec2.volume", name, **{"State": "in-use", "Size": 8, "Tags": tags} | data)


def tagged(arn: str, tags: Any = TAGS) -> Record:
    return aws("tagging.resource", arn, ResourceARN=arn, Tags=tags)


def gateway(sent: float, name: str = "nat-1", **data: Any) -> Record:
    found = {"State": "available", "VpcId": "vpc-1", "Metrics": figures(BytesOutToDestination=sent)}
    return aws("ec2.nat_gateway", name, **found | data)


def balancer(*kinds: str) -> Record:
    listeners = [{"DefaultActions": [{"Type": kind}]} for kind in kinds]
    return aws("elbv2.load_balancer", "web", LoadBalancerArn="arn:lb", Listeners=listeners)


def targets(*states: str) -> Record:
    health = [{"TargetHealth": {"State": state}} for state in states]
    return aws("elbv2.target_group", "web", LoadBalancerArns=["arn:lb"], Health=health)


def used(percent: float, points: int = 24) -> dict[str, Any]:
    return {"CPUUtilization": {"Average": percent, "Datapoints": points}}


def instance(percent: float = 40, size: str = "m7i.large", **data: Any) -> Record:
    found: dict[str, Any] = {"State": {"Name": "running"}, "InstanceType": size, "Metrics": used(percent)}
    return aws("ec2.instance", "i-1", **found | data)


def database(connections: float = 9, percent: float = 40, **data: Any) -> Record:
    metrics = used(percent) | {"DatabaseConnections": {"Maximum": connections, "Datapoints": 24}}
    found: dict[str, Any] = {"DBInstanceStatus": "available", "DBInstanceClass": "db.m7g.large", "Metrics": metrics}
    return aws("rds.instance", "db", **found | data)


def stopped(since: str) -> Record:
    reason = f"User initiated ({since} 08:00:00 GMT)" if since else ""
    return instance(State={"Name": "stopped"}, StateTransitionReason=reason)


def bucket(name: str, *rules: str, **data: Any) -> Record:
    lifecycle = {"Rules": [{"Status": status, "Expiration": {"Days": 90}} for status in rules]} if rules else None
    return aws("s3.bucket", name, **{"Lifecycle": lifecycle} | data)


def endpoint(network: str = "vpc-1") -> Record:
    return aws("ec2.vpc_endpoint", "vpce-1", VpcId=network, VpcEndpointType="Gateway", State="available")


def scaled(least: int, most: int, suspended: bool = False) -> Record:
    state = {"DynamicScalingInSuspended": suspended}
    name = "service/main/web"
    return aws("applicationautoscaling.target", name, MinCapacity=least, MaxCapacity=most, SuspendedState=state)


BILLING = alarm("billing", "AWS/Billing", "EstimatedCharges", AlarmActions=[TOPIC])
ARM = task("web")
ARM.data["runtimePlatform"] = {"cpuArchitecture": "ARM64"}
SPOT = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]

GOOD: list[tuple[Check, list[Record]]] = [
    (audit_trail, [NETWORK, trail()]),
    (audit_trail, [NETWORK, trail(), cluster("api", "audit")]),
    (audit_trail, [NETWORK, trail(IsMultiRegionTrail=False)]),
    (threat_detection, [NETWORK, detector()]),
    (threat_detection, [NETWORK, aws("securityhub.hub", "hub", HubArn="arn:h")]),
    (budgets, [budget()]),
    (budgets, [budget(()), budget()]),
    (budgets, [BILLING]),
    (cost_anomaly_detection, [MONITOR, SUBSCRIPTION]),
    (cost_tags, [volume("v1"), function("f"), tagged(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f")]),
    (cost_tags, [volume("bare", NAMES), *(volume(f"v{number}") for number in range(9))]),
    (idle_resources, [function("a")]),
    (idle_resources, [database(0, ReadReplicaSourceDBInstanceIdentifier="db-0")]),
    (idle_resources, [volume("v1"), aws("ec2.address", "203.0.113.7", AssociationId="e-1"), gateway(9), database()]),
    (idle_resources, [balancer("forward"), targets("healthy")]),
    (idle_resources, [balancer("redirect", "fixed-response")]),
    (idle_resources, [gateway(0, State="deleted"), stopped("2026-05-28"), instance()]),
    (right_sizing, [instance(), database()]),
    (right_sizing, [instance(1, "t4g.micro"), instance(2, State={"Name": "stopped"})]),
    (purchase_options, [instance(InstanceLifecycle="spot")]),
    (purchase_options, [instance(Architecture="arm64")]),
    (purchase_options, [function("f", Architectures=["arm64"])]),
    (purchase_options, [service("web", capacityProviderStrategy=SPOT)]),
    (purchase_options, [service("web"), ARM]),
    (storage_lifecycle, [bucket("b", "Disabled", "Enabled"), aws("logs.log_group", "g", retentionInDays=30)]),
    (storage_lifecycle, [aws("ecr.repository", "r", LifecyclePolicy="{}"), aws("dynamodb.table", "orders")]),
    (storage_lifecycle, [aws("dynamodb.table", "user-sessions", TimeToLive={"TimeToLiveStatus": "ENABLED"})]),
    (network_cost, [NETWORK, gateway(9)]),
    (network_cost, [NETWORK, gateway(9), gateway(9, "nat-2"), endpoint()]),
    (network_cost, [NETWORK, function("a")]),
]


@pytest.mark.parametrize(("check", "records"), GOOD, ids=lambda item: getattr(item, "__name__", ""))
def test_what_is_in_order_passes(check: Check, records: list[Record]) -> None:
    found = judge(check, *records)
    assert found.status is Status.PASS, found.reason
    assert found.places


BAD: list[tuple[Check, list[Record], str]] = [
    (audit_trail, [NETWORK], "no trail is there, of the account or its organization"),
    (audit_trail, [NETWORK, trail(False)], "trail main is switched off"),
    (
        audit_trail,
        [trail(Status={"IsLogging": True, "LatestDeliveryError": "AccessDenied"})],
        "trail main can't deliver: AccessDenied",
    ),
    (audit_trail, [trail(), cluster("api")], "cluster k keeps no audit log"),
    (threat_detection, [NETWORK], f"neither GuardDuty nor Security Hub is on in {REGION}"),
    (threat_detection, [NETWORK, detector("DISABLED")], f"GuardDuty is off in {REGION}"),
    (threat_detection, [detector(), aws("ec2.vpc", "v", "us-east-1")], "threats in 1 of 2 regions"),
    (budgets, [], "the account has no budget of costs"),
    (budgets, [budget(())], "budget monthly notifies nobody"),
    (budgets, [budget(TimePeriod={"End": "2025-01-01T00:00:00+00:00"})], "the account has no budget"),
    (budgets, [budget(BudgetType="RI_UTILIZATION")], "the account has no budget"),
    (budgets, [alarm("billing", "AWS/Billing", AlarmActions=[])], "the account has no budget"),
    (cost_anomaly_detection, [], "the account has no monitor"),
    (cost_anomaly_detection, [MONITOR], "monitor services has no subscription"),
    (
        cost_tags,
        [volume("v1", NAMES), volume("v2", []), volume("v3")],
        "2 of 3 ec2.volume in eu-west-1 have none (v1, v2)",
    ),
    (cost_tags, [function("f")], "1 of 1 lambda.function in eu-west-1 have none (f)"),
    (idle_resources, [volume("v1", State="available")], "volume v1 (8 GiB) is attached to nothing"),
    (idle_resources, [aws("ec2.address", "203.0.113.7")], "address 203.0.113.7 is associated with nothing"),
    (idle_resources, [gateway(0)], "NAT gateway nat-1 sent nothing"),
    (idle_resources, [balancer("forward")], "load balancer web has no targets"),
    (idle_resources, [balancer("forward"), targets()], "load balancer web has no targets"),
    (idle_resources, [stopped("2026-03-01")], "instance i-1 is stopped since 2026-03-01"),
    (idle_resources, [database(0)], "database db had no connection"),
    (idle_resources, [database(DBInstanceStatus="stopped")], "database db is stopped"),
    (right_sizing, [instance(1.25)], "instance i-1 (m7i.large) uses 1.2% of its CPU"),
    (right_sizing, [instance(91)], "uses 91.0% of its CPU"),
    (right_sizing, [instance(), database(percent=2)], "database db (db.m7g.large) uses 2.0%"),
    (storage_lifecycle, [bucket("b")], "bucket b keeps everything for ever"),
    (storage_lifecycle, [bucket("b", "Disabled")], "bucket b keeps everything for ever"),
    (storage_lifecycle, [aws("ecr.repository", "r", LifecyclePolicy=None)], "repository r keeps"),
    (storage_lifecycle, [aws("logs.log_group", "g")], "log group g keeps"),
    (
        storage_lifecycle,
        [aws("dynamodb.table", "audit_events", TimeToLive={"TimeToLiveStatus": "DISABLED"})],
        "table audit_events keeps",
    ),
    (network_cost, [gateway(9), gateway(9, "nat-2")], "network vpc-1 has 2 NAT gateways and no endpoint"),
    (scale_in, [service("web")], "service web has a fixed number of tasks"),
    (scale_in, [service("web"), scaled(2, 8, suspended=True)], "scaling in of service web is suspended"),
    (scale_in, [service("web"), scaled(2, 2)], "service web scales between the same number"),
    (scale_in, [aws("autoscaling.group", "g", MinSize=3, MaxSize=3)], "group g has a fixed size of 3"),
]


@pytest.mark.parametrize(("check", "records", "what"), BAD, ids=lambda item: item if isinstance(item, str) else "")
def test_what_is_not_in_order_fails(check: Check, records: list[Record], what: str) -> None:
    found = judge(check, *records)
    assert found.status is Status.FAIL
    assert what in found.reason
    assert found.problems[0].place is not None


def without(record: Record, key: str) -> Record:
    return record.model_copy(update={"data": {k: v for k, v in record.data.items() if k != key}})


UNSEEN: list[tuple[Check, list[Record], tuple[str, ...]]] = [
    *((audit_trail, [trail()], (kind,)) for kind in ("cloudtrail.trail", "cloudtrail.trail:Status", "eks.cluster")),
    (audit_trail, [trail(HasCustomEventSelectors=True)], ()),
    (audit_trail, [trail(IsMultiRegionTrail=False), aws("ec2.vpc", "v", "us-east-1")], ()),
    (threat_detection, [NETWORK], ("guardduty.detector",)),
    (threat_detection, [NETWORK, detector()], ("securityhub.hub",)),
    *((budgets, [], (kind,)) for kind in ("budgets.budget", "budgets.budget:Notifications")),
    *((cost_anomaly_detection, [MONITOR], (kind,)) for kind in ("ce.anomaly_monitor", "ce.anomaly_subscription")),
    *((cost_tags, [volume("v1"), function("f")], (k,)) for k in ("tagging.resource", "lambda.function", "sns.topic")),
    (cost_tags, [volume("v1"), without(bucket("b"), "Tags")], ()),
    (idle_resources, [volume("v1"), balancer("forward")], ("elbv2.target_group",)),
    *((idle_resources, [volume("v1")], (k,)) for k in ("ec2.address", "ec2.nat_gateway", "rds.instance:Metrics")),
    (idle_resources, [gateway(-1)], ()),
    (idle_resources, [stopped("")], ()),
    (idle_resources, [balancer("forward"), without(targets(), "Health")], ("elbv2.target_group:Health",)),
    (idle_resources, [without(balancer(), "Listeners")], ("elbv2.load_balancer:Listeners",)),
    (right_sizing, [instance()], ("ec2.instance:Metrics",)),
    (right_sizing, [instance(Metrics=used(40, 0))], ()),
    (purchase_options, [instance(Architecture="arm64")], ("lambda.function",)),
    *((storage_lifecycle, [bucket("b", "Enabled")], (k,)) for k in ("s3.bucket:Lifecycle", "logs.log_group")),
    (storage_lifecycle, [without(bucket("b"), "Lifecycle")], ()),
    (network_cost, [gateway(9), gateway(9, "nat-2")], ("ec2.vpc_endpoint",)),
    (network_cost, [NETWORK, gateway(9)], ("ec2.nat_gateway",)),
    (scale_in, [service("web")], ("applicationautoscaling.target",)),
]


@pytest.mark.parametrize(("check", "records", "gaps"), UNSEEN, ids=lambda item: getattr(item, "__name__", ""))
def test_what_was_not_seen_is_open(check: Check, records: list[Record], gaps: tuple[str, ...]) -> None:
    assert judge(check, *records, gaps=tuple(gap(kind) for kind in gaps)).status is Status.UNVERIFIED


SILENT = (
    idle_resources,
    cost_tags,
    right_sizing,
    purchase_options,
    storage_lifecycle,
    network_cost,
    scale_in,
    threat_detection,
)


@pytest.mark.parametrize("check", SILENT)
def test_an_account_without_any_says_nothing(check: Check) -> None:
    assert judge(check).status is Status.NOT_APPLICABLE


@pytest.mark.parametrize("check", [idle_resources, network_cost])
def test_a_region_that_nobody_uses_is_not_a_tidy_one(check: Check) -> None:
    """AWS puts a network into each; what is of the target may lie in another."""
    made = [NETWORK, aws("ec2.subnet", "s1", SubnetId="s1"), aws("s3.bucket", "b", "eu-central-1")]
    assert judge(check, *made).status is Status.NOT_APPLICABLE


def test_what_only_clears_broken_uploads_keeps_everything() -> None:
    rule = {"Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}
    assert judge(storage_lifecycle, bucket("b", Lifecycle={"Rules": [rule]})).status is Status.FAIL
    assert (
        judge(storage_lifecycle, bucket("cf-templates-abc123-eu-west-1"), bucket("b", "Enabled")).status is Status.PASS
    )


@pytest.mark.parametrize("size", ["r7g.large", "db.r6g.xlarge", "x2gd.medium", "t3.large"])
def test_a_size_that_is_bought_for_memory_or_bursts_is_not_called_too_large(size: str) -> None:
    assert judge(right_sizing, instance(2, size)).status is Status.UNVERIFIED
    assert judge(right_sizing, instance(95, size)).status is Status.FAIL
    assert judge(right_sizing, instance(2, "m7i.large")).status is Status.FAIL


def test_what_does_not_show_in_an_account_is_left_to_files() -> None:
    """Savings plans, and policies that take capacity away, are not read."""
    assert judge(purchase_options, instance(Architecture="x86_64")).status is Status.NOT_APPLICABLE
    assert judge(scale_in, service("web"), scaled(1, 8)).status is Status.NOT_APPLICABLE
    assert judge(right_sizing, instance(), service("web")).status is Status.NOT_APPLICABLE


def test_another_cloud_keeps_the_account_from_settling_budgets() -> None:
    files = {"main.tf": 'resource "google_sql_database_instance" "db" {\n  name = "db"\n}\n'}
    assert judge(budgets, budget(), files=files).status is Status.NOT_APPLICABLE
    assert judge(budgets, files=files).status is Status.FAIL


def test_tags_of_many_are_told_in_few_words() -> None:
    found = judge(cost_tags, *(function(f"f{number:04}") for number in range(5_000)))
    assert len(found.problems) == 1
    assert "5000 of 5000 lambda.function in eu-west-1 have none (f0000, f0001, f0002 and 4997 more)" in found.reason
