"""Finished files as one application, and routes before the prefixes and guards of their routers are known."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from gonogo.facts.code import Argument, Call, CodeFile, Definition, Guard, Route
from gonogo.facts.repository import Repository
from gonogo.model.evidence import Place
from gonogo.tools.code.follow import display
from gonogo.tools.code.syntax import local_name

METHODS = frozenset(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
BODY_LINES = 250
FAMILIES = dict.fromkeys(("gin", "echo", "chi", "fiber", "gorilla", "httprouter", "net/http"), "go") | {
    "jax-rs": "spring"
}
_MANIFESTS = (
    "package.json",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "go.mod",
    "pyproject.toml",
    "requirements.txt",
)


@dataclass(frozen=True, slots=True)
class Owner:
    """A router or application: the file and the variable that hold it."""

    path: str
    name: str


@dataclass(slots=True)
class Draft:
    """A route as its own call or decorator says."""

    framework: str
    method: str
    path: str
    owner: Owner
    at: Place
    handler: str = ""
    guards: list[Guard] = field(default_factory=list)
    body: tuple[str, int, int] = ("", 0, 0)
    validated: bool | None = None
    """None: the body decides."""


@dataclass(slots=True)
class Mount:
    """A router that another one takes in below a prefix."""

    parent: Owner
    child: Owner
    prefix: str
    guards: list[Guard]
    at: Place


@dataclass(slots=True)
class Layer:
    """Middleware, dependencies or hooks of a router, from a line on where the framework runs them in order."""

    owner: Owner
    guard: Guard
    ordered: bool
    prefix: str = ""


@dataclass(slots=True)
class Everywhere:
    """A guard of all routes of a framework in a component's folder, or of those that ``only`` names: method, path."""

    family: str
    folder: str
    guard: Guard
    only: tuple[tuple[str, str], ...] = ()

    def covers(self, draft: Draft) -> bool:
        """Says whether the guard runs for a route."""
        if FAMILIES.get(draft.framework, draft.framework) != self.family:
            return False
        if self.folder and not draft.at.path.startswith(self.folder + "/"):
            return False
        path = draft.path.strip("/")
        return not self.only or any(
            method in ("ANY", draft.method)
            and (path == wanted or (wanted.endswith("*") and path.startswith(wanted[:-1])))
            for method, wanted in self.only
        )


@dataclass(slots=True)
class Drafts:
    """What the frameworks' readers found."""

    routes: list[Draft] = field(default_factory=list)
    mounts: list[Mount] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)
    containers: list[tuple[str, int, int, str]] = field(default_factory=list)
    """Calls whose inline function registers routes below a prefix: path, first and last line, prefix."""
    anywhere: list[Everywhere] = field(default_factory=list)
    """Guards of all routes of a framework in a component (its folder), wherever they are set: Nest's APP_GUARD, a
    security filter chain, a handler wrapped around a Go router."""


@dataclass
class Application:
    """All reached files with the means to find a definition by its name."""

    repository: Repository
    files: list[CodeFile]

    @cached_property
    def by_path(self) -> dict[str, CodeFile]:
        return {file.path: file for file in self.files}

    @cached_property
    def by_name(self) -> dict[str, tuple[CodeFile, Definition]]:
        """Definitions by their resolved name."""
        found: dict[str, tuple[CodeFile, Definition]] = {}
        for file in self.files:
            for definition in file.definitions:
                found.setdefault(display(local_name(file.path, definition.name)), (file, definition))
        return found

    @cached_property
    def by_last(self) -> dict[str, list[tuple[CodeFile, Definition]]]:
        """Functions and methods by the last part of their name."""
        found: dict[str, list[tuple[CodeFile, Definition]]] = defaultdict(list)
        for file in self.files:
            for definition in file.definitions:
                found[definition.name.rpartition(".")[2]].append((file, definition))
        return found

    @cached_property
    def components(self) -> frozenset[str]:
        """Folders with a manifest."""
        return frozenset(file.folder for file in self.repository.files if file.name in _MANIFESTS)

    def component(self, path: str) -> str:
        """The nearest folder with a manifest; the root, an empty string, where there is none."""
        folder = path.rpartition("/")[0]
        while folder and folder not in self.components:
            folder = folder.rpartition("/")[0]
        return folder

    def find(self, name: str, near: str = "") -> tuple[CodeFile, Definition] | None:
        """A definition by resolved name, or by its last part where only one (or one in the file ``near``) has it."""
        if not name:
            return None
        if known := self.by_name.get(name):
            return known
        candidates = self.by_last.get(name.rpartition(".")[2], [])
        close = [pair for pair in candidates if pair[0].path == near]
        if len(close) == 1:
            return close[0]
        return candidates[0] if len(candidates) == 1 else None

    def body(self, argument: Argument | None, call: Call) -> tuple[str, tuple[str, int, int]]:
        """The name of a handler argument, and where its body is: the call itself for an inline function."""
        if argument is not None and argument.refers:
            named = argument.refers
            if found := self.find(named, call.at.path):
                return named, span(found[1].at)
            for entry in argument.entries:
                if entry.refers and (found := self.find(entry.refers, call.at.path)):
                    return entry.refers, span(found[1].at)
            inline = any(re.search(r"=>|\bfunc(?:tion)?\b|lambda", entry.text) for entry in argument.entries)
            return named, span(call.at) if inline else ("", 0, 0)
        return "", (call.at.path, call.at.line, max(call.at.end_line, call.at.line))

    def text(self, body: tuple[str, int, int]) -> str:
        """The source of a body, at most its first 250 lines."""
        path, first, last = body
        if not path:
            return ""
        return "\n".join(self.repository.lines(path)[first - 1 : min(last, first + BODY_LINES)])


def span(at: Place) -> tuple[str, int, int]:
    """A place as a body."""
    return at.path, at.line, max(at.end_line, at.line)


def receiver(call: Call) -> str:
    """What a method is called on, as written."""
    return call.raw.rpartition(".")[0]


def owner_of(file: CodeFile, text: str, application: Application, depth: int = 0) -> Owner:
    """The router that an expression like ``users.router`` means, over imports."""
    head, _, rest = text.partition(".")
    for item in file.imports:
        if item.alias == head and item.local and depth < 6:
            name = rest or item.name or "default"
            other = application.by_path.get(item.local)
            if other is not None and other is not file:
                return owner_of(other, name, application, depth + 1)
            return Owner(item.local, name)
    return Owner(file.path, text)


def pass_routers(application: Application, drafts: Drafts) -> None:
    """Routers that functions take as a parameter (``register_routes(app)``, ``Register(v1.Group("/users"))``): what
    such a function registers belongs to what its callers hand over."""
    owners = {draft.owner for draft in drafts.routes} | {layer.owner for layer in drafts.layers}
    owners |= {mount.parent for mount in drafts.mounts}
    wanted: dict[str, list[tuple[Owner, int]]] = defaultdict(list)
    for owner in sorted(owners, key=lambda item: (item.path, item.name)):
        file = application.by_path.get(owner.path)
        function, _, variable = owner.name.rpartition(":")
        for definition in file.definitions if file is not None else ():
            names = [parameter.name for parameter in definition.parameters if parameter.name not in ("self", "cls")]
            if variable in names and function in ("", definition.name):
                wanted[display(local_name(owner.path, definition.name))].append((owner, names.index(variable)))
    if not wanted:
        return
    for file in application.files:
        for call in file.calls:
            for owner, index in wanted.get(call.name, ()):
                if (argument := call.positional(index)) is not None and not argument.literal:
                    _pass_router(application, drafts, file, call, argument, owner)


def _pass_router(
    application: Application, drafts: Drafts, file: CodeFile, call: Call, argument: Argument, child: Owner
) -> None:
    scope = f"{call.function}:" if file.path.endswith(".go") else ""
    text = argument.text.partition("(")[0].lstrip("&*")
    prefix, guards = "", list[Guard]()
    if text.rpartition(".")[2] in ("Group", "Route", "PathPrefix") and argument.entries:
        text = text.rpartition(".")[0]
        prefix = str(argument.entries[0].value) if isinstance(argument.entries[0].value, str) else ""
        guards = guards_of([entry for entry in argument.entries if not entry.literal], "router", call.at)
    parent = Owner(file.path, scope + text) if scope else owner_of(file, text, application)
    if parent != child and re.fullmatch(r"[\w.]+", text):
        drafts.mounts.append(Mount(parent, child, prefix, guards, call.at))


def settle(drafts: Drafts) -> tuple[Route, ...]:
    """Routes with the prefixes and guards of what they are mounted in."""
    by_child: dict[str, list[Mount]] = defaultdict(list)
    for mount in drafts.mounts:
        by_child[mount.child.path].append(mount)
    by_file: dict[str, list[Layer]] = defaultdict(list)
    for layer in drafts.layers:
        by_file[layer.owner.path].append(layer)
    owners = {(draft.owner.path, draft.owner.name) for draft in drafts.routes}
    found: list[Route] = []
    for draft in drafts.routes:
        prefix, guards = _inherited(draft.owner, draft.at, by_child, by_file, drafts, owners, 0)
        path = _joined(prefix, draft.path)
        guards = [guard for guard in guards if _covers(guard, path, drafts)]
        found.append(
            Route(
                draft.framework,
                draft.method,
                path,
                draft.handler,
                tuple(dict.fromkeys([*_anywhere(draft, drafts), *guards, *draft.guards])),
                draft.at,
                bool(draft.validated),
                True,
                draft.body,
            )
        )
    return tuple(sorted(set(found), key=lambda route: (route.at.path, route.at.line, route.method, route.path)))


def _anywhere(draft: Draft, drafts: Drafts) -> list[Guard]:
    return [item.guard for item in drafts.anywhere if item.covers(draft)]


def _covers(guard: Guard, path: str, drafts: Drafts) -> bool:
    """Says whether middleware that is bound to a path prefix runs for the route."""
    for layer in drafts.layers:
        if layer.guard is guard and layer.prefix:
            return path.startswith(layer.prefix.rstrip("*").rstrip("/")) or layer.prefix.strip("/") in path
    return True


def _inherited(
    owner: Owner,
    at: Place,
    by_child: dict[str, list[Mount]],
    by_file: dict[str, list[Layer]],
    drafts: Drafts,
    owners: set[tuple[str, str]],
    depth: int,
) -> tuple[str, list[Guard]]:
    chain = _chain(at, drafts)
    guards = [
        layer.guard
        for layer in by_file.get(owner.path, ())
        if (
            layer.owner.name == owner.name
            or (chain and layer.owner.name.rpartition(".")[2] == owner.name.rpartition(".")[2])
        )
        and not (layer.ordered and at.path == layer.guard.at.path and layer.guard.at.line > at.line)
        and set(_chain(layer.guard.at, drafts)) <= set(chain)
    ]
    prefix = "".join(_slashed(container[3]) for container in chain)
    if depth > 6:
        return prefix, guards
    candidates = by_child.get(owner.path, ())
    mounts = [m for m in candidates if m.child.name == owner.name] or [
        m for m in candidates if (m.child.path, m.child.name) not in owners and m.parent.path != owner.path
    ]
    for mount in mounts[:1]:
        if mount.parent == owner:
            continue
        above, outer = _inherited(mount.parent, mount.at, by_child, by_file, drafts, owners, depth + 1)
        prefix = _joined(above, _joined(mount.prefix, prefix))
        guards = [*outer, *mount.guards, *guards]
    return prefix, guards


def _chain(at: Place, drafts: Drafts) -> list[tuple[str, int, int, str]]:
    """The containers that hold a line, outermost first."""
    last = max(at.end_line, at.line)
    return sorted(
        (
            c
            for c in drafts.containers
            if c[0] == at.path and c[1] <= at.line and last <= c[2] and (c[1], c[2]) != (at.line, last)
        ),
        key=lambda container: (container[1], -container[2]),
    )


def _slashed(path: str) -> str:
    path = path.strip("/")
    return "/" + path if path else ""


def _joined(prefix: str, path: str) -> str:
    if not prefix.strip("/"):
        return path or "/"
    return _slashed(prefix) + (_slashed(path) if path.strip("/") else "")


def guards_of(arguments: Iterable[Argument], level: str, at: Place) -> list[Guard]:
    """Handlers between path and last handler, dependencies, hooks: each by its name, lists entry by entry."""
    found: list[Guard] = []
    for argument in arguments:
        if argument.entries and not argument.refers:
            found += guards_of(argument.entries, level, at)
        elif argument.refers or argument.text:
            found.append(Guard(guard_name(argument), level, at))
    return found


def guard_name(argument: Argument) -> str:
    """``Depends(get_user)`` is get_user; ``limiter.limit("5/minute")`` is the limiter's method."""
    if (
        argument.refers.rpartition(".")[2] in ("Depends", "Security", "Middleware", "use", "Provide")
        and argument.entries
    ):
        inner = argument.entries[0]
        return inner.refers or inner.text
    if argument.refers:
        inside = [e.refers or e.text for e in argument.entries if not e.literal and (e.refers or e.entries)]
        return argument.refers + (f"({', '.join(inside)})"[:160] if inside else "")
    return " ".join(argument.text.split())[:160]
