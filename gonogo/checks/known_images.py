"""What well-known images are, as their publishers document it: their user, what they store, what they watch."""

from __future__ import annotations

import re

from gonogo.facts.images import parse_image

_NON_ROOT = re.compile(
    r"(?:^|/)(?:nginx-unprivileged|distroless/[\w-]+(?=:nonroot|:debug-nonroot)|grafana(?:-oss|-enterprise)?|prometheus"
    r"|alertmanager|node-exporter|blackbox-exporter|loki|tempo|mimir|pyroscope|opentelemetry-collector[\w-]*|keycloak|opensearch"
    r"|opensearch-dashboards|elasticsearch|kibana|logstash|jenkins|nexus3|sonarqube|curl|oauth2-proxy|dex|argocd|kafka|cp-[\w-]+"
    r"|cloud-sql-proxy|cloudflared|metabase-nonroot|pgbouncer|kube-state-metrics|coredns|external-secrets|external-dns"
    r"|cert-manager-[\w-]+|ingress-nginx/controller|metrics-server|temporalio/[\w-]+|apollo-router|kyverno|zitadel|sealed-secrets-controller)"
    r"(?=:|@|$)"
)
_PUBLISHERS = re.compile(
    r"^(?:(?:docker\.io/)?bitnami(?:legacy)?/|cgr\.dev/chainguard/|dhi\.io/|registry\.access\.redhat\.com/ubi\d+/(?:nodejs|python|openjdk|go-toolset))"
)
_NON_ROOT_TAG = re.compile(r"nonroot|rootless|unprivileged|chiseled")
_LAMBDA = re.compile(r"^public\.ecr\.aws/lambda/|(?:^|/)aws-lambda-[\w-]+$")
_STORES = re.compile(
    r"(?:^|/)(?:postgres|postgresql[\w-]*|pgvector|timescaledb[\w-]*|postgis|mysql|mysql-server|mariadb|mongo|mongodb[\w-]*|redis[\w-]*"
    r"|valkey|keydb|dragonfly|memcached|rabbitmq|kafka|cp-kafka|cp-zookeeper|zookeeper|nats|minio|mssql[\w-]*|server|cassandra|scylla"
    r"|cockroach|clickhouse[\w-]*|qdrant|weaviate|milvus|chroma|neo4j|etcd|influxdb|elasticsearch|opensearch|couchdb|couchbase"
    r"|meilisearch|typesense|redpanda|pulsar|activemq[\w-]*|pgbouncer|spanner-emulator|dynamodb-local|localstack"
    r"|[\w-]+-(?:db|database|mysql|postgres|postgresql|mongo|mongodb|redis))$"
)
_AGENTS = re.compile(
    r"(?:^|/)(?:node[-_]exporter|cadvisor|promtail|fluent-bit|fluentd[\w-]*|filebeat|metricbeat|vector|alloy|agent|datadog-agent"
    r"|cluster-agent|newrelic-[\w-]+|infrastructure[\w-]*|nri-[\w-]+|oneagent|falco[\w-]*|tetragon|cilium|calico[\w-]*|node|cni|kube-proxy"
    r"|flannel|weave-kube|aws-ebs-csi-driver|aws-efs-csi-driver|[\w-]*csi[\w-]*|node-driver-registrar|livenessprobe|telegraf"
    r"|opentelemetry-collector[\w-]*|otelcol[\w-]*|aws-for-fluent-bit|cloudwatch-agent|nvidia[\w-]*|k8s-device-plugin|beyla|pixie"
    r"|aws-node-termination-handler|node-problem-detector|kured|splunk-otel-collector|ebpf-profiler|aws-otel-collector|parca-agent"
    r"|logspout|netdata|process-exporter|scope|weave-scope|kube-bench|smartctl-exporter|secrets-store-csi-driver|vault-csi-provider)$"
)


def runs_as_non_root(text: str) -> bool:
    """Says whether an image is documented to run as a user other than root (or in a sandbox that has no root)."""
    image = parse_image(text)
    written = f"{image.name}:{image.tag}" if image.tag else image.name
    return bool(
        _NON_ROOT.search(written)
        or _PUBLISHERS.search(image.name)
        or _NON_ROOT_TAG.search(image.tag)
        or _LAMBDA.search(image.name)
    )


def is_store(text: str) -> bool:
    """Says whether an image keeps data or messages: a database, cache, queue or object store."""
    return bool(_STORES.search(parse_image(text).name))


def is_node_agent(text: str) -> bool:
    """Says whether an image watches or serves the node that it runs on, which takes access to it."""
    return bool(_AGENTS.search(parse_image(text).name))
