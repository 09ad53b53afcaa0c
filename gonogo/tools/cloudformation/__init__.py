"""The cloudformation tool."""

from __future__ import annotations

from gonogo.facts.cloudformation import CloudFormation
from gonogo.facts.repository import Repository
from gonogo.model.target import Target


def read_cloudformation(repository: Repository, target: Target) -> CloudFormation:
    """Reads cloudformation from the files of a repository."""
    return CloudFormation()
