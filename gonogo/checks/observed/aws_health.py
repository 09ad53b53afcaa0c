"""Whether what an AWS account has is at work: only what was seen to work passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from gonogo.checks import cloud
from gonogo.checks.observed import judged
from gonogo.checks.observed.agreement import share, verb
from gonogo.checks.observed.aws_figures import is_for_scaling
from gonogo.checks.observed.aws_items import AWS, figure, is_measured, is_tooling, of_environment
from gonogo.checks.observed.declared import undeclared_gap
from gonogo.checks.observed.unseen import Unseen, left_open
from gonogo.checks.wording import counted
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem

MOST_FAILING = 0.05
"""Share of a function's invocations, or a state machine's executions, that may fail over the window."""
WORKS, ASIDE = "works", "aside"
Verdict: TypeAlias = Problem | Unseen | str
"""A fault, something that was not seen to work, that it works, or that it says nothing: it is off, or set up only."""


def workload_health(facts: Facts) -> Outcome:
    """Everything that runs in the audited environment was seen to work, and nothing is in a failed state."""
    own = of_environment(facts, facts.live.of(AWS, *_JUDGES))
    items = [(item, _JUDGES[item.record.kind](item)) for item in own]
    problems = [verdict for _, verdict in items if isinstance(verdict, Problem)]
    unseen = [verdict for _, verdict in items if isinstance(verdict, Unseen)]
    working = [item for item, verdict in items if verdict == WORKS]
    looked_at = [item for item, _ in items]
    bad = f"{len(problems)} of {counted(len(items), 'thing')} in the account {verb(len(problems), 'fail')}"
    outcome = judged(
        facts, AWS, list(_JUDGES), problems, looked_at, bad=bad, good=_good(looked_at, working), needs=_NEEDS
    )
    unseen += _hidden(facts)
    if looked_at and not working:
        unseen.append(Unseen("nothing that the account has was seen at work", looked_at[0].place))
    outcome = left_open(outcome, unseen, f"{counted(len(unseen), 'thing')} not seen working")
    return undeclared_gap(facts, outcome)


def _good(looked_at: Sequence[Seen], working: Sequence[Seen]) -> str:
    total = counted(len(looked_at), "thing")
    return f"{share(len(working), total, 'were')} seen at work, and none of them is in a bad state"


def _function(item: Seen) -> Verdict:
    state = item.get("State", default="Active")
    if state not in ("Active", "Inactive", "Pending"):
        return Problem(f"function {item.name} is {state}", item.at("State"))
    if item.get("LastUpdateStatus") == "Failed":
        return Problem(f"the last update of function {item.name} failed", item.at("LastUpdateStatus"))
    called, errors = figure(item, "Invocations"), figure(item, "Errors")
    throttled = figure(item, "Throttles") or 0
    if not called and throttled:
        return Problem(f"all {throttled:g} calls of function {item.name} were throttled", item.at("Metrics"))
    if not called and is_tooling(item):
        return ASIDE
    if not called:
        what = "was not invoked in the window" if is_measured(item, "Invocations") else "has no figures of invocations"
        idle = ", and Lambda took its resources back meanwhile" if state == "Inactive" else ""
        return Unseen(f"function {item.name} {what}{idle}", item.place)
    if errors is None:
        return Unseen(f"function {item.name} has no figures of errors", item.place)
    return _share(f"invocations of function {item.name}", errors, called, item)


def _state_machine(item: Seen) -> Verdict:
    started = figure(item, "ExecutionsStarted") or 0
    failed = (figure(item, "ExecutionsFailed") or 0) + (figure(item, "ExecutionsTimedOut") or 0)
    if not started and not failed:
        return Unseen(f"state machine {item.name} ran nothing in the window", item.place)
    # What failed in the window may have started before it.
    return _share(f"executions of state machine {item.name}", failed, max(started, failed), item)


def _share(what: str, failed: float, total: float, item: Seen) -> Verdict:
    """A fault where more than a few of them failed."""
    if failed and failed >= total:
        return Problem(f"all {total:g} {what} failed", item.at("Metrics"))
    if failed > total * MOST_FAILING:
        return Problem(f"{failed:g} of {total:g} {what} failed ({failed / total:.0%})", item.at("Metrics"))
    return WORKS


def _event_source(item: Seen) -> Verdict:
    result = str(item.get("LastProcessingResult", default=""))
    if result.startswith("PROBLEM") and item.get("State") not in ("Disabled", "Disabling", "Deleting"):
        source = item.get("EventSourceArn", default="a source")
        return Problem(f"reading from {source} fails: {result}", item.at("LastProcessingResult"))
    return ASIDE


def _ecs_service(item: Seen) -> Verdict:
    if item.get("status", default="ACTIVE") in ("INACTIVE", "DRAINING"):
        return ASIDE  # deleted: it is listed for a while
    desired, running = item.get("desiredCount", default=0), item.get("runningCount", default=0)
    if running < desired:
        what = f"service {item.name} runs {running} of {counted(desired, 'task')}"
        return Problem(what, item.at("runningCount"))
    for number, deployment in enumerate(item.get("deployments", default=[])):
        if deployment.get("rolloutState") == "FAILED":
            return Problem(f"a deployment of service {item.name} failed", item.at("deployments", number))
    return WORKS if desired else Unseen(f"service {item.name} wants no task", item.at("desiredCount"))


def _target_group(item: Seen) -> Verdict:
    states = [str(target.get("TargetHealth", {}).get("State")) for target in item.get("Health", default=[])]
    bad = states.count("unhealthy")  # unhealthy.draining is on its way out
    if bad:
        return Problem(
            f"{bad} of {counted(len(states), 'target')} of {item.name} {verb(bad, 'are')} unhealthy", item.at("Health")
        )
    if not item.get("LoadBalancerArns"):
        return Unseen(f"target group {item.name} is behind no load balancer", item.place)
    if "healthy" not in states:
        told = f"its targets are {states[0]}" if states else "it has no target"
        return Unseen(f"target group {item.name} has no healthy target: {told}", item.place)
    return WORKS


def _load_balancer(item: Seen) -> Verdict:
    state = item.get("State", "Code", default="active")
    if state in ("failed", "active_impaired"):
        return Problem(f"load balancer {item.name} is {state}", item.at("State"))
    return ASIDE if state == "active" else Unseen(f"load balancer {item.name} is {state}", item.at("State"))


def _agent(item: Seen) -> Verdict:
    status = item.get("agentStatus", default="of no status")
    if status in _IN_BETWEEN:
        return Unseen(f"agent {item.name} is {status}", item.at("agentStatus"))
    if status != "PREPARED":
        return Problem(f"agent {item.name} is {status}, not PREPARED", item.at("agentStatus"))
    for number, alias in enumerate(item.get("Aliases", default=[])):
        if alias.get("agentAliasStatus") in ("FAILED", "DISSOCIATED"):
            what = f"alias {alias.get('agentAliasName')} of agent {item.name} is {alias['agentAliasStatus']}"
            return Problem(what, item.at("Aliases", number))
    return ASIDE


def _knowledge_base(item: Seen) -> Verdict:
    status = item.get("status", default="of no status")
    if status in _IN_BETWEEN:
        return Unseen(f"knowledge base {item.name} is {status}", item.at("status"))
    if status != "ACTIVE":
        return Problem(f"knowledge base {item.name} is {status}, not ACTIVE", item.at("status"))
    for number, source in enumerate(item.get("DataSources", default=[])):
        if source.get("status") in ("FAILED", "DELETE_UNSUCCESSFUL"):
            what = f"data source {source.get('name')} of knowledge base {item.name} is {source['status']}"
            return Problem(what, item.at("DataSources", number))
    return ASIDE


_IN_BETWEEN = ("CREATING", "PREPARING", "UPDATING", "VERSIONING", "DELETING")
_AS_BEFORE = ("UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE")
"""A change was taken back: what was there before is there."""


def _stack(item: Seen) -> Verdict:
    status = str(item.get("StackStatus", default=""))
    if status in _AS_BEFORE:
        return Unseen(f"the last change of stack {item.name} was taken back ({status})", item.at("StackStatus"))
    if status.endswith("FAILED") or "ROLLBACK" in status:
        return Problem(f"stack {item.name} is {status}", item.at("StackStatus"))
    if status.endswith("_IN_PROGRESS") and not status.startswith(("REVIEW", "DELETE", "UPDATE_COMPLETE")):
        return Unseen(f"stack {item.name} is {status}", item.at("StackStatus"))
    return ASIDE


_UP = (
    *("available", "backing-up", "storage-optimization", "storage-config-upgrade", "configuring-enhanced-monitoring"),
    *("configuring-iam-database-auth", "configuring-log-exports", "configuring-associated-roles"),
)
"""States in which a database answers."""
_BETWEEN = (
    *("creating", "modifying", "upgrading", "maintenance", "rebooting", "renaming", "starting", "converting-to-vpc"),
    *("moving-to-vpc", "resetting-master-credentials", "storage-initialization", "update-iam-db-auth", "promoting"),
    *("failing-over", "scaling-compute", "scaling-capacity", "migrating", "preparing-data-migration", "deleting"),
    *("snapshotting", "rebooting cluster nodes", "delete-precheck", "backtracking"),
)


def _database(key: str) -> Callable[[Seen], Verdict]:
    def judge(item: Seen) -> Verdict:
        status = str(item.get(key, default="of no status")).lower()
        if status in _UP:
            return WORKS
        what = f"{_NAMED[item.record.kind]} {item.name} is {status}"
        return Unseen(what, item.at(key)) if status in _BETWEEN else Problem(what, item.at(key))

    return judge


def _table(item: Seen) -> Verdict:
    status = item.get("TableStatus", default="of no status")
    if status in ("ACTIVE", "UPDATING"):
        return ASIDE
    what = f"table {item.name} is {status}"
    place = item.at("TableStatus")
    return Unseen(what, place) if status in ("CREATING", "DELETING") else Problem(what, place)


def _instance(item: Seen) -> Verdict:
    """What is stopped was stopped by somebody; of a failed check only the worst of the window is known."""
    if item.get("State", "Name") != "running":
        return ASIDE
    worst = figure(item, "StatusCheckFailed", "Maximum")
    if worst is None:
        return Unseen(f"instance {item.name} has no figures of status checks", item.place)
    return Unseen(f"instance {item.name} failed a status check in the window", item.at("Metrics")) if worst else WORKS


def _cluster(item: Seen) -> Verdict:
    status = item.get("status", default="of no status")
    if status == "FAILED":
        return Problem(f"cluster {item.name} is FAILED", item.at("status"))
    if issues := item.get("health", "issues"):
        return Problem(f"cluster {item.name} has an issue: {issues[0].get('code')}", item.at("health"))
    return ASIDE if status in ("ACTIVE", "UPDATING") else Unseen(f"cluster {item.name} is {status}", item.at("status"))


def _alarm(item: Seen) -> Verdict:
    if item.get("StateValue") != "ALARM" or is_for_scaling(item) or item.get("Namespace") == "AWS/Billing":
        return ASIDE
    return Problem(f"alarm {item.name} is in ALARM", item.at("StateValue"))


def _hidden(facts: Facts) -> Iterator[Unseen]:
    """What runs and an account's records do not show: pods of a cluster, services that are not looked at."""
    if not facts.live.has("kubernetes"):
        for cluster in facts.live.of(AWS, "eks.cluster"):
            yield Unseen(f"cluster {cluster.name} runs pods, and no cluster was given", cluster.place)
    for resource in cloud.resources(facts, *_RUNNING):
        if resource.provider == "AWS" and resource.type not in _SHOWN:
            what = f"{resource.address} is declared, and gonogo does not look at {resource.type} in an account"
            yield Unseen(what, resource.at)


_NAMED = {
    "rds.instance": "database",
    "rds.cluster": "database cluster",
    "elasticache.cluster": "cache",
    "elasticache.replication_group": "cache",
}
_JUDGES: dict[str, Callable[[Seen], Verdict]] = {
    "lambda.function": _function,
    "lambda.event_source_mapping": _event_source,
    "states.state_machine": _state_machine,
    "ecs.service": _ecs_service,
    "elbv2.target_group": _target_group,
    "elbv2.load_balancer": _load_balancer,
    "bedrock.agent": _agent,
    "bedrock.knowledge_base": _knowledge_base,
    "cloudformation.stack": _stack,
    "rds.instance": _database("DBInstanceStatus"),
    "rds.cluster": _database("Status"),
    "elasticache.cluster": _database("CacheClusterStatus"),
    "elasticache.replication_group": _database("Status"),
    "dynamodb.table": _table,
    "ec2.instance": _instance,
    "eks.cluster": _cluster,
    "cloudwatch.alarm": _alarm,
    "cloudwatch.composite_alarm": _alarm,
}
_NEEDS = (
    *_JUDGES,
    "ecs.cluster",  # without it its services are not even asked for
    *("lambda.function:Metrics", "states.state_machine:Metrics", "ec2.instance:Metrics", "elbv2.target_group:Health"),
    *("bedrock.agent:Aliases", "bedrock.knowledge_base:DataSources"),
)
_RUNNING = (Kind.FUNCTION, Kind.CONTAINER_SERVICE, Kind.DATABASE, Kind.CACHE, Kind.SEARCH, Kind.STREAM)
_SHOWN = frozenset(
    {"aws_lambda_function", "aws_ecs_service", "aws_db_instance", "aws_rds_cluster", "aws_rds_cluster_instance"}
    | {"aws_elasticache_cluster", "aws_elasticache_replication_group", "aws_docdb_cluster", "aws_neptune_cluster"}
    | {"aws_docdb_cluster_instance"}
)
