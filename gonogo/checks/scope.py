"""What a target is made of, asked by many checks: it decides whether a criterion applies.

Each function gives the places that show the thing; an empty tuple says that a reading of all deciding files found none.
A check that calls one lists the tools it reads under ``needs``.
"""

from __future__ import annotations

import re

from gonogo.checks import cloud, model_agents, model_retrieval, model_use, stores
from gonogo.checks.data_stores import stores_of_record
from gonogo.checks.known_images import is_store
from gonogo.facts import Facts
from gonogo.facts.compose import Service
from gonogo.facts.kinds import Kind
from gonogo.model.evidence import Place


def cloud_resources(facts: Facts) -> tuple[Place, ...]:
    """Cloud resources that infrastructure code instantiates; opt-in ones only where there is no other.

    Needs: terraform, cloudformation.
    """
    return tuple(resource.at for resource in cloud.deciding(facts) if resource.provider)


def cloud_accounts(facts: Facts) -> tuple[Place, ...]:
    """Uses of a cloud account: infrastructure code, pipelines or application code that reach one.

    Needs: terraform, cloudformation, pipelines, code.
    """
    return cloud.accounts(facts)


def infrastructure_code(facts: Facts) -> tuple[Place, ...]:
    """Any definition of an environment as code. Needs: terraform, cloudformation, kubernetes, compose."""
    return (
        *(root.at for root in facts.terraform.roots),
        *(template.at for template in facts.cloudformation.templates),
        *(unit.at for unit in facts.kubernetes.units if any(o.unit == unit.path for o in facts.kubernetes.objects)),
        *(project.at for project in facts.compose.deciding),
        *cloud.platform_files(facts),
    )


def built_images(facts: Facts) -> tuple[Place, ...]:
    """Shipped Dockerfiles. Needs: docker."""
    return tuple(file.at for file in facts.docker.shipped)


_BESIDE = re.compile(r"^$|^(?:deploy|deployments?|docker|compose|infra|infrastructure|ops|prod|production)(?:/|$)")


def compose_services(facts: Facts) -> tuple[Service, ...]:
    """What compose starts by default. Beside a cluster, projects in side folders do not count. Needs: kubernetes,
    compose."""
    cluster = bool(facts.kubernetes.workloads)
    projects = [p for p in facts.compose.deciding if not cluster or _BESIDE.match(p.folder)]
    return tuple(service for project in projects for service in project.started)


def unseen_workloads(facts: Facts) -> tuple[Place, ...]:
    """Workloads of a cluster that come from elsewhere, or that Terraform makes: their pods can't be read.

    Needs: kubernetes, terraform.
    """
    made = facts.terraform.resources(Kind.HELM_RELEASE, Kind.KUBERNETES)
    words = ("helm_release", "deployment", "stateful_set", "daemon", "_pod", "_job", "manifest")
    found = (*facts.kubernetes.remote, *(release.at for release in facts.kubernetes.releases))
    return tuple(dict.fromkeys((*found, *(r.at for r in made if any(word in r.type for word in words)))))


_OF_OTHERS = re.compile(r"^chart |^helmCharts: |^helmChartInflationGenerator: |(?:^|\.)helm_release\.")


def unseen_own_workloads(facts: Facts) -> tuple[Place, ...]:
    """The same without charts of others, as long as the target has workloads of its own, which then decide."""
    found = unseen_workloads(facts)
    if not facts.kubernetes.workloads:
        return found
    return tuple(place for place in found if not _OF_OTHERS.search(place.symbol))


def deployed_containers(facts: Facts) -> tuple[Place, ...]:
    """Containers that manifests, compose files or task definitions run. Needs: kubernetes, compose, terraform,
    cloudformation."""
    return (
        *(container.at for workload in facts.kubernetes.workloads for container in workload.containers),
        *(service.at for service in compose_services(facts)),
        *(resource.at for resource in cloud.deciding(facts, Kind.TASK_DEFINITION, Kind.CONTAINER_SERVICE)),
    )


def kubernetes_workloads(facts: Facts) -> tuple[Place, ...]:
    """Deployments, StatefulSets, DaemonSets, Jobs and CronJobs. Needs: kubernetes."""
    return tuple(workload.at for workload in facts.kubernetes.workloads)


def network_services(facts: Facts) -> tuple[Place, ...]:
    """What listens on a network: routes and servers in code, published ports, ingresses, gateways, function URLs.

    Needs: code, kubernetes, compose, terraform, cloudformation.
    """
    return (*serving_code(facts), *exposed(facts))


def serving_code(facts: Facts) -> tuple[Place, ...]:
    """Servers, routes and framework applications in reached product code. Needs: code."""
    code = facts.code
    return tuple(dict.fromkeys([item.at for item in code.listeners] + [item.at for item in code.routes]))


def exposed(facts: Facts) -> tuple[Place, ...]:
    """What deployment files put on a network. Needs: kubernetes, compose, terraform, cloudformation."""
    kinds = (Kind.LOAD_BALANCER, Kind.API, Kind.FUNCTION_URL, Kind.CONTAINER_SERVICE, Kind.CDN)
    objects = facts.kubernetes.of(
        "Ingress", "Service", "Gateway", "HTTPRoute", "IngressRoute", "VirtualService", "Route"
    )
    return (
        *(port.at for service in facts.compose.services for port in service.ports),
        *(item.at for item in objects),
        *(r.at for source in (facts.terraform, facts.cloudformation) for r in source.resources(*kinds)),
    )


def long_running_services(facts: Facts) -> tuple[Place, ...]:
    """Processes that keep running: servers, consumers, deployed workloads. Needs as network_services."""
    return (
        *(item.at for item in facts.code.listeners),
        *(item.at for item in facts.code.consumers),
        *(workload.at for workload in facts.kubernetes.workloads if workload.long_running),
        *(s.at for s in facts.compose.services if not s.one_shot and (s.build is not None or not is_store(s.image))),
        *(
            r.at
            for source in (facts.terraform, facts.cloudformation)
            for r in source.resources(Kind.CONTAINER_SERVICE, Kind.INSTANCE_GROUP, Kind.INSTANCE)
        ),
    )


def outbound_calls(facts: Facts) -> tuple[Place, ...]:
    """Calls over a network that product code makes; a front end's own calls and embedded databases are none.

    Needs: code.
    """
    return tuple(c.at for c in facts.code.clients if c.kind != "browser" and c.library != "sqlite")


def language_models(facts: Facts) -> tuple[Place, ...]:
    """Uses of a language model: SDK and HTTP calls, Bedrock resources, agent definitions that are what the target is.

    What an assistant reads while people develop the target (CLAUDE.md, rules, skills) is none.
    Needs: code, terraform, cloudformation, dependencies.
    """
    called = [call.at for call in model_use.model_calls(facts)]
    written = [agent.at for agent in model_agents.agents(facts)]
    found = (*called, *model_use.model_resources(facts), *written, *model_use.foreign_uses(facts))
    return tuple(dict.fromkeys(found))


def agents(facts: Facts) -> tuple[Place, ...]:
    """Agents: a model that is given tools or runs in a loop. Needs as language_models."""
    return tuple(agent.at for agent in model_agents.agents(facts))


def retrieval(facts: Facts) -> tuple[Place, ...]:
    """What a model's answers are drawn from: vector stores, knowledge bases, memories. Needs as language_models."""
    return model_retrieval.retrieval(facts)


def data_stores(facts: Facts) -> tuple[Place, ...]:
    """Data stores of record: what is defined, deployed, or reached by code; caches and lock tables are none.

    Needs: terraform, cloudformation, kubernetes, compose, code. ``data_stores.stores_of_record`` has all about them.
    """
    return tuple(store.place for store in stores_of_record(facts))


def personal_data(facts: Facts, *, stored: bool = False) -> tuple[Place, ...]:
    """Data of persons that is handled, or with ``stored`` kept: fields in models, tables and schemas, user pools.

    Needs: terraform, cloudformation.
    """
    return stores.personal_fields(facts, stored=stored)
