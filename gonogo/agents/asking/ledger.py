"""What was asked and answered, by what was asked: an answer that was paid for is not paid for again.

A run that is begun again, or a step that runs twice after a crash, asks the same; what is kept answers it. Faults are
not kept: they are tried again.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, BaseMessage

_BYTES = "__bytes__"
"""Marks bytes in a record, which JSON has not: some models sign what they thought in bytes."""


class Ledger(Protocol):
    """Answers of one run by key. What is kept is on disk when ``keep`` returns."""

    def find(self, key: str) -> dict[str, Any] | None:
        """The answer that was kept under the key; None where there is none."""

    def keep(
        self, key: str, conversation: str, turn: int, request: list[dict[str, Any]], answer: dict[str, Any]
    ) -> None:
        """Keeps an answer, with what was asked. A second one under the same key changes nothing."""


class Forgetful:
    """A ledger that keeps nothing."""

    def find(self, key: str) -> dict[str, Any] | None:
        return None

    def keep(
        self, key: str, conversation: str, turn: int, request: list[dict[str, Any]], answer: dict[str, Any]
    ) -> None:
        return None


def call_key(*parts: Any) -> str:
    """The SHA-256 of what a call is, in hex. The parts are what JSON can hold, or bytes in it."""
    text = json.dumps(_packed(parts), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def record_messages(messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """What was sent, message by message: kind, content, and the calls that it makes or answers."""
    return [
        _packed(
            {
                "at": number,
                "type": message.type,
                "content": message.content,
                "calls": [
                    {"id": call["id"], "name": call["name"], "args": call["args"]}
                    for call in getattr(message, "tool_calls", ())
                ],
                "answers": getattr(message, "tool_call_id", ""),
                "status": getattr(message, "status", ""),
            }
        )
        for number, message in enumerate(messages)
    ]


def record_answer(message: AIMessage) -> dict[str, Any]:
    """An answer as data, from which ``read_answer`` makes an equal one."""
    told: dict[str, Any] = _packed(message.model_dump(mode="python"))
    return told


def read_answer(kept: dict[str, Any]) -> AIMessage:
    """The answer that was kept. Raises pydantic's ValidationError for what is none."""
    from langchain_core.messages import AIMessage

    return AIMessage.model_validate(_unpacked(kept))


def _packed(value: Any) -> Any:
    if isinstance(value, bytes):
        return {_BYTES: base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {str(key): _packed(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_packed(item) for item in value]
    return value


def _unpacked(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {_BYTES}:
            return base64.b64decode(value[_BYTES])
        return {key: _unpacked(item) for key, item in value.items()}
    return [_unpacked(item) for item in value] if isinstance(value, list) else value
