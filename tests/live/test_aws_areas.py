"""What is easily taken for a fault, or for none, in an account's capacity, stores, messages, logs and agents."""

from __future__ import annotations

from typing import Any

import pytest

from gonogo.checks import find_observed
from gonogo.model.assessment import Outcome
from gonogo.model.criterion import ObservedCheck, Status
from gonogo.model.snapshot import Record
from tests.live.account import ACCOUNT, REGION, agent, aws, figures, function, gap, guardrail, service, task
from tests.live.observed import facts_of

PASS, FAIL, OPEN, NONE = Status.PASS, Status.FAIL, Status.UNVERIFIED, Status.NOT_APPLICABLE


def ask(check: str, *records: Record, gaps: tuple[str, ...] = (), **files: str) -> Outcome:
    named = {name.replace("_", "."): text for name, text in files.items()}
    facts = facts_of(records, map(gap, gaps), named, given=("aws",))
    return find_observed(ObservedCheck(source="aws", check=check))(facts)


def database(name: str, **data: Any) -> Record:
    found: dict[str, Any] = {"BackupRetentionPeriod": 7, "MultiAZ": True, "DeletionProtection": True}
    return aws("rds.instance", name, **found | data)


def bucket(name: str, **data: Any) -> Record:
    found: dict[str, Any] = {"Versioning": {"Status": None}}
    return aws("s3.bucket", name, **found | data)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (service("web", 1, 1), FAIL),
        (service("daemon", 1, 1, schedulingStrategy="DAEMON"), NONE),
        (aws("autoscaling.group", "nodes", MinSize=1, MaxSize=4), FAIL),
        (aws("autoscaling.group", "off", MinSize=0, MaxSize=0), NONE),
        (database("users-dev", MultiAZ=False), NONE),
        (database("users", MultiAZ=False, TagList=[{"Key": "Environment", "Value": "staging"}]), NONE),
        (database("users", MultiAZ=False, ReadReplicaSourceDBInstanceIdentifier="x"), PASS),
        (database("aurora-1", MultiAZ=False, DBClusterIdentifier="aurora"), NONE),
        (aws("rds.cluster", "aurora", DBClusterMembers=[{"DBInstanceIdentifier": "aurora-1"}]), FAIL),
        (aws("elasticache.replication_group", "cache", AutomaticFailover="disabled"), FAIL),
    ],
    ids=lambda item: getattr(item, "name", ""),
)
def test_one_of_it_is_too_few_in_production(record: Record, expected: Status) -> None:
    assert ask("aws_resilience.redundancy", record).status is expected


def test_what_is_switched_off_survives_nothing() -> None:
    off = service("web", 0, 0)
    assert ask("aws_resilience.redundancy", off).status is NONE
    least = aws("applicationautoscaling.target", "service/main/web", MinCapacity=0, MaxCapacity=5)
    assert ask("aws_resilience.redundancy", off, least).status is FAIL


@pytest.mark.parametrize("check", ["redundancy", "autoscaling"])
def test_an_instance_in_no_group_keeps_open_what_else_passes(check: str) -> None:
    target = aws("applicationautoscaling.target", "service/main/web", MinCapacity=2, MaxCapacity=5)
    running: dict[str, Any] = {"State": {"Name": "running"}}
    grouped = aws("ec2.instance", "i-1", Tags=[{"Key": "aws:autoscaling:groupName", "Value": "web"}], **running)
    assert ask(f"aws_resilience.{check}", service("web"), target, grouped).status is PASS
    assert ask(f"aws_resilience.{check}", service("web"), target, aws("ec2.instance", "i-2", **running)).status is OPEN


def test_the_least_number_of_tasks_is_the_scaling_targets() -> None:
    least = aws("applicationautoscaling.target", "service/main/web", MinCapacity=1, MaxCapacity=5)
    assert ask("aws_resilience.redundancy", service("web", 4, 4), least).status is FAIL


def test_pods_are_not_settled_by_services() -> None:
    cluster = aws("eks.cluster", "main")
    assert ask("aws_resilience.redundancy", service("web"), cluster).status is NONE


def test_tables_scale_by_demand_or_target() -> None:
    assert ask("aws_resilience.autoscaling", aws("dynamodb.table", "t")).status is FAIL
    on_demand = aws("dynamodb.table", "t", BillingModeSummary={"BillingMode": "PAY_PER_REQUEST"})
    assert ask("aws_resilience.autoscaling", on_demand).status is PASS


def test_a_default_network_that_nothing_uses_is_not_judged() -> None:
    subnet = aws("ec2.subnet", "s1", SubnetId="s1", VpcId="vpc-1", AvailabilityZone="z1")
    default = aws("ec2.vpc", "vpc-1", VpcId="vpc-1", IsDefault=True)
    assert ask("aws_resilience.multi_az_network", subnet, default).status is NONE
    assert (
        ask("aws_resilience.multi_az_network", subnet, default, function("a", VpcConfig={"VpcId": "vpc-1"})).status
        is FAIL
    )
    assert ask("aws_logs.access_logs", default).status is NONE


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (bucket("acme-invoices"), FAIL),
        (bucket("acme-access-logs"), NONE),
        (bucket("drops", Lifecycle={"Rules": [{"Status": "Enabled", "Expiration": {"Days": 7}, "Filter": {}}]}), NONE),
        (aws("s3.bucket", "acme-invoices"), OPEN),
        (aws("dynamodb.table", "events", TimeToLive={"TimeToLiveStatus": "ENABLED"}), NONE),
        (aws("dynamodb.table", "orders"), OPEN),
        (database("replica", BackupRetentionPeriod=0, ReadReplicaSourceDBInstanceIdentifier="x"), NONE),
        (database("orders", BackupRetentionPeriod=0), FAIL),
    ],
    ids=lambda item: getattr(item, "name", ""),
)
def test_stores_of_record_have_backups(record: Record, expected: Status) -> None:
    assert ask("aws_backups.backups", record).status is expected


@pytest.mark.parametrize(
    ("last", "expected"), [("2026-05-31T00:00:00+00:00", PASS), ("2026-04-01T00:00:00+00:00", FAIL)]
)
def test_a_backup_plan_counts_by_its_last_backup(last: str, expected: Status) -> None:
    protected = aws("backup.protected_resource", "arn:aws:s3:::acme-invoices", LastBackupTime=last)
    assert ask("aws_backups.backups", bucket("acme-invoices"), protected).status is expected


def test_data_on_volumes_is_no_store_that_was_seen_backed_up() -> None:
    volume = aws("ec2.volume", "vol-1", Attachments=[{"DeleteOnTermination": False}])
    assert ask("aws_backups.backups", database("users")).status is PASS
    assert ask("aws_backups.backups", database("users"), volume).status is OPEN
    arn = f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/vol-1"
    last = {"ResourceArn": arn, "LastBackupTime": "2026-05-31T00:00:00+00:00"}
    assert (
        ask("aws_backups.backups", database("users"), volume, aws("backup.protected_resource", arn, **last)).status
        is PASS
    )
    root = aws("ec2.volume", "vol-2", Attachments=[{"DeleteOnTermination": True}])
    assert ask("aws_backups.backups", database("users"), root).status is PASS
    shared = f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:file-system/fs-1"
    assert ask("aws_backups.backups", database("users"), aws("tagging.resource", shared)).status is NONE


def test_stores_of_files_that_an_account_does_not_show_stay_open() -> None:
    compose = "services:\n  db:\n    image: postgres:16\n    volumes: ['data:/var/lib/postgresql/data']\n"
    compose += "volumes: {data: {}}\n"
    versioned = bucket("acme-invoices", Versioning={"Status": "Enabled"})
    assert ask("aws_backups.backups", versioned, compose_yaml=compose).status is NONE


def rule(name: str, *targets: dict[str, Any], **data: Any) -> Record:
    return aws("events.rule", name, Targets=list(targets), **{"State": "ENABLED"} | data)


CALLED = {"Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"}
KEPT = CALLED | {"DeadLetterConfig": {"Arn": "arn:aws:sqs:x:1:dead"}}
FAILED = {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:x:1:dead"}}}


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([rule("nightly", CALLED)], FAIL),
        ([rule("nightly", KEPT)], PASS),
        ([rule("nightly", CALLED, State="DISABLED")], NONE),
        ([rule("aws-made", CALLED, ManagedBy="autoscaling.amazonaws.com")], NONE),
        ([aws("events.rule", "nightly", State="ENABLED")], OPEN),
        ([rule("nightly", KEPT), function("f", EventInvokeConfig=None)], FAIL),
        ([rule("nightly", KEPT), function("f", EventInvokeConfig=FAILED)], PASS),
        ([rule("nightly", KEPT), function("f", DeadLetterConfig={"TargetArn": "arn:aws:sqs:x:1:dead"})], PASS),
        ([rule("nightly", KEPT), function("f")], OPEN),
        ([function("f", EventInvokeConfig=None)], NONE),
        ([aws("sqs.queue", "https://x/1/work-dlq", Attributes={"QueueArn": "a"})], NONE),
        ([aws("sqs.queue", "https://x/1/work", Attributes={"QueueArn": "a"})], FAIL),
        ([aws("sns.subscription", "arn:x", SubscriptionArn="arn:x", Protocol="email", Attributes={})], NONE),
        ([aws("sns.subscription", "arn:x", SubscriptionArn="arn:x", Protocol="sqs", Attributes={"Raw": "1"})], FAIL),
    ],
)
def test_what_fails_is_kept(records: list[Record], expected: Status) -> None:
    found = ask("aws_messages.dead_letter_queues", *records)
    assert found.status is expected, found.reason


def test_a_default_timeout_beside_an_api_is_one_unless_files_choose_it() -> None:
    api = aws("apigatewayv2.api", "a1")
    assert ask("aws_limits.timeouts", function("a", Timeout=3)).status is PASS
    assert ask("aws_limits.timeouts", function("a", Timeout=3), api).status is FAIL
    chosen = 'resource "aws_lambda_function" "a" {\n  function_name = "a"\n  timeout = 3\n}\n'
    assert ask("aws_limits.timeouts", function("a", Timeout=3), api, main_tf=chosen).status is PASS


def test_a_quota_of_unknown_use_is_not_under_its_limit() -> None:
    known = aws("quotas.quota", "L-1", QuotaName="Functions", Usage=1, Value=100)
    unknown = aws("quotas.quota", "L-2", QuotaName="Tables", Usage=None, Value=100)
    assert ask("aws_limits.quota_headroom", known, unknown).status is OPEN
    assert ask("aws_limits.quota_headroom", unknown).status is NONE


def test_groups_whose_lines_go_by_themselves_need_no_retention() -> None:
    group = aws("logs.log_group", "/d", logGroupClass="DELIVERY")
    assert ask("aws_logs.log_retention", group).status is NONE
    loki = "services:\n  loki:\n    image: grafana/loki:3.0.0\n"
    kept = aws("logs.log_group", "/a", retentionInDays=30)
    assert ask("aws_logs.log_retention", kept, compose_yaml=loki).status is NONE


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        ({"logConfiguration": None}, FAIL),
        ({"logConfiguration": {"logDriver": "json-file"}}, FAIL),
        ({"logConfiguration": None, "firelensConfiguration": {"type": "fluentbit"}}, PASS),
        ({"logConfiguration": {"logDriver": "splunk"}}, PASS),
    ],
)
def test_containers_write_where_logs_are_collected(container: dict[str, Any], expected: Status) -> None:
    assert ask("aws_logs.centralized_logging", service("web"), task("web", **container)).status is expected


@pytest.mark.parametrize("check", ["aws_logs.centralized_logging", "aws_secrets.secrets_manager"])
def test_a_service_whose_definition_is_not_listed_keeps_it_open(check: str) -> None:
    assert ask(check, service("web"), task("web")).status is PASS
    assert ask(check, service("web"), task("web"), service("old")).status is OPEN


def test_logs_that_an_account_does_not_show_are_not_settled() -> None:
    instance = aws("ec2.instance", "i-1", State={"Name": "running"})
    assert ask("aws_logs.centralized_logging", service("web"), task("web"), instance).status is NONE
    assert ask("aws_logs.centralized_logging", task("unused", logConfiguration=None)).status is NONE


def test_networks_and_stages_write_logs() -> None:
    network = aws("ec2.vpc", "vpc-1", VpcId="vpc-1", IsDefault=False)
    subnet = aws("ec2.subnet", "s1", SubnetId="s1", VpcId="vpc-1")
    flow = aws("ec2.flow_log", "fl-1", ResourceId="s1", FlowLogStatus="ACTIVE")
    assert ask("aws_logs.access_logs", network, subnet).status is FAIL
    assert ask("aws_logs.access_logs", network, subnet, flow).status is PASS
    stage = {"StageName": "$default", "AccessLogSettings": {"DestinationArn": "arn:x"}}
    assert ask("aws_logs.access_logs", aws("apigatewayv2.api", "a1", Stages=[stage])).status is PASS
    found = ask("aws_logs.access_logs", aws("apigateway.rest_api", "a1", Stages=[{"stageName": "prod"}]))
    assert found.problems[0].what == "stage prod of API a1 has no access logs"
    distribution = aws("cloudfront.distribution", "D1")
    assert ask("aws_logs.access_logs", network, subnet, flow, distribution).status is NONE


def test_what_writes_no_access_logs_is_not_asked_for_them() -> None:
    passing = {"Type": "network", "Attributes": [{"Key": "access_logs.s3.enabled", "Value": "false"}]}
    plain = aws("elbv2.load_balancer", "tcp", Listeners=[{"Protocol": "TCP"}], **passing)
    ended = aws("elbv2.load_balancer", "tls", Listeners=[{"Protocol": "TLS"}], **passing)
    assert ask("aws_logs.access_logs", plain).status is NONE
    assert ask("aws_logs.access_logs", ended).status is FAIL
    assert (
        ask("aws_logs.access_logs", aws("s3.bucket", "cdk-hnb659fds-assets-1-eu-west-1", Logging=None)).status is NONE
    )


def test_functions_are_traced_by_layers_and_settings_too() -> None:
    layer = function("a", Layers=[{"Arn": f"arn:aws:lambda:{REGION}:901920570463:layer:aws-otel-python:1"}])
    setting = function("b", Environment={"Variables": {"OTEL_EXPORTER_OTLP_ENDPOINT": "[value]"}})
    assert ask("aws_telemetry.distributed_tracing", layer, setting).status is PASS
    assert ask("aws_telemetry.distributed_tracing", function("alone")).status is NONE


def test_dashboards_and_probes_are_there_or_say_nothing() -> None:
    assert ask("aws_telemetry.dashboards", aws("cloudwatch.dashboard", "shop", Size=900)).status is PASS
    assert ask("aws_telemetry.dashboards", aws("cloudwatch.dashboard", "empty", Size=14)).status is NONE
    assert ask("aws_telemetry.dashboards", gaps=("cloudwatch.dashboard",)).status is OPEN
    probe = {"Type": "HTTPS", "FullyQualifiedDomainName": "shop.example"}
    assert (
        ask("aws_telemetry.synthetic_checks", aws("route53.health_check", "h", HealthCheckConfig=probe)).status is PASS
    )
    off = aws("route53.health_check", "h", HealthCheckConfig=probe | {"Disabled": True})
    assert ask("aws_telemetry.synthetic_checks", off).status is NONE
    canary = function("cwsyn-shop-1", Metrics=figures(Invocations=9))
    assert ask("aws_telemetry.synthetic_checks", canary).status is PASS


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"status": "CREATING"}, "is CREATING, not READY"),
        ({"contentPolicy": None}, "filters no content"),
        ({"contentPolicy": {"filters": [{"inputStrength": "NONE", "outputStrength": "NONE"}]}}, "filters no content"),
        ({"sensitiveInformationPolicy": {"piiEntities": [], "regexes": []}}, "lets personal data pass"),
        ({"sensitiveInformationPolicy": {"piiEntities": [{"action": "NONE"}]}}, "lets personal data pass"),
    ],
)
def test_a_guardrail_guards(changes: dict[str, Any], what: str) -> None:
    found = ask("aws_ai.llm_guardrails", agent("a"), guardrail(**changes))
    assert found.status is FAIL
    assert what in found.reason


def test_a_guardrail_of_another_account_was_not_seen() -> None:
    named = {"guardrailIdentifier": f"arn:aws:bedrock:{REGION}:999999999999:guardrail/gr9"}
    assert ask("aws_ai.llm_guardrails", agent("a", guardrailConfiguration=named)).status is OPEN
    named = {"guardrailIdentifier": "gr9"}
    assert (
        ask("aws_ai.llm_guardrails", agent("a", guardrailConfiguration=named), gaps=("bedrock.guardrail",)).status
        is OPEN
    )


def test_calls_of_models_in_code_are_not_settled_by_agents() -> None:
    code = "from openai import OpenAI\n\nOpenAI().chat.completions.create(model='gpt-4o-2024-08-06', messages=[])\n"
    assert ask("aws_ai.llm_guardrails", agent("a"), guardrail()).status is PASS
    assert ask("aws_ai.llm_guardrails", agent("a"), guardrail(), app_py=code).status is NONE


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("amazon.nova-pro-v1:0", PASS),
        ("openai.gpt-oss-120b-1:0", PASS),
        (f"arn:aws:bedrock:{REGION}:1:inference-profile/eu.anthropic.claude-3-5-sonnet-20240620-v1:0", PASS),
        (f"arn:aws:bedrock:{REGION}:1:application-inference-profile/abc123", OPEN),
        ("anthropic.claude-sonnet-latest", FAIL),
    ],
)
def test_agents_name_versions_of_models(model: str, expected: Status) -> None:
    assert ask("aws_ai.llm_model_pinned", agent("a", foundationModel=model)).status is expected


def test_invocations_are_logged_to_what_is_there() -> None:
    to_group = aws("bedrock.logging", "logging", loggingConfig={"cloudWatchConfig": {"logGroupName": "/models"}})
    assert ask("aws_ai.llm_invocation_logging", agent("a"), to_group).status is FAIL
    assert ask("aws_ai.llm_invocation_logging", to_group).status is NONE
    off = aws("bedrock.logging", "logging", loggingConfig=None)
    client = "import boto3\n\nboto3.client('bedrock-runtime').converse(modelId='amazon.nova-pro-v1:0', messages=[])\n"
    assert ask("aws_ai.llm_invocation_logging", off, app_py=client).status is FAIL


def stack(name: str, **drift: Any) -> Record:
    return aws("cloudformation.stack", name, StackStatus="CREATE_COMPLETE", DriftInformation=drift)


def test_a_stack_that_was_not_checked_is_not_in_sync() -> None:
    assert ask("aws_delivery.drift", stack("a", StackDriftStatus="NOT_CHECKED")).status is OPEN
    old = stack("a", StackDriftStatus="IN_SYNC", LastCheckTimestamp="2026-01-01T00:00:00+00:00")
    assert ask("aws_delivery.drift", old).status is OPEN
    new = stack("a", StackDriftStatus="IN_SYNC", LastCheckTimestamp="2026-05-31T00:00:00+00:00")
    assert ask("aws_delivery.drift", new).status is PASS
    terraform = 'resource "aws_sqs_queue" "q" {\n  name = "q"\n}\n'
    assert ask("aws_delivery.drift", new, main_tf=terraform).status is NONE


@pytest.mark.parametrize(
    ("image", "mutability", "expected"),
    [
        ("web@sha256:" + "a" * 64, "MUTABLE", PASS),
        ("web:1.2.3@sha256:" + "a" * 64, "MUTABLE", PASS),
        ("web:1.2.3", "MUTABLE", FAIL),
        ("web:1.2.3", "IMMUTABLE", PASS),
        ("web", "IMMUTABLE", FAIL),
    ],
)
def test_images_can_not_be_exchanged(image: str, mutability: str, expected: Status) -> None:
    registry = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
    repository = aws("ecr.repository", "web", repositoryUri=f"{registry}/web", imageTagMutability=mutability)
    sidecar = task("other", image="public.ecr.aws/x/otel:latest")
    records = [service("web"), task("web", image=f"{registry}/{image}"), repository, sidecar, service("other")]
    assert ask("aws_delivery.immutable_artifacts", *records).status is expected
