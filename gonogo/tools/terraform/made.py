"""Makes resources out of a registry module's inputs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from gonogo.facts.resources import ModuleCall, Resource, Unknown, Value, as_tuple, truth

Made: TypeAlias = Iterator[Resource]
Maker: TypeAlias = Callable[[ModuleCall], Made]


def make(
    module: ModuleCall,
    type_: str,
    name: str = "this",
    defaults: Mapping[str, Value] | None = None,
    renamed: Mapping[str, str] | None = None,
    values: Mapping[str, Value] | None = None,
    when: Value = True,
) -> Resource:
    """One resource: the inputs under their own names, ``renamed`` ones (attribute: input), defaults, and ``values``."""
    inputs = {key: value for key, value in module.inputs.items() if value is not None}
    attributes: dict[str, Value] = {**(defaults or {}), **inputs}
    lines = dict(module.lines)
    for attribute, source in (renamed or {}).items():
        if source in inputs:
            attributes[attribute] = inputs[source]
        if source in module.lines:
            lines[attribute] = module.lines[source]
    attributes.update(values or {})
    made = truth(when)
    wanted = truth(module.get("create", True))
    exists = False if False in (module.exists, made, wanted) else None if None in (module.exists, made) else True
    return Resource(
        type=type_,
        name=name,
        address=f"{module.address}.{type_}.{name}",
        attributes=attributes,
        at=module.at,
        exists=exists,
        audited=module.audited,
        origin="module",
        root=module.root,
        lines=lines,
    )


def major_version(module: ModuleCall) -> int:
    """The major version that is asked for; a large number where none is."""
    found = re.search(r"\d+", module.version)
    return int(found.group()) if found else 999


def first_input(module: ModuleCall, *names: str, default: Value = None) -> Value:
    return next((module.inputs[name] for name in names if module.inputs.get(name) is not None), default)


def named_objects(value: Value) -> list[tuple[str, Mapping[str, Value]]]:
    """The named objects of a map or list input; one unknown object where it is unknown."""
    if isinstance(value, Unknown):
        return [("*", {})]
    if isinstance(value, Mapping):
        return [(str(k), v if isinstance(v, Mapping) else {}) for k, v in value.items()]
    return [(str(i), v) for i, v in enumerate(as_tuple(value)) if isinstance(v, Mapping)]


def make_bare(m: ModuleCall, type_: str, name: str, attributes: Mapping[str, Value], when: Value = True) -> Resource:
    """A resource that has none of the module's inputs itself."""
    made = make(m, type_, name, when=when)
    lines = {}
    for path, line in m.lines.items():
        head, _, tail = path.partition(f".{name}.")
        if tail and "." not in head:
            lines[tail] = line
    at = next((m.place(p) for p in m.lines if p.endswith(f".{name}") and p.count(".") == 1), m.at)
    return Resource(
        type_, name, made.address, dict(attributes), at, made.exists, made.audited, "module", root=m.root, lines=lines
    )


def one(type_: str, **defaults: Value) -> Maker:
    """A module that makes one resource whose attributes are named as its inputs."""

    def maker(m: ModuleCall) -> Made:
        yield make(m, type_, defaults=defaults)

    return maker


def nothing(m: ModuleCall) -> Made:
    """A module whose resources no check asks for."""
    yield from ()
