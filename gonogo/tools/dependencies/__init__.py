"""The dependencies tool: manifests and lock files of the common package managers, runtimes, and tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from gonogo.facts.dependencies import Component, ComponentKind, Dependencies, TestFile
from gonogo.facts.repository import Repository
from gonogo.facts.unread import Unread
from gonogo.model.target import Target
from gonogo.tools.dependencies.dotnet import read_dotnet
from gonogo.tools.dependencies.go import read_go
from gonogo.tools.dependencies.jvm import read_jvm
from gonogo.tools.dependencies.node import read_node
from gonogo.tools.dependencies.php import read_php
from gonogo.tools.dependencies.python import read_python
from gonogo.tools.dependencies.ruby import read_ruby
from gonogo.tools.dependencies.runtimes import read_runtimes
from gonogo.tools.dependencies.rust import read_rust
from gonogo.tools.dependencies.suites import read_tests

Reader = Callable[[Repository, list[Unread]], Iterator[Component]]
_READERS: tuple[Reader, ...] = (
    read_python,
    read_node,
    read_go,
    read_jvm,
    read_rust,
    read_ruby,
    read_php,
    read_dotnet,
)


def read_dependencies(repository: Repository, target: Target) -> Dependencies:
    """Reads all components of the target that decide, and its tests."""
    unread: list[Unread] = []
    components = [c for reader in _READERS for c in reader(repository, unread)]
    components.sort(key=lambda component: (component.path, component.manifest.path))
    found = Dependencies(components=tuple(components))
    shipped: dict[str, str] = {}
    for folder, path in _shipped_folders(repository).items():
        for component in found.near(folder):
            shipped.setdefault(component.path, path)
    components = [_with_kind(component, shipped) for component in components]
    tests = [_placed(test, found) for test in read_tests(repository)]
    runtimes = [runtime for component in components for runtime in component.runtimes]
    return Dependencies(
        components=tuple(components),
        tests=tuple(tests),
        runtimes=tuple(dict.fromkeys([*runtimes, *read_runtimes(repository)])),
        unread=tuple(sorted(set(unread))),
    )


def _shipped_folders(repository: Repository) -> dict[str, str]:
    """Folders that something in them deploys, with its path."""
    names = (
        "Dockerfile*",
        "*.Dockerfile",
        "Containerfile",
        "Procfile",
        "serverless.yml",
        "serverless.yaml",
        "app.yaml",
        "fly.toml",
        "vercel.json",
        "netlify.toml",
        "render.yaml",
        "manage.py",
        "wsgi.py",
        "asgi.py",
        "lambda_function.py",
        "template.yaml",
        "cdk.json",
        "next.config.*",
        "wrangler.toml",
    )
    found: dict[str, str] = {}
    for file in repository.match(*names):
        found.setdefault(file.folder, file.path)
    return found


def _with_kind(component: Component, shipped: dict[str, str]) -> Component:
    """An application, where something in its folder (and in no component below) deploys it."""
    if component.kind is ComponentKind.APPLICATION:
        return component
    if by := shipped.get(component.path):
        return replace(component, kind=ComponentKind.APPLICATION, why=f"{by} deploys it")
    return component


def _placed(test: TestFile, found: Dependencies) -> TestFile:
    near = found.near(test.path.rpartition("/")[0])
    return replace(test, component=near[0].path) if near else test
