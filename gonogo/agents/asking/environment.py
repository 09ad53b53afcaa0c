"""Environment variables of libraries that would send an audit's data elsewhere, taken out of force for this process."""

from __future__ import annotations

import os

_OFF = (
    "LANGSMITH_TRACING",
    "LANGSMITH_TRACING_V2",
    "LANGCHAIN_TRACING",
    "LANGCHAIN_TRACING_V2",
    "LANGSMITH_OTEL_ENABLED",
)
"""What ships every prompt and answer to LangSmith."""
_DROPPED = (
    "LANGSMITH_GATEWAY",
    "LANGSMITH_GATEWAY_API_KEY",
    "OPENAI_API_BASE",
    "OPENAI_BASE_URL",
    "OPENAI_PROXY",
    "ANTHROPIC_API_URL",
    "ANTHROPIC_BASE_URL",
    "AZURE_OPENAI_ENDPOINT",
    "MISTRAL_BASE_URL",
    "GROQ_API_BASE",
    "COHERE_API_URL",
    "LANGCHAIN_AWS_DEBUG",
)
"""What sends calls to another address than the provider's, or prints prompts. ``--endpoint-url`` is the open way."""


def settle_environment() -> None:
    """To be called before LangGraph or a model's package is imported; checkpoints may then hold plain data only."""
    os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"
    for name in _OFF:
        os.environ[name] = "false"
    for name in _DROPPED:
        os.environ.pop(name, None)
