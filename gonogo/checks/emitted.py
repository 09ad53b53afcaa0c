"""Which metrics something emits: a rule on a metric that no code and no exporter makes can never fire.

Needs: monitoring, code, dependencies, docker, compose.
"""

from __future__ import annotations

import re
from functools import cached_property

from gonogo.checks.derived import derived
from gonogo.checks.instrumentation import instrumented, takes_remote_settings
from gonogo.checks.services import foreign_services, services_of
from gonogo.facts import Facts
from gonogo.facts.monitoring import Rule

_SELECTOR = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{|\[)")
_WORD = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_INFRASTRUCTURE = re.compile(
    r"up$|probe_|node_|container_|kube_|kubelet_|apiserver_|etcd_|coredns_|machine_|cadvisor_|prometheus_|alertmanager_"
    r"|grafana_|loki_|tempo_|traefik_|nginx_|envoy_|istio_|haproxy_|pg_|postgres_|mysql_|redis_|mongodb_|kafka_|rabbitmq_"
    r"|elasticsearch_|es_|clickhouse_|minio_|nats_|otelcol_|certmanager_|cert_|x509_|ssl_|blackbox_|windows_|process_"
    r"|scrape_|ALERTS|aws_|cloudwatch_|stackdriver_|keda_|argocd_|velero_|caddy_|memcached_|pgbouncer_|zookeeper_|jvm_"
    r"|consul_|vault_|jenkins_|gitlab_|fluentbit_|fluentd_|vector_|smartctl_|promtail_|absent"
)
"""What exporters, proxies, clusters and data stores make by themselves."""
_STANDARD = re.compile(
    r"http_|https_|flask_|fastapi_|starlette_|django_|nodejs_|python_|go_|jvm_|dotnet_|rpc_|grpc_|traces_|span|calls"
    r"|requests?_|request_|duration_|express_|gin_|echo_|fiber_|spring_|tomcat_|hikaricp_|logback_|system_|executor_|db_"
    r"|target_info|gen_ai_|celery_|aspnetcore_|kestrel_|uvicorn_|application_|api_"
)
"""What instrumentation libraries make under names of their own."""
_ENDINGS = re.compile(r"_(total|bucket|count|sum|created|info|seconds|bytes|milliseconds|ratio|percent)$")


class Emitted:
    """What the target's own code emits, as far as its text shows."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def missing(self, rule: Rule) -> str:
        """Why a rule can never fire: every metric that it needs comes from code that makes none; empty otherwise."""
        if rule.language == "logql" or not rule.expr or not self._own_code:
            return ""
        names = [name for name in metrics_of(rule.expr) if not self._is_recorded(name)]
        if not names or any(self._is_made(name) for name in names):
            return ""
        return f"nothing emits {names[0]}"

    def is_emitted(self, name: str) -> bool:
        """Says whether anything emits a metric; true where the services' code is not in the target."""
        return not self._own_code or self._is_recorded(name) or self._is_made(name)

    def is_own(self, name: str) -> bool:
        """Says whether the services themselves emit a metric, or a rule records it."""
        return self._is_recorded(name) or (not _INFRASTRUCTURE.match(name) and self._is_made(name))

    @cached_property
    def _own_code(self) -> bool:
        return bool(services_of(self._facts)) and not foreign_services(self._facts)

    @cached_property
    def _instrumented(self) -> bool:
        return any(
            instrumented(self._facts, service, "metrics") or takes_remote_settings(service)
            for service in services_of(self._facts)
        )

    @cached_property
    def _recorded(self) -> frozenset[str]:
        return frozenset(rule.name for rule in self._facts.monitoring.rules if rule.kind == "record")

    @cached_property
    def _text(self) -> str:
        """The text of all reached code, small: each word once."""
        words: set[str] = set()
        for file in self._facts.code.files:
            if file.reached:
                words.update(_WORD.findall(self._facts.repository.text(file.path).replace(".", "_").replace("-", "_")))
        return "\n".join(words)

    def _is_recorded(self, name: str) -> bool:
        return ":" in name or name in self._recorded

    def _is_made(self, name: str) -> bool:
        if _INFRASTRUCTURE.match(name):
            return True
        if not self._instrumented:
            return False
        if _STANDARD.match(name):
            return True
        base = name
        while _ENDINGS.search(base):
            base = _ENDINGS.sub("", base)
        parts = base.split("_")
        starts = ["_".join(parts[index:]) for index in range(min(len(parts), 3))]
        return any(len(start) > 4 and start in self._text for start in starts)


@derived("monitoring", "code", "dependencies", "docker", "compose")
def emitted_of(facts: Facts) -> Emitted:
    """What the target emits, read once."""
    return Emitted(facts)


def metrics_of(expr: str) -> list[str]:
    """The metric names of a PromQL expression: what stands before a selector or range, else its longer words."""
    plain = re.sub(r"\"[^\"]*\"|'[^']*'", '""', expr)
    plain = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", plain)
    found = [name for name in _SELECTOR.findall(plain) if not name.isdigit()]
    rest = re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", plain)
    found += [word for word in re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*(?!\s*\()\b", rest) if "_" in word or word == "up"]
    return list(
        dict.fromkeys(name for name in found if not name.endswith(("_over_time", "_quantile", "_linear", "_replace")))
    )
