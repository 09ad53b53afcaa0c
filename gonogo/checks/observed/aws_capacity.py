"""Whether the capacity of an AWS account fits its use, is bought cheaply, and can shrink."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gonogo.checks.observed import judged
from gonogo.checks.observed.agreement import share
from gonogo.checks.observed.aws_beside import composed, in_clusters, other_clouds
from gonogo.checks.observed.aws_items import AWS, figure, last_part, only_beside
from gonogo.checks.observed.aws_logs import tasks_of_services
from gonogo.checks.observed.unseen import Unseen, left_open
from gonogo.checks.wording import counted, have
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem, not_applicable

_INSTANCE, _DATABASE = "ec2.instance", "rds.instance"
LEAST, MOST = 5, 80
"""Per cent of CPU on average, beyond which a size does not fit."""
_SMALLEST = re.compile(r"\.(?:nano|micro|small)$")


def right_sizing(facts: Facts) -> Outcome:
    """The CPUs of instances and databases are used between 5 and 80% on average; the smallest sizes can't shrink."""
    items = [item for item in facts.live.of(AWS, _INSTANCE, _DATABASE) if _runs(item)]
    problems, unseen = [], []
    for item in items:
        used, size = figure(item, "CPUUtilization", "Average"), str(item.get(_size_key(item), default=""))
        name = f"{'instance' if item.record.kind == _INSTANCE else 'database'} {item.name} ({size})"
        if used is None:
            unseen.append(Unseen(f"the use of {name} was not seen", item.place))
        elif used < LEAST and not _SMALLEST.search(size) and _is_for_memory(size):
            what = f"{name} uses {used:.1f}% of its CPU; whether it needs its memory or its bursts was not seen"
            unseen.append(Unseen(what, item.at("Metrics", "CPUUtilization")))
        elif used > MOST or (used < LEAST and not _SMALLEST.search(size)):
            problems.append(Problem(f"{name} uses {used:.1f}% of its CPU", item.at("Metrics", "CPUUtilization")))
    total = counted(len(items), "instance or database", "instances and databases")
    outcome = judged(
        facts,
        AWS,
        [_INSTANCE, _DATABASE],
        problems,
        items,
        bad=f"{share(len(problems), total, 'are')} too large or too small by their average CPU",
        good=f"the CPU of {len(items)} of {total} is used between {LEAST} and {MOST}% on average, or they are smallest",
        needs=(_INSTANCE, f"{_INSTANCE}:Metrics", _DATABASE, f"{_DATABASE}:Metrics"),
    )
    services = [f"the use of service {item.name}" for item in facts.live.of(AWS, "ecs.service")]
    outcome = left_open(outcome, unseen, "use of capacity")
    return only_beside(outcome, [*services, *in_clusters(facts), *composed(facts), *other_clouds(facts)])


def _is_for_memory(size: str) -> bool:
    """Whether a size is bought for its memory (r, x, z, u), or idles by design (t): its CPU alone says little."""
    return bool(re.match(r"(?:db\.)?[rxzut][-0-9]", size))


def _runs(item: Seen) -> bool:
    return item.get("State", "Name") == "running" or str(item.get("DBInstanceStatus")) == "available"


def _size_key(item: Seen) -> str:
    return "InstanceType" if item.record.kind == _INSTANCE else "DBInstanceClass"


def purchase_options(facts: Facts) -> Outcome:
    """Some compute is on spot capacity or Graviton. Where none is, savings plans may cover it, which do not show."""
    machines = [item for item in facts.live.of(AWS, _INSTANCE, "ecs.service") if _is_compute(item)]
    compute = machines or list(facts.live.of(AWS, "lambda.function"))
    arm_tasks = {last_part(str(task.get("taskDefinitionArn", default=task.name))) for task in _arm_tasks(facts)}
    cheap = [item for item in compute if _is_cheap(item, arm_tasks)]
    total = counted(len(compute), "instance, service or function", "instances, services and functions")
    if not cheap:
        return not_applicable(f"none of {total} is on spot capacity or Graviton; savings plans do not show")
    kinds = (_INSTANCE, "ecs.service", "ecs.cluster", "ecs.task_definition", "lambda.function")
    good = f"{len(cheap)} of {total} {have(len(cheap))} spot capacity or Graviton"
    return judged(facts, AWS, kinds, [], cheap, bad="", good=good)


def _is_compute(item: Seen) -> bool:
    return str(item.get("State", "Name")) == "running" or str(item.get("status")) == "ACTIVE"


def _arm_tasks(facts: Facts) -> Iterator[Seen]:
    return (task for task in tasks_of_services(facts) if task.get("runtimePlatform", "cpuArchitecture") == "ARM64")


def _is_cheap(item: Seen, arm_tasks: set[str]) -> bool:
    if item.record.kind == "ecs.service":
        strategy = item.get("capacityProviderStrategy", default=[])
        spot = any("SPOT" in str(part.get("capacityProvider")) and part.get("weight", 1) for part in strategy)
        return spot or last_part(str(item.get("taskDefinition"))) in arm_tasks
    architectures = item.get("Architectures", default=[item.get("Architecture")])
    return str(item.get("InstanceLifecycle")) == "spot" or "arm64" in architectures


def scale_in(facts: Facts) -> Outcome:
    """Nothing that runs has a fixed number. That it shrinks in fact needs a policy, and policies are not read."""
    targets = {(item.scope, item.name): item for item in facts.live.of(AWS, "applicationautoscaling.target")}
    items = [*facts.live.of(AWS, "ecs.service"), *facts.live.of(AWS, "autoscaling.group")]
    items = [item for item in items if _is_scalable(item)]
    hidden = bool(facts.live.gaps(AWS, "applicationautoscaling.target"))
    told = [item for item in items if not (hidden and item.record.kind == "ecs.service")]
    problems = [problem for item in told if (problem := _fixed(item, targets))]
    total = counted(len(items), "service or group", "services and groups")
    if not problems and not hidden:
        return not_applicable(f"whether a policy shrinks any of {total} does not show in the account")
    bad = f"{len(problems)} of {total} can't shrink"
    needs = ("ecs.service", "ecs.cluster", "autoscaling.group", "applicationautoscaling.target")
    return judged(facts, AWS, needs, problems, items, bad=bad, good="")


def _is_scalable(item: Seen) -> bool:
    if item.record.kind == "ecs.service":
        return item.get("schedulingStrategy") != "DAEMON" and bool(item.get("desiredCount", default=0))
    return bool(item.get("MaxSize", default=0))


def _fixed(item: Seen, targets: Mapping[tuple[str, str], Seen]) -> Problem | None:
    if item.record.kind == "autoscaling.group":
        least, most = item.get("MinSize", default=0), item.get("MaxSize", default=0)
        return Problem(f"group {item.name} has a fixed size of {most}", item.at("MinSize")) if least >= most else None
    name = f"service/{last_part(str(item.get('clusterArn', default='')))}/{item.name}"
    target = targets.get((item.scope, name))
    if target is None:
        return Problem(f"service {item.name} has a fixed number of tasks", item.at("desiredCount"))
    if target.get("SuspendedState", "DynamicScalingInSuspended") is True:
        return Problem(f"scaling in of service {item.name} is suspended", target.at("SuspendedState"))
    if target.get("MinCapacity", default=0) >= target.get("MaxCapacity", default=0):
        return Problem(f"service {item.name} scales between the same number of tasks", target.at("MinCapacity"))
    return None
