"""Environments: apart, and cheaper where they are not production."""

from __future__ import annotations

import pytest

from gonogo.checks.declared import environment_name
from tests.asking import status

BACKEND = 'terraform {\n  backend "s3" {\n    bucket = "state"\n    key = "KEY"\n    region = "eu-west-1"\n  }\n}\n'
INSTANCE = 'resource "aws_instance" "web" {\n  ami = "ami-1"\n  instance_type = "TYPE"\n}\n'
TWO_ROOTS = {
    "environments/prod/main.tf": BACKEND.replace("KEY", "prod") + INSTANCE.replace("TYPE", "m7g.large"),
    "environments/staging/main.tf": BACKEND.replace("KEY", "staging") + INSTANCE.replace("TYPE", "t4g.small"),
}
BASE = {
    "k8s/base/kustomization.yaml": "resources: [web.yaml]\n",
    "k8s/base/web.yaml": (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 1\n"
        "  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n"
        "    spec: {containers: [{name: app, image: 'acme/web:1.2.3'}]}\n"
    ),
}


def overlay(name: str, replicas: int) -> dict[str, str]:
    """An overlay with a namespace and a number of replicas of its own."""
    text = f"namespace: {name}\nresources: [../../base]\nreplicas: [{{name: web, count: {replicas}}}]\n"
    return {f"k8s/overlays/{name}/kustomization.yaml": text}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (TWO_ROOTS, "pass"),
        ({"main.tf": INSTANCE.replace("TYPE", "t3.small")}, "fail"),
        (BASE | overlay("production", 3) | overlay("staging", 1), "pass"),
        ({"k8s/web.yaml": BASE["k8s/base/web.yaml"]}, "fail"),
        ({"compose.yml": "services:\n  web:\n    image: acme/web:1.2.3\n"}, "fail"),
        ({"app.py": "print(1)\n"}, "not_applicable"),
    ],
    ids=["roots", "one root", "overlays", "one set of manifests", "one compose file", "nothing deployed"],
)
def test_environments_are_apart(files: dict[str, str], expected: str) -> None:
    assert status("environment-separation", files) == expected


def test_values_for_each_environment_over_one_state_are_not_enough() -> None:
    files = {
        "main.tf": 'variable "size" {}\n' + INSTANCE.replace('"TYPE"', "var.size"),
        "prod.tfvars": 'size = "m7g.large"\n',
        "staging.tfvars": 'size = "t4g.small"\n',
    }
    assert status("environment-separation", files) == "fail"
    makefile = "plan:\n\tterraform init -backend-config=$(ENV).hcl\n\tterraform plan -var-file=$(ENV).tfvars\n"
    assert status("environment-separation", files | {"Makefile": makefile}) == "pass"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (TWO_ROOTS, "pass"),
        ({path: text.replace("m7g.large", "t4g.small") for path, text in TWO_ROOTS.items()}, "fail"),
        (BASE | overlay("production", 3) | overlay("staging", 1), "pass"),
        ({"main.tf": INSTANCE.replace("TYPE", "t3.small")}, "not_applicable"),
    ],
    ids=["smaller", "the same", "fewer replicas", "one environment"],
)
def test_environments_besides_production_cost_less(files: dict[str, str], expected: str) -> None:
    assert status("nonprod-economy", files) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("prod.tfvars", "production"),
        ("nonprod.tfvars", "staging"),
        ("non-prod", "staging"),
        ("pre-prod", "staging"),
        ("environments/dev", "development"),
        ("product-api", ""),
        ("devices", ""),
    ],
)
def test_a_name_tells_its_environment(text: str, expected: str) -> None:
    assert environment_name(text) == expected
