"""The compose tool: compose files as ``docker compose up`` merges them, and which of them decide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from posixpath import dirname

from gonogo.facts.compose import Compose, Project
from gonogo.facts.marked import Map, as_text, as_texts
from gonogo.facts.repository import File, Repository
from gonogo.facts.unread import Unread
from gonogo.facts.wrong import Wrong
from gonogo.model.evidence import Place
from gonogo.model.target import Target
from gonogo.tools.compose.interpolate import put_in_all, read_env
from gonogo.tools.compose.merge import merge, untagged
from gonogo.tools.compose.project_files import BASES, Plan, is_compose_name, plans
from gonogo.tools.compose.service import Folders, resolve, services_of
from gonogo.tools.compose.wrong import faults_of
from gonogo.tools.yaml_marks import load_yaml

_GLOBS = ("*compose*.yml", "*compose*.yaml", "docker-stack*.yml", "docker-stack*.yaml")
MOST_BYTES = 1_000_000
MOST_EXTENDS = 20


@dataclass
class _Reader:
    """Compose files by path, loaded once, with the variables of their project put in."""

    repository: Repository
    loaded: dict[str, Map] = field(default_factory=dict)
    wrong: list[Wrong] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    missing: list[tuple[str, Place]] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def load(self, file: File) -> Map | None:
        """The top level of a compose file; None where it is no such file, or can't be read."""
        if file.path not in self.loaded:
            self.loaded[file.path] = self._load(file)
        found = self.loaded[file.path]
        return found if found else None

    def _load(self, file: File) -> Map:
        if file.binary or file.size > MOST_BYTES:
            self.unread.append(Unread(file.path, f"it has {file.size:,} bytes, too many for a compose file"))
            return Map()
        text = self.repository.text(file)
        read = load_yaml(text, path=file.path)
        strict = is_compose_name(file.name)
        if read.fault is not None:
            if read.fault.limit:
                self.unread.append(Unread(file.path, read.fault.reason, read.fault.line, not read.fault.limit))
            elif strict and "{{" not in text and "{%" not in text:
                what = f"{file.path} does not parse: {read.fault.reason}"
                self.wrong.append(Wrong(what, Place(file.path, read.fault.line, 0, "syntax")))
            elif strict:
                self.unread.append(Unread(file.path, "it is a template", read.fault.line))
            return Map()
        found = read.first
        if not isinstance(found.get("services"), Map) and not (strict and "include" in found):
            if file.name.lower() in BASES and not found:
                self.wrong.append(Wrong(f"{file.path} is empty", Place(file.path, 1, 0, "empty")))
            return Map()
        for key, line in read.documents[0].duplicates:
            self.wrong.append(Wrong(f"the key {key} stands twice", Place(file.path, line, 0, f"twice:{key}")))
        return found


def read_compose(repository: Repository, target: Target) -> Compose:
    """Reads all compose files that decide."""
    reader = _Reader(repository)
    specs = {file.path: spec for file in repository.match(*_GLOBS) if (spec := reader.load(file)) is not None}
    projects = []
    for plan in plans(specs, target.environment):
        projects.append(_project(reader, plan, specs))
    kept = tuple(p for p in projects if not (set(p.files) <= reader.used))
    for project in kept:
        if project.default:
            reader.wrong += faults_of(repository, project)
    return Compose(kept, tuple(reader.wrong), tuple(dict.fromkeys(reader.unread)))


def _project(reader: _Reader, plan: Plan, specs: dict[str, Map]) -> Project:
    folder = dirname(plan.files[0])
    variables = _variables(reader.repository, folder)
    missing: list[tuple[str, Place]] = []
    spec = Map(1, plan.files[0])
    for path in plan.files:
        part = put_in_all(specs[path], variables)
        assert isinstance(part, Map)
        spec = merge(spec, _with_services(reader, part, folder, variables, missing))
    project = plan.files[0]
    services = services_of(spec, project, Folders(folder, plan.files))
    at = Place(plan.files[0], 1, 0, project)
    return Project(project, folder, plan.files, at, services, spec, plan.default, plan.why, tuple(missing))


def _variables(repository: Repository, folder: str) -> dict[str, str]:
    path = f"{folder}/.env" if folder else ".env"
    return read_env(repository.text(path)) if repository.exists(path) else {}


def _with_services(
    reader: _Reader, part: Map, folder: str, variables: dict[str, str], missing: list[tuple[str, Place]]
) -> Map:
    """A file's top level with what it includes and what its services extend."""
    made = Map(part.line, part.path)
    for path, place in _includes(part, folder):
        file = reader.repository.file(path)
        found = reader.load(file) if file is not None else None
        if file is None:
            missing.append((path, place))
        elif found is not None and path not in (part.path, *reader.used):
            reader.used.add(path)
            inner = put_in_all(found, variables)
            assert isinstance(inner, Map)
            made = merge(made, _with_services(reader, inner, dirname(path), variables, missing))
    own = merge(made, part)
    services = own.map("services")
    for name, body in list(services.items()):
        value = untagged(body)
        if isinstance(value, Map) and "extends" in value:
            full = _extended(reader, part, value, (folder, 0), variables, missing)
            services[name] = full
    return own


def _includes(part: Map, folder: str) -> Iterator[tuple[str, Place]]:
    for item, place in part.seq("include").placed("include"):
        paths = as_texts(item.get("path")) if isinstance(item, Map) else (as_text(item),)
        for path in paths:
            if path and "://" not in path and not path.startswith("git@"):
                yield resolve(folder, path), place


def _extended(
    reader: _Reader,
    part: Map,
    body: Map,
    where: tuple[str, int],
    variables: dict[str, str],
    missing: list[tuple[str, Place]],
) -> Map:
    """A service with what it extends; ``where`` is the folder of its file and how deep this is."""
    folder, depth = where
    value = body.get("extends")
    place = body.place("extends", "extends")
    own = merge(Map(body.line, body.path), body)
    own.pop("extends", None)
    name = value.text("service") if isinstance(value, Map) else as_text(value)
    other = value.text("file") if isinstance(value, Map) else ""
    source, source_folder = part, folder
    if other:
        path = resolve(folder, other)
        file = reader.repository.file(path)
        loaded = reader.load(file) if file is not None else None
        if loaded is None:
            missing.append((path, place))
            return own
        reader.used.add(path)
        filled = put_in_all(loaded, variables)
        assert isinstance(filled, Map)
        source, source_folder = filled, dirname(path)
    base = source.map("services").get(name)
    if not isinstance(base, Map) or base is body or depth > MOST_EXTENDS:
        missing.append((f"service {name}", place))
        return own
    if "extends" in base:
        base = _extended(reader, source, base, (source_folder, depth + 1), variables, missing)
    made = merge(base, own)
    made.line, made.path, made.end_line = body.line, body.path, body.end_line
    made.paths = {key: (own if key in own else base).place(key).path for key in made}
    return made
