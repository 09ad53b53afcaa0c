"""The secrets tool."""

from __future__ import annotations

from gonogo.facts.secrets import Secrets
from gonogo.facts.repository import Repository
from gonogo.model.target import Target


def read_secrets(repository: Repository, target: Target) -> Secrets:
    """Reads secrets from the files of a repository."""
    return Secrets()
