"""What a cassette does not hold: secrets. The same fixed mapping for what is recorded and for what is asked.

Idempotent, since what is replayed passes it again. Hidden characters stay: they are data, and the file shows them
escaped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from gonogo.cassette.bodies import Body, Form
from gonogo.cassette.interaction import Request, Response

if TYPE_CHECKING:
    from gonogo.tools.secrets.detect import Hit

MOST_ROUNDS = 5
_SIGNED = re.compile(
    r"x-amz-(?:signature|security-token|credential)(?:=|%3D)(?P<value>(?!\[redacted)[^&\s\"'<>]+)", re.IGNORECASE
)
_NAMES = ("name", "Name", "key", "Key")
_VALUES = ("value", "Value")

Change = Callable[[str, str], str]
"""Text and the name that it stands under ("" for none): the text to put in its place."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret's line (from 0), its columns there, and its kind. The value is not kept."""

    line: int
    start: int
    end: int
    kind: str

    def overlaps(self, other: Secret) -> bool:
        return self.line == other.line and self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Leaf:
    """A string in a message: where it stands, as a path, and the name that it stands under."""

    place: str
    name: str
    text: str


def redact_request(request: Request, change: Change | None = None) -> Request:
    """The request without secrets."""
    change = change or without_secrets
    return replace(
        request,
        uri=_changed_uri(request.uri, change),
        headers={name: change(value, "") for name, value in request.headers.items()},
        body=change_body(request.body, change),
    )


def redact_response(response: Response, change: Change | None = None) -> Response:
    """The response without secrets. Bytes stay as they are: an event stream carries checksums."""
    change = change or without_secrets
    return replace(
        response,
        headers={name: change(value, "") for name, value in response.headers.items()},
        body=change_body(response.body, change),
    )


def change_body(body: Body | None, change: Change) -> Body | None:
    """The body with every string in it changed, in the order of sorted keys."""
    if body is None or body.form is Form.BINARY:
        return body
    return replace(body, value=change_value(body.value, change))


def change_value(value: Any, change: Change, name: str = "") -> Any:
    """The value with every string in it changed, in the order of sorted keys; keys are kept in their order."""
    if isinstance(value, str):
        return change(value, name)
    if isinstance(value, list):
        return [change_value(inner, change, name) for inner in value]
    if isinstance(value, dict):
        changed = {
            key: (change(key, ""), change_value(value[key], change, _name_of(value, key))) for key in sorted(value)
        }
        return dict(changed[key] for key in value)
    return value


def leaves(value: Any, place: str = "", name: str = "") -> Iterator[Leaf]:
    """Every string in a value, keys too, each with its path."""
    if isinstance(value, str):
        yield Leaf(place, name, value)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, f"{place}[{index}]", name)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield Leaf(f"{place} (a key)", "", key)
            yield from leaves(inner, f"{place}.{key}" if place else key, _name_of(value, key))


def without_secrets(text: str, name: str = "") -> str:
    """The text with secrets replaced by their kind. A value that stands under a secret's name is judged with it."""
    for _ in range(MOST_ROUNDS):  # what goes can bring to light what stood behind it
        out = _one_round(text, name)
        if out == text:
            break
        text = out
    return text


def secrets_in(text: str, name: str = "") -> list[Secret]:
    """The secrets in a text that would be redacted, none overlapping another; columns count from the text's start."""
    from gonogo.facts.secret_names import secret_name

    opening = f'{name}: "' if name and "\n" not in text and '"' not in text and secret_name(name) else ""
    found = []
    for hit in _hits(f'{opening}{text}"' if opening else text):
        start, end = max(hit.start - len(opening), 0), hit.end - len(opening)
        end = min(end, len(text)) if opening else end
        if start < end:
            found.append(Secret(hit.line, start, end, hit.kind))
    return found + [one for one in _signatures(text) if not any(one.overlaps(other) for other in found)]


def _hits(text: str) -> list[Hit]:
    """What redaction takes out where the format of a text is not known; see gonogo.tools.redaction."""
    from gonogo.tools.secrets.detect import find_hits
    from gonogo.tools.secrets.judge import Format, Level
    from gonogo.tools.secrets.values import is_random

    hits = find_hits(text.encode("utf-8", "replace"), Format.YAML)
    sure = (hit for hit in hits if hit.level is not Level.PLACEHOLDER)
    return [hit for hit in sure if hit.quoted or hit.level is not Level.DOUBTFUL or is_random(hit.value, 12)]


def _signatures(text: str) -> Iterator[Secret]:
    """The credentials in signed addresses, which services hand out in their answers."""
    if "amz-" in text.lower():
        for number, line in enumerate(text.split("\n")):
            for match in _SIGNED.finditer(line):
                yield Secret(number, match.start("value"), match.end("value"), "signed-url")


def _one_round(text: str, name: str) -> str:
    found = secrets_in(text, name)
    if not found:
        return text
    lines = text.split("\n")
    for one in sorted(found, key=lambda one: (one.line, -one.start)):
        line = lines[one.line]
        lines[one.line] = f"{line[: one.start]}[redacted:{one.kind}]{line[one.end :]}"
    return "\n".join(lines)


def _name_of(pairs: dict[str, Any], key: str) -> str:
    """The name that a value stands under: its key, or what stands beside it as ``name`` where the key is ``value``."""
    if key in _VALUES:
        return next((str(pairs[name]) for name in _NAMES if isinstance(pairs.get(name), str)), key)
    return key


def _changed_uri(uri: str, change: Change) -> str:
    parts = urlsplit(uri)
    path = "/".join(_changed_part(segment, change) for segment in parts.path.split("/"))
    pairs = [(name, change(value, name)) for name, value in parse_qsl(parts.query, keep_blank_values=True)]
    query = urlencode(sorted(pairs), quote_via=quote)
    return urlunsplit((parts.scheme, change(parts.netloc, ""), path, query, ""))


def _changed_part(segment: str, change: Change) -> str:
    plain = unquote(segment)
    changed = change(plain, "")
    return segment if changed == plain else quote(changed, safe="")
