"""Reads a YAML file that an operator wrote. What can be read in two ways it refuses, and it says in which line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

MOST_TOLD = 80
"""Characters of what is wrong that a message repeats."""
MOST_DEEP = 50
"""Lists and mappings within each other: nothing that is read needs more, and reading takes the square of it."""


def read_yaml(
    path: Path, *, option: str, limit: int, advice: str, error: type[Exception]
) -> tuple[yaml.Node | None, Any]:
    """The document as nodes, which know their lines, and as values; None for an empty one.

    ``option`` is what the path was given with, ``limit`` is in bytes. Raises ``error`` with a sentence that names file
    and line, and ends with ``advice`` where nothing better can be said.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as cause:
        raise error(f"{path}: can't be read ({cause.strerror}): check the path given with {option}.") from cause
    return parse_yaml(data, name=str(path), limit=limit, advice=advice, error=error)


def parse_yaml(
    data: bytes, *, name: str, limit: int, advice: str, error: type[Exception]
) -> tuple[yaml.Node | None, Any]:
    """The same for a document that was read already; ``name`` is what messages call it."""
    if len(data) > limit:
        raise error(f"{name}: is larger than {limit} bytes: {advice}.")
    try:
        text = data.decode("utf-8")
        deep = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                raise error(f"{name}: YAML aliases are not used here: write the values out.")
            deep += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if deep > MOST_DEEP:
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise error(f"{name}:{line}: more than {MOST_DEEP} lists or mappings within each other: {advice}.")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except UnicodeDecodeError as cause:
        raise error(f"{name}: is not UTF-8 text: save it as UTF-8.") from cause
    except yaml.MarkedYAMLError as cause:
        line = cause.problem_mark.line + 1 if cause.problem_mark else 1
        raise error(f"{name}:{line}: is not valid YAML ({cause.problem}): mend that line.") from cause
    except (yaml.YAMLError, ValueError, RecursionError) as cause:
        raise error(f"{name}: is not valid YAML ({shorten(cause)}): {advice}.") from cause
    if twice := _first_twice(node):
        line, key = twice
        raise error(f"{name}:{line}: {shorten(key)}: stands here twice: leave one of the two out.")
    return node, content


def line_of(node: yaml.Node | None, location: Sequence[int | str]) -> int:
    """The line of the deepest part of that location that is there, from 1."""
    line = 1
    for step in location:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == str(step)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line


def what_is_wrong(found: Mapping[str, Any]) -> str:
    """What one of pydantic's errors says, for who wrote the file and knows keys and values rather than classes."""
    kind, given = str(found["type"]), found.get("input")
    if kind == "extra_forbidden":
        return "there is no such key here"
    if kind == "missing":
        return "is missing"
    if kind in ("model_type", "dict_type"):
        return "takes keys with values, not " + _kind_of(given)
    if kind in ("list_type", "tuple_type"):
        return "takes a list, not " + _kind_of(given)
    if kind == "string_type":
        return f"takes a text, not {_kind_of(given)}" + ("" if isinstance(given, list | dict) else ": put it in quotes")
    if kind == "string_too_short":
        return f"takes at least {found['ctx']['min_length']} characters"
    return shorten(found["msg"]).replace("Input should", "it should", 1)


def shorten(text: object) -> str:
    """One line, cut, without the beginning that pydantic gives its own messages."""
    told = " ".join(str(text).split()).removeprefix("Value error, ")
    return told if len(told) <= MOST_TOLD else told[: MOST_TOLD - 3] + "..."


def _kind_of(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "a yes or no"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, dict):
        return "keys with values"
    if isinstance(value, list):
        return "a list"
    return "a text" if isinstance(value, str) else "a date"


def _first_twice(node: yaml.Node | None) -> tuple[int, str] | None:
    """The first key that stands twice in one mapping: YAML's loader takes the last without a word."""
    waiting = [node]
    while waiting:
        found = waiting.pop(0)
        if isinstance(found, yaml.SequenceNode):
            waiting += found.value
        if not isinstance(found, yaml.MappingNode):
            continue
        seen: set[str] = set()
        for key, value in found.value:
            if str(key.value) in seen:
                return key.start_mark.line + 1, str(key.value)
            seen.add(str(key.value))
            waiting.append(value)
    return None
