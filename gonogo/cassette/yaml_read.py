"""Reads what yaml_text writes, several times as fast as PyYAML's own construction, which makes objects in Python."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator
from typing import Any

import yaml

_STRING = "tag:yaml.org,2002:str"
_SCALARS: dict[str, Callable[[str], Any]] = {
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:float": float,
    "tag:yaml.org,2002:null": lambda text: None,
    "tag:yaml.org,2002:bool": lambda text: text.lower() in ("true", "yes", "on"),
}


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # in C where libyaml is there
    """Resolves the type of a plain scalar once for each that is written alike."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._plain: dict[str, str] = {}

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        if kind is not yaml.ScalarNode:
            return super().resolve(kind, value, implicit)
        if not implicit[0]:
            return _STRING
        tag = self._plain.get(value)
        if tag is None:
            tag = self._plain[value] = super().resolve(kind, value, implicit)
        return tag


def read_yaml(text: str) -> Any:
    """The document, of JSON's types; what else a foreign file may hold comes as strings.

    What an anchor names is one object wherever it stands. Raises yaml.YAMLError, ValueError and RecursionError.
    """
    with _no_collection():
        return _value(yaml.compose(text, _Loader), {})


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """The nodes of a megabyte set the garbage collector off again and again: two thirds of the time, for nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _value(node: Any, known: dict[int, Any]) -> Any:
    if isinstance(node, yaml.ScalarNode):
        convert = _SCALARS.get(node.tag)
        return convert(node.value) if convert else node.value
    if node is None:
        return None
    if id(node) not in known:
        if isinstance(node, yaml.MappingNode):
            known[id(node)] = {_value(key, known): _value(value, known) for key, value in node.value}
        else:
            known[id(node)] = [_value(inner, known) for inner in node.value]
    return known[id(node)]
