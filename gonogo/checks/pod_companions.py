"""What is applied together with a workload and acts on it: autoscalers and disruption budgets. Needs: kubernetes."""

from __future__ import annotations

from collections.abc import Iterator

from gonogo.facts import Facts
from gonogo.facts.kubernetes import Object, Origin, Workload
from gonogo.facts.marked import Map, as_text, as_texts


def companions(facts: Facts, workload: Workload, *kinds: str) -> Iterator[Object]:
    """Objects that are applied with a workload: of its unit, or plain manifests of its namespace."""
    for item in facts.kubernetes.of(*kinds):
        plain = item.origin is Origin.MANIFEST and workload.object.origin is not Origin.HELM
        spaces = {item.namespace, workload.object.namespace} - {""}
        if (item.unit == workload.unit or plain) and len(spaces) < 2:
            yield item


def scalers(facts: Facts, workload: Workload) -> tuple[Object, ...]:
    """The autoscalers of a workload's replicas."""
    found = companions(facts, workload, "HorizontalPodAutoscaler", "ScaledObject")
    return tuple(item for item in found if _aims_at(item, workload))


def _aims_at(scaler: Object, workload: Workload) -> bool:
    target = scaler.spec.map("scaleTargetRef")
    kind = target.text("kind") or "Deployment"
    return kind == workload.kind and target.text("name") in (workload.name, *workload.object.former)


def bounds(scaler: Object) -> tuple[int | None, int | None]:
    """The least and most replicas that an autoscaler sets; None where it is hidden or not set."""
    is_keda = scaler.kind == "ScaledObject"
    keys = ("minReplicaCount", "maxReplicaCount") if is_keda else ("minReplicas", "maxReplicas")
    least, most = scaler.spec.get(keys[0], 0 if is_keda else 1), scaler.spec.get(keys[1])
    return (least if isinstance(least, int) else None), (most if isinstance(most, int) else None)


def least_replicas(facts: Facts, workload: Workload) -> int | None:
    """How many replicas run at least; None where code does not tell."""
    found = scalers(facts, workload)
    return bounds(found[0])[0] if found else workload.replicas


def budgets(facts: Facts, workload: Workload) -> tuple[Object, ...]:
    """The disruption budgets that select a workload's pods."""
    found = companions(facts, workload, "PodDisruptionBudget")
    return tuple(item for item in found if selects(item.spec.map("selector"), workload.labels))


def selects(selector: Map, labels: Map) -> bool:
    """Says whether a label selector selects these labels; an empty one selects all."""
    wanted = selector.map("matchLabels")
    if not all(labels.text(key) == as_text(value) for key, value in wanted.items()):
        return False
    return all(_meets(item, labels) for item in selector.maps("matchExpressions"))


def _meets(expression: Map, labels: Map) -> bool:
    key, values = expression.text("key"), as_texts(expression.get("values"))
    answers = {
        "In": labels.text(key) in values,
        "NotIn": labels.text(key) not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }
    return answers.get(expression.text("operator"), False)
