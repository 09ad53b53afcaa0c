""".NET: project files. A PackageReference's version is exact unless it floats (``*``) or is a range."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.facts.dependencies import Component, ComponentKind, Dependency, Ecosystem, RuntimeVersion
from gonogo.facts.repository import Repository
from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place

_REFERENCE = re.compile(r"<PackageReference\s+Include=\"([^\"]+)\"([^>]*)>(?:\s*<Version>([^<]+)</Version>)?")
_CENTRAL = re.compile(r"<PackageVersion\s+Include=\"([^\"]+)\"\s+Version=\"([^\"]+)\"")
_FRAMEWORK = re.compile(r"<TargetFrameworks?>([^<]+)<")


def read_dotnet(repository: Repository, unread: list[Unread]) -> Iterator[Component]:
    """One component for each project file."""
    central = {
        name: version
        for file in repository.match("Directory.Packages.props")
        for name, version in _CENTRAL.findall(repository.text(file))
    }
    for file in repository.match("*.csproj", "*.fsproj"):
        text = repository.text(file)
        dependencies, runtimes = [], []
        for match in _REFERENCE.finditer(text):
            version = re.search(r"Version=\"([^\"]+)\"", match.group(2))
            spec = version.group(1) if version else (match.group(3) or central.get(match.group(1), ""))
            line = text.count("\n", 0, match.start()) + 1
            exact = bool(spec) and not re.search(r"[*,\[(]", spec)
            at = Place(file.path, line, line, match.group(1))
            dependencies.append(Dependency(match.group(1), spec, at, "runtime", exact, False, spec if exact else ""))
        if framework := _FRAMEWORK.search(text):
            line = text.count("\n", 0, framework.start()) + 1
            for name in framework.group(1).split(";"):
                if number := re.match(r"^net(?:coreapp)?(\d+\.\d+)", name.strip()):
                    at = Place(file.path, line, line, "TargetFramework")
                    runtimes.append(RuntimeVersion("dotnet", name.strip(), number.group(1), at))
        prefix = file.folder + "/" if file.folder else ""
        lock = repository.by_path.get(prefix + "packages.lock.json")
        web = 'Sdk="Microsoft.NET.Sdk.Web"' in text or "<OutputType>Exe" in text or "Sdk.Worker" in text
        yield Component(
            path=file.folder,
            ecosystem=Ecosystem.DOTNET,
            manager="nuget",
            name=file.name.rpartition(".")[0],
            manifest=Place(file.path, 1, 1, file.name),
            kind=ComponentKind.APPLICATION if web else ComponentKind.UNKNOWN,
            why="it builds an executable" if web else "",
            lock=Place(lock.path, 1, 1, lock.name) if lock else None,
            dependencies=tuple(dependencies),
            runtimes=tuple(runtimes),
        )
