"""Delivery as an AWS account shows it: stacks that drifted, images that can be exchanged under what runs."""

from __future__ import annotations

from datetime import timedelta

from gonogo.checks.observed import judged
from gonogo.checks.observed.age import moment
from gonogo.checks.observed.agreement import share, verb
from gonogo.checks.observed.aws_items import AWS, last_part, only_beside
from gonogo.checks.observed.aws_logs import last_part_of_task, tasks_of_services, unseen_tasks
from gonogo.checks.observed.unseen import Unseen, left_open
from gonogo.checks.wording import counted
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem

STACK = "cloudformation.stack"
OLDEST_CHECK = timedelta(days=30)
"""How long ago drift may have been looked for."""


def drift(facts: Facts) -> Outcome:
    """Each stack is in sync, by a detection of the last month."""
    stacks = [item for item in facts.live.of(AWS, STACK) if not _is_empty(item)]
    problems, unseen = [], []
    for stack in stacks:
        status = stack.get("DriftInformation", "StackDriftStatus", default="NOT_CHECKED")
        changed = [
            str(one.get("LogicalResourceId"))
            for one in stack.get("Resources", default=[])
            if (one.get("DriftInformation") or {}).get("StackResourceDriftStatus") in ("MODIFIED", "DELETED")
        ]
        place = stack.at("DriftInformation")
        if status == "DRIFTED" or changed:
            which = f": {changed[0]}" if changed else ""
            problems.append(Problem(f"stack {stack.name} has drifted{which}", place))
        elif status != "IN_SYNC":
            unseen.append(Unseen(f"stack {stack.name} was never checked for drift", place))
        elif _is_old(facts, stack):
            unseen.append(Unseen(f"stack {stack.name} was checked for drift over a month ago", place))
    total = counted(len(stacks), "stack")
    bad, good = (
        f"{share(len(problems), total, 'have')} drifted",
        f"{share(len(stacks), total, 'are')} in sync",
    )
    needs = (STACK, f"{STACK}:Resources")
    outcome = judged(facts, AWS, [STACK], problems, stacks, bad=bad, good=good, needs=needs)
    outcome = left_open(outcome, unseen, f"{share(len(unseen), total, 'were')} not seen to be in sync")
    declared = [r for r in facts.terraform.resources() if r.provider == "AWS"]
    return only_beside(outcome, [f"drift of {counted(len(declared), 'resource')} of Terraform"] if declared else [])


def _is_empty(stack: Seen) -> bool:
    """A change set that was never executed leaves a stack without anything in it."""
    return stack.get("StackStatus") in ("REVIEW_IN_PROGRESS", "DELETE_COMPLETE", "DELETE_IN_PROGRESS")


def _is_old(facts: Facts, stack: Seen) -> bool:
    checked, now = moment(stack.get("DriftInformation", "LastCheckTimestamp")), moment(facts.live.snapshot.taken)
    return checked is not None and now is not None and now - checked > OLDEST_CHECK


def immutable_artifacts(facts: Facts) -> Outcome:
    """Containers of services run images of the account's registries by digest, or by tags that can't be moved."""
    tasks = tasks_of_services(facts)
    repositories = {str(item.get("repositoryUri")): item for item in facts.live.of(AWS, "ecr.repository")}
    looked_at: dict[str, Seen] = {}
    problems = []
    for task in tasks:
        for number, container in enumerate(task.get("containerDefinitions", default=[])):
            image = str(container.get("image", ""))
            address, tag = _address_and_tag(image)
            repository = repositories.get(address)
            if repository is None:
                continue  # it comes from elsewhere: no pipeline of the target built it
            looked_at[task.name] = task
            fixed = str(repository.get("imageTagMutability", default="MUTABLE")).startswith("IMMUTABLE")
            if "@sha256:" not in image and not (fixed and tag):
                what = f"container {container.get('name')} of {last_part_of_task(task.name)} runs {last_part(address)}"
                what += f" by the tag {tag}, which can be moved" if tag else " without a tag"
                problems.append(Problem(what, task.at("containerDefinitions", number)))
    total = counted(len(looked_at), "task definition")
    number = len(problems)
    bad = f"{counted(number, 'container')} of {total} {verb(number, 'run')} images that can be exchanged"
    good = f"{share(len(looked_at), total, 'run')} images that can't be exchanged"
    needs = ("ecs.task_definition", "ecs.service", "ecs.cluster", "ecr.repository")
    outcome = judged(facts, AWS, needs, problems, list(looked_at.values()), bad=bad, good=good)
    return left_open(outcome, unseen_tasks(facts), "images")


def _address_and_tag(image: str) -> tuple[str, str]:
    """What an image is called without digest: ``registry:5000/web`` and ``1.2`` of ``registry:5000/web:1.2``."""
    named = image.partition("@")[0]
    address, colon, tag = named.rpartition(":")
    return (address, tag) if colon and "/" not in tag else (named, "")
