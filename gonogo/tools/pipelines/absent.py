"""What a command names and is not there: a folder, a manifest, a script. Such a command always fails.

Only plain relative paths count, and only where nothing in the same script makes or fetches them.
"""

from __future__ import annotations

import re

from gonogo.facts.pipelines import Command
from gonogo.facts.repository import Repository
from gonogo.tools.pipelines.leads import clean, join

_BUILT = re.compile(
    r"(^|/)(dist|build|out|target|lib|bin|output|coverage|tmp|temp|artifacts?|node_modules|\.\w[\w.-]*)(/|\Z)"
)
_MAKERS = (
    r"(mkdir|clone|-o|>|-O|cp|mv|install|build|unzip|tar|curl|wget|checkout|download|generate|render|tee|create)\b"
)
_PROGRAMS = {
    # program: the options whose value is a path that must be there
    "terraform": ("-chdir",),
    "tofu": ("-chdir",),
    "kubectl": ("-f", "--filename", "-k", "--kustomize"),
    "docker-compose": ("-f", "--file"),
    "pip": ("-r", "--requirement"),
    "pip3": ("-r", "--requirement"),
}


def absent_path(repository: Repository, command: Command, text: str) -> str:
    """What a command needs and the repository does not have, as a sentence; empty where nothing is missing."""
    for path in _needed(command):
        local = clean(path)
        if not _is_plain(local) or command.folder == "?" or _BUILT.search(local):
            continue
        if repository.exists(join(command.folder, local)):
            continue
        name = local.rstrip("/").rpartition("/")[2]
        others = text.replace(command.text, "")
        if re.search(rf"{_MAKERS}[^\n]*{re.escape(name)}", others) or re.search(rf">\s*\S*{re.escape(name)}", others):
            continue
        return f"{join(command.folder, local)} is not in the repository"
    return ""


def absent_folder(repository: Repository, folder: str) -> str:
    """Why a step cannot start in its folder; empty where it can, or where that cannot be told."""
    if folder in ("", "?") or not _is_plain(folder) or _BUILT.search(folder) or repository.exists(folder):
        return ""
    return f"{folder} is not in the repository"


def _is_plain(path: str) -> bool:
    return bool(path) and not re.search(r"[$*?{}<>~`|:,]|^/|^-|\.\.\.|^\.\Z", path)


def _needed(command: Command) -> list[str]:
    program, words = command.program, command.core
    if program == "cd":
        return [word for word in words[1:2] if word not in (".", "..", "-")]
    if program in ("docker", "podman") and "compose" in words[1:3]:
        return _values(words, ("-f", "--file"))
    if program == "helm" and any(sub in words for sub in ("upgrade", "install", "template", "lint")):
        return [word for word in words[1:] if word.startswith(("./", "../"))]
    if program in ("pytest", "py.test"):
        paths = [word for word, before in zip(words[1:], words, strict=False) if "/" in word and before[:1] != "-"]
        return [path.partition("::")[0] for path in paths if not path.startswith("-")]
    return _values(words, _PROGRAMS.get(program, ()))


def _values(words: tuple[str, ...], options: tuple[str, ...]) -> list[str]:
    found = []
    for index, word in enumerate(words):
        name, _, value = word.partition("=")
        if name in options:
            found.append(value or (words[index + 1] if index + 1 < len(words) else ""))
    return found
