"""The one file that makes models and the clients beside them. Nothing is asked here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from gonogo.agents.asking.choice import ModelChoice, ModelName
from gonogo.agents.asking.environment import settle_environment
from gonogo.agents.asking.errors import ModelAccessError
from gonogo.agents.asking.prices import Price, find_price

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

MOST_OUTPUT_TOKENS = 16_384
MOST_TOLD = 300
"""Characters of a provider's own words in an error."""
CONNECT_SECONDS = 10
READ_SECONDS = 300.0
POOL = 50


@dataclass(frozen=True)
class Model:
    """A model that can be asked. ``options`` go with every call (prompt caching where the model takes it)."""

    name: str
    chat: BaseChatModel
    options: Mapping[str, Any] = field(default_factory=dict)
    price: Price | None = None
    streaming: bool = False


def open_models(choice: ModelChoice) -> tuple[Model, ...]:
    """The chosen models, the first to ask first. Raises ModelAccessError where one can't be made."""
    settle_environment()
    return tuple(
        _bedrock(name, choice) if name.provider == "bedrock" else _other(name, choice) for name in choice.models
    )


def runtime_client(region: str | None, endpoint_url: str | None, seconds: float = READ_SECONDS) -> Any:
    """A client of Bedrock's runtime; an answer may take so many seconds. Raises ModelAccessError without a region."""
    return _client("bedrock-runtime", region, endpoint_url, seconds)


def control_client(region: str | None, endpoint_url: str | None) -> Any:
    """A client of Bedrock's control plane, for what doctor asks and for application inference profiles."""
    return _client("bedrock", region, endpoint_url)


def identity_client(region: str | None, endpoint_url: str | None) -> Any:
    """A client that tells whose credentials these are."""
    return _client("sts", region, endpoint_url)


def _client(service: str, region: str | None, endpoint_url: str | None, seconds: float = READ_SECONDS) -> Any:
    import boto3
    import botocore.session
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    # botocore's own retries would multiply with ours and never retry what is in a stream; endpoints from the
    # environment and from shared configuration files would send prompts wherever they say.
    config = Config(
        retries={"total_max_attempts": 1},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=seconds,
        max_pool_connections=POOL,
        ignore_configured_endpoint_urls=True,
        user_agent_extra="gonogo",
    )
    session = botocore.session.Session()
    session.register_component("data_loader", _loader())
    try:
        made = boto3.Session(botocore_session=session, region_name=region)
        return made.client(service, endpoint_url=endpoint_url, config=config)
    except (BotoCoreError, ValueError) as error:
        raise ModelAccessError(_advice(error)) from error


@cache
def _loader() -> Any:
    """What reads the descriptions of AWS's services: a tenth of a second for each client that has its own."""
    import botocore.loaders

    return botocore.loaders.create_loader()


def _bedrock(name: ModelName, choice: ModelChoice) -> Model:
    from langchain_aws import ChatBedrockConverse

    client = runtime_client(choice.region, choice.endpoint_url, choice.call_seconds)
    guardrail = choice.guardrail
    try:
        chat = ChatBedrockConverse(
            model=name.name,
            provider=_maker(name.name),
            client=client,
            bedrock_client=control_client(client.meta.region_name, choice.endpoint_url),
            region_name=client.meta.region_name,
            base_url=client.meta.endpoint_url,
            max_tokens=MOST_OUTPUT_TOKENS,
            disable_streaming=not choice.streaming,
            guardrails={
                "guardrailIdentifier": guardrail.id,
                "guardrailVersion": guardrail.version,
                "trace": "enabled",
            }
            if guardrail
            else None,
        )
    except ValueError as error:
        raise ModelAccessError(f"{name} can't be used: {error}") from error
    cached = any(maker in name.name for maker in ("anthropic.", "amazon.nova"))
    options = {"cache_control": {"type": "default"}} if cached else {}
    return Model(str(name), chat, options, find_price("bedrock", name.name), choice.streaming)


def _maker(name: str) -> str:
    """Who made a model that is named by an ARN; ChatBedrockConverse reads the others' names itself."""
    if not name.startswith("arn:"):
        return ""
    parts = name.rpartition("/")[2].split(".")
    return parts[-2] if len(parts) > 1 else "anthropic"


def _other(name: ModelName, choice: ModelChoice) -> Model:
    if choice.guardrail is not None:
        raise ModelAccessError(f"{name} can't be asked under a guardrail of Amazon Bedrock: leave --guardrail out.")
    try:
        from langchain.chat_models import init_chat_model
    except ImportError as error:
        raise ModelAccessError(f"{name} needs more packages: pip install 'gonogo[providers]'.") from error
    extra: dict[str, Any] = {"base_url": choice.endpoint_url} if choice.endpoint_url else {}
    try:
        chat = init_chat_model(
            name.name,
            model_provider=name.provider,
            max_tokens=MOST_OUTPUT_TOKENS,
            timeout=choice.call_seconds,
            max_retries=0,
            **extra,
        )
    except ImportError as error:
        raise ModelAccessError(f"{name} needs its provider's package: {error}.") from error
    except Exception as error:  # a provider's package is of anybody's make: a missing key has no type in common
        told = " ".join(str(error).split())[:MOST_TOLD]
        raise ModelAccessError(f"{name} can't be used: {told}") from error
    return Model(str(name), chat, {}, find_price(name.provider, name.name), choice.streaming)


def _advice(error: Exception) -> str:
    kind = type(error).__name__
    if kind == "NoRegionError":
        return "no AWS region is set for the model: give --region, such as --region us-east-1."
    if kind == "ProfileNotFound":
        return f"{error}: set AWS_PROFILE to one of the profiles of your AWS configuration."
    return f"the client of Amazon Bedrock can't be made: {error}."
