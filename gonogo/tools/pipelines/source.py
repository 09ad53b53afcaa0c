"""A pipeline file as marked values, and what all services' readers need of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from gonogo.facts.pipelines import Command, Script, Step
from gonogo.facts.repository import File, Repository
from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place
from gonogo.tools.pipelines.follow import Follower, Shell
from gonogo.tools.yaml_marks import Map, Seq, Tagged, as_text, load_yaml

_BLOCK = re.compile(r"[|>][-+0-9]*\s*(#.*)?$")
MOST_BYTES = 1_000_000


@dataclass
class Reader:
    """What the readers of one root share: the repository, commands followed so far, files that could not be read."""

    repository: Repository
    root: str
    follower: Follower
    unread: list[Unread] = field(default_factory=list)

    _lines: dict[str, list[str]] = field(default_factory=dict)

    def lines(self, path: str) -> list[str]:
        """The lines of a pipeline file."""
        if path not in self._lines:
            self._lines[path] = self.repository.lines(path)
        return self._lines[path]

    @property
    def folder(self) -> str:
        """Where scripts start: the root's folder."""
        return self.root.rstrip("/")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A parsed file. ``problem`` says why the service would refuse it."""

    value: Map
    file: File
    problem: str = ""
    line: int = 1


def load(reader: Reader, file: File) -> Loaded | None:
    """Parses a YAML pipeline file; None, and an entry in ``unread``, where it is too big or too deep to parse."""
    if file.binary or file.size > MOST_BYTES:
        reader.unread.append(Unread(file.path, "it is no text, or too big for a pipeline"))
        return None
    text = reader.repository.text(file)
    if not text and file.size:
        reader.unread.append(Unread(file.path, "it could not be read as text"))
        return None
    found = load_yaml(text, path=file.path)
    if found.fault and found.fault.limit:
        reader.unread.append(Unread(file.path, found.fault.reason, found.fault.line, not found.fault.limit))
        return None
    if found.fault:
        return Loaded(Map(1, file.path), file, f"it does not parse ({found.fault.reason})", found.fault.line)
    if not found.documents or not found.first:
        return Loaded(Map(1, file.path), file, "it is empty" if not text.strip() else "it is no mapping")
    return Loaded(found.first, file)


def script_line(reader: Reader, path: str, line: int) -> int:
    """The line on which the text of a value begins: the one after ``run: |``."""
    lines = reader.lines(path)
    return line + 1 if 0 < line <= len(lines) and _BLOCK.search(lines[line - 1]) else line


@dataclass(frozen=True, slots=True)
class Where:
    """Where scripts stand and how they run."""

    path: str
    symbol: str
    folder: str
    shell: Shell


def one_script(reader: Reader, where: Where, *values: tuple[Any, int], base: Step | None = None) -> list[Step]:
    """One step for values (with their lines) that one shell runs as a whole; none where they hold no script."""
    texts_: list[str] = []
    lines: list[int] = []
    for value, line in values:
        for text, at in flat_scripts(value, line):
            begin = script_line(reader, where.path, at)
            rows = text.rstrip("\n").split("\n")
            texts_.append("\n".join(rows))
            lines += range(begin, begin + len(rows))
    if not texts_:
        return []
    text = "\n".join(texts_)
    place = Place(where.path, lines[0], 0, where.symbol)
    commands = reader.follower.commands(text, place, where.folder, where.shell, lines=lines)
    return [_step(base, text, lines[0], commands, place)]


def separate_scripts(reader: Reader, where: Where, value: Any, line: int, *, base: Step | None = None) -> list[Step]:
    """A step for each script of a list whose failure counts by itself."""
    found: list[Step] = []
    for index, (text, at) in enumerate(flat_scripts(value, line), 1):
        begin = script_line(reader, where.path, at)
        place = Place(where.path, begin, 0, f"{where.symbol}:{index}")
        commands = reader.follower.commands(text, place, where.folder, where.shell)
        found.append(_step(base, text, begin, commands, place))
    return found


def _step(base: Step | None, text: str, line: int, commands: tuple[Command, ...], at: Place) -> Step:
    script = Script(text, line)
    first = next((part.strip() for part in text.splitlines() if part.strip()), "")
    if base is None:
        return Step(first[:80], at, script=script, commands=commands)
    return replace(base, name=base.name or first[:80], at=at, script=script, commands=commands)


def lose(step: Step, excuse: str) -> Step:
    """The step where its failure fails nothing."""
    return replace(step, can_fail=False, excuse=step.excuse or excuse)


def flat_scripts(value: Any, line: int) -> Iterable[tuple[str, int]]:
    """Each script of a value with its line: text, or lists of texts in any depth."""
    if isinstance(value, Seq):
        for item, at in value.marked():
            yield from flat_scripts(item, at or line)
    elif isinstance(value, Map) or value is None or isinstance(value, Tagged):
        return
    elif text := as_text(value):
        yield text, line


def pairs(value: Any) -> tuple[tuple[str, str], ...]:
    """A mapping of scalars, or a list of ``NAME=value``, as pairs."""
    if isinstance(value, Map):
        return tuple((key, as_text(item)) for key, item in value.items())
    if isinstance(value, Seq):
        return tuple(tuple(as_text(item).partition("=")[::2]) for item in value if as_text(item))  # type: ignore[misc]
    return ()


def texts(value: Any) -> tuple[str, ...]:
    """A scalar or a list of scalars as text."""
    if isinstance(value, Seq):
        return tuple(text for item in value if (text := as_text(item)))
    return (text,) if (text := as_text(value)) else ()


def is_false(text: str) -> bool:
    """Says whether a condition is constantly false."""
    bare = re.sub(r"^\$\{\{\s*|\s*\}\}$", "", text.strip()).strip().lower()
    return bare in ("false", "0", "never", "1 == 0", "false()") or bare.startswith("false &&")
