"""The environment of a strict replay: no credentials are needed, and none of the user's is used."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping

DEFAULT_REGION = "us-east-1"
_REMOVED = """
    AWS_BEARER_TOKEN_BEDROCK AWS_CONTAINER_CREDENTIALS_FULL_URI AWS_CONTAINER_CREDENTIALS_RELATIVE_URI
    AWS_CREDENTIAL_EXPIRATION AWS_DEFAULT_PROFILE AWS_PROFILE AWS_ROLE_ARN AWS_SESSION_TOKEN AWS_USE_DUALSTACK_ENDPOINT
    AWS_USE_FIPS_ENDPOINT AWS_WEB_IDENTITY_TOKEN_FILE
"""
"""Other ways to credentials, and what would send a recorded request to another host."""

_KEYS = """
    ANTHROPIC_API_KEY AZURE_OPENAI_API_KEY COHERE_API_KEY DEEPSEEK_API_KEY GOOGLE_API_KEY GROQ_API_KEY MISTRAL_API_KEY
    OPENAI_API_KEY XAI_API_KEY
"""
"""Keys without which the packages of other providers make no client."""


def replay_environment(region: str | None = None) -> dict[str, str | None]:
    """The variables of a strict replay; None for those that are removed. ``region``: the one that was recorded."""
    values: dict[str, str | None] = dict.fromkeys(_REMOVED.split())
    values |= {name: None for name in os.environ if name.startswith("AWS_ENDPOINT_URL")}
    values |= dict.fromkeys(_KEYS.split(), "replayed")
    values |= {
        "AWS_ACCESS_KEY_ID": "replayed",
        "AWS_SECRET_ACCESS_KEY": "replayed",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    if region is None:
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or DEFAULT_REGION
    return values | {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}


@contextlib.contextmanager
def environment(values: Mapping[str, str | None]) -> Iterator[None]:
    """Sets and removes variables, and restores them."""
    before = {name: os.environ.get(name) for name in values}
    try:
        _put(values)
        yield
    finally:
        _put(before)


def _put(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
