"""The monitoring tool: finds and reads the configuration of what watches a service, wherever it is written."""

from __future__ import annotations

import re

from gonogo.facts.monitoring import Monitoring, Origin
from gonogo.facts.repository import File, Repository
from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place
from gonogo.model.target import Target
from gonogo.tools.monitoring.collected import Collected
from gonogo.tools.monitoring.collectors import read_text_collector
from gonogo.tools.monitoring.grafana import read_dashboard
from gonogo.tools.monitoring.walk import MARKERS, read_documents
from gonogo.tools.yaml_marks import Loaded, load_yaml

_YAML = ("*.yml", "*.yaml", "*.rules", "*.yml.j2", "*.yaml.j2", "*.yml.tftpl", "*.yaml.tftpl", "*.openslo")
_TEXT = ("*.conf", "*.toml", "*.alloy", "*.river", "Corefile")
_LOCKS = frozenset({"pnpm-lock.yaml", "pubspec.lock", "mkdocs.yml"})
_PROBES = {
    "checkly.config.ts": "Checkly",
    "checkly.config.js": "Checkly",
    "checkly.config.mjs": "Checkly",
    ".upptimerc.yml": "Upptime",
}
_TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|%\{.*?\}")
_TEMPLATE_LINE = re.compile(
    r"^[ \t]*(?:\{\{(?:[^}\n]|\}(?!\}))*\}\}|\{%(?:[^%\n]|%(?!\}))*%\}|%\{[^}\n]*\})[ \t]*$", re.MULTILINE
)


def read_monitoring(repository: Repository, target: Target) -> Monitoring:
    """Reads monitoring configuration from YAML, JSON and the collectors' own formats."""
    found = Collected()
    for file in repository.match(*_YAML):
        if file.name not in _LOCKS:
            _read_yaml(repository, file, found)
    for file in repository.match("*.json", "*.json.tpl", "*.json.tftpl"):
        _read_json(repository, file, found)
    for file in repository.match(*_TEXT):
        if collector := read_text_collector(repository.text(file), Origin(file.path)):
            found.collectors.append(collector)
    for file in repository.match(*_PROBES):
        found.probes.append(Place(file.path, 1, 1, _PROBES[file.name]))
    return found.freeze()


def _read_yaml(repository: Repository, file: File, found: Collected) -> None:
    text = repository.text(file)
    if not MARKERS.search(text):
        return
    loaded = load_yaml(text)
    if loaded.fault and any(mark in text for mark in ("{{", "{%", "%{")):
        loaded = _load_template(text)
        if loaded.fault:
            return  # A chart's template that only Helm can read is the Kubernetes tool's to answer for.
    if loaded.fault:
        found.unread.append(Unread(file.path, loaded.fault.reason, loaded.fault.line, not loaded.fault.limit))
    in_chart = file.name.startswith("values") or repository.exists(f"{file.folder}/Chart.yaml")
    for document in loaded.documents:
        form = "chart values" if in_chart and file.name != "Chart.yaml" else "file"
        read_documents(document.value, Origin(file.path, form), found)


def _load_template(text: str) -> Loaded:
    """A template with its control lines blank and its expressions as words, so that what is literal can be read."""
    return load_yaml(_TEMPLATE.sub("TEMPLATED", _TEMPLATE_LINE.sub("", text)))


def _read_json(repository: Repository, file: File, found: Collected) -> None:
    text = repository.text(file)
    origin = Origin(file.path)
    if '"panels"' in text or '"dashboard"' in text:
        if dashboard := read_dashboard(text, origin):
            found.dashboards.append(dashboard)
    elif 's_collected"' in text and (collector := read_text_collector(text, origin)):
        found.collectors.append(collector)
