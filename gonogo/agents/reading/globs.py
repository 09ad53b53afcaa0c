"""Globs that a model writes: matched in linear time, whatever they are."""

from __future__ import annotations

import re

from gonogo.agents.reading.arguments import MOST, BadCallError
from gonogo.facts.repository import File, Repository
from gonogo.tools.secrets.tokens import compiled

_TOKEN = re.compile(r"\*\*/|\*+|\?|[^*?]+")
_BRACES = re.compile(r"\{([^{}]*)\}")
MOST_ALTERNATIVES = 64


def matching(repository: Repository, glob: str) -> list[File]:
    """The files whose path fits, in order: all for an empty glob. A folder stands for all that it holds."""
    if len(glob) > MOST:
        raise BadCallError(f"The glob is too long: call the tool again with at most {MOST} characters.")
    if glob.strip("/") in ("", "*", "**", "**/*", "."):
        return list(repository.files)
    expressions = [_of_one(repository, one.strip()) for one in _alternatives(glob) if one.strip()]
    pattern = compiled("|".join(f"(?:{expression})" for expression in expressions))
    return [file for file in repository.files if pattern.fullmatch(file.path) or pattern.fullmatch(file.local)]


def _alternatives(glob: str) -> list[str]:
    """A glob for each way of reading its braces, which may hold globs themselves; all of one pair at a time."""
    waiting, found = [glob], []
    while waiting:
        one = waiting.pop(0)
        match = _BRACES.search(one)
        if match is None:
            found.append(one)
            continue
        waiting += [one[: match.start()] + part + one[match.end() :] for part in match[1].split(",")]
        if len(waiting) + len(found) > MOST_ALTERNATIVES:
            raise BadCallError(f"The glob stands for more than {MOST_ALTERNATIVES}: call the tool again with fewer.")
    return found


def _of_one(repository: Repository, glob: str) -> str:
    if glob.rstrip("/") in repository.folders:
        return re.escape(glob.rstrip("/")) + "/.*"
    return _expression(glob)


def _expression(glob: str) -> str:
    found = "" if "/" in glob else "(?:.*/)?"
    for token in _TOKEN.findall(glob):
        if token == "**/":
            found += "(?:.*/)?"
        elif token.startswith("*"):
            found += "[^/]*" if len(token) == 1 else ".*"
        elif token == "?":
            found += "[^/]"
        else:
            found += re.escape(token)
    return found
