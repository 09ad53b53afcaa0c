"""The target's cloud resources, whichever tool defines them. What checks of cloud infrastructure start from."""

from __future__ import annotations

from gonogo.facts import Facts
from gonogo.facts.resources import ModuleCall, Resource


def resources(facts: Facts, *wanted: str, dormant: bool = False) -> tuple[Resource, ...]:
    """Resources of the audited environment of these kinds or types, from Terraform and CloudFormation alike.

    Needs: terraform, cloudformation. ``dormant=True`` adds those whose count or condition is off (opt-in parts).
    """
    return (
        *facts.terraform.resources(*wanted, dormant=dormant),
        *facts.cloudformation.resources(*wanted, dormant=dormant),
    )


def deciding(facts: Facts, *wanted: str) -> tuple[Resource, ...]:
    """The resources that decide: what the default deployment makes, or, where that has none, the opt-in ones."""
    return resources(facts, *wanted) or resources(facts, *wanted, dormant=True)


def opaque_modules(facts: Facts) -> tuple[ModuleCall, ...]:
    """Calls of modules of which nothing is known: what they make may be anything. Needs: terraform."""
    return tuple(module for module in facts.terraform.modules() if module.opaque)


def related(facts: Facts, resource: Resource, *types: str) -> tuple[Resource, ...]:
    """Resources of these types that name this one (a bucket's public access block, a queue's policy)."""
    return tuple(
        other for other in resources(facts, *types) if other.root == resource.root and other.refers_to(resource)
    )
