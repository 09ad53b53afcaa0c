"""Compose's rules for merging files, and for services that extend others."""

from __future__ import annotations

from collections.abc import Callable

from gonogo.facts.marked import Filled, Map, Seq, Tagged, as_text

_REPLACED = frozenset(("command", "entrypoint", "test", "profiles"))
_BY_TARGET = frozenset(("volumes",))
_BY_NAME = frozenset(("environment", "labels", "args", "annotations", "sysctls", "extra_hosts", "depends_on"))


def merge(base: Map, over: Map) -> Map:
    """What ``over`` makes of ``base``; neither is changed."""
    made = Map(base.line, base.path)
    made.end_line = base.end_line
    for key in base:
        _set(made, key, base[key], base)
    for key in over:
        value = over[key]
        if isinstance(value, Tagged):
            made.pop(key, None)
            if value.tag == "!override":
                _set(made, key, value.value, over)
        elif key in made:
            both = isinstance(made[key], Map) and isinstance(value, Map)
            _set(made, key, _merged(key, made[key], value), base if both else over)
        else:
            _set(made, key, value, over)
    return made


def untagged(value: object) -> object:
    """The value of a ``!reset`` or ``!override`` that overrides nothing."""
    return (None if value.tag == "!reset" else value.value) if isinstance(value, Tagged) else value


def _set(into: Map, key: str, value: object, source: Map) -> None:
    into[key] = value
    place = source.place(key)
    into.lines[key] = place.line
    if place.path != into.path:
        into.paths = {**(into.paths or {}), key: place.path}
    elif into.paths and key in into.paths:
        into.paths = {name: path for name, path in into.paths.items() if name != key}


def _merged(key: str, old: object, new: object) -> object:
    if key in _REPLACED:
        return new
    if key in _BY_NAME and isinstance(old, Map | Seq) and isinstance(new, Map | Seq):
        return merge(by_name(old), by_name(new))
    if isinstance(old, Map) and isinstance(new, Map):
        return merge(old, new)
    if isinstance(old, Seq) and isinstance(new, Seq):
        return _joined(old, new, _target if key in _BY_TARGET else _whole)
    return old if new is None else new


def by_name(value: Map | Seq) -> Map:
    """``A=b`` items as a mapping."""
    if isinstance(value, Map):
        return value
    made = Map(value.line, value.path)
    made.end_line = value.end_line
    for item, place in value.placed():
        name, equals, text = as_text(item).partition("=")
        made[name] = None if not equals else Filled.make(text, item.written) if isinstance(item, Filled) else text
        made.lines[name] = place.line
        if place.path != made.path:
            made.paths = {**(made.paths or {}), name: place.path}
    return made


def _joined(old: Seq, new: Seq, identity: Callable[[object], str]) -> Seq:
    """Both sequences; an item of the new one takes the place of an equal one."""
    taken = {identity(item) for item in new}
    made = Seq(new.line, new.path)
    made.end_line = new.end_line
    for item, place in old.placed():
        if identity(item) not in taken:
            made.put(item, place)
    for item, place in new.placed():
        made.put(item, place)
    return made


def _whole(item: object) -> str:
    return repr(item)


def _target(item: object) -> str:
    if isinstance(item, Map):
        return item.text("target")
    parts = as_text(item).split(":")
    return parts[1] if len(parts) > 1 else parts[0]
