"""Containers that run, as ``docker inspect`` shows them."""

from __future__ import annotations

from collections.abc import Iterator

from gonogo.checks.observed import judged
from gonogo.checks.observed.declared import undeclared_gap
from gonogo.checks.wording import agreed
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem, unverified

MOST_RESTARTS = 5
"""Restarts of one container from which on it does not just start: its dependencies were slow a few times at most."""


def workload_health(facts: Facts) -> Outcome:
    """All containers run, none restarts again and again, and none says of itself that it is unhealthy."""
    containers = facts.live.of("docker", "container")
    problems = [problem for item in containers for problem in _faults(item)]
    running = [item for item in containers if not _is_done(item)]
    if containers and not running:
        return unverified(
            "no container runs: what is there has done its work", *(item.place for item in containers[:5])
        )
    good = f"{agreed(len(running), 'container runs and is', 'containers run and are')} not unhealthy"
    outcome = judged(facts, "docker", ["container"], problems, running, bad="containers do not work", good=good)
    return undeclared_gap(facts, outcome)


def restart_policy(facts: Facts) -> Outcome:
    """Each container is started again when it dies; what has done its work need not be."""
    containers = [item for item in facts.live.of("docker", "container") if not _is_done(item)]
    problems = [
        Problem(f"{item.name} is not restarted when it dies", item.at("HostConfig", "RestartPolicy"))
        for item in containers
        if item.get("HostConfig", "RestartPolicy", "Name", default="no") in ("", "no")
    ]
    good = f"{agreed(len(containers), 'container has', 'containers have')} a restart policy"
    return judged(facts, "docker", ["container"], problems, containers, bad="no restart policy", good=good)


def non_root_containers(facts: Facts) -> Outcome:
    """No container runs as root."""
    containers = facts.live.of("docker", "container")
    problems = [
        Problem(f"{item.name} runs as root", item.at("Config", "User"))
        for item in containers
        if str(item.get("Config", "User", default="")).partition(":")[0] in ("", "0", "root")
    ]
    good = f"{agreed(len(containers), 'container runs', 'containers run')} as another user than root"
    return judged(facts, "docker", ["container"], problems, containers, bad="containers run as root", good=good)


def resource_limits(facts: Facts) -> Outcome:
    """Each container has a limit of memory."""
    containers = facts.live.of("docker", "container")
    problems = [
        Problem(f"{item.name} has no memory limit", item.at("HostConfig", "Memory"))
        for item in containers
        if not item.get("HostConfig", "Memory", default=0)
    ]
    good = f"{agreed(len(containers), 'container has', 'containers have')} a memory limit"
    return judged(facts, "docker", ["container"], problems, containers, bad="no memory limit", good=good)


def _is_done(item: Seen) -> bool:
    """Whether it has done its work: a migration, a job. What is to be started again whenever it ends has not."""
    has_ended = item.get("State", "Status") == "exited" and item.get("State", "ExitCode") == 0
    return bool(has_ended) and item.get("HostConfig", "RestartPolicy", "Name") not in ("always", "unless-stopped")


def _faults(item: Seen) -> Iterator[Problem]:
    state, restarts = str(item.get("State", "Status", default="unknown")), item.get("RestartCount", default=0)
    if _is_done(item):
        return
    if state != "running":
        yield Problem(f"{item.name} is {state}", item.at("State", "Status"))
    elif item.get("State", "Health", "Status") == "unhealthy":
        yield Problem(f"{item.name} is unhealthy", item.at("State", "Health"))
    elif isinstance(restarts, int) and restarts >= MOST_RESTARTS:
        yield Problem(f"{item.name} was restarted {restarts} times", item.at("RestartCount"))
