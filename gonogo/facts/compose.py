"""Facts of compose files: projects as ``docker compose up`` would start them, files merged and variables put in."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from gonogo.facts.images import Image, parse_image
from gonogo.facts.marked import Map, as_text
from gonogo.facts.unread import Unread
from gonogo.facts.wrong import Wrong
from gonogo.model.evidence import Place


@dataclass(frozen=True, slots=True)
class Build:
    """How a service's image is built. Paths are resolved in the target; ``remote`` where the context is a URL."""

    context: str
    at: Place
    dockerfile: str = ""
    target: str = ""
    args: tuple[tuple[str, str], ...] = ()
    remote: bool = False
    inline: bool = False
    """Whether the Dockerfile stands in the compose file."""


@dataclass(frozen=True, slots=True)
class Port:
    """One entry of ports. ``published`` is empty where only the container's port is given."""

    target: str
    published: str
    host_ip: str
    at: Place


@dataclass(frozen=True, slots=True)
class Mount:
    """One entry of volumes. ``source`` of a bind is a path as written, of a volume its name, empty for anonymous."""

    kind: str
    """``bind``, ``volume``, ``tmpfs`` or what the file says."""
    source: str
    target: str
    read_only: bool
    at: Place


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable. ``value`` is None where the shell gives it."""

    name: str
    value: str | None
    at: Place
    literal: bool = True
    """Whether the file holds the value itself, without a variable put in."""


@dataclass(frozen=True, slots=True)
class EnvFile:
    """One entry of env_file, resolved in the target."""

    path: str
    required: bool
    at: Place


@dataclass(frozen=True)
class Service:
    """One service after merging. ``spec`` is all that its files say, for what has no field here."""

    name: str
    project: str
    at: Place
    spec: Map
    image: str = ""
    build: Build | None = None
    profiles: tuple[str, ...] = ()
    ports: tuple[Port, ...] = ()
    mounts: tuple[Mount, ...] = ()
    environment: tuple[Variable, ...] = ()
    env_files: tuple[EnvFile, ...] = ()
    depends_on: tuple[tuple[str, str], ...] = ()
    """Services with the condition: ``service_started``, ``service_healthy``, ``service_completed_successfully``."""
    one_shot: bool = False
    """Whether it is meant to end: others wait for its completion, or its command and restart say so."""

    @property
    def symbol(self) -> str:
        """A name for it that stays."""
        return f"{self.project}:{self.name}" if self.project else self.name

    @property
    def healthcheck(self) -> Map | None:
        """Its own healthcheck; None where there is none or it is disabled."""
        found = self.spec.get("healthcheck")
        if not isinstance(found, Map) or found.get("disable") is True:
            return None
        test = found.get("test")
        return None if test in ("NONE", ["NONE"]) else found

    @property
    def restart(self) -> str:
        """Its restart policy: ``restart``, else ``deploy.restart_policy.condition``; empty where none is set."""
        policy = self.spec.map("deploy").get("restart_policy")
        if isinstance(policy, Map):
            return policy.text("condition") or "any"
        return self.spec.text("restart")

    @property
    def memory_limit(self) -> str:
        """``deploy.resources.limits.memory`` or ``mem_limit``; empty where none is set."""
        limits = self.spec.map("deploy").map("resources").map("limits")
        return limits.text("memory") or self.spec.text("mem_limit")

    @property
    def replicas(self) -> int:
        """``deploy.replicas`` or ``scale``; one where none is set."""
        value = self.spec.map("deploy").get("replicas", self.spec.get("scale"))
        text = as_text(value)
        return int(text) if text.isdecimal() and len(text) < 6 else 1

    def place(self, key: str = "") -> Place:
        """Where one of its keys stands; where it begins if the key is not there."""
        if key in self.spec:
            return self.spec.place(key, f"{self.symbol}.{key}")
        return self.at

    def variable(self, name: str) -> Variable | None:
        """One of its environment variables."""
        return next((item for item in self.environment if item.name == name), None)


@dataclass(frozen=True)
class Project:
    """Compose files that are started together."""

    name: str
    """The folder with the first file's name: ``deploy/compose.yml``."""
    folder: str
    files: tuple[str, ...]
    at: Place
    services: tuple[Service, ...] = ()
    """All, with those that only a profile starts."""
    spec: Map = field(default_factory=Map)
    """The merged top level: networks, volumes, secrets, configs."""
    default: bool = True
    """Whether it decides: what ``docker compose up`` starts, or what the audited environment's files make of it."""
    why: str = ""
    """Why it does not decide: "a development override", "for tests"."""
    missing: tuple[tuple[str, Place], ...] = ()
    """Files that it includes, extends or merges and that are not there."""

    @cached_property
    def started(self) -> tuple[Service, ...]:
        """The services that start without a profile; all, where every one has a profile."""
        plain = tuple(service for service in self.services if not service.profiles)
        return plain or self.services

    @cached_property
    def opt_in(self) -> tuple[Service, ...]:
        """The services that only a profile starts."""
        return tuple(service for service in self.services if service not in self.started)

    def service(self, name: str) -> Service | None:
        """One of its services."""
        return next((service for service in self.services if service.name == name), None)


@dataclass(frozen=True)
class Compose:
    """All compose projects of a target."""

    projects: tuple[Project, ...] = ()
    wrong: tuple[Wrong, ...] = ()
    unread: tuple[Unread, ...] = ()

    @cached_property
    def deciding(self) -> tuple[Project, ...]:
        """The projects that decide; the others are for development or tests, or are opted into."""
        return tuple(project for project in self.projects if project.default)

    @cached_property
    def services(self) -> tuple[Service, ...]:
        """What the deciding projects start by default."""
        return tuple(service for project in self.deciding for service in project.started)

    @property
    def images(self) -> tuple[tuple[Service, Image], ...]:
        """The images that those services pull (not the ones that they build)."""
        return tuple((s, parse_image(s.image)) for s in self.services if s.image and s.build is None)
