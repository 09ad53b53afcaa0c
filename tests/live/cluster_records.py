"""Records of a cluster as its reader makes them, healthy unless a test says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

from gonogo.checks import find_observed
from gonogo.model.assessment import Outcome
from gonogo.model.criterion import ObservedCheck
from gonogo.model.snapshot import Gap, Record
from tests.live.observed import facts_of

Change = Callable[[dict[str, Any]], None]
SAFE = {
    "allowPrivilegeEscalation": False,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
CONTAINER = {
    "name": "app",
    "image": "registry/app:1.4.2",
    "livenessProbe": True,
    "readinessProbe": True,
    "resources": {"limits": {"memory": "64Mi"}, "requests": {"cpu": "10m", "memory": "64Mi"}},
    "securityContext": SAFE,
}
LABELS = {"app": "web"}
SELECTOR = {"matchLabels": LABELS}
POD = {
    "containers": [CONTAINER],
    "serviceAccountName": "web",
    "automountServiceAccountToken": False,
    "topologySpreadConstraints": [{"topologyKey": "kubernetes.io/hostname"}],
}
OLD, NEW = "2026-05-01T00:00:00Z", "2026-06-01T11:59:00Z"
READY = {"type": "Ready", "status": "True", "lastTransitionTime": OLD}


def kube(kind: str, name: str, scope: str = "shop", **data: Any) -> Record:
    return Record(source="kubernetes", scope=scope, kind=kind, name=name, data=deepcopy(data))


def deployment(name: str = "web", scope: str = "shop", change: Change = lambda pod: None, **data: Any) -> Record:
    """A healthy one; ``change`` is made to its pod's spec, ``data`` replaces spec and status."""
    pod = deepcopy(POD)
    change(pod)
    template = {"metadata": {"labels": LABELS}, "spec": pod}
    spec = {"replicas": 2, "selector": SELECTOR, "template": template} | data.pop("spec", {})
    status = {"availableReplicas": 2, "observedGeneration": 1} | data.pop("status", {})
    return kube("deployments", name, scope, metadata={"generation": 1}, spec=spec, status=status, **data)


def pod(name: str = "web-1", scope: str = "shop", owner: str = "ReplicaSet", **status: Any) -> Record:
    """A healthy one of the deployment; ``status`` goes into its status, ``node`` is where it runs."""
    owners = {"ownerReferences": [{"kind": owner, "name": "web-5d9"}]} if owner else {}
    node = status.pop("node", f"node-{name}")
    metadata = {"creationTimestamp": OLD, "labels": LABELS | {"pod-template-hash": "5d9"}, **owners} | status.pop(
        "metadata", {}
    )
    found = {"phase": "Running", "conditions": [READY], "containerStatuses": [{"name": "app", "restartCount": 0}]}
    return kube("pods", name, scope, metadata=metadata, spec=deepcopy(POD) | {"nodeName": node}, status=found | status)


def state(**status: Any) -> dict[str, Any]:
    return {"containerStatuses": [{"name": "app", "restartCount": 0, **status}]}


def waiting(reason: str) -> dict[str, Any]:
    return state(state={"waiting": {"reason": reason}})


def died(count: int, finished: str, reason: str = "Error") -> dict[str, Any]:
    return state(restartCount=count, lastState={"terminated": {"reason": reason, "finishedAt": finished}})


def container(**changes: Any) -> Change:
    """A change of the first container; None takes a key away."""

    def change(pod: dict[str, Any]) -> None:
        found = pod["containers"][0]
        found.update(changes)
        for key in [key for key, value in changes.items() if value is None]:
            del found[key]

    return change


def of_pod(**changes: Any) -> Change:
    return lambda pod: pod.update(changes)


def job(name: str, ends: str, cron: str = "", started: str = OLD) -> Record:
    owners = {"ownerReferences": [{"kind": "CronJob", "name": cron}]} if cron else {}
    status = {"startTime": started, "conditions": [{"type": ends, "status": "True"}]}
    return kube("jobs", name, metadata=owners, spec={"template": {"spec": POD}}, status=status)


def cron(name: str = "nightly", **status: Any) -> Record:
    template = {"spec": {"template": {"spec": POD}}}
    return kube("cronjobs", name, spec={"schedule": "0 1 * * *", "jobTemplate": template}, status=status)


def budget(selector: Any = SELECTOR, **status: Any) -> Record:
    found = {"disruptionsAllowed": 1, "expectedPods": 2, "currentHealthy": 2, "desiredHealthy": 1} | status
    return kube("poddisruptionbudgets", "web", spec={"selector": selector, "maxUnavailable": 1}, status=found)


def scaler(**changes: Any) -> Record:
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "minReplicas": 2, "maxReplicas": 5}
    conditions = changes.pop("conditions", [{"type": "ScalingActive", "status": "True"}])
    return kube("horizontalpodautoscalers", "web", spec=spec | changes, status={"conditions": conditions})


def service(kind: str = "ClusterIP", selector: Any = LABELS, ports: Sequence[int] = (80,), **data: Any) -> Record:
    spec = {"type": kind, "selector": selector, "ports": [{"port": port} for port in ports]}
    return kube("services", "web", spec=spec, **data)


def ingress(
    tls: Any = ({"hosts": ["shop.example"], "secretName": "shop"},), notes: Any = None, to: str = "web"
) -> Record:
    rules = [{"host": "shop.example", "http": {"paths": [{"backend": {"service": {"name": to}}}]}}]
    spec = {"rules": rules, **({"tls": list(tls)} if tls else {})}
    return kube("ingresses", "web", metadata={"annotations": notes or {}}, spec=spec)


def issued(ready: str = "True", ends: str = "2026-08-01T00:00:00Z", renewal: str = "2026-07-01T00:00:00Z") -> Record:
    conditions = [{"type": "Ready", "status": ready, "reason": "Failed"}]
    status = {"conditions": conditions, "notAfter": ends, **({"renewalTime": renewal} if renewal else {})}
    return kube("certificates", "shop", status=status)


def role(*rules: dict[str, Any], kind: str = "clusterroles", labels: Any = None) -> Record:
    scope = "cluster" if kind == "clusterroles" else "shop"
    return kube(kind, "reader", scope, metadata={"labels": labels or {}}, rules=list(rules))


def binding(name: str = "reader", subject: Any = None, kind: str = "clusterrolebindings", labels: Any = None) -> Record:
    who = subject or {"kind": "ServiceAccount", "name": "web", "namespace": "shop"}
    scope = "cluster" if kind == "clusterrolebindings" else "shop"
    reference = {"kind": "ClusterRole", "name": name}
    return kube(kind, "web", scope, metadata={"labels": labels or {}}, roleRef=reference, subjects=[who])


def rule(verbs: str, resources: str, groups: str = "") -> dict[str, Any]:
    return {"apiGroups": [groups], "resources": resources.split(), "verbs": verbs.split()}


def node(version: str, **labels: str) -> Record:
    return kube("nodes", "n", "cluster", metadata={"labels": labels}, status={"nodeInfo": {"kubeletVersion": version}})


def version(text: str) -> Record:
    return kube("version", "cluster", "cluster", gitVersion=text)


def quota(used: str, hard: str) -> Record:
    return kube("resourcequotas", "all", status={"used": {"pods": used}, "hard": {"pods": hard}})


def policy(selector: Any, scope: str = "shop", kind: str = "networkpolicies", **spec: Any) -> Record:
    return kube(kind, "deny", scope, spec={"podSelector": selector, **spec})


WEB = (deployment(), pod("web-1"), pod("web-2"))
ACCESS = (*WEB, role(rule("get list", "pods")), binding(), kube("serviceaccounts", "web"))
DEFAULTS = kube("limitranges", "l", spec={"limits": [{"type": "Container", "default": {"memory": "1Gi"}}]})


def ask(check: str, records: Sequence[Record], *unseen: str, files: dict[str, str] | None = None) -> Outcome:
    why = "the cluster forbids this (403)"
    gaps = [Gap(source="kubernetes", kind=kind, why=why) for kind in unseen]
    facts = facts_of(records, gaps, files, given=["kubernetes"])
    return find_observed(ObservedCheck(source="kubernetes", check=f"kubernetes_{check}"))(facts)
