"""Facts of dependencies: components by their manifests, what locks them, what they run on, and their tests."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place


class Ecosystem(StrEnum):
    """Which package manager's world a manifest belongs to."""

    PYTHON = "python"
    NODE = "node"
    GO = "go"
    JAVA = "java"
    """Maven and Gradle."""
    RUST = "rust"
    RUBY = "ruby"
    PHP = "php"
    DOTNET = "dotnet"
    TERRAFORM = "terraform"


class ComponentKind(StrEnum):
    """Whether a component is run or published to be built into others."""

    APPLICATION = "application"
    LIBRARY = "library"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Dependency:
    """One declared dependency. ``name`` is normalized as its registry does (PEP 503 for Python)."""

    name: str
    spec: str
    """As declared: ``^4.18.2``, ``==1.2.3``, ``>=2``; empty for any version."""
    at: Place
    group: str = "runtime"
    """``runtime``, ``dev``, ``optional``, ``build``, ``peer``."""
    exact: bool = False
    """Whether the declaration itself allows one version only."""
    local: bool = False
    """A folder, workspace member or module of the target itself."""
    version: str = ""
    """The version that is used: from the lock file, else the exact pin; empty where neither tells."""


@dataclass(frozen=True, slots=True)
class PackageScript:
    """A script or task that the manifest names (``npm run x``, ``[tool.poe.tasks]``, ``composer x``)."""

    name: str
    command: str
    at: Place


@dataclass(frozen=True, slots=True)
class RuntimeVersion:
    """A runtime that a file asks for. FROM tags are the docker tool's, cloud runtimes those of their own tools."""

    product: str
    """``python``, ``node``, ``java``, ``go``, ``ruby``, ``php``, ``dotnet``, ``rust``, ``terraform``, ``pnpm`` ..."""
    spec: str
    """As written: ``>=18.0.0``, ``3.11``, ``lts/iron``."""
    lowest: str
    """The lowest version that it allows, as numbers with dots; empty where it names none."""
    at: Place
    exact: bool = False
    """Whether it chooses a version (``.nvmrc``, ``.tool-versions``, ``runtime.txt``) rather than bounding it."""


@dataclass(frozen=True)
class Component:
    """One manifest: a package, service, module or root that has dependencies of its own."""

    path: str
    """Its folder; empty for the root."""
    ecosystem: Ecosystem
    manager: str
    """``pip``, ``poetry``, ``uv``, ``pipenv``, ``pdm``, ``conda``, ``npm``, ``pnpm``, ``yarn``, ``bun``, ``go``,
    ``maven``, ``gradle``, ``cargo``, ``bundler``, ``composer``, ``nuget``, ``terraform``."""
    name: str
    manifest: Place
    kind: ComponentKind = ComponentKind.UNKNOWN
    why: str = ""
    """Why it is an application or a library."""
    version: str = ""
    private: bool = False
    """Whether the manifest forbids publishing it."""
    license: str = ""
    """The licence that it states."""
    lock: Place | None = None
    """The lock file that covers it, its own or its workspace's."""
    problem: str = ""
    """Why the lock file does not count: git ignores it, it misses declared dependencies, it is empty."""
    workspace: str | None = None
    """Folder of the workspace root that it is a member of."""
    members: tuple[str, ...] = ()
    """Folders of its members, if it is a workspace root."""
    dependencies: tuple[Dependency, ...] = ()
    scripts: tuple[PackageScript, ...] = ()
    runtimes: tuple[RuntimeVersion, ...] = ()

    @property
    def runtime_dependencies(self) -> tuple[Dependency, ...]:
        """What it needs to run, without parts of the target itself."""
        return tuple(d for d in self.dependencies if d.group in ("runtime", "optional") and not d.local)

    @property
    def loose(self) -> tuple[Dependency, ...]:
        """Dependencies from outside that no lock file and no exact pin fixes."""
        if self.lock is not None and not self.problem:
            return ()
        return tuple(d for d in self.dependencies if not d.exact and not d.local and d.group != "peer")

    def script(self, name: str) -> PackageScript | None:
        """Its script of that name."""
        return next((script for script in self.scripts if script.name == name), None)

    def depends_on(self, *names: str) -> Dependency | None:
        """The first declared dependency of one of these names."""
        return next((d for d in self.dependencies if d.name in names), None)


class TestKind(StrEnum):
    """What a test file drives."""

    __test__ = False

    UNIT = "unit"
    INTEGRATION = "integration"
    END_TO_END = "end-to-end"
    LOAD = "load"
    CHAOS = "chaos"


@dataclass(frozen=True, slots=True)
class TestFile:
    """A file of tests, load scenarios or chaos experiments. ``at`` is its first assertion, or the file as a whole."""

    __test__ = False

    path: str
    framework: str
    """``pytest``, ``jest``, ``vitest``, ``playwright``, ``cypress``, ``go test``, ``junit``, ``k6``, ``locust`` ..."""
    kind: TestKind
    cases: int
    assertions: int
    """About how many: counted by words."""
    skipped: int
    """Cases that are switched off unconditionally."""
    at: Place
    component: str = ""
    """Folder of the component that it belongs to: the nearest manifest above it."""

    @property
    def asserts(self) -> bool:
        """Whether it asserts anything in a case that is not switched off."""
        return self.assertions > 0 and (self.cases == 0 or self.cases > self.skipped)


@dataclass(frozen=True)
class Dependencies:
    """All components of the target that decide, and its test files."""

    components: tuple[Component, ...] = ()
    tests: tuple[TestFile, ...] = ()
    """Whatever folder they lie in, except vendored and archived ones."""
    runtimes: tuple[RuntimeVersion, ...] = ()
    """Of manifests and of files that stand for themselves (``.nvmrc``, ``.tool-versions``)."""
    unread: tuple[Unread, ...] = ()

    @cached_property
    def by_path(self) -> dict[str, tuple[Component, ...]]:
        """Components by folder."""
        found: dict[str, tuple[Component, ...]] = {}
        for component in self.components:
            found[component.path] = (*found.get(component.path, ()), component)
        return found

    def of(self, *ecosystems: Ecosystem) -> tuple[Component, ...]:
        """Components of these ecosystems."""
        return tuple(component for component in self.components if component.ecosystem in ecosystems)

    def near(self, path: str) -> tuple[Component, ...]:
        """The components of the nearest folder above a file or folder (itself included) that has any."""
        folder = path
        while True:
            if found := self.by_path.get(folder):
                return found
            if not folder:
                return ()
            folder = folder.rpartition("/")[0]

    def depending_on(self, *names: str) -> tuple[tuple[Component, Dependency], ...]:
        """Components that declare one of these dependencies, with the declaration."""
        return tuple((c, d) for c in self.components for d in c.dependencies if d.name in names)

    def suites(self, *kinds: TestKind) -> tuple[TestFile, ...]:
        """Test files of these kinds (of any, without one) that assert something."""
        return tuple(test for test in self.tests if test.asserts and (not kinds or test.kind in kinds))
