"""Environments by the names that files and folders give them."""

from __future__ import annotations

import re

_SAME = {
    "production": ("production", "prod", "prd", "live", "main", "release", "deploy", "deployment"),
    "staging": (
        "staging",
        "stage",
        "stg",
        "preprod",
        "pre-prod",
        "preproduction",
        "uat",
        "qa",
        "acceptance",
        "nonprod",
    ),
    "development": ("development", "dev", "devel", "develop", "local", "localhost", "sandbox", "debug"),
    "test": ("test", "tests", "testing", "e2e", "ci", "integration", "integrationtest", "unittest", "lint", "mock"),
}
_BY_WORD = {word: name for name, words in _SAME.items() for word in words}
_WEAK = frozenset(
    ("main", "release", "integration", "mock", "lint", "live", "qa", "deploy", "deployment", "ci", "sandbox")
)
"""Words that name an environment only where they stand alone."""
_WORD = re.compile(r"[a-z0-9]+")


def environment_of_path(path: str) -> str:
    """The environment that a path names, its last folders first. ``deploy`` or ``release`` are no environments here."""
    parts = [part for part in reversed(path.split("/")) if part.lower() not in _WEAK]
    return next((found for part in parts if (found := environment_of(part))), "")


def environment_of(name: str) -> str:
    """The environment that a name means: production, staging, development or test; empty where it names none."""
    lower = name.lower()
    if lower in _BY_WORD:
        return _BY_WORD[lower]
    words = _WORD.findall(lower)
    if "non" in words or "pre" in words:
        return "staging" if "prod" in words or "production" in words else ""
    found = [_BY_WORD[word] for word in words if word in _BY_WORD and word not in _WEAK]
    return found[0] if found else ""


def same_environment(name: str, environment: str) -> bool:
    """Says whether a name means the environment."""
    if not name:
        return False
    wanted = environment_of(environment)
    lower, other = name.lower(), environment.lower()
    return (wanted != "" and environment_of(name) == wanted) or lower == other or other in _WORD.findall(lower)


def is_development(name: str) -> bool:
    """Says whether a name means development or tests."""
    return environment_of(name) in ("development", "test")
