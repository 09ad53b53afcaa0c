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
from gonogo.checks.layout import Layout, is_below
from gonogo.facts import Facts
from gonogo.facts.code import Call, CodeFile, Definition, Foreign, Import, Language
from gonogo.facts.dependencies import Component
from gonogo.facts.docker import Dockerfile
from gonogo.model.evidence import Place

NEEDS = ("code", "dependencies", "docker")
_LOAD = re.compile(r"(load|traffic)[-_]?(gen|test)|locust|(^|/)k6($|/)", re.IGNORECASE)
"""Generators of load are no services."""


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
        near = [name for name in self.by_module if name.startswith(modules)]
        names = [name for name in near if any(_is_of(name, module) for module in modules)]
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
    layout = Layout(facts)
    services = [_service(layout, key, files) for key, files in layout.groups().items()]
    return _named(_without_parts([service for service in services if _starts(service, layout.seeds)]))


def whole_code(facts: Facts) -> tuple[Service, ...]:
    """All reached code as one thing, for a target that has programs and no service."""
    files = tuple(file for file in facts.code.files if file.reached and file.entry != "configuration")
    entries = [file for file in files if file.entry]
    if not entries:
        return ()
    components = facts.dependencies.near(dirname(entries[0].path))
    return (Service("the code", "", Place(entries[0].path, 1, 1, "code"), files, components=components),)


def foreign_services(facts: Facts) -> tuple[Foreign, ...]:
    """Product code in languages that are not parsed, where a Dockerfile ships it."""
    shipped = [normpath(context) for file in facts.docker.shipped for context in (*file.contexts, dirname(file.path))]
    return tuple(
        foreign
        for foreign in facts.code.foreign
        if foreign.language not in ("C", "Lua", "Groovy", "Perl")
        and any(not folder.strip(".") or foreign.at.path.startswith(folder + "/") for folder in shipped)
    )


def names_of(services: Iterable[Service], most: int = 6) -> str:
    """Their names for a sentence."""
    names = list(dict.fromkeys(service.name for service in services))
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _service(layout: Layout, key: str, entries: list[CodeFile]) -> Service:
    folder = layout.folder(entries[0].path)
    files = layout.closure([*entries, *layout.preloads(folder)])
    if entries[0].language is Language.JAVA or "Django" in entries[0].entry:
        files = tuple(dict.fromkeys((*files, *layout.inside(folder))))
    return Service(
        name=folder.rpartition("/")[2] or layout.facts.target.name,
        folder=folder,
        at=Place(_main(entries), 1, 1, f"service:{key}"),
        files=files,
        dockerfiles=_dockerfiles(layout.facts, folder, entries[0].path),
        components=layout.facts.dependencies.near(dirname(entries[0].path)),
        function=all(layout.is_function(entry) for entry in entries),
    )


def _main(entries: list[CodeFile]) -> str:
    """The entry that names a group: a class with a main method, an application, a main package's main file."""
    for entry in entries:
        if entry.path.endswith(("Application.java", "/main.go", "Main.java")):
            return entry.path
    return entries[0].path


def _starts(service: Service, seeds: frozenset[str]) -> bool:
    """Whether a server, consumer or handler starts from its files; a library's entry reaches none."""
    if _LOAD.search(service.name) or _LOAD.search(service.folder):
        return False
    if service.function or any(file.path in seeds or file.entry == "server or function" for file in service.files):
        return True
    return service.depends_on("next") is not None and any("Next" in file.entry for file in service.files)


def _named(services: list[Service]) -> tuple[Service, ...]:
    """Services by the name of their folder, or by their entry's path where several share a folder."""
    shared = Counter(service.name for service in services)
    return tuple(s if shared[s.name] == 1 else replace(s, name=s.at.path) for s in services)


def _without_parts(services: list[Service]) -> list[Service]:
    """Leaves out entries that another entry of the same folder reaches: they are parts of it. Of two that reach each
    other, the first stays."""
    paths = [{file.path for file in service.files} for service in services]
    found: list[Service] = []
    for index, service in enumerate(services):
        for rank, other in enumerate(services):
            reached = rank != index and other.folder == service.folder and service.at.path in paths[rank]
            if reached and (other.at.path not in paths[index] or rank < index):
                break
        else:
            found.append(service)
    return found


def _dockerfiles(facts: Facts, folder: str, entry: str) -> tuple[Dockerfile, ...]:
    """The shipped Dockerfiles nearest to a service: in a folder above its entry, the deepest first."""
    shipped = [file for file in facts.docker.shipped if is_below(entry, dirname(file.path))]
    deepest = max((len(dirname(file.path)) for file in shipped), default=0)
    near = tuple(file for file in shipped if len(dirname(file.path)) == deepest)
    inside = tuple(file for file in facts.docker.shipped if folder and is_below(file.path, folder))
    return near or inside


def _is_of(module: str, wanted: str) -> bool:
    return module == wanted or (module.startswith(wanted) and module[len(wanted)] in "./")


@lru_cache(maxsize=512)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("(?:" + "|".join(re.escape(name).replace(r"\*", ".*") for name in names) + r")\Z")
