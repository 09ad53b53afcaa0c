"""The kubernetes tool."""

from __future__ import annotations

from gonogo.facts.kubernetes import Kubernetes
from gonogo.facts.repository import Repository
from gonogo.model.target import Target


def read_kubernetes(repository: Repository, target: Target) -> Kubernetes:
    """Reads kubernetes from the files of a repository."""
    return Kubernetes()
