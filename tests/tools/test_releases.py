"""Charts and manifests from elsewhere, with the values that a repository sets for them."""

from __future__ import annotations

from pathlib import Path

from gonogo.facts.releases import Release
from tests.asking import read

APPLICATION = """apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: vault, namespace: argocd}
spec:
  sources:
    - repoURL: https://helm.releases.hashicorp.com
      chart: vault
      targetRevision: 0.28.1
      helm:
        valueFiles: [$values/values/vault.yaml]
        values: |
          server:
            livenessProbe: {enabled: true}
    - repoURL: https://github.com/acme/gitops
      ref: values
  destination: {namespace: vault}
"""


def releases(folder: Path, files: dict[str, str]) -> dict[str, Release]:
    return {release.name: release for release in read(files, folder).kubernetes.releases}


def test_argo_applications_with_values_from_files_and_from_themselves(tmp_path: Path) -> None:
    values = "server:\n  livenessProbe: {enabled: false}\n  dataStorage:\n    size: 10Gi\n"
    found = releases(tmp_path, {"apps/vault.yaml": APPLICATION, "values/vault.yaml": values})["vault"]
    assert (found.chart, found.version, found.namespace, found.by) == ("vault", "0.28.1", "vault", "Argo CD")
    assert found.find("server.livenessProbe.enabled") is True
    assert found.find("server.dataStorage.size") == "10Gi"
    assert str(found.place("server.dataStorage.size")) == "values/vault.yaml:4"
    assert found.whole


def test_values_that_are_not_in_the_repository_are_known_to_be_missing(tmp_path: Path) -> None:
    assert not releases(tmp_path, {"apps/vault.yaml": APPLICATION})["vault"].whole


def test_flux_kustomize_helmfile_and_dependencies(tmp_path: Path) -> None:
    files = {
        "flux/redis.yaml": "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: cache}\n"
        "spec:\n  chart: {spec: {chart: redis, version: 1.2.3}}\n  values: {auth: {enabled: false}}\n",
        "monitoring/kustomization.yaml": "helmCharts:\n  - name: grafana\n    releaseName: graphs\n"
        "    valuesInline: {persistence: {enabled: true}}\n",
        "helmfile.yaml": "releases:\n  - name: queue\n    chart: bitnami/rabbitmq\n    values: [values/queue.yaml]\n"
        "  - name: own\n    chart: ./chart\n",
        "values/queue.yaml": "replicaCount: 3\n",
        "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies:\n"
        "  - {name: postgresql, version: 12.0.0, repository: 'https://charts.bitnami.com', condition: db.enabled}\n"
        "  - {name: mysql, version: 9.0.0, repository: 'https://charts.bitnami.com', condition: mysql.enabled}\n",
        "chart/values.yaml": "postgresql: {auth: {database: web}}\nmysql: {enabled: false}\n",
        "chart/templates/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n",
    }
    found = releases(tmp_path, files)
    assert {name: release.chart for name, release in found.items()} == {
        "cache": "redis",
        "graphs": "grafana",
        "queue": "rabbitmq",
        "postgresql": "postgresql",
    }
    assert found["cache"].is_on("auth.enabled", default=True) is False
    assert found["graphs"].is_on("persistence.enabled", default=False) is True
    assert found["queue"].find("replicaCount") == 3
    assert found["postgresql"].find("auth.database") == "web"


def test_scripts_install_with_helm_and_kubectl(tmp_path: Path) -> None:
    script = """#!/bin/bash
# helm install commented acme/commented
helm upgrade --install db bitnami/postgresql \\
  --namespace data --set auth.database=web,primary.persistence.enabled=false
helm upgrade --install own ./chart
kubectl apply -n argocd -f https://raw.githubusercontent.com/argoproj/argo-cd/v2.9/manifests/install.yaml
echo "helm install said acme/said"
"""
    found = read({"deploy.sh": script, "setup-kind.sh": script.replace("db ", "other ")}, tmp_path).kubernetes.releases
    assert [(r.name, r.chart.rpartition("/")[2], r.namespace) for r in found] == [
        ("db", "postgresql", "data"),
        ("", "install.yaml", ""),
    ]
    assert found[0].find("primary.persistence.enabled") is False
