"""Credentials in files, default passwords, secret stores and their rotation."""

from __future__ import annotations

import pytest

from tests.asking import ask, status

AWS = "AKIA" + "Z5GMOPSVDKN3HTQA"
COMPOSE = "services:\n  db:\n    image: postgres:16.1\n    environment:\n      POSTGRES_PASSWORD: {}\n"
POD = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web:1.0
        env:
        - name: DB_PASSWORD
          %s
"""
FROM_SECRET = POD % "valueFrom: {secretKeyRef: {name: db, key: password}}"
EXTERNAL = """
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db}
spec: {target: {name: db}, secretStoreRef: {name: aws, kind: ClusterSecretStore}}
"""


def test_a_credential_fails_and_is_told_without_its_value() -> None:
    found = ask("secrets-in-repo", {"deploy/prod.env": f"AWS_ACCESS_KEY_ID={AWS}\n"})
    assert found.assessment.status == "fail"
    assert str(found.findings[0].locator) == "deploy/prod.env:1"
    assert "aws access key" in found.findings[0].what
    assert AWS not in found.findings[0].model_dump_json()


@pytest.mark.parametrize(
    "files",
    [
        {"README.md": "Set AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE"},
        {"tests/test_a.py": f'KEY = "{AWS}"'},
        {".env.example": f"AWS_ACCESS_KEY_ID={AWS}"},
        {".github/workflows/ci.yml": "env:\n  DB_PASSWORD: x8Dk2mQ9pL\n"},
        {"compose.yaml": COMPOSE.format("postgres")},
    ],
)
def test_samples_tests_and_defaults_are_no_leak(files: dict[str, str]) -> None:
    assert status("secrets-in-repo", files) == "pass"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"compose.yaml": COMPOSE.format("postgres")}, "fail"),
        ({"compose.yaml": COMPOSE.format("${DB_PASSWORD:-postgres}")}, "fail"),
        ({"compose.yaml": COMPOSE.format("${DB_PASSWORD:?set it}")}, "pass"),
        ({"compose.yaml": COMPOSE.format("${P:?set}"), "compose.dev.yaml": COMPOSE.format("postgres")}, "pass"),
        ({".github/workflows/ci.yml": "env:\n  POSTGRES_PASSWORD: postgres\n"}, "pass"),
        ({"README.md": "Use POSTGRES_PASSWORD=postgres"}, "pass"),
        ({"src/auth.ts": "sign(process.env.JWT_SECRET || 'superSecret')"}, "fail"),
        ({"compose.yaml": "services:\n  g:\n    image: grafana/grafana:11.0.0\n    ports: ['3000:3000']\n"}, "fail"),
        (
            {
                "compose.yaml": "services:\n  g:\n    image: grafana/grafana:11.0.0\n    ports: ['3000:3000']\n"
                "    environment:\n      GF_SECURITY_ADMIN_PASSWORD: ${GRAFANA_PASSWORD:?}\n"
            },
            "pass",
        ),
    ],
)
def test_default_passwords(files: dict[str, str], expected: str) -> None:
    assert status("default-credentials", files) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"app.py": "print('hello')"}, "not_applicable"),
        ({"compose.yaml": COMPOSE.format("${DB_PASSWORD:?}")}, "fail"),
        ({"k8s/web.yaml": POD % "value: x8Dk2mQ9pL"}, "fail"),
        ({"k8s/web.yaml": FROM_SECRET}, "unverified"),
        ({"k8s/web.yaml": FROM_SECRET, "k8s/db.yaml": EXTERNAL}, "pass"),
        (
            {
                "k8s/web.yaml": FROM_SECRET,
                "k8s/db.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {password: x8Dk2mQ}\n",
            },
            "fail",
        ),
        ({"main.py": 'import os\nkey = os.environ["PAYMENT_API_KEY"]\n'}, "fail"),
        (
            {
                "main.py": "import boto3\nsecret = boto3.client('secretsmanager').get_secret_value(SecretId='db')\n"
                "if __name__ == '__main__':\n    print(len(secret))\n"
            },
            "pass",
        ),
        ({"main.tf": 'resource "aws_secretsmanager_secret" "db" {\n  name = "db"\n}\n'}, "fail"),
        (
            {"main.tf": 'resource "aws_db_instance" "db" {\n  manage_master_user_password = true\n}\n'},
            "pass",
        ),
        (
            {"main.tf": 'variable "p" {}\nresource "aws_db_instance" "db" {\n  password = var.p\n}\n'},
            "fail",
        ),
    ],
)
def test_where_secrets_come_from(files: dict[str, str], expected: str) -> None:
    assert status("secrets-manager", files) == expected


ROTATION = """
resource "aws_secretsmanager_secret_rotation" "db" {
  secret_id = aws_secretsmanager_secret.db.id
  rotation_lambda_arn = aws_lambda_function.rotate.arn
  rotation_rules { automatically_after_days = 30 }
}
"""
SECRET = 'resource "aws_secretsmanager_secret" "db" {\n  name = "db"\n}\n'


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"app.py": ""}, "not_applicable"),
        ({"main.tf": SECRET}, "fail"),
        ({"main.tf": SECRET + ROTATION}, "pass"),
        ({"k8s/db.yaml": EXTERNAL}, "unverified"),
    ],
)
def test_rotation(files: dict[str, str], expected: str) -> None:
    assert status("secrets-rotation", files) == expected
