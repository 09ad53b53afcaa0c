"""The guard's word lists, from ``vocabulary.yaml``, as sets and patterns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml


@dataclass(frozen=True)
class Vocabulary:
    """The lists as they stand in the file: one text of words or alternatives, or one list of patterns, a name."""

    lists: dict[str, Any]

    def words(self, name: str) -> frozenset[str]:
        """The words of a list."""
        found = self.lists[name]
        return frozenset(found.split() if isinstance(found, str) else found)

    def alternatives(self, name: str) -> str:
        """The list as alternatives of a pattern."""
        found = self.lists[name]
        if isinstance(found, list):
            return "|".join(f"(?:{item})" for item in found)
        return "|".join(part.strip() for part in found.split("|")) if "|" in found else "|".join(found.split())


@cache
def load_vocabulary() -> Vocabulary:
    """The lists of the installed package."""
    text = resources.files(__package__).joinpath("vocabulary.yaml").read_text(encoding="utf-8")
    return Vocabulary(yaml.load(text, Loader=yaml.CSafeLoader))


@cache
def word_set(name: str) -> frozenset[str]:
    """The words of a list."""
    return load_vocabulary().words(name)


@cache
def any_of(*names: str) -> re.Pattern[str]:
    """A pattern that finds any word or phrase of the lists, whole words, in small or capital letters."""
    found = "|".join(load_vocabulary().alternatives(name) for name in names)
    return re.compile(rf"(?<![\w-])(?:{found})(?![\w-])", re.IGNORECASE)
