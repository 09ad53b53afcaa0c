"""The least-privilege role for the Kubernetes source, printed from the table that the guard enforces."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import yaml

from gonogo.tools.live.kubernetes.table import VERSION, load_table

NAME, VERBS = "gonogo-reader", ["get", "list"]


def role() -> str:
    """A ClusterRole, as YAML: reads of exactly what an audit lists. To be bound to the account of the kubeconfig."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in load_table().rows:
        found[row.group].append(row.resource)
    rules: list[dict[str, Any]] = [
        {"apiGroups": [group], "resources": sorted(found[group]), "verbs": list(VERBS)} for group in sorted(found)
    ]
    paths = [VERSION, *sorted({row.discovery for row in load_table().rows if row.discovery})]
    rules.append({"nonResourceURLs": paths, "verbs": ["get"]})
    body = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": NAME},
        "rules": rules,
    }
    return yaml.safe_dump(body, sort_keys=False, default_flow_style=False)
