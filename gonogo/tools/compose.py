"""The compose tool."""

from __future__ import annotations

from gonogo.facts.compose import Compose
from gonogo.facts.repository import Repository
from gonogo.model.target import Target


def read_compose(repository: Repository, target: Target) -> Compose:
    """Reads compose from the files of a repository."""
    return Compose()
