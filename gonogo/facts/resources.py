"""Cloud resources, whichever tool defines them, in one vocabulary: that of Terraform's providers.

CloudFormation, SAM, CDK and Serverless resources are translated: ``AWS::RDS::DBInstance`` with ``StorageEncrypted`` is
an ``aws_db_instance`` with ``storage_encrypted``. Well-known registry modules (``terraform-aws-modules/eks/aws``) are
expanded to the resources that they make, with the documented defaults of the module. So a check is written once.
A type that has no translation keeps its own name (``AWS::IoT::Thing``), its attributes in snake_case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from gonogo.facts.kinds import Kind, kind_of, provider_of
from gonogo.model.evidence import Place


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that code alone does not tell. It is neither true nor false."""

    text: str
    """Its source with the known parts filled in: ``arn:aws:s3:::acme-${random_id.x.hex}/*``."""
    refers: tuple[str, ...] = ()
    """Addresses of what it names: resources (``aws_s3_bucket.logs``, a logical id), ``data.aws_x.y``, ``var.z``."""

    def __str__(self) -> str:
        return self.text


Value: TypeAlias = Any
"""A resolved value: str, int, float, bool, None, tuple of values, mapping of values, or Unknown."""


@dataclass(frozen=True, eq=False)
class Resource:
    """One resource that infrastructure code defines.

    Nested blocks are tuples of mappings, as in Terraform (``metadata_options``: one block is a tuple of one); ``get``
    descends into the first element by itself.
    """

    type: str
    """In Terraform's words, whatever tool defines it: ``aws_db_instance``."""
    name: str
    address: str
    """Unique in its tool: ``module.db.aws_db_instance.main``; a logical id in a template."""
    attributes: Mapping[str, Value]
    at: Place
    exists: bool | None = True
    """False where its count, for_each or condition is off in the audited environment (opt-in: it does not decide,
    unless nothing else applies); None where that cannot be told."""
    audited: bool = True
    """Whether its root (or template) belongs to the audited environment."""
    origin: str = "terraform"
    """``terraform``, ``cloudformation``, ``sam``, ``cdk``, ``serverless``; ``module``: a registry module."""
    data: bool = False
    """A data source: read, not made."""
    root: str = ""
    """Folder of its root module, or path of its template."""
    lines: Mapping[str, int] = field(default_factory=dict, repr=False)
    """Lines of attributes and blocks by dotted path: ``ingress.1.cidr_blocks``."""
    guard: str = ""
    """Source of the count, for_each or condition that decides whether it exists."""

    @property
    def base(self) -> str:
        """Its address without the key of an instance, as others refer to it."""
        return self.address.rpartition("[")[0] if self.address.endswith("]") else self.address

    @property
    def kind(self) -> Kind:
        return kind_of(self.type)

    @property
    def provider(self) -> str:
        """The cloud provider by name (``AWS``, ``Google Cloud``, ``Azure``); empty for what is none."""
        return provider_of(self.type)

    def get(self, path: str, default: Value = None) -> Value:
        """The value at a dotted path; ``default`` where it (or a block on the way) is absent. May be Unknown."""
        return lookup(self.attributes, path, default)

    def blocks(self, path: str) -> tuple[Mapping[str, Value], ...]:
        """The nested blocks (mappings) at a path, one or many; Unknown ones are left out."""
        return tuple(v for v in as_tuple(self.get(path)) if isinstance(v, Mapping))

    def truth(self, path: str, default: bool = False) -> bool | None:
        """Whether a flag is on: True, False, or None where it is unknown; ``default`` where it is absent."""
        return truth(self.get(path, default))

    def place(self, path: str = "") -> Place:
        """Where an attribute (or the nearest block around it) stands; the resource's own place otherwise."""
        parts = path.split(".") if path else []
        while parts:
            if line := self.lines.get(".".join(parts)):
                return Place(self.at.path, line, line, self.at.symbol)
            parts.pop()
        return self.at

    def refers_to(self, other: Resource | str) -> bool:
        """Says whether any of its values names that resource."""
        address = other if isinstance(other, str) else other.base
        return address in self.references()

    def references(self) -> frozenset[str]:
        """Addresses that its values name, at any depth."""
        return frozenset(address for value in walk(self.attributes) for address in getattr(value, "refers", ()))

    def __str__(self) -> str:
        return self.address


@dataclass(frozen=True, eq=False)
class ModuleCall:
    """A call of a module. Local and well-known registry modules are expanded to resources; ``opaque`` ones are not."""

    name: str
    address: str
    source: str
    """Normalized: ``terraform-aws-modules/eks/aws``, a folder of the target, or the address as written."""
    version: str
    inputs: Mapping[str, Value]
    at: Place
    exists: bool | None = True
    audited: bool = True
    opaque: bool = False
    """Nothing is known of what it makes."""
    root: str = ""
    lines: Mapping[str, int] = field(default_factory=dict, repr=False)

    def get(self, path: str, default: Value = None) -> Value:
        """The input at a dotted path; ``default`` where it is absent. May be Unknown."""
        return lookup(self.inputs, path, default)

    def place(self, path: str = "") -> Place:
        """Where an input stands; the call's own place otherwise."""
        line = self.lines.get(path, 0)
        return Place(self.at.path, line, line, self.at.symbol) if line else self.at


def select(
    resources: Iterable[Resource], wanted: tuple[str, ...], *, dormant: bool = False, data: bool = False
) -> tuple[Resource, ...]:
    """Resources of the audited environment of these kinds or types, in order. ``dormant`` adds those that are off."""
    names = set(wanted)
    return tuple(
        r
        for r in resources
        if r.audited
        and r.data is data
        and (dormant or r.exists is not False)
        and (not names or r.type in names or r.kind in names)
    )


def lookup(values: Value, path: str, default: Value = None) -> Value:
    """The value at a dotted path; a list on the way means its first element, unless the path has an index."""
    current = values
    for part in path.split("."):
        if isinstance(current, Unknown):
            return current
        if isinstance(current, tuple):
            if part.isdigit():
                if int(part) >= len(current):
                    return default
                current = current[int(part)]
                continue
            if not current:
                return default
            current = current[0]
        if isinstance(current, Unknown):
            return current
        if not isinstance(current, Mapping) or part not in current:
            return default
        current = current[part]
    return default if current is None else current


def truth(value: Value) -> bool | None:
    """A value as a flag: None where it is unknown. Strings like ``"true"`` count, as providers convert them."""
    if isinstance(value, Unknown):
        return None
    if isinstance(value, str):
        return value.strip().lower() not in ("", "false", "0", "no", "disabled", "off")
    return bool(value)


def as_tuple(value: Value) -> tuple[Value, ...]:
    """A value as a list: a tuple as it is, nothing as empty, anything else as one element."""
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def walk(value: Value) -> Iterator[Value]:
    """A value and everything in it."""
    yield value
    if isinstance(value, Mapping):
        for item in value.values():
            yield from walk(item)
    elif isinstance(value, tuple):
        for item in value:
            yield from walk(item)
