"""How product code is laid out: which files are entry points of one thing, and what each of them reaches.

Needs: code, dependencies.
"""

from __future__ import annotations

from collections import defaultdict
from posixpath import dirname

from gonogo.facts import Facts
from gonogo.facts.code import Code, CodeFile, Language

_FRAMEWORK_ENTRIES = ("route", "page", "framework", "Django", "Nuxt", "SvelteKit")
_LAUNCHERS = ("Dockerfile", "package.json", "framework file", "docker-compose", "compose")


class Layout:
    """An index over product code that one question builds, asks and drops."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.code: Code = facts.code
        self._near = facts.dependencies.near
        self._folders: dict[str, str] = {}
        self._edges: dict[str, tuple[str, ...]] = {}
        self._by_folder: dict[str, list[str]] = defaultdict(list)
        for file in self.code.files:
            self._by_folder[dirname(file.path)].append(file.path)
        self.handlers = frozenset(definition.at.path for definition in self.code.handlers)
        places = [item.at for item in self.code.listeners] + [item.at for item in self.code.consumers]
        places += [item.at for item in self.code.routes]
        self.seeds = self.handlers | {at.path for at in places}
        """Files in which a server, consumer or handler starts, or a route is registered."""

    def folder(self, path: str) -> str:
        """The folder of the nearest manifest above a file; its own where there is none."""
        own = dirname(path)
        if own not in self._folders:
            near = self._near(own)
            self._folders[own] = near[0].path if near else own
        return self._folders[own]

    def groups(self) -> dict[str, list[CodeFile]]:
        """Entry files of servers, consumers and functions, by what they are the entries of."""
        served = {self.folder(file.path) for file in self.code.files if file.entry and file.service}
        groups: dict[str, list[CodeFile]] = {}
        for file in self.code.files:
            if self._is_entry(file, served):
                groups.setdefault(self._group(file), []).append(file)
        return groups

    def preloads(self, folder: str) -> list[CodeFile]:
        """Files that a command loads beside a server (``node --require ./tracing.js``): entries that serve nothing."""
        return [
            file
            for file in self.code.files
            if not file.service and file.entry.startswith(_LAUNCHERS) and self.folder(file.path) == folder
        ]

    def inside(self, folder: str) -> tuple[CodeFile, ...]:
        """All reached files below a folder."""
        return tuple(file for file in self.code.files if file.reached and is_below(file.path, folder))

    def closure(self, entries: list[CodeFile]) -> tuple[CodeFile, ...]:
        """The entry files and all that they import, directly or not; of a Go package, all its files."""
        found: set[str] = set()
        waiting = [entry.path for entry in entries]
        while waiting:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                waiting += self._next(path)
        return tuple(self.code.by_path[path] for path in sorted(found))

    def is_function(self, entry: CodeFile) -> bool:
        """Says whether a platform calls a file's handler."""
        if entry.path in self.handlers or "handler" in entry.entry or entry.entry == "function":
            return True
        names = {definition.name for definition in entry.definitions}
        return entry.entry == "server or function" and bool(names & {"handler", "lambdaHandler"})

    def _next(self, path: str) -> tuple[str, ...]:
        if path not in self._edges:
            file = self.code.by_path[path]
            found: dict[str, None] = {}
            if file.language is Language.GO:
                found.update(dict.fromkeys(self._by_folder[dirname(path)]))
            for item in file.imports:
                if item.local in self.code.by_path:
                    found[item.local] = None
                    if file.language is Language.GO:
                        found.update(dict.fromkeys(self._by_folder[dirname(item.local)]))
                elif item.local:
                    found.update(dict.fromkeys(self._by_folder.get(item.local, ())))
            self._edges[path] = tuple(found)
        return self._edges[path]

    def _is_entry(self, file: CodeFile, served: set[str]) -> bool:
        if not file.service:
            return "function handler" in file.entry or file.entry in ("server or function", "function")
        if file.path.endswith("/__init__.py") and file.entry == "pyproject.toml":
            return False  # A package that is installed is a part of what imports it.
        # A file that serves but is no known entry point counts where none of its component's files is one.
        return bool(file.entry) or (file.reached and self.folder(file.path) not in served)

    def _group(self, entry: CodeFile) -> str:
        framework = any(word in entry.entry for word in _FRAMEWORK_ENTRIES)
        if entry.language is Language.JAVA or framework:
            return self.folder(entry.path)
        return dirname(entry.path) if entry.language is Language.GO else entry.path


def is_below(path: str, folder: str) -> bool:
    """Says whether a path lies in a folder, at any depth."""
    return not folder or path.startswith(folder.rstrip("/") + "/")
