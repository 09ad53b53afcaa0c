"""PHP: composer.json and composer.lock."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.facts.dependencies import (
    Component,
    ComponentKind,
    Dependency,
    Ecosystem,
    PackageScript,
    RuntimeVersion,
)
from gonogo.facts.repository import Repository
from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place
from gonogo.tools.dependencies.versions import is_exact, lowest, place, read_json, table, text_of


def read_php(repository: Repository, unread: list[Unread]) -> Iterator[Component]:
    """One component for each composer.json."""
    for file in repository.match("composer.json"):
        content = read_json(repository, file, unread)
        if not content:
            continue
        text = repository.text(file)
        dependencies, runtimes = [], []
        for key, group in (("require", "runtime"), ("require-dev", "dev")):
            for name, value in table(content, key).items():
                spec = text_of(value)
                at = place(file, text, rf'"{re.escape(name)}"\s*:', name)
                if name == "php":
                    runtimes.append(RuntimeVersion("php", spec, lowest(spec), at))
                elif "/" in name:
                    dependencies.append(Dependency(name, spec, at, group, is_exact(spec)))
        prefix = file.folder + "/" if file.folder else ""
        lock = repository.by_path.get(prefix + "composer.lock")
        library = content.get("type") == "library"
        yield Component(
            path=file.folder,
            ecosystem=Ecosystem.PHP,
            manager="composer",
            name=text_of(content.get("name")),
            manifest=Place(file.path, 1, 1, "composer.json"),
            kind=ComponentKind.LIBRARY if library else ComponentKind.UNKNOWN,
            why="its type is library" if library else "",
            version=text_of(content.get("version")),
            license=text_of(content.get("license")),
            lock=Place(lock.path, 1, 1, "composer.lock") if lock else None,
            problem="git does not track it" if lock and not lock.tracked else "",
            dependencies=tuple(dependencies),
            scripts=tuple(
                PackageScript(name, text_of(command), place(file, text, rf'"{re.escape(name)}"\s*:', name))
                for name, command in table(content, "scripts").items()
            ),
            runtimes=tuple(runtimes),
        )
