"""The docker tool."""

from __future__ import annotations

from gonogo.facts.docker import Docker
from gonogo.facts.repository import Repository
from gonogo.model.target import Target


def read_docker(repository: Repository, target: Target) -> Docker:
    """Reads docker from the files of a repository."""
    return Docker()
