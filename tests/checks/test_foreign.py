"""What is deployed from elsewhere counts as deployed."""

from __future__ import annotations

import pytest

from tests.asking import ask, status

LIMITS = "resources: {requests: {cpu: 1}, limits: {memory: 1Gi}}\n"
WEB = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  template:
    metadata: {labels: {app: web}}
    spec:
      securityContext: {seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: web
          image: acme/web:1.0.0
          livenessProbe: {httpGet: {path: /live, port: 80}}
          readinessProbe: {httpGet: {path: /ready, port: 80}}
          resources: {requests: {cpu: 1}, limits: {memory: 1Gi}}
          securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
"""


def application(chart: str, values: str = "", namespace: str = "tools") -> str:
    helm = "    helm:\n      values: |\n" + "".join(f"        {line}\n" for line in values.splitlines())
    return (
        f"apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {chart}}}\nspec:\n"
        f"  destination: {{namespace: {namespace}}}\n  source:\n    repoURL: https://charts.example.com\n"
        f"    chart: {chart}\n    targetRevision: 1.0.0\n" + (helm if values else "")
    )


def cluster(chart: str, values: str = "", **more: str) -> dict[str, str]:
    return {"apps/web.yaml": WEB, "apps/tool.yaml": application(chart, values), **more}


@pytest.mark.parametrize("slug", ["backups", "restore-tested", "deletion-protection", "data-classification"])
@pytest.mark.parametrize(
    ("chart", "values", "answer"),
    [
        ("vault", "", "fail"),
        ("postgresql-ha", "", "fail"),
        ("grafana", "persistence: {enabled: true}", "fail"),
        ("grafana", "", "not_applicable"),
        ("vault", "server: {dev: {enabled: true}}", "not_applicable"),
        ("redis", "", "not_applicable"),
        ("postgres-operator", "", "not_applicable"),
    ],
)
def test_charts_that_keep_data_are_stores(slug: str, chart: str, values: str, answer: str) -> None:
    assert status(slug, cluster(chart, values)) == answer


def test_volumes_in_a_cluster_whose_classes_nothing_encrypts() -> None:
    eks = {"main.tf": 'resource "aws_eks_cluster" "main" { name = "x" }\n'}
    assert status("encryption-at-rest", cluster("vault")) == "unverified"
    assert status("encryption-at-rest", cluster("vault", **eks)) == "fail"
    eks["main.tf"] += 'resource "aws_ebs_encryption_by_default" "on" { enabled = true }\n'
    assert status("encryption-at-rest", cluster("vault", **eks)) == "unverified"


@pytest.mark.parametrize(
    ("chart", "values", "answer"),
    [
        ("grafana", LIMITS, "pass"),
        ("grafana", "", "fail"),
        ("grafana", "container: {" + LIMITS.strip() + "}", "fail"),
        ("acme-thing", LIMITS, "unverified"),
    ],
)
def test_limits_of_charts(chart: str, values: str, answer: str) -> None:
    assert status("resource-limits", cluster(chart, values)) == answer


def test_a_chart_s_keys_that_prove_nothing_are_named() -> None:
    values = "nodeExporter: {" + LIMITS.strip() + "}\n"
    reason = ask("resource-limits", cluster("kube-prometheus-stack", values)).assessment.reason
    assert "node-exporter (prometheus-node-exporter.resources)" in reason


@pytest.mark.parametrize(
    ("chart", "values", "answer"),
    [
        ("vault", "", "fail"),
        ("vault", "server: {livenessProbe: {enabled: true}}", "pass"),
        ("grafana", "", "pass"),
        ("acme-thing", "", "unverified"),
    ],
)
def test_probes_of_charts(chart: str, values: str, answer: str) -> None:
    assert status("liveness-readiness-probes", cluster(chart, values)) == answer


def test_namespaces_of_charts_that_work_on_hosts() -> None:
    space = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: tools\n"
    space += "  labels: {pod-security.kubernetes.io/enforce: %s}\n"
    stack = cluster("kube-prometheus-stack")
    assert status("pod-security", stack | {"apps/ns.yaml": space % "baseline"}) == "fail"
    assert status("pod-security", stack | {"apps/ns.yaml": space % "restricted"}) == "unverified"
    assert status("pod-security", cluster("kube-prometheus-stack", "nodeExporter: {enabled: false}")) == "unverified"


def test_a_password_among_a_chart_s_values() -> None:
    assert status("secrets-manager", cluster("grafana", "adminPassword: hunter2")) == "fail"
    assert status("secrets-manager", cluster("grafana", "admin: {existingSecret: grafana}")) == "not_applicable"


def test_a_secret_store_that_nothing_rotates() -> None:
    assert status("secrets-rotation", cluster("vault")) == "fail"
    job = WEB.replace("Deployment", "CronJob").replace("name: web,", "name: rotate-secrets,")
    assert status("secrets-rotation", cluster("vault", **{"apps/job.yaml": job})) != "fail"


@pytest.mark.parametrize(("image", "answer"), [("AL2_x86_64", "fail"), ("AL2023_x86_64_STANDARD", "pass")])
def test_node_groups_without_a_template_have_the_image_s_default(image: str, answer: str) -> None:
    group = f'resource "aws_eks_node_group" "main" {{\n  cluster_name = "x"\n  ami_type = "{image}"\n}}\n'
    assert status("instance-metadata", {"main.tf": group}) == answer


SHOP = {"apps/web.yaml": WEB}


@pytest.mark.parametrize(
    "slug",
    ["timeouts", "retries-and-backoff", "circuit-breakers", "idempotency", "cors-restricted", "security-headers"],
)
def test_what_code_of_another_repository_does_is_not_seen(slug: str) -> None:
    assert status(slug, SHOP) == "unverified"
    assert status(slug, {"apps/web.yaml": WEB.replace("acme/web", "nginx")}) == "not_applicable"


def test_an_error_tracker_that_nothing_is_given() -> None:
    assert status("error-tracking", SHOP) == "fail"
    given = WEB + "          env: [{name: SENTRY_DSN, value: https://key@sentry.example.com/1}]\n"
    assert status("error-tracking", {"apps/web.yaml": given}) == "unverified"


def test_a_monitor_that_is_switched_off() -> None:
    chart = {
        "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
        "chart/values.yaml": "monitor: {enabled: false}\n",
        "chart/templates/web.yaml": WEB,
        "chart/templates/servicemonitor.yaml": "{{- if .Values.monitor.enabled }}\n"
        "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: web}\n{{- end }}\n",
    }
    assert status("metrics-exposed", chart) == "fail"
    chart["chart/values.yaml"] = "monitor: {enabled: true}\n"
    assert status("metrics-exposed", chart) == "unverified"


def test_two_pipelines_that_apply_the_same_state() -> None:
    workflow = "on: {push: {branches: [main]}}\njobs:\n  apply:\n    runs-on: ubuntu-latest\n    steps:\n"
    workflow += "      - uses: actions/checkout@v4\n      - run: terraform init && terraform apply -auto-approve\n"
    files = {
        "main.tf": 'terraform {\n  backend "s3" { bucket = "b" }\n}\nresource "aws_sqs_queue" "q" {}\n',
        ".github/workflows/a.yml": workflow,
        ".github/workflows/b.yml": workflow,
    }
    assert status("concurrency-safety", files) == "fail"
    apart = files | {".github/workflows/b.yml": "concurrency: terraform\n" + workflow}
    assert status("concurrency-safety", apart) == "not_applicable"
    files["main.tf"] = files["main.tf"].replace('"b"', '"b"\n use_lockfile = true\n')
    assert status("concurrency-safety", files) == "not_applicable"


def test_the_bucket_of_the_state_is_made_elsewhere() -> None:
    backend = 'terraform {\n  backend "s3" { bucket = "b" }\n}\nresource "aws_sqs_queue" "q" {}\n'
    assert status("public-storage", {"main.tf": backend}) == "unverified"
    assert status("public-storage", {"main.tf": 'resource "aws_sqs_queue" "q" {}\n'}) == "not_applicable"


def test_ingresses_whose_load_balancers_write_no_access_logs() -> None:
    ingress = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: web\n  annotations:\n"
    ingress += "    alb.ingress.kubernetes.io/scheme: internet-facing\n"
    assert status("access-logs", {"apps/ingress.yaml": ingress}) == "fail"
    on = "    alb.ingress.kubernetes.io/load-balancer-attributes: access_logs.s3.enabled=true\n"
    assert status("access-logs", {"apps/ingress.yaml": ingress + on}) != "fail"
    assert status("access-logs", {"apps/ingress.yaml": ingress.replace("alb.", "nginx.")}) == "not_applicable"


def test_charts_that_no_network_policy_isolates() -> None:
    policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: all, namespace: %s}\n"
    policy += "spec: {podSelector: {}, policyTypes: [Ingress]}\n"
    shop = {"apps/shop.yaml": policy % "shop"}
    assert status("network-policies", SHOP | shop) == "pass"
    assert status("network-policies", cluster("vault", **shop)) == "fail"
    assert status("network-policies", cluster("vault", **shop, **{"apps/tools.yaml": policy % "tools"})) == "pass"
    assert status("network-policies", cluster("grafana", "networkPolicy: {enabled: true}", **shop)) == "pass"
