"""What a model sends, checked before anything is looked up. It may be anything at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gonogo.tools.redaction import make_visible

MOST = 200
"""Characters of an argument that is no path."""
MOST_PATH = 1_000
LAST_LINE = 10_000_000
_NUMBER = re.compile(r"\s*\+?(\d{1,12})(?:\.0+)?\s*", re.ASCII)


class BadCallError(Exception):
    """A call that can't be answered. The message is one sentence that tells the model what to do."""


def one_text(arguments: Mapping[str, Any], name: str, *, most: int = MOST) -> str:
    """A string of one line without hidden characters, stripped; it may be empty."""
    value = arguments.get(name)
    if not isinstance(value, str):
        raise BadCallError(f"The argument {name} must be a string: call the tool again with one.")
    text = value.strip()
    if len(text) > most:
        raise BadCallError(f"The argument {name} is too long: call the tool again with at most {most} characters.")
    if "\n" in text or "\t" in text or make_visible(text)[1]:
        raise BadCallError(f"The argument {name} must be one line of visible characters: call the tool again.")
    return text


def one_path(arguments: Mapping[str, Any], name: str) -> str:
    """A path or glob below the target's root, without ``./`` in front."""
    text = one_text(arguments, name, most=MOST_PATH)
    while text.startswith("./"):
        text = text[2:]
    if text.startswith(("/", "~")) or "\\" in text.partition("/")[0][:3]:
        raise BadCallError(f"The argument {name} must be relative to the target: use a path that list_files shows.")
    if ".." in text.split("/"):
        raise BadCallError(f"The argument {name} may not hold `..`: use a path that list_files shows.")
    return text


def one_number(arguments: Mapping[str, Any], name: str) -> int:
    """A line number from 1; strings of digits and whole floats count."""
    value = arguments.get(name)
    number: int | None = None
    if isinstance(value, str) and (match := _NUMBER.fullmatch(value)):
        number = int(match[1])
    elif isinstance(value, float) and value.is_integer():
        number = int(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        number = value
    if number is None or not 1 <= number <= LAST_LINE:
        raise BadCallError(f"The argument {name} must be a line number from 1: call the tool again with one.")
    return number
