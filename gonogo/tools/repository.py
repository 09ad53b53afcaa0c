"""A repository or a plain folder on disk, as a file index. Runs nothing: git's own files are read, not git."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gonogo.facts.repository import File, Repository
from gonogo.facts.unread import Unread
from gonogo.model.target import Source
from gonogo.tools.errors import ToolError
from gonogo.tools.git import GitState, read_git
from gonogo.tools.roles import role_of

TEXT_LIMIT = 5 * 1024 * 1024
"""Bytes beyond which a file is not read as text."""
FILE_LIMIT = 200_000
_BINARY = frozenset(
    "png jpg jpeg gif ico webp bmp tiff pdf zip gz tgz bz2 xz 7z rar jar war class so dylib dll exe bin o a pyc woff woff2 "
    "ttf otf eot mp3 mp4 avi mov webm wav ogg flac parquet avro npy npz pkl pt pth onnx h5 db sqlite sqlite3 wasm psd ai "
    "docx xlsx pptx".split()
)
_SKIPPED_FOLDERS = frozenset({".git", ".hg", ".svn", "node_modules", ".venv", "__pycache__", ".terraform", ".tox"})


@dataclass(frozen=True)
class _Root:
    path: Path
    prefix: str


def open_repository(paths: Iterable[Path], *, left_out: Iterable[str] = ()) -> Repository:
    """Indexes one or more folders as one target; with several, each file's path begins with its folder's name.

    ``left_out`` are local paths or folders that the operator leaves out. Raises ToolError for a path that is
    missing, not a folder, or not readable.
    """
    folders = [_checked(path) for path in paths]
    roots = [_Root(folder, "" if len(folders) == 1 else name + "/") for folder, name in _named(folders)]
    files: list[File] = []
    unread: list[Unread] = []
    sources: list[Source] = []
    skip = tuple(path.strip("/") for path in left_out)
    for root in roots:
        git = read_git(root.path)
        found, missed = _index(root, git, skip)
        files += found
        unread += missed
        sources.append(_source(root, git, found))
    if len(files) > FILE_LIMIT:
        raise ToolError(f"{len(files)} files are more than {FILE_LIMIT}: name a folder below, or leave paths out.")
    places = {root.prefix: root.path for root in roots}
    return Repository(
        files=tuple(sorted(files, key=lambda file: file.path)),
        sources=tuple(sources),
        unread=tuple(sorted(unread)),
        read=lambda path: _read(places, path),
    )


def _checked(path: Path) -> Path:
    if not path.exists():
        raise ToolError(f"{path} does not exist: give the folder of a repository.")
    if not path.is_dir():
        raise ToolError(f"{path} is not a folder: give the folder of a repository.")
    if not os.access(path, os.R_OK | os.X_OK):
        raise ToolError(f"{path} can't be read: give this user read access to it.")
    return path.resolve()


def _named(folders: list[Path]) -> list[tuple[Path, str]]:
    names: list[tuple[Path, str]] = []
    for folder in folders:
        name = folder.name or "root"
        taken = {used for _, used in names}
        number = 2
        while name in taken:
            name = f"{folder.name}-{number}"
            number += 1
        names.append((folder, name))
    return names


def _index(root: _Root, git: GitState | None, skip: tuple[str, ...]) -> tuple[list[File], list[Unread]]:
    """Lists regular files: git's index where there is one (and untracked files that are not ignored), else the tree."""
    files: list[File] = []
    unread: list[Unread] = []
    tracked = git.tracked if git else frozenset()
    for local, size, problem in _walk(root.path, git):
        if any(local == path or local.startswith(path + "/") for path in skip):
            continue
        path = root.prefix + local
        role = role_of(local)
        if problem:
            unread.append(Unread(path, problem))
            continue
        binary = local.rpartition(".")[2].lower() in _BINARY
        file = File(path, local, size, role, not git or local in tracked, binary)
        if not binary and size > TEXT_LIMIT:
            file = File(path, local, size, role, file.tracked, binary=True)
            if file.decides:
                unread.append(Unread(path, f"it has {size:,} bytes, more than {TEXT_LIMIT:,}"))
        files.append(file)
    return files, unread


def _walk(top: Path, git: GitState | None) -> Iterable[tuple[str, int, str]]:
    """Yields (local path, size, problem) without following a link; what git ignores is passed over."""
    stack = [("", os.fspath(top))]
    while stack:
        prefix, folder = stack.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name, reverse=True)
        except OSError as error:
            yield prefix.rstrip("/"), 0, error.strerror or "it can't be listed"
            continue
        for entry in entries:
            local = prefix + entry.name
            name = os.fsencode(local).decode("utf-8", "backslashreplace").replace("\n", "\\n").replace("\r", "\\r")
            if entry.is_dir(follow_symlinks=False):
                if entry.name in _SKIPPED_FOLDERS and not (git and git.holds(local)):
                    continue
                if not (git and git.ignores(local + "/")):
                    stack.append((local + "/", entry.path))
                continue
            if git and git.ignores(local):
                continue
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError as error:
                yield name, 0, error.strerror or "it can't be read"
                continue
            if stat.S_ISREG(status.st_mode) and name == local:
                yield local, status.st_size, ""
            elif stat.S_ISREG(status.st_mode):
                yield name, 0, "its name is not printable UTF-8"


def _source(root: _Root, git: GitState | None, files: list[File]) -> Source:
    if git is None:
        return Source(kind="folder", name=root.path.name or "root", notes=("not under version control",))
    return Source(
        kind="git repository",
        name=root.path.name or "root",
        commit=git.commit,
        branch=git.branch,
        dirty=git.dirty,
        notes=git.notes,
    )


def _read(places: dict[str, Path], path: str) -> bytes:
    for prefix, folder in places.items():
        if path.startswith(prefix):
            return _read_bounded(folder / path[len(prefix) :])
    return b""


def _read_bounded(path: Path) -> bytes:
    """Reads a regular file without following a link at its end. A file that went away reads as empty."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return b""
    with os.fdopen(handle, "rb") as file:
        data = file.read(TEXT_LIMIT + 1)
    return b"" if b"\0" in data[:8192] else data
