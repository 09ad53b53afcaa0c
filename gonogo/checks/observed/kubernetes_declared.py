"""What the files declare for a cluster, against what it has; and whether what it has refers to what is there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gonogo.checks import scope
from gonogo.checks.observed import judged
from gonogo.checks.observed.agreement import share, verb
from gonogo.checks.observed.declared import undeclared_gap
from gonogo.checks.observed.kubernetes_workloads import (
    CONTROLLERS,
    KUBERNETES,
    is_whole,
    items_of,
    selects,
    titled,
    workloads,
)
from gonogo.checks.wording import counted, listed
from gonogo.facts import Facts
from gonogo.facts.kubernetes import UNKNOWN, Object
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.criterion import Strength
from gonogo.model.evidence import Place

_LISTED: dict[tuple[str, str], str] = {
    ("", "Service"): "services",
    ("", "ServiceAccount"): "serviceaccounts",
    ("", "Namespace"): "namespaces",
    ("", "PersistentVolumeClaim"): "persistentvolumeclaims",
    ("", "ResourceQuota"): "resourcequotas",
    ("", "LimitRange"): "limitranges",
    ("apps", "Deployment"): "deployments",
    ("apps", "StatefulSet"): "statefulsets",
    ("apps", "DaemonSet"): "daemonsets",
    ("batch", "CronJob"): "cronjobs",
    ("networking.k8s.io", "Ingress"): "ingresses",
    ("networking.k8s.io", "NetworkPolicy"): "networkpolicies",
    ("policy", "PodDisruptionBudget"): "poddisruptionbudgets",
    ("autoscaling", "HorizontalPodAutoscaler"): "horizontalpodautoscalers",
    ("rbac.authorization.k8s.io", "Role"): "roles",
    ("rbac.authorization.k8s.io", "RoleBinding"): "rolebindings",
    ("rbac.authorization.k8s.io", "ClusterRole"): "clusterroles",
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): "clusterrolebindings",
    ("cert-manager.io", "Certificate"): "certificates",
}
"""Where a cluster lists what the files declare, by group and kind. Jobs are not there: they go when they are done."""
_SHORTEST = 4
"""How much of a name must be known for it to be looked for."""
_TARGETS = {"Deployment": "deployments", "StatefulSet": "statefulsets"}


@dataclass(frozen=True)
class _Match:
    """An object of the files: ``found`` in the cluster, or ``why`` that can't be told, or neither: it is missing."""

    declared: Object
    found: Seen | None = None
    why: str = ""


def inventory_complete(facts: Facts) -> Outcome:
    """Each object that the files declare is in the cluster."""
    matches = [_match(facts, item, _LISTED[item.group, item.kind]) for item in _declared(facts)]
    if not matches:
        return not_applicable("the files declare no object that a cluster would list")
    there = [match for match in matches if match.found]
    open_ = [match for match in matches if match.why]
    missing = [match for match in matches if not match.found and not match.why]
    said = f"{share(len(there), counted(len(matches), 'declared object'), 'are')} there"
    if open_:
        names = listed((f"{match.declared.symbol} ({match.why})" for match in open_), 3)
        said += f"; {len(open_)} could not be matched: {names}"
    if missing:
        problems = [Problem(f"{m.declared.symbol} is declared and not there", m.declared.at) for m in missing]
        return failed(f"{said}; {len(missing)} missing: {listed(m.declared.symbol for m in missing)}", *problems)
    if open_:
        return unverified(said, *(match.declared.at for match in open_[:5]))
    if hidden := scope.unseen_workloads(facts):
        return unverified(f"{said}; what {listed(place.symbol for place in hidden)} makes was not read", *hidden[:5])
    places = [match.found.place for match in there if match.found]
    return undeclared_gap(facts, passed(said, *places, strength=Strength.OBSERVED))


def valid_configuration(facts: Facts) -> Outcome:
    """Services, autoscalers, budgets and ingresses of the cluster lead to something that is there."""
    kinds = (*CONTROLLERS, "pods", "services", "ingresses", "horizontalpodautoscalers", "poddisruptionbudgets")
    problems = [Problem(what, place) for what, place in _leading_nowhere(facts)] if is_whole(facts, *kinds) else []
    seen = items_of(facts, "services", "ingresses", "horizontalpodautoscalers", "poddisruptionbudgets")
    good = f"all that {counted(len(seen), 'object')} {verb(len(seen), 'refer')} to is there"
    bad = f"{share(len(problems), counted(len(seen), 'object'), 'lead')} to nothing"
    return judged(facts, KUBERNETES, kinds, problems, seen, bad=bad, good=good)


def _declared(facts: Facts) -> Iterator[Object]:
    for item in facts.kubernetes.objects:
        is_made = (item.group, item.kind) in _LISTED and item.name
        if is_made and not any(str(key).startswith("helm.sh/hook") for key in item.annotations):
            yield item


def _match(facts: Facts, item: Object, kind: str) -> _Match:
    live = facts.live
    parts = item.name.split(UNKNOWN)
    if len("".join(parts)) < _SHORTEST and len(parts) > 1:
        return _Match(item, why="its name is made when it is applied")
    name = re.compile("[a-z0-9.-]*".join(map(re.escape, parts)))
    cluster_wide = kind in ("namespaces", "clusterroles", "clusterrolebindings")
    space = "" if cluster_wide or UNKNOWN in item.namespace else item.namespace
    for seen in live.of(KUBERNETES, kind):
        if name.fullmatch(seen.name) and (not space or seen.scope == space):
            return _Match(item, seen)
    if not is_whole(facts, kind):
        return _Match(item, why=f"{kind} could not be seen")
    if space and not _was_looked_at(facts, space):
        return _Match(item, why=f"the namespace {space} was not looked at")
    return _Match(item)


def _was_looked_at(facts: Facts, space: str) -> bool:
    """Whether a namespace was, or all were: then kube-system, which every cluster has, is among them."""
    names = {item.name for item in facts.live.of(KUBERNETES, "namespaces")}
    return space in names or "kube-system" in names


def _leading_nowhere(facts: Facts) -> Iterator[tuple[str, Place]]:
    live = facts.live
    labels = [(runs.seen.scope, runs.labels) for runs in workloads(facts)]
    labels += [(pod.scope, pod.get("metadata", "labels", default={})) for pod in items_of(facts, "pods")]
    off = [item for item in items_of(facts, "deployments", "statefulsets") if item.get("spec", "replicas") == 0]
    labels += [(i.scope, i.get("spec", "template", "metadata", "labels", default={})) for i in off]

    by_space: dict[str, set[frozenset[tuple[str, Any]]]] = defaultdict(set)
    for space, found in labels:
        by_space[space].add(frozenset(found.items()))

    def leads(item: Seen, selector: object) -> bool:
        return any(selects(selector, dict(found)) for found in by_space[item.scope])

    for item in items_of(facts, "services"):
        selector = item.get("spec", "selector")
        if selector and not leads(item, {"matchLabels": selector}):
            yield f"{titled(item)} selects no workload", item.at("spec", "selector")
    for item in items_of(facts, "poddisruptionbudgets"):
        if not leads(item, item.get("spec", "selector")):
            yield f"{titled(item)} selects no workload", item.at("spec", "selector")
    for item in items_of(facts, "horizontalpodautoscalers"):
        target = item.get("spec", "scaleTargetRef", default={})
        kind = _TARGETS.get(str(target.get("kind")))
        names = {(each.scope, each.name) for each in live.of(KUBERNETES, kind)} if kind else set()
        if kind and (item.scope, target.get("name")) not in names:
            yield (
                f"{titled(item)} scales {target.get('kind')} {target.get('name')}, which is not there",
                item.at("spec"),
            )
    services = {(item.scope, item.name) for item in live.of(KUBERNETES, "services")}
    for item in items_of(facts, "ingresses"):
        for name in sorted(set(_backends(item))):
            if (item.scope, name) not in services:
                yield f"{titled(item)} leads to the service {name}, which is not there", item.at("spec", "rules")


def _backends(item: Seen) -> Iterator[str]:
    if name := item.get("spec", "defaultBackend", "service", "name"):
        yield str(name)
    for rule in item.get("spec", "rules", default=()):
        for path in (rule.get("http") or {}).get("paths", ()):
            name = ((path.get("backend") or {}).get("service") or {}).get("name")
            if name and name != "use-annotation":  # of an action that an annotation describes
                yield str(name)
