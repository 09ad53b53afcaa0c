"""The dependencies tool."""

from __future__ import annotations

from gonogo.facts.dependencies import Dependencies
from gonogo.facts.repository import Repository
from gonogo.model.target import Target


def read_dependencies(repository: Repository, target: Target) -> Dependencies:
    """Reads dependencies from the files of a repository."""
    return Dependencies()
