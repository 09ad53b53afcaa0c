"""Which folders a client may have audited: those of the operator and what lies below them, nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

LONGEST_PATH = 1_024
SHOWN = 80
_MACHINE_PATH = re.compile(r"(?<![\w:/.~-])~?/(?:[^\s/:'\"]+/)+")


class RefusedError(Exception):
    """Something that a client may not have, or that is not there. The message says what may be asked instead."""


class NoRootError(Exception):
    """A folder of the operator's that can't serve. The message says which."""


def check_roots(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The operator's folders, with their links resolved. Raises NoRootError for one that is none."""
    roots = []
    for path in paths:
        root = path.resolve()
        if not root.is_dir():
            raise NoRootError(f"{path}: is not a folder: give folders whose services may be audited.")
        if root == Path(root.anchor):
            raise NoRootError(f"{path}: is the whole machine: give the folders whose services may be audited.")
        roots.append(root)
    return tuple(dict.fromkeys(roots))


def names_of(roots: Iterable[Path]) -> str:
    """What a client is told of the folders: their last parts."""
    return ", ".join(root.name for root in roots)


def find_folder(asked: str, roots: tuple[Path, ...]) -> Path:
    """The folder that a client names: absolute, the name of one of the operator's folders, or relative to one.

    Links are followed first, so that none leads out. Raises RefusedError, with the same words for what is elsewhere and
    for what is not there: a client learns nothing of the machine.
    """
    if not asked.strip():
        if len(roots) == 1:
            return roots[0]
        raise RefusedError(f"say which of these folders to audit: {names_of(roots)}.")
    if len(asked) <= LONGEST_PATH and "\0" not in asked:
        for candidate in _candidates(Path(asked.strip()), roots):
            found = _resolved(candidate)
            if found is not None and any(found.is_relative_to(root) for root in roots):
                return found
    raise RefusedError(
        f"{shown(asked)} is no folder that this server may audit: give one of {names_of(roots)}, or a folder below it."
    )


def are_below(paths: Iterable[object], roots: tuple[Path, ...]) -> bool:
    """Whether every one of these absolute paths is at or below a root; not so of none at all."""
    found = [Path(str(path)) for path in paths]
    return bool(found) and all(any(path.is_relative_to(root) for root in roots) for path in found)


def without_paths(text: str) -> str:
    """A message without the folders of this machine: of a path its last part stays."""
    return _MACHINE_PATH.sub("", text)


def shown(text: str) -> str:
    """What a client said, short and with what can't be printed made visible."""
    return repr(text if len(text) <= SHOWN else text[:SHOWN] + "…")


def _candidates(path: Path, roots: tuple[Path, ...]) -> list[Path]:
    if path.is_absolute():
        return [path]
    named = [root.joinpath(*path.parts[1:]) for root in roots if path.parts and path.parts[0] == root.name]
    return [*named, *(root / path for root in roots)]


def _resolved(path: Path) -> Path | None:
    try:
        found = path.resolve(strict=True)
        return found if found.is_dir() else None
    except (OSError, RuntimeError, ValueError):  # not there, no access, a circle of links, no name
        return None
