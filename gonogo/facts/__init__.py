"""What tools hand to checks: frozen, typed facts about a target, each with the place it was read at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gonogo.facts.cloudformation import CloudFormation
from gonogo.facts.code import Code
from gonogo.facts.compose import Compose
from gonogo.facts.dependencies import Dependencies
from gonogo.facts.docker import Docker
from gonogo.facts.documents import Documents
from gonogo.facts.kubernetes import Kubernetes
from gonogo.facts.monitoring import Monitoring
from gonogo.facts.pipelines import Pipelines
from gonogo.facts.repository import Repository
from gonogo.facts.secrets import Secrets
from gonogo.facts.terraform import Terraform
from gonogo.facts.unread import Unread
from gonogo.model.target import Target


@dataclass(frozen=True)
class Facts:
    """All that a check may look at. A field whose tool did not run holds an empty value: a check never runs then."""

    target: Target
    repository: Repository
    terraform: Terraform = field(default_factory=Terraform)
    cloudformation: CloudFormation = field(default_factory=CloudFormation)
    kubernetes: Kubernetes = field(default_factory=Kubernetes)
    compose: Compose = field(default_factory=Compose)
    docker: Docker = field(default_factory=Docker)
    pipelines: Pipelines = field(default_factory=Pipelines)
    code: Code = field(default_factory=Code)
    dependencies: Dependencies = field(default_factory=Dependencies)
    secrets: Secrets = field(default_factory=Secrets)
    monitoring: Monitoring = field(default_factory=Monitoring)
    documents: Documents = field(default_factory=Documents)
    missing: Mapping[str, str] = field(default_factory=dict)
    """Tools that could not run, with the cause."""

    def unread(self, tools: tuple[str, ...]) -> tuple[Unread, ...]:
        """What those tools should have read and could not, in a deciding file."""
        found = [item for tool in tools if tool != "repository" for item in getattr(self, tool).unread]
        return tuple(sorted(set(found)))
