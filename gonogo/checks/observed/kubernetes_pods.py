"""How the pods of a cluster are set up: probes, resources, users, what they may do, and which images they run."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from gonogo.checks.known_images import is_node_agent, runs_as_non_root
from gonogo.checks.observed import judged
from gonogo.checks.observed.agreement import share
from gonogo.checks.observed.kubernetes_workloads import (
    KUBERNETES,
    RUNNING,
    Container,
    Runs,
    is_add_on,
    is_whole,
    items_of,
    made_by,
    settling,
    workloads,
)
from gonogo.checks.wording import counted, listed
from gonogo.facts import Facts
from gonogo.facts.images import parse_image
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem, not_applicable

_ENFORCE = "pod-security.kubernetes.io/enforce"
_SOCKETS = re.compile(r"(?:docker|containerd|crio|podman|cri-dockerd)\.sock$")
_ADMIN = frozenset(("ALL", "SYS_ADMIN", "CAP_SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "CAP_SYS_MODULE"))
_HOST = ("hostNetwork", "hostPID", "hostIPC")


def liveness_readiness_probes(facts: Facts) -> Outcome:
    """Each container that keeps running has a liveness and a readiness probe."""
    containers = [item for runs in workloads(facts) for item in runs.lasting]
    problems = [
        Problem(f"{item.title} has no {' and no '.join(lacks)}", item.place)
        for item in containers
        if (lacks := [name for name in ("livenessProbe", "readinessProbe") if not item.get(name)])
    ]
    good = f"{share(len(containers), counted(len(containers), 'lasting container'), 'have')} both probes"
    bad = f"{share(len(problems), counted(len(containers), 'lasting container'), 'lack')} a probe"
    return settling(facts, _judged(facts, RUNNING, problems, containers, bad, good))


def resource_limits(facts: Facts) -> Outcome:
    """Each container that keeps running has a memory limit and requests, of its own or by its namespace's default."""
    containers = [item for runs in workloads(facts) for item in runs.lasting]
    defaults = _defaults(facts)
    problems = [
        Problem(f"{item.title} has no {lacks}", item.at("resources"))
        for item in containers
        if (lacks := _lacks_resources(item, defaults[item.runs.seen.scope]))
    ]
    problems = problems if is_whole(facts, "limitranges") else []
    good = (
        f"{share(len(containers), counted(len(containers), 'lasting container'), 'have')} a memory limit and requests"
    )
    bad = f"{share(len(problems), counted(len(containers), 'lasting container'), 'lack')} limits or requests"
    return settling(facts, _judged(facts, (*RUNNING, "limitranges"), problems, containers, bad, good))


def non_root_containers(facts: Facts) -> Outcome:
    """No container runs as root, by its setting or by what the cluster shows of its process."""
    containers = [item for runs in workloads(facts) for item in runs.containers]
    users = _users(facts)
    problems: list[Problem] = []
    shown: list[Container] = []
    unknown: list[Container] = []
    for item in containers:
        answer = _is_other_than_root(item, users)
        if answer is False:
            problems.append(Problem(f"{item.title} runs as root", item.at("securityContext")))
        else:
            (shown if answer else unknown).append(item)
    bad = f"{share(len(problems), counted(len(containers), 'container'), 'run')} as root"
    good = f"{share(len(shown), counted(len(containers), 'container'), 'run')} as another user than root"
    if unknown and not problems and is_whole(facts, *RUNNING):
        names = listed(item.title for item in unknown)
        return not_applicable(f"a cluster does not show as whom {len(unknown)} run, whose image decides: {names}")
    return settling(facts, _judged(facts, RUNNING, problems, shown, bad, good))


def pod_security(facts: Facts) -> Outcome:
    """Each workload meets the restricted Pod Security Standard, or its namespace enforces it."""
    found = workloads(facts)
    spaces = facts.live.of(KUBERNETES, "namespaces")
    enforced = {item.name for item in spaces if item.get("metadata", "labels", _ENFORCE) == "restricted"}
    problems = [
        Problem(f"{runs.title}: {'; '.join(lacks)}", runs.at("spec"))
        for runs in found
        if runs.seen.scope not in enforced and (lacks := list(_unrestricted(runs)))
    ]
    bad = f"{share(len(problems), counted(len(found), 'workload'), 'miss')} the restricted Pod Security Standard"
    good = f"{share(len(found), counted(len(found), 'workload'), 'meet')} the restricted Pod Security Standard"
    seen = [runs.seen for runs in found]
    return judged(facts, KUBERNETES, RUNNING, problems, seen, bad=bad, good=good)


def privileged_workloads(facts: Facts) -> Outcome:
    """No workload has more than a container: privileges, the engine's socket, the host's namespaces."""
    found = [runs for runs in workloads(facts) if not _is_agent(runs)]
    problems = [problem for runs in found for problem in _privileges(runs)]
    good = f"none of {counted(len(found), 'workload')} is privileged or given the host"
    bad = "workloads have more than a container"
    return settling(
        facts, judged(facts, KUBERNETES, RUNNING, problems, [runs.seen for runs in found], bad=bad, good=good)
    )


def pinned_images(facts: Facts) -> Outcome:
    """Each image that runs was named with a version or a digest."""
    containers = [item for runs in workloads(facts) for item in runs.containers if item.image]
    problems = [
        Problem(f"{item.title} runs {item.image}, which {moving}", item.at("image"))
        for item in containers
        if (moving := parse_image(item.image).moving)
    ]
    bad = f"{share(len(problems), counted(len(containers), 'container'), 'run')} an image of no version"
    good = f"the images of {counted(len(containers), 'container')} have a version or a digest"
    return _judged(facts, RUNNING, problems, containers, bad, good)


def immutable_artifacts(facts: Facts) -> Outcome:
    """What has one name is one image: pods of one owner that name the same image do not run different digests."""
    running: dict[tuple[str, str, str, str], dict[str, Seen]] = defaultdict(dict)
    for pod in items_of(facts, "pods"):
        images = {item.get("name"): str(item.get("image", "")) for item in pod.get("spec", "containers", default=())}
        for status in pod.get("status", "containerStatuses", default=()):
            digest = str(status.get("imageID", "")).rpartition("@")[2]
            name = str(status.get("name"))
            if digest and not is_add_on(pod.scope):
                running[pod.scope, made_by(pod), name, images.get(name, "")].setdefault(digest, pod)
    mixed = {key: found for key, found in running.items() if len(found) > 1}
    if not mixed:
        return not_applicable("no image of one name runs in several versions; a cluster does not show what built them")
    problems = [
        Problem(f"{space}/{owner}: {image} is {counted(len(found), 'image', 'different images')}", pod.at("status"))
        for (space, owner, _, image), found in mixed.items()
        for pod in list(found.values())[:1]
    ]
    return judged(facts, KUBERNETES, ["pods"], problems, (), bad="a tag was moved while it is in use", good="")


def _judged(
    facts: Facts, kinds: Sequence[str], problems: Sequence[Problem], shown: Iterable[Container], bad: str, good: str
) -> Outcome:
    records = {(item.runs.seen.path, item.runs.seen.name): item.runs.seen for item in shown}
    return judged(facts, KUBERNETES, kinds, problems, list(records.values()), bad=bad, good=good)


Defaults = dict[str, list[dict[str, dict[str, str]]]]
"""What LimitRanges give containers that set nothing, by namespace."""


def _defaults(facts: Facts) -> Defaults:
    found: Defaults = defaultdict(list)
    for item in facts.live.of(KUBERNETES, "limitranges"):
        entries = item.get("spec", "limits", default=())
        found[item.scope] += [entry for entry in entries if entry.get("type") == "Container"]
    return found


def _lacks_resources(item: Container, defaults: list[dict[str, dict[str, str]]]) -> str:
    own, whole = item.get("resources", default={}), item.runs.get("spec", "resources", default={})
    limits = [own.get("limits", {}), whole.get("limits", {}), *(entry.get("default", {}) for entry in defaults)]
    asked = [own.get("requests"), whole.get("requests"), *(entry.get("defaultRequest") for entry in defaults)]
    limit = any("memory" in found for found in limits)
    requests = limit or any(asked)
    return " and no ".join(([] if limit else ["memory limit"]) + ([] if requests else ["requests"]))


Users = dict[tuple[str, str, str], set[int]]
"""User ids of processes, by namespace, the pod's owner and the container."""


def _users(facts: Facts) -> Users:
    found: Users = defaultdict(set)
    for pod in items_of(facts, "pods"):
        for name in ("containerStatuses", "initContainerStatuses"):
            for status in pod.get("status", name, default=()):
                uid = ((status.get("user") or {}).get("linux") or {}).get("uid")
                if isinstance(uid, int):
                    found[pod.scope, made_by(pod), str(status.get("name"))].add(uid)
    return found


def _is_other_than_root(item: Container, users: Users) -> bool | None:
    """None where neither a setting nor the cluster nor the image's publisher tells."""
    seen = users.get((item.runs.seen.scope, item.runs.title.rpartition("/")[2], item.name))
    if seen:
        return 0 not in seen
    for place in (item.get("securityContext", default={}), item.runs.get("spec", "securityContext", default={})):
        user = place.get("runAsUser")
        if isinstance(user, int):
            return user != 0
        if place.get("runAsNonRoot") is True:
            return True
    return True if runs_as_non_root(item.image) else None


def _unrestricted(runs: Runs) -> Iterator[str]:
    """What keeps a workload from the restricted standard, in words."""
    for key in _HOST:
        if runs.get("spec", key) is True:
            yield f"it sets {key}"
    if any(volume.get("hostPath") for volume in runs.get("spec", "volumes", default=())):
        yield "it mounts a path of the host"
    containers = runs.containers
    checks = (
        ("privileged", [c for c in containers if _security(c, "privileged") is True]),
        (
            "free to escalate privileges",
            [c for c in containers if _security(c, "allowPrivilegeEscalation") is not False],
        ),
        ("with capabilities that are not dropped", [c for c in containers if not _drops_all(c)]),
        ("without a seccomp profile", [c for c in containers if not _has_seccomp(c)]),
        (
            "on a port of the host",
            [c for c in containers if any(p.get("hostPort") for p in c.get("ports", default=()))],
        ),
        ("that may run as root", [c for c in containers if not _is_non_root(c)]),
    )
    for words, found in checks:
        if found:
            yield f"{words}: {listed(item.name for item in found)}"


def _security(item: Container, *keys: str) -> object:
    return item.get("securityContext", *keys)


def _own_or_pod(item: Container, *keys: str) -> object:
    """A security setting: the container's wins over the pod's."""
    own = item.get("securityContext", *keys)
    return item.runs.get("spec", "securityContext", *keys) if own is None else own


def _drops_all(item: Container) -> bool:
    dropped = {str(name).upper() for name in item.get("securityContext", "capabilities", "drop", default=())}
    added = {str(name).upper() for name in item.get("securityContext", "capabilities", "add", default=())}
    return "ALL" in dropped and added <= {"NET_BIND_SERVICE"}


def _has_seccomp(item: Container) -> bool:
    return _own_or_pod(item, "seccompProfile", "type") in ("RuntimeDefault", "Localhost")


def _is_non_root(item: Container) -> bool:
    return _own_or_pod(item, "runAsNonRoot") is True and _own_or_pod(item, "runAsUser") != 0


def _is_agent(runs: Runs) -> bool:
    """Whether it watches or serves its node, which takes access to it."""
    return runs.kind == "daemonsets" and any(is_node_agent(item.image) for item in runs.lasting)


def _privileges(runs: Runs) -> Iterator[Problem]:
    for key in _HOST:
        if runs.get("spec", key) is True:
            yield Problem(f"{runs.title} sets {key}", runs.at("spec", key))
    for index, volume in enumerate(runs.get("spec", "volumes", default=())):
        path = str((volume.get("hostPath") or {}).get("path", ""))
        if _SOCKETS.search(path):
            yield Problem(f"{runs.title} mounts {path}", runs.at("spec", "volumes", index))
    for item in runs.containers:
        if _security(item, "privileged") is True:
            yield Problem(f"{item.title} is privileged", item.at("securityContext", "privileged"))
        for name in item.get("securityContext", "capabilities", "add", default=()):
            if str(name).upper() in _ADMIN:
                yield Problem(f"{item.title} adds the capability {name}", item.at("securityContext", "capabilities"))
