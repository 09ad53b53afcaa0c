"""Logs are structured and correlated, and leave the machine that writes them."""

from __future__ import annotations

import pytest

from tests.asking import ask, status
from tests.checks.watched import APP, COMPOSE, LIBRARY, WATCHED, but

FASTIFY = """
import Fastify from "fastify";
const app = Fastify({ logger: LOGGER });
app.get("/a", async () => "a");
app.listen({ port: 3000 });
"""
PACKAGE = '{"name": "shop", "main": "src/index.js", "dependencies": {"fastify": "4.0.0"}}'
STRUCTLOG = """
import structlog
structlog.configure(processors=[structlog.contextvars.merge_contextvars, structlog.processors.JSONRenderer()])
"""
PROMTAIL = """
clients: [{url: "http://loki:3100/loki/api/v1/push"}]
scrape_configs:
  - job_name: docker
    docker_sd_configs: [{host: "unix:///var/run/docker.sock"}]
"""
COLLECTED = (
    COMPOSE
    + """
  promtail:
    image: grafana/promtail:3.0.0
    volumes:
      - /var/run/docker.sock:/var/run/docker.sock
      - ./promtail.yml:/etc/promtail/config.yml
  loki:
    image: grafana/loki:3.0.0
"""
)
TASK = """
resource "aws_ecs_task_definition" "shop" {
  family = "shop"
  container_definitions = jsonencode([{ name = "shop", image = "acme/shop:1" LOG }])
}
"""
FUNCTION = """
resource "aws_lambda_function" "f" {
  function_name = "f"
  role = "r"
  handler = "main.handler"
  runtime = "python3.12"
}
"""
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers: [{name: shop, image: acme/shop:1.0.0}]
"""
SHIPPER = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: fluent-bit}
spec:
  selector: {matchLabels: {app: fluent-bit}}
  template:
    metadata: {labels: {app: fluent-bit}}
    spec:
      containers: [{name: fluent-bit, image: fluent/fluent-bit:3.0}]
      volumes: [{name: logs, hostPath: {path: /var/log}}]
"""


def test_structured_and_correlated() -> None:
    assert status("structured-logging", but(main_py=STRUCTLOG + APP)) == "pass"
    assert (
        status("structured-logging", {"package.json": PACKAGE, "src/index.js": FASTIFY.replace("LOGGER", "true")})
        == "pass"
    )


@pytest.mark.parametrize(
    ("setup", "says"),
    [
        ("", "plain text"),
        (STRUCTLOG.replace("structlog.contextvars.merge_contextvars, ", ""), "without a request or trace id"),
        (STRUCTLOG.replace("JSONRenderer", "KeyErrorRenderer"), "plain text"),
        ("import logging\nlogging.basicConfig(format='%(asctime)s %(message)s')\n", "plain text"),
    ],
)
def test_plain_or_loose_lines_fail(setup: str, says: str) -> None:
    answer = ask("structured-logging", but(main_py=setup + APP)).assessment
    assert (answer.status, says in answer.reason) == ("fail", True)


def test_fastify_without_a_logger_and_no_code() -> None:
    assert (
        status("structured-logging", {"package.json": PACKAGE, "src/index.js": FASTIFY.replace("LOGGER", "false")})
        == "fail"
    )
    assert status("structured-logging", {"main.tf": 'resource "aws_sqs_queue" "q" {}\n'}) == "not_applicable"


def test_compose_collectors() -> None:
    assert status("centralized-logging", WATCHED) == "fail"
    assert status("centralized-logging", {**but(docker_compose_yml=COLLECTED), "promtail.yml": PROMTAIL}) == "pass"
    blind = COLLECTED.replace("      - /var/run/docker.sock:/var/run/docker.sock\n", "")
    assert status("centralized-logging", {**but(docker_compose_yml=blind), "promtail.yml": PROMTAIL}) == "fail"
    unused = ask("centralized-logging", {**WATCHED, "promtail.yml": PROMTAIL}).assessment
    assert (unused.status, "promtail.yml configures promtail, but nothing" in unused.reason) == ("fail", True)


def test_logging_drivers_must_be_on_each_service() -> None:
    driver = "    build: ./api\n    logging: {driver: fluentd}\n"
    one = COMPOSE.replace("    build: ./api\n", driver)
    assert status("centralized-logging", but(docker_compose_yml=one)) == "pass"
    assert status("centralized-logging", but(docker_compose_yml=one + "  web:\n    image: acme/web:1.0\n")) == "fail"


def test_clusters_tasks_and_functions() -> None:
    assert status("centralized-logging", {"k8s/shop.yaml": DEPLOYMENT}) == "fail"
    assert status("centralized-logging", {"k8s/shop.yaml": DEPLOYMENT + "---" + SHIPPER}) == "pass"
    logged = ', logConfiguration = { logDriver = "awslogs", options = {} }'
    assert status("centralized-logging", {"main.tf": TASK.replace("LOG", logged)}) == "pass"
    assert status("centralized-logging", {"main.tf": TASK.replace("LOG", "")}) == "fail"
    assert status("centralized-logging", {"main.tf": FUNCTION}) == "pass"
    assert status("centralized-logging", LIBRARY) == "not_applicable"
