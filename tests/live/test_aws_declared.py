"""What the files declare, against what an account has: found, missing, not to be told, and not as written."""

from __future__ import annotations

import time

from gonogo.checks.observed.aws_declared import drift, inventory_complete
from gonogo.model.assessment import Outcome
from gonogo.model.criterion import Status
from gonogo.model.snapshot import Record
from tests.live.account import ACCOUNT, REGION, agent, alarm, aws, function, gap
from tests.live.observed import facts_of

PROVIDER = f'provider "aws" {{\n  region = "{REGION}"\n}}\n'
TEMPLATE = """
Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
  Work:
    Type: AWS::SQS::Queue
"""


def resource(type_: str, label: str, *lines: str) -> str:
    return f'resource "{type_}" "{label}" {{\n' + "".join(f"  {line}\n" for line in lines) + "}\n"


def lambda_(name: str, *lines: str) -> str:
    return resource("aws_lambda_function", name, f'function_name = "{name}"', 'role = "r"', *lines)


def declared(*records: Record, gaps: tuple[str, ...] = (), **files: str) -> Outcome:
    named = {name.replace("_", "."): text for name, text in files.items()}
    return inventory_complete(facts_of(records, map(gap, gaps), named, given=("aws",)))


def changed(*records: Record, **files: str) -> Outcome:
    named = {name.replace("_", "."): text for name, text in files.items()}
    return drift(facts_of(records, files=named, given=("aws",)))


def test_all_that_is_declared_is_there() -> None:
    queue = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/work"
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:oncall"
    main = PROVIDER + lambda_("a") + resource("aws_sqs_queue", "q", 'name = "work"')
    main += resource("aws_sns_topic", "t", 'name = "oncall"') + resource(
        "aws_db_instance", "d", 'identifier = "Orders"'
    )
    main += resource("aws_cloudwatch_metric_alarm", "e", 'alarm_name = "errors"')
    main += resource("aws_bedrockagent_agent", "r", 'agent_name = "router"')
    there = [function("a"), aws("sqs.queue", queue, QueueUrl=queue), aws("sns.topic", topic), agent("router")]
    found = declared(*there, aws("rds.instance", "orders"), alarm("errors"), main_tf=main)
    assert found.status is Status.PASS, found.reason
    assert found.reason.startswith("6 of 6 declared resources are there")


def test_what_is_missing_is_named_with_the_counts() -> None:
    main = PROVIDER + lambda_("a") + lambda_("b") + resource("aws_dynamodb_table", "t", 'name = "carts"')
    found = declared(function("a"), function("other"), main_tf=main)
    assert found.status is Status.FAIL
    assert found.reason == (
        "1 of 3 declared resources is there; the account has 1 more of their kinds; "
        "2 missing: lambda function b, dynamodb table carts"
    )
    assert {problem.place.path for problem in found.problems if problem.place} == {"main.tf"}


def test_a_name_that_files_do_not_tell_is_never_missing() -> None:
    main = 'variable "team" {}\n' + resource("aws_sqs_queue", "work", 'name = "work-${var.team}"') + lambda_("a")
    found = declared(function("a"), main_tf=main)
    assert found.status is Status.UNVERIFIED
    assert "1 of 2 declared resources is there" in found.reason
    assert "aws_sqs_queue.work): the files do not tell its name" in found.reason


def test_a_name_with_an_environment_that_no_file_sets_is_never_missing() -> None:
    main = 'variable "stage" {}\n' + resource("aws_sqs_queue", "work", 'name = "work-${var.stage}"')
    found = declared(function("a"), main_tf=main)
    assert found.status is Status.UNVERIFIED
    assert "its name has the environment's" in found.reason
    queue = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/work-production"
    assert declared(aws("sqs.queue", queue, QueueUrl=queue), main_tf=main).status is Status.PASS
    found = declared(function("a"), main_tf=main, prod_tfvars='stage = "prod"\n')
    assert found.status is Status.FAIL, found.reason


def test_what_could_not_be_seen_is_never_missing() -> None:
    main = PROVIDER + resource("aws_dynamodb_table", "t", 'name = "carts"')
    for kind in ("dynamodb.table", "*"):
        found = declared(function("a"), gaps=(kind,), main_tf=main)
        assert found.status is Status.UNVERIFIED
        assert "access denied" in found.reason


def test_another_region_than_was_looked_at() -> None:
    found = declared(function("a"), main_tf=PROVIDER.replace(REGION, "us-west-2") + lambda_("b"))
    assert found.status is Status.UNVERIFIED
    assert "region us-west-2 was not looked at" in found.reason


def test_what_is_switched_off_is_not_declared_and_what_may_be_is_not_missing() -> None:
    assert declared(function("a"), main_tf=lambda_("b", "count = 0")).status is Status.NOT_APPLICABLE
    main = 'variable "on" {}\n' + lambda_("b", "count = var.on ? 1 : 0")
    assert declared(function("a"), main_tf=main).status is Status.UNVERIFIED


def stack(name: str, **ids: tuple[str, str]) -> Record:
    found = [
        {"LogicalResourceId": key, "ResourceType": f"AWS::{type_}", "PhysicalResourceId": physical}
        for key, (type_, physical) in ids.items()
    ]
    return aws("cloudformation.stack", name, StackStatus="CREATE_COMPLETE", Resources=found)


URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/shop-Work-1A2B"
SHOP = stack("shop", Orders=("DynamoDB::Table", "shop-Orders-1A2B"), Work=("SQS::Queue", URL))


def test_a_stack_tells_the_names_of_its_template() -> None:
    table, queue = aws("dynamodb.table", "shop-Orders-1A2B"), aws("sqs.queue", URL, QueueUrl=URL)
    assert declared(SHOP, table, queue, template_yaml=TEMPLATE).status is Status.PASS
    found = declared(SHOP, queue, template_yaml=TEMPLATE)
    assert found.status is Status.FAIL
    assert "missing: dynamodb table shop-Orders-1A2B" in found.reason


def test_a_stack_of_another_template_tells_nothing() -> None:
    other = stack("other", Orders=("DynamoDB::Table", "other-Orders"))
    more = TEMPLATE + "  Mails:\n    Type: AWS::SQS::Queue\n"
    found = declared(other, aws("dynamodb.table", "other-Orders"), template_yaml=more)
    assert found.status is Status.UNVERIFIED
    assert found.reason.startswith("0 of 3 declared resources are there")


def test_tags_tell_where_stacks_can_not_be_read() -> None:
    def tagged(arn: str, logical: str) -> Record:
        tags = {"aws:cloudformation:logical-id": logical, "aws:cloudformation:stack-name": "shop"}
        return aws("tagging.resource", arn, ResourceARN=arn, Tags=[{"Key": k, "Value": v} for k, v in tags.items()])

    records = [
        tagged(f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/shop-Orders", "Orders"),
        tagged(f"arn:aws:sqs:{REGION}:{ACCOUNT}:shop-Work", "Work"),
    ]
    url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/shop-Work"
    seen = [*records, aws("dynamodb.table", "shop-Orders"), aws("sqs.queue", url, QueueUrl=url)]
    assert declared(*seen, template_yaml=TEMPLATE).status is Status.PASS
    found = declared(*records, gaps=("dynamodb.table", "sqs.queue"), template_yaml=TEMPLATE)
    assert found.status is Status.PASS, found.reason


def test_a_name_tag_tells() -> None:
    main = PROVIDER + resource("aws_instance", "web", 'ami = "ami-1"', 'tags = { Name = "web-1" }')
    there = aws("ec2.instance", "i-1", InstanceId="i-1", Tags=[{"Key": "Name", "Value": "web-1"}])
    assert declared(there, main_tf=main).status is Status.PASS
    assert declared(function("a"), main_tf=main).status is Status.UNVERIFIED


def test_types_that_are_not_listed_keep_it_open() -> None:
    found = declared(
        function("a"), main_tf=PROVIDER + lambda_("a") + resource("aws_msk_cluster", "k", 'cluster_name = "k"')
    )
    assert found.status is Status.UNVERIFIED
    assert "gonogo lists no aws_msk_cluster" in found.reason


def test_a_log_group_is_not_known_by_its_last_word() -> None:
    main = PROVIDER + resource("aws_cloudwatch_log_group", "g", 'name = "shop"')
    assert declared(aws("logs.log_group", "/aws/lambda/shop"), main_tf=main).status is Status.FAIL


def test_values_that_differ_are_drift() -> None:
    main = PROVIDER + lambda_("a", "timeout = 30", "memory_size = 512", 'runtime = "python3.12"')
    same = function("a", Timeout=30, MemorySize=512, Runtime="python3.12")
    assert changed(same, main_tf=main).status is Status.PASS
    found = changed(function("a", Timeout=60, MemorySize=512, Runtime="python3.12"), main_tf=main)
    assert found.status is Status.FAIL
    assert "aws_lambda_function.a has timeout 30 in the files and 60 in the account" in found.reason


def test_what_files_leave_open_and_records_lack_is_no_drift() -> None:
    main = 'variable "seconds" {}\n' + PROVIDER + lambda_("a", "timeout = var.seconds", "memory_size = 512")
    assert changed(function("a"), main_tf=main).status is Status.PASS
    assert changed(function("b"), main_tf=main).status is Status.NOT_APPLICABLE


def test_a_retention_that_was_taken_away_is_drift() -> None:
    main = PROVIDER + resource("aws_cloudwatch_log_group", "g", 'name = "/shop"', "retention_in_days = 30")
    found = changed(aws("logs.log_group", "/shop"), main_tf=main)
    assert found.status is Status.FAIL
    assert "retention_in_days 30 in the files and never in the account" in found.reason


def test_an_account_of_five_thousand_functions_is_matched_in_seconds() -> None:
    records = [function(f"f{number}") for number in range(5_000)]
    main = PROVIDER + "".join(lambda_(f"f{number}") for number in range(300)) + lambda_("gone")
    facts = facts_of(records, files={"main.tf": main}, given=("aws",))
    started = time.perf_counter()
    found = inventory_complete(facts)
    assert time.perf_counter() - started < 5
    assert found.reason.startswith("300 of 301 declared resources are there; the account has 4700 more of their kinds")
