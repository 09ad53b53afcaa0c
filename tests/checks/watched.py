"""A small service with a monitoring stack that works, as files; tests break one thing each."""

from __future__ import annotations

APP = """
import logging
from fastapi import FastAPI
from prometheus_fastapi_instrumentator import Instrumentator

app = FastAPI()
Instrumentator().instrument(app).expose(app)


@app.get("/orders")
def orders():
    logging.getLogger(__name__).info("listed orders")
    return []


if __name__ == "__main__":
    import uvicorn
    uvicorn.run(app, host="0.0.0.0", port=8000)
"""
DOCKERFILE = """
FROM python:3.12-slim
COPY . /app
EXPOSE 8000
CMD ["python", "main.py"]
"""
COMPOSE = """
services:
  api:
    build: ./api
    ports: ["8000:8000"]
  prometheus:
    image: prom/prometheus:v3.4.0
    command: ["--config.file=/etc/prometheus/prometheus.yml"]
    volumes:
      - ./prometheus:/etc/prometheus:ro
  alertmanager:
    image: prom/alertmanager:v0.28.0
    volumes:
      - ./alertmanager:/etc/alertmanager:ro
  grafana:
    image: grafana/grafana:12.0.0
    volumes:
      - ./grafana/provisioning:/etc/grafana/provisioning
      - ./grafana/dashboards:/var/lib/grafana/dashboards
"""
PROMETHEUS = """
rule_files:
  - rules.yml
alerting:
  alertmanagers:
    - static_configs:
        - targets: ["alertmanager:9093"]
scrape_configs:
  - job_name: api
    static_configs:
      - targets: ["api:8000"]
"""
RULES = """
groups:
  - name: api
    rules:
      - alert: ApiDown
        expr: up{job="api"} == 0
        for: 5m
        labels: {severity: critical}
        annotations: {runbook_url: docs/runbooks/api.md}
      - alert: ApiErrors
        expr: rate(http_requests_total{status=~"5.."}[5m]) > 0.05
        labels: {severity: critical}
        annotations: {runbook_url: docs/runbooks/api.md}
      - alert: ApiSlow
        expr: histogram_quantile(0.95, rate(http_request_duration_seconds_bucket[5m])) > 1
        labels: {severity: warning}
      - alert: MemoryHigh
        expr: container_memory_usage_bytes / container_spec_memory_limit_bytes > 0.9
        labels: {severity: warning}
"""
ALERTMANAGER = """
route:
  receiver: team
receivers:
  - name: team
    slack_configs:
      - api_url_file: /run/secrets/slack
        channel: '#alerts'
"""
PROVIDERS = """
apiVersion: 1
providers:
  - name: files
    type: file
    options: {path: /var/lib/grafana/dashboards}
"""
DASHBOARD = """
{
  "title": "API",
  "schemaVersion": 39,
  "panels": [
    {"type": "graph", "targets": [{"expr": "sum(rate(http_requests_total[5m]))"}]}
  ]
}
"""
WATCHED = {
    "api/main.py": APP,
    "api/requirements.txt": "fastapi==0.115.0\nprometheus-fastapi-instrumentator==7.0.0\n",
    "api/Dockerfile": DOCKERFILE,
    "docker-compose.yml": COMPOSE,
    "prometheus/prometheus.yml": PROMETHEUS,
    "prometheus/rules.yml": RULES,
    "alertmanager/alertmanager.yml": ALERTMANAGER,
    "grafana/provisioning/dashboards/files.yml": PROVIDERS,
    "grafana/dashboards/api.json": DASHBOARD,
    "docs/runbooks/api.md": "# The API is down\n\nLook at the logs.\n",
}


def but(**changes: str | None) -> dict[str, str]:
    """The watched service with files replaced; a key names its file by the last part, None leaves it out."""
    names = {path.rpartition("/")[2].replace(".", "_").replace("-", "_"): path for path in WATCHED}
    files = dict(WATCHED)
    for key, text in changes.items():
        path = names[key]
        if text is None:
            del files[path]
        else:
            files[path] = text
    return files


LIBRARY = {
    "src/acme/text.py": "def upper(text):\n    return text.upper()\n",
    "pyproject.toml": "[project]\nname='acme'\n",
}
"""No service, no deployment."""
