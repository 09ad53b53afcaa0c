"""What the files declare and no source that was given could show: a pass may not stand on it."""

from __future__ import annotations

from dataclasses import replace

from gonogo.checks import scope
from gonogo.facts import Facts
from gonogo.model.assessment import Outcome, unverified
from gonogo.model.criterion import Status


def undeclared_gap(facts: Facts, outcome: Outcome) -> Outcome:
    """The outcome; a pass is open where files deploy to what was not looked at."""
    missing = unseen_kinds(facts)
    if outcome.status is not Status.PASS or not missing:
        return outcome
    return replace(unverified(f"{' and '.join(missing)}; else: {outcome.reason}"), places=outcome.places)


def unseen_kinds(facts: Facts) -> list[str]:
    """What is deployed by files and was not looked at, as sentences without a full stop."""
    live, found = facts.live, []
    if facts.kubernetes.workloads and not live.has("kubernetes"):
        found.append("Kubernetes workloads are declared, and no cluster was given")
    resources = [*facts.terraform.resources(), *facts.cloudformation.resources()]
    if any(item.type.startswith(("aws_", "AWS::")) for item in resources) and not live.has("aws"):
        found.append("AWS resources are declared, and no account was given")
    hosts = ("docker", "kubernetes", "aws")
    if scope.deployed_containers(facts) and not any(live.has(name) for name in hosts):
        found.append("containers are declared, and no source that shows them was given")
    return found
