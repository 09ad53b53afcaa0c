"""Go: go.mod and go.sum. Builds take the versions that go.mod names; go.sum fixes their content."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.facts.dependencies import Component, ComponentKind, Dependency, Ecosystem, RuntimeVersion
from gonogo.facts.repository import Repository
from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place

_REQUIRE = re.compile(r"^\s*(?:require\s+)?([\w.-]+\.[a-z]+(?:/[^\s]+)*|[\w.-]+/[^\s]+)\s+(v[\w.+-]+)\s*(//.*)?$")
_REPLACED = re.compile(r"^\s*(?:replace\s+)?(\S+)(?:\s+v\S+)?\s+=>\s+(\.{1,2}/\S*|/\S+)")


def read_go(repository: Repository, unread: list[Unread]) -> Iterator[Component]:
    """One component for each go.mod."""
    for file in repository.match("go.mod"):
        lines = repository.lines(file)
        replaced = {m.group(1) for line in lines if (m := _REPLACED.match(line))}
        dependencies, runtimes, name = [], [], ""
        for number, line in enumerate(lines, 1):
            at = Place(file.path, number, number)
            if module := re.match(r"^module\s+(\S+)", line):
                name = module.group(1)
            elif version := re.match(r"^(go|toolchain)\s+(?:go)?(\d[\w.]*)", line):
                at = Place(file.path, number, number, version.group(1))
                exact = version.group(1) == "toolchain"
                runtimes.append(RuntimeVersion("go", version.group(2), version.group(2), at, exact))
            elif "=>" not in line and (found := _REQUIRE.match(line)) and "// indirect" not in line:
                at = Place(file.path, number, number, found.group(1))
                local = found.group(1) in replaced
                dependencies.append(
                    Dependency(found.group(1), found.group(2), at, "runtime", True, local, found.group(2))
                )
        prefix = file.folder + "/" if file.folder else ""
        total = repository.by_path.get(prefix + "go.sum")
        main = any(f.folder == file.folder for f in repository.match("main.go")) or f"{prefix}cmd" in repository.folders
        yield Component(
            path=file.folder,
            ecosystem=Ecosystem.GO,
            manager="go",
            name=name,
            manifest=Place(file.path, 1, 1, "go.mod"),
            kind=ComponentKind.APPLICATION if main else ComponentKind.UNKNOWN,
            why="it has a main package" if main else "",
            lock=Place(total.path, 1, 1, "go.sum") if total else None,
            problem="git does not track it" if total and not total.tracked else "",
            dependencies=tuple(dependencies),
            runtimes=tuple(runtimes),
        )
