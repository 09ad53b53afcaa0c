"""Secrets of an AWS account: whether they are kept out of plain environments, and whether they rotate."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from gonogo.checks.observed import judged
from gonogo.checks.observed.age import older_than
from gonogo.checks.observed.agreement import share
from gonogo.checks.observed.aws_items import AWS
from gonogo.checks.observed.aws_logs import last_part_of_task, tasks_of_services, unseen_tasks
from gonogo.checks.observed.unseen import Unseen, left_open
from gonogo.checks.wording import counted, have, listed
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem
from gonogo.model.evidence import Place

SECRET = "[looks like a secret]"
"""What stands in the place of one."""
_KEY = re.compile(r"(?:^|_)AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|ACCESS_KEY|SECRET_KEY)$")
_ENVIRONMENTS = ("lambda.function", "ecs.task_definition")
_ENVIRONMENT_NEEDS = (*_ENVIRONMENTS, "ecs.service", "ecs.cluster")
_LATE = 2
"""How many of its periods may go by before a rotation that is on counts as one that does not work."""


def secrets_manager(facts: Facts) -> Outcome:
    """No function and no task gets a value in its environment that looks like a secret."""
    items = [*facts.live.of(AWS, "lambda.function"), *_tasks(facts)]
    problems: list[Problem] = []
    unseen: list[Unseen] = []
    for item in items:
        shown = [(name, place) for name, value, place in _variables(item) if value == SECRET]
        if shown:
            names = listed((name for name, _ in shown), 3)
            problems.append(Problem(f"{_called(item)} has {names} in its environment", shown[0][1]))
        unseen += _unread_environments(item)
    total = counted(len(items), "function or task", "functions and tasks")
    outcome = judged(
        facts,
        AWS,
        _ENVIRONMENTS,
        problems,
        items,
        bad=f"{len(problems)} of {total} {have(len(problems))} secrets in plain environment variables",
        good=f"no value in the environments of {total} looks like a secret",
        needs=_ENVIRONMENT_NEEDS,
    )
    return left_open(outcome, [*unseen, *unseen_tasks(facts)], "environments")


def key_variables(facts: Facts) -> Iterator[tuple[str, Place]]:
    """The environments that hold an access key of AWS, as sentences, by the names of their variables."""
    for item in (*facts.live.of(AWS, "lambda.function"), *_tasks(facts)):
        for name, _, place in _variables(item):
            if _KEY.search(name):
                yield f"{_called(item)} gets {name}", place
                break


def _tasks(facts: Facts) -> list[Seen]:
    """The task definitions that services run, and the newest of each family, which is what is started by hand."""
    newest: dict[tuple[str, str], Seen] = {}
    for item in facts.live.of(AWS, "ecs.task_definition"):
        key = (item.scope, str(item.get("family", default=item.name)))
        if key not in newest or item.get("revision", default=0) > newest[key].get("revision", default=0):
            newest[key] = item
    found = [*tasks_of_services(facts), *newest.values()]
    return list({(item.scope, item.name): item for item in found}.values())


def _variables(item: Seen) -> Iterator[tuple[str, str, Place]]:
    for name, value in item.get("Environment", "Variables", default={}).items():
        yield name, str(value), item.at("Environment", "Variables", name)
    for number, container in enumerate(item.get("containerDefinitions", default=[])):
        for at, variable in enumerate(container.get("environment") or ()):
            place = item.at("containerDefinitions", number, "environment", at)
            yield str(variable.get("name")), str(variable.get("value")), place


def _unread_environments(item: Seen) -> Iterator[Unseen]:
    if item.get("Environment", "Error"):
        yield Unseen(f"the environment of {_called(item)} could not be decrypted", item.at("Environment", "Error"))
    for number, container in enumerate(item.get("containerDefinitions", default=[])):
        if container.get("environmentFiles"):
            place = item.at("containerDefinitions", number, "environmentFiles")
            yield Unseen(f"the environment files of {_called(item)} were not read", place)


def _called(item: Seen) -> str:
    is_task = item.record.kind == "ecs.task_definition"
    return f"task {last_part_of_task(item.name)}" if is_task else f"function {item.name}"


def secrets_rotation(facts: Facts) -> Outcome:
    """Each stored secret rotates by itself, and did so when it should."""
    secrets = [
        item
        for item in facts.live.of(AWS, "secretsmanager.secret")
        if not item.get("DeletedDate") and item.get("PrimaryRegion", default=item.scope) == item.scope
    ]
    problems = [problem for item in secrets if (problem := _fixed(facts, item))]
    total = counted(len(secrets), "stored secret")
    return judged(
        facts,
        AWS,
        ["secretsmanager.secret"],
        problems,
        secrets,
        bad=f"{share(len(problems), total, 'do')} not rotate",
        good=f"{share(len(secrets), total, 'rotate')}",
    )


def _fixed(facts: Facts, secret: Seen) -> Problem | None:
    if secret.get("OwningService"):
        return None  # the service that owns it rotates it
    if not secret.get("RotationEnabled"):
        return Problem(f"secret {secret.name} has no rotation", secret.at("RotationEnabled"))
    days = secret.get("RotationRules", "AutomaticallyAfterDays")
    late = isinstance(days, int) and older_than(facts, secret, "LastRotatedDate", timedelta(days=days * _LATE))
    if late:
        told = str(secret.get("LastRotatedDate"))[:10]
        what = f"secret {secret.name} should rotate every {days} days and last did so on {told}"
        return Problem(what, secret.at("LastRotatedDate"))
    return None
