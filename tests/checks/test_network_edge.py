"""Encryption on the way in, and certificates that renew."""

from __future__ import annotations

import pytest

from tests.asking import ask, status

SERVER = "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get('/')\ndef home():\n    return 'ok'\n\n\n"
SERVER += "if __name__ == '__main__':\n    app.run(host='0.0.0.0', port=8080)\n"
BALANCER = """
resource "aws_lb" "web" {
  name    = "web"
  subnets = ["subnet-1", "subnet-2"]
}
"""
LISTENER = """
resource "aws_lb_listener" "LABEL" {
  load_balancer_arn = aws_lb.web.arn
  port              = PORT
  protocol          = "PROTOCOL"
  MORE
  default_action {
    type = "ACTION"
  }
}
"""
CERTIFICATE = """
resource "aws_acm_certificate" "web" {
  domain_name       = "acme.io"
  validation_method = "DNS"
}
"""


def listener(port: int, protocol: str, action: str = "forward", more: str = "") -> str:
    """A listener of the load balancer."""
    text = LISTENER.replace("PORT", str(port)).replace("PROTOCOL", protocol).replace("ACTION", action)
    return text.replace("LABEL", protocol.lower()).replace("MORE", more)


SECURE = BALANCER + listener(443, "HTTPS", more="certificate_arn = aws_acm_certificate.web.arn") + CERTIFICATE
INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    cert-manager.io/cluster-issuer: letsencrypt
spec:
TLS
  rules:
    - host: acme.io
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
"""
WITH_TLS = INGRESS.replace("TLS", "  tls:\n    - hosts: [acme.io]\n      secretName: web-tls")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"main.tf": SECURE}, "pass"),
        ({"main.tf": BALANCER + listener(80, "HTTP")}, "fail"),
        ({"main.tf": SECURE + listener(80, "HTTP", "redirect")}, "pass"),
        ({"k8s/ingress.yaml": WITH_TLS}, "pass"),
        ({"k8s/ingress.yaml": INGRESS.replace("TLS\n", "")}, "fail"),
        ({"app.py": SERVER, "Dockerfile": 'FROM python:3.12-slim\nCOPY . .\nCMD ["python", "app.py"]\n'}, "fail"),
        ({"lib.py": "def add(a, b):\n    return a + b\n"}, "not_applicable"),
    ],
    ids=["HTTPS", "HTTP", "redirect", "ingress with TLS", "ingress without", "plain server", "no service"],
)
def test_ways_in_are_encrypted(files: dict[str, str], expected: str) -> None:
    assert status("tls-in-transit", files) == expected


def test_a_client_that_does_not_check_certificates_fails() -> None:
    code = SERVER.replace("return 'ok'", "return requests.get('https://api.acme.io', verify=False, timeout=5).text")
    files = {"app.py": "import requests\n" + code, "main.tf": SECURE}
    files["Dockerfile"] = 'FROM python:3.12-slim\nCOPY . .\nCMD ["python", "app.py"]\n'
    answer = ask("tls-in-transit", files)
    assert answer.assessment.status == "fail"
    assert [finding.locator.path for finding in answer.findings] == ["app.py"]


def test_a_proxy_of_compose_ends_tls() -> None:
    compose = "services:\n  proxy:\n    image: caddy:2.8\n    ports: ['80:80', '443:443']\n"
    compose += "    volumes: ['./Caddyfile:/etc/caddy/Caddyfile']\n"
    files = {"compose.yml": compose, "Caddyfile": "acme.io {\n  reverse_proxy web:8080\n}\n"}
    assert status("tls-in-transit", files) == "pass"
    assert status("certificate-expiry", files) == "pass"
    assert status("tls-in-transit", files | {"Caddyfile": ":80 {\n  reverse_proxy web:8080\n}\n"}) == "fail"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"main.tf": SECURE}, "pass"),
        (
            {"main.tf": listener(443, "HTTPS", more='certificate_arn = "arn:aws:acm:eu-west-1:1:certificate/x"')},
            "unverified",
        ),
        ({"k8s/ingress.yaml": WITH_TLS}, "pass"),
        (
            {"k8s/ingress.yaml": WITH_TLS.replace("    cert-manager.io/cluster-issuer: letsencrypt\n", "    a: b\n")},
            "unverified",
        ),
        ({"main.tf": BALANCER + listener(80, "HTTP")}, "not_applicable"),
    ],
    ids=["issued", "made elsewhere", "cert-manager", "a secret by hand", "no TLS"],
)
def test_certificates_renew(files: dict[str, str], expected: str) -> None:
    assert status("certificate-expiry", files) == expected


TRAEFIK = """
services:
  proxy:
    image: traefik:3.1
    ports: ['443:443']
    command: [--certificatesresolvers.le.acme.tlschallenge=true]
  web:
    image: acme/web:1.2.3
    labels: [traefik.http.routers.web.tls.certresolver=le]
"""
DATABASE = "  db:\n    image: postgres:17\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"compose.yml": TRAEFIK}, "pass"),
        ({"compose.yml": TRAEFIK + DATABASE}, "unverified"),
        ({"compose.yml": "services:\n  web:\n    image: acme/web:1.2.3\n    ports: ['80:80']\n"}, "fail"),
        ({"fly.toml": "app = 'web'\n[http_service]\n  internal_port = 8080\n"}, "pass"),
        (
            {
                "front/vercel.json": "{}\n",
                "back/app.py": SERVER,
                "back/Dockerfile": "FROM python:3.12\nCMD python app.py\n",
            },
            None,
        ),
    ],
    ids=["resolver", "plain database", "published", "platform", "beside a platform"],
)
def test_tls_of_compose_and_platforms(files: dict[str, str], expected: str | None) -> None:
    assert status("tls-in-transit", files) == (expected or "unverified")


def test_a_proxy_configuration_that_nothing_loads_ends_no_tls() -> None:
    web = "services:\n  web:\n    image: acme/web:1.2.3\n    ports: ['80:80']\n"
    conf = "server {\n  listen 443 ssl;\n  ssl_certificate /etc/tls/web.pem;\n}\n"
    assert status("tls-in-transit", {"compose.yml": web, "nginx/tls.conf": conf}) == "fail"
    proxy = "services:\n  proxy:\n    image: nginx:1.27\n    ports: ['443:443']\n"
    proxy += "    volumes: ['./nginx:/etc/nginx/conf.d:ro']\n"
    assert status("tls-in-transit", {"compose.yml": proxy, "nginx/tls.conf": conf}) == "pass"
    assert status("certificate-expiry", {"compose.yml": proxy, "nginx/tls.conf": conf}) == "unverified"


def test_a_search_collection_that_everybody_reaches_is_exposed() -> None:
    policy = """resource "aws_opensearchserverless_security_policy" "p" {
  type   = "network"
  policy = jsonencode([{ Rules = [], AllowFromPublic = OPEN }])
}
"""
    assert status("network-exposure", {"main.tf": policy.replace("OPEN", "true")}) == "fail"
    assert status("network-exposure", {"main.tf": policy.replace("OPEN", "false")}) == "pass"
