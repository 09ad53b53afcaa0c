"""Facts of Terraform and OpenTofu: root modules with what they make in the audited environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gonogo.facts.resources import ModuleCall, Resource, Value, select
from gonogo.facts.unread import Unread
from gonogo.facts.wrong import Wrong
from gonogo.model.evidence import Place


@dataclass(frozen=True, eq=False)
class Backend:
    """Where a root keeps its state: ``s3``, ``gcs``, ``azurerm``, ``remote``, ``cloud``, ``local`` ..."""

    type: str
    attributes: Mapping[str, Value]
    at: Place


@dataclass(frozen=True, eq=False)
class Provider:
    """A configured provider. ``attributes`` has region, default_tags ..."""

    name: str
    alias: str
    attributes: Mapping[str, Value]
    at: Place
    root: str = ""


@dataclass(frozen=True, slots=True)
class Commented:
    """A block that is commented out: ``what`` is its header, like ``backend "s3"`` or ``resource "aws_x" "y"``."""

    what: str
    at: Place


@dataclass(frozen=True, eq=False)
class Variable:
    """A variable of a root module, with its value in the audited environment."""

    name: str
    value: Value
    """From the chosen tfvars, else its default; Unknown where it has none."""
    has_default: bool
    sensitive: bool
    at: Place
    set_at: Place | None = None
    """Where a tfvars file sets it."""


@dataclass(frozen=True, eq=False)
class Root:
    """A root module: a folder of ``.tf`` files that no call refers to; ``path`` is empty for the target's top."""

    path: str
    at: Place
    environment: str = ""
    """``production``, ``staging``, ``development`` ..., if its path names one; empty for any."""
    audited: bool = True
    """Whether it belongs to the audited environment (all do where none says so)."""
    backend: Backend | None = None
    providers: tuple[Provider, ...] = ()
    variables: Mapping[str, Variable] = field(default_factory=dict)
    tfvars: tuple[str, ...] = ()
    """Paths of the tfvars files whose values were used."""
    required_version: str = ""
    files: tuple[str, ...] = ()
    wrapper: str = ""
    """``terragrunt`` where a terragrunt.hcl runs it."""


@dataclass(frozen=True)
class Terraform:
    """What the terraform tool read."""

    roots: tuple[Root, ...] = ()
    all_resources: tuple[Resource, ...] = ()
    """Of all roots, dormant and data sources included. Ask :meth:`resources` for what is audited."""
    all_modules: tuple[ModuleCall, ...] = ()
    module_folders: tuple[str, ...] = ()
    """Folders that are modules only: instantiated through calls, or called by nothing."""
    commented: tuple[Commented, ...] = ()
    wrong: tuple[Wrong, ...] = ()
    """Calls of local modules that are not there."""
    unread: tuple[Unread, ...] = ()

    def resources(self, *wanted: str, dormant: bool = False) -> tuple[Resource, ...]:
        """Resources that exist (or may) in the audited environment, of these kinds (``Kind.DATABASE``) or types
        (``aws_db_instance``); all without any. ``dormant=True`` adds those whose count or condition is off."""
        return select(self.all_resources, wanted, dormant=dormant)

    def data(self, *wanted: str) -> tuple[Resource, ...]:
        """Data sources of these types."""
        return select(self.all_resources, wanted, data=True)

    def modules(self, *sources: str, dormant: bool = False) -> tuple[ModuleCall, ...]:
        """Module calls in audited roots, of these sources (``terraform-aws-modules/eks/aws``); all without any."""
        return tuple(
            m
            for m in self.all_modules
            if m.audited and (dormant or m.exists is not False) and (not sources or m.source in sources)
        )

    def find(self, address: str) -> Resource | None:
        """The resource or data source of an address."""
        return next((r for r in self.all_resources if r.address == address), None)
