"""Which models an audit may ask, as an operator writes it: ``PROVIDER:NAME``, after a comma the next to fall on."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gonogo.agents.asking.errors import ModelAccessError

_PROVIDER = re.compile(r"[a-z][a-z0-9_]{1,40}\Z")
_GUARDRAIL = re.compile(r"(?P<id>[a-z0-9]{1,40}|arn:[^\s,]+?):(?P<version>DRAFT|[1-9][0-9]{0,7})\Z")


@dataclass(frozen=True, slots=True)
class ModelName:
    """A model of a provider. ``name`` is the provider's own (on Bedrock a model id, inference profile or ARN)."""

    provider: str
    name: str

    def __str__(self) -> str:
        return f"{self.provider}:{self.name}"


@dataclass(frozen=True, slots=True)
class GuardrailName:
    """A guardrail of Amazon Bedrock and its version (``DRAFT`` or a number)."""

    id: str
    version: str

    def __str__(self) -> str:
        return f"{self.id}:{self.version}"


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """What ``--model`` and the options beside it choose. ``models`` is never empty: the first is asked, the others when
    it can't be reached. ``endpoint_url`` replaces the provider's own address; a call may take ``call_seconds``."""

    models: tuple[ModelName, ...]
    region: str | None = None
    endpoint_url: str | None = None
    guardrail: GuardrailName | None = None
    streaming: bool = False
    call_seconds: float = 300.0


def read_models(text: str) -> tuple[ModelName, ...]:
    """``bedrock:ID[,bedrock:ID...]``; empty for ``none``. Raises ModelAccessError."""
    if text == "none":
        return ()
    found = []
    for part in text.split(","):
        provider, colon, name = part.strip().partition(":")
        if not colon or not name or not _PROVIDER.match(provider) or re.search(r"\s", name):
            raise ModelAccessError(
                f"{part.strip()!r} names no model: write PROVIDER:NAME, such as "
                "bedrock:us.anthropic.claude-sonnet-5-5, or none."
            )
        found.append(ModelName(provider, name))
    return tuple(found)


def read_guardrail(text: str) -> GuardrailName:
    """``ID:VERSION``. Raises ModelAccessError."""
    match = _GUARDRAIL.match(text)
    if match is None:
        raise ModelAccessError(f"{text!r} names no guardrail: write ID:VERSION, such as gr1a2b3c4d5e:1 or ID:DRAFT.")
    return GuardrailName(match["id"], match["version"])
