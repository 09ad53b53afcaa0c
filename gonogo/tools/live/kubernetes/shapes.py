"""An object of the API as plain data, with the fields that the table keeps and no other."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from gonogo.tools.live.kubernetes.table import Row, load_table

LONGEST_TEXT = 2_000
MOST_DEEP = 12
Tree = dict[str, Any]
"""What is kept beneath each name; empty where all is, THERE where only that it is there."""
ITEMS, THERE = "[]", "?"


def kept(row: Row, item: dict[str, Any]) -> dict[str, Any]:
    """The fields of an object that its row keeps."""
    data: dict[str, Any] = _pruned(_tree_of(row.resource), item, 0) or {}
    annotations = (item.get("metadata") or {}).get("annotations")
    if row.annotations and isinstance(annotations, dict):
        found = {name: str(annotations[name])[:LONGEST_TEXT] for name in row.annotations if name in annotations}
        if found:
            data["metadata"] = data.get("metadata", {}) | {"annotations": found}
    return data


@cache
def _tree_of(resource: str) -> Tree:
    return _tree(load_table().fields[resource])


def _tree(paths: Iterable[str]) -> Tree:
    tree: Tree = {}
    for path in paths:
        at = tree
        for name in path.replace("[]", ".[]").replace("?", ".?").split("."):
            at = at.setdefault(name, {})
    return tree


def _pruned(tree: Tree, value: Any, depth: int) -> Any:
    """What is kept of a value; None where nothing is, or where it is of another type than the API has there."""
    if depth > MOST_DEEP:
        return None
    if not tree:
        return _plain(value, depth)
    if THERE in tree:
        return True if value is not None else None
    if ITEMS in tree:
        items = [_pruned(tree[ITEMS], item, depth + 1) for item in value] if isinstance(value, list) else []
        return [item for item in items if item is not None] or None
    if not isinstance(value, dict):
        return None
    found = {name: _pruned(tree[name], value[name], depth + 1) for name in tree if name in value}
    return {name: item for name, item in found.items() if item is not None} or None


def _plain(value: Any, depth: int) -> Any:
    if depth > MOST_DEEP:
        return None
    if isinstance(value, dict):
        return {str(name)[:LONGEST_TEXT]: _plain(item, depth + 1) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, depth + 1) for item in value]
    return value[:LONGEST_TEXT] if isinstance(value, str) else value
