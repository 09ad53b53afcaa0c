"""Finds monitoring configuration in YAML documents: whole files, custom resources, config maps, chart values.

What a mapping is shows in its own keys (``groups`` of ``rules`` with ``expr``; ``receivers`` beside a ``route``), so
the same parsers serve a plain file, a PrometheusRule, a value of kube-prometheus-stack and the text in a config map.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from gonogo.facts.monitoring import Origin
from gonogo.model.evidence import Place
from gonogo.tools.monitoring.alerting import read_alerting, read_contact_points
from gonogo.tools.monitoring.collected import Collected
from gonogo.tools.monitoring.collectors import read_text_collector, read_yaml_collector
from gonogo.tools.monitoring.grafana import read_chart_dashboards, read_dashboard, read_provisioning
from gonogo.tools.monitoring.log_stores import read_log_store
from gonogo.tools.monitoring.objectives import read_objective
from gonogo.tools.monitoring.prometheus import read_monitor, read_prometheus, read_rules
from gonogo.tools.yaml_marks import Map, Seq, load_yaml

MARKERS = re.compile(
    r"scrape_?configs|ScrapeConfigs|rule_files|receivers|groups:|exporters:|monitoring\.coreos\.com"
    r"|monitoring\.googleapis\.com|operator\.victoriametrics|openslo|sloth\.slok\.dev|pyrra\.dev|prometheus/v1"
    r"|datasources:|providers:|contactPoints|filebeat\.|sinks:|\[OUTPUT\]|<match|loki\.write|\"panels\""
    r"|n9/|outputs:|endpoints:|schema_config|retention_period"
)
"""What a text must have for it to be parsed at all."""
_MONITORS = frozenset(
    {"ServiceMonitor", "PodMonitor", "Probe", "PodMonitoring", "ClusterPodMonitoring", "ScrapeConfig"}
    | {"VMServiceScrape", "VMPodScrape", "VMProbe"}
)
_DEEPEST = 14
_LONGEST = 400_000


def read_documents(value: object, origin: Origin, found: Collected) -> None:
    """Reads everything in one document. ``origin`` has its file and form."""
    if not isinstance(value, Map):
        return
    kind = value.text("kind")
    if kind == "List":
        for item in value.maps("items"):
            read_documents(item, origin, found)
        return
    meta = value.map("metadata")
    if kind and meta:
        labels = tuple((str(key), str(label)) for key, label in meta.map("labels").items())
        form = "config map" if kind in ("ConfigMap", "Secret") else "custom resource"
        origin = replace(origin, form=form, kind=kind, name=meta.text("name"), labels=labels)
        if kind in _MONITORS:
            found.monitors.append(read_monitor(value, origin))
            return
        if objective := read_objective(value, origin):
            found.objectives.append(objective)
            return
    if kind in ("ConfigMap", "Secret"):
        for section in ("data", "stringData"):
            _read_texts(value.map(section), origin, found)
        return
    _read_map(value, origin, found, 0)


def _read_map(node: Map, origin: Origin, found: Collected, depth: int) -> None:
    """Tries what a mapping can be, then looks below it."""
    taken = _take(node, origin, found)
    if depth >= _DEEPEST:
        return
    for key, value in node.items():
        if key in taken:
            continue
        below = replace(origin, key=f"{origin.key}.{key}".lstrip(".")) if origin.form == "chart values" else origin
        for item in _maps(value):
            _read_map(item, below, found, depth + 1)
        if isinstance(value, str) and "\n" in value:
            _read_text(value, key, node.line_of(key) + 1, below, found)


def _take(node: Map, origin: Origin, found: Collected) -> set[str]:
    """Reads what this mapping is; gives the keys that are used up."""
    taken: set[str] = set()
    if rules := read_rules(node, origin):
        found.rules += rules
        taken.add("groups")
    if collector := read_yaml_collector(node, origin):
        found.collectors.append(collector)
        taken |= {"scrape_configs", "exporters", "processors", "service", "sinks", "outputs", "pipeline"}
    elif config := read_prometheus(node, origin):
        found.prometheus.append(config)
        taken |= {"scrape_configs", "rule_files", "alerting"}
    if alerting := read_alerting(node, origin) or read_contact_points(node, origin):
        found.alerting.append(alerting)
        taken |= {"receivers", "route", "contactPoints"}
    found.dashboards += read_chart_dashboards(node, origin)
    if entries := read_provisioning(node, origin):
        found.provisioning += entries
        taken |= {"datasources", "providers"}
    if store := read_log_store(node, origin):
        found.log_stores.append(store)
    if (objective := read_objective(node, origin)) is not None:
        found.objectives.append(objective)
    if origin.key == "" and isinstance(node.get("endpoints"), Seq) and "gatus" in origin.path.lower():
        found.probes.append(Place(origin.path, node.line_of("endpoints"), 0, "Gatus"))
    return taken


def _maps(value: object) -> Iterator[Map]:
    if isinstance(value, Map):
        yield value
    elif isinstance(value, Seq):
        for item in value:
            yield from _maps(item)


def _read_texts(data: Map, origin: Origin, found: Collected) -> None:
    """The files of a config map."""
    for key, value in data.items():
        if isinstance(value, str):
            _read_text(value, key, data.line_of(key) + 1, replace(origin, key=key), found)


def _read_text(text: str, name: str, line: int, origin: Origin, found: Collected) -> None:
    """A file inside a value: its first line is ``line`` of the file around it."""
    if len(text) > _LONGEST:
        return
    if '"panels"' in text and text.lstrip().startswith("{"):
        if dashboard := read_dashboard(text, origin, line=line):
            found.dashboards.append(dashboard)
    elif collector := read_text_collector(text, origin, line=line):
        found.collectors.append(collector)
    elif MARKERS.search(text):
        for document in load_yaml(text, first_line=line).documents:
            if isinstance(document.value, Map):
                _read_map(document.value, origin, found, 1)
