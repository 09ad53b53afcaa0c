"""The monitoring stack that runs: its components, whatever starts them, and the configuration that each of them loads.

What nothing starts is not part of it: a rules file that no running Prometheus mounts, a compose profile that is off, a
dashboard that no Grafana is given. Needs: monitoring, compose, docker, kubernetes, terraform, cloudformation,
documents, pipelines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from posixpath import basename, dirname, join, normpath

from gonogo.checks import cloud
from gonogo.checks.derived import derived
from gonogo.checks.stack_components import Component, optional_components, running_components
from gonogo.checks.stack_parts import Part
from gonogo.facts import Facts
from gonogo.facts.monitoring import Origin, PrometheusConfig, Rule
from gonogo.facts.repository import File

NEEDS = ("monitoring", "compose", "docker", "kubernetes", "terraform", "cloudformation", "documents", "pipelines")
"""What every check that looks at the stack lists under its needs."""


@dataclass(frozen=True)
class Stack:
    """What runs, and what only an option would start."""

    facts: Facts
    components: tuple[Component, ...]
    optional: tuple[Component, ...]

    def running(self, *parts: Part) -> tuple[Component, ...]:
        """The components that are one of these parts."""
        return tuple(item for item in self.components if item.parts & set(parts))

    def off(self, *parts: Part) -> tuple[Component, ...]:
        """The components of these parts that nothing starts by default."""
        return tuple(item for item in self.optional if item.parts & set(parts))

    def loader(self, origin: Origin, *parts: Part) -> Component | None:
        """The running component of these parts that is given this configuration."""
        return next((item for item in self.running(*parts) if self.gives(item, origin)), None)

    def gives(self, component: Component, origin: Origin) -> bool:
        """Says whether a component is given a piece of configuration."""
        if origin.form == "custom resource":
            return Part.OPERATOR in component.parts and self.applies(origin)
        if origin.form == "chart values":
            return self._takes_values(component, origin)
        return bool(self.paths_of(component, origin)) or self._by_sidecar(component, origin)

    def applies(self, origin: Origin) -> bool:
        """Says whether a custom resource or config map is among the objects that the deployment applies."""
        objects = self.facts.kubernetes.of(origin.kind or "ConfigMap")
        return any(item.name == origin.name or item.at.path == origin.path for item in objects)

    def paths_of(self, component: Component, origin: Origin) -> tuple[str, ...]:
        """The paths inside a component at which a file or a config map's key lies."""
        found: list[str] = []
        for mount in component.mounts:
            if origin.form == "config map":
                if mount.config_map == origin.name and mount.key in ("", origin.key):
                    found.append(mount.target if mount.key else join(mount.target, origin.key))
            elif mount.source and origin.path == mount.source:
                found.append(mount.target)
            elif mount.source and origin.path.startswith(mount.source.rstrip("/") + "/"):
                found.append(join(mount.target, origin.path[len(mount.source.rstrip("/")) + 1 :]))
            elif mount.config_map and self._generated(mount.config_map, origin):
                found.append(join(mount.target, basename(origin.path)) if not mount.key else mount.target)
        return tuple(map(normpath, found))

    def configs(self) -> tuple[tuple[PrometheusConfig, Component, str], ...]:
        """The Prometheus configurations that something runs, each with who runs it and its path there."""
        found: list[tuple[PrometheusConfig, Component, str]] = []
        for config in self.facts.monitoring.prometheus:
            parts = (Part.PROMETHEUS, Part.TELEMETRY_COLLECTOR)
            for component in self.running(*parts):
                if config.origin.form in ("chart values", "custom resource") and self.gives(component, config.origin):
                    found.append((config, component, ""))
                    continue
                for path in self.paths_of(component, config.origin):
                    if _is_read(component, path):
                        found.append((config, component, path))
        return tuple(found)

    def loads(self, rule: Rule) -> Component | None:
        """The running component that evaluates a rule; None where nothing does."""
        if rule.origin.form == "custom resource":
            if rule.origin.kind in ("Rules", "ClusterRules", "GlobalRules"):
                return self._managed(rule.origin)
            return self.loader(rule.origin, Part.OPERATOR)
        if rule.language == "grafana":
            return self.loader(rule.origin, Part.GRAFANA)
        if rule.origin.form == "chart values":
            return self.loader(rule.origin, Part.PROMETHEUS, Part.LOG_STORE)
        if rule.language == "logql" and (store := self.loader(rule.origin, Part.LOG_STORE)):
            return store
        return next((found for found in self._readers(rule)), None)

    def alerting_configs(self) -> Iterator[tuple[PrometheusConfig | None, Component]]:
        """What evaluates rules and knows an Alertmanager: configurations, charts and operators that bring one."""
        for config, component, _ in self.configs():
            if config.alertmanagers:
                yield config, component
        for component in self.running(Part.OPERATOR, Part.PROMETHEUS):
            if Part.ALERTMANAGER in component.parts:
                yield None, component

    def _readers(self, rule: Rule) -> Iterator[Component]:
        for config, component, path in self.configs():
            for place in self.paths_of(component, rule.origin):
                for glob in config.rule_globs:
                    pattern = normpath(glob if glob.startswith("/") else join(dirname(path), glob))
                    if fnmatch(place, pattern):
                        yield component

    def _generated(self, name: str, origin: Origin) -> bool:
        """Whether a config map that kustomize makes holds a plain file under its own name."""
        key = basename(origin.path)
        return any(
            item.name == name and key in item.body.map("data") and item.at.path != origin.path
            for item in self.facts.kubernetes.of("ConfigMap")
        )

    def _by_sidecar(self, component: Component, origin: Origin) -> bool:
        """Charts load config maps that carry a label (``grafana_dashboard: "1"``) through a sidecar."""
        names = {key for key, _ in origin.labels}
        return (
            bool(component.chart) and bool(names & {"grafana_dashboard", "grafana_datasource"}) and self.applies(origin)
        )

    def _takes_values(self, component: Component, origin: Origin) -> bool:
        if origin.path in component.values:
            return True
        return bool(component.chart) and dirname(component.at.path) == dirname(origin.path)

    def _managed(self, origin: Origin) -> Component | None:
        """Google's managed Prometheus is part of a GKE cluster; its rules need nothing else."""
        clusters = cloud.resources(self.facts, "google_container_cluster", "google_container_autopilot_cluster")
        if not clusters or not self.applies(origin):
            return None
        return Component(frozenset({Part.OPERATOR}), f"the managed Prometheus of {clusters[0].address}", clusters[0].at)


@derived(*NEEDS)
def stack_of(facts: Facts) -> Stack:
    """The monitoring stack of a target."""
    return Stack(facts, running_components(facts), optional_components(facts))


def configuration_files(facts: Facts) -> tuple[File, ...]:
    """YAML, rules and infrastructure code of a size that people write: what a search for monitoring reads."""
    found = facts.repository.match("*.yml", "*.yaml", "*.rules", "*.tf", "*.tpl", "*.conf", "*.toml")
    return tuple(file for file in found if file.size < 200_000 and "lock" not in file.name)


def _is_read(component: Component, path: str) -> bool:
    """Whether a Prometheus reads a file at that path: the one that its arguments name, else the default one."""
    for index, word in enumerate(component.arguments):
        for option in ("--config.file", "-config.file", "--promscrape.config", "-promscrape.config", "--config"):
            if word.startswith(option + "="):
                return normpath(word[len(option) + 1 :].strip("'\"")) == path
            if word == option and index + 1 < len(component.arguments):
                return normpath(component.arguments[index + 1]) == path
    return path.startswith("/etc/") or basename(path).startswith(("prometheus", "otel", "config"))
