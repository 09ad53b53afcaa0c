"""Health, endings, timeouts, retries, breakers, repetition, databases and shared files."""
# ruff: noqa: E501 -- small programs, a line a statement

from __future__ import annotations

import pytest

from tests.asking import status

SERVER = "const express = require('express');\nconst app = express();\n"
LIBRARY = {"pyproject.toml": "[project]\nname = 'x'\n", "x/__init__.py": "def f():\n    return 1\n"}


def node(text: str, **more: str) -> dict[str, str]:
    return {
        "package.json": '{"name": "x", "main": "index.js"}',
        "index.js": SERVER + text + "\napp.listen(3000);",
        **more,
    }


def python(text: str, **more: str) -> dict[str, str]:
    return {"main.py": "from fastapi import FastAPI\napp = FastAPI()\n" + text, **more}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (node("app.get('/healthz', (req, res) => res.send(1));"), "pass"),
        (node("app.get('/things', (req, res) => res.send(1));"), "fail"),
        (LIBRARY, "not_applicable"),
        ({"docker-compose.yml": "services:\n  db:\n    image: acme/web:1\n"}, "unverified"),
        (
            {
                "a/package.json": '{"name": "a", "main": "index.js"}', "a/index.js": SERVER + "app.get('/health', (q, r) => r.send(1));\napp.listen(1);",
                "b/package.json": '{"name": "b", "main": "index.js"}', "b/index.js": SERVER + "app.get('/x', (q, r) => r.send(1));\napp.listen(2);",
            },
            "fail",
        ),
    ],
)  # fmt: skip
def test_health_endpoints(files: dict[str, str], expected: str) -> None:
    assert status("health-endpoints", files) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (node("process.on('SIGTERM', () => server.close());"), "pass"),
        (node("process.on('SIGINT', () => server.close());"), "fail"),
        (python("", Dockerfile='FROM python:3.12\nCOPY . .\nCMD ["uvicorn", "main:app"]\n'), "pass"),
        (
            {
                "main.py": "from http.server import HTTPServer, BaseHTTPRequestHandler\nHTTPServer(('', 80), BaseHTTPRequestHandler).serve_forever()\n"
            },
            "fail",
        ),
        (
            node("app.get('/x', (req, res) => res.send(1));", Dockerfile='FROM nginx:1\nCOPY . .\nCMD ["nginx"]\n'),
            "fail",
        ),
        ({"main.go": 'package main\nimport "net/http"\nfunc main() { http.ListenAndServe(":80", nil) }'}, "fail"),
        ({"a.py": "def lambda_handler(event, context):\n    return 1\n"}, "not_applicable"),
        (LIBRARY, "not_applicable"),
    ],
)
def test_graceful_shutdown(files: dict[str, str], expected: str) -> None:
    assert status("graceful-shutdown", files) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"main.py": "import requests\nrequests.get('http://x', timeout=3)\n"}, "pass"),
        ({"main.py": "import requests\nrequests.get('http://x')\n"}, "fail"),
        ({"main.py": "import requests\nrequests.get('http://x', **o)\n"}, "unverified"),
        ({"main.py": "import boto3\nboto3.client('s3')\n"}, "pass"),
        (LIBRARY, "not_applicable"),
        ({"tests/a.py": "import requests\nrequests.get('http://x')\n", "main.py": "print(1)\n"}, "not_applicable"),
        ({"main.tf": 'resource "aws_lambda_function" "a" {\n  function_name = "a"\n  timeout = 30\n}\n'}, "pass"),
        (
            {
                "main.tf": 'resource "aws_lambda_function" "a" {\n  function_name = "a"\n}\nresource "aws_lambda_function_url" "a" {\n  function_name = "a"\n}\n'
            },
            "fail",
        ),
    ],
)
def test_timeouts(files: dict[str, str], expected: str) -> None:
    assert status("timeouts", files) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"main.py": "import requests\nrequests.get('http://x', timeout=3)\n"}, "fail"),
        (
            {
                "main.py": "import requests\nfrom tenacity import retry, wait_exponential\n@retry(wait=wait_exponential())\ndef go():\n    requests.get('http://x')\n"
            },
            "pass",
        ),
        (
            {
                "main.py": "import requests\nfrom tenacity import retry, wait_fixed\n@retry(wait=wait_fixed(1))\ndef go():\n    requests.get('http://x')\n"
            },
            "fail",
        ),
        ({"main.py": "import boto3\nboto3.client('s3')\n"}, "pass"),
        (LIBRARY, "not_applicable"),
    ],
)
def test_retries_and_backoff(files: dict[str, str], expected: str) -> None:
    assert status("retries-and-backoff", files) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {
                "main.py": "import requests, pybreaker\nb = pybreaker.CircuitBreaker()\n@b\ndef go():\n    requests.get('http://x')\n"
            },
            "pass",
        ),
        ({"main.py": "import requests\nrequests.get('http://x')\n"}, "fail"),
        ({"main.py": "import boto3\nboto3.client('s3')\n"}, "not_applicable"),
        (
            {
                "main.py": "import requests\nrequests.get('http://x')\n",
                "k8s/a.yaml": "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: a\nspec:\n  host: a\n  trafficPolicy:\n    outlierDetection:\n      consecutive5xxErrors: 5\n",
            },
            "pass",
        ),
    ],
)
def test_circuit_breakers(files: dict[str, str], expected: str) -> None:
    assert status("circuit-breakers", files) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            node("app.post('/orders', (req, res) => {\n const key = req.get('Idempotency-Key');\n res.send(key);\n});"),
            "pass",
        ),
        (node("app.post('/orders', (req, res) => {\n res.send(1);\n});"), "fail"),
        (node("app.get('/orders', (req, res) => res.send(1));"), "not_applicable"),
        (node("app.put('/orders', (req, res) => res.send(1));"), "pass"),
        (node("// no idempotency yet\napp.post('/orders', (req, res) => res.send(1));"), "fail"),
        (LIBRARY, "not_applicable"),
    ],
)
def test_idempotency(files: dict[str, str], expected: str) -> None:
    assert status("idempotency", files) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (python("import psycopg2\n@app.get('/x')\ndef x():\n    return psycopg2.connect('x')\n"), "fail"),
        (
            python("from sqlalchemy import create_engine\nengine = create_engine('postgresql://x', pool_size=5)\n"),
            "unverified",
        ),
        (python("import sqlite3\ndb = sqlite3.connect('x.db')\n"), "not_applicable"),
        (LIBRARY, "not_applicable"),
    ],
)
def test_connection_pools(files: dict[str, str], expected: str) -> None:
    assert status("connection-pools", files) == expected


ALEMBIC = "revision = 'a'\ndown_revision = None\ndef upgrade():\n    op.create_table('t')\ndef downgrade():\n    %s\n"
MODEL = {"main.py": "from sqlalchemy.orm import DeclarativeBase\nclass Base(DeclarativeBase): ...\n"}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({**MODEL, "alembic/versions/a.py": ALEMBIC % "op.drop_table('t')"}, "pass"),
        ({**MODEL, "alembic/versions/a.py": ALEMBIC % "pass"}, "fail"),
        (
            {
                **MODEL,
                "alembic/versions/a.py": ALEMBIC % "op.drop_table('t')",
                "alembic/versions/b.py": ALEMBIC % "pass",
                "alembic/versions/c.py": ALEMBIC % "pass",
            },
            "fail",
        ),
        (MODEL, "fail"),
        ({"db/001_x.up.sql": "CREATE TABLE t (id int);", "db/001_x.down.sql": "DROP TABLE t;"}, "pass"),
        ({"schema.sql": "CREATE TABLE t (id int);"}, "fail"),
        ({"prisma/migrations/1_x/migration.sql": "CREATE TABLE t (id int);"}, "fail"),
        (LIBRARY, "not_applicable"),
    ],
)
def test_database_migrations(files: dict[str, str], expected: str) -> None:
    assert status("database-migrations", files) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (python("import sqlite3\ndb = sqlite3.connect('x.db')\ndb.execute('PRAGMA journal_mode=WAL')\n"), "pass"),
        (python("import sqlite3\ndb = sqlite3.connect('x.db')\n"), "fail"),
        (python("import psycopg2\ndb = psycopg2.connect('x')\n"), "unverified"),
        (LIBRARY, "not_applicable"),
    ],
)
def test_database_tuning(files: dict[str, str], expected: str) -> None:
    assert status("database-tuning", files) == expected


STORE = "import json, os\nPATH = 'state.json'\ndef load():\n    return json.load(open(PATH))\ndef save(data):\n%s\nif __name__ == '__main__':\n    save(load())\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"state.py": STORE % "    with open(PATH, 'w') as f:\n        json.dump(data, f)"}, "fail"),
        (
            {
                "state.py": STORE
                % "    with open(PATH + '.tmp', 'w') as f:\n        json.dump(data, f)\n    os.replace(PATH + '.tmp', PATH)"
            },
            "pass",
        ),
        ({"report.py": "if __name__ == '__main__':\n    open('report.html', 'w').write('x')\n"}, "not_applicable"),
        (
            python("from sqlalchemy import create_engine\nengine = create_engine('postgresql://x')\nengine.begin()\n"),
            "pass",
        ),
        (LIBRARY, "not_applicable"),
    ],
)
def test_concurrency_safety(files: dict[str, str], expected: str) -> None:
    assert status("concurrency-safety", files) == expected
