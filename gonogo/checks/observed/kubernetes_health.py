"""Whether what runs in a cluster works: its pods, its controllers, the last runs of its jobs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gonogo.checks.observed import judged
from gonogo.checks.observed.age import moment
from gonogo.checks.observed.agreement import share
from gonogo.checks.observed.declared import undeclared_gap
from gonogo.checks.observed.kubernetes_workloads import KUBERNETES, RUNNING, items_of, owner_of, selects, titled
from gonogo.checks.observed.unseen import Unseen, left_open
from gonogo.checks.wording import agreed, counted, listed
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem
from gonogo.model.evidence import Place

MOST_RESTARTS = 5
"""Restarts from which on a container does not just start: its dependencies were slow a few times at most."""
RECENT = timedelta(days=1)
"""Restarts that lie further back are over."""
STARTING = timedelta(minutes=5)
"""What a pod may take to be scheduled and ready; after that it does not come up."""
LEAVING = timedelta(hours=1)
"""After that what is to go does not go."""
_BROKEN = frozenset(
    (
        "CrashLoopBackOff",
        "ImagePullBackOff",
        "ErrImagePull",
        "ErrImageNeverPull",
        "InvalidImageName",
        "RunContainerError",
    )
) | {"CreateContainerConfigError", "CreateContainerError", "ImageInspectError", "RegistryUnavailable"}
_MADE_ANEW = frozenset(("Evicted", "NodeShutdown", "Shutdown", "Terminated", "NodeLost", "NodeAffinity", "Preempting"))
"""Why a pod ended that its controller has made anew: the remains of it say nothing of now."""
_ROLLING = frozenset(("ReplicaSetUpdated", "NewReplicaSetCreated", "FoundNewReplicaSet"))


@dataclass(frozen=True)
class _Fault:
    """What is wrong with a record. ``passing`` says that it may come up by itself."""

    what: str
    place: Place
    passing: bool = False


def workload_health(facts: Facts) -> Outcome:
    """All pods are ready and stay so, all replicas are available, and the last run of each job went well."""
    now = moment(facts.live.snapshot.taken)
    pods, controllers = items_of(facts, "pods"), items_of(facts, "deployments", "statefulsets", "daemonsets")
    faulty = {(pod.scope, pod.name): fault for pod in pods if (fault := _of_pod(pod, now))}
    faults = list(_grouped(facts, pods, faulty))
    for item in controllers:
        own = [pod for pod in pods if pod.scope == item.scope and _selected(item, pod)]
        if not any((pod.scope, pod.name) in faulty for pod in own) and (fault := _of_controller(item, now)):
            faults.append(fault)
    jobs, cron_jobs = items_of(facts, "jobs"), items_of(facts, "cronjobs")
    faults += _of_jobs(jobs, cron_jobs, now)
    bad = [Problem(fault.what, fault.place) for fault in faults if not fault.passing]
    passing = [Unseen(fault.what, fault.place) for fault in faults if fault.passing]
    passing += _nodes_that_left(facts)
    running = [pod for pod in pods if pod.get("status", "phase") == "Running"]
    done = [job for job in jobs if _ended(job) == "Complete"]
    looked_at = [*running, *done, *(cron for cron in cron_jobs if cron.get("status", "lastSuccessfulTime"))]
    good = f"{share(len(running), counted(len(running), 'running pod'), 'are')} ready, and all replicas are available"
    outcome = judged(facts, KUBERNETES, RUNNING, bad, looked_at, bad="workloads do not work", good=good)
    return undeclared_gap(facts, left_open(outcome, passing, "what comes up just now was not seen working"))


def _nodes_that_left(facts: Facts) -> Iterator[Unseen]:
    """Nodes that are not ready: pods of theirs are made anew elsewhere, or are not yet. Since when does not show."""
    for node in facts.live.of(KUBERNETES, "nodes"):
        states = {c.get("type"): c.get("status") for c in node.get("status", "conditions", default=())}
        if states.get("Ready", "True") != "True":
            yield Unseen(f"node {node.name} is not ready", node.at("status", "conditions"))


def restart_policy(facts: Facts) -> Outcome:
    """What crashes comes back without looping: no container restarts again and again, and each pod has an owner."""
    now = moment(facts.live.snapshot.taken)
    pods = [pod for pod in items_of(facts, "pods") if pod.get("status", "phase") not in ("Succeeded", "Failed")]
    loops = {(p.scope, p.name): f for p in pods if (f := next(_restarts(p, now), None) or _crash_loop(p))}
    problems = [Problem(fault.what, fault.place) for fault in _grouped(facts, pods, loops)]
    problems += [
        Problem(f"{titled(pod)} has no controller, so that nothing makes it anew when its node goes", pod.place)
        for pod in pods
        if not owner_of(pod)[0]
    ]
    good = f"{agreed(len(pods), 'pod has', 'pods have')} a controller, and none restarts again and again"
    return judged(facts, KUBERNETES, ["pods"], problems, pods, bad="restarts do not help", good=good)


def _of_pod(pod: Seen, now: datetime | None) -> _Fault | None:
    phase, (owner, _) = pod.get("status", "phase", default="Unknown"), owner_of(pod)
    reason = pod.get("status", "reason", default="")
    if pod.get("metadata", "deletionTimestamp"):
        stays = _is_over(pod.get("metadata", "deletionTimestamp"), LEAVING, now)
        return _Fault("was deleted and does not go", pod.at("metadata", "deletionTimestamp")) if stays else None
    if phase == "Succeeded" or (phase == "Failed" and (owner == "Job" or (owner and reason in _MADE_ANEW))):
        return None
    if phase not in ("Running", "Pending"):
        return _Fault(f"is {phase}{f' ({reason})' if reason else ''}", pod.at("status", "phase"))
    if fault := _crash_loop(pod) or next(_restarts(pod, now), None):
        return fault
    if phase == "Pending":
        scheduled = _condition(pod, "PodScheduled")
        why = f" ({scheduled[0]})" if scheduled and scheduled[0] else ""
        passing = not _is_over(pod.get("metadata", "creationTimestamp"), STARTING, now)
        return _Fault(f"is pending{why}", pod.at("status", "phase"), passing)
    if owner == "Job" or (ready := _condition(pod, "Ready")) is None:
        return None
    return _Fault("is not ready", pod.at("status", "conditions"), not _is_over(ready[1], STARTING, now))


def _crash_loop(pod: Seen) -> _Fault | None:
    for keys, status in _containers(pod):
        reason = ((status.get("state") or {}).get("waiting") or {}).get("reason")
        if reason in _BROKEN:
            return _Fault(f"has its container {status.get('name')} in {reason}", pod.at(*keys, "state"))
    return None


def _restarts(pod: Seen, now: datetime | None) -> Iterator[_Fault]:
    for keys, status in _containers(pod):
        count = status.get("restartCount") or 0
        last = (status.get("lastState") or {}).get("terminated") or {}
        if not count or _is_over(last.get("finishedAt"), RECENT, now, unknown=False):
            continue
        if last.get("reason") == "OOMKilled":
            yield _Fault(f"had its container {status.get('name')} killed for its memory", pod.at(*keys, "lastState"))
        elif count >= MOST_RESTARTS:
            yield _Fault(
                f"has its container {status.get('name')} restarted {count} times", pod.at(*keys, "restartCount")
            )


def _containers(pod: Seen) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    for name in ("containerStatuses", "initContainerStatuses"):
        for index, status in enumerate(pod.get("status", name, default=())):
            yield ("status", name, index), status


def _condition(pod: Seen, kind: str) -> tuple[str, str] | None:
    """Reason and time of a condition that does not hold; None where it does."""
    conditions = pod.get("status", "conditions", default=())
    found: dict[str, Any] = next((item for item in conditions if item.get("type") == kind), {})
    if found.get("status") == "True":
        return None
    return str(found.get("reason", "")), str(found.get("lastTransitionTime", ""))


def _grouped(facts: Facts, pods: Iterable[Seen], faulty: dict[tuple[str, str], _Fault]) -> Iterator[_Fault]:
    """One for all pods of an owner that have the same fault, with what the cluster's events tell of the first."""
    groups: dict[tuple[str, str, str], list[Seen]] = defaultdict(list)
    for pod in pods:
        if fault := faulty.get((pod.scope, pod.name)):
            groups[pod.scope, owner_of(pod)[1] or pod.name, fault.what].append(pod)
    events: dict[tuple[str, str], list[str]] = defaultdict(list)
    for event in items_of(facts, "events"):
        about = event.get("involvedObject", default={})
        if about.get("kind") == "Pod":
            events[event.scope, str(about.get("name"))].append(str(event.get("reason")))
    for (_, _, what), group in groups.items():
        first = group[0]
        fault = faulty[first.scope, first.name]
        more = f" and {len(group) - 1} more of its kind" if len(group) > 1 else ""
        told = events[first.scope, first.name]
        said = f"{titled(first)}{more} {what}{f' (events: {listed(told, 3)})' if told else ''}"
        yield _Fault(said, fault.place, fault.passing)


def _selected(item: Seen, pod: Seen) -> bool:
    return selects(item.get("spec", "selector"), pod.get("metadata", "labels", default={}))


def _of_controller(item: Seen, now: datetime | None) -> _Fault | None:
    """What is wrong with a deployment, stateful set or daemon set of which no pod tells a fault."""
    status = item.get("status", default={})
    name = titled(item)
    if (status.get("observedGeneration") or 0) < item.get("metadata", "generation", default=0):
        return _Fault(f"{name} was changed, and its controller has not looked at it", item.at("status"), passing=True)
    if item.record.kind == "daemonsets":
        wanted, there = status.get("desiredNumberScheduled") or 0, status.get("numberReady") or 0
        rolls = (status.get("updatedNumberScheduled") or 0) < wanted
    else:
        wanted = item.get("spec", "replicas", default=1)
        there = status.get("availableReplicas" if item.record.kind == "deployments" else "readyReplicas") or 0
        rolls = _is_rolling(item, now)
    if there >= wanted:
        return None
    return _Fault(f"{name} has {there} of {wanted} replicas available", item.at("status"), rolls)


def _is_rolling(item: Seen, now: datetime | None) -> bool:
    if item.record.kind == "statefulsets":
        return bool(item.get("status", "currentRevision") != item.get("status", "updateRevision"))
    allowed = timedelta(seconds=item.get("spec", "progressDeadlineSeconds", default=600))
    return any(
        condition.get("type") == "Progressing"
        and condition.get("status") == "True"
        and condition.get("reason") in _ROLLING
        and not _is_over(condition.get("lastUpdateTime"), allowed, now)
        for condition in item.get("status", "conditions", default=())
    )


def _of_jobs(jobs: Iterable[Seen], cron_jobs: Iterable[Seen], now: datetime | None) -> Iterator[_Fault]:
    """Jobs that failed; of those that a cron job starts, only the last that ended counts."""
    last: dict[tuple[str, str], Seen] = {}
    for job in sorted(jobs, key=lambda job: str(job.get("status", "startTime", default=""))):
        kind, name = owner_of(job)
        if kind == "CronJob":
            if _ended(job):
                last[job.scope, name] = job
        elif _ended(job) == "Failed":
            yield _Fault(f"{titled(job)} failed", job.at("status"))
    for cron in cron_jobs:
        if cron.get("spec", "suspend") is True:
            continue
        run = last.get((cron.scope, cron.name))
        if run is not None:
            if _ended(run) == "Failed":
                yield _Fault(f"the last run of {titled(cron)} failed", run.at("status"))
        elif (ran := cron.get("status", "lastScheduleTime")) and (what := _unfinished(cron)):
            yield _Fault(f"{titled(cron)} {what}", cron.at("status"), not _is_over(ran, RECENT, now))


def _unfinished(cron: Seen) -> str:
    """What its times tell of its last run, whose job is not there any more: nothing where it went well."""
    went_well, ran = (moment(cron.get("status", key)) for key in ("lastSuccessfulTime", "lastScheduleTime"))
    if went_well is None:
        return "has run and never succeeded"
    return f"last succeeded on {went_well:%Y-%m-%d}, and ran on {ran:%Y-%m-%d}" if ran and ran > went_well else ""


def _ended(job: Seen) -> str:
    """``Complete`` or ``Failed``; empty while it runs."""
    conditions = job.get("status", "conditions", default=())
    return next((str(c["type"]) for c in conditions if c.get("status") == "True" and c.get("type") in _ENDS), "")


_ENDS = ("Complete", "Failed")


def _is_over(since: object, most: timedelta, now: datetime | None, *, unknown: bool = True) -> bool:
    """Whether a time lies further back than that; ``unknown`` where that can't be told."""
    then = moment(since)
    return now - then > most if then is not None and now is not None else unknown
