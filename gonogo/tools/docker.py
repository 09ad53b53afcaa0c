"""The docker tool: Dockerfiles and Containerfiles by instruction, and which of them are shipped."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from gonogo.facts.compose import Compose
from gonogo.facts.docker import Docker, Dockerfile, Instruction, Stage
from gonogo.facts.images import Image, parse_image
from gonogo.facts.repository import File, Repository
from gonogo.facts.unread import Unread
from gonogo.facts.wrong import Wrong
from gonogo.model.evidence import Place
from gonogo.model.target import Target
from gonogo.tools.compose import read_compose
from gonogo.tools.shipped import shipping

_NAMES = ("Dockerfile*", "dockerfile", "*.Dockerfile", "*.dockerfile", "Containerfile*", "*.Containerfile")
_NOT = re.compile(r"\.(dockerignore|md|rst|txt|j2|jinja2?|tmpl|tpl|template|erb|in|sh|py|json|ya?ml|ts|js|go)$", re.I)
_INSTRUCTIONS = """ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL
STOPSIGNAL USER VOLUME WORKDIR INCLUDE"""
_KNOWN = frozenset(_INSTRUCTIONS.split())
_ESCAPE = re.compile(r"#\s*escape\s*=\s*([`\\])\s*$", re.I)
_HEREDOC = re.compile(r"<<-?\s*([\"']?)([A-Za-z_]\w*)\1")
_VARIABLE = re.compile(r"(?<!\\)\$(?:\{(\w+)(?:(:?[-+])([^{}]*))?\}|(\w+))")
_FLAG = re.compile(r"--([a-z][a-z-]*)(?:=(\"[^\"]*\"|\S+))?\s*")
_SUBSTITUTES = frozenset(("ADD", "COPY", "ENV", "EXPOSE", "FROM", "LABEL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"))
MOST_LINES = 20_000
MOST_LENGTH = 20_000
"""Of a value with its variables put in: they could double themselves line by line."""


@dataclass(slots=True)
class _Raw:
    name: str
    value: str
    line: int
    end: int


@dataclass(slots=True)
class _Building:
    """A stage being read."""

    stage: Stage
    variables: dict[str, str]
    items: list[Instruction] = field(default_factory=list)


def read_docker(repository: Repository, target: Target) -> Docker:
    """Reads all Dockerfiles that decide, and who builds them."""
    found: list[Dockerfile] = []
    unread: list[Unread] = []
    wrong: list[Wrong] = []
    compose: Compose | None = None
    for file in repository.match(*_NAMES):
        if _NOT.search(file.name):
            continue
        if file.binary or file.size > 500_000:
            unread.append(Unread(file.path, "it is no Dockerfile of a usual size"))
            continue
        compose = compose or read_compose(repository, target)
        read, faults = _read(file, repository.text(file), _arguments(compose, file.path))
        found.append(read)
        wrong += faults
    files = shipping(repository, tuple(found), compose or Compose())
    return Docker(files=files, unread=tuple(unread), wrong=tuple(wrong), ignored=_ignored(repository, files))


def _arguments(compose: Compose, path: str) -> dict[str, str]:
    """Build arguments that a deciding compose service passes to a Dockerfile."""
    return {
        name: value
        for service in reversed(compose.services)
        if service.build is not None and service.build.dockerfile == path
        for name, value in service.build.args
        if value
    }


def _ignored(repository: Repository, files: tuple[Dockerfile, ...]) -> dict[str, tuple[str, ...]]:
    if not files:
        return {}
    return {
        file.folder: tuple(line.strip() for line in repository.lines(file) if line.strip() and not line.startswith("#"))
        for file in repository.match(".dockerignore")
    }


def _read(file: File, text: str, arguments: dict[str, str]) -> tuple[Dockerfile, list[Wrong]]:
    globals_: dict[str, str] = {}
    done: list[_Building] = []
    wrong: list[Wrong] = []
    for raw in _instructions(text):
        place = Place(file.path, raw.line, raw.end, raw.name)
        if raw.name not in _KNOWN:
            wrong.append(Wrong(f"{raw.name[:30]} is no Dockerfile instruction", place))
        elif raw.name == "FROM":
            done.append(_open_stage(raw, place, globals_, done))
        elif not done:
            if raw.name == "ARG":
                _declare(raw.value, globals_, arguments, globals_)
        else:
            _add(done[-1], raw, place, globals_, arguments)
    if not done:
        wrong.append(Wrong("it has no FROM instruction", Place(file.path, 1)))
    stages = tuple(replace(building.stage, instructions=tuple(building.items)) for building in done)
    images = tuple(_images(stages))
    return Dockerfile(file.path, Place(file.path, stages[0].at.line if stages else 1), stages, images=images), wrong


def _open_stage(raw: _Raw, place: Place, globals_: dict[str, str], done: list[_Building]) -> _Building:
    _, rest = _flags(raw.value)
    words = _put_in(rest, globals_).split()
    base = words[0] if words else ""
    name = words[2] if len(words) > 2 and words[1].upper() == "AS" else ""
    names = {building.stage.name.lower(): number for number, building in enumerate(done) if building.stage.name}
    parent = names.get(base.lower())
    inherited = dict(done[parent].variables) if parent is not None else {}
    symbol = f"{name or len(done)}:FROM"
    return _Building(Stage(name, base, replace(place, symbol=symbol), (), parent), inherited)


def _add(building: _Building, raw: _Raw, place: Place, globals_: dict[str, str], arguments: dict[str, str]) -> None:
    flags, rest = _flags(raw.value) if raw.name in ("ADD", "COPY", "RUN", "HEALTHCHECK") else ((), raw.value)
    if raw.name == "ARG":
        _declare(rest, building.variables, arguments, globals_)
    if raw.name in _SUBSTITUTES:
        rest = _put_in(rest, building.variables)
    words, exec_form = _words(rest)
    if raw.name == "ENV":
        words = _pairs(rest, words)
        building.variables.update(word.partition("=")[::2] for word in words)
    label = building.stage.at.symbol.partition(":")[0]
    count = sum(1 for item in building.items if item.name == raw.name)
    symbol = f"{label}:{raw.name}" + (f":{count + 1}" if count else "")
    building.items.append(Instruction(raw.name, rest, replace(place, symbol=symbol), flags, words, exec_form))


def _declare(value: str, into: dict[str, str], arguments: dict[str, str], defaults: dict[str, str]) -> None:
    words, _ = _words(value)
    for word in words:
        name, equals, default = word.partition("=")
        if name in arguments:
            into[name] = arguments[name]
        elif equals:
            into[name] = _put_in(default, into)
        elif name in defaults:
            into[name] = defaults[name]


def _pairs(value: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """ENV's words as NAME=VALUE, also for the old form without an equals sign."""
    if words and "=" not in words[0]:
        name, _, rest = value.strip().partition(" ")
        return (f"{name}={rest.strip()}",)
    return tuple(word for word in words if "=" in word)


def _images(stages: tuple[Stage, ...]) -> Iterator[tuple[Image, Place]]:
    """Images from elsewhere that the stages rest on or copy from."""
    names = {stage.name.lower() for stage in stages if stage.name}
    for stage in stages:
        if stage.parent is None and stage.base and stage.base.lower() != "scratch":
            yield parse_image(stage.base), stage.at
        for item in stage.instructions:
            sources = [item.flag("from")]
            if item.name == "RUN":
                mounts = (value for key, value in item.flags if key == "mount")
                sources = [part[5:] for mount in mounts for part in mount.split(",") if part.startswith("from=")]
            for source in sources:
                if source and not source.isdigit() and source.lower() not in names:
                    yield parse_image(source), item.at


def _instructions(text: str) -> Iterator[_Raw]:
    """Joins continued lines, drops comments, and keeps heredocs with their instruction."""
    lines = re.split(r"\r\n|\n|\r", text.lstrip("\ufeff"))[:MOST_LINES]
    escape = "\\"
    for line in lines[:3]:
        if match := _ESCAPE.match(line.strip()):
            escape = match[1]
    number = 0
    while number < len(lines):
        first = number
        line = lines[number].strip()
        number += 1
        if not line or line.startswith("#"):
            continue
        parts = []
        while line.endswith(escape):
            parts.append(line[:-1])
            while number < len(lines) and lines[number].strip().startswith("#"):
                number += 1
            line = lines[number].strip() if number < len(lines) else ""
            number += 1
        parts.append(line)
        joined = " ".join(part.strip() for part in parts).strip()
        name, _, value = joined.partition(" ") if " " in joined else joined.partition("\t")
        if name.upper() in ("RUN", "COPY", "ADD"):
            bodies = []
            for _, word in _HEREDOC.findall(value):
                begin = number
                while number < len(lines) and lines[number].strip() != word:
                    number += 1
                bodies.append("\n".join(lines[begin:number]))
                number += 1
            value = "\n".join([value, *bodies])
        yield _Raw(name.upper(), value.strip(), first + 1, min(number, len(lines)))


def _flags(value: str) -> tuple[tuple[tuple[str, str], ...], str]:
    flags: list[tuple[str, str]] = []
    rest = value.lstrip()
    while match := _FLAG.match(rest):
        flags.append((match[1], (match[2] or "").strip('"')))
        rest = rest[match.end() :]
    return tuple(flags), rest


def _words(value: str) -> tuple[tuple[str, ...], bool]:
    if value.startswith("["):
        try:
            items = json.loads(value)
        except (ValueError, RecursionError):
            items = None
        if isinstance(items, list) and all(isinstance(item, str) for item in items):
            return tuple(items), True
    try:
        return tuple(shlex.split(value)), False
    except ValueError:
        return tuple(value.split()), False


def _put_in(value: str, variables: dict[str, str]) -> str:
    """Puts variables in; one that nothing defines stays as it is written."""

    def of(match: re.Match[str]) -> str:
        name = match[1] or match[4]
        known = variables.get(name)
        operator, other = match[2] or "", match[3] or ""
        if operator.endswith("-"):
            return known if known or (known is not None and operator == "-") else _put_in(other, variables)
        if operator.endswith("+"):
            return _put_in(other, variables) if known else ""
        return match[0] if known is None else known

    if "$" not in value:
        return value
    made = _VARIABLE.sub(of, value)
    return made if len(made) <= MOST_LENGTH else value
