"""The files of a target: which there are, what part each plays, and what they say."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache
from posixpath import normpath
from threading import Lock

from gonogo.facts.live import documents_of
from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place, Searched
from gonogo.model.snapshot import EMPTY, Snapshot
from gonogo.model.target import Source

CACHE_BYTES = 96 * 1024 * 1024


class Role(StrEnum):
    """The part that a file plays. Only PRODUCT and DOCUMENT files can decide a criterion."""

    PRODUCT = "product"
    DOCUMENT = "document"
    TEST = "test"
    EXAMPLE = "example"
    ARCHIVE = "archive"
    VENDORED = "vendored"
    GENERATED = "generated"
    OBSERVED = "observed"
    """A document of what a live source showed: no file of the repository."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of the target. ``path`` is its name in the report; ``local`` is relative to its own root."""

    path: str
    local: str
    size: int
    role: Role
    tracked: bool
    binary: bool = False

    @property
    def name(self) -> str:
        return self.local.rpartition("/")[2]

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def root(self) -> str:
        """The prefix of its root: empty where the target has one repository, else ``name/``."""
        return self.path[: len(self.path) - len(self.local)]

    @property
    def decides(self) -> bool:
        return self.role in (Role.PRODUCT, Role.DOCUMENT)


class _Kept:
    """The texts that were read last, up to a number of characters. Safe to share between threads."""

    def __init__(self, most: int) -> None:
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._lock = Lock()
        self._most, self._size = most, 0

    def get(self, path: str) -> str | None:
        with self._lock:
            text = self._texts.get(path)
            if text is not None:
                self._texts.move_to_end(path)
            return text

    def put(self, path: str, text: str) -> None:
        with self._lock:
            self._size += len(text) - len(self._texts.pop(path, ""))
            self._texts[path] = text
            while self._size > self._most and self._texts:
                self._size -= len(self._texts.popitem(last=False)[1])


@dataclass(frozen=True)
class Repository:
    """All files of the target, sorted by path. ``read`` gives the bytes of a path, at most the tool's size limit.

    Matching and searching look at deciding files unless told otherwise; text is decoded as UTF-8 with replacement.
    What live sources showed is read like files (``observed``), and is none of ``files``.
    """

    files: tuple[File, ...] = ()
    sources: tuple[Source, ...] = ()
    unread: tuple[Unread, ...] = ()
    read: Callable[[str], bytes] = field(default=lambda path: b"", repr=False)
    snapshot: Snapshot = field(default=EMPTY, repr=False)
    _cache: _Kept = field(default_factory=lambda: _Kept(CACHE_BYTES), repr=False, compare=False)
    _matched: dict[tuple[tuple[str, ...], bool], tuple[File, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Whatever order files are found in, they are read in one: what is said must not depend on it."""
        object.__setattr__(self, "files", tuple(sorted(self.files, key=lambda file: file.path)))

    @cached_property
    def by_path(self) -> dict[str, File]:
        """Files and documents. A file of the repository never passes for what a live source showed."""
        return {file.path: file for file in (*self.files, *self.observed)}

    @cached_property
    def observed(self) -> tuple[File, ...]:
        """The documents of what live sources showed."""
        return tuple(
            File(path, path, len(text.encode()), Role.OBSERVED, tracked=False) for path, text in self._documents.items()
        )

    def is_observed(self, path: str) -> bool:
        """Whether that is a document of what a live source showed."""
        return path in self._documents

    @cached_property
    def _documents(self) -> dict[str, str]:
        return documents_of(self.snapshot)

    @cached_property
    def deciding(self) -> tuple[File, ...]:
        """The files that can decide a criterion."""
        return tuple(file for file in self.files if file.decides)

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder that holds a file, at any depth, and the root as an empty string."""
        found = {""}
        for file in self.files:
            parts = file.path.split("/")[:-1]
            found.update("/".join(parts[: i + 1]) for i in range(len(parts)))
        return frozenset(found)

    def file(self, path: str) -> File | None:
        """The file of that path, after ``.`` and ``..`` are resolved; None where there is none."""
        return self.by_path.get(normpath(path))

    def exists(self, path: str) -> bool:
        """Says whether a file or folder of that path is there, whatever its role."""
        clean = normpath(path)
        return clean in self.by_path or clean in self.folders or clean == "."

    def match(self, *globs: str, deciding: bool = True) -> tuple[File, ...]:
        """Files whose local path fits a glob. ``*`` crosses no folder, ``**/`` any number; no slash: any folder."""
        found = self._matched.get((globs, deciding))
        if found is None:
            pattern, ends = _glob_pattern(globs), _ends(globs)
            files = self.deciding if deciding else self.files
            found = tuple(f for f in files if f.local.endswith(ends) and pattern.match(f.local))
            self._matched[globs, deciding] = found
        return found

    def text(self, file: File | str) -> str:
        """The text of a file; empty for a binary, unreadable or unknown one."""
        path = file if isinstance(file, str) else file.path
        found = self.by_path.get(path)
        if found is None or found.binary:
            return ""
        if found.role is Role.OBSERVED:
            return self._documents[path]
        text = self._cache.get(path)
        if text is None:
            text = self.read(path).decode("utf-8", "replace")
            self._cache.put(path, text)
        return text

    def lines(self, file: File | str) -> list[str]:
        """The lines of a file without their ends; ``lines[n - 1]`` is line n."""
        return re.split(r"\r\n|\n|\r", self.text(file))

    def search(
        self,
        terms: Iterable[str],
        files: Iterable[File] | None = None,
        *,
        where: str = "deciding files",
        most: int = 50,
    ) -> Searched:
        """Looks for literal terms, whatever their case, as whole words; files in order, at most ``most`` hits.

        A term that ends in ``*`` matches the beginning of a word. Source: the text of ``files`` (all deciding ones).
        """
        wanted = tuple(terms)
        read = self.deciding if files is None else tuple(files)
        hits = list(self._hits(wanted, read, most))
        return Searched(wanted, where, len(read), tuple(hits))

    def grep(self, pattern: str | re.Pattern[str], files: Iterable[File], *, most: int = 200) -> tuple[Place, ...]:
        """Places where a regular expression matches a line of the given files."""
        regex = re.compile(pattern)
        found: list[Place] = []
        for file in files:
            for number, line in enumerate(self.lines(file), 1):
                if len(line) < 5_000 and regex.search(line):
                    found.append(Place(file.path, number))
                    if len(found) >= most:
                        return tuple(found)
        return tuple(found)

    def _hits(self, terms: tuple[str, ...], files: tuple[File, ...], most: int) -> Iterator[Place]:
        words = [term.lower() for term in terms]
        plain = [word.rstrip("*") for word in words]
        pattern = re.compile("|".join(_word_pattern(word) for word in words))
        count = 0
        for file in files:
            lower = self.text(file).lower()
            if not any(word in lower for word in plain):
                continue
            for number, line in enumerate(re.split(r"\r\n|\n|\r", lower), 1):
                if len(line) < 5_000 and pattern.search(line):
                    yield Place(file.path, number)
                    count += 1
                    if count >= most:
                        return


_PLAIN_END = re.compile(r"[^*?\[\]{}]*\Z")


@lru_cache(maxsize=4096)
def _word_pattern(word: str) -> str:
    open_end = word.endswith("*")
    body = re.escape(word.rstrip("*"))
    before = r"(?<![a-z0-9])" if word[:1].isalnum() else ""
    after = "" if open_end or not body[-1:].isalnum() else r"(?![a-z0-9])"
    return before + body + after


def _ends(globs: tuple[str, ...]) -> tuple[str, ...]:
    """How paths end that fit a glob, as far as it says so in plain characters: a cheap test before the expression."""
    return tuple(_PLAIN_END.search(glob.lstrip("/"))[0] for glob in globs)  # type: ignore[index]  # an empty end always fits


def _glob_pattern(globs: tuple[str, ...]) -> re.Pattern[str]:
    parts = []
    for glob in globs:
        anchored = glob if "/" in glob else "**/" + glob
        out = ""
        for token in re.findall(r"\*\*/|\*\*|\*|\?|\[[^\]]+\]|\{[^}]*\}|[^*?\[{]+|.", anchored.lstrip("/")):
            if token == "**/":
                out += "(?:.*/)?"
            elif token == "**":
                out += ".*"
            elif token == "*":
                out += "[^/]*"
            elif token == "?":
                out += "[^/]"
            elif token.startswith("[") and token.endswith("]"):
                out += token
            elif token.startswith("{"):
                out += "(?:" + "|".join(map(re.escape, token[1:-1].split(","))) + ")"
            else:
                out += re.escape(token)
        parts.append(f"(?:{out})")
    return re.compile("(?:" + "|".join(parts) + r")\Z")


__all__ = ["File", "Repository", "Role"]
