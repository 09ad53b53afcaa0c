"""What git knows of a folder, read from git's own files: no git process runs, and no configuration is read.

So hooks, filters, fsmonitor, includes and aliases that the target brings are never even looked at. Global ignore files
of the machine are not read either: they would make the answer depend on who asks.
"""

from __future__ import annotations

import os
import re
import stat
import struct
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from dulwich.errors import ChecksumMismatch
from dulwich.ignore import IgnoreFilter, read_ignore_patterns
from dulwich.index import IndexEntry, UnsupportedIndexFormat, read_index_dict
from dulwich.objects import Blob

from gonogo.tools.errors import ToolError

INDEX_LIMIT = 256 * 1024 * 1024
IGNORE_LIMIT = 1024 * 1024
COMPARE_LIMIT = 64 * 1024 * 1024
"""Bytes that are hashed at most to tell whether the work tree is dirty; beyond them it stays untold."""
MOST_STARS = 6
"""Wildcards of an ignore pattern beyond which it is passed over: matching would take exponential time."""
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_GITLINK = 0o160000


@dataclass(frozen=True)
class GitState:
    """The state of a work tree. ``tracked`` are paths relative to the audited folder; None for a broken index."""

    commit: str | None
    branch: str | None
    dirty: bool | None
    tracked: frozenset[str] | None
    notes: tuple[str, ...]
    _ignored: _Ignored | None = field(default=None, repr=False)
    _folders: frozenset[str] = frozenset()
    _submodules: frozenset[str] = frozenset()

    def ignores(self, local: str) -> bool:
        """Says whether git leaves this untracked path out; a folder's ends in a slash."""
        name = local.rstrip("/")
        if self.tracked is None or self._ignored is None or name in self.tracked or self.holds(name):
            return False
        return self._ignored.matches(name, is_folder=local.endswith("/"))

    def holds(self, folder: str) -> bool:
        """Says whether a tracked file lies below the folder."""
        return folder in self._folders

    def tracks(self, local: str) -> bool:
        """Says whether a file is under version control, here or in a submodule that is checked out."""
        if self.tracked is None or local in self.tracked:
            return True
        return bool(self._submodules) and any(local.startswith(path + "/") for path in self._submodules)

    def has_module(self, folder: str) -> bool:
        """Says whether a folder is that of a submodule, or lies in one."""
        return any(folder == path or folder.startswith(path + "/") for path in self._submodules)


class _Ignored:
    """The ignore files of a work tree, read one folder at a time, and only as regular files of a sane size."""

    def __init__(self, top: str, prefix: str, exclude: str) -> None:
        self._top, self._prefix = top, prefix
        self._kept: dict[str, IgnoreFilter | None] = {}
        self._exclude = _filter_of(exclude)

    def matches(self, local: str, *, is_folder: bool) -> bool:
        """The deepest file that says anything decides; in it, the last pattern. Folders above were asked before."""
        path = self._prefix + local
        parts = path.split("/")
        for depth in range(len(parts) - 1, -1, -1):
            found = self._of("/".join(parts[:depth]))
            if found is not None and (answer := _last(found, "/".join(parts[depth:]), is_folder)) is not None:
                return answer
        return self._exclude is not None and bool(_last(self._exclude, path, is_folder))

    def _of(self, folder: str) -> IgnoreFilter | None:
        if folder not in self._kept:
            self._kept[folder] = _filter_of(f"{self._top}/{folder}/.gitignore")
        return self._kept[folder]


def _filter_of(path: str) -> IgnoreFilter | None:
    data = read_regular(path, IGNORE_LIMIT)
    if not data:
        return None
    return IgnoreFilter([p for p in read_ignore_patterns(BytesIO(data)) if p.count(b"*") <= MOST_STARS])


def _last(found: IgnoreFilter, name: str, is_folder: bool) -> bool | None:
    raw = os.fsencode(name)
    return next((p.is_exclude for p in reversed(found.patterns) if p.matches(raw, is_folder)), None)


def read_git(folder: Path) -> GitState | None:
    """The git state of a folder; None for a plain one. Raises ToolError for a bare repository."""
    if _is_bare(folder):
        raise ToolError(f"{folder.name} is a bare repository, without files: give a clone that has them checked out.")
    for top in (folder, *folder.parents):
        if gitdir := _gitdir(top):
            prefix = "" if top == folder else folder.relative_to(top).as_posix() + "/"
            return _state(top, prefix, gitdir)
    return None


def _is_bare(folder: Path) -> bool:
    if (folder / ".git").exists() or not (folder / "HEAD").is_file():
        return False
    return (folder / "objects").is_dir() and (folder / "refs").is_dir()


def _gitdir(top: Path) -> Path | None:
    """The git directory of a work tree: ``.git``, or where a ``.git`` file points (worktrees, submodules)."""
    path = top / ".git"
    if not path.is_dir():
        text = _text(path)
        if not text.startswith("gitdir:"):
            return None
        path = top / text.removeprefix("gitdir:").strip()
    return path if (path / "HEAD").is_file() else None


def _state(top: Path, prefix: str, gitdir: Path) -> GitState | None:
    shared = _text(gitdir / "commondir").strip()
    common = gitdir / shared if shared else gitdir
    branch, commit = _head(gitdir, common)
    notes: list[str] = []
    if _text(common / "shallow"):
        notes.append("shallow clone: history was not read")
    try:
        entries = _entries(gitdir / "index")
    except (ValueError, AssertionError, struct.error, EOFError, IndexError, KeyError, ChecksumMismatch) as error:
        notes.append(f"git's index can't be read ({type(error).__name__}): every file counts as tracked")
        return GitState(commit, branch, None, None, tuple(notes))
    below = {name[len(prefix) :]: entry for name, entry in entries.items() if name.startswith(prefix)}
    if prefix and not below:
        return None
    modules = frozenset(name for name, entry in below.items() if entry.mode == _GITLINK)
    if modules:
        notes.append("submodules not read unless checked out: " + ", ".join(sorted(map(escaped, modules))[:5]))
    return GitState(
        commit=commit,
        branch=branch,
        dirty=_is_dirty(f"{top}/{prefix}", below),
        tracked=frozenset(below),
        notes=tuple(notes),
        _ignored=_Ignored(os.fspath(top), prefix, os.fspath(common / "info/exclude")),
        _folders=_folders_of(below),
        _submodules=modules,
    )


def _head(gitdir: Path, common: Path) -> tuple[str | None, str | None]:
    """Branch and commit; None where HEAD is detached, unborn, or kept in a way that is not read."""
    head = _text(gitdir / "HEAD").strip()
    if not head.startswith("ref:"):
        return None, _commit(head)
    ref = head.removeprefix("ref:").strip()
    branch = escaped(ref.removeprefix("refs/heads/")) if ref.startswith("refs/heads/") else None
    if ".." in ref or ref.startswith("/"):
        return None, None
    if commit := _commit(_text(common / ref).strip()):
        return branch, commit
    lines = _text(common / "packed-refs").splitlines()
    packed = next((line for line in lines if line.endswith(" " + ref)), "")
    return branch, _commit(packed.partition(" ")[0])


def _commit(text: str) -> str | None:
    return text if _COMMIT.fullmatch(text) else None


def _entries(path: Path) -> dict[str, IndexEntry]:
    """The index by path. A fresh repository has none; a conflicted entry counts by its own side."""
    data = read_regular(path, INDEX_LIMIT)
    if not data:
        return {}
    try:
        read = read_index_dict(BytesIO(data))
    except UnsupportedIndexFormat as error:
        raise ValueError(str(error)) from error
    found: dict[str, IndexEntry] = {}
    for name, entry in read.items():
        side = entry if isinstance(entry, IndexEntry) else entry.this or entry.other or entry.ancestor
        if side is not None:
            found[os.fsdecode(name)] = side
    return found


def _folders_of(names: dict[str, IndexEntry]) -> frozenset[str]:
    found: set[str] = set()
    for name in names:
        folder = name.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return frozenset(found)


def _is_dirty(top: str, entries: dict[str, IndexEntry]) -> bool | None:
    """Compares size and time first, then content. A repository with clean filters may read as dirty."""
    left = COMPARE_LIMIT
    for name, entry in entries.items():
        if entry.mode == _GITLINK:
            continue
        path = top + name
        try:
            status = os.lstat(path)
        except OSError:
            return True
        if stat.S_IFMT(status.st_mode) != stat.S_IFMT(entry.mode):
            return True
        if stat.S_ISLNK(status.st_mode):
            if Blob.from_string(os.fsencode(Path(path).readlink())).id != entry.sha:
                return True
            continue
        if status.st_size == entry.size and _same_time(status, entry):
            continue
        if status.st_size != entry.size and entry.size:
            return True
        left -= status.st_size
        if left < 0:
            return None
        if Blob.from_string(read_regular(path, COMPARE_LIMIT)).id != entry.sha:
            return True
    return False


def _same_time(status: os.stat_result, entry: IndexEntry) -> bool:
    """Some gits keep whole seconds only: then a file is the same if its second is."""
    seconds, nanos = entry.mtime if isinstance(entry.mtime, tuple) else (int(entry.mtime), 0)
    return divmod(status.st_mtime_ns, 10**9) == (seconds, nanos) if nanos else int(status.st_mtime) == seconds


def _text(path: Path) -> str:
    return read_regular(path, IGNORE_LIMIT * 16).decode("utf-8", "replace")


def read_regular(path: str | Path, limit: int) -> bytes:
    """The bytes of a regular file, ``limit`` at most; nothing for a link, a pipe, a device or what is not there."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return b""
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return b""
        try:
            return file.read(limit)
        except OSError:
            return b""


def escaped(name: str) -> str:
    """A name in which every character shows: what is no printable UTF-8 stands as an escape."""
    if name.isprintable():
        return name
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
