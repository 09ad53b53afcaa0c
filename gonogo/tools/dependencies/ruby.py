"""Ruby: Gemfile and Gemfile.lock."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.facts.dependencies import Component, ComponentKind, Dependency, Ecosystem, RuntimeVersion
from gonogo.facts.repository import Repository
from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place
from gonogo.tools.dependencies.versions import is_exact, lowest

_GEM = re.compile(r"^\s*gem\s+[\"']([^\"']+)[\"'](?:\s*,\s*[\"']([^\"']+)[\"'])?(.*)$")
_GROUP = re.compile(r"^\s*group\s+(.+?)\s+do")


def read_ruby(repository: Repository, unread: list[Unread]) -> Iterator[Component]:
    """One component for each Gemfile."""
    for file in repository.match("Gemfile"):
        dependencies, runtimes, group = [], [], "runtime"
        library = False
        for number, line in enumerate(repository.lines(file), 1):
            if block := _GROUP.match(line):
                group = "dev" if re.search(r":(development|test)", block.group(1)) else "runtime"
            elif line.strip() == "end":
                group = "runtime"
            elif line.strip() == "gemspec":
                library = True
            elif gem := _GEM.match(line):
                name, spec, rest = gem.group(1), gem.group(2) or "", gem.group(3)
                at = Place(file.path, number, number, name)
                dependencies.append(Dependency(name, spec, at, group, is_exact(spec), "path:" in rest))
            elif ruby := re.match(r"^\s*ruby\s+[\"']([^\"']+)[\"']", line):
                at = Place(file.path, number, number, "ruby")
                runtimes.append(RuntimeVersion("ruby", ruby.group(1), lowest(ruby.group(1)), at, exact=True))
        prefix = file.folder + "/" if file.folder else ""
        lock = repository.by_path.get(prefix + "Gemfile.lock")
        yield Component(
            path=file.folder,
            ecosystem=Ecosystem.RUBY,
            manager="bundler",
            name=file.folder.rpartition("/")[2],
            manifest=Place(file.path, 1, 1, "Gemfile"),
            kind=ComponentKind.LIBRARY if library else ComponentKind.UNKNOWN,
            why="its Gemfile takes a gemspec" if library else "",
            lock=Place(lock.path, 1, 1, "Gemfile.lock") if lock else None,
            problem="git does not track it" if lock and not lock.tracked else "",
            dependencies=tuple(dependencies),
            runtimes=tuple(runtimes),
        )
