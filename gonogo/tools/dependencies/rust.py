"""Rust: Cargo.toml, workspaces and Cargo.lock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatch

from gonogo.facts.dependencies import Component, ComponentKind, Dependency, Ecosystem, RuntimeVersion
from gonogo.facts.repository import Repository
from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place
from gonogo.tools.dependencies.versions import lowest, place, read_toml, strings, table, text_of

_GROUPS = (("dependencies", "runtime"), ("dev-dependencies", "dev"), ("build-dependencies", "build"))


def read_rust(repository: Repository, unread: list[Unread]) -> Iterator[Component]:
    """One component for each package in a Cargo.toml."""
    manifests = {file.folder: (file, read_toml(repository, file, unread)) for file in repository.match("Cargo.toml")}
    roots = {folder: strings(table(content, "workspace").get("members")) for folder, (_, content) in manifests.items()}
    for folder, (file, content) in manifests.items():
        package = table(content, "package")
        if not package:
            continue
        text = repository.text(file)
        root = next(
            (r for r, globs in roots.items() if any(fnmatch(folder, f"{r}/{g}".lstrip("/")) for g in globs)), None
        )
        bases = [base for base in (folder, root) if base is not None]
        locks = [f"{base}/Cargo.lock".lstrip("/") for base in bases]
        lock = next((repository.by_path[path] for path in locks if path in repository.by_path), None)
        dependencies = []
        for key, group in _GROUPS:
            for name, value in table(content, key).items():
                entry = value if isinstance(value, dict) else {}
                spec = text_of(entry.get("version")) if entry else text_of(value)
                at = place(file, text, rf"^{re.escape(name)}\s*[=.]", name)
                exact = spec.startswith("=") or bool(entry.get("rev"))
                dependencies.append(Dependency(name, spec, at, group, exact, "path" in entry))
        spec = text_of(package.get("rust-version"))
        at = place(file, text, r"^rust-version", "rust-version")
        prefix = folder + "/" if folder else ""
        binary = f"{prefix}src/main.rs" in repository.by_path or "bin" in content
        yield Component(
            path=folder,
            ecosystem=Ecosystem.RUST,
            manager="cargo",
            name=text_of(package.get("name")),
            manifest=Place(file.path, 1, 1, "Cargo.toml"),
            kind=ComponentKind.APPLICATION if binary else ComponentKind.LIBRARY,
            why="it has a main.rs" if binary else "it has no main.rs",
            version=text_of(package.get("version")),
            license=text_of(package.get("license")),
            lock=Place(lock.path, 1, 1, "Cargo.lock") if lock else None,
            problem="git does not track it" if lock and not lock.tracked else "",
            workspace=root,
            dependencies=tuple(dependencies),
            runtimes=(RuntimeVersion("rust", spec, lowest(spec), at),) if spec else (),
        )
