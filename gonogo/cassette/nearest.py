"""What to say of a request that is not recorded: the recorded one that is nearest to it, and what differs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from gonogo.cassette.bodies import Body
from gonogo.cassette.interaction import Interaction, Request, key_of

MOST_SHOWN = 4
"""Differences that a message shows."""
AROUND = 30
"""Characters shown on either side of the first that differs."""
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Difference:
    """A place at which two requests differ, and what stands there in each, in short."""

    place: str
    recorded: str
    asked: str

    def __str__(self) -> str:
        return f"{self.place}: recorded {self.recorded}, asked {self.asked}"


def name_of(request: Request) -> str:
    """The request in short: method, host, path and X-Amz-Target."""
    target = request.headers.get("x-amz-target", "")
    name = f"{request.method} {request.host}{unquote(request.path)}{f' {target}' if target else ''}"
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 3]}..."


def explain_miss(asked: Request, recorded: Sequence[Interaction]) -> str:
    """Names the request, the nearest recorded one by number (from 1, in the order of the file), and what differs."""
    if not recorded:
        return f"{name_of(asked)} is not recorded: the cassette holds no interaction."
    key = key_of(asked)
    same = [number for number, found in enumerate(recorded, 1) if key_of(found.request) == key]
    if same:
        times = "once" if len(same) == 1 else f"{len(same)} times"
        return f"{name_of(asked)} is recorded {times} (interaction {same[0]}) and was already played that often."
    number, differences = _nearest(asked, recorded)
    nearest = name_of(recorded[number - 1].request)
    nearest = f"interaction {number}" if nearest == name_of(asked) else f"interaction {number}, {nearest}"
    shown = "; ".join(map(str, differences[:MOST_SHOWN]))
    more = f"; and {len(differences) - MOST_SHOWN} more" if len(differences) > MOST_SHOWN else ""
    return f"{name_of(asked)} is not recorded. Nearest is {nearest}; it differs at {shown}{more}."


def differences(recorded: Request, asked: Request) -> list[Difference]:
    """All places at which two requests differ: method, host, path, query, target, and the paths of the body's JSON."""
    found = [
        Difference(place, _short(one), _short(other))
        for place, one, other in (
            ("method", recorded.method, asked.method),
            ("host", recorded.host, asked.host),
            ("path", recorded.path, asked.path),
            ("x-amz-target", recorded.headers.get("x-amz-target", ""), asked.headers.get("x-amz-target", "")),
        )
        if one != other
    ]
    found += _between(_query(recorded), _query(asked), "query")
    return [*found, *_between(_value(recorded.body), _value(asked.body), "body")]


def _nearest(asked: Request, recorded: Sequence[Interaction]) -> tuple[int, list[Difference]]:
    """The recorded request of the same path, else host, else any, that differs at the fewest places."""
    levels = [
        (_place(found.request) == _place(asked), found.request.path == asked.path, found.request.host == asked.host)
        for found in recorded
    ]
    best = max(levels)
    near = [number for number, level in enumerate(levels, 1) if level == best]
    compared = [(number, differences(recorded[number - 1].request, asked)) for number in near]
    return min(compared, key=lambda pair: (len(pair[1]), pair[0]))


def _place(request: Request) -> tuple[str, str, str, str]:
    return request.method, request.host, request.path, request.headers.get("x-amz-target", "")


def _query(request: Request) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(urlsplit(request.uri).query, keep_blank_values=True):
        values.setdefault(name, []).append(value)
    return values


def _value(body: Body | None) -> Any:
    return body.value if body is not None else None


_MISSING = object()


def _between(one: Any, other: Any, place: str) -> Iterator[Difference]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            yield from _between(one.get(key, _MISSING), other.get(key, _MISSING), f"{place}.{key}")
    elif isinstance(one, list) and isinstance(other, list):
        for index in range(max(len(one), len(other))):
            yield from _between(_at(one, index), _at(other, index), f"{place}[{index}]")
    elif one is not other and (type(one) is not type(other) or one != other):
        start = _first_difference(one, other)
        yield Difference(place, _short(one, start), _short(other, start))


def _at(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else _MISSING


def _first_difference(one: Any, other: Any) -> int:
    if not isinstance(one, str) or not isinstance(other, str):
        return 0
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (left, right) in pairs if left != right), min(len(one), len(other)))


def _short(value: Any, start: int = 0) -> str:
    """The value around the first difference, as JSON."""
    if value is _MISSING:
        return "nothing"
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if not isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
        return text if len(text) <= 2 * AROUND else f"{text[: 2 * AROUND]}…"
    first, last = max(0, start - AROUND), start + AROUND
    part = json.dumps(value[first:last], ensure_ascii=False)
    return f"{'…' if first else ''}{part}{'…' if last < len(value) else ''}"
