"""What the deployment runs of the application itself, on whichever platform: not its data stores, not its monitoring.

Needs: compose, docker, kubernetes, terraform, cloudformation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gonogo.checks import cloud, scope
from gonogo.checks.services import Service as Code
from gonogo.checks.services import services_of
from gonogo.checks.stack_parts import parts_of_image
from gonogo.facts import Facts
from gonogo.facts.compose import Service
from gonogo.facts.kinds import Kind
from gonogo.facts.kubernetes import Workload
from gonogo.facts.resources import Resource
from gonogo.model.assessment import Outcome, unverified
from gonogo.model.evidence import Place

_WEB_LANGUAGES = frozenset({"PHP", "Ruby", "C#", "Elixir", "Kotlin"})
_READY_MADE = re.compile(r"(^|/)(nginx|nginx-unprivileged|httpd|wordpress|ghost|keycloak|n8n|odoo|nextcloud)(:|@|$)")
NEEDS = ("compose", "docker", "kubernetes", "terraform", "cloudformation")


@dataclass(frozen=True)
class Running:
    """One of them. ``platform`` is ``Kubernetes``, ``compose``, ``ECS``, ``Lambda``, ``managed`` or ``instance``."""

    name: str
    platform: str
    at: Place
    of: Workload | Service | Resource


def application_workloads(facts: Facts) -> tuple[Running, ...]:
    """All that is deployed of the application, on all platforms."""
    return (*_kubernetes(facts), *_cloud(facts), *_compose(facts))


def production_workloads(facts: Facts) -> tuple[Running, ...]:
    """What production runs: a cluster or a cloud where one is defined; compose only where nothing else is."""
    found = application_workloads(facts)
    elsewhere = tuple(item for item in found if item.platform != "compose")
    return elsewhere or found


def code_elsewhere(facts: Facts) -> tuple[Running, ...]:
    """What is deployed to a cluster or a cloud while the target holds no application code at all: what it does shows
    in another repository. Needs: code, and those of this file."""
    if facts.code.foreign or facts.docker.shipped or any(file.service for file in facts.code.files):
        return ()
    if facts.code.listeners or facts.code.routes or facts.code.consumers:
        return ()
    running = (item for item in production_workloads(facts) if item.platform in ("Kubernetes", "ECS", "managed"))
    return tuple(item for item in running if not isinstance(item.of, Workload) or not _is_ready_made(item))


def unseen_code(running: tuple[Running, ...], what: str) -> Outcome:
    """The answer about application code that lies elsewhere."""
    names = ", ".join(dict.fromkeys(item.name for item in running[:6]))
    return unverified(
        f"the code of what is deployed ({names}) is not in this target, so {what} does not show",
        *(item.at for item in running[:6]),
    )


def is_operated(facts: Facts) -> bool:
    """Says whether anything of the target runs that somebody could watch: a library or a command-line tool does not.

    Needs: those of the services and of this file.
    """
    if scope.long_running_services(facts) or scope.deployed_containers(facts) or scope.cloud_resources(facts):
        return True
    return bool(services_of(facts)) or any(part.language in _WEB_LANGUAGES for part in facts.code.foreign)


def _kubernetes(facts: Facts) -> Iterator[Running]:
    for workload in facts.kubernetes.workloads:
        if workload.long_running and any(not parts_of_image(c.image) for c in workload.mains):
            yield Running(workload.name, "Kubernetes", workload.at, workload)


def _compose(facts: Facts) -> Iterator[Running]:
    for service in facts.compose.services:
        image = service.image
        if service.build is not None:
            dockerfile = facts.docker.at(service.build.dockerfile)
            image = dockerfile.base if dockerfile else ""
        if not service.one_shot and not parts_of_image(image):
            yield Running(service.name, "compose", service.at, service)


def _cloud(facts: Facts) -> Iterator[Running]:
    kinds = {Kind.FUNCTION: "Lambda", Kind.TASK_DEFINITION: "ECS", Kind.CONTAINER_SERVICE: "managed"}
    kinds |= {Kind.INSTANCE: "instance", Kind.INSTANCE_GROUP: "instance"}
    for kind, platform in kinds.items():
        for resource in cloud.deciding(facts, kind):
            if resource.type == "aws_ecs_service":
                continue  # Its task definition stands for it.
            if kind is Kind.FUNCTION and not resource.type.startswith("aws_"):
                platform = "managed"
            yield Running(resource.name or resource.address, platform, resource.at, resource)


def processes(facts: Facts, services: tuple[Code, ...]) -> int:
    """How many services there are, counting what is deployed and has no code here beside those that have."""
    deployed = {item.name: item for item in production_workloads(facts)}
    strangers = [name for name, item in deployed.items() if _is_ready_made(item)]
    return max(len(services) + len(strangers), len(deployed))


def _is_ready_made(item: Running) -> bool:
    """Whether a workload runs somebody else's image."""
    if isinstance(item.of, Workload):
        return all(_READY_MADE.search(container.image) for container in item.of.mains)
    return isinstance(item.of, Service) and item.of.build is None and bool(_READY_MADE.search(item.of.image))
