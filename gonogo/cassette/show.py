"""What a cassette holds, one row an interaction."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from gonogo.cassette.bodies import Body, Form, body_bytes
from gonogo.cassette.file import read_cassette
from gonogo.cassette.interaction import Interaction

_MODEL = re.compile(r"/model/(?P<model>[^/]+)/")


@dataclass(frozen=True, slots=True)
class Row:
    """An interaction in short. ``size``: bytes of both bodies as sent. Tokens: None where no model answered."""

    number: int
    method: str
    host: str
    path: str
    status: int
    model: str
    input_tokens: int | None
    output_tokens: int | None
    size: int


def describe(path: Path) -> list[Row]:
    """The rows of a cassette, in the order of the file. Raises CassetteError like read_cassette."""
    return [_row(number, found) for number, found in enumerate(read_cassette(path).interactions, 1)]


def _row(number: int, interaction: Interaction) -> Row:
    request, response = interaction.request, interaction.response
    usage = _usage(response.body)
    target = request.headers.get("x-amz-target", "")
    return Row(
        number=number,
        method=request.method,
        host=request.host,
        path=f"{unquote(request.path)}{f' {target}' if target else ''}",
        status=response.status,
        model=_model(interaction),
        input_tokens=_count(usage, "inputTokens"),
        output_tokens=_count(usage, "outputTokens"),
        size=len(body_bytes(request.body)) + len(body_bytes(response.body)),
    )


def _model(interaction: Interaction) -> str:
    if match := _MODEL.match(interaction.request.path):
        return unquote(match["model"])
    body = interaction.request.body
    model = body.value.get("model") if body and body.form is Form.JSON and isinstance(body.value, dict) else None
    return model if isinstance(model, str) else ""


def _usage(body: Body | None) -> dict[str, Any]:
    value = body.value if body is not None and body.form is Form.JSON else None
    usage = value.get("usage") if isinstance(value, dict) else None
    return usage if isinstance(usage, dict) else {}


def _count(usage: dict[str, Any], name: str) -> int | None:
    count = usage.get(name)
    return count if isinstance(count, int) else None
