"""Where things lie in a work tree, by the names that a commit has for them, never by where a link leads.

A link in the work tree is part of a change: followed, it would choose the file that the change is judged by.
"""

from __future__ import annotations

import os
from pathlib import Path

from gonogo.tools.errors import ToolError
from gonogo.tools.git import escaped, read_git

MOST_LINKS = 40
"""Links that are followed on the way to a work tree, as by the system."""


def top_of(folder: Path) -> Path | None:
    """The work tree that a folder lies in; None outside of any."""
    resolved = folder.resolve()
    return next((path for path in (resolved, *resolved.parents) if (path / ".git").exists()), None)


def check_place(folder: Path) -> None:
    """Raises ToolError for a folder that is reached through a link of a repository around it: who changes the link
    would choose what is audited."""
    given = _absolute(folder)
    for around in given.parents:
        if (around / ".git").exists() and (link := _first_link(around, given)):
            raise ToolError(
                f"{escaped(str(folder))}: {escaped(str(link))} is a link in the repository {escaped(str(around))}: "
                "give the folder that it leads to."
            )


def check_module(folder: Path) -> None:
    """Raises ToolError for a folder in a submodule: the change around it would choose the repository that says what
    counts."""
    top = top_of(folder)
    for around in top.parents if top else ():
        state = read_git(around) if (around / ".git").exists() else None
        if state is not None and top is not None and state.has_module(top.relative_to(around).as_posix()):
            raise ToolError(
                f"{escaped(str(folder))} lies in a submodule of {escaped(str(around))}, where a change chooses what "
                "its base would be: audit it in a clone of its own, or give --base none."
            )


def name_in(top: Path, path: Path) -> str | None:
    """What a commit calls a path that lies in the work tree ``top``, whether anything is there or not; None for one
    outside. Links on the way to the work tree are followed, those in it are not. Raises ToolError for a circle."""
    place = _absolute(path)
    for _ in range(MOST_LINKS):
        for folder in (place, *place.parents):
            if folder == top or _is_same(folder, top):
                return place.relative_to(folder).as_posix()
        link = next((folder for folder in (*reversed(place.parents), place) if folder.is_symlink()), None)
        if link is None:
            return None
        place = _absolute(link.parent / link.readlink() / place.relative_to(link))
    raise ToolError(f"{path}: its links lead in a circle: give another file.")


def link_in(top: Path, path: Path) -> str | None:
    """The first link on the way to a path of the work tree, or the path itself if it is one; None where there is none,
    or the path lies outside."""
    name = name_in(top, path)
    if name is None:
        return None
    link = _first_link(top, top / name)
    return link.relative_to(top).as_posix() if link else None


def _first_link(top: Path, path: Path) -> Path | None:
    below = path.relative_to(top).parts
    places = (top.joinpath(*below[: count + 1]) for count in range(len(below)))
    return next((place for place in places if place.is_symlink()), None)


def _absolute(path: Path) -> Path:
    """``..`` goes back in the name: what stands before it is not asked where it leads."""
    return Path(os.path.normpath(Path.cwd() / path))


def _is_same(folder: Path, top: Path) -> bool:
    try:
        return folder.samefile(top)
    except OSError:
        return False
