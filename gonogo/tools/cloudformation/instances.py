"""What a CDK app instantiates: its stacks, and the constructs that these make, with what each is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from posixpath import join, normpath

from gonogo.tools.cloudformation.expressions import Call, Choice, Entries, Expression, Items, Name
from gonogo.tools.cloudformation.source import Program, Site

_MOST_FILES = 2000
_ENDINGS = (".ts", ".mts", ".js", ".mjs", ".py", "/index.ts", "/index.js", "/__init__.py")

Unit = tuple[str, str]
"""A class of a program, or with an empty name what stands outside of its classes."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One place that makes an object of a class. Without a site, what it is given is unknown."""

    path: str
    site: Site | None


@dataclass
class Deployment:
    """The units that run when the apps are synthesized."""

    programs: dict[str, Program]
    instances: dict[Unit, list[Instance]] = field(default_factory=dict)
    live: set[Unit] = field(default_factory=set)

    def is_live(self, path: str, site: Site) -> bool:
        return (path, site.owner) in self.live

    def parameters(self, unit: Unit) -> tuple[str, ...]:
        """What the constructor of a class takes: its own, or that of the class it extends."""
        path, name = unit
        seen: set[Unit] = set()
        while (path, name) not in seen:
            seen.add((path, name))
            if name in self.programs[path].parameters:
                return self.programs[path].parameters[name]
            bases = [base for text in self.programs[path].classes.get(name, ()) for base in self.named(path, text)]
            if not bases:
                return ()
            path, name = bases[0]
        return ()

    def named(self, path: str, text: str) -> list[Unit]:
        """The target's own classes that a name may stand for."""
        program = self.programs[path]
        head, _, rest = text.partition(".")
        if head in program.classes:
            return [(path, head)]
        if head in program.imports:
            return []
        module, name = program.local.get(head, ("", head))
        if name == "*":
            name = rest.partition(".")[0]
        if not name:
            found = self._located(path, module)
            return [(found, own) for found in (found,) if found for own in self.programs[found].classes]
        located = self._located(path, module) if module else ""
        if located and name in self.programs[located].classes:
            return [(located, name)]
        if not name[:1].isupper():
            return []
        return [(other, name) for other, found in self.programs.items() if name in found.classes]

    def _located(self, path: str, module: str) -> str:
        return next((found for found in candidates(path, module) if found in self.programs), "")


def candidates(path: str, module: str) -> Iterator[str]:
    """Paths that an imported module may have."""
    folder = path.rpartition("/")[0]
    if path.endswith(".py"):
        dots = len(module) - len(module.lstrip("."))
        tail = module.lstrip(".").replace(".", "/")
        bases = [folder] if not dots else []
        if dots:
            bases = [normpath(join(folder, *[".."] * (dots - 1)))]
        else:
            while folder:
                folder = folder.rpartition("/")[0]
                bases.append(folder)
        for base in bases:
            yield from (normpath(join(base, tail + ending)) for ending in (".py", "/__init__.py"))
        return
    if not module.startswith("."):
        return
    plain = normpath(join(folder, module))
    stem = plain.rpartition(".")[0] if plain.endswith((".js", ".ts", ".mjs", ".mts")) else plain
    yield plain
    yield from (stem + ending for ending in _ENDINGS)


def deployment(
    programs: Mapping[str, Program], start: Iterable[Unit], load: Callable[[str], Program | None]
) -> Deployment:
    """Everything that runs from these units on. ``load`` reads a file that is no program of the CDK by itself."""
    found = Deployment(dict(programs))
    waiting = list(start)
    while waiting:
        path, owner = waiting.pop()
        if (path, owner) in found.live or path not in found.programs:
            continue
        found.live.add((path, owner))
        waiting.append((path, ""))
        program = found.programs[path]
        for module in program.modules:
            waiting += [(other, "") for other in _loaded(found, path, module, load)]
        for site in program.sites:
            if site.owner == owner:
                waiting += _made(found, path, site)
    return found


def _loaded(found: Deployment, path: str, module: str, load: Callable[[str], Program | None]) -> Iterator[str]:
    for candidate in candidates(path, module):
        if candidate not in found.programs and len(found.programs) < _MOST_FILES:
            program = load(candidate)
            if program is not None:
                found.programs[candidate] = program
        if candidate in found.programs:
            yield candidate
            return


def _made(found: Deployment, path: str, site: Site) -> Iterator[Unit]:
    """The classes that a call makes, or is given by name."""
    program = found.programs[path]
    name = site.call.name
    if name in ("super", "super().__init__", ".__init__"):
        bases = [unit for text in program.classes.get(site.owner, ()) for unit in found.named(path, text)]
        yield from _taken(found, bases, Instance(path, site))
        return
    constructs = name.rpartition(".")[2][:1].isupper()
    yield from _taken(found, found.named(path, name), Instance(path, site if constructs else None))
    for argument in site.call.arguments:
        for text in _names(argument):
            if text[:1].isupper() and "." not in text:
                yield from _taken(found, found.named(path, text), Instance(path, None))


def _taken(found: Deployment, units: list[Unit], instance: Instance) -> Iterator[Unit]:
    for unit in units:
        found.instances.setdefault(unit, []).append(instance)
        yield unit


def _names(expression: Expression) -> Iterator[str]:
    match expression:
        case Name(text):
            yield text
        case Entries(items):
            for _, item, _ in items:
                yield from _names(item)
        case Items(items):
            for item, _ in items:
                yield from _names(item)
        case Choice(_, yes, no):
            yield from _names(yes)
            yield from _names(no)
        case Call():
            return
