"""Pipelines of all common CI services, pre-commit hooks and dependency updaters, from the files of a repository."""

from __future__ import annotations

from gonogo.facts.pipelines import Pipeline, Pipelines
from gonogo.facts.repository import Repository
from gonogo.facts.unread import Unread
from gonogo.model.target import Target
from gonogo.tools.pipelines.follow import Follower
from gonogo.tools.pipelines.github import read_github
from gonogo.tools.pipelines.source import Reader


def read_pipelines(repository: Repository, target: Target) -> Pipelines:
    """Reads pipelines from the files of a repository."""
    roots = sorted({file.root for file in repository.files})
    pipelines: list[Pipeline] = []
    unread: list[Unread] = []
    for root in roots:
        reader = Reader(repository, root, Follower(repository, root))
        pipelines += read_github(reader)
        unread += reader.unread
    return Pipelines(tuple(pipelines), unread=tuple(sorted(set(unread))))
