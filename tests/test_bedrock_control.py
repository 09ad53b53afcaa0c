"""The control plane of the scripted Bedrock, asked by boto3."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError
from langchain_aws import ChatBedrockConverse

from tests.bedrock import Answer, Control, Fault, Request, Server, serve
from tests.bedrock_clients import client
from tests.models import MODEL


@pytest.fixture
def account() -> Iterator[Server]:
    arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc"
    faults = {"GetGuardrail": Fault(403, "AccessDeniedException", "no")}
    control = Control(["anthropic.claude-sonnet-5-5"], [MODEL, arn], ["gr1:DRAFT", "gr1:2"], faults=faults)
    with serve(lambda _: Answer("x"), control=control) as server:
        yield server


def test_the_control_plane_lists_what_is_there(account: Server) -> None:
    bedrock = client(account, "bedrock")
    assert bedrock.list_foundation_models()["modelSummaries"][0]["modelId"] == "anthropic.claude-sonnet-5-5"
    assert bedrock.get_foundation_model(modelIdentifier="anthropic.claude-sonnet-5-5")["modelDetails"]["modelName"]
    assert len(bedrock.list_inference_profiles()["inferenceProfileSummaries"]) == 2
    assert bedrock.get_inference_profile(inferenceProfileIdentifier=MODEL)["status"] == "ACTIVE"
    assert {g["version"] for g in bedrock.list_guardrails()["guardrails"]} == {"DRAFT", "2"}
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        bedrock.get_foundation_model(modelIdentifier="other")
    with pytest.raises(ClientError, match="AccessDeniedException"):
        bedrock.get_guardrail(guardrailIdentifier="gr1", guardrailVersion="2")
    with pytest.raises(ClientError, match="UnknownOperationException"):
        bedrock.list_custom_models()
    assert account.requests[-2] == Request("gr1", "GetGuardrail", {"guardrailVersion": "2"})


def test_a_guardrail_is_there_by_version() -> None:
    with serve(lambda _: Answer(), control=Control(guardrails=["gr1:2"])) as server:
        bedrock = client(server, "bedrock")
        assert bedrock.get_guardrail(guardrailIdentifier="gr1", guardrailVersion="2")["status"] == "READY"
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            bedrock.get_guardrail(guardrailIdentifier="gr1", guardrailVersion="3")


def test_an_application_profile_stands_for_its_model(account: Server) -> None:
    arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc"
    clients = {"client": client(account), "bedrock_client": client(account, "bedrock")}
    model = ChatBedrockConverse(model=arn, provider="anthropic", region_name="us-east-1", **clients)
    assert model.base_model_id == "anthropic.claude-sonnet-5-5"
    assert model.invoke("hi").text == "x"
    assert account.requests[-1].model == arn


def test_the_caller_is_known_or_not(account: Server) -> None:
    assert client(account, "sts").get_caller_identity()["Account"] == "123456789012"
    expired = {"GetCallerIdentity": Fault(403, "ExpiredToken", "The token <x> is expired")}
    with serve(lambda _: Answer(), control=Control(faults=expired)) as server:
        sts = client(server, "sts")
        with pytest.raises(ClientError, match=r"ExpiredToken.*<x>"):
            sts.get_caller_identity()
