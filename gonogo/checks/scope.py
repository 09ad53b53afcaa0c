"""What a target is made of, asked by many checks: it decides whether a criterion applies.

Each function gives the places that show the thing; an empty tuple says that a reading of all deciding files found none.
A check that calls one lists the tools it reads under ``needs``.
"""

from __future__ import annotations

from gonogo.facts import Facts
from gonogo.model.evidence import Place


def cloud_resources(facts: Facts) -> tuple[Place, ...]:
    """Cloud resources that infrastructure code instantiates. Needs: terraform, cloudformation."""
    return ()


def cloud_accounts(facts: Facts) -> tuple[Place, ...]:
    """Uses of a cloud account: infrastructure code, pipelines or application code that reach one.

    Needs: terraform, cloudformation, pipelines, code.
    """
    return ()


def infrastructure_code(facts: Facts) -> tuple[Place, ...]:
    """Any definition of an environment as code. Needs: terraform, cloudformation, kubernetes, compose."""
    return ()


def built_images(facts: Facts) -> tuple[Place, ...]:
    """Shipped Dockerfiles. Needs: docker."""
    return ()


def deployed_containers(facts: Facts) -> tuple[Place, ...]:
    """Containers that manifests, compose files or task definitions run. Needs: kubernetes, compose, terraform,
    cloudformation."""
    return ()


def kubernetes_workloads(facts: Facts) -> tuple[Place, ...]:
    """Deployments, StatefulSets, DaemonSets, Jobs and CronJobs. Needs: kubernetes."""
    return ()


def network_services(facts: Facts) -> tuple[Place, ...]:
    """What listens on a network: routes and servers in code, published ports, ingresses, gateways, function URLs.

    Needs: code, kubernetes, compose, terraform, cloudformation.
    """
    return ()


def long_running_services(facts: Facts) -> tuple[Place, ...]:
    """Processes that keep running: servers, consumers, deployed workloads. Needs as network_services."""
    return ()


def outbound_calls(facts: Facts) -> tuple[Place, ...]:
    """Calls over a network that product code makes. Needs: code."""
    return ()


def language_models(facts: Facts) -> tuple[Place, ...]:
    """Uses of a language model: SDK calls, Bedrock resources, agent definitions, personas and skills.

    Needs: code, terraform, cloudformation, dependencies.
    """
    return ()


def agents(facts: Facts) -> tuple[Place, ...]:
    """Agents: a model that is given tools or runs in a loop. Needs as language_models."""
    return ()
