"""Pipelines of all common CI services, pre-commit hooks and dependency updaters, from the files of a repository."""

from __future__ import annotations

from gonogo.facts.pipelines import Hook, Pipeline, Pipelines, Updater
from gonogo.facts.repository import Repository
from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place
from gonogo.model.target import Target
from gonogo.tools.pipelines.azure import read_azure
from gonogo.tools.pipelines.circleci import read_circleci
from gonogo.tools.pipelines.follow import Follower
from gonogo.tools.pipelines.github import read_github
from gonogo.tools.pipelines.gitlab import read_gitlab
from gonogo.tools.pipelines.hooks import read_hooks, read_updaters, stray_pipelines
from gonogo.tools.pipelines.hosted import read_bitbucket, read_buildkite, read_travis
from gonogo.tools.pipelines.jenkins import read_jenkins
from gonogo.tools.pipelines.runners import read_cloudbuild, read_codebuild, read_drone, read_tekton, read_woodpecker
from gonogo.tools.pipelines.source import Reader

_READERS = (
    read_github,
    read_gitlab,
    read_jenkins,
    read_circleci,
    read_azure,
    read_bitbucket,
    read_travis,
    read_buildkite,
    read_drone,
    read_woodpecker,
    read_codebuild,
    read_cloudbuild,
    read_tekton,
)


def read_pipelines(repository: Repository, target: Target) -> Pipelines:
    """Reads pipelines from the files of a repository."""
    pipelines: list[Pipeline] = []
    hooks: list[Hook] = []
    updaters: list[Updater] = []
    stray: list[Place] = []
    unread: list[Unread] = []
    for root in sorted({file.root for file in repository.files}):
        reader = Reader(repository, root, Follower(repository, root))
        for read in _READERS:
            pipelines += read(reader)
        hooks += read_hooks(reader)
        updaters += read_updaters(reader)
        known = {p.at.path for p in pipelines} | {job.at.path for p in pipelines for job in p.jobs}
        stray += stray_pipelines(reader, known)
        unread += reader.unread
    return Pipelines(tuple(pipelines), tuple(hooks), tuple(updaters), tuple(stray), tuple(sorted(set(unread))))
