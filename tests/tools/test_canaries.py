"""Canaries: no secret and no personal datum survives cleaning, however it is encoded and wherever it stands.

Left out by rule, since nothing tells them from any other text: an opaque encoding (base64, hex) of a value that only
the name beside it makes secret, or that only a word beside it makes personal, without that name or word inside it; and
numbers that run backwards.
"""

from __future__ import annotations

import base64
import html
import quopri
import random
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

import pytest

from gonogo.tools.redaction import clean, clean_lines
from tests.tools.made_people import PEOPLE
from tests.tools.made_secrets import make_secrets

SEED = 20260304


@dataclass(frozen=True)
class Canary:
    """``text`` holds ``core``, which must not be seen. With a name, the name makes it what it is."""

    kind: str
    text: str
    core: str
    name: str = ""


NEEDS_NAME = {
    "national phone": "phone",
    "uk-nhs-number": "nhs_number",
    "de-tax-id": "steuer_id",
    "in-aadhaar": "aadhaar",
    "passport": "passport_number",
    "date-of-birth": "date_of_birth",
}


def make_canaries() -> list[Canary]:
    rnd = random.Random(SEED)
    canaries = [Canary(secret.kind, secret.text, secret.core, secret.name) for secret in make_secrets(rnd)]
    for kind, make in PEOPLE.items():
        for _ in range(3):
            value, name = make(rnd), NEEDS_NAME.get(kind, "")
            canaries.append(Canary(kind, f"{name}={value}" if name else value, value, name))
    return canaries


CANARIES = make_canaries()
LEGIBLE_BACKWARDS = {canary.kind for canary in CANARIES if canary.kind not in PEOPLE} | {"e-mail"}
"""Backwards, most numbers are as good a number."""
OPAQUE: dict[str, Callable[[str], str]] = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 for addresses, unpadded": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "hex": lambda text: text.encode().hex(),
    "base64 twice": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
    "backwards": lambda text: text[::-1],
}
BY_CHARACTER: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "percent": lambda text: "".join(f"%{ord(char):02X}" for char in text),
    "percent twice": lambda text: "".join(f"%25{ord(char):02x}" for char in text),
    "decimal entities": lambda text: "".join(f"&#{ord(char)};" for char in text),
    "hex entities": lambda text: "".join(f"&#x{ord(char):x};" for char in text),
    "u escapes": lambda text: "".join(f"\\u{ord(char):04x}" for char in text),
    "x escapes": lambda text: "".join(f"\\x{ord(char):02x}" for char in text),
    "mail": lambda text: "".join(f"={ord(char):02X}" for char in text),
    "fullwidth": lambda text: "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text),
    "zero width": lambda text: "\u200b".join(text),
    "soft hyphens": lambda text: "\u00ad".join(text),
}
CARRIERS = {
    "app.env": ("NOTE={}", "{name}={}"),
    "values.yaml": ('    note: "{}"', '    {low}: "{}"'),
    "settings.json": ('    "note": "{}",', '    "{low}": "{}",'),
    "settings.py": ('NOTE = "{}"', '{name} = "{}"'),
    "server.log": ("2026-03-04T10:11:12Z INFO got {} from 10.0.0.7", "2026-03-04T10:11:12Z INFO {low}={} for 10.0.0.7"),
    "README.md": ("It answered `{}` at the time.", "- {low}: `{}`"),
    "main.tf": ('  note = "{}"', '  {low} = "{}"'),
    "headers.txt": ("> X-Note: {}", "> {low}: {}"),
}


ENCODINGS = (*BY_CHARACTER, *OPAQUE)


@pytest.mark.parametrize(
    ("encoding", "path"), [(encoding, [*CARRIERS][at % len(CARRIERS)]) for at, encoding in enumerate(ENCODINGS)]
)
def test_no_canary_survives(encoding: str, path: str) -> None:
    survive_not(encoding, path)


@pytest.mark.sweep
@pytest.mark.parametrize(("encoding", "path"), [(encoding, path) for encoding in ENCODINGS for path in CARRIERS])
def test_no_canary_survives_anywhere(encoding: str, path: str) -> None:
    survive_not(encoding, path)


def survive_not(encoding: str, path: str) -> None:
    canaries = [canary for canary in CANARIES if encoding != "backwards" or canary.kind in LEGIBLE_BACKWARDS]
    lines = []
    for canary in canaries:
        lines += [*carried(canary, encoding, path).split("\n"), ""]
    whole = clean("\n".join(lines), path)
    starts = range(0, len(lines), 12)
    parts = [clean_lines(lines, at + 1, min(at + 12, len(lines)), path=path, length=10_000) for at in starts]
    for text in (whole.text, "\n".join(part.text for part in parts)):
        told = "\n".join(sorted({text, *decoded(text)}))
        survivors = [canary for canary in canaries if is_told(canary, encoding, told)]
        assert not survivors, [(canary.kind, canary.text) for canary in survivors]
    assert whole.secrets + whole.personal >= len(canaries)
    assert clean(whole.text, path).text == whole.text


def carried(canary: Canary, encoding: str, path: str) -> str:
    note, setting = CARRIERS[path]
    if encoding == "backwards" and path == "app.env":
        note = 'NOTE="{}"'  # without quotes, a name runs into the value that it stands before
    if encoding in OPAQUE:
        return note.format(OPAQUE[encoding](canary.text))
    encode = BY_CHARACTER[encoding]
    if canary.name:
        return setting.format(encode(canary.core), name=canary.name.upper(), low=canary.name.lower())
    return note.format(encode(canary.text))


def is_told(canary: Canary, encoding: str, text: str) -> bool:
    encode = OPAQUE.get(encoding) or BY_CHARACTER[encoding]
    return canary.core in text or encode(canary.core) in text or canary.core[::-1] in text


def decoded(text: str) -> Iterator[str]:
    """What the standard library makes of a text, twice over."""
    for once in decoded_once(text):
        yield once
        yield from decoded_once(once)


def decoded_once(text: str) -> Iterator[str]:
    yield html.unescape(text)
    yield unquote(text, errors="replace")
    yield quopri.decodestring(text.encode()).decode("utf-8", "replace")
    yield re.sub(r"\\(?:u\{([0-9a-f]+)\}|u([0-9a-f]{4})|x([0-9a-f]{2}))", character, text)
    yield unicodedata.normalize("NFKC", text)
    runs = re.findall(r"[A-Za-z0-9+/_-]{8,}", text)
    yield "\n".join(
        bytes.fromhex(run).decode("utf-8", "replace") for run in runs if re.fullmatch("(?:[0-9a-f]{2})+", run)
    )
    plain = [run.replace("-", "+").replace("_", "/") for run in runs]
    yield "\n".join(base64.b64decode(run + "A" * (-len(run) % 4)).decode("utf-8", "replace") for run in plain)


def character(match: re.Match[str]) -> str:
    char = chr(int(match[1] or match[2] or match[3], 16))
    return "" if unicodedata.category(char) == "Cf" else char
