"""What of a model's set-up is there, for doctor: credentials, region, model, guardrail, and the permission for each.

It makes one call of a single token to each model of Amazon Bedrock, and puts one word to the guardrail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from gonogo.agents.asking.choice import GuardrailName, ModelChoice, ModelName
from gonogo.agents.asking.errors import ModelAccessError
from gonogo.agents.asking.faults import translate
from gonogo.agents.asking.models import control_client, identity_client, open_models, runtime_client


@dataclass(frozen=True, slots=True)
class Probed:
    """One thing that was tried, and what came of it. ``works`` is None where it could not be tried."""

    name: str
    works: bool | None
    says: str


def probe(choice: ModelChoice) -> Iterator[Probed]:
    """Tries what an audit with this choice needs, one row at a time."""
    try:
        open_models(choice)
    except ModelAccessError as error:
        yield Probed("model", False, str(error))
        return
    names = [name for name in choice.models if name.provider == "bedrock"]
    for name in choice.models:
        if name not in names:
            yield Probed(str(name), None, "its package is installed; only an audit shows whether it answers")
    if not names:
        return
    runtime = runtime_client(choice.region, choice.endpoint_url)
    region = runtime.meta.region_name
    yield Probed("region", True, region)
    yield _identity(choice)
    control = control_client(choice.region, choice.endpoint_url)
    for name in names:
        yield _listed(control, name, region)
        yield _answers(runtime, name, region)
    if choice.guardrail is not None:
        yield _guardrail(control, choice.guardrail, region)
        yield _applies(runtime, choice.guardrail, region)


def _identity(choice: ModelChoice) -> Probed:
    def ask() -> str:
        arn = identity_client(choice.region, choice.endpoint_url).get_caller_identity()["Arn"]
        return f"valid: {arn.rpartition(':')[2]}"

    return _tried("credentials", "the credentials", "", ask)


def _listed(control: Any, name: ModelName, region: str) -> Probed:
    def ask() -> str:
        if name.name.startswith("arn:") or name.name.split(".", 1)[0] in ("us", "eu", "apac", "global", "jp", "au"):
            found = control.get_inference_profile(inferenceProfileIdentifier=name.name)
            return f"inference profile {found['inferenceProfileName']}, {found['status'].lower()}"
        found = control.get_foundation_model(modelIdentifier=name.name)["modelDetails"]
        return f"{found.get('modelName', name.name)}, {found.get('modelLifecycle', {}).get('status', 'listed').lower()}"

    return _tried(str(name), str(name), region, ask)


def _answers(runtime: Any, name: ModelName, region: str) -> Probed:
    def ask() -> str:
        messages = [{"role": "user", "content": [{"text": "Say yes."}]}]
        runtime.converse(modelId=name.name, messages=messages, inferenceConfig={"maxTokens": 1})
        return "it answers: bedrock:InvokeModel is allowed"

    return _tried("  asking it", str(name), region, ask)


def _guardrail(control: Any, name: GuardrailName, region: str) -> Probed:
    def ask() -> str:
        found = control.get_guardrail(guardrailIdentifier=name.id, guardrailVersion=name.version)
        return f"{found['name']}, {found['status'].lower()}"

    return _tried(f"guardrail {name}", f"guardrail {name}", region, ask)


def _applies(runtime: Any, name: GuardrailName, region: str) -> Probed:
    def ask() -> str:
        content = [{"text": {"text": "Yes."}}]
        runtime.apply_guardrail(
            guardrailIdentifier=name.id, guardrailVersion=name.version, source="OUTPUT", content=content
        )
        return "it judges: bedrock:ApplyGuardrail is allowed"

    return _tried("  applying it", f"guardrail {name}", region, ask)


def _tried(shown: str, thing: str, region: str, ask: Callable[[], str]) -> Probed:
    """A refused look at the control plane is no proof that the thing can't be used: asking it is the proof."""
    try:
        return Probed(shown, True, ask())
    except Exception as error:
        told = translate(error, thing, region)
        if told is None:
            raise
        return Probed(shown, False, str(told))
