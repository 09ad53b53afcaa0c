"""How Kustomize changes an object: strategic merge and JSON patches. Objects are copied before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gonogo.facts.marked import Map, Seq, as_text

_KEYS = {
    "containers": "name",
    "initContainers": "name",
    "ephemeralContainers": "name",
    "env": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
    "volumeDevices": "devicePath",
    "imagePullSecrets": "name",
    "hostAliases": "ip",
    "topologySpreadConstraints": "topologyKey",
    "resourceClaims": "name",
    "secrets": "name",
}
"""The field that tells the items of a list apart."""


def copy(value: Any) -> Any:
    """A deep copy that keeps places."""
    if isinstance(value, Map):
        made = Map(value.line, value.path)
        made.end_line, made.lines = value.end_line, dict(value.lines)
        made.paths = dict(value.paths) if value.paths else None
        for key, item in value.items():
            made[key] = copy(item)
        return made
    if isinstance(value, Seq):
        items = Seq(value.line, value.path)
        items.end_line, items.lines = value.end_line, list(value.lines)
        items.paths = list(value.paths) if value.paths else None
        items.extend(copy(item) for item in value)
        return items
    return value


def put(into: Map, key: str, value: Any, source: Map, source_key: str = "") -> None:
    """Sets a key that stands in ``source``, with its place."""
    place = source.place(source_key or key)
    into[key] = value
    into.lines[key] = place.line
    if place.path != into.path:
        into.paths = {**(into.paths or {}), key: place.path}
    elif into.paths:
        into.paths.pop(key, None)


def merge(into: Map, patch: Map) -> None:
    """Applies a strategic merge patch in place."""
    for key, value in patch.items():
        if key == "$patch":
            continue
        if value is None:
            into.pop(key, None)
        elif isinstance(value, Map):
            _merge_map(into, key, value, patch)
        elif isinstance(value, Seq) and isinstance(into.get(key), Seq) and (name := _merge_key(key, value, into[key])):
            _merge_list(into[key], value, name)
        else:
            put(into, key, copy(value), patch)


def _merge_map(into: Map, key: str, value: Map, patch: Map) -> None:
    order = value.get("$patch")
    if order == "delete":
        into.pop(key, None)
    elif order == "replace" or not isinstance(into.get(key), Map):
        made = Map(value.line, value.path)
        made.end_line = value.end_line
        merge(made, value)
        put(into, key, made, patch)
    else:
        merge(into[key], value)


def _merge_key(field: str, patch: Seq, current: Seq) -> str:
    if field == "ports":
        maps = [item for item in (*patch, *current) if isinstance(item, Map)]
        return "containerPort" if any("containerPort" in item for item in maps) else "port"
    return _KEYS.get(field, "")


def _merge_list(current: Seq, patch: Seq, name: str) -> None:
    for item, place in patch.placed():
        if not isinstance(item, Map):
            current.put(item, place)
            continue
        if item.get("$patch") == "replace" and name not in item:
            _clear(current)
            continue
        wanted = as_text(item.get(name))
        index = next((i for i, old in enumerate(current) if isinstance(old, Map) and old.text(name) == wanted), None)
        if index is None:
            if item.get("$patch") != "delete":
                current.put(copy(item), place)
        elif item.get("$patch") == "delete":
            _remove(current, index)
        else:
            merge(current[index], item)


def _clear(items: Seq) -> None:
    items.clear()
    items.lines.clear()
    items.paths = None


def _remove(items: Seq, index: int) -> None:
    del items[index], items.lines[index]
    if items.paths is not None:
        del items.paths[index]


def apply_json(body: Map, operations: Seq) -> str:
    """Applies an RFC 6902 patch in place; what is returned says why it could not be, and is empty else."""
    for operation in operations:
        if not isinstance(operation, Map):
            return "an operation is no mapping"
        if problem := _apply(body, operation):
            return problem
    return ""


def _apply(body: Map, operation: Map) -> str:
    kind, pointer = operation.text("op"), operation.text("path")
    parts = list(_parts(pointer))
    if not parts:
        return f"its path {pointer!r} is no pointer"
    parent: Any = body
    for part in parts[:-1]:
        parent = _step(parent, part)
        if parent is None:
            return f"there is no {pointer}"
    last = parts[-1]
    if kind in ("copy", "move"):
        value: Any = body
        for part in _parts(operation.text("from")):
            value = _step(value, part)
        value = copy(value)
    else:
        value = copy(operation.get("value"))
    if kind == "test":
        return ""
    if kind == "move" and (problem := _apply(body, _removal(operation))):
        return problem
    return _change(parent, last, kind, value, operation)


def _removal(operation: Map) -> Map:
    made = Map(operation.line, operation.path)
    made["op"], made["path"] = "remove", operation.text("from")
    return made


def _change(parent: Any, last: str, kind: str, value: Any, operation: Map) -> str:
    if isinstance(parent, Map):
        if kind == "remove":
            return "" if parent.pop(last, _NOTHING) is not _NOTHING else f"there is no {operation.text('path')}"
        put(parent, last, value, operation, "value")
        return ""
    if not isinstance(parent, Seq):
        return f"there is no {operation.text('path')}"
    place = operation.place("value")
    if last == "-":
        parent.put(value, place)
        return ""
    if not last.isdecimal() or int(last) > len(parent) or (kind != "add" and int(last) >= len(parent)):
        return f"there is no {operation.text('path')}"
    index = int(last)
    if kind == "remove":
        _remove(parent, index)
    elif kind == "replace":
        parent[index] = value
        parent.lines[index] = place.line
    else:
        parent.insert(index, value)
        parent.lines.insert(index, place.line)
        if parent.paths is not None or place.path != parent.path:
            paths = parent.paths or [parent.path] * (len(parent) - 1)
            parent.paths = [*paths[:index], place.path, *paths[index:]]
    return ""


_NOTHING = object()


def _parts(pointer: str) -> Iterator[str]:
    if pointer.startswith("/"):
        for part in pointer[1:].split("/"):
            yield part.replace("~1", "/").replace("~0", "~")


def _step(value: Any, part: str) -> Any:
    if isinstance(value, Map):
        return value.get(part)
    if isinstance(value, Seq) and part.isdecimal() and int(part) < len(value):
        return value[int(part)]
    return None
