"""What tools hand to checks: frozen, typed facts about a target, each with the place it was read at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from gonogo.facts.cloudformation import CloudFormation
from gonogo.facts.code import Code
from gonogo.facts.compose import Compose
from gonogo.facts.dependencies import Dependencies
from gonogo.facts.docker import Docker
from gonogo.facts.documents import Documents
from gonogo.facts.kubernetes import Kubernetes
from gonogo.facts.live import Live
from gonogo.facts.monitoring import Monitoring
from gonogo.facts.pipelines import Pipelines
from gonogo.facts.repository import Repository
from gonogo.facts.secrets import Secrets
from gonogo.facts.terraform import Terraform
from gonogo.facts.unread import Unread
from gonogo.model.snapshot import EMPTY
from gonogo.model.target import Target

T = TypeVar("T")


@dataclass(frozen=True)
class Facts:
    """All that a check may look at: what the tools that its catalogue row needs have read."""

    target: Target
    repository: Repository
    read: Mapping[str, object] = field(default_factory=dict)
    """Facts by tool."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """Tools that could not run, with the cause."""

    @property
    def terraform(self) -> Terraform:
        return self._of(Terraform, "terraform")

    @property
    def cloudformation(self) -> CloudFormation:
        return self._of(CloudFormation, "cloudformation")

    @property
    def kubernetes(self) -> Kubernetes:
        return self._of(Kubernetes, "kubernetes")

    @property
    def compose(self) -> Compose:
        return self._of(Compose, "compose")

    @property
    def docker(self) -> Docker:
        return self._of(Docker, "docker")

    @property
    def pipelines(self) -> Pipelines:
        return self._of(Pipelines, "pipelines")

    @property
    def code(self) -> Code:
        return self._of(Code, "code")

    @property
    def dependencies(self) -> Dependencies:
        return self._of(Dependencies, "dependencies")

    @property
    def secrets(self) -> Secrets:
        return self._of(Secrets, "secrets")

    @property
    def monitoring(self) -> Monitoring:
        return self._of(Monitoring, "monitoring")

    @property
    def documents(self) -> Documents:
        return self._of(Documents, "documents")

    @property
    def live(self) -> Live:
        """What live sources showed; every check may look at it, and its row need not name it."""
        return self._of(Live, "live") if "live" in self.read else Live(EMPTY)

    def unread(self) -> tuple[Unread, ...]:
        """What the tools should have read and could not, in deciding files; what nobody can read is not among it."""
        found: set[Unread] = set()
        for facts in self.read.values():
            found.update(item for item in getattr(facts, "unread", ()) if not item.broken)
        return tuple(sorted(found))

    def _of(self, kind: type[T], tool: str) -> T:
        facts = self.read.get(tool)
        if not isinstance(facts, kind):
            raise LookupError(f"a check reads {tool} but its catalogue row does not list it under needs")
        return facts
