"""A repository or a plain folder on disk, as a file index. Runs nothing: git's own files are read, not git."""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from gonogo.facts.repository import File, Repository, Role
from gonogo.facts.unread import Unread
from gonogo.model.target import Source
from gonogo.tools.errors import ToolError
from gonogo.tools.git import GitState, escaped, read_git, read_regular
from gonogo.tools.installed import installed_files
from gonogo.tools.roles import role_of, sample_projects

TEXT_LIMIT = 5 * 1024 * 1024
"""Bytes beyond which a file is not read as text."""
FILE_LIMIT = 200_000
_BINARY = frozenset(
    """
    png jpg jpeg gif ico webp bmp tiff pdf zip gz tgz bz2 xz 7z rar jar war class so dylib dll exe bin o a pyc woff
    woff2 ttf otf eot mp3 mp4 avi mov webm wav ogg flac parquet avro npy npz pkl pt pth onnx h5 db sqlite sqlite3 wasm
    psd ai docx xlsx pptx
    """.split()
)
_STRUCTURED = frozenset(
    "yaml yml json tf tfvars hcl toml xml properties ini conf cfg sh sql dockerfile env "
    "py js mjs cjs jsx ts mts cts tsx go java kt rb php cs rs scala".split()
)
"""Suffixes of files that decide by their syntax: one of them that holds binary data is told, not passed over. A NUL in
a comment is enough to hide a script, which runs all the same."""
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
    renamed: dict[str, str] = {}
    skip = tuple(path.strip("/") for path in left_out)
    for root in roots:
        git = read_git(root.path)
        found, missed = _index(root, git, skip, renamed)
        files += found
        unread += missed
        sources.append(_source(root, git))
    places = {root.prefix: root.path for root in roots}
    return Repository(
        files=tuple(files),
        sources=tuple(sources),
        unread=tuple(sorted(unread)),
        read=lambda path: _read(places, renamed, path),
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


def _index(
    root: _Root, git: GitState | None, skip: tuple[str, ...], renamed: dict[str, str]
) -> tuple[list[File], list[Unread]]:
    """Lists regular files: git's index where there is one (and untracked files that are not ignored), else the tree.

    ``renamed`` gets what a file is called on disk where that is not the name in the report.
    """
    files: dict[str, File] = {}
    unread: list[Unread] = []
    for entry in _walk(root.path, git):
        shown = escaped(entry.local)
        if any(shown == path or shown.startswith(path + "/") for path in skip):
            continue
        path = root.prefix + shown
        role = role_of(shown)
        deciding = role in (Role.PRODUCT, Role.DOCUMENT)
        problem = entry.problem or ("another file has the same name in print" if path in files else "")
        if problem:
            unread += [Unread(path, problem)] if deciding else []
            continue
        if len(files) >= FILE_LIMIT:
            raise ToolError(f"more than {FILE_LIMIT:,} files: name a folder below, or leave paths out.")
        if entry.real != shown:
            renamed[path] = entry.real
        suffix = shown.rpartition(".")[2].lower()
        binary = suffix in _BINARY
        if not binary and deciding:
            reason = _unreadable(root.path, entry, structured=suffix in _STRUCTURED)
            binary = bool(reason)
            if reason:
                unread.append(Unread(path, reason))
        tracked = git is None or git.tracks(entry.local)
        files[path] = File(path, shown, entry.size, role, tracked, binary or entry.size > TEXT_LIMIT)
    for sample in sample_projects(file.local for file in files.values() if file.role is Role.TEST):
        for path, file in files.items():
            if file.local.startswith(sample + "/"):
                files[path] = replace(file, role=Role.VENDORED)
    return _without_installed(root, files, unread)


def _without_installed(root: _Root, files: dict[str, File], unread: list[Unread]) -> tuple[list[File], list[Unread]]:
    """Makes vendored what pip installed into the repository."""
    by_local = {file.local: file for file in files.values() if file.decides}
    installed = installed_files(by_local, lambda local: read_regular(f"{root.path}/{local}", TEXT_LIMIT))
    for local in installed:
        file = by_local[local]
        files[file.path] = replace(file, role=Role.VENDORED)
    gone = {root.prefix + local for local in installed}
    return list(files.values()), [item for item in unread if item.path not in gone]


def _unreadable(top: Path, entry: _Entry, *, structured: bool) -> str:
    """Why a file that can decide can't be read as text; empty where it can."""
    if entry.size > TEXT_LIMIT:
        return f"it has {entry.size:,} bytes, more than {TEXT_LIMIT:,}"
    if entry.size and not os.access(f"{top}/{entry.real}", os.R_OK):
        return "this user may not read it"
    if structured and entry.size and b"\0" in _decoded(read_regular(f"{top}/{entry.real}", 8192)):
        return "it holds binary data"
    return ""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A regular file, or a link to one within the root. ``real`` is where its bytes are, relative to the root."""

    local: str
    real: str
    size: int
    problem: str = ""


def _walk(top: Path, git: GitState | None) -> Iterator[_Entry]:
    """All files without following a link to a folder; what git ignores is passed over."""
    root = os.fspath(top)
    stack = [("", root)]
    while stack:
        prefix, folder = stack.pop()
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name, reverse=True)
        except OSError as error:
            yield _Entry(prefix.rstrip("/") or ".", "", 0, error.strerror or "it can't be listed")
            continue
        for entry in entries:
            local = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                if entry.name in _SKIPPED_FOLDERS and not (git and git.holds(local)):
                    continue
                if not (git and git.ignores(local + "/")):
                    stack.append((local + "/", entry.path))
            elif not (git and git.ignores(local)):
                yield from _leaf(root, local, entry)


def _leaf(root: str, local: str, entry: os.DirEntry[str]) -> Iterator[_Entry]:
    try:
        status = entry.stat(follow_symlinks=False)
        if stat.S_ISREG(status.st_mode):
            yield _Entry(local, local, status.st_size)
        elif stat.S_ISLNK(status.st_mode):
            yield from _linked(root, local, entry.path)
    except OSError as error:
        yield _Entry(local, "", 0, error.strerror or "it can't be read")


def _linked(root: str, local: str, path: str) -> Iterator[_Entry]:
    """A link counts as the file that it leads to, if that is a regular one of the same root."""
    real = os.path.realpath(path)
    if not real.startswith(root.rstrip("/") + "/"):
        yield _Entry(local, "", 0, "it is a link that leads out of the target")
        return
    try:
        status = os.lstat(real)
    except OSError:
        yield _Entry(local, "", 0, "it is a link that leads nowhere")
        return
    if stat.S_ISREG(status.st_mode):
        yield _Entry(local, os.path.relpath(real, root), status.st_size)


def _source(root: _Root, git: GitState | None) -> Source:
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


def _read(places: dict[str, Path], renamed: dict[str, str], path: str) -> bytes:
    """The bytes of a file as UTF-8; nothing for a binary one, or for one that went away."""
    for prefix, folder in places.items():
        if path.startswith(prefix):
            data = _decoded(read_regular(f"{folder}/{renamed.get(path, path[len(prefix) :])}", TEXT_LIMIT))
            return b"" if b"\0" in data[:8192] else data
    return b""


def _decoded(data: bytes) -> bytes:
    """UTF-16 with its mark, as Windows tools write it, becomes UTF-8; a mark of UTF-8 goes."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode("utf-8", "replace")
    return data.removeprefix(codecs.BOM_UTF8)
