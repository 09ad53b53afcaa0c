"""The pipelines tool."""

from __future__ import annotations

from gonogo.facts.pipelines import Pipelines
from gonogo.facts.repository import Repository
from gonogo.model.target import Target


def read_pipelines(repository: Repository, target: Target) -> Pipelines:
    """Reads pipelines from the files of a repository."""
    return Pipelines()
