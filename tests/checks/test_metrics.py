"""Metrics are served by each service, and scraped where they are."""

from __future__ import annotations

import pytest

from tests.asking import ask, status
from tests.checks.watched import APP, COMPOSE, DOCKERFILE, LIBRARY, PROMETHEUS, WATCHED, but

PLAIN = """from flask import Flask
app = Flask(__name__)


@app.get('/a')
def a():
    return 'a'


if __name__ == '__main__':
    app.run(port=5000)
"""
NODE = """
import express from "express";
import { metrics } from "./METRICS.js";
const app = express();
app.get("/metrics", async (req, res) => res.send(await metrics()));
app.listen(3000);
"""
REGISTRY = """
import client from "prom-client";
const register = new client.Registry();
client.collectDefaultMetrics({ register });
export async function metrics() { return register.metrics(); }
"""


def test_a_service_with_a_served_library_passes() -> None:
    assert status("metrics-exposed", WATCHED) == "pass"


def test_one_service_without_metrics_fails_for_all() -> None:
    answer = ask("metrics-exposed", {**WATCHED, "web/app.py": PLAIN, "web/requirements.txt": "flask==3.0.0\n"})
    assert answer.assessment.status == "fail"
    assert "web" in answer.assessment.reason
    assert {finding.locator.path for finding in answer.findings} == {"web/app.py"}


def test_a_registry_that_nothing_imports_is_dead() -> None:
    package = '{"name": "shop", "main": "src/index.js", "dependencies": {"prom-client": "15.0.0", "express": "4.19.2"}}'
    server = NODE.replace('import { metrics } from "./METRICS.js";\n', "").replace("await metrics()", "'{}'")
    dead = {"package.json": package, "src/index.js": server, "src/metrics.js": REGISTRY}
    answer = ask("metrics-exposed", dead)
    assert answer.assessment.status == "fail"
    assert any(finding.locator.path == "src/metrics.js" for finding in answer.findings)
    live = {**dead, "src/index.js": NODE.replace("METRICS", "metrics")}
    assert status("metrics-exposed", live) == "pass"


def test_hand_written_exposition_counts_and_json_does_not() -> None:
    route = "\n@app.get('/metrics')\ndef metrics():\n    return BODY\n\n\nif __name__"
    text = PLAIN.replace("\nif __name__", route)
    assert status("metrics-exposed", {"app.py": text.replace("BODY", "'# TYPE hits counter\\nhits 1\\n'")}) == "pass"
    assert status("metrics-exposed", {"app.py": text.replace("BODY", "{'hits': 1}")}) == "fail"


def test_metrics_behind_a_setting_that_nothing_sets_are_unverified() -> None:
    switch = "import os\nimport prometheus_client\nif os.getenv('ENABLE_METRICS'):\n    "
    serve = "prometheus_client.start_http_server(9000)"
    guarded = APP.replace("Instrumentator().instrument(app).expose(app)", switch + serve)
    guarded = guarded.replace("from prometheus_fastapi_instrumentator import Instrumentator\n", "")
    assert status("metrics-exposed", but(main_py=guarded)) == "unverified"
    image = DOCKERFILE.replace("EXPOSE", "ENV ENABLE_METRICS=1\nEXPOSE")
    assert status("metrics-exposed", but(main_py=guarded, Dockerfile=image)) == "pass"


def test_actuator_serves_only_what_it_is_told_to() -> None:
    spring = {
        "pom.xml": """<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>shop</artifactId>
<version>1</version><dependencies><dependency><groupId>io.micrometer</groupId>
<artifactId>micrometer-registry-prometheus</artifactId><version>1.13.0</version></dependency></dependencies></project>""",
        "src/main/java/a/ShopApplication.java": """package a;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
@SpringBootApplication
public class ShopApplication {
  public static void main(String[] args) { SpringApplication.run(ShopApplication.class, args); }
}
""",
    }
    assert status("metrics-exposed", spring) == "fail"
    told = "management:\n  endpoints:\n    web:\n      exposure:\n        include: health,prometheus\n"
    assert status("metrics-exposed", {**spring, "src/main/resources/application.yml": told}) == "pass"


def test_nothing_that_runs_and_code_from_elsewhere() -> None:
    assert status("metrics-exposed", LIBRARY) == "not_applicable"
    assert (
        status("metrics-exposed", {"compose.yml": "services:\n  shop:\n    image: acme/shop:1.2.3\n"}) == "unverified"
    )


@pytest.mark.parametrize(
    ("target", "expected", "says"),
    [
        ("api:8000", "pass", ""),
        ("api:9999", "fail", "listens on 8000"),
        ("shop:8000", "fail", "no compose service"),
        ("metrics.acme.io:443", "unverified", "outside of this target"),
    ],
)
def test_scrape_targets(target: str, expected: str, says: str) -> None:
    answer = ask("scrape-targets-up", but(prometheus_yml=PROMETHEUS.replace("api:8000", target))).assessment
    assert answer.status == expected
    assert says in answer.reason


def test_a_database_serves_no_metrics_without_an_exporter() -> None:
    compose = COMPOSE + "  db:\n    image: postgres:16\n"
    scraped = PROMETHEUS + '  - job_name: db\n    static_configs:\n      - targets: ["db:5432"]\n'
    answer = ask("scrape-targets-up", but(docker_compose_yml=compose, prometheus_yml=scraped))
    assert answer.assessment.status == "fail"
    assert "without an exporter" in answer.findings[0].what


def test_a_target_whose_code_makes_no_metrics_is_down() -> None:
    answer = ask("scrape-targets-up", but(main_py=PLAIN.replace("5000", "8000")))
    assert answer.assessment.status == "fail"
    assert answer.findings[0].locator.path == "prometheus/prometheus.yml"


def test_a_configuration_that_nothing_mounts_scrapes_nothing() -> None:
    compose = COMPOSE.replace("      - ./prometheus:/etc/prometheus:ro\n", "      - data:/prometheus\n")
    assert status("scrape-targets-up", but(docker_compose_yml=compose)) == "fail"
    assert status("scrape-targets-up", {"app.py": PLAIN}) == "not_applicable"


def test_a_service_monitor_must_select_a_service() -> None:
    monitor = """
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: shop}
spec:
  selector: {matchLabels: {app: LABEL}}
  endpoints: [{port: http}]
---
apiVersion: v1
kind: Service
metadata: {name: shop, labels: {app: shop}}
spec:
  selector: {app: shop}
  ports: [{name: http, port: 80}]
"""
    assert status("scrape-targets-up", {"k8s/shop.yaml": monitor.replace("LABEL", "store")}) == "fail"
    assert status("scrape-targets-up", {"k8s/shop.yaml": monitor.replace("LABEL", "shop")}) == "unverified"
