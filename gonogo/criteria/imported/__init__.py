"""Which rule of which tool answers which criterion: a table as data, one YAML file a tool."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cache, cached_property
from importlib import resources
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field

from gonogo.model.criterion import Severity, Slug, Strength

Text = Annotated[str, Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Spelling(_Part):
    """Another way in which a tool wrote ids: what ``like`` (a regular expression) finds becomes ``to``."""

    like: Text
    to: str


class Pattern(_Part):
    """Rules by what they are rather than one by one. All that is given must fit: ``rule`` and ``name`` (``*`` is any
    text), one of ``tags``. ``least`` is the severity from which on a failure answers; below it the row stays unmapped.
    """

    criterion: Slug
    rule: str = "*"
    name: str = "*"
    tags: tuple[str, ...] = ()
    least: Severity | None = None

    def fits(self, rule: str, name: str, tags: tuple[str, ...]) -> bool:
        """Whether a rule is one of these, whatever its severity."""
        if not fnmatchcase(rule, self.rule) or not fnmatchcase(name, self.name):
            return False
        return not self.tags or any(fnmatchcase(tag, wanted) for tag in tags for wanted in self.tags)


class Table(_Part):
    """What the rules of a tool answer. ``tools`` are its names in its files; ``*`` is any text, case does not matter.

    ``rules`` lists ids by criterion, ``patterns`` cover what no list names. ``settles`` says of which rules a pass is
    an answer: one of the lists, all of whose rules ran, and passed everywhere. ``strength`` is what such a pass proves.
    """

    tools: Annotated[tuple[Text, ...], Field(min_length=1)]
    strength: Strength = Strength.DEFINED
    spellings: tuple[Spelling, ...] = ()
    rules: dict[Slug, tuple[Text, ...]] = {}
    patterns: tuple[Pattern, ...] = ()
    settles: dict[Slug, tuple[Annotated[tuple[Text, ...], Field(min_length=1)], ...]] = {}

    @cached_property
    def _by_rule(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for slug, rules in self.rules.items():
            for rule in rules:
                found.setdefault(rule, []).append(slug)
        return {rule: tuple(slugs) for rule, slugs in found.items()}

    def spell(self, rule: str) -> str:
        """An id as the table writes it."""
        for spelling in self.spellings:
            rule = re.sub(spelling.like, spelling.to, rule)
        return rule

    def criteria(
        self, rule: str, name: str, tags: tuple[str, ...], severity: Severity | None, *, fails: bool
    ) -> tuple[str, ...]:
        """The criteria that a row answers; none for one that the table does not know."""
        if listed := self._by_rule.get(rule):
            return listed
        for pattern in self.patterns:
            if pattern.fits(rule, name, tags):
                low = fails and pattern.least and (severity is None or severity.rank < pattern.least.rank)
                return () if low else (pattern.criterion,)
        return ()

    def is_for(self, tool: str) -> bool:
        return any(fnmatchcase(tool.lower(), name.lower()) for name in self.tools)


UNKNOWN = Table(tools=("?",))
"""What is known of a tool without a table: nothing."""


@cache
def load_tables() -> tuple[Table, ...]:
    """All tables, by the names of their files. A broken one is a bug and crashes."""
    files = sorted((f for f in resources.files(__name__).iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name)
    return tuple(Table.model_validate(yaml.load(f.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)) for f in files)


def find_table(tool: str) -> Table:
    """The table of a tool."""
    return next((table for table in load_tables() if table.is_for(tool)), UNKNOWN)
