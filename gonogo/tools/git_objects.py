"""Files as a commit has them, read from git's own objects: what a change says of itself is not asked.

No git process runs. A clone that lacks the commit says so: it is never taken for one without the file.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dulwich.errors import NotGitRepository
from dulwich.objects import Blob, Commit, ObjectID, Tag, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo

from gonogo.tools.errors import ToolError
from gonogo.tools.work_tree import top_of

REMOTE_DEFAULT = "refs/remotes/origin/HEAD"
LOCAL_DEFAULTS = ("refs/heads/main", "refs/heads/master")
MOST_TAGS = 8
"""Tags of tags that are followed."""
_PREFIXES = ("refs/heads/", "refs/tags/", "refs/remotes/", "refs/remotes/origin/", "refs/")


@dataclass(frozen=True)
class BaseCommit:
    """A commit of a repository. ``top`` is the folder of its work tree."""

    commit: str
    top: Path
    _repository: Repo
    _tree: bytes

    def read(self, path: str, limit: int) -> bytes | None:
        """The bytes of a file, its path relative to the top; None where the commit has none.

        Raises ToolError for what is no regular file, or lies behind a link or in a submodule (what is there is not
        known), is larger than ``limit`` bytes or not in this clone.
        """
        found: Tree | Blob | None = self._object(self._tree)
        parts = [part for part in path.split("/") if part not in ("", ".")]
        mode = stat.S_IFDIR
        for part in parts:
            if isinstance(found, Blob):
                return None
            if found is None:
                break
            if os.fsencode(part) not in found:
                return None
            mode, digest = found[os.fsencode(part)]
            found = self._object(digest) if stat.S_ISREG(mode) or stat.S_ISDIR(mode) else None
        if not isinstance(found, Blob) or not stat.S_ISREG(mode):
            raise ToolError(f"{path} is no regular file at commit {self.commit[:12]}: put a file there, not a link.")
        data = found.as_raw_string()
        if len(data) > limit:
            raise ToolError(f"{path} is larger than {limit} bytes at commit {self.commit[:12]}.")
        return data

    def _object(self, digest: bytes) -> Tree | Blob:
        try:
            found = self._repository.object_store[ObjectID(digest)]
        except KeyError as error:
            raise ToolError(_lacking(self.commit)) from error
        if not isinstance(found, Tree | Blob):
            raise ToolError(f"commit {self.commit[:12]} names an object of an unknown kind: the clone is broken.")
        return found


def open_commit(folder: Path, reference: str) -> BaseCommit:
    """A commit by its hash (whole), or by the name of a branch, a tag or a remote branch. Raises ToolError."""
    top, repository = _opened(folder)
    commit = _resolve(repository, reference)
    return BaseCommit(commit.id.decode(), top, repository, commit.tree)


def default_branch(folder: Path) -> str | None:
    """The branch that changes go into, as a whole reference: the default one of ``origin``; in a repository that has
    never heard of a remote, its own ``main`` or ``master``. None where nothing says. Raises ToolError.

    A clone's own branches say nothing: a pipeline may have made one of them from the change.
    """
    references = {os.fsdecode(name) for name in _opened(folder)[1].refs.allkeys()}
    if REMOTE_DEFAULT in references:
        return REMOTE_DEFAULT
    if any(name.startswith("refs/remotes/") for name in references):
        return None
    return next((name for name in LOCAL_DEFAULTS if name in references), None)


def _opened(folder: Path) -> tuple[Path, Repo]:
    top = top_of(folder)
    if top is None:
        raise ToolError(f"{folder} lies in no git repository: there is no commit to compare with.")
    try:
        return top, Repo(str(top))
    except (NotGitRepository, OSError, ValueError) as error:
        raise ToolError(f"{folder}: its git repository can't be read ({type(error).__name__}).") from error


def _resolve(repository: Repo, reference: str) -> Commit:
    """The commit of a name. One that means several commits (a tag beside a branch, say) means none: who can make a tag
    can't choose what a change is judged by."""
    name = os.fsencode(reference)
    if len(name) in (40, 64) and all(digit in b"0123456789abcdef" for digit in name):
        return _commit(repository, name, reference)
    found = {ref: _commit(repository, digest, reference) for ref, digest in _meant(repository, name)}
    if not found:
        raise ToolError(f"there is no commit, branch or tag {reference} in this clone: fetch it, or name another.")
    if len({commit.id for commit in found.values()}) > 1:
        raise ToolError(f"{reference} means several commits: write which one, {' or '.join(found)}.")
    return next(iter(found.values()))


def _meant(repository: Repo, name: bytes) -> Iterator[tuple[str, bytes]]:
    """The references that a name may mean, whole, with what they point to."""
    is_whole = name.startswith(b"refs/") or name == b"HEAD"
    for prefix in ("",) if is_whole else _PREFIXES:
        whole = prefix.encode() + name
        try:
            yield os.fsdecode(whole), repository.refs[Ref(whole)]
        except (KeyError, ValueError):
            continue


def _commit(repository: Repo, digest: bytes, reference: str) -> Commit:
    for _ in range(MOST_TAGS):
        try:
            found = repository.object_store[ObjectID(digest)]
        except KeyError as error:
            raise ToolError(_lacking(reference)) from error
        if isinstance(found, Commit):
            return found
        if not isinstance(found, Tag):
            break
        digest = found.object[1]
    raise ToolError(f"{reference} names no commit: give a commit, a branch or a tag.")


def _lacking(reference: str) -> str:
    return f"{reference} is not in this clone: fetch the whole history (fetch-depth: 0), or that commit."
