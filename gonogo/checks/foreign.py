"""Charts and manifests from elsewhere that the target deploys, and what is known of them.

Nobody sees their objects in the repository, but they run, keep data and need what any workload needs. What a chart does
by default is written down here for the common ones; of others nothing is said. Needs: kubernetes, terraform.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.releases import Release
from gonogo.facts.resources import Resource, Unknown
from gonogo.facts.secret_names import secret_name
from gonogo.model.evidence import Place


def releases(facts: Facts) -> tuple[Release, ...]:
    """All of them: of controllers, overlays, helmfiles and scripts, and Terraform's ``helm_release``."""
    made = [_of_terraform(r) for r in facts.terraform.resources(Kind.HELM_RELEASE) if r.type == "helm_release"]
    return (*facts.kubernetes.releases, *(release for release in made if release is not None))


def _of_terraform(resource: Resource) -> Release | None:
    chart = resource.get("chart")
    if not isinstance(chart, str) or chart.startswith((".", "/")):
        return None
    settings: dict[str, Any] = {}
    for block in (*resource.blocks("set"), *resource.blocks("set_sensitive")):
        name, value = block.get("name"), block.get("value")
        if isinstance(name, str) and not isinstance(value, Unknown):
            _put(settings, name, value)
    name, version = resource.get("name"), resource.get("version")
    space = resource.get("namespace")
    return Release(
        name=name if isinstance(name, str) else resource.name,
        chart=chart.rpartition("/")[2],
        at=resource.at,
        by="Terraform",
        layers=(settings,) if settings else (),
        whole=not resource.get("values"),
        version=version if isinstance(version, str) else "",
        namespace=space if isinstance(space, str) else "",
    )


def _put(settings: dict[str, Any], name: str, value: object) -> None:
    *parents, last = re.split(r"(?<!\\)\.", name)
    inner = settings
    for key in parents:
        below = inner.setdefault(key, {})
        if not isinstance(below, dict):
            return
        inner = below
    inner[last] = {"true": True, "false": False}.get(str(value), value)


@dataclass(frozen=True, slots=True)
class Part:
    """One workload that a chart makes by default. Paths are those of the chart's values."""

    name: str
    resources: str
    switch: str = ""
    """What turns it off; empty for nothing."""
    on: bool = True
    """Whether it is on by default."""


_STACK = (
    Part("prometheus", "prometheus.prometheusSpec.resources", "prometheus.enabled"),
    Part("alertmanager", "alertmanager.alertmanagerSpec.resources", "alertmanager.enabled"),
    Part("operator", "prometheusOperator.resources", "prometheusOperator.enabled"),
    Part("node-exporter", "prometheus-node-exporter.resources", "nodeExporter.enabled"),
    Part("kube-state-metrics", "kube-state-metrics.resources", "kubeStateMetrics.enabled"),
    Part("grafana", "grafana.resources", "grafana.enabled"),
)
_ARGO = ("controller", "server", "repoServer", "applicationSet", "redis", "dex", "notifications")
_PARTS: dict[str, tuple[Part, ...]] = {
    "kube-prometheus-stack": _STACK,
    "prometheus": (
        Part("server", "server.resources"),
        Part("alertmanager", "alertmanager.resources", "alertmanager.enabled"),
        Part("node-exporter", "prometheus-node-exporter.resources", "prometheus-node-exporter.enabled"),
        Part("kube-state-metrics", "kube-state-metrics.resources", "kube-state-metrics.enabled"),
    ),
    "grafana": (Part("grafana", "resources"),),
    "vault": (
        Part("server", "server.resources", "server.enabled"),
        Part("injector", "injector.resources", "injector.enabled"),
    ),
    "argo-cd": tuple(Part(name, f"{name}.resources", f"{name}.enabled") for name in _ARGO),
    "ingress-nginx": (Part("controller", "controller.resources"),),
    "cert-manager": tuple(
        Part(name or "controller", f"{name}.resources".lstrip(".")) for name in ("", "webhook", "cainjector")
    ),
    "external-secrets": (
        Part("controller", "resources"),
        Part("webhook", "webhook.resources", "webhook.create"),
        Part("cert-controller", "certController.resources", "certController.create"),
    ),
    "aws-load-balancer-controller": (Part("controller", "resources"),),
    "cluster-autoscaler": (Part("autoscaler", "resources"),),
    "metrics-server": (Part("server", "resources"),),
    "external-dns": (Part("external-dns", "resources"),),
    "promtail": (Part("promtail", "resources"),),
    "fluent-bit": (Part("fluent-bit", "resources"),),
    "prometheus-node-exporter": (Part("node-exporter", "resources"),),
    "kube-state-metrics": (Part("kube-state-metrics", "resources"),),
}
"""What charts run, whose ``resources`` are empty, or have no memory limit, unless values set them."""
_MANIFESTS = re.compile(r"argoproj/argo-cd/|/argo-cd/|ingress-nginx/|metrics-server/|cert-manager/")
"""Published manifests whose containers have no memory limits."""
_ON_HOSTS = frozenset(
    (
        *("prometheus-node-exporter", "promtail", "fluent-bit", "fluentd", "filebeat", "datadog", "node-exporter"),
        *("aws-ebs-csi-driver", "aws-efs-csi-driver", "aws-for-fluent-bit", "cilium", "longhorn", "falco"),
    )
)
"""Charts whose pods mount paths of the host or use its namespaces, which the restricted standard forbids."""


def unlimited(release: Release) -> tuple[tuple[str, Place], ...] | None:
    """The parts of a release that run without requests or a memory limit; None where nobody knows the chart."""
    if release.chart.startswith("http"):
        return (("its containers", release.at),) if _MANIFESTS.search(release.chart) else None
    parts = _PARTS.get(release.chart)
    if parts is None or not release.whole:
        return None
    found = []
    for part in parts:
        if part.switch and not release.is_on(part.switch, default=part.on):
            continue
        value = release.find(part.resources)
        limits = value.get("limits") if isinstance(value, Mapping) else None
        if not isinstance(limits, Mapping) or not limits.get("memory"):
            found.append((f"{part.name} ({part.resources})", release.place(part.resources)))
    return tuple(found)


_PROBED = frozenset(
    (*_PARTS, "postgresql", "redis", "mysql", "mariadb", "mongodb", "rabbitmq", "kafka", "minio", "loki")
)


def unprobed(release: Release) -> tuple[tuple[str, Place], ...] | None:
    """The parts of a release without a liveness or readiness probe; None where nobody knows the chart."""
    if release.chart == "vault":
        found = []
        if release.is_on("server.enabled", default=True) and release.whole:
            if not release.is_on("server.livenessProbe.enabled", default=False):
                found.append(("server (server.livenessProbe.enabled)", release.place("server.livenessProbe.enabled")))
            if not release.is_on("server.readinessProbe.enabled", default=True):
                found.append(("server (server.readinessProbe.enabled)", release.place("server.readinessProbe.enabled")))
        return tuple(found)
    return () if release.chart in _PROBED else None


_OPEN = frozenset(("vault", "grafana", "kube-prometheus-stack", "prometheus", "argo-cd", "loki", "jenkins"))
"""Charts that make a NetworkPolicy only where values ask for one."""


def is_open(release: Release) -> bool:
    """Whether a release is known to make no network policy."""
    if release.chart not in _OPEN or not release.whole:
        return False
    asked = [path for layer in release.layers for path, value in _leaves(layer, "") if value is True]
    return not any(re.search(r"networkpolic(?:y|ies)\.(?:enabled|create)$", path, re.IGNORECASE) for path in asked)


def on_hosts(release: Release) -> str:
    """What a release runs that the restricted Pod Security Standard forbids, whatever its values; empty for nothing
    that is known."""
    if release.chart in ("kube-prometheus-stack", "prometheus"):
        switch = "nodeExporter.enabled" if release.chart != "prometheus" else "prometheus-node-exporter.enabled"
        return "node-exporter in the host's namespaces" if release.is_on(switch, default=True) else ""
    return f"{release.chart}, which works on the host" if release.chart in _ON_HOSTS else ""


def enforced(facts: Facts, release: Release) -> str:
    """The Pod Security Standard that a release's namespace enforces; empty for none that is defined."""
    for item in facts.kubernetes.of("Namespace"):
        if item.name == release.namespace:
            return item.labels.text("pod-security.kubernetes.io/enforce")
    return ""


@dataclass(frozen=True, slots=True)
class Keeps:
    """What a release stores."""

    kind: str
    of_record: bool
    path: str = ""
    """The value that makes it keep something; empty where the chart does by default."""


_WITH_DATABASE = frozenset(("keycloak", "gitea", "harbor", "sonarqube", "gitlab", "wordpress", "nextcloud", "airflow"))


def keeps(release: Release) -> Keeps | None:
    """What a release of a chart that is no plain database stores; None for nothing that is known."""
    chart = release.chart
    if chart == "vault" and not release.is_on("server.dev.enabled", default=False):
        on = release.is_on("server.enabled", default=True) and release.is_on("global.enabled", default=True)
        if on and not release.find("injector.externalVaultAddr"):
            return Keeps("Vault", True)
    elif chart == "grafana" and release.is_on("persistence.enabled", default=False):
        return Keeps("Grafana", True, "persistence")
    elif chart == "kube-prometheus-stack" and release.is_on("grafana.persistence.enabled", default=False):
        return Keeps("Grafana", True, "grafana.persistence")
    elif chart == "kube-prometheus-stack" and release.find("prometheus.prometheusSpec.storageSpec"):
        return Keeps("Prometheus", False, "prometheus.prometheusSpec.storageSpec")
    elif chart == "prometheus" and release.is_on("server.persistentVolume.enabled", default=True):
        return Keeps("Prometheus", False)
    elif chart in ("loki", "loki-stack", "loki-distributed", "tempo", "mimir-distributed"):
        return Keeps("log store" if chart.startswith("loki") else "telemetry store", False)
    elif chart in _WITH_DATABASE and release.is_on("postgresql.enabled", default=True):
        return Keeps(f"the database of {chart}", True)
    elif chart == "jenkins" and release.is_on("persistence.enabled", default=True):
        return Keeps("Jenkins", True)
    return None


_PLACEHOLDER = re.compile(r"\$|<|\{\{|^ref\+|^vault:", re.IGNORECASE)


def literal_secrets(facts: Facts) -> Iterator[tuple[str, Place]]:
    """Secrets that stand as literals in the values of releases, by their path."""
    for release in releases(facts):
        for layer in release.layers:
            for path, value in _leaves(layer, ""):
                key = path.rpartition(".")[2]
                if not isinstance(value, str) or not value.strip() or _PLACEHOLDER.search(value):
                    continue
                if secret_name(key) and not _NAMES_ONE.search(key) and release.find(path) == value:
                    yield f"{release.chart}'s {path}", release.place(path)


_NAMES_ONE = re.compile(r"(?:secret|key|name|ref|path|file|policy|type|url|ttl|annotations?)$", re.IGNORECASE)
"""Keys that name a secret rather than hold it: ``existingSecret``, ``passwordKey``."""


def _leaves(value: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        path = f"{prefix}.{key}" if prefix else str(key)
        if isinstance(inner, Mapping):
            yield from _leaves(inner, path)
        else:
            yield path, inner


def secret_stores(facts: Facts) -> tuple[Release, ...]:
    """Releases that are a secret store of the target."""
    return tuple(r for r in releases(facts) if r.chart in ("vault", "openbao", "infisical", "conjur-oss"))
