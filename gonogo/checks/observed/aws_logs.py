"""Logs of an AWS account: how long they are kept, which edges and control planes write them, what writes none."""

from __future__ import annotations

from collections.abc import Iterator

from gonogo.checks.observed import judged
from gonogo.checks.observed.agreement import counts, share, verb
from gonogo.checks.observed.aws_items import AWS, figure, is_tooling, last_part, only_beside
from gonogo.checks.observed.aws_resilience import networks_in_use
from gonogo.checks.observed.declared import undeclared_gap
from gonogo.checks.observed.unseen import Unseen, left_open
from gonogo.checks.stack import stack_of
from gonogo.checks.stack_parts import Part
from gonogo.checks.wording import counted
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem

GROUP = "logs.log_group"
_SHORT_LIVED = "DELIVERY"
"""The class of groups whose lines go after a day, whatever is set."""
_WANTED = ("api", "audit")


def log_retention(facts: Facts) -> Outcome:
    """Each log group lets its lines expire."""
    groups = [item for item in facts.live.of(AWS, GROUP) if item.get("logGroupClass") != _SHORT_LIVED]
    problems = [
        Problem(f"log group {item.name} never expires", item.at("logGroupName"))
        for item in groups
        if not item.get("retentionInDays")
    ]
    total = counted(len(groups), "log group")
    bad = f"{share(len(problems), total, 'keep')} their lines for ever"
    good = f"{share(len(groups), total, 'have')} a retention period"
    outcome = judged(facts, AWS, [GROUP], problems, groups, bad=bad, good=good)
    return only_beside(outcome, [component.name for component in stack_of(facts).running(Part.LOG_STORE)])


def centralized_logging(facts: Facts) -> Outcome:
    """What runs writes to a central store: functions that were invoked have a group, containers a log driver."""
    groups = {(item.scope, item.name) for item in facts.live.of(AWS, GROUP)}
    functions = [item for item in facts.live.of(AWS, "lambda.function") if figure(item, "Invocations")]
    tasks = tasks_of_services(facts)
    groupless = [item for item in functions if (item.scope, _group_of(item)) not in groups]
    problems = [
        Problem(f"function {item.name} was invoked and has no log group {_group_of(item)}", item.place)
        for item in groupless
        if not facts.live.gaps(AWS, GROUP)
    ]
    problems += [problem for task in tasks for problem in _silent_containers(task)]
    total = counts((len(functions), "function"), (len(tasks), "task definition"))
    outcome = judged(
        facts,
        AWS,
        ["lambda.function", "ecs.task_definition"],
        problems,
        [*functions, *tasks],
        bad=f"{counted(len(problems), 'part')} of {total} {verb(len(problems), 'write')} no logs that are collected",
        good=f"{total} {verb(len(functions) + len(tasks), 'write')} to a central store",
        needs=(
            GROUP,
            "lambda.function",
            "lambda.function:Metrics",
            "ecs.service",
            "ecs.cluster",
            "ecs.task_definition",
        ),
    )
    outcome = left_open(outcome, unseen_tasks(facts), "logs of tasks")
    running = [item for item in facts.live.of(AWS, "ec2.instance") if item.get("State", "Name") == "running"]
    hosts = [f"the logs of {counted(len(running), 'instance')}"] if running else []
    pods = [f"the logs of cluster {item.name}" for item in facts.live.of(AWS, "eks.cluster")]
    return undeclared_gap(facts, only_beside(outcome, [*hosts, *pods]))


def _group_of(function: Seen) -> str:
    return str(function.get("LoggingConfig", "LogGroup", default=f"/aws/lambda/{function.name}"))


def tasks_of_services(facts: Facts) -> list[Seen]:
    """The task definitions that services run, each once."""
    wanted = {
        (item.scope, last_part_of_task(str(item.get("taskDefinition"))))
        for item in facts.live.of(AWS, "ecs.service")
        if item.get("status", default="ACTIVE") == "ACTIVE"
    }
    return [
        item
        for item in facts.live.of(AWS, "ecs.task_definition")
        if (item.scope, last_part_of_task(str(item.get("taskDefinitionArn", default=item.name)))) in wanted
    ]


def unseen_tasks(facts: Facts) -> list[Unseen]:
    """Services whose task definition is not among those that were listed: one that was deregistered runs on."""
    known = {
        (item.scope, last_part_of_task(str(item.get("taskDefinitionArn", default=item.name))))
        for item in facts.live.of(AWS, "ecs.task_definition")
    }
    return [
        Unseen(f"the task definition of service {item.name} was not seen", item.at("taskDefinition"))
        for item in facts.live.of(AWS, "ecs.service")
        if item.get("status", default="ACTIVE") == "ACTIVE"
        and item.get("taskDefinition")
        and (item.scope, last_part_of_task(str(item.get("taskDefinition")))) not in known
    ]


def last_part_of_task(arn: str) -> str:
    """Family and revision: ``web:12``."""
    return arn.rpartition("/")[2]


def _silent_containers(task: Seen) -> Iterator[Problem]:
    for number, container in enumerate(task.get("containerDefinitions", default=[])):
        driver = (container.get("logConfiguration") or {}).get("logDriver", "")
        if driver in ("", "json-file", "none") and not container.get("firelensConfiguration"):
            what = (
                f"container {container.get('name')} of {last_part_of_task(task.name)} has no log driver that collects"
            )
            yield Problem(what, task.at("containerDefinitions", number))


def access_logs(facts: Facts) -> Outcome:
    """Load balancers, buckets, stages of APIs and networks that are used write logs."""
    kinds = ("elbv2.load_balancer", "s3.bucket", "apigateway.rest_api", "apigatewayv2.api", "ec2.vpc")
    used, flowing = networks_in_use(facts), _with_flow_logs(facts)
    takes_logs = _log_buckets(facts)
    items = [
        item
        for item in facts.live.of(AWS, *kinds)
        if not (item.record.kind == "s3.bucket" and item.name in takes_logs)
        and not (item.record.kind == "ec2.vpc" and _id(item) not in used)
        and not _has_no_log(item)
        and not is_tooling(item)
    ]
    found = [fault for item in items for fault in _unlogged(item, flowing)]
    problems = [fault for fault in found if isinstance(fault, Problem)]
    unseen = [fault for fault in found if isinstance(fault, Unseen)]
    total = counted(len(items), "load balancer, bucket, API or network", "load balancers, buckets, APIs and networks")
    outcome = judged(
        facts,
        AWS,
        kinds,
        problems,
        items,
        bad=f"{share(len(problems), total, 'write')} no access or flow logs",
        good=f"{share(len(items), total, 'write')} logs",
        needs=(*kinds, *_LOG_NEEDS),
    )
    outcome = left_open(outcome, unseen, "access logs")
    return only_beside(outcome, [f"distribution {item.name}" for item in facts.live.of(AWS, "cloudfront.distribution")])


def _has_no_log(item: Seen) -> bool:
    """Whether it is a load balancer that passes packets on: only what ends TLS itself writes access logs."""
    if item.get("Type") == "network" and "Listeners" in item.data:
        return all(listener.get("Protocol") != "TLS" for listener in item.get("Listeners", default=[]))
    return bool(item.get("Type") == "gateway")


_LOG_NEEDS = (
    *("elbv2.load_balancer:Attributes", "s3.bucket:Logging", "apigateway.rest_api:Stages", "apigatewayv2.api:Stages"),
    *("ec2.flow_log", "ec2.subnet"),
)


def _unlogged(item: Seen, flowing: set[str]) -> Iterator[Problem | Unseen]:
    kind = item.record.kind
    if kind == "ec2.vpc":
        if _id(item) not in flowing:
            yield Problem(f"network {_id(item)} has no flow logs", item.place)
    elif kind == "s3.bucket":
        if "Logging" not in item.data:
            yield Unseen(f"whether bucket {item.name} logs was not seen", item.place)
        elif not item.get("Logging"):
            yield Problem(f"bucket {item.name} has no server access logging", item.at("Logging"))
    elif kind == "elbv2.load_balancer":
        attributes = {str(a.get("Key")): str(a.get("Value")) for a in item.get("Attributes", default=[])}
        if not attributes:
            yield Unseen(f"the attributes of load balancer {item.name} were not seen", item.place)
        elif attributes.get("access_logs.s3.enabled") != "true":
            yield Problem(f"load balancer {item.name} has no access logs", item.at("Attributes"))
    else:
        for number, stage in enumerate(item.get("Stages", default=[])):
            settings = stage.get("accessLogSettings") or stage.get("AccessLogSettings") or {}
            if not (settings.get("destinationArn") or settings.get("DestinationArn")):
                name = stage.get("stageName") or stage.get("StageName")
                yield Problem(f"stage {name} of API {item.name} has no access logs", item.at("Stages", number))


def _id(network: Seen) -> str:
    return str(network.get("VpcId", default=network.name))


def _with_flow_logs(facts: Facts) -> set[str]:
    """Networks with flow logs of their own, or of each of their subnets."""
    logged = {
        str(item.get("ResourceId"))
        for item in facts.live.of(AWS, "ec2.flow_log")
        if item.get("FlowLogStatus") == "ACTIVE" and item.get("DeliverLogsStatus", default="SUCCESS") == "SUCCESS"
    }
    subnets: dict[str, list[bool]] = {}
    for item in facts.live.of(AWS, "ec2.subnet"):
        subnets.setdefault(str(item.get("VpcId")), []).append(str(item.get("SubnetId", default=item.name)) in logged)
    return logged | {network for network, each in subnets.items() if all(each)}


def _log_buckets(facts: Facts) -> set[str]:
    """The buckets that logs are written to: they can't log to themselves."""
    found = {str(item.get("Logging", "TargetBucket")) for item in facts.live.of(AWS, "s3.bucket")}
    for item in facts.live.of(AWS, "elbv2.load_balancer"):
        found |= {
            str(a.get("Value")) for a in item.get("Attributes", default=[]) if a.get("Key") == "access_logs.s3.bucket"
        }
    for item in facts.live.of(AWS, "ec2.flow_log"):
        found.add(last_part(str(item.get("LogDestination"))) if item.get("LogDestinationType") == "s3" else "")
        found.add(str(item.get("LogDestination", default="")).partition(":::")[2].partition("/")[0])
    return found


def control_plane_logs(facts: Facts) -> Outcome:
    """Each cluster logs what its API server does and who asked it to."""
    clusters = facts.live.of(AWS, "eks.cluster")
    problems = [
        Problem(f"cluster {item.name} does not log {' and '.join(missing)}", item.at("logging"))
        for item in clusters
        if (missing := [name for name in _WANTED if name not in _logged_types(item)])
    ]
    total = counted(len(clusters), "cluster")
    bad = f"{share(len(problems), total, 'log')} too little of their control plane"
    good = f"{share(len(clusters), total, 'log')} API server and audit"
    return judged(facts, AWS, ["eks.cluster"], problems, clusters, bad=bad, good=good)


def _logged_types(cluster: Seen) -> set[str]:
    setups = cluster.get("logging", "clusterLogging", default=[])
    return {str(name) for setup in setups if setup.get("enabled") for name in setup.get("types", ())}
