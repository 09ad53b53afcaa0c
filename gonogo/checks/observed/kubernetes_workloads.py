"""What runs in a cluster that was looked at: controllers with the pods that they make, and pods of other owners.

Left out are what the cluster's own namespaces hold, what belongs to another environment than the audited one, and
what is switched off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gonogo.checks.declared import environment_name
from gonogo.checks.observed.declared import undeclared_gap
from gonogo.checks.task_containers import hidden_tasks, task_containers
from gonogo.checks.wording import counted
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, not_applicable
from gonogo.model.criterion import Status
from gonogo.model.evidence import Place

KUBERNETES = "kubernetes"
SCALED = ("deployments", "statefulsets")
CONTROLLERS = (*SCALED, "daemonsets", "cronjobs", "jobs")
RUNNING = (*CONTROLLERS, "pods")
"""All kinds that tell what runs: a check of workloads needs them."""
_PODS_AT = {"cronjobs": ("spec", "jobTemplate", "spec", "template"), "pods": ()}
_CONTROLLED = frozenset(("StatefulSet", "DaemonSet", "Job", "Node"))
"""Owners whose own record tells of a pod; static pods are the node's."""
_SYSTEM = re.compile(
    r"kube-.*|openshift(?:-.*)?|gke-managed-.*|gke-gmp-system|gmp-(?:system|public)|aks-.*|calico-(?:system|apiserver)"
    r"|tigera-operator|cattle-.*|fleet-.*|local-path-storage|amazon-(?:cloudwatch|guardduty)"
)
"""Namespaces that the platform brings along, and not the service."""
_ADD_ONS = frozenset(
    (
        *("cert-manager", "external-secrets", "istio-system", "metallb-system", "longhorn-system", "gatekeeper-system"),
        *("argocd", "argo-rollouts", "flux-system", "kyverno", "velero", "karpenter", "keda", "external-dns"),
        *("sealed-secrets", "crossplane-system", "cnpg-system", "gpu-operator"),
    )
)
"""Namespaces of what is installed as its publisher made it: of these only the health counts."""
_STAGES = frozenset("dev development staging stage stg sandbox test testing uat preprod nonprod qa".split())


@dataclass(frozen=True)
class Runs:
    """Something that runs pods. ``keys`` lead to a pod's metadata and spec in its record."""

    seen: Seen
    title: str
    """``deployment shop/web``."""
    keys: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return self.seen.record.kind

    @property
    def labels(self) -> Mapping[str, Any]:
        """Those of its pods."""
        found = self.seen.get(*self.keys, "metadata", "labels", default={})
        return found if isinstance(found, Mapping) else {}

    @property
    def containers(self) -> tuple[Container, ...]:
        """With the init containers, which come last."""
        return tuple(
            Container(self, ("spec", name, index), name == "initContainers")
            for name in ("containers", "initContainers")
            for index, item in enumerate(self.get("spec", name, default=()))
            if isinstance(item, Mapping)
        )

    @property
    def lasting(self) -> tuple[Container, ...]:
        """The containers that keep running beside each other; none of what comes to an end."""
        if not self.keeps_running:
            return ()
        return tuple(item for item in self.containers if not item.init or item.get("restartPolicy") == "Always")

    @property
    def keeps_running(self) -> bool:
        if self.kind == "pods":
            return bool(self.get("spec", "restartPolicy", default="Always") == "Always")
        return self.kind not in ("jobs", "cronjobs")

    def get(self, *keys: str | int, default: Any = None) -> Any:
        """A value of its pods' metadata or spec."""
        return self.seen.get(*self.keys, *keys, default=default)

    def at(self, *keys: str | int) -> Place:
        return self.seen.at(*self.keys, *keys)


@dataclass(frozen=True)
class Container:
    """One container of a workload."""

    runs: Runs
    keys: tuple[str | int, ...]
    init: bool

    @property
    def name(self) -> str:
        return str(self.get("name", default="?"))

    @property
    def image(self) -> str:
        return str(self.get("image", default=""))

    @property
    def title(self) -> str:
        """``deployment shop/web:app``."""
        return f"{self.runs.title}:{self.name}"

    @property
    def place(self) -> Place:
        return self.at("name")

    def get(self, *keys: str | int, default: Any = None) -> Any:
        return self.runs.get(*self.keys, *keys, default=default)

    def at(self, *keys: str | int) -> Place:
        return self.runs.at(*self.keys, *keys)


def titled(item: Seen) -> str:
    """What a record is, in words: ``deployment shop/web``, ``cluster role reader``."""
    kind = _TITLES.get(item.record.kind, item.record.kind.removesuffix("s"))
    return f"{kind} {item.name}" if item.scope in ("", "cluster") else f"{kind} {item.scope}/{item.name}"


def items_of(facts: Facts, *kinds: str) -> list[Seen]:
    """The records of those kinds in the namespaces that count."""
    live = facts.live
    labels = {item.name: item.get("metadata", "labels", default={}) for item in live.of(KUBERNETES, "namespaces")}

    def is_here(space: str) -> bool:
        return _environment(space, labels.get(space, {})) in ("", wanted)

    wanted = environment_name(facts.target.environment) or "production"
    spaces = {item.scope for item in live.of(KUBERNETES, *RUNNING, *kinds) if not is_system(item.scope)}
    none_here = not any(is_here(space) for space in spaces)  # what was given is then meant, whatever it is called
    return [
        item for item in live.of(KUBERNETES, *kinds) if not is_system(item.scope) and (none_here or is_here(item.scope))
    ]


def is_system(namespace: str) -> bool:
    """Whether a namespace is the platform's own."""
    return bool(_SYSTEM.fullmatch(namespace))


def is_add_on(namespace: str) -> bool:
    """Whether a namespace holds an add-on, of which only the health counts."""
    return namespace in _ADD_ONS


def workloads(facts: Facts) -> list[Runs]:
    """All that runs pods and counts: controllers first, then pods that none of them made, one for each owner."""
    found = [
        Runs(item, titled(item), _PODS_AT.get(item.record.kind, ("spec", "template")))
        for item in items_of(facts, *CONTROLLERS)
        if not _is_off(item) and not is_add_on(item.scope) and owner_of(item)[0] != "CronJob"
    ]
    return [*found, *_others(facts)]


def is_whole(facts: Facts, *kinds: str) -> bool:
    """Whether all records of those kinds could be seen: where not, that something lacks one says nothing."""
    return not facts.live.gaps(KUBERNETES, *kinds)


def selects(selector: Any, labels: Mapping[str, Any]) -> bool:
    """Whether a label selector selects these labels; an empty one selects all, None nothing."""
    if not isinstance(selector, Mapping):
        return False
    wanted = selector.get("matchLabels") or {}
    if not all(labels.get(key) == value for key, value in wanted.items()):
        return False
    return all(_meets(expression, labels) for expression in selector.get("matchExpressions") or ())


def owner_of(item: Seen) -> tuple[str, str]:
    """Kind and name of what made a record; both empty where nothing did."""
    owner = item.get("metadata", "ownerReferences", 0, default={})
    return str(owner.get("kind", "")), str(owner.get("name", ""))


def settling(facts: Facts, outcome: Outcome) -> Outcome:
    """The outcome; a pass says nothing where containers also run elsewhere, so that it settles nothing for them."""
    elsewhere = len(facts.live.of("aws", "ecs.service")) + len(task_containers(facts)) + len(hidden_tasks(facts))
    if outcome.status is not Status.PASS or not elsewhere:
        return undeclared_gap(facts, outcome)
    tasks = counted(elsewhere, "service or task", "services and tasks")
    return replace(not_applicable(f"{outcome.reason}; a cluster does not show {tasks} of ECS"), places=outcome.places)


def made_by(pod: Seen) -> str:
    """The name of what made a pod; of a ReplicaSet's that of the Deployment or Rollout, its own where nothing did."""
    own = pod.get("metadata", "labels", "pod-template-hash")
    return owner_of(pod)[1].removesuffix(f"-{own}") or pod.name


def _others(facts: Facts) -> Iterator[Runs]:
    deployments = {(item.scope, item.name) for item in facts.live.of(KUBERNETES, "deployments")}
    seen = set()
    for pod in items_of(facts, "pods"):
        kind, made = owner_of(pod)[0], made_by(pod)
        is_over = pod.get("status", "phase") in ("Succeeded", "Failed")
        if kind in _CONTROLLED or is_over or is_add_on(pod.scope):
            continue
        if kind == "ReplicaSet" and (pod.scope, made) in deployments:
            continue
        if not kind:
            yield Runs(pod, titled(pod))
        elif (pod.scope, kind, made) not in seen:
            seen.add((pod.scope, kind, made))
            yield Runs(pod, f"{kind} {pod.scope}/{made}")


def _is_off(item: Seen) -> bool:
    if item.record.kind in SCALED:
        return bool(item.get("spec", "replicas", default=1) == 0)
    if item.record.kind == "jobs":
        return any(c.get("type") in ("Complete", "Failed") for c in item.get("status", "conditions", default=()))
    return item.get("spec", "suspend") is True


def _environment(space: str, labels: Mapping[str, Any]) -> str:
    told = next((str(labels[key]) for key in ("environment", "env", "stage") if key in labels), "")
    words = (word for word in re.split(r"[^a-z0-9]+", space.lower()) if word in _STAGES)
    return environment_name(told) or environment_name(" ".join(words))


def _meets(expression: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    key, values = str(expression.get("key")), expression.get("values") or ()
    match expression.get("operator"):
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
    return False


_TITLES = {
    "statefulsets": "stateful set",
    "daemonsets": "daemon set",
    "cronjobs": "cron job",
    "ingresses": "ingress",
    "networkpolicies": "network policy",
    "poddisruptionbudgets": "disruption budget",
    "horizontalpodautoscalers": "autoscaler",
    "resourcequotas": "quota",
    "serviceaccounts": "account",
    "rolebindings": "role binding",
    "clusterroles": "cluster role",
    "clusterrolebindings": "cluster role binding",
}
