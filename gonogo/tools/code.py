"""The code tool."""

from __future__ import annotations

from gonogo.facts.code import Code
from gonogo.facts.repository import Repository
from gonogo.model.target import Target


def read_code(repository: Repository, target: Target) -> Code:
    """Reads code from the files of a repository."""
    return Code()
