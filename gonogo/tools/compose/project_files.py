"""Which compose files are started together, and which of these sets decide for the audited environment."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from posixpath import basename, dirname

from gonogo.facts.marked import Map
from gonogo.tools.environments import environment_of, is_development, same_environment

BASES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
_OVERRIDES = tuple(base.replace("compose.", "compose.override.") for base in BASES)
_NAME = re.compile(
    r"^(?:docker-|podman-)?compose(?:[._-](?P<after>.+))?\.ya?ml$|^(?P<before>.+)[._-](?:docker-)?compose\.ya?ml$", re.I
)
_STACK = re.compile(r"^docker-stack(?:[._-](?P<after>.+))?\.ya?ml$", re.I)


@dataclass(frozen=True, slots=True)
class Plan:
    """Files that are started together, in the order of their merging."""

    files: tuple[str, ...]
    default: bool = True
    why: str = ""


def is_compose_name(name: str) -> bool:
    """Says whether a file of that name can be nothing but a compose file."""
    return bool(_NAME.match(name) or _STACK.match(name))


def plans(specs: Mapping[str, Map], environment: str) -> tuple[Plan, ...]:
    """The sets of files, by folder."""
    folders: dict[str, list[str]] = defaultdict(list)
    for path in specs:
        folders[dirname(path)].append(path)
    found: list[Plan] = []
    for folder in sorted(folders):
        found += _folder(folder, sorted(folders[folder]), specs, environment)
    return tuple(found)


def _folder(folder: str, paths: list[str], specs: Mapping[str, Map], environment: str) -> list[Plan]:
    by_name = {basename(path).lower(): path for path in paths}
    own_base = next((by_name[name] for name in BASES if name in by_name), "")
    base = own_base or _base_above(folder, specs)
    overrides = [by_name[name] for name in _OVERRIDES if name in by_name]
    variants = [p for p in paths if p != own_base and p not in overrides and basename(p).lower() not in BASES]
    outside = _outside(folder)
    found: list[Plan] = []
    own = [path for path in variants if same_environment(_qualifier(path), environment)]
    for path in own:
        files = (base, path) if base and _overlays(specs[base], specs[path]) else (path,)
        found.append(Plan(files, not outside, outside))
    if own_base and not own:
        found.append(Plan((own_base,), not outside, outside))
    elif own_base and not any(own_base in plan.files for plan in found):
        found.append(Plan((own_base, *overrides), default=False, why=f"{own[0]} is there for {environment}"))
    if own_base and overrides:
        found.append(Plan((own_base, *overrides), default=False, why="its override file is for development"))
    for path in variants:
        if path not in own:
            found.append(_variant(path, own_base, base, specs, outside))
    return found


def _base_above(folder: str, specs: Mapping[str, Map]) -> str:
    """The base in the nearest folder above: ``docker/compose.extra.yml`` may change the one at the root."""
    while folder:
        folder = dirname(folder)
        for name in BASES:
            path = f"{folder}/{name}" if folder else name
            if path in specs:
                return path
    return ""


def _variant(path: str, own_base: str, base: str, specs: Mapping[str, Map], outside: str) -> Plan:
    qualifier = _qualifier(path)
    files = (base, path) if base and _overlays(specs[base], specs[path]) else (path,)
    if is_development(qualifier):
        return Plan(files, default=False, why=f"{basename(path)} is for development or tests by its name")
    if named := environment_of(qualifier):
        return Plan(files, default=False, why=f"{basename(path)} is for {named}")
    if own_base or len(files) > 1:
        return Plan(files, default=False, why=f"{basename(path)} is opted into beside {base}")
    return Plan(files, not outside, outside)


def _outside(folder: str) -> str:
    """Why files of that folder do not decide."""
    part = next((part for part in folder.split("/") if part == ".devcontainer" or is_development(part)), "")
    return f"it lies below {part}/" if part else ""


def _qualifier(path: str) -> str:
    """What a file's name says beside "compose": ``prod`` of ``docker-compose.prod.yml``."""
    name = basename(path)
    match = _NAME.match(name) or _STACK.match(name)
    if match is None:
        return name.rpartition(".")[0]
    return next((part for part in match.groups() if part), "")


def _overlays(base: Map, over: Map) -> bool:
    """Says whether a file needs the base: it changes services of the base, or has none that could start alone."""
    known, mine = base.map("services"), over.map("services")
    bare = [
        name
        for name, body in mine.items()
        if not (isinstance(body, Map) and ("image" in body or "build" in body or "extends" in body))
    ]
    shared = [name for name in mine if name in known]
    return bool(bare) or (bool(shared) and len(shared) < len(known) and len(shared) == len(mine))
