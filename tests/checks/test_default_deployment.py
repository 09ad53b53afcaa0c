"""What the documented default deployment deploys decides; the rest is listed."""

from __future__ import annotations

from pathlib import Path

from gonogo.checks.default_deployment import default_deployment
from tests.asking import ask, read, status

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - {name: web, image: "shop/web:1.2.3"}
"""
PLAIN = "services:\n  web: {image: 'shop/web:1.2.3'}\n"
STEADY = "services:\n  web: {image: 'shop/web:1.2.3', restart: always}\n"
STARTS = "# Shop\n\n## Getting started\n\n```bash\ndocker compose up -d\n```\n"
APPLIES = "# Shop\n\n## Deployment\n\n```bash\nkubectl apply -f k8s/\n```\n"
PIPELINE = """
name: deploy
on: {push: {branches: [main]}}
jobs:
  deploy:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - run: kubectl apply -f k8s/
"""


def test_the_readme_s_compose_file_decides_beside_manifests() -> None:
    files = {"README.md": STARTS, "docker-compose.yml": PLAIN, "k8s/web.yaml": DEPLOYMENT}
    answer = ask("restart-policy", files).assessment
    assert answer.status.value == "fail"
    assert status("restart-policy", {**files, "docker-compose.yml": STEADY}) == "pass"


def test_an_opt_in_compose_file_carries_no_pass() -> None:
    files = {"README.md": STARTS, "docker-compose.yml": PLAIN, "docker-compose.prod.yml": STEADY}
    answer = ask("restart-policy", files).assessment
    assert answer.status.value == "fail"
    assert "docker-compose.yml by README.md:6" in answer.reason
    assert "opt-in: docker-compose.prod.yml" in answer.reason
    chosen = STARTS.replace("compose up", "compose -f docker-compose.prod.yml up")
    assert status("restart-policy", {**files, "README.md": chosen}) == "pass"


def test_a_make_target_is_followed_to_its_recipe(tmp_path: Path) -> None:
    files = {
        "README.md": "# Shop\n\n## Run\n\n```bash\nmake up\n```\n",
        "Makefile": "up:\n\tdocker compose -f deploy/compose.yml up -d\n",
        "deploy/compose.yml": PLAIN,
        "docker-compose.prod.yml": STEADY,
    }
    found = default_deployment(read(files, tmp_path))
    assert found is not None
    assert [project.files for project in found.facts.compose.deciding] == [("deploy/compose.yml",)]
    assert found.opt_in == ("docker-compose.prod.yml",)


def test_a_cluster_that_the_readme_applies_leaves_compose_out(tmp_path: Path) -> None:
    found = default_deployment(read({"README.md": APPLIES, "compose.yml": PLAIN, "k8s/web.yaml": DEPLOYMENT}, tmp_path))
    assert found is not None
    assert found.facts.kubernetes.workloads
    assert not found.facts.compose.services


def test_both_ways_decide_where_the_readme_names_both(tmp_path: Path) -> None:
    files = {"README.md": STARTS + APPLIES, "compose.yml": PLAIN, "k8s/web.yaml": DEPLOYMENT}
    assert default_deployment(read(files, tmp_path)) is None


def test_a_pipeline_beats_a_compose_file_for_local_use(tmp_path: Path) -> None:
    local = STARTS.replace("```bash", "Start everything locally:\n\n```bash")
    files = {"compose.yml": PLAIN, "k8s/web.yaml": DEPLOYMENT, ".github/workflows/deploy.yml": PIPELINE}
    assert default_deployment(read({**files, "README.md": local}, tmp_path / "a")) is None
    found = default_deployment(read({**files, "README.md": STARTS}, tmp_path / "b"))
    assert found is not None
    assert not found.facts.kubernetes.workloads
    found = default_deployment(read({**files, "README.md": "# Shop\n"}, tmp_path / "c"))
    assert found is not None
    assert not found.facts.compose.services


SERVES = (
    "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n"
    "@app.get('/orders')\ndef orders() -> list[str]:\n    return []\n"
)
LIMITED = (
    "from fastapi import FastAPI\nfrom ratelimit import RateLimitMiddleware\n\napp = FastAPI()\n"
    "app.add_middleware(RateLimitMiddleware)\n\n\n@app.get('/orders')\ndef orders() -> list[str]:\n    return []\n"
)
IMAGE = 'FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nCMD ["python", "simple.py"]\n'
RUNS = "import uvicorn\n" + SERVES + "\n\nuvicorn.run(app)\n"


def test_code_that_the_image_does_not_start_limits_nothing() -> None:
    compose = "services:\n  api: {build: ./api, ports: ['8000:8000']}\n"
    files = {
        "README.md": STARTS,
        "docker-compose.yml": compose,
        "docker-compose.prod.yml": compose,
        "api/Dockerfile": IMAGE,
        "api/simple.py": RUNS,
        "api/main.py": LIMITED + "\n\nif __name__ == '__main__':\n    import uvicorn\n    uvicorn.run(app)\n",
    }
    assert status("rate-limiting", files) == "fail"
    files["api/Dockerfile"] = IMAGE.replace("simple.py", "main.py")
    del files["api/simple.py"]
    assert status("rate-limiting", files) == "pass"


def test_alert_rules_and_loose_proxy_files_limit_nothing() -> None:
    compose = "services:\n  api: {build: ./api, ports: ['8000:8000']}\n"
    mounted = compose.replace(
        "\n  api:", "\n  proxy: {image: 'nginx:1.27.3', volumes: ['./nginx.conf:/etc/nginx/nginx.conf']}\n  api:"
    )
    rules = "groups:\n  - name: a\n    rules:\n      - alert: NearRateLimit\n        expr: rate_limit_left < 5\n"
    files = {"docker-compose.yml": compose, "api/Dockerfile": IMAGE, "api/simple.py": RUNS}
    assert status("rate-limiting", {**files, "rules/application-alerts.yml": rules}) == "fail"
    proxy = {"nginx.conf": "server {\n  location / {\n    limit_req zone=one burst=5;\n  }\n}\n"}
    assert status("rate-limiting", {**files, **proxy}) == "fail"
    assert status("rate-limiting", {**files, **proxy, "docker-compose.yml": mounted}) == "pass"


SCRAPES = "scrape_configs:\n  - job_name: db\n    static_configs: [{targets: ['db-exporter:9187']}]\n"
PROMETHEUS = (
    "prometheus: {image: 'prom/prometheus:v3.1.0', volumes: ['./prometheus.yml:/etc/prometheus/prometheus.yml']}"
)
EXPORTER = "services:\n  db-exporter: {image: 'prometheuscommunity/postgres-exporter:v0.16.0'}\n"


def test_a_prometheus_reaches_only_its_own_project_by_name() -> None:
    files = {"a/compose.yml": f"services:\n  {PROMETHEUS}\n", "a/prometheus.yml": SCRAPES, "b/compose.yml": EXPORTER}
    assert status("scrape-targets-up", files) == "fail"
    files["a/compose.yml"] = EXPORTER + f"  {PROMETHEUS}\n"
    assert status("scrape-targets-up", files) == "pass"


BOARD = """
resource "aws_cloudwatch_dashboard" "shop" {
  dashboard_name = "shop"
  dashboard_body = "{\\"widgets\\":[{\\"properties\\":{\\"metrics\\":[[\\"Shop/Orders\\",\\"Placed\\"]]}}]}"
}
"""


def test_a_cloud_dashboard_of_metrics_that_nothing_emits_shows_nothing() -> None:
    files = {"main.tf": BOARD, "Dockerfile": IMAGE, "simple.py": RUNS}
    assert status("dashboards", files) == "fail"
    emits = RUNS.replace("import uvicorn\n", "import boto3\nimport uvicorn\n\nNAMESPACE = 'Shop/Orders'\n")
    assert status("dashboards", {**files, "simple.py": emits}) == "pass"
