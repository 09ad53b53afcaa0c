"""Who may call, what limits and checks the input, and what browsers are told."""
# ruff: noqa: E501 -- small programs, a line a statement

from __future__ import annotations

import pytest

from tests.asking import ask, status

FASTAPI = "from fastapi import FastAPI, Depends\nfrom auth import current_user\napp = FastAPI()\n"
AUTH = {"auth.py": "def current_user(): ...\n"}
LIBRARY = {"pyproject.toml": "[project]\nname = 'x'\n", "x/__init__.py": "def f():\n    return 1\n"}
RUST = {"src/main.rs": "fn main() {}", "Dockerfile": "FROM rust\nCOPY src .\n"}


def fastapi(text: str, **more: str) -> dict[str, str]:
    return {"main.py": FASTAPI + text, **AUTH, **more}


def express(text: str) -> dict[str, str]:
    return {
        "package.json": '{"name": "x", "main": "index.js"}',
        "index.js": "const express = require('express');\nconst app = express();\n" + text + "\napp.listen(3000);",
    }


GUARDED = "@app.get('/health')\ndef health(): ...\n@app.post('/things')\ndef make(user=Depends(current_user)): ...\n"
OPEN = GUARDED + "@app.post('/open')\ndef open_things(): ...\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (fastapi(GUARDED), "pass"),
        (fastapi(OPEN), "fail"),
        (fastapi("@app.get('/health')\ndef health(): ...\n"), "not_applicable"),
        (fastapi(GUARDED + "@app.post('/login')\ndef login(): ...\n"), "pass"),
        (fastapi("@app.get('/things')\ndef things(): ...\n"), "fail"),
        (express("app.use(requireAuth);\napp.post('/x', (req, res) => res.send(1));"), "pass"),
        (express("app.post('/x', (req, res) => res.send(1));\napp.use(requireAuth);"), "fail"),
        (
            express(
                "app.post('/x', (req, res) => { if (!verifyToken(req)) return res.status(401).end(); res.send(1); });"
            ),
            "pass",
        ),
        (express("app.post('/x', validate(authSchema), (req, res) => res.send(1));"), "fail"),
        (express("app.post('/x', missing.handler);"), "unverified"),
        (LIBRARY, "not_applicable"),
        (RUST, "unverified"),
        ({"docker-compose.yml": "services:\n  web:\n    image: acme/web:1\n    ports: ['80:80']\n"}, "unverified"),
    ],
)
def test_authentication(files: dict[str, str], expected: str) -> None:
    assert status("authentication", files) == expected


def test_reading_without_authentication_is_milder() -> None:
    found = ask("authentication", fastapi("@app.get('/a')\ndef a(): ...\n@app.post('/b')\ndef b(): ...\n")).findings
    assert {item.what.split()[0]: item.severity.value for item in found} == {"GET": "medium", "POST": "critical"}
    assert {item.locator.line for item in found} == {4, 6}


def test_a_function_behind_an_open_endpoint_is_not_authenticated() -> None:
    template = (
        "AWSTemplateFormatVersion: '2010-09-09'\nTransform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n"
        "    Properties:\n      Handler: a.lambda_handler\n      Runtime: python3.12\n      CodeUri: src\n"
        "      Events:\n        Api:\n          Type: Api\n          Properties: {Path: /x, Method: post%s}\n"
    )
    handler = {"src/a.py": "def lambda_handler(event, context):\n    return event['body']\n"}
    assert status("authentication", {"template.yaml": template % "", **handler}) == "fail"
    assert status("authentication", {"template.yaml": template % ", Auth: {Authorizer: AWS_IAM}", **handler}) == "pass"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            express("app.use(require('express-rate-limit')({ max: 5 }));\napp.post('/x', (req, res) => res.send(1));"),
            "pass",
        ),
        (express("app.post('/x', (req, res) => res.send(1));"), "fail"),
        (
            express("app.post('/x', (req, res) => res.send(1));\nworkers.register(queue, { limiter: { max: 3 } });"),
            "fail",
        ),
        (fastapi("@app.post('/x')\n@limiter.limit('5/minute')\ndef x(): ...\n"), "pass"),
        (fastapi(GUARDED, **{"nginx.conf": "http {\n  server {\n    limit_req zone=one burst=5;\n  }\n}\n"}), "pass"),
        (fastapi(GUARDED, **{"nginx.conf": "http {\n  server {\n    # limit_req zone=one;\n  }\n}\n"}), "fail"),
        (
            fastapi(
                GUARDED,
                **{
                    "k8s/ingress.yaml": "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: a\n  annotations:\n    nginx.ingress.kubernetes.io/limit-rps: '5'\nspec: {}\n"
                },
            ),
            "pass",
        ),
        (LIBRARY, "not_applicable"),
        (RUST, "unverified"),
    ],
)
def test_rate_limiting(files: dict[str, str], expected: str) -> None:
    assert status("rate-limiting", files) == expected


def test_a_firewall_counts_once_it_is_associated() -> None:
    acl = 'resource "aws_wafv2_web_acl" "a" {\n  name = "a"\n}\n'
    joined = acl + 'resource "aws_wafv2_web_acl_association" "a" {\n  web_acl_arn = aws_wafv2_web_acl.a.arn\n}\n'
    assert status("rate-limiting", fastapi(GUARDED, **{"main.tf": acl})) == "fail"
    assert status("rate-limiting", fastapi(GUARDED, **{"main.tf": joined})) == "pass"
    balancers = 'resource "aws_lb" "a" {\n  name = "a"\n}\nresource "aws_lb" "b" {\n  name = "b"\n}\n'
    assert status("rate-limiting", fastapi(GUARDED, **{"main.tf": joined + balancers})) == "fail"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            fastapi(
                "from pydantic import BaseModel\nclass A(BaseModel):\n    x: int\n@app.post('/x')\ndef x(a: A): ...\n"
            ),
            "pass",
        ),
        (
            fastapi(
                "from fastapi import Request\n@app.post('/x')\nasync def x(request: Request):\n    return await request.json()\n"
            ),
            "fail",
        ),
        (fastapi("@app.get('/x/{a}')\ndef x(a: int): ...\n"), "not_applicable"),
        (express("app.post('/x', (req, res) => { const a = schema.parse(req.body);\n res.send(a); });"), "pass"),
        (express("app.post('/x', (req, res) => {\n res.send(req.body.a); });"), "fail"),
        (LIBRARY, "not_applicable"),
        ({"docker-compose.yml": "services:\n  web:\n    image: acme/web:1\n    ports: ['80:80']\n"}, "unverified"),
    ],
)
def test_input_validation(files: dict[str, str], expected: str) -> None:
    assert status("input-validation", files) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            fastapi(
                "from fastapi.middleware.cors import CORSMiddleware\napp.add_middleware(CORSMiddleware, allow_origins=['*'])\n"
            ),
            "fail",
        ),
        (
            fastapi(
                "from fastapi.middleware.cors import CORSMiddleware\napp.add_middleware(CORSMiddleware, allow_origins=['https://a.com'])\n"
            ),
            "pass",
        ),
        (express("app.use(require('cors')());"), "fail"),
        (express("const cors = require('cors');\napp.use(cors());"), "fail"),
        (express("const cors = require('cors');\napp.use(cors({ origin: 'https://a.com' }));"), "pass"),
        (express("const cors = require('cors');\napp.use(cors({ origin: true, credentials: true }));"), "fail"),
        (
            express("app.use((req, res, next) => { res.setHeader('Access-Control-Allow-Origin', '*'); next(); });"),
            "fail",
        ),
        (
            {
                "shop/settings.py": "MIDDLEWARE = ['corsheaders']\nCORS_ALLOW_ALL_ORIGINS = True\n",
                "manage.py": "import django\nif __name__ == '__main__': ...\n",
            },
            "fail",
        ),
        (fastapi(GUARDED), "not_applicable"),
    ],
)
def test_cors_restricted(files: dict[str, str], expected: str) -> None:
    assert status("cors-restricted", files) == expected


def test_every_origin_with_credentials_is_worse() -> None:
    text = "const cors = require('cors');\napp.use(cors({ origin: '*', credentials: true }));"
    assert [item.severity.value for item in ask("cors-restricted", express(text)).findings] == ["high"]


PAGE = {"public/index.html": "<html></html>"}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({**express("app.use(require('helmet')());"), **PAGE}, "pass"),
        ({**express("app.get('/x', (req, res) => res.send(1));"), **PAGE}, "fail"),
        (
            {
                **express(""),
                **PAGE,
                "nginx.conf": "add_header X-Frame-Options DENY;\nadd_header X-Content-Type-Options nosniff;\nadd_header Strict-Transport-Security max-age=1;\n",
            },
            "pass",
        ),
        (express("app.get('/x', (req, res) => res.send(1));"), "not_applicable"),
    ],
)
def test_security_headers(files: dict[str, str], expected: str) -> None:
    assert status("security-headers", files) == expected
