"""The monitoring tool."""

from __future__ import annotations

from gonogo.facts.monitoring import Monitoring
from gonogo.facts.repository import Repository
from gonogo.model.target import Target


def read_monitoring(repository: Repository, target: Target) -> Monitoring:
    """Reads monitoring from the files of a repository."""
    return Monitoring()
