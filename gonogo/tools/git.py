"""What git knows of a folder, read from its files with dulwich: no git process, so no hook, filter or fsmonitor runs."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from dulwich.errors import NotGitRepository
from dulwich.ignore import IgnoreFilterManager
from dulwich.index import IndexEntry
from dulwich.objects import Blob
from dulwich.refs import HEADREF
from dulwich.repo import Repo

from gonogo.tools.errors import ToolError


@dataclass(frozen=True)
class GitState:
    """The state of a work tree. ``tracked`` are paths relative to the audited folder."""

    commit: str | None
    branch: str | None
    dirty: bool | None
    tracked: frozenset[str]
    notes: tuple[str, ...]
    _ignore: IgnoreFilterManager | None = field(default=None, repr=False)
    _prefix: str = ""
    _folders: frozenset[str] = frozenset()

    def ignores(self, local: str) -> bool:
        """Says whether git leaves this untracked path out; a folder's ends in a slash."""
        if local.rstrip("/") in self.tracked or self.holds(local.rstrip("/")) or self._ignore is None:
            return False
        return bool(self._ignore.is_ignored(self._prefix + local))

    def holds(self, folder: str) -> bool:
        """Says whether a tracked file lies below the folder."""
        return folder in self._folders


def read_git(folder: Path) -> GitState | None:
    """The git state of a folder; None for a plain one. Raises ToolError for a broken or bare repository."""
    try:
        repo = Repo.discover(os.fspath(folder))
    except NotGitRepository:
        return None
    try:
        return _state(repo, folder)
    except (OSError, ValueError, KeyError, AssertionError) as error:
        raise ToolError(
            f"{folder.name}: git's index can't be read ({error}): check it with git fsck, or audit an export of it."
        ) from error
    finally:
        repo.close()


def _state(repo: Repo, folder: Path) -> GitState | None:
    if not repo.has_index():
        return None
    top = Path(repo.path).resolve()
    prefix = "" if top == folder else folder.relative_to(top).as_posix() + "/"
    entries = {
        os.fsdecode(name): entry for name, entry in repo.open_index().items() if isinstance(entry, IndexEntry)
    }
    below = {name[len(prefix) :]: entry for name, entry in entries.items() if name.startswith(prefix)}
    if prefix and not below:
        return None
    head = repo.refs.read_ref(HEADREF) or b""
    on_branch = head.startswith(b"ref: refs/heads/")
    branch = head.removeprefix(b"ref: refs/heads/").decode("utf-8", "replace") if on_branch else None
    try:
        commit: str | None = repo.head().decode()
    except KeyError:
        commit = None
    notes = []
    if repo.get_shallow():
        notes.append("shallow clone: history was not read")
    modules = [name for name, entry in below.items() if stat.S_ISLNK(entry.mode) is False and entry.mode == 0o160000]
    if modules:
        notes.append("submodules not read unless checked out: " + ", ".join(sorted(modules)[:5]))
    tracked = frozenset(below)
    folders = {"/".join(parts[:i]) for name in below for parts in [name.split("/")] for i in range(1, len(parts))}
    return GitState(
        commit=commit,
        branch=branch,
        dirty=any(_differs(folder / name, entry) for name, entry in below.items()),
        tracked=tracked,
        notes=tuple(notes),
        _ignore=IgnoreFilterManager.from_repo(repo),
        _prefix=prefix,
        _folders=frozenset(folders),
    )


def _differs(path: Path, entry: IndexEntry) -> bool:
    """Compares size and time first, then content. A repository with clean filters may read as dirty."""
    if entry.mode == 0o160000:
        return False
    try:
        status = path.lstat()
    except OSError:
        return True
    if stat.S_ISLNK(status.st_mode):
        return Blob.from_string(os.fsencode(path.readlink())).id != entry.sha
    seconds = entry.mtime[0] if isinstance(entry.mtime, tuple) else int(entry.mtime)
    if status.st_size == entry.size and int(status.st_mtime) == seconds:
        return False
    return status.st_size > 50_000_000 or Blob.from_string(path.read_bytes()).id != entry.sha
