"""The control plane of the scripted Bedrock: what an account has, and who asks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from tests.bedrock_wire import XML, Fault, Reply, fault_reply

REGION = "us-east-1"
MADE_AT = "2026-01-01T00:00:00Z"


@dataclass(frozen=True)
class Control:
    """What the account has.

    ``profiles``: ids (``us.MODEL``), or ARNs, which stand for the first model. ``guardrails``: ID:VERSION.
    ``faults``: by operation, such as ``{"ListGuardrails": Fault(403, "AccessDeniedException")}``.
    """

    models: Sequence[str] = ()
    profiles: Sequence[str] = ()
    guardrails: Sequence[str] = ()
    account: str = "123456789012"
    faults: Mapping[str, Fault] = field(default_factory=dict)


def control_reply(control: Control, operation: str, asked: str, query: Mapping[str, Any]) -> Reply:
    """The answer to one operation; 404 for what the account has not, and for an operation that is not played here."""
    if fault := control.faults.get(operation):
        return fault_reply(fault, xml=operation == "GetCallerIdentity")
    if operation == "GetCallerIdentity":
        return _identity(control.account)
    models = [_model(model) for model in control.models]
    profiles = [_profile(profile, control) for profile in control.profiles]
    guardrails = [_guardrail(guardrail, control) for guardrail in control.guardrails]
    found: Sequence[Mapping[str, Any]]
    match operation:
        case "ListFoundationModels":
            found = [{"modelSummaries": models}]
        case "ListInferenceProfiles":
            found = [{"inferenceProfileSummaries": profiles}]
        case "ListGuardrails":
            found = [{"guardrails": guardrails}]
        case "GetFoundationModel":
            found = [{"modelDetails": m} for m in models if asked in (m["modelId"], m["modelArn"])]
        case "GetInferenceProfile":
            found = [p for p in profiles if asked in (p["inferenceProfileId"], p["inferenceProfileArn"])]
        case "GetGuardrail":
            version = query.get("guardrailVersion", "DRAFT")
            found = [g for g in guardrails if asked in (g["id"], g["arn"]) and g["version"] == version]
        case _:
            return fault_reply(Fault(404, "UnknownOperationException", f"{operation} {asked}"))
    if found:
        return Reply(json.dumps(found[0]).encode())
    return fault_reply(Fault(404, "ResourceNotFoundException", f"{asked} is not there"))


def _identity(account: str) -> Reply:
    arn = f"arn:aws:iam::{account}:user/tester"
    result = f"<Arn>{escape(arn)}</Arn><UserId>AIDAEXAMPLE</UserId><Account>{escape(account)}</Account>"
    body = (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
        f"<GetCallerIdentityResult>{result}</GetCallerIdentityResult></GetCallerIdentityResponse>"
    )
    return Reply(body.encode(), content_type=XML)


def _model(model: str) -> dict[str, Any]:
    return {
        "modelArn": f"arn:aws:bedrock:{REGION}::foundation-model/{model}",
        "modelId": model,
        "modelName": model,
        "providerName": model.partition(".")[0],
        "inputModalities": ["TEXT"],
        "outputModalities": ["TEXT"],
        "responseStreamingSupported": True,
        "inferenceTypesSupported": ["ON_DEMAND"],
        "modelLifecycle": {"status": "ACTIVE"},
    }


def _profile(profile: str, control: Control) -> dict[str, Any]:
    is_arn = profile.startswith("arn:")
    model = control.models[0] if is_arn else profile.partition(".")[2]
    name = profile.rpartition("/")[2]
    return {
        "inferenceProfileName": name,
        "inferenceProfileArn": profile
        if is_arn
        else f"arn:aws:bedrock:{REGION}:{control.account}:inference-profile/{name}",
        "inferenceProfileId": name,
        "models": [{"modelArn": f"arn:aws:bedrock:{REGION}::foundation-model/{model}"}],
        "status": "ACTIVE",
        "type": "APPLICATION" if is_arn else "SYSTEM_DEFINED",
        "createdAt": MADE_AT,
        "updatedAt": MADE_AT,
    }


def _guardrail(guardrail: str, control: Control) -> dict[str, Any]:
    """ListGuardrails and GetGuardrail have different names for the same: both are here, and clients skip the other."""
    name, _, version = guardrail.rpartition(":")
    arn = f"arn:aws:bedrock:{REGION}:{control.account}:guardrail/{name}"
    return {
        "id": name,
        "arn": arn,
        "guardrailId": name,
        "guardrailArn": arn,
        "name": name,
        "version": version,
        "status": "READY",
        "createdAt": MADE_AT,
        "updatedAt": MADE_AT,
        "blockedInputMessaging": "blocked",
        "blockedOutputsMessaging": "blocked",
    }
