"""Where ``cd`` leads, as far as a script tells."""

from __future__ import annotations

import re

from gonogo.tools.shell.state import State


def entered(folder: str, state: State) -> str:
    """The folder that ``cd`` leads to: its own, by ``dirname "$0"``, the repository's top, or one below the last."""
    if variable := re.match(r"\$\{?(\w+)\}?", folder):
        folder = state.texts.get(variable[1], variable[0]) + folder[variable.end() :]
    for pattern, start in _STARTS:
        if found := pattern.search(folder):
            rest = re.sub(r"\d?>+\s*\S+|[\"')&;\s]|\bpwd\b|-P\b", "", folder[found.end() :])
            return join_folders(start, rest) if not re.search(r"[$`*~]|GNGX", rest) else "?"
    return "?" if re.search(r"[$`*~]|^-$|^/|GNGX", folder) else join_folders(state.folder, folder)


_STARTS = (
    (re.compile(r"\bdirname\b[^)]*\)|\$\{(0|BASH_SOURCE(\[0\])?)%/\*\}"), "@here"),
    (re.compile(r"\bgit rev-parse --show-toplevel\b|\$\{?(GITHUB_WORKSPACE|CI_PROJECT_DIR|WORKSPACE)\b\}?"), "@top"),
)


def join_folders(folder: str, more: str) -> str:
    """A folder below a folder; ``?`` stays unknown."""
    if "?" in (folder, more):
        return "?"
    parts: list[str] = [part for part in folder.split("/") if part]
    for part in more.split("/"):
        if part == ".." and parts and parts[-1] not in ("..", "@here", "@top"):
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
