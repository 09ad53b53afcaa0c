"""Facts of Kubernetes: the objects that manifests, overlays and charts make for the audited environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from gonogo.facts.images import Image, parse_image
from gonogo.facts.marked import Map, as_text
from gonogo.facts.releases import Release
from gonogo.facts.unread import Unread
from gonogo.facts.wrong import Wrong
from gonogo.model.evidence import Place

UNKNOWN = "\N{REPLACEMENT CHARACTER}unknown\N{REPLACEMENT CHARACTER}"
"""Stands in a value, or in a part of a text, that a template makes and that could not be worked out."""

SCALABLE_KINDS = frozenset(
    ("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "Rollout", "DeploymentConfig")
)
WORKLOAD_KINDS = SCALABLE_KINDS | {"DaemonSet", "Job", "CronJob", "Pod"}


class Origin(StrEnum):
    """How an object comes about."""

    MANIFEST = "manifest"
    KUSTOMIZE = "kustomize"
    HELM = "helm"


def is_unknown(value: object) -> bool:
    """Says whether a value, or a part of it, could not be worked out."""
    return isinstance(value, str) and UNKNOWN in value


@dataclass(frozen=True)
class Object:
    """One object of any kind. ``body`` is all of it, as it is applied."""

    kind: str
    api_version: str
    name: str
    namespace: str
    """Empty where it takes the namespace of whoever applies it."""
    body: Map
    at: Place
    """Where it begins; the symbol is ``Deployment/web``."""
    unit: str
    """What is applied together: the folder of plain manifests, the path of a kustomization or of a chart."""
    origin: Origin = Origin.MANIFEST
    former: tuple[str, ...] = ()
    """Names before a prefix, a suffix or a hash was added; references are renamed with it."""

    @property
    def group(self) -> str:
        """The group of its API; empty for the core."""
        return self.api_version.rpartition("/")[0]

    @property
    def labels(self) -> Map:
        return self.body.map("metadata").map("labels")

    @property
    def annotations(self) -> Map:
        return self.body.map("metadata").map("annotations")

    @property
    def spec(self) -> Map:
        return self.body.map("spec")

    @property
    def symbol(self) -> str:
        """A name for it that stays: ``Deployment/web``."""
        return self.at.symbol


@dataclass(frozen=True)
class Container:
    """One container of a workload. ``spec`` is all that the manifest says about it."""

    name: str
    image: str
    at: Place
    """Where it begins; the symbol is ``Deployment/web:app``."""
    spec: Map
    init: bool = False
    """Whether it ends before the others start (a sidecar among the init containers does not)."""

    @property
    def security(self) -> Map:
        return self.spec.map("securityContext")

    @property
    def reference(self) -> Image:
        return parse_image(self.image)

    def resource(self, kind: str, name: str) -> str:
        """``resource("limits", "memory")``; empty where it is not set."""
        return self.spec.map("resources").map(kind).text(name)

    def place(self, key: str) -> Place:
        """Where one of its keys stands; where it begins if the key is not there."""
        return self.spec.place(key, f"{self.at.symbol}.{key}") if key in self.spec else self.at

    def variables(self) -> Iterator[tuple[str, Map]]:
        """The name and the entry of each variable of ``env``."""
        for item in self.spec.maps("env"):
            yield item.text("name"), item


@dataclass(frozen=True)
class Workload:
    """An object that runs pods."""

    object: Object
    pod: Map
    """The pod's spec."""
    template: Map
    """The pod's metadata."""
    containers: tuple[Container, ...] = ()
    """With the init containers, which come last."""
    replicas: int | None = None
    """None where it has none (DaemonSet, CronJob), where a template hides it, or where only an autoscaler sets it."""

    @property
    def kind(self) -> str:
        return self.object.kind

    @property
    def name(self) -> str:
        return self.object.name

    @property
    def at(self) -> Place:
        return self.object.at

    @property
    def symbol(self) -> str:
        return self.object.symbol

    @property
    def unit(self) -> str:
        return self.object.unit

    @property
    def labels(self) -> Map:
        """The labels of its pods."""
        return self.template.map("labels")

    @property
    def security(self) -> Map:
        """The pod's security context."""
        return self.pod.map("securityContext")

    @property
    def long_running(self) -> bool:
        """Whether its pods are meant to keep running."""
        if self.kind == "Pod":
            return self.pod.text("restartPolicy") in ("", "Always")
        return self.kind not in ("Job", "CronJob")

    @property
    def scalable(self) -> bool:
        """Whether it has replicas."""
        return self.kind in SCALABLE_KINDS

    @property
    def mains(self) -> tuple[Container, ...]:
        """The containers that keep running beside each other."""
        return tuple(container for container in self.containers if not container.init)


@dataclass(frozen=True)
class Unit:
    """What is applied together."""

    path: str
    """A folder of plain manifests, a kustomization file, or a chart's folder."""
    origin: Origin
    at: Place
    environment: str = ""
    """The environment that its path names; empty where it names none."""
    default: bool = True
    """Whether it decides for the audited environment."""
    why: str = ""
    """Why it does not: "the overlay of staging", "an optional component", "base of overlays/prod"."""
    remote: tuple[Place, ...] = ()
    """What it takes from elsewhere and can't be seen: remote bases, charts, generators; symbol names it."""
    namespace: str = ""


@dataclass(frozen=True)
class Kubernetes:
    """All objects of a target. Those of units that do not decide are in ``others``."""

    objects: tuple[Object, ...] = ()
    others: tuple[Object, ...] = ()
    units: tuple[Unit, ...] = ()
    releases: tuple[Release, ...] = ()
    """Charts and manifests from elsewhere that are deployed, with the values that the repository sets."""
    wrong: tuple[Wrong, ...] = ()
    unread: tuple[Unread, ...] = ()
    crds: Mapping[str, Place] = field(default_factory=dict)
    """Kinds that a CustomResourceDefinition of the target defines."""

    def of(self, *kinds: str, unit: str | None = None) -> tuple[Object, ...]:
        """The deciding objects of these kinds, of one unit if it is given."""
        return tuple(item for item in self.objects if item.kind in kinds and (unit is None or item.unit == unit))

    @cached_property
    def workloads(self) -> tuple[Workload, ...]:
        """The deciding objects that run pods."""
        return tuple(found for item in self.objects if (found := workload_of(item)) is not None)

    @cached_property
    def remote(self) -> tuple[Place, ...]:
        """What deciding units take from elsewhere, so that its objects can't be seen."""
        return tuple(place for unit in self.units if unit.default for place in unit.remote)

    def selected(self, selector: Map, unit: str, namespace: str = "") -> tuple[Workload, ...]:
        """The workloads of a unit whose pods carry all labels of a plain selector."""
        return tuple(
            workload
            for workload in self.workloads
            if workload.unit == unit
            and (not namespace or not workload.object.namespace or workload.object.namespace == namespace)
            and selector
            and all(as_text(workload.labels.get(key)) == as_text(value) for key, value in selector.items())
        )


def workload_of(item: Object) -> Workload | None:
    """The workload that an object is; None where it runs no pods."""
    if item.kind not in WORKLOAD_KINDS:
        return None
    if item.kind == "Pod":
        template = item.body
    elif item.kind == "CronJob":
        template = item.spec.map("jobTemplate").map("spec").map("template")
    else:
        template = item.spec.map("template")
    pod = template.map("spec")
    mains = [_container(item, spec, init=False) for spec in pod.maps("containers")]
    firsts = [
        _container(item, spec, init=spec.text("restartPolicy") != "Always") for spec in pod.maps("initContainers")
    ]
    return Workload(item, pod, template.map("metadata"), (*mains, *firsts), _replicas(item))


def _container(item: Object, spec: Map, *, init: bool) -> Container:
    name = spec.text("name")
    place = Place(spec.path, spec.line, spec.end_line, f"{item.symbol}:{name}")
    return Container(name, spec.text("image"), place, spec, init)


def _replicas(item: Object) -> int | None:
    if item.kind not in SCALABLE_KINDS:
        return None
    value = item.spec.get("replicas", 1)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
