"""Checks of Kubernetes workloads' pods: security settings, roles, probes, resources, API versions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from gonogo.checks import foreign, scope
from gonogo.checks.removed_apis import removed
from gonogo.checks.task_containers import hidden_tasks, task_containers
from gonogo.checks.wording import counted, have, listed
from gonogo.facts import Facts
from gonogo.facts.compose import Service
from gonogo.facts.kubernetes import Container, Object, Workload, is_unknown
from gonogo.facts.marked import as_texts
from gonogo.facts.releases import Release
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place

_ENFORCE = "pod-security.kubernetes.io/enforce"
_NO_WORKLOADS = "no manifest, overlay or chart defines a Kubernetes workload"


def pod_security(facts: Facts) -> Outcome:
    """Every workload meets the restricted Pod Security Standard, or its namespace enforces it."""
    workloads = facts.kubernetes.workloads
    if not workloads:
        return _without_workloads(facts)
    problems = []
    for workload in workloads:
        if not _enforced(facts, workload):
            lacks = list(_unrestricted(workload))
            if lacks:
                problems.append(Problem(f"{workload.symbol}: {'; '.join(lacks)}", workload.at))
    if not problems and (foreign_ones := list(_unrestricted_releases(facts))):
        return failed(listed(p.what for p in foreign_ones), *foreign_ones)
    if problems:
        return failed(
            f"{_number(p.place for p in problems)} of {counted(_number(w.at for w in workloads), 'workload')} "
            f"miss the restricted Pod Security Standard: "
            f"{listed(p.place.symbol for p in problems if p.place)}; the first: {problems[0].what}",
            *problems,
        )
    if hidden := scope.unseen_workloads(facts):
        return _hidden(hidden)
    return passed(f"{counted(len(workloads), 'workload')} meet the restricted standard", *(w.at for w in workloads))


def _unrestricted_releases(facts: Facts) -> Iterator[Problem]:
    """Charts from elsewhere whose pods can't meet the standard, in a namespace that lets them run."""
    for release in foreign.releases(facts):
        runs = foreign.on_hosts(release)
        level = foreign.enforced(facts, release)
        if runs and level != "restricted":
            where = f"{release.namespace or 'its namespace'} enforces {level or 'nothing'}"
            yield Problem(f"chart {release.chart} runs {runs}, and {where}", release.at)


def _enforced(facts: Facts, workload: Workload) -> bool:
    names = {workload.object.namespace}
    unit = next((unit for unit in facts.kubernetes.units if unit.path == workload.unit), None)
    if unit is not None and unit.namespace:
        names.add(unit.namespace)
    return any(
        item.name in names and item.labels.text(_ENFORCE) == "restricted" for item in facts.kubernetes.of("Namespace")
    )


def _unrestricted(workload: Workload) -> Iterator[str]:
    """What keeps a workload from the restricted standard, in words."""
    pod = workload.pod
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(key) is True:
            yield f"it sets {key}"
    if any("hostPath" in volume for volume in pod.maps("volumes")):
        yield "it mounts a path of the host"
    containers = workload.containers
    free = [c for c in containers if c.security.get("allowPrivilegeEscalation") is not False]
    checks = (
        ("privileged", [c for c in containers if c.security.get("privileged") is True]),
        ("free to escalate privileges", free),
        ("with capabilities that are not dropped", [c for c in containers if not _drops_all(c)]),
        ("without a seccomp profile", [c for c in containers if not _seccomp(workload, c)]),
    )
    for words, found in checks:
        if found:
            yield f"{words}: {listed(c.name for c in found)}"


def _drops_all(container: Container) -> bool:
    dropped = {item.upper() for item in as_texts(container.security.map("capabilities").get("drop"))}
    added = {item.upper() for item in as_texts(container.security.map("capabilities").get("add"))}
    return "ALL" in dropped and added <= {"NET_BIND_SERVICE"}


def _seccomp(workload: Workload, container: Container) -> bool:
    profiles = [context.map("seccompProfile").text("type") for context in (container.security, workload.security)]
    return any(profile in ("RuntimeDefault", "Localhost") for profile in profiles) and "Unconfined" not in profiles


def cluster_rbac(facts: Facts) -> Outcome:
    """Roles name what they allow, and a pod gets a token only where a role is bound to its account."""
    workloads = facts.kubernetes.workloads
    if not workloads:
        return _without_workloads(facts)
    problems = [*_wide_roles(facts), *_wide_bindings(facts)]
    tokens = [w for w in workloads if not _token_off(facts, w) and not _uses_api(facts, w)]
    problems += [
        Problem(f"{w.symbol} gets a token of the API although nothing is granted to its account", w.at) for w in tokens
    ]
    if problems:
        wide = len(problems) - len(tokens)
        parts = [f"{counted(wide, 'role or binding', 'roles or bindings')} grant too much"] if wide else []
        if tokens:
            names = listed(w.name for w in tokens)
            total = counted(_number(w.at for w in workloads), "workload")
            parts.append(f"{_number(w.at for w in tokens)} of {total} mount a token that nothing uses: {names}")
        return failed("; ".join(parts), *problems)
    if hidden := scope.unseen_workloads(facts):
        return _hidden(hidden)
    return passed("roles are narrow, and tokens are mounted only where a role is bound", *(w.at for w in workloads))


def _wide_roles(facts: Facts) -> Iterator[Problem]:
    for role in facts.kubernetes.of("ClusterRole", "Role"):
        for rule in role.body.maps("rules"):
            verbs, resources = as_texts(rule.get("verbs")), as_texts(rule.get("resources"))
            place = Place(rule.path, rule.line, rule.end_line, role.symbol)
            if "*" in verbs and ("*" in resources or role.kind == "ClusterRole"):
                yield Problem(f"{role.symbol} allows every verb on {', '.join(resources) or 'URLs'}", place)
            elif "*" in resources and set(verbs) - {"get", "list", "watch"}:
                yield Problem(f"{role.symbol} allows {', '.join(verbs)} on every resource", place)
            elif set(verbs) & {"escalate", "impersonate", "bind"}:
                yield Problem(
                    f"{role.symbol} may {', '.join(sorted(set(verbs) & {'escalate', 'impersonate', 'bind'}))}", place
                )
            elif role.kind == "ClusterRole" and _reads_secrets(resources, verbs) and "resourceNames" not in rule:
                yield Problem(f"{role.symbol} reads the secrets of every namespace", place)


def _reads_secrets(resources: tuple[str, ...], verbs: tuple[str, ...]) -> bool:
    return bool({"*", "secrets"} & set(resources)) and bool({"get", "list", "*"} & set(verbs))


def _wide_bindings(facts: Facts) -> Iterator[Problem]:
    for binding in facts.kubernetes.of("ClusterRoleBinding", "RoleBinding"):
        role = binding.body.map("roleRef").text("name")
        if role == "cluster-admin" or (role in ("admin", "edit") and binding.kind == "ClusterRoleBinding"):
            yield Problem(f"{binding.symbol} grants {role}", binding.at)
        for subject in binding.body.maps("subjects"):
            if subject.text("name") in ("system:anonymous", "system:unauthenticated", "system:authenticated"):
                yield Problem(f"{binding.symbol} grants {role} to {subject.text('name')}", binding.at)
            elif subject.text("kind") == "ServiceAccount" and subject.text("name") == "default":
                yield Problem(f"{binding.symbol} grants {role} to a namespace's default account", binding.at)


def _account(facts: Facts, workload: Workload) -> Object | None:
    name = workload.pod.text("serviceAccountName") or workload.pod.text("serviceAccount") or "default"
    accounts = [a for a in facts.kubernetes.of("ServiceAccount") if a.name == name or name in a.former]
    return next((a for a in accounts if a.unit == workload.unit), accounts[0] if accounts else None)


def _token_off(facts: Facts, workload: Workload) -> bool:
    own = workload.pod.get("automountServiceAccountToken")
    if isinstance(own, bool):
        return not own
    account = _account(facts, workload)
    return account is not None and account.body.get("automountServiceAccountToken") is False


def _uses_api(facts: Facts, workload: Workload) -> bool:
    """Says whether a role is bound to a workload's account."""
    name = workload.pod.text("serviceAccountName") or workload.pod.text("serviceAccount")
    if is_unknown(name):
        return True
    return (
        bool(name)
        and name != "default"
        and any(
            subject.text("kind") == "ServiceAccount" and subject.text("name") == name
            for binding in facts.kubernetes.of("RoleBinding", "ClusterRoleBinding")
            for subject in binding.body.maps("subjects")
        )
    )


def liveness_readiness_probes(facts: Facts) -> Outcome:
    """Each long-running container has both probes, and each compose service a healthcheck."""
    containers = [c for w in facts.kubernetes.workloads if w.long_running for c in w.mains]
    services = [service for service in scope.compose_services(facts) if not service.one_shot]
    if not containers and not services:
        return not_applicable("no long-running Kubernetes workload and no compose service decides here")
    bare = [
        (c, lacks)
        for c in containers
        if (lacks := [p for p in ("livenessProbe", "readinessProbe") if not c.spec.get(p)])
    ]
    blind = [service for service in services if not _is_checked(facts, service)]
    problems = [Problem(f"{c.at.symbol} has no {' and no '.join(lacks)}", c.at) for c, lacks in bare]
    problems += [Problem(f"compose service {s.name} has no healthcheck", s.place("healthcheck")) for s in blind]
    if problems:
        parts = []
        if bare:
            names = listed(c.at.symbol for c, _ in bare)
            total = counted(_number(c.at for c in containers), "long-running container")
            parts.append(f"{_number(c.at for c, _ in bare)} of {total} lack a probe: {names}")
        if blind:
            names = listed(s.name for s in blind)
            total = counted(len(services), "compose service")
            parts.append(f"{len(blind)} of {total} {have(len(blind))} no healthcheck: {names}")
        return failed("; ".join(parts), *problems)
    if outcome := _of_releases(facts, foreign.unprobed, "without a probe"):
        return outcome
    if hidden := scope.unseen_own_workloads(facts):
        return _hidden(hidden)
    shown = [c.place("readinessProbe") for c in containers] + [s.place("healthcheck") for s in services]
    what = " and ".join(
        ([counted(len(containers), "long-running container") + " with both probes"] if containers else [])
        + ([counted(len(services), "compose service") + " with a healthcheck"] if services else [])
    )
    return passed(what, *shown)


def _is_checked(facts: Facts, service: Service) -> bool:
    """Whether a healthcheck is in effect: the service's own, or that of the Dockerfile that it is built with."""
    if "healthcheck" in service.spec:
        return service.healthcheck is not None
    file = facts.docker.at(service.build.dockerfile) if service.build else None
    return file is not None and file.healthcheck is not None


def resource_limits(facts: Facts) -> Outcome:
    """Each long-running container has a memory limit, and in Kubernetes requests."""
    places = scope.deployed_containers(facts)
    if not places:
        return not_applicable("no manifest, compose file or task definition deploys a container")
    pods = [(w, c) for w in facts.kubernetes.workloads if w.long_running for c in w.mains]
    services = [service for service in scope.compose_services(facts) if not service.one_shot]
    tasks = task_containers(facts)
    problems, parts = [], []
    loose = [(c, lacks) for w, c in pods if (lacks := _lacks_resources(facts, w, c))]
    problems += [Problem(f"{c.at.symbol} has no {lacks}", c.place("resources")) for c, lacks in loose]
    if loose:
        names = listed(c.at.symbol for c, _ in loose)
        total = counted(_number(c.at for _, c in pods), "long-running container")
        parts.append(f"{_number(c.at for c, _ in loose)} of {total} lack limits or requests: {names}")
    free = [s for s in services if not s.memory_limit]
    problems += [Problem(f"compose service {s.name} has no memory limit", s.place("deploy")) for s in free]
    if free:
        names = listed(s.name for s in free)
        parts.append(
            f"{len(free)} of {counted(len(services), 'compose service')} {have(len(free))} no memory limit: {names}"
        )
    unbound = [t for t in tasks if t.get("memory", "Memory") is None and t.task.get("memory") is None]
    problems += [Problem(f"{t.at.symbol} has no memory limit, nor has its task", t.at) for t in unbound]
    if unbound:
        parts.append(f"{len(unbound)} of {counted(len(tasks), 'task container')} have no memory limit")
    if problems:
        return failed("; ".join(parts), *problems)
    if outcome := _of_releases(facts, foreign.unlimited, "without limits or requests in effect"):
        return outcome
    if hidden := scope.unseen_own_workloads(facts):
        return _hidden(hidden)
    if open_tasks := [task.at for task in hidden_tasks(facts) if task.get("memory") is None]:
        return unverified("the repository does not tell the memory of task definitions", *open_tasks)
    return passed(f"memory limits are set for all of {counted(len(places), 'deployed container')}", *places)


def _lacks_resources(facts: Facts, workload: Workload, container: Container) -> str:
    """What a container lacks, in words, after the defaults of its namespace's LimitRange."""
    limit = container.resource("limits", "memory")
    request = container.resource("requests", "memory") or container.resource("requests", "cpu") or limit
    for item in facts.kubernetes.of("LimitRange"):
        same = item.namespace == workload.object.namespace or not item.namespace
        if same and item.unit == workload.unit:
            for entry in item.spec.maps("limits"):
                if entry.text("type") == "Container":
                    limit = limit or entry.map("default").text("memory")
                    request = request or entry.map("defaultRequest").text("memory") or limit
    lacks = ([] if limit else ["memory limit"]) + ([] if request else ["requests"])
    return " and no ".join(lacks)


def current_apis(facts: Facts) -> Outcome:
    """No object uses a version that Kubernetes has removed or deprecated."""
    objects = facts.kubernetes.objects
    if not objects:
        return _without_workloads(facts, "no Kubernetes manifest, overlay or chart")
    problems = [
        Problem(f"{item.symbol} uses {item.api_version}, {said}", item.body.place("apiVersion", item.symbol))
        for item in objects
        if (said := removed(item.api_version, item.kind))
    ]
    if problems:
        names = listed(p.what for p in problems)
        return failed(f"{counted(len(problems), 'object')} of {len(objects)} use old API versions: {names}", *problems)
    if hidden := scope.unseen_own_workloads(facts):
        return _hidden(hidden)
    versions = listed(sorted({item.api_version for item in objects}), 8)
    return passed(f"{counted(len(objects), 'object')} use current versions only: {versions}", *(o.at for o in objects))


def _of_releases(
    facts: Facts, lacks: Callable[[Release], tuple[tuple[str, Place], ...] | None], what: str
) -> Outcome | None:
    """The answer for charts from elsewhere: what lacks something, or is not known; None where all is well."""
    judged = [(release, lacks(release)) for release in foreign.releases(facts)]
    problems = [Problem(f"{_title(r)}: {part} is {what}", at) for r, found in judged for part, at in found or ()]
    if problems:
        names = listed(f"{_title(r)}: {', '.join(part for part, _ in found)}" for r, found in judged if found)
        return failed(f"{counted(len(problems), 'part')} of charts from elsewhere {what}: {names}", *problems)
    if unknown := [release.at for release, found in judged if found is None]:
        return _hidden(tuple(unknown))
    return None


def _title(release: Release) -> str:
    return release.chart if release.chart.startswith("http") else f"chart {release.chart}"


def _number(places: Iterable[Place | None]) -> int:
    """How many different places: overlays make several objects of one."""
    return len(set(places))


def _without_workloads(facts: Facts, reason: str = _NO_WORKLOADS) -> Outcome:
    """Nothing applies, unless what is applied comes from elsewhere."""
    if hidden := scope.unseen_workloads(facts):
        return _hidden(hidden)
    return not_applicable(reason)


def _hidden(places: tuple[Place, ...]) -> Outcome:
    return unverified(
        f"what comes from elsewhere can't be seen in the repository: {listed(p.symbol for p in places)}", *places
    )
