"""A body as a reviewer reads it: parsed JSON where it is that, else text, else bytes."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

DEEPEST = 60
"""Levels of JSON beyond which a body is kept as text."""
LONGEST_KEY = 200
"""Characters of a key beyond which a body is kept as text: YAML bounds a simple key."""


class Form(StrEnum):
    """How a body is written in a cassette; the values are the keys there."""

    JSON = "json"
    TEXT = "text"
    BINARY = "base64"


@dataclass(frozen=True, slots=True)
class Body:
    """What a request or a response carries. ``value``: an object or array for JSON, a string, or bytes."""

    form: Form
    value: Any


class _NotFaithfulError(ValueError):
    """JSON that would not come back as it is."""


def parse_body(data: bytes) -> Body | None:
    """The body in these bytes; None where there are none. JSON that would not come back as it is stays text."""
    if not data:
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return Body(Form.BINARY, data)
    if text.lstrip()[:1] in ("{", "["):
        try:
            value = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse, parse_float=_finite)
            _check(value, DEEPEST)
            return Body(Form.JSON, value)
        except (ValueError, RecursionError):
            pass  # no JSON, or none that comes back as it is: two keys of one name, half a character
    return Body(Form.TEXT, text) if _is_text(text) else Body(Form.BINARY, data)


def body_bytes(body: Body | None) -> bytes:
    """The bytes to send for a body. JSON comes back equal as JSON, anything else byte for byte."""
    if body is None:
        return b""
    if body.form is Form.JSON:
        return json.dumps(body.value, ensure_ascii=False, separators=(",", ":")).encode()
    return bytes(body.value) if body.form is Form.BINARY else str(body.value).encode()


def canonical(body: Body | None) -> str | bytes:
    """What two bodies are compared by: sorted-keys JSON where it is JSON, else what stands there."""
    if body is None:
        return b""
    if body.form is Form.JSON:
        return json.dumps(body.value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return bytes(body.value) if body.form is Form.BINARY else str(body.value)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _NotFaithfulError("two keys of one name")
    return found


def _refuse(constant: str) -> Any:
    raise _NotFaithfulError(constant)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _NotFaithfulError(digits)
    return number


def _check(value: Any, levels: int) -> None:
    if levels == 0:
        raise _NotFaithfulError("too deep")
    if isinstance(value, dict):
        for key, inner in value.items():
            if len(key) > LONGEST_KEY:
                raise _NotFaithfulError("a long key")
            _check_characters(key)
            _check(inner, levels - 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, levels - 1)
    elif isinstance(value, str):
        _check_characters(value)


def _check_characters(text: str) -> None:
    text.encode()  # half of a surrogate pair raises a ValueError: no YAML holds one


def _is_text(text: str) -> bool:
    return not any(ord(char) < 32 and char not in "\t\n\r" for char in set(text))
