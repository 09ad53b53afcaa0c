"""Files as a commit has them, read from git's own objects: what a change says of itself is not asked.

No git process runs. A clone that lacks the commit says so: it is never taken for one without the file.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path

from dulwich.errors import NotGitRepository
from dulwich.objects import Blob, Commit, ObjectID, Tag, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo

from gonogo.tools.errors import ToolError

MOST_TAGS = 8
"""Tags of tags that are followed."""
_PREFIXES = ("", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/", "refs/remotes/origin/")


@dataclass(frozen=True)
class BaseCommit:
    """A commit of a repository. ``top`` is the folder of its work tree."""

    commit: str
    top: Path
    _repository: Repo
    _tree: bytes

    def read(self, path: str, limit: int) -> bytes | None:
        """The bytes of a file, its path relative to the top; None where the commit has none.

        Raises ToolError for what is no regular file, larger than ``limit`` bytes or not in this clone.
        """
        found: Tree | Blob | None = self._object(self._tree)
        parts = [part for part in path.split("/") if part not in ("", ".")]
        mode = stat.S_IFDIR
        for part in parts:
            if not isinstance(found, Tree) or part.encode() not in found:
                return None
            mode, digest = found[part.encode()]
            found = self._object(digest) if stat.S_ISREG(mode) or stat.S_ISDIR(mode) else None
        if not isinstance(found, Blob) or not stat.S_ISREG(mode):
            raise ToolError(f"{path} is no regular file at commit {self.commit[:12]}: put a file there.")
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
    top = top_of(folder)
    if top is None:
        raise ToolError(f"{folder} lies in no git repository: there is no commit to compare with.")
    try:
        repository = Repo(str(top))
    except (NotGitRepository, OSError, ValueError) as error:
        raise ToolError(f"{folder}: its git repository can't be read ({type(error).__name__}).") from error
    digest = _resolve(repository, reference)
    if digest is None:
        raise ToolError(f"there is no commit, branch or tag {reference} in this clone: fetch it, or name another.")
    commit = _commit(repository, digest, reference)
    return BaseCommit(commit.id.decode(), top, repository, commit.tree)


def top_of(folder: Path) -> Path | None:
    """The work tree that a folder lies in; None outside of any."""
    resolved = folder.resolve()
    return next((path for path in (resolved, *resolved.parents) if (path / ".git").exists()), None)


def _resolve(repository: Repo, reference: str) -> bytes | None:
    name = reference.encode("utf-8", "surrogateescape")
    if len(name) in (40, 64) and all(digit in b"0123456789abcdef" for digit in name):
        return name
    for prefix in _PREFIXES:
        try:
            return repository.refs[Ref(prefix.encode() + name)]
        except (KeyError, ValueError):
            continue
    return None


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
