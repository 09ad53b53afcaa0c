"""Where a command leads: to pieces of script elsewhere in the repository, or to something that is not there."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass, field
from posixpath import normpath

from gonogo.facts.repository import File, Repository, Role
from gonogo.tools.yaml_marks import Map, load_json


@dataclass(frozen=True, slots=True)
class Piece:
    """Shell text that runs because a command named it. ``line`` is the line of its first line in its file."""

    text: str
    path: str
    line: int
    folder: str
    errexit: bool = False
    pipefail: bool = False
    excuse: str = ""
    """Why its failure is lost there."""


@dataclass(frozen=True, slots=True)
class Lead:
    """What a command leads to. ``core`` replaces the command's own, where a runner turned out to be a wrapper."""

    pieces: tuple[Piece, ...] = ()
    missing: str = ""
    core: tuple[str, ...] = ()


def join(folder: str, path: str) -> str:
    """A path below a folder, without ``.`` and ``..``; the root is empty, what is unknown or outside is ``?``."""
    if folder == "?":
        return "?"
    joined = normpath(f"{folder}/{path}" if folder else path)
    if joined.startswith(".."):
        return "?"
    return "" if joined == "." else joined


def find(repository: Repository, folder: str, word: str) -> File | None:
    """The file that a word of a command names; from an unknown folder only where one file fits alone."""
    path = clean(word)
    if not path or re.search(r"[$*{}]", path):
        return None
    if folder != "?":
        return repository.file(join(folder, path))
    tail = path.lstrip("./")
    fitting = [f for f in repository.files if f.path == tail or f.path.endswith("/" + tail)]
    return fitting[0] if len(fitting) == 1 else None


_WORKSPACE = re.compile(
    r"^(\$\{\{\s*github\.(workspace|action_path)\s*\}\}|\$\{?(GITHUB_WORKSPACE|GITHUB_ACTION_PATH|CI_PROJECT_DIR|WORKSPACE|"
    r"BITBUCKET_CLONE_DIR|CIRCLE_WORKING_DIRECTORY|CODEBUILD_SRC_DIR|TRAVIS_BUILD_DIR|PWD|BUILD_SOURCESDIRECTORY)\}?|"
    r"\$\(pwd\)|\$\(Build\.SourcesDirectory\)|\$\(System\.DefaultWorkingDirectory\))/?"
)


def clean(word: str) -> str:
    """A path without the variable that stands for the checkout."""
    return _WORKSPACE.sub("", word.strip("\"'"))


@dataclass
class Packages:
    """The package.json files of a target, each parsed once."""

    repository: Repository
    _known: dict[str, Map | None] = field(default_factory=dict)
    _all: list[File] | None = None

    def at(self, folder: str) -> Map | None:
        """The package.json of a folder."""
        if folder not in self._known:
            file = self.repository.file(join(folder, "package.json")) if folder != "?" else None
            self._known[folder] = load_json(self.repository.text(file), path=file.path).first if file else None
        return self._known[folder]

    def below(self, root: str) -> list[tuple[str, Map]]:
        """All packages below a folder, by their folders."""
        if self._all is None:
            files = self.repository.match("package.json", deciding=False)
            self._all = [file for file in files if file.role not in (Role.VENDORED, Role.ARCHIVE)]
        folders = [file.folder for file in self._all if not root or file.path.startswith(root + "/")]
        return [(folder, package) for folder in folders if (package := self.at(folder)) is not None]


def fits(folder: str, name: str, root: str, wanted: str) -> bool:
    """Says whether a workspace filter selects a package: by name, by path, with stars."""
    text = re.sub(r"^!|^\.\.\.\^?|\^?\.\.\.$|\[[^\]]*\]|^\{|\}$", "", wanted)
    if not text or "$" in text:
        return True
    path = text.removeprefix("./").rstrip("/")
    local = folder[len(root) :].lstrip("/") if root and folder.startswith(root) else folder
    plain = name.rpartition("/")[2]
    return any(fnmatch.fnmatchcase(value, path) for value in (name, plain, local) if value)


def words_of(text: str) -> frozenset[str]:
    """A set of words, written as a sentence."""
    return frozenset(text.split())
