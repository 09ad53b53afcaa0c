"""Kubernetes objects from manifests and Kustomize overlays, and which of them decide."""

from __future__ import annotations

from pathlib import Path

from gonogo.facts.kubernetes import Kubernetes, Workload
from tests.asking import read

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: web:1.0
        env:
        - {name: A, value: "1"}
      initContainers:
      - {name: init, image: "busybox:1.36"}
      - {name: proxy, image: "proxy:1", restartPolicy: Always}
"""
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}}\n"


def kubernetes(tmp_path: Path, files: dict[str, str], environment: str = "production") -> Kubernetes:
    return read(files, tmp_path, environment=environment).kubernetes


def workload(found: Kubernetes) -> Workload:
    (only,) = found.workloads
    return only


def test_plain_manifests(tmp_path: Path) -> None:
    found = kubernetes(
        tmp_path,
        {
            "k8s/web.yaml": DEPLOYMENT + "---\n" + SERVICE,
            "skaffold.yaml": "apiVersion: skaffold/v4beta1\nkind: Config\n",
        },
    )
    web = workload(found)
    assert (web.symbol, web.at.path, web.at.line, web.replicas) == ("Deployment/web", "k8s/web.yaml", 1, 1)
    assert [(c.name, c.init, c.at.line) for c in web.containers] == [
        ("app", False, 12),
        ("init", True, 17),
        ("proxy", False, 18),
    ]
    assert [item.kind for item in found.objects] == ["Deployment", "Service"]
    assert found.selected(found.of("Service")[0].spec.map("selector"), web.unit) == (web,)


def test_lists_are_unpacked(tmp_path: Path) -> None:
    body = "\n".join("  " + line for line in DEPLOYMENT.splitlines())
    found = kubernetes(tmp_path, {"all.yaml": "apiVersion: v1\nkind: List\nitems:\n-" + body[1:] + "\n"})
    assert workload(found).at.line == 4


def test_an_overlay_patches_its_base(tmp_path: Path) -> None:
    files = {
        "base/kustomization.yaml": "resources: [web.yaml]\n",
        "base/web.yaml": DEPLOYMENT,
        "overlays/dev/kustomization.yaml": "resources: [../../base]\n",
        "overlays/prod/kustomization.yaml": """\
resources: [../../base, ../../extra]
namespace: shop
namePrefix: prod-
images: [{name: web, newTag: "2.0"}]
replicas: [{name: web, count: 3}]
configMapGenerator: [{name: settings, literals: [A=1]}]
patches:
- path: limits.yaml
- target: {kind: Deployment}
  patch: |
    - op: add
      path: /spec/template/spec/securityContext
      value: {runAsNonRoot: true}
""",
        "overlays/prod/limits.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - name: app
        resources: {limits: {memory: 1Gi}}
""",
        "extra/kustomization.yaml": "resources: [https://example.com/x?ref=v1]\n",
    }
    found = kubernetes(tmp_path, files)
    web = workload(found)
    assert (web.name, web.object.former, web.object.namespace, web.replicas) == ("prod-web", ("web",), "shop", 3)
    app = web.containers[0]
    assert (app.image, app.place("image").path) == ("web:2.0", "overlays/prod/kustomization.yaml")
    assert (app.resource("limits", "memory"), app.place("resources").path) == ("1Gi", "overlays/prod/limits.yaml")
    assert app.place("env").path == "base/web.yaml"
    assert web.security.get("runAsNonRoot") is True
    assert [unit.default for unit in found.units] == [False, True]
    assert [place.symbol for place in found.remote] == ["https://example.com/x?ref=v1"]
    assert found.of("ConfigMap")[0].former == ("settings",)
    assert not found.wrong and not found.unread


def test_patches_that_delete(tmp_path: Path) -> None:
    files = {
        "kustomization.yaml": "resources: [web.yaml]\npatchesStrategicMerge: [p.yaml]\n",
        "web.yaml": DEPLOYMENT,
        "p.yaml": """\
kind: Deployment
metadata: {name: web}
spec:
  replicas: null
  template:
    spec:
      initContainers: [{name: init, $patch: delete}]
      containers: [{name: app, env: [{name: B, value: b}]}]
""",
    }
    web = workload(kubernetes(tmp_path, files))
    assert [c.name for c in web.containers] == ["app", "proxy"]
    assert [name for name, _ in web.containers[0].variables()] == ["A", "B"]


def test_components_change_what_takes_them_in(tmp_path: Path) -> None:
    files = {
        "app/kustomization.yaml": "resources: [web.yaml]\ncomponents: [../hardened]\n",
        "app/web.yaml": DEPLOYMENT,
        "hardened/kustomization.yaml": """\
kind: Component
patches:
- target: {kind: Deployment, name: web}
  patch: '[{op: replace, path: /spec/replicas, value: 4}]'
""",
        "loose/kustomization.yaml": "kind: Component\nresources: [x.yaml]\n",
        "loose/x.yaml": SERVICE,
    }
    found = kubernetes(tmp_path, files)
    assert workload(found).replicas == 4
    assert [item.kind for item in found.others] == ["Service"]


def test_what_a_kustomization_lacks(tmp_path: Path) -> None:
    text = "resources: [gone.yaml]\npatches: [{path: lost.yaml}]\nconfigMapGenerator: [{name: c, files: [none.txt]}]\n"
    found = kubernetes(tmp_path, {"kustomization.yaml": text})
    assert [wrong.at.symbol for wrong in found.wrong] == ["gone.yaml", "none.txt", "lost.yaml"]
    assert all(wrong.missing for wrong in found.wrong)


def test_environments_in_folders(tmp_path: Path) -> None:
    files = {"k8s/prod/web.yaml": DEPLOYMENT, "k8s/staging/web.yaml": DEPLOYMENT}
    assert workload(kubernetes(tmp_path, files)).at.path == "k8s/prod/web.yaml"
    assert workload(kubernetes(tmp_path, files, "staging")).at.path == "k8s/staging/web.yaml"


def test_environments_in_file_names(tmp_path: Path) -> None:
    files = {f"k8s/web-{name}.yaml": DEPLOYMENT for name in ("dev", "prod", "demo")} | {"k8s/service.yaml": SERVICE}
    found = kubernetes(tmp_path, files)
    assert workload(found).at.path == "k8s/web-prod.yaml"
    assert [item.at.path for item in found.of("Service")] == ["k8s/service.yaml"]
    assert len(found.others) == 2


def test_opt_in_folders_decide_only_alone(tmp_path: Path) -> None:
    files = {"extras/web.yaml": DEPLOYMENT}
    assert len(kubernetes(tmp_path, files).workloads) == 1
    found = kubernetes(tmp_path, {**files, "k8s/web.yaml": DEPLOYMENT})
    assert workload(found).at.path == "k8s/web.yaml"


def test_broken_and_templated_files(tmp_path: Path) -> None:
    files = {
        "a.yaml": "apiVersion: v1\nkind: Service\nmetadata: [\n",
        "b.yaml": "apiVersion: v1\nkind: Service\n{% if x %}\nmetadata: {name: x}\n",
        "crd.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, name: b}\n",
    }
    found = kubernetes(tmp_path, files)
    assert [(w.at.path, w.at.symbol) for w in found.wrong] == [("a.yaml", "syntax"), ("crd.yaml", "twice:name")]
    assert [unread.path for unread in found.unread] == ["b.yaml"]


def test_charts_of_others_are_told(tmp_path: Path) -> None:
    text = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: r}
spec: {chart: {spec: {chart: redis}}}
"""
    assert [place.symbol for place in kubernetes(tmp_path, {"r.yaml": text}).remote] == ["chart redis"]
