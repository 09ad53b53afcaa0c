"""Which environment a path, a tfvars file or a value names, and how a root module spells the audited one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_SPELLINGS = {
    "production": "production prod prd live",
    "staging": "staging stage stg preprod preproduction uat acceptance integration",
    "development": "development dev develop devel sandbox sbx scratch local nonprod ephemeral",
    "test": "test testing tst qa ci preview review demo",
}
_NAMES = {spelling: name for name, spellings in _SPELLINGS.items() for spelling in spellings.split()}
_QUOTED = re.compile(r'"([A-Za-z]{2,13})"')
_VARIABLES = re.compile(
    r"^(?:target_|deploy(?:ment)?_|app_|tf_)?(?:env|environment|stage)(?:_?name|_?type|_tag)?$", re.I
)
_AMBIGUOUS = frozenset(
    [
        "test",
        "testing",
        "tst",
        "ci",
        "qa",
        "preview",
        "review",
        "demo",
        "integration",
        "acceptance",
        "local",
        "live",
        "stage",
    ]
)
_BETWEEN_WORDS = re.compile(r"[^A-Za-z0-9]+")


def canonical(name: str) -> str:
    """``prod`` as ``production`` and so on; a name of one's own as it is, in lower case."""
    return _NAMES.get(name.lower(), name.lower())


def environment_of(path: str, audited: str = "") -> str:
    """The environment that a path names, innermost first; empty for none. ``audited`` adds a name of one's own.

    A folder or file called just ``prod`` says more than one with the word in its name; in the latter, words that have
    other meanings (``load-test``, ``pr-review``) say nothing.
    """
    parts = [part.partition(".")[0] or part.strip(".") for part in path.split("/")]
    own = audited.lower()
    for part in reversed(parts):
        if part.lower() in _NAMES:
            return _NAMES[part.lower()]
        if own and part.lower() == own:
            return own
    for part in reversed(parts):
        for word in reversed(_BETWEEN_WORDS.split(part.lower())):
            if word in _NAMES and word not in _AMBIGUOUS:
                return _NAMES[word]
            if own and word == own:
                return own
    return ""


def names_environment(variable: str) -> bool:
    """Says whether a variable of that name holds the environment's name."""
    return bool(_VARIABLES.match(variable))


def spelling(environment: str, texts: Iterable[str]) -> str:
    """How these sources write the environment in their strings (``prod``), else its own name."""
    wanted = canonical(environment)
    counts = Counter(
        word for text in texts for word in _QUOTED.findall(text) if word.lower() in _NAMES and canonical(word) == wanted
    )
    return max(counts, key=lambda word: (counts[word], word)) if counts else environment
