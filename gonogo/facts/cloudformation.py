"""Facts of CloudFormation, SAM, CDK, Serverless Framework and Pulumi: the resources that they define."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gonogo.facts.resources import Resource, Value, select
from gonogo.facts.unread import Unread
from gonogo.facts.wrong import Wrong
from gonogo.model.evidence import Place


@dataclass(frozen=True, eq=False)
class Template:
    """One template, CDK source file, serverless.yml or Pulumi project."""

    path: str
    flavour: str
    """``cloudformation``, ``sam``, ``cdk`` (source), ``synthesized`` (cdk.out), ``serverless``, ``pulumi``."""
    at: Place
    audited: bool = True
    """False for a nested template that only its parent deploys, and for another environment's."""
    parameters: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class CloudFormation:
    """What the cloudformation tool read."""

    templates: tuple[Template, ...] = ()
    all_resources: tuple[Resource, ...] = ()
    unread: tuple[Unread, ...] = ()
    retired: tuple[Resource, ...] = ()
    """What CDK classes define that no app instantiates: it never decides."""
    wrong: tuple[Wrong, ...] = ()
    """References that can't be resolved, whatever is deployed before."""

    def resources(self, *wanted: str, dormant: bool = False) -> tuple[Resource, ...]:
        """Resources that exist (or may) in the audited environment, of these kinds (``Kind.DATABASE``) or types, in
        Terraform's words (``aws_db_instance``); all without any. ``dormant=True`` adds those whose condition is off."""
        return select(self.all_resources, wanted, dormant=dormant)

    def imported(self, *wanted: str) -> tuple[Resource, ...]:
        """Resources of these kinds that are only referred to, and made elsewhere: ``Bucket.fromBucketName``."""
        return select(self.all_resources, wanted, data=True)

    def find(self, address: str) -> Resource | None:
        """The resource of a logical id."""
        return next((r for r in self.all_resources if r.address == address), None)
