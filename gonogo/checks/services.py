"""The target's own services and functions, each with the code that its entry points reach.

What must hold "in each service" is asked of each of these: a library that only one of three services imports does not
make the other two observable. Needs: code, dependencies, docker.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from posixpath import dirname, normpath

from gonogo.checks.derived import derived
from gonogo.facts import Facts
from gonogo.facts.code import Call, CodeFile, Definition, Foreign, Import, Language
from gonogo.facts.dependencies import Component
from gonogo.facts.docker import Dockerfile
from gonogo.model.evidence import Place

NEEDS = ("code", "dependencies", "docker")
_LOAD = re.compile(r"(load|traffic)[-_]?(gen|test)|locust|(^|/)k6($|/)", re.IGNORECASE)
"""Generators of load are no services."""
_FRAMEWORK_ENTRIES = ("route", "page", "framework", "Django", "Nuxt", "SvelteKit")


@dataclass(frozen=True)
class Service:
    """A server, consumer or function of the target. ``folder`` is that of its manifest, or of its entry."""

    name: str
    folder: str
    at: Place
    files: tuple[CodeFile, ...]
    dockerfiles: tuple[Dockerfile, ...] = ()
    components: tuple[Component, ...] = ()
    function: bool = False

    @property
    def languages(self) -> frozenset[Language]:
        return frozenset(file.language for file in self.files)

    @cached_property
    def by_module(self) -> dict[str, list[Import]]:
        """Its imports by module."""
        found: dict[str, list[Import]] = {}
        for file in self.files:
            for item in file.imports:
                found.setdefault(item.module, []).append(item)
        return found

    @cached_property
    def by_method(self) -> dict[str, list[tuple[CodeFile, Call]]]:
        """Its calls, with their files, by the last part of their names."""
        found: dict[str, list[tuple[CodeFile, Call]]] = {}
        for file in self.files:
            for call in file.calls:
                found.setdefault(call.method, []).append((file, call))
        return found

    def imports(self, *modules: str) -> tuple[Import, ...]:
        """Its imports of these libraries or of parts of them."""
        names = [name for name in self.by_module if any(_is_of(name, module) for module in modules)]
        return tuple(item for name in names for item in self.by_module[name])

    def calls(self, *patterns: str) -> tuple[Call, ...]:
        """Its calls of these names, with the patterns of :meth:`Code.calls`."""
        test = _pattern(patterns)
        return tuple(call for file in self.files for call in file.calls if test.match(call.name))

    def decorated(self, *patterns: str) -> tuple[Call, ...]:
        """Decorators and annotations of its definitions."""
        test = _pattern(patterns)
        return tuple(d for item in self.definitions() for d in item.decorators if test.match(d.name))

    def definitions(self) -> Iterable[Definition]:
        """All definitions in it."""
        return (definition for file in self.files for definition in file.definitions)

    def depends_on(self, *names: str) -> Place | None:
        """Where its manifest declares one of these dependencies."""
        for component in self.components:
            if found := component.depends_on(*names):
                return found.at
        return None


@derived(*NEEDS)
def services_of(facts: Facts) -> tuple[Service, ...]:
    """The services of a target, in the order of their entry points."""
    entries = [file for file in facts.code.files if _is_entry(facts, file)]
    groups: dict[str, list[CodeFile]] = {}
    for entry in entries:
        groups.setdefault(_group(facts, entry), []).append(entry)
    handlers = {definition.at.path for definition in facts.code.handlers}
    places = [item.at for item in facts.code.listeners] + [item.at for item in facts.code.consumers]
    seeds = handlers | {at.path for at in (*places, *(item.at for item in facts.code.routes))}
    services = [_service(facts, key, files, handlers) for key, files in groups.items()]
    return _named(_without_parts([service for service in services if _starts(service, seeds)]))


def whole_code(facts: Facts) -> tuple[Service, ...]:
    """All reached code as one thing, for a target that has programs and no service."""
    files = tuple(file for file in facts.code.files if file.reached and file.entry != "configuration")
    entries = [file for file in files if file.entry]
    if not entries:
        return ()
    components = facts.dependencies.near(dirname(entries[0].path))
    return (Service("the code", "", Place(entries[0].path, 1, 1, "code"), files, components=components),)


def _named(services: list[Service]) -> tuple[Service, ...]:
    """Services by the name of their folder, or by their entry's path where several share a folder."""
    shared = Counter(service.name for service in services)
    return tuple(s if shared[s.name] == 1 else replace(s, name=s.at.path) for s in services)


def _starts(service: Service, seeds: set[str]) -> bool:
    """Whether a server, consumer or handler starts from its files; a library's entry reaches none."""
    if _LOAD.search(service.name) or _LOAD.search(service.folder):
        return False
    if service.function or any(file.path in seeds or file.entry == "server or function" for file in service.files):
        return True
    return service.depends_on("next") is not None and any("Next" in file.entry for file in service.files)


def foreign_services(facts: Facts) -> tuple[Foreign, ...]:
    """Product code in languages that are not parsed, where a Dockerfile ships it."""
    shipped = [normpath(context) for file in facts.docker.shipped for context in (*file.contexts, dirname(file.path))]
    return tuple(
        foreign
        for foreign in facts.code.foreign
        if foreign.language not in ("C", "Lua", "Groovy", "Perl")
        and any(not folder.strip(".") or foreign.at.path.startswith(folder + "/") for folder in shipped)
    )


def _is_of(module: str, wanted: str) -> bool:
    return module == wanted or (module.startswith(wanted) and module[len(wanted)] in "./")


@lru_cache(maxsize=512)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("(?:" + "|".join(re.escape(name).replace(r"\*", ".*") for name in names) + r")\Z")


def _is_entry(facts: Facts, file: CodeFile) -> bool:
    if not file.service:
        return "function handler" in file.entry or file.entry in ("server or function", "function")
    return bool(file.entry) or _is_alone(facts, file)


def _is_alone(facts: Facts, file: CodeFile) -> bool:
    """A file that serves but is no known entry point counts where none of its component's files is one."""
    folder = _folder(facts, file.path)
    return file.reached and not any(
        other.entry and other.service and _folder(facts, other.path) == folder for other in facts.code.files
    )


def _group(facts: Facts, entry: CodeFile) -> str:
    framework = any(word in entry.entry for word in _FRAMEWORK_ENTRIES)
    if entry.language is Language.JAVA or framework:
        return _folder(facts, entry.path)
    return dirname(entry.path) if entry.language is Language.GO else entry.path


def _folder(facts: Facts, path: str) -> str:
    near = facts.dependencies.near(dirname(path))
    return near[0].path if near else dirname(path)


def _service(facts: Facts, key: str, entries: list[CodeFile], handlers: set[str]) -> Service:
    folder = _folder(facts, entries[0].path)
    files = _closure(facts, [*entries, *_preloads(facts, folder)])
    whole = entries[0].language is Language.JAVA or "Django" in entries[0].entry
    if whole:
        inside = tuple(f for f in facts.code.files if f.reached and _is_below(f.path, folder))
        files = tuple(dict.fromkeys((*files, *inside)))
    return Service(
        name=folder.rpartition("/")[2] or facts.target.name,
        folder=folder,
        at=Place(entries[0].path, 1, 1, f"service:{key}"),
        files=files,
        dockerfiles=_dockerfiles(facts, folder, entries[0].path),
        components=facts.dependencies.near(dirname(entries[0].path)),
        function=all(_is_function(entry, handlers) for entry in entries),
    )


def _preloads(facts: Facts, folder: str) -> list[CodeFile]:
    """Files that a command loads beside a server (``node --require ./tracing.js``): entries that serve nothing."""
    launchers = ("Dockerfile", "package.json", "framework file", "docker-compose", "compose")
    return [
        file
        for file in facts.code.files
        if file.entry.startswith(launchers) and not file.service and _folder(facts, file.path) == folder
    ]


def _is_function(entry: CodeFile, handlers: set[str]) -> bool:
    if entry.path in handlers or "handler" in entry.entry or entry.entry == "function":
        return True
    return entry.entry == "server or function" and any(
        d.name in ("handler", "lambdaHandler") for d in entry.definitions
    )


def _closure(facts: Facts, entries: list[CodeFile]) -> tuple[CodeFile, ...]:
    """The entry files and all that they import, directly or not; of a Go package, all its files."""
    found: dict[str, CodeFile] = {}
    waiting = list(entries)
    while waiting:
        file = waiting.pop()
        if file.path in found:
            continue
        found[file.path] = file
        folders = [dirname(file.path)] if file.language is Language.GO else []
        for item in file.imports:
            if item.local:
                if local := facts.code.file(item.local):
                    waiting.append(local)
                    if local.language is Language.GO:
                        folders.append(dirname(local.path))
                else:
                    folders.append(item.local)
        if folders:
            waiting += [other for other in facts.code.files if dirname(other.path) in folders]
    return tuple(found[path] for path in sorted(found))


def _dockerfiles(facts: Facts, folder: str, entry: str) -> tuple[Dockerfile, ...]:
    """The shipped Dockerfiles nearest to a service: in a folder above its entry, the deepest first."""
    shipped = [file for file in facts.docker.shipped if _is_below(entry, dirname(file.path))]
    deepest = max((len(dirname(file.path)) for file in shipped), default=0)
    near = tuple(file for file in shipped if len(dirname(file.path)) == deepest)
    inside = tuple(file for file in facts.docker.shipped if folder and _is_below(file.path, folder))
    return near or inside


def _is_below(path: str, folder: str) -> bool:
    return not folder or path.startswith(folder.rstrip("/") + "/")


def _without_parts(services: list[Service]) -> list[Service]:
    """Leaves out entries that another entry of the same folder reaches: they are parts of it."""
    found: list[Service] = []
    for service in services:
        paths = {file.path for file in service.files}
        if not any(
            other is not service
            and service.at.path in {file.path for file in other.files}
            and other.at.path not in paths
            and other.folder == service.folder
            for other in services
        ):
            found.append(service)
    return found


def names_of(services: Iterable[Service], most: int = 6) -> str:
    """Their names for a sentence."""
    names = list(dict.fromkeys(service.name for service in services))
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
