"""Configuration that parses and refers to what exists."""

from __future__ import annotations

import pytest

from tests.asking import ask, status
from tests.checks.pods import BUDGET, SCALER, changed, cluster

SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: %s}, ports: [{port: 80, targetPort: %s}]}
"""
INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: i}
spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: %s, port: {number: 80}}}}]}}]}
"""


def workflow(run: str, more: str = "") -> dict[str, str]:
    return {
        ".github/workflows/ci.yml": "on: [push]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n"
        f"      - uses: actions/checkout@v4\n{more}      - run: {run}\n"
    }


@pytest.mark.parametrize(
    ("files", "answer"),
    [
        ({"lib.py": "X = 1\n"}, "not_applicable"),
        (cluster(SERVICE % ("web", 80)), "pass"),
        (cluster(SERVICE % ("other", 80)), "fail"),
        (cluster(SERVICE % ("web", "http")), "fail"),
        (cluster(SERVICE % ("web", 80), INGRESS % "web"), "pass"),
        (cluster(SERVICE % ("web", 80), INGRESS % "gone"), "fail"),
        (cluster(SCALER), "pass"),
        (
            cluster(
                SCALER.replace("name: web}", "name: gone}", 1).replace(
                    "kind: Deployment, name: web", "kind: Deployment, name: gone"
                )
            ),
            "fail",
        ),
        (cluster(BUDGET.replace("app: web", "app: gone")), "fail"),
        (changed("matchLabels: {app: web}", "matchLabels: {app: web, tier: x}"), "fail"),
        (changed("containers:", "volumes: [{name: v, configMap: {name: gone}}]\n      containers:"), "fail"),
        (
            changed("containers:", "volumes: [{name: v, configMap: {name: gone, optional: true}}]\n      containers:"),
            "pass",
        ),
        (changed("containers:", "volumes: [{name: v, secret: {secretName: byhand}}]\n      containers:"), "unverified"),
        ({"compose.yaml": "services: [\n"}, "fail"),
        ({"compose.yaml": "services: {a: {build: ./gone}}\n"}, "fail"),
        ({"compose.yaml": "services: {a: {image: a:1, env_file: prod.env}}\n"}, "fail"),
        ({"main.tf": 'resource "aws_s3_bucket" "a" {\n  bucket = \n'}, "fail"),
        ({".github/workflows/deploy.yml": ""}, "fail"),
        ({"Dockerfile": "FROM a:1\nCOPY app.py /\nCOPY gone.py /\nCOPY b.py /\n", "app.py": "", "b.py": ""}, "fail"),
        ({"Dockerfile": "FROM a:1\nCOPY app.py dist/ /\n", "app.py": ""}, "pass"),
        ({"Dockerfile": "FROM a:1\nCOPY a/app.conf b/c.conf /\n"}, "pass"),
    ],
)
def test_valid_configuration(files: dict[str, str], answer: str) -> None:
    assert status("valid-configuration", files) == answer


@pytest.mark.parametrize(
    ("files", "answer"),
    [
        (workflow("cd gone && make"), "fail"),
        (workflow("cd here && ls") | {"here/x": ""}, "pass"),
        (workflow("cd built && ls") | {".gitignore": "built/\n"}, "pass"),
        (workflow("./scripts/gone.sh"), "fail"),
        (workflow("python scripts/here.py") | {"scripts/here.py": ""}, "pass"),
        (workflow("node dist/main.js"), "pass"),
        (workflow("docker run x bash scripts/inside.sh"), "pass"),
        (
            workflow(
                "cd other && ls", "      - uses: actions/checkout@v4\n        with: {repository: a/b, path: other}\n"
            ),
            "pass",
        ),
        (workflow("npm run gone") | {"package.json": '{"scripts": {"test": "jest"}}'}, "fail"),
        (workflow("npm run test") | {"package.json": '{"scripts": {"test": "jest"}}'}, "pass"),
        (workflow("docker build -f gone/Dockerfile ."), "fail"),
        (workflow("helm upgrade x ./chart -f chart/values-prod.yaml"), "fail"),
        (
            {
                "Makefile": "plan:\n\tterraform plan -var-file=prod.tfvars\n",
                "compose.yaml": "services: {a: {image: a:1}}\n",
            },
            "fail",
        ),
    ],
)
def test_what_pipelines_use(files: dict[str, str], answer: str) -> None:
    assert status("inventory-complete", files) == answer


def test_a_placeholder_that_nothing_fills() -> None:
    text = 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, annotations: {role: "${ROLE}"}}\n'
    assert status("valid-configuration", {"k8s/a.yaml": text}) == "fail"
    assert (
        status("valid-configuration", {"k8s/a.yaml": text, "deploy.sh": "envsubst < k8s/a.yaml | kubectl apply -f -\n"})
        == "pass"
    )


def test_a_secret_or_map_that_a_script_makes() -> None:
    files = changed("containers:", "volumes: [{name: v, configMap: {name: made}}]\n      containers:")
    assert status("valid-configuration", files) == "fail"
    script = {"deploy.sh": "kubectl create configmap made --from-file=x\n"}
    assert status("valid-configuration", files | script) == "pass"


def test_a_service_that_never_gets_healthy() -> None:
    text = "services:\n  a: {image: a:1, depends_on: {b: {condition: service_healthy}}}\n  b: {build: .}\n"
    files = {"compose.yaml": text, "Dockerfile": "FROM x:1\n"}
    assert status("valid-configuration", files) == "fail"
    assert status("valid-configuration", files | {"Dockerfile": "FROM x:1\nHEALTHCHECK CMD x\n"}) == "pass"


def test_what_exists_live_is_not_known() -> None:
    assert status("inventory-complete", cluster()) == "unverified"
    assert status("inventory-complete", {"lib.py": "X = 1\n"}) == "not_applicable"


def test_findings_stand_where_the_reference_is() -> None:
    (finding,) = ask("inventory-complete", workflow("cd gone && make")).findings
    assert (finding.locator.path, finding.locator.line) == (".github/workflows/ci.yml", 7)


@pytest.mark.parametrize(
    ("files", "answer"),
    [
        ({"lib.py": "X = 1\n"}, "not_applicable"),
        (cluster(), "unverified"),
        ({"main.tf": 'resource "aws_s3_bucket" "a" {}\n'}, "unverified"),
    ],
)
def test_workload_health(files: dict[str, str], answer: str) -> None:
    assert status("workload-health", files) == answer


def test_a_terraform_module_that_is_not_there_is_a_fault() -> None:
    files = {
        "envs/prod/main.tf": 'module "db" { source = "./modules/db" }\n',
        "modules/db/main.tf": 'resource "aws_db_instance" "x" {}\n',
    }
    assert status("valid-configuration", files) == "fail"
    assert status("inventory-complete", files) == "fail"
    files["envs/prod/main.tf"] = 'module "db" { source = "../../modules/db" }\n'
    assert status("valid-configuration", files) == "pass"
