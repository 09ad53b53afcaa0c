"""Which part of a monitoring stack a container image or a chart is."""

from __future__ import annotations

import re
from enum import StrEnum

from gonogo.facts.images import parse_image


class Part(StrEnum):
    """A job in a monitoring stack."""

    PROMETHEUS = "Prometheus"
    OPERATOR = "Prometheus operator"
    ALERTMANAGER = "Alertmanager"
    GRAFANA = "Grafana"
    LOG_STORE = "log store"
    LOG_COLLECTOR = "log collector"
    TRACE_STORE = "trace store"
    TELEMETRY_COLLECTOR = "OpenTelemetry collector"
    AGENT = "monitoring agent"
    """A vendor's agent that takes metrics, logs and traces alike."""
    PROBER = "outside probe"
    ERROR_TRACKER = "error tracker"
    EXPORTER = "exporter"
    DATA_STORE = "data store"
    PROXY = "proxy"


_IMAGES: tuple[tuple[str, tuple[Part, ...]], ...] = (
    (r"grafana/otel-lgtm", (Part.PROMETHEUS, Part.GRAFANA, Part.LOG_STORE, Part.TRACE_STORE, Part.TELEMETRY_COLLECTOR)),
    (r"(^|/)(prometheus-operator|prometheus-config-reloader)$", (Part.OPERATOR,)),
    (r"(^|/)(prometheus|vmagent|vmalert|mimir|thanos|cortex|victoria-metrics|vmsingle|vminsert)$", (Part.PROMETHEUS,)),
    (r"victoria-metrics/operator$", (Part.OPERATOR,)),
    (r"(^|/)alertmanager$", (Part.ALERTMANAGER,)),
    (r"(^|/)(grafana|grafana-oss|grafana-enterprise)$", (Part.GRAFANA,)),
    (r"(^|/)(loki|graylog|seq|quickwit|victoria-logs|signoz|openobserve|logspout|dozzle-store)$", (Part.LOG_STORE,)),
    (r"(^|/)(elasticsearch|opensearch)$", (Part.LOG_STORE, Part.DATA_STORE)),
    (
        r"(^|/)(promtail|fluent-bit|fluentd|fluentd-kubernetes-daemonset|vector|filebeat|logstash|logstash-oss|logspout"
        r"|aws-for-fluent-bit|syslog-ng|k8s-logs)$",
        (Part.LOG_COLLECTOR,),
    ),
    (r"grafana/(alloy|agent)$", (Part.LOG_COLLECTOR, Part.TELEMETRY_COLLECTOR)),
    (
        r"(^|/)(jaeger|all-in-one|tempo|zipkin|zipkin-slim|jaeger-collector|aws-xray-daemon|skywalking-oap-server)$",
        (Part.TRACE_STORE,),
    ),
    (
        r"(^|/)(opentelemetry-collector[\w-]*|otelcol[\w-]*|aws-otel-collector|otel-collector[\w-]*)$",
        (Part.TELEMETRY_COLLECTOR,),
    ),
    (r"(^|/)(signoz-otel-collector)$", (Part.TELEMETRY_COLLECTOR,)),
    (
        r"(datadog|datadoghq)/(agent|cluster-agent)$|newrelic/(infrastructure[\w-]*|nri-[\w-]+)$|dynatrace/",
        (Part.AGENT,),
    ),
    (
        r"(^|/)(cloudwatch-agent|telegraf|elastic-agent|splunk-otel-collector|honeycomb-kubernetes-agent|oneagent)$",
        (Part.AGENT,),
    ),
    (r"(^|/)(blackbox[-_]exporter|uptime-kuma|gatus|statping[\w-]*|healthchecks)$", (Part.PROBER,)),
    (r"(^|/)(sentry|glitchtip|bugsink|errbit)$", (Part.ERROR_TRACKER,)),
    (
        r"exporter$|(^|/)(cadvisor|kube-state-metrics|metrics-server|pushgateway|netdata|portainer[\w-]*|jaeger-agent|jaeger-query|pyroscope|dozzle)$",
        (Part.EXPORTER,),
    ),
    (
        r"(^|/)(postgres|postgresql[\w-]*|pgvector|timescaledb[\w-]*|postgis|mysql|mysql-server|mariadb|mongo|mongodb[\w-]*"
        r"|redis[\w-]*|valkey|keydb|dragonfly|memcached|rabbitmq|kafka|cp-kafka|cp-zookeeper|zookeeper|nats|minio|mssql[\w-]*"
        r"|cassandra|scylla|cockroach|clickhouse[\w-]*|qdrant|weaviate|milvus|chroma|neo4j|etcd|influxdb|dynamodb-local"
        r"|localstack|elasticmq[\w-]*|server/?mssql|couchdb|couchbase|meilisearch|typesense|mailhog|mailpit|maildev|adminer"
        r"|pgadmin4?|phpmyadmin|redis-commander|mongo-express|redisinsight|pgbouncer|redpanda|kafka-ui|schema-registry)$",
        (Part.DATA_STORE,),
    ),
    (r"(^|/)(traefik|envoy|haproxy|caddy|nginx-proxy|cloudflared|certbot|kong|oauth2-proxy)$", (Part.PROXY,)),
)
_CHARTS: dict[str, tuple[Part, ...]] = {
    "kube-prometheus-stack": (Part.OPERATOR, Part.PROMETHEUS, Part.ALERTMANAGER, Part.GRAFANA, Part.EXPORTER),
    "prometheus-operator": (Part.OPERATOR, Part.PROMETHEUS, Part.ALERTMANAGER, Part.GRAFANA, Part.EXPORTER),
    "kube-prometheus": (Part.OPERATOR, Part.PROMETHEUS, Part.ALERTMANAGER),
    "victoria-metrics-k8s-stack": (Part.OPERATOR, Part.PROMETHEUS, Part.ALERTMANAGER, Part.GRAFANA),
    "rancher-monitoring": (Part.OPERATOR, Part.PROMETHEUS, Part.ALERTMANAGER, Part.GRAFANA),
    "prometheus": (Part.PROMETHEUS, Part.ALERTMANAGER, Part.EXPORTER),
    "alertmanager": (Part.ALERTMANAGER,),
    "grafana": (Part.GRAFANA,),
    "loki-stack": (Part.LOG_STORE, Part.LOG_COLLECTOR),
    "loki": (Part.LOG_STORE,),
    "loki-distributed": (Part.LOG_STORE,),
    "promtail": (Part.LOG_COLLECTOR,),
    "alloy": (Part.LOG_COLLECTOR, Part.TELEMETRY_COLLECTOR),
    "k8s-monitoring": (Part.AGENT, Part.LOG_COLLECTOR, Part.TELEMETRY_COLLECTOR),
    "lgtm-distributed": (Part.PROMETHEUS, Part.GRAFANA, Part.LOG_STORE, Part.TRACE_STORE),
    "fluent-bit": (Part.LOG_COLLECTOR,),
    "fluentd": (Part.LOG_COLLECTOR,),
    "aws-for-fluent-bit": (Part.LOG_COLLECTOR,),
    "aws-cloudwatch-metrics": (Part.AGENT,),
    "amazon-cloudwatch-observability": (Part.AGENT, Part.LOG_COLLECTOR),
    "vector": (Part.LOG_COLLECTOR,),
    "filebeat": (Part.LOG_COLLECTOR,),
    "logstash": (Part.LOG_COLLECTOR,),
    "eck-stack": (Part.LOG_STORE,),
    "elasticsearch": (Part.LOG_STORE,),
    "tempo": (Part.TRACE_STORE,),
    "tempo-distributed": (Part.TRACE_STORE,),
    "jaeger": (Part.TRACE_STORE,),
    "zipkin": (Part.TRACE_STORE,),
    "opentelemetry-collector": (Part.TELEMETRY_COLLECTOR,),
    "opentelemetry-kube-stack": (Part.TELEMETRY_COLLECTOR, Part.LOG_COLLECTOR),
    "opentelemetry-operator": (Part.TELEMETRY_COLLECTOR,),
    "adot": (Part.TELEMETRY_COLLECTOR,),
    "datadog": (Part.AGENT,),
    "datadog-operator": (Part.AGENT,),
    "nri-bundle": (Part.AGENT,),
    "newrelic-bundle": (Part.AGENT,),
    "splunk-otel-collector": (Part.AGENT,),
    "signoz": (Part.PROMETHEUS, Part.GRAFANA, Part.LOG_STORE, Part.TRACE_STORE, Part.TELEMETRY_COLLECTOR),
    "k8s-infra": (Part.LOG_COLLECTOR, Part.TELEMETRY_COLLECTOR),
    "prometheus-blackbox-exporter": (Part.PROBER,),
    "uptime-kuma": (Part.PROBER,),
    "gatus": (Part.PROBER,),
    "sentry": (Part.ERROR_TRACKER,),
    "cert-manager": (),
}
_IMAGE_PARTS = tuple((re.compile(pattern), parts) for pattern, parts in _IMAGES)


def parts_of_image(image: str) -> frozenset[Part]:
    """The parts that an image is; empty for an application."""
    name = parse_image(image).name.lower()
    for pattern, parts in _IMAGE_PARTS:
        if pattern.search(name):
            return frozenset(parts)
    return frozenset()


def parts_of_chart(chart: str) -> frozenset[Part]:
    """The parts that a chart brings; ``chart`` may have a repository in front: ``grafana/loki``."""
    return frozenset(_CHARTS.get(chart.rstrip("/").rpartition("/")[2].lower(), ()))


def is_known_chart(chart: str) -> bool:
    """Says whether a chart brings parts of a monitoring stack."""
    return bool(parts_of_chart(chart))
