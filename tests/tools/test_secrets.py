"""What the secrets tool finds, and what it leaves alone."""

from __future__ import annotations

import base64
from dataclasses import asdict
from pathlib import Path

import pytest

from gonogo.facts.secrets import Secrets
from gonogo.model.target import Target
from gonogo.tools.repository import open_repository
from gonogo.tools.secrets import read_secrets
from tests.asking import write

AWS = "AKIA" + "Z5GMOPSVDKN3HTQA"
GITHUB = "ghp_" + "wQ8zR2kXv7Lm4Tn9Bc3Df6Gh1Jk5Pq0SaYtE"
RANDOM = "kJ8s9d7f6G5h4j3Lk2l1Mz0x"
PEM = (
    "-----BEGIN RSA PRIVATE KEY-----\n"
    + "MIIEpAIBAAKCAQEAx3rj2kfh9kd93jdK39fjdk3Kdj38fjQk3ldw\n" * 4
    + "-----END RSA PRIVATE KEY-----\n"
)


def found(tmp_path: Path, files: dict[str, str]) -> Secrets:
    return read_secrets(open_repository([write(tmp_path, files)]), Target(name="shop"))


@pytest.mark.parametrize(
    ("path", "text", "kind", "line"),
    [
        ("app.py", f'x = 1\nKEY = "{AWS}"\n', "aws-access-key", 2),
        ("deploy.sh", f"export GH={GITHUB}\n", "github-token", 1),
        ("certs/server.key", PEM, "private-key", 2),
        (
            "config.js",
            'const pem = "-----BEGIN PRIVATE KEY-----\\nMIIEpAIBAAKCAQEAx3rj2kfh9kd93jdK39fjdk3Kdj38fj\\n";',
            "private-key",
            1,
        ),
        ("prod.tfvars", 'db_password = "x8Dk2mQ9pL"\n', "password", 1),
        (".env", "STRIPE_API_KEY=" + RANDOM, "api-key", 1),
        ("compose.yaml", "services:\n  db:\n    environment:\n      - POSTGRES_PASSWORD=x8Dk2mQ9pL\n", "password", 4),
        ("settings.py", 'DATABASE_URL = "postgres://shop:x8Dk2mQ9pL@db.internal:5432/shop"\n', "connection-string", 1),
        (
            "k8s/web.yaml",
            "kind: Pod\nspec:\n  containers:\n  - env:\n    - name: DB_PASSWORD\n      value: x8Dk2mQ9\n",
            "password",
            6,
        ),
        (
            "k8s/secret.yaml",
            "apiVersion: v1\nkind: Secret\ndata:\n  password: " + base64.b64encode(b"x8Dk2mQ9pL").decode() + "\n",
            "password",
            4,
        ),
        (".gitlab-ci.yml", f'variables:\n  DEPLOY_TOKEN: "{RANDOM}"\n', "api-key", 2),
        ("init.sql", "CREATE USER shop WITH PASSWORD 'x8Dk2mQ9pL';", "password", 1),
        ("appsettings.json", '{"Db": "Server=db;User=sa;Password=x8Dk2mQ9pL;Trust=1"}', "password", 1),
    ],
)
def test_finds_credentials_at_their_line(tmp_path: Path, path: str, text: str, kind: str, line: int) -> None:
    secrets = found(tmp_path, {path: text})
    assert [(c.kind, c.at.line) for c in secrets.credentials] == [(kind, line)]
    assert secrets.credentials[0].decides


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app.py", 'KEY = "AKIAIOSFODNN7EXAMPLE"'),
        ("app.py", 'password = os.environ["DB_PASSWORD"]'),
        ("app.py", 'if "-----BEGIN PRIVATE KEY-----" in text:\n    pass\n'),
        ("app.py", 'token = "your-github-token-here"'),
        ("form.tsx", '<input type="password" name="password" placeholder="Password" />'),
        ("form.tsx", 'const labels = { password: "Password", confirmPassword: "Please repeat it" }'),
        ("locales/en.json", '{"password": "Password1", "token": "Token"}'),
        ("deploy.yml", "password: ${{ secrets.DB_PASSWORD }}"),
        ("values.yaml", "existingSecret: shop-db-credentials9\nimagePullSecret: registry-key1"),
        ("main.tf", "password = random_password.db.result"),
        ("main.tf", 'secret_name = "prod/shop/db1"'),
        ("compose.yaml", "environment:\n  POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?set it}\n"),
        ("package-lock.json", '"integrity": "sha512-kJ8s9d7f6G5h4j3Lk2l1Mz0xkJ8s9d7f6G5h4j3Lk2l1Mz0x=="'),
        ("app.yaml", "password_hash: $2b$12$KIXQ1nE5vYq0hG5Jm3e1bO"),
        ("app.py", 'raise ValueError("give postgresql://USER:PASSWORD@HOST:5432/NAME")'),
        ("README.md", "Connect with postgres://user:x8Dk2mQ9pL@localhost/db"),
        ("openapi.yaml", "password:\n  type: string\n  format: password\n"),
        (".env", "# POSTGRES_PASSWORD=postgres\nGOOGLE_APPLICATION_CREDENTIALS=/etc/key1.json"),
        ("app.py", "max_tokens = 4096\ntoken_count: int = 12345678"),
    ],
)
def test_leaves_alone_what_is_no_secret(tmp_path: Path, path: str, text: str) -> None:
    secrets = found(tmp_path, {path: text})
    assert secrets.credentials == ()
    assert secrets.defaults == ()


@pytest.mark.parametrize(
    ("path", "text", "name", "fallback"),
    [
        ("compose.yaml", "POSTGRES_PASSWORD: postgres", "POSTGRES_PASSWORD", False),
        ("compose.yaml", "POSTGRES_PASSWORD: ${DB_PASSWORD:-x8Dk2mQ9pL}", "DB_PASSWORD", True),
        ("compose.yaml", "SHOP_PASSWORD: shop", "SHOP_PASSWORD", False),
        ("compose.yaml", 'MYSQL_ALLOW_EMPTY_PASSWORD: "yes"', "MYSQL_ALLOW_EMPTY_PASSWORD", False),
        (".env", "SECRET_KEY=changethis", "SECRET_KEY", False),
        ("auth.ts", "sign(user, process.env.JWT_SECRET || 'superSecret')", "process.env.JWT_SECRET", True),
        ("vcr.ts", 'const DEFAULT_SIGNATURE_SECRET = "shop-vcr-signature";', "DEFAULT_SIGNATURE_SECRET", True),
        ("app.py", 'os.getenv("DB_PASSWORD", "x8Dk2mQ9pL")', "DB_PASSWORD", True),
        ("application.yml", "password: ${DB_PASSWORD:petclinic}", "DB_PASSWORD", True),
        ("main.tf", 'variable "db_password" {\n  type    = string\n  default = "changeme"\n}\n', "db_password", True),
        ("app.py", 'engine = "mysql://root:root@db/shop"', "mysql", False),
        ("app.py", 'engine = "mysql://ROOT:ROOT@db/shop"', "mysql", False),
    ],
)
def test_finds_guessable_passwords(tmp_path: Path, path: str, text: str, name: str, fallback: bool) -> None:
    secrets = found(tmp_path, {path: text})
    assert [(d.name, d.fallback) for d in secrets.defaults] == [(name, fallback)]
    assert secrets.credentials == ()


def test_no_value_is_in_the_facts(tmp_path: Path) -> None:
    secrets = found(tmp_path, {".env": f"API_KEY={RANDOM}\nDB_PASSWORD=hunter2\n", "a.py": f'k = "{AWS}"'})
    text = str(asdict(secrets))
    assert all(value not in text for value in (RANDOM, AWS, "hunter2"))
    assert secrets.env_files[0].secrets == ("API_KEY", "DB_PASSWORD")


def test_equal_values_have_equal_hashes_that_files_key(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    first = found(one, {"a.env": f"API_KEY={RANDOM}", "b.env": f"API_KEY={RANDOM}"})
    second = found(two, {"a.env": f"API_KEY={RANDOM}\nX=1"})
    assert first.credentials[0].digest == first.credentials[1].digest != second.credentials[0].digest


def test_tests_and_examples_do_not_decide(tmp_path: Path) -> None:
    secrets = found(tmp_path, {"tests/a_test.py": f'KEY = "{AWS}"', ".env.example": f"API_KEY={RANDOM}"})
    assert [c.decides for c in secrets.credentials] == [False, False]
