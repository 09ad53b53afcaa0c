"""Facts of monitoring: Prometheus, Alertmanager, Grafana, collectors of telemetry and SLO definitions, as files.

Whether something runs a file is a question to several tools at once: ``gonogo.checks.stack`` answers it from an
:class:`Origin`, with what compose files, manifests and charts mount. Cloud alarms, dashboards and log groups are cloud
resources: see ``gonogo.checks.cloud``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place

COMMUNITY = "grafana.com/"
"""Begins the query of a dashboard that is fetched from there, so that its panels can't be seen."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a piece of configuration is a part of, which decides who can load it."""

    path: str
    form: str = "file"
    """``file``; ``config map``; ``custom resource``; ``chart values``; ``resource`` (a file that Terraform reads)."""
    kind: str = ""
    """The kind of a custom resource: ``PrometheusRule``, ``AlertmanagerConfig``, ``Rules``."""
    name: str = ""
    """The name of the config map or custom resource."""
    key: str = ""
    """The key of the config map, or the dotted path in chart values: ``alertmanager.config``."""
    labels: tuple[tuple[str, str], ...] = ()
    """Labels of the config map or custom resource: operators and sidecars select by them."""


@dataclass(frozen=True, slots=True)
class Scrape:
    """A scrape job. ``targets`` are its static ones: ``web:8080``."""

    job: str
    targets: tuple[str, ...]
    path: str
    discovery: tuple[str, ...]
    """How it finds targets: ``static``, ``kubernetes``, ``file``, ``consul``, ``ec2``, ``dns`` ..."""
    at: Place
    scheme: str = "http"
    files: tuple[str, ...] = ()
    """Globs of file_sd_configs, as written."""


@dataclass(frozen=True, slots=True)
class PrometheusConfig:
    """A prometheus.yml, wherever it lies."""

    origin: Origin
    at: Place
    scrapes: tuple[Scrape, ...] = ()
    rule_globs: tuple[str, ...] = ()
    """``rule_files``, as written: paths inside its container."""
    alertmanagers: tuple[str, ...] = ()
    """Addresses of Alertmanagers; ``kubernetes`` and the like where they are discovered."""
    remote_write: tuple[str, ...] = ()
    rules_at: Place | None = None
    alerting_at: Place | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """An alerting or recording rule."""

    name: str
    kind: str
    """``alert`` or ``record``."""
    expr: str
    wait: str
    """``for``; empty where it fires at once."""
    labels: tuple[tuple[str, str], ...]
    annotations: tuple[tuple[str, str], ...]
    group: str
    at: Place
    origin: Origin
    language: str = "promql"
    """``promql`` or ``logql``."""

    def label(self, name: str) -> str:
        """A label's value; empty where it has none."""
        return next((value for key, value in self.labels if key == name), "")

    def annotation(self, *names: str) -> str:
        """The first of these annotations that it has; empty where it has none."""
        return next((value for name in names for key, value in self.annotations if key == name), "")

    @property
    def metrics(self) -> frozenset[str]:
        """Words of its expression that can be metric or label names."""
        return frozenset(re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*", self.expr))


@dataclass(frozen=True, slots=True)
class Channel:
    """A way that a receiver tells somebody: ``slack``, ``pagerduty``, ``email``, ``webhook`` ..."""

    kind: str
    target: str
    """URL, channel or address, as written; empty where the file has none."""
    placeholder: str
    """Why it reaches nobody: ``its URL is a placeholder``; empty where it may reach somebody."""
    at: Place


@dataclass(frozen=True, slots=True)
class Receiver:
    """A receiver or contact point; without channels it drops what it gets."""

    name: str
    channels: tuple[Channel, ...]
    at: Place

    @property
    def reaches(self) -> bool:
        return any(not channel.placeholder for channel in self.channels)


@dataclass(frozen=True, slots=True)
class Route:
    """A node of the routing tree. ``receiver`` is inherited where the file names none; depth 0 is the root."""

    receiver: str
    matchers: tuple[str, ...]
    depth: int
    at: Place


@dataclass(frozen=True, slots=True)
class Alerting:
    """An Alertmanager's configuration, or Grafana's contact points and policies."""

    origin: Origin
    at: Place
    receivers: tuple[Receiver, ...] = ()
    routes: tuple[Route, ...] = ()
    product: str = "alertmanager"
    """``alertmanager`` or ``grafana``."""

    def receiver(self, name: str) -> Receiver | None:
        """The receiver of that name."""
        return next((receiver for receiver in self.receivers if receiver.name == name), None)


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A Grafana dashboard."""

    title: str
    origin: Origin
    panels: int
    queries: tuple[str, ...]
    at: Place


@dataclass(frozen=True, slots=True)
class Provisioning:
    """An entry of Grafana's provisioning: ``kind`` is ``dashboards`` or ``datasources``."""

    kind: str
    name: str
    type: str
    """Of a data source: ``prometheus``, ``loki`` ...; of dashboards: ``file``."""
    target: str
    """The data source's URL, or the folder (in its container) that dashboards are read from."""
    origin: Origin
    at: Place


@dataclass(frozen=True, slots=True)
class Collector:
    """The configuration of an agent that moves logs, metrics or traces."""

    product: str
    """``promtail``, ``alloy``, ``fluent-bit``, ``fluentd``, ``vector``, ``filebeat``, ``logstash``, ``otel``,
    ``telegraf``, ``cloudwatch-agent``, ``datadog-agent``."""
    origin: Origin
    at: Place
    signals: frozenset[str] = frozenset()
    """What it moves to somewhere: ``logs``, ``metrics``, ``traces``."""
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    """Kinds or addresses of what it sends to, of every pipeline; debug outputs are not in it."""
    redacts: tuple[Place, ...] = ()
    """Where it removes or masks fields."""


@dataclass(frozen=True, slots=True)
class Monitor:
    """A custom resource that makes an operator scrape or probe: ServiceMonitor, PodMonitor, Probe, PodMonitoring."""

    kind: str
    name: str
    selector: tuple[tuple[str, str], ...]
    ports: tuple[str, ...]
    path: str
    targets: tuple[str, ...]
    at: Place


@dataclass(frozen=True, slots=True)
class Objective:
    """A service level objective as code: OpenSLO, Sloth, Pyrra, Nobl9. ``indicator`` is its query."""

    name: str
    product: str
    target: str
    window: str
    indicator: str
    alerts: bool
    """Whether its definition makes burn-rate alerts."""
    at: Place
    origin: Origin


@dataclass(frozen=True, slots=True)
class LogStore:
    """The configuration of a log store: Loki, Elasticsearch. ``retention`` is empty where lines are kept for ever."""

    product: str
    retention: str
    origin: Origin
    at: Place


@dataclass(frozen=True)
class Monitoring:
    """All monitoring configuration in deciding files."""

    prometheus: tuple[PrometheusConfig, ...] = ()
    rules: tuple[Rule, ...] = ()
    alerting: tuple[Alerting, ...] = ()
    dashboards: tuple[Dashboard, ...] = ()
    provisioning: tuple[Provisioning, ...] = ()
    collectors: tuple[Collector, ...] = ()
    monitors: tuple[Monitor, ...] = ()
    objectives: tuple[Objective, ...] = ()
    log_stores: tuple[LogStore, ...] = ()
    probes: tuple[Place, ...] = ()
    """Configurations of outside probes: Checkly, Uptime Kuma, Gatus, Upptime; symbol is the product."""
    unread: tuple[Unread, ...] = ()

    @property
    def alerts(self) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.kind == "alert")
