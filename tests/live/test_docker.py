"""What containers that run show, and what has done its work."""

from __future__ import annotations

from typing import Any

from gonogo.checks.observed.docker import resource_limits, restart_policy, workload_health
from gonogo.model.criterion import Status
from gonogo.model.snapshot import Record
from tests.live.observed import facts_of, record

RUNS = {"Status": "running"}
DONE = {"Status": "exited", "ExitCode": 0}


def container(name: str = "web", state: Any = None, policy: str = "always", **data: Any) -> Record:
    host = {"RestartPolicy": {"Name": policy}, "Memory": 1 << 26}
    return record("docker", "container", name, State=state or RUNS, HostConfig=host, **data)


def test_what_has_done_its_work_breaks_nothing() -> None:
    migration = container("migrate", DONE, "no")
    found = workload_health(facts_of([container(), migration]))
    assert found.status is Status.PASS
    assert found.reason == "1 container runs and is not unhealthy"
    assert restart_policy(facts_of([container(), migration])).status is Status.PASS
    assert resource_limits(facts_of([container()])).reason == "1 container has a memory limit"


def test_what_should_be_started_again_and_is_not_there_is_broken() -> None:
    found = workload_health(facts_of([container(), container("worker", DONE, "unless-stopped")]))
    assert found.status is Status.FAIL
    assert "worker is exited" in found.reason


def test_where_nothing_runs_nothing_was_seen_to_work() -> None:
    assert workload_health(facts_of([container("migrate", DONE, "no")])).status is Status.UNVERIFIED


def test_a_container_that_nothing_restarts_fails() -> None:
    assert restart_policy(facts_of([container(policy="")])).status is Status.FAIL
