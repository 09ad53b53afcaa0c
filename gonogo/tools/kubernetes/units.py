"""What is applied together, and which of it decides for the audited environment."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gonogo.facts.kubernetes import Object, Unit
from gonogo.tools.environments import environment_of_path, same_environment

_OPT_IN = re.compile(
    r"(?:^|/)(extras?|optional|add-?ons?|contrib|experimental|experiments|poc|alternatives?)(?:/|$)", re.I
)
_TOOLING = re.compile(r"(?:^|/)(\.(?:github|gitlab|circleci|buildkite|devcontainer|vscode|tekton))(?:/|$)")
_RANK = {"production": 0, "staging": 1, "development": 2, "test": 3}


@dataclass
class Plain:
    """A file of plain manifests."""

    path: str
    objects: list[Object]


@dataclass
class _Folder:
    files: list[Plain] = field(default_factory=list)
    below: dict[str, _Folder] = field(default_factory=dict)


def folders_of(files: list[Plain]) -> dict[str, list[Object]]:
    """Objects by the folder that is applied as a whole.

    Folders are taken together with those below and beside them until two define the same object: then they are
    alternatives (environments, releases, variants).
    """
    top = _Folder()
    for file in files:
        at = top
        for part in file.path.split("/")[:-1]:
            at = at.below.setdefault(part, _Folder())
        at.files.append(file)
    return {path: objects for path, objects in _gather(top, "").items() if objects}


def _gather(folder: _Folder, path: str) -> dict[str, list[Object]]:
    """Units of a folder by path; a single one where nothing collides."""
    own = [item for file in folder.files for item in file.objects]
    parts: dict[str, list[Object]] = {}
    apart: dict[str, list[Object]] = {}
    for name, below in sorted(folder.below.items()):
        where = f"{path}/{name}" if path else name
        found = _gather(below, where)
        (apart if _TOOLING.search(where) or _OPT_IN.search(where) else parts).update(found)
    return _together(path, own, parts) | apart


def _together(path: str, own: list[Object], parts: dict[str, list[Object]]) -> dict[str, list[Object]]:
    if not parts:
        return {path: own}
    named = any(environment_of_path(part.rpartition("/")[2]) for part in parts)
    seen: set[tuple[str, str, str]] = {_identity(item) for item in own}
    collide = named
    for objects in parts.values():
        identities = {_identity(item) for item in objects}
        collide = collide or bool(seen & identities)
        seen |= identities
    if collide:
        return ({path: own} if own else {}) | parts
    return {path: own + [item for objects in parts.values() for item in objects]}


def variants(files: list[Plain], environment: str) -> dict[str, str]:
    """Why files do not decide that define what another of their folder defines for the audited environment.

    ``deployment-dev.yml`` and ``deployment-prod.yml`` are such files: their names tell.
    """
    owners: dict[tuple[str, tuple[str, str, str]], list[str]] = defaultdict(list)
    for file in files:
        for identity in {_identity(item) for item in file.objects}:
            owners[(file.path.rpartition("/")[0], identity)].append(file.path)
    parts: dict[str, set[str]] = defaultdict(set)
    for key, paths in owners.items():
        if len(paths) > 1:
            for path in paths:
                parts[path].add(repr(key))
    names = {path: environment_of_path(path.rpartition("/")[2].rpartition(".")[0]) for path in parts}
    chosen = choose({path: (frozenset(found), names[path]) for path, found in parts.items()}, environment)
    return {path: why for path, why in chosen.items() if why}


def _identity(item: Object) -> tuple[str, str, str]:
    return item.kind, item.namespace, item.name


def choose(candidates: Mapping[str, tuple[frozenset[str], str]], environment: str) -> dict[str, str]:
    """Why each candidate does not decide; empty for those that do.

    Candidates come with what they are made of, and the environment that they name. Those that share a part are
    variants of one thing: of these the ones for the audited environment decide, else those that name none, else
    those for the environment that is nearest to it.
    """
    why = dict.fromkeys(candidates, "")
    for family in _families(candidates):
        fits = [name for name in family if same_environment(candidates[name][1], environment)]
        unnamed = [name for name in family if not candidates[name][1]]
        named = sorted(family, key=lambda name: (_RANK.get(candidates[name][1], 9), name))
        nearest = [name for name in named if candidates[name][1] == candidates[named[0]][1]]
        decide = fits or unnamed or nearest
        for name in family:
            if name not in decide:
                other = candidates[name][1] or "no environment"
                why[name] = f"it is for {other}, and {decide[0] or 'the root'} is there"
    return why


def _families(candidates: Mapping[str, tuple[frozenset[str], str]]) -> list[list[str]]:
    """Candidates that share parts, directly or through others."""
    by_part: dict[str, list[str]] = defaultdict(list)
    for name, (parts, _) in candidates.items():
        for part in parts:
            by_part[part].append(name)
    found: list[list[str]] = []
    seen: set[str] = set()
    for start in sorted(candidates):
        if start in seen:
            continue
        family, stack = [], [start]
        while stack:
            name = stack.pop()
            if name in seen:
                continue
            seen.add(name)
            family.append(name)
            stack += [other for part in candidates[name][0] for other in by_part[part] if other not in seen]
        found.append(sorted(family))
    return found


def without_opt_in(units: list[Unit]) -> list[Unit]:
    """The units, with those that a person opts into not deciding, unless there are no others; nor a pipeline's own."""
    units = [
        replace(unit, default=False, why=f"it lies below {match[1]}/ and serves pipelines")
        if (match := _TOOLING.search(unit.path))
        else unit
        for unit in units
    ]
    chosen = {unit.path: match[1] for unit in units if unit.default and (match := _OPT_IN.search(unit.path))}
    if not any(unit.default and unit.path not in chosen for unit in units):
        return units
    return [
        replace(unit, default=False, why=f"it lies below {chosen[unit.path]}/, and is opted into")
        if unit.path in chosen
        else unit
        for unit in units
    ]
