"""Looks into a cassette for what must not be there: secrets and personal data, in what is decoded from it."""

from __future__ import annotations

import base64
import binascii
import json
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote

from gonogo.cassette.bodies import Body, Form
from gonogo.cassette.file import Cassette, read_cassette
from gonogo.cassette.redaction import leaves, secrets_in

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_PRELUDE = 12
_CHECKSUM = 4


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """What must not be in a cassette: kind and place, never the value. ``interaction``: from 1; 0 is the header."""

    interaction: int
    place: str
    kind: str


def scan(path: Path) -> list[Found]:
    """The secrets and personal data in a cassette, sorted by place; of a text that repeats, its first place.

    Raises CassetteError like read_cassette.
    """
    seen: set[tuple[str, str]] = set()
    found: set[Found] = set()
    for number, place, text, name in _texts(read_cassette(path)):
        if (text, name) not in seen:
            seen.add((text, name))
            found.update(Found(number, _with_line(place, text, line), kind) for line, kind in _kinds(text, name))
    return sorted(found)


_Text: TypeAlias = tuple[int, str, str, str]
"""The number of the interaction, the place, the text, and the name that it stands under."""


def _texts(cassette: Cassette) -> Iterator[_Text]:
    yield from _in_value(0, "about", dict(cassette.about))
    for number, interaction in enumerate(cassette.interactions, 1):
        request, response = interaction.request, interaction.response
        yield number, "request uri", unquote(request.uri), ""
        for side, part in (("request", request), ("response", response)):
            yield from _in_value(number, f"{side} headers", dict(part.headers))
            yield from _in_body(number, f"{side} body", part.body)


def _in_body(number: int, place: str, body: Body | None) -> Iterator[_Text]:
    if body is None:
        return
    if body.form is not Form.BINARY:
        yield from _in_value(number, place, body.value)
        return
    yield number, f"{place} (decoded)", body.value.decode("utf-8", "replace"), ""
    yield number, f"{place} (what its stream says)", _streamed(body.value), ""


def _in_value(number: int, place: str, value: Any) -> Iterator[_Text]:
    for leaf in leaves(value):
        where = f"{place} {leaf.place}".rstrip()
        yield number, where, leaf.text, leaf.name
        if _BASE64.fullmatch(leaf.text) and (text := _decoded(leaf.text)):
            yield number, f"{where} (decoded)", text, leaf.name


def _kinds(text: str, name: str) -> Iterator[tuple[int, str]]:
    """The line, from 0, and the kind of each secret and each piece of personal data in a text."""
    from gonogo.tools.personal_data import find_personal_data

    for secret in secrets_in(text, name):
        yield secret.line, secret.kind
    for span in find_personal_data(text):
        yield text.count("\n", 0, span.start), span.kind


def _with_line(place: str, text: str, line: int) -> str:
    return f"{place}, line {line + 1}" if "\n" in text else place


def _decoded(text: str) -> str:
    try:
        data = base64.b64decode(
            text + "=" * (-len(text) % 4), altchars=b"-_" if {"-", "_"} & set(text) else None, validate=True
        )
        found = data.decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
    return found if found.isprintable() else ""


def _streamed(data: bytes) -> str:
    """The text that the events of an AWS event stream make together: a secret can be spread over several."""
    texts: list[str] = []
    at = 0
    while at + _PRELUDE <= len(data):
        length, headers = struct.unpack_from("!II", data, at)
        if length < _PRELUDE + headers + _CHECKSUM or at + length > len(data):
            break
        payload = data[at + _PRELUDE + headers : at + length - _CHECKSUM]
        try:
            value = json.loads(payload)
        except ValueError:
            value = payload.decode("utf-8", "replace")
        texts += [leaf.text for leaf in leaves(value) if leaf.place.endswith((".text", ".input")) or not leaf.place]
        at += length
    return "".join(texts)
