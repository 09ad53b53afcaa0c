"""Whether what runs in a cluster survives losing a pod or a node, and whether its replicas follow the load."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gonogo.checks.known_images import is_node_agent, is_store
from gonogo.checks.observed import judged
from gonogo.checks.observed.agreement import share
from gonogo.checks.observed.declared import undeclared_gap
from gonogo.checks.observed.kubernetes_workloads import (
    KUBERNETES,
    SCALED,
    Runs,
    is_whole,
    items_of,
    owner_of,
    selects,
    titled,
    workloads,
)
from gonogo.checks.observed.unseen import Unseen, left_open
from gonogo.checks.wording import counted
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem

SCALERS, BUDGETS = "horizontalpodautoscalers", "poddisruptionbudgets"
_KINDS = {"deployments": "Deployment", "statefulsets": "StatefulSet"}


def redundancy(facts: Facts) -> Outcome:
    """Two replicas at least of each, and a budget that keeps one of them when nodes are drained."""
    found, scalers, budgets = _scaled(facts), _scalers(facts), items_of(facts, BUDGETS)
    problems = []
    for runs in found:
        if (least := _least(runs, scalers)) < 2:
            problems.append(Problem(f"{runs.title} runs {counted(least, 'replica')} at least", _count_at(runs)))
        elif not _budgets(runs, budgets) and is_whole(facts, BUDGETS):
            problems.append(Problem(f"{runs.title} has no PodDisruptionBudget", runs.seen.place))
    alone = [runs for runs in workloads(facts) if runs.kind == "pods" and runs.keeps_running]
    problems += [
        Problem(f"{runs.title} is one pod that nothing makes anew", runs.seen.place) for runs in alone if _is_bare(runs)
    ]
    unseen = [
        Unseen(f"the replicas of {runs.title} are not read", runs.seen.place) for runs in alone if not _is_bare(runs)
    ]
    total = counted(len(found), "workload")
    outcome = judged(
        facts,
        KUBERNETES,
        (*SCALED, "pods", SCALERS, BUDGETS),
        problems,
        [runs.seen for runs in found],
        bad=f"{len(problems)} of {total} may go as a whole",
        good=f"{share(len(found), total, 'have')} two replicas or more and a disruption budget",
    )
    return undeclared_gap(facts, left_open(outcome, unseen, "replicas"))


def _is_bare(runs: Runs) -> bool:
    return not owner_of(runs.seen)[0]


def autoscaling(facts: Facts) -> Outcome:
    """Each deployment of an application has an autoscaler that can move and reads its metrics."""
    found, scalers = _applications(facts), _scalers(facts)
    problems = [problem for runs in found if (problem := _fixed(runs, _scaler(runs, scalers)))]
    problems = problems if is_whole(facts, SCALERS) else []
    total = counted(len(found), "deployment")
    outcome = judged(
        facts,
        KUBERNETES,
        ("deployments", SCALERS),
        problems,
        [runs.seen for runs in found],
        bad=f"the replicas of {len(problems)} of {total} do not follow the load",
        good=f"the replicas of {len(found)} of {total} follow the load",
    )
    return undeclared_gap(facts, outcome)


def scale_in(facts: Facts) -> Outcome:
    """No autoscaler is kept from removing replicas."""
    scalers = items_of(facts, SCALERS)
    problems = []
    for item in scalers:
        if item.get("spec", "behavior", "scaleDown", "selectPolicy") == "Disabled":
            problems.append(Problem(f"{titled(item)} never scales down", item.at("spec", "behavior")))
        elif not _can_move(item):
            problems.append(Problem(f"{titled(item)} has the same minimum and maximum", item.at("spec")))
    good = f"{len(scalers)} of {counted(len(scalers), 'autoscaler')} may scale down"
    return judged(facts, KUBERNETES, (SCALERS,), problems, scalers, bad="replicas do not shrink", good=good)


def pod_disruption(facts: Facts) -> Outcome:
    """Each replicated workload has a budget that lets a pod go, and is spread over nodes."""
    scalers, budgets = _scalers(facts), items_of(facts, BUDGETS)
    found = [runs for runs in _scaled(facts) if _most(runs, scalers) > 1]
    nodes = _nodes(facts)
    bare = [runs for runs in found if not _budgets(runs, budgets)] if is_whole(facts, BUDGETS) else []
    problems = [Problem(f"{runs.title} has no PodDisruptionBudget", runs.seen.place) for runs in bare]
    problems += [problem for runs in found for problem in _disrupted(runs, _budgets(runs, budgets), nodes)]
    total = counted(len(found), "replicated workload")
    return judged(
        facts,
        KUBERNETES,
        (*SCALED, SCALERS, BUDGETS, "pods"),
        problems,
        [runs.seen for runs in found],
        bad=f"disruption budgets or spreading of {total} do not protect",
        good=f"budgets and spreading protect {len(found)} of {total}",
    )


def _scaled(facts: Facts) -> list[Runs]:
    return [runs for runs in workloads(facts) if runs.kind in SCALED]


def _applications(facts: Facts) -> list[Runs]:
    return [
        runs
        for runs in workloads(facts)
        if runs.kind == "deployments"
        and any(not is_store(item.image) and not is_node_agent(item.image) for item in runs.lasting)
    ]


Scalers = Mapping[tuple[str, str, str], Seen]
"""Autoscalers by namespace, kind and name of what they scale."""


def _scalers(facts: Facts) -> Scalers:
    found = {}
    for item in items_of(facts, SCALERS):
        target: Mapping[str, Any] = item.get("spec", "scaleTargetRef", default={})
        found[item.scope, str(target.get("kind")), str(target.get("name"))] = item
    return found


def _scaler(runs: Runs, scalers: Scalers) -> Seen | None:
    return scalers.get((runs.seen.scope, _KINDS[runs.kind], runs.seen.name))


def _least(runs: Runs, scalers: Scalers) -> int:
    scaler = _scaler(runs, scalers)
    if scaler is not None:
        return int(scaler.get("spec", "minReplicas", default=1))
    return int(runs.seen.get("spec", "replicas", default=1))


def _most(runs: Runs, scalers: Scalers) -> int:
    scaler = _scaler(runs, scalers)
    own = int(runs.seen.get("spec", "replicas", default=1))
    return max(own, int(scaler.get("spec", "maxReplicas", default=1))) if scaler is not None else own


def _count_at(runs: Runs) -> Any:
    return runs.seen.at("spec", "replicas")


def _fixed(runs: Runs, scaler: Seen | None) -> Problem | None:
    if scaler is None:
        return Problem(f"{runs.title} has a fixed number of replicas", _count_at(runs))
    if not _can_move(scaler):
        return Problem(f"the autoscaler of {runs.title} has the same minimum and maximum", scaler.at("spec"))
    for condition in scaler.get("status", "conditions", default=()):
        idle = condition.get("status") == "False" and condition.get("reason") != "ScalingDisabled"
        if condition.get("type") in ("ScalingActive", "AbleToScale") and idle:
            why = condition.get("reason", "no reason is told")
            return Problem(f"the autoscaler of {runs.title} does not work ({why})", scaler.at("status", "conditions"))
    return None


def _can_move(scaler: Seen) -> bool:
    return bool(scaler.get("spec", "minReplicas", default=1) < scaler.get("spec", "maxReplicas", default=1))


def _budgets(runs: Runs, budgets: list[Seen]) -> list[Seen]:
    return [
        item for item in budgets if item.scope == runs.seen.scope and selects(item.get("spec", "selector"), runs.labels)
    ]


Nodes = list[tuple[Seen, str]]
"""Pods that run, with their nodes."""


def _nodes(facts: Facts) -> Nodes:
    pods = items_of(facts, "pods")
    return [(pod, str(name)) for pod in pods if (name := pod.get("spec", "nodeName")) and _is_running(pod)]


def _is_running(pod: Seen) -> bool:
    return pod.get("status", "phase") == "Running" and not pod.get("metadata", "deletionTimestamp")


def _disrupted(runs: Runs, budgets: list[Seen], nodes: Nodes) -> Iterator[Problem]:
    for item in budgets:
        if item.get("status", "disruptionsAllowed", default=0) == 0 and item.get("status", "expectedPods", default=0):
            healthy, wanted = (item.get("status", name, default=0) for name in ("currentHealthy", "desiredHealthy"))
            why = f"{healthy} of {wanted} pods that it needs are healthy"
            yield Problem(f"{titled(item)} lets no pod of {runs.title} go: {why}", item.at("status"))
    if not runs.get("spec", "topologySpreadConstraints") and not runs.get("spec", "affinity", "podAntiAffinity"):
        yield Problem(f"{runs.title} has neither topology spread nor anti-affinity", runs.at("spec"))
    selector = runs.seen.get("spec", "selector")
    own = [
        (pod, node)
        for pod, node in nodes
        if pod.scope == runs.seen.scope and selects(selector, pod.get("metadata", "labels", default={}))
    ]
    if len(own) > 1 and len({node for _, node in own}) == 1 and len({node for _, node in nodes}) > 1:
        yield Problem(f"all {len(own)} pods of {runs.title} are on one node", own[0][0].at("spec", "nodeName"))
