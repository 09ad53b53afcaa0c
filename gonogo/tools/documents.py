"""The documents tool."""

from __future__ import annotations

from gonogo.facts.documents import Documents
from gonogo.facts.repository import Repository
from gonogo.model.target import Target


def read_documents(repository: Repository, target: Target) -> Documents:
    """Reads documents from the files of a repository."""
    return Documents()
