"""Terraform's pure functions over known values. A call with an unknown argument is unknown, but for those listed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from itertools import chain

from gonogo.facts.resources import Unknown, Value, truth

SPREAD = "..."
"""The key under which a partly known mapping keeps its unknown rest."""
MOST_ITEMS = 2_000


class AbsentError(Exception):
    """A value has no such attribute or element: what ``try`` and ``can`` catch."""


def merge(*maps: Value) -> Value:
    """Merges what is known; unknown maps leave a rest."""
    found: dict[str, Value] = {}
    for item in maps:
        if isinstance(item, Unknown):
            found[SPREAD] = item
        elif isinstance(item, Mapping):
            found.update(item)
    return found


def concat(*lists: Value) -> Value:
    """Joins lists; an unknown one stands as one unknown element."""
    return tuple(chain.from_iterable((item,) if isinstance(item, Unknown) else _list(item) for item in lists))


def coalesce(*values: Value) -> Value:
    """The first that is neither null nor empty; unknown if an unknown one comes before it."""
    for value in values:
        if isinstance(value, Unknown) or value not in (None, ""):
            return value
    raise AbsentError


def coalescelist(*values: Value) -> Value:
    """The first list that is not empty."""
    return next((value for value in values if isinstance(value, Unknown) or value), ())


def flatten(values: Value) -> Value:
    """One flat list."""
    found: list[Value] = []
    for item in _list(values):
        found.extend(flatten(item) if isinstance(item, tuple) else (item,))
    return tuple(found)


def jsonencode(value: Value) -> Value:
    """The value itself: nobody needs the text of it."""
    return value


def jsondecode(value: Value) -> Value:
    """The value of a JSON text; anything that is no text as it is."""
    if not isinstance(value, str):
        return value
    try:
        return freeze(json.loads(value))
    except (ValueError, RecursionError):
        return Unknown("jsondecode(...)")


def freeze(value: object) -> Value:
    """Lists become tuples, at any depth."""
    if isinstance(value, dict):
        return {str(key): freeze(item) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(freeze(item) for item in value)
    return value


LENIENT: dict[str, Callable[..., Value]] = {
    "merge": merge,
    "concat": concat,
    "coalesce": coalesce,
    "coalescelist": coalescelist,
    "flatten": flatten,
    "jsonencode": jsonencode,
    "yamlencode": jsonencode,
    "jsondecode": jsondecode,
    "sensitive": jsonencode,
    "nonsensitive": jsonencode,
    "compact": lambda items: tuple(i for i in _list(items) if i not in (None, "")),
    "distinct": lambda items: _distinct(_list(items)),
    "toset": lambda items: items if isinstance(items, Unknown) else _distinct(_list(items)),
    "tolist": lambda items: items if isinstance(items, Unknown) else _list(items),
    "tomap": lambda value: value,
    "setunion": lambda *sets: _distinct(concat(*sets)),
    "list": lambda *items: items,
    "values": lambda value: value if isinstance(value, Unknown) else tuple(value.values()),
}
"""Functions that look into no unknown value themselves."""


def _list(value: Value) -> tuple[Value, ...]:
    if isinstance(value, tuple):
        return value
    if value is None:
        return ()
    if isinstance(value, Mapping):
        return tuple(value.values())
    return (value,)


def _distinct(items: tuple[Value, ...]) -> tuple[Value, ...]:
    found: list[Value] = []
    for item in items[:MOST_ITEMS]:
        if item not in found:
            found.append(item)
    return tuple(found)


def _lookup(values: Mapping[str, Value], key: Value, *default: Value) -> Value:
    if str(key) in values:
        return values[str(key)]
    if SPREAD in values:
        return values[SPREAD]
    if not default:
        raise AbsentError
    return default[0]


def _element(items: Value, index: int) -> Value:
    listed = _list(items)
    if not listed:
        raise AbsentError
    return listed[int(index) % len(listed)]


def _range(*bounds: float) -> Value:
    return tuple(range(*(int(b) for b in bounds)))[:MOST_ITEMS]


def _replace(text: Value, old: str, new: str) -> Value:
    if len(old) > 1 and old.startswith("/") and old.endswith("/"):
        return Unknown(f"replace({text}, {old})")
    return as_string(text).replace(old, new)


def _format(pattern: str, *values: Value) -> Value:
    given = iter(values)

    def fill(match: re.Match[str]) -> str:
        if match.group(0) == "%%":
            return "%"
        value = next(given, "")
        digits = re.fullmatch(r"%0?(\d*)d", match.group(0))
        if digits and isinstance(value, int | float):
            return str(int(value)).zfill(int(digits.group(1) or 0) if len(digits.group(1)) < 3 else 0)
        return as_string(value)

    return re.sub(r"%%|%[-+# 0-9.]*[a-zA-Z]", fill, pattern)


def _tonumber(value: Value) -> Value:
    if value is None or isinstance(value, int | float):
        return value
    try:
        return int(value)
    except ValueError:
        try:
            return float(value)
        except ValueError:
            raise AbsentError from None


def as_string(value: Value) -> str:
    """A value as Terraform writes it in a string."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _one(items: Value) -> Value:
    listed = _list(items)
    return listed[0] if listed else None


def _contains(items: Value, wanted: Value) -> Value:
    listed = _list(items)
    if wanted in listed:
        return True
    unknown = next((item for item in listed if isinstance(item, Unknown)), None)
    return unknown if unknown is not None else False


def _all(items: Value, wanted: bool) -> Value:
    """``alltrue`` (wanted True) and ``anytrue`` (wanted False)."""
    flags = [truth(item) for item in _list(items)]
    if (not wanted) in flags:
        return not wanted
    return Unknown("...") if None in flags else wanted


STRICT: dict[str, Callable[..., Value]] = {
    "length": lambda value: Unknown("length(...)") if SPREAD in value else len(value),
    "contains": _contains,
    "lookup": _lookup,
    "element": _element,
    "range": _range,
    "keys": lambda value: tuple(sorted(value)),
    "lower": lambda text: as_string(text).lower(),
    "upper": lambda text: as_string(text).upper(),
    "title": lambda text: as_string(text).title(),
    "trim": lambda text, cut: as_string(text).strip(cut),
    "trimspace": lambda text: as_string(text).strip(),
    "trimprefix": lambda text, cut: as_string(text).removeprefix(cut),
    "trimsuffix": lambda text, cut: as_string(text).removesuffix(cut),
    "chomp": lambda text: as_string(text).rstrip("\n"),
    "startswith": lambda text, start: as_string(text).startswith(start),
    "endswith": lambda text, end: as_string(text).endswith(end),
    "strcontains": lambda text, part: part in as_string(text),
    "substr": lambda text, start, size: as_string(text)[int(start) :][: int(size) if size >= 0 else None],
    "join": lambda by, *parts: by.join(as_string(i) for part in parts for i in _list(part)),
    "split": lambda by, text: tuple(as_string(text).split(by)),
    "replace": _replace,
    "format": _format,
    "tostring": lambda value: None if value is None else as_string(value),
    "tonumber": _tonumber,
    "tobool": lambda value: truth(value),
    "max": max,
    "min": min,
    "abs": abs,
    "ceil": math.ceil,
    "floor": math.floor,
    "signum": lambda n: (n > 0) - (n < 0),
    "slice": lambda items, start, end: items[int(start) : int(end)],
    "reverse": lambda items: tuple(reversed(_list(items))),
    "sort": lambda items: tuple(sorted(_list(items), key=as_string)),
    "sum": lambda items: sum(_list(items)),
    "one": _one,
    "alltrue": lambda items: _all(items, True),
    "anytrue": lambda items: _all(items, False),
    "zipmap": lambda keys, values: dict(zip(map(as_string, keys), values, strict=False)),
    "setsubtract": lambda left, right: tuple(i for i in _list(left) if i not in _list(right)),
    "setintersection": lambda left, right: tuple(i for i in _list(left) if i in _list(right)),
    "index": lambda items, wanted: _list(items).index(wanted),
    "basename": lambda text: as_string(text).rpartition("/")[2],
    "dirname": lambda text: as_string(text).rpartition("/")[0],
    "abspath": lambda text: text,
    "pathexpand": lambda text: text,
}
"""Functions of known values only."""
