"""Kubernetes pods: security, roles, probes, resources, API versions."""

from __future__ import annotations

import pytest

from tests.asking import ask, status
from tests.checks.pods import changed, cluster, without

NOTHING = {"README.md": "# x\n"}
BOUND = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b}
roleRef: {kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: web}]
"""
ROLE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules: [{apiGroups: [""], resources: [%s], verbs: [%s]}]
"""
RELEASE = 'resource "helm_release" "x" {\n  name = "x"\n  chart = "redis"\n}\n'


@pytest.mark.parametrize(
    ("files", "answer"),
    [
        (NOTHING, "not_applicable"),
        ({"main.tf": RELEASE}, "unverified"),
        (cluster(), "pass"),
        (changed(", seccompProfile: {type: RuntimeDefault}", ""), "fail"),
        (changed("drop: [ALL]", "drop: [NET_RAW]"), "fail"),
        (changed("drop: [ALL]", "drop: [ALL], add: [NET_BIND_SERVICE]"), "pass"),
        (changed("allowPrivilegeEscalation: false, ", ""), "fail"),
        (changed("containers:", "volumes: [{name: v, hostPath: {path: /}}]\n      containers:"), "fail"),
    ],
)
def test_pod_security(files: dict[str, str], answer: str) -> None:
    assert status("pod-security", files) == answer


def test_a_namespace_may_enforce_it() -> None:
    namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {%s: restricted}}\n"
    namespace %= "pod-security.kubernetes.io/enforce"
    bare = changed("metadata: {name: web}", "metadata: {name: web, namespace: shop}")["k8s/all.yaml"].replace(
        "drop: [ALL]", ""
    )
    assert status("pod-security", {"k8s/a.yaml": bare}) == "fail"
    assert status("pod-security", {"k8s/a.yaml": bare, "k8s/n.yaml": namespace}) == "pass"
    assert (
        status("pod-security", {"k8s/a.yaml": bare, "k8s/n.yaml": namespace.replace("restricted", "baseline")})
        == "fail"
    )


@pytest.mark.parametrize(
    ("files", "answer"),
    [
        (NOTHING, "not_applicable"),
        (cluster(), "pass"),
        (without("automount"), "fail"),
        (changed("automountServiceAccountToken: false", "serviceAccountName: web"), "fail"),
        (cluster(ROLE % ("pods", "get, list")), "pass"),
        (cluster(ROLE % ('"*"', '"*"')), "fail"),
        (cluster(ROLE % ("secrets", "get")), "fail"),
        (cluster(BOUND.replace("name: reader", "name: cluster-admin")), "fail"),
    ],
)
def test_cluster_rbac(files: dict[str, str], answer: str) -> None:
    assert status("cluster-rbac", files) == answer


def test_a_bound_account_may_mount_its_token() -> None:
    files = changed("automountServiceAccountToken: false", "serviceAccountName: web")
    assert status("cluster-rbac", {**files, "k8s/b.yaml": BOUND}) == "pass"
    account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web}\nautomountServiceAccountToken: false\n"
    assert status("cluster-rbac", {**files, "k8s/b.yaml": account}) == "pass"


COMPOSE = "services:\n  web: {build: .%s}\n"


@pytest.mark.parametrize(
    ("files", "answer"),
    [
        (NOTHING, "not_applicable"),
        (cluster(), "pass"),
        (without("livenessProbe"), "fail"),
        ({"compose.yaml": COMPOSE % "", "Dockerfile": "FROM a:1\n"}, "fail"),
        ({"compose.yaml": COMPOSE % "", "Dockerfile": "FROM a:1\nHEALTHCHECK CMD x\n"}, "pass"),
        ({"compose.yaml": COMPOSE % ", healthcheck: {test: [CMD, x]}", "Dockerfile": "FROM a:1\n"}, "pass"),
        (
            {"compose.yaml": COMPOSE % ", healthcheck: {disable: true}", "Dockerfile": "FROM a:1\nHEALTHCHECK CMD x\n"},
            "fail",
        ),
        ({**cluster(), "compose.yaml": COMPOSE % "", "Dockerfile": "FROM a:1\n"}, "fail"),
        ({**cluster(), "demo-stack/compose.yaml": COMPOSE % ""}, "pass"),
        (changed("kind: Deployment", "kind: Job"), "not_applicable"),
    ],
)
def test_liveness_readiness_probes(files: dict[str, str], answer: str) -> None:
    assert status("liveness-readiness-probes", files) == answer


RANGE = """\
apiVersion: v1
kind: LimitRange
metadata: {name: l}
spec: {limits: [{type: Container, default: {memory: 1Gi}, defaultRequest: {memory: 1Gi}}]}
"""
TASK = """\
resource "aws_ecs_task_definition" "t" {
  family = "t"
  %s
  container_definitions = jsonencode([{ name = "a", image = "a:1" }])
}
"""


@pytest.mark.parametrize(
    ("files", "answer"),
    [
        (NOTHING, "not_applicable"),
        (cluster(), "pass"),
        (without("resources:"), "fail"),
        ({**without("resources:"), "k8s/range.yaml": RANGE}, "pass"),
        (changed("requests: {cpu: 100m, memory: 64Mi}, ", ""), "pass"),
        (changed(", limits: {memory: 128Mi}", ""), "fail"),
        ({"compose.yaml": "services: {a: {image: a:1}}\n"}, "fail"),
        ({"compose.yaml": "services: {a: {image: a:1, deploy: {resources: {limits: {memory: 1G}}}}}\n"}, "pass"),
        ({"main.tf": TASK % ""}, "fail"),
        ({"main.tf": TASK % 'memory = "512"'}, "pass"),
    ],
)
def test_resource_limits(files: dict[str, str], answer: str) -> None:
    assert status("resource-limits", files) == answer


@pytest.mark.parametrize(
    ("files", "answer"),
    [
        (NOTHING, "not_applicable"),
        (cluster(), "pass"),
        (changed("apps/v1", "apps/v1beta1"), "fail"),
        ({"i.yaml": "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: i}\n"}, "fail"),
        ({"i.yaml": "apiVersion: gateway.networking.k8s.io/v1beta1\nkind: Gateway\nmetadata: {name: i}\n"}, "pass"),
    ],
)
def test_current_apis(files: dict[str, str], answer: str) -> None:
    assert status("current-apis", files) == answer


def test_findings_stand_at_the_container() -> None:
    (finding,) = ask("liveness-readiness-probes", without("livenessProbe")).findings
    assert (finding.locator.path, finding.locator.line, finding.locator.symbol) == (
        "k8s/all.yaml",
        14,
        "Deployment/web:app",
    )
    assert finding.what == "Deployment/web:app has no livenessProbe"
