"""Lock files and exact pins."""

from __future__ import annotations

import pytest

from tests.asking import ask, status

PACKAGE = '{"name": "x", "scripts": {"start": "node x"}, "dependencies": {"express": "^4.0.0"}}'
TERRAFORM = """
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "SPEC"
    }
  }
}
resource "aws_s3_bucket" "a" {}
"""


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"package.json": PACKAGE}, "fail"),
        ({"package.json": PACKAGE, "package-lock.json": '{"lockfileVersion": 3, "packages": {}}'}, "pass"),
        ({"package.json": PACKAGE, "package-lock.json": "{}"}, "fail"),
        ({"requirements.txt": "flask>=3\n"}, "fail"),
        ({"requirements.txt": "flask==3.0.0\n", "requirements-dev.txt": "pytest\n"}, "pass"),
        ({"main.tf": TERRAFORM.replace("SPEC", "~> 5.0")}, "fail"),
        ({"main.tf": TERRAFORM.replace("SPEC", "5.31.0")}, "pass"),
        ({"main.tf": TERRAFORM.replace("SPEC", "~> 5.0"), ".terraform.lock.hcl": "# made\n"}, "pass"),
        (
            {"pom.xml": "<project><dependency><artifactId>a</artifactId><version>1</version></dependency></project>"},
            "pass",
        ),
        ({"go.mod": "module x.org/y\nrequire a.org/b v1.0.0\n"}, "fail"),
        ({"README.md": "# x\n"}, "not_applicable"),
        ({"run.py": "import numpy\nprint(numpy.pi)\n"}, "fail"),
        ({"run.py": "import boto3, json\n"}, "not_applicable"),
    ],
)
def test_lockfiles(files: dict[str, str], said: str) -> None:
    assert status("lockfiles", files) == said


def test_images_install_what_is_locked() -> None:
    locked = {"package.json": PACKAGE, "package-lock.json": '{"lockfileVersion": 3, "packages": {}}'}
    partial = "FROM node:22\nCOPY package.json ./\nRUN npm install\nCOPY . .\nCMD node x\n"
    whole = "FROM node:22\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\nCMD node x\n"
    assert status("lockfiles", locked | {"Dockerfile": partial}) == "fail"
    assert status("lockfiles", locked | {"Dockerfile": whole}) == "pass"


def test_names_installed_without_a_version() -> None:
    files = {
        "requirements.txt": "flask==3.0.0\n",
        "Dockerfile": "FROM python:3.12\nRUN pip install -U pip && pip install gunicorn\n",
    }
    (finding,) = ask("lockfiles", files).findings
    assert (finding.locator.path, finding.locator.line) == ("Dockerfile", 2)
    assert "gunicorn" in finding.what


def test_scripts_and_documents_do_not_decide_beside_an_application() -> None:
    files = {"requirements.txt": "flask==3.0.0\n", "docs/requirements.txt": "mkdocs\n"}
    assert status("lockfiles", files) == "pass"
