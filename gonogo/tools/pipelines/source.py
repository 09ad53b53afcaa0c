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
        reader.unread.append(Unread(file.path, found.fault.reason, found.fault.line))
        return None
    if found.fault:
        return Loaded(Map(1, file.path), file, f"it does not parse ({found.fault.reason})", found.fault.line)
    if not found.documents or not found.first:
        return Loaded(Map(1, file.path), file, "it is empty" if not text.strip() else "it is no mapping")
    return Loaded(found.first, file)


def script_line(repository: Repository, path: str, line: int) -> int:
    """The line on which the text of a value begins: the one after ``run: |``."""
    lines = repository.lines(path)
    return line + 1 if 0 < line <= len(lines) and _BLOCK.search(lines[line - 1]) else line


def script_steps(
    reader: Reader,
    value: Any,
    line: int,
    path: str,
    shell: Shell,
    *,
    symbol: str,
    folder: str | None = None,
    separate: bool = False,
    step: Step | None = None,
    first: int = 1,
) -> list[Step]:
    """Steps of a value that is a script or a list of scripts. They are one shell unless ``separate``."""
    parts = list(flat_scripts(value, line))
    where = reader.folder if folder is None else folder
    commands: list[Command] = []
    steps: list[Step] = []
    now = where
    for index, (text, at) in enumerate(parts):
        begin = script_line(reader.repository, path, at)
        name = f"{symbol}:{first + index if separate else first}"
        lines = reader.follower.commands(text, Place(path, begin, 0, name), now, shell)
        if not separate:
            # One shell runs the list, so that only its errexit decides about what is not last.
            last = index == len(parts) - 1
            if not shell.errexit and not last:
                lines = tuple(_lost(c, "the script goes on after it (no set -e)") for c in lines)
            commands += lines
            now = (
                lines[-1].folder
                if lines and lines[-1].program != "cd" and not lines[-1].through
                else _moved(lines, now)
            )
            continue
        steps.append(_step(step, text, begin, lines, Place(path, at, 0, name)))
    if not separate and parts:
        joined = "\n".join(text for text, _ in parts)
        begin = script_line(reader.repository, path, parts[0][1])
        steps.append(_step(step, joined, begin, tuple(commands), Place(path, parts[0][1], 0, f"{symbol}:{first}")))
    return steps


def _moved(lines: tuple[Command, ...], now: str) -> str:
    """Where the shell is after these commands: a ``cd`` at their end counts for what follows."""
    for command in reversed(lines):
        if not command.through:
            if (
                command.program == "cd"
                and len(command.words) == 2
                and not re.search(r"[$~/]*\$|^[/~]", command.words[1])
            ):
                return _below(command.folder, command.words[1])
            return command.folder
    return now


def _below(folder: str, more: str) -> str:
    from posixpath import normpath

    joined = normpath(f"{folder}/{more}" if folder else more)
    return "" if joined == "." else joined


def _lost(command: Command, excuse: str) -> Command:
    return replace(command, can_fail=False, excuse=command.excuse or excuse) if command.can_fail else command


def _step(base: Step | None, text: str, line: int, commands: tuple[Command, ...], at: Place) -> Step:
    script = Script(text, line)
    first = next((part.strip() for part in text.splitlines() if part.strip()), "")
    if base is None:
        return Step(first[:80], at, script=script, commands=commands)
    return replace(base, name=base.name or first[:80], at=at, script=script, commands=commands)


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
