"""The terraform tool."""

from __future__ import annotations

from gonogo.facts.terraform import Terraform
from gonogo.facts.repository import Repository
from gonogo.model.target import Target


def read_terraform(repository: Repository, target: Target) -> Terraform:
    """Reads terraform from the files of a repository."""
    return Terraform()
