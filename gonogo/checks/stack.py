"""The monitoring stack that runs: its components, whatever starts them, and the configuration that each of them loads.

What nothing starts is not part of it: a rules file that no running Prometheus mounts, a compose profile that is off, a
dashboard that no Grafana is given. Needs: monitoring, compose, docker, kubernetes, terraform, cloudformation,
documents, pipelines.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from posixpath import basename, dirname, join, normpath

from gonogo.checks import cloud
from gonogo.checks.derived import derived
from gonogo.checks.stack_parts import Part, parts_of_chart, parts_of_image
from gonogo.facts import Facts
from gonogo.facts.compose import Project, Service
from gonogo.facts.docker import Dockerfile
from gonogo.facts.kinds import Kind
from gonogo.facts.kubernetes import Workload
from gonogo.facts.marked import Map, as_text
from gonogo.facts.monitoring import Origin, PrometheusConfig, Rule
from gonogo.facts.resources import ModuleCall, as_tuple
from gonogo.model.evidence import Place

NEEDS = ("monitoring", "compose", "docker", "kubernetes", "terraform", "cloudformation", "documents", "pipelines")
"""What every check that looks at the stack lists under its needs."""
_ADDON_FLAGS = {
    "enable_kube_prometheus_stack": "kube-prometheus-stack",
    "enable_prometheus": "prometheus",
    "enable_grafana": "grafana",
    "enable_aws_for_fluentbit": "aws-for-fluent-bit",
    "enable_aws_cloudwatch_metrics": "aws-cloudwatch-metrics",
    "enable_datadog_operator": "datadog-operator",
    "enable_fargate_fluentbit": "aws-for-fluent-bit",
}


@dataclass(frozen=True, slots=True)
class Mounted:
    """A path inside a container, and what of the target lies there: a file or folder, or a config map (or one key)."""

    target: str
    source: str = ""
    config_map: str = ""
    key: str = ""


@dataclass(frozen=True)
class Component:
    """Something of a monitoring stack that the deployment starts. ``name`` reads well in a sentence."""

    parts: frozenset[Part]
    name: str
    at: Place
    host: str = ""
    """Its name on the network, where it has one."""
    mounts: tuple[Mounted, ...] = ()
    arguments: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    """Paths of the values files that a chart is installed with."""
    chart: str = ""
    host_paths: tuple[str, ...] = ()
    """Paths of the host that it is given: ``/var/run/docker.sock``, ``/var/log``."""


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
    running = [*_compose(facts, started=True), *_workloads(facts), *_charts(facts, optional=False), *_cloud(facts)]
    optional = [*_compose(facts, started=False), *_charts(facts, optional=True)]
    return Stack(facts, tuple(running), tuple(optional))


def _is_read(component: Component, path: str) -> bool:
    """Whether a Prometheus reads a file at that path: the one that its arguments name, else the default one."""
    for index, word in enumerate(component.arguments):
        for option in ("--config.file", "-config.file", "--promscrape.config", "-promscrape.config", "--config"):
            if word.startswith(option + "="):
                return normpath(word[len(option) + 1 :].strip("'\"")) == path
            if word == option and index + 1 < len(component.arguments):
                return normpath(component.arguments[index + 1]) == path
    return path.startswith("/etc/") or basename(path).startswith(("prometheus", "otel", "config"))


def _compose(facts: Facts, *, started: bool) -> Iterator[Component]:
    for project in facts.compose.projects:
        services = project.services if not project.default else project.started if started else project.opt_in
        if project.default or not started:
            for service in services:
                if component := _service(facts, project, service):
                    yield component


def _service(facts: Facts, project: Project, service: Service) -> Component | None:
    parts = parts_of_image(service.image) if service.image else frozenset()
    mounts = [
        Mounted(mount.target, normpath(join(project.folder, mount.source)))
        for mount in service.mounts
        if mount.kind == "bind" and not mount.source.startswith(("/", "~", "$"))
    ]
    mounts += _configs(project, service)
    dockerfile = facts.docker.at(service.build.dockerfile) if service.build else None
    if dockerfile is not None and service.build is not None:
        parts = parts or parts_of_image(dockerfile.base)
        mounts += _copied(dockerfile, service.build.context)
    if not parts:
        return None
    return Component(
        parts=parts,
        name=f"the compose service {service.name}",
        at=service.at,
        host=service.name,
        mounts=tuple(mounts),
        arguments=_words(service.spec.get("command")) + _words(service.spec.get("entrypoint")),
        host_paths=tuple(mount.source for mount in service.mounts if mount.source.startswith(("/", "$", "~"))),
    )


def _configs(project: Project, service: Service) -> Iterator[Mounted]:
    """Compose's own configs."""
    tops = project.spec.map("configs")
    for item in service.spec.seq("configs"):
        name = item.text("source") if isinstance(item, Map) else as_text(item)
        target = item.text("target") if isinstance(item, Map) else ""
        if file := tops.map(name).text("file"):
            yield Mounted(target or f"/{name}", normpath(join(project.folder, file)))


def _copied(dockerfile: Dockerfile, context: str) -> Iterator[Mounted]:
    """What a Dockerfile puts into its image."""
    folder = context or (dockerfile.contexts[0] if dockerfile.contexts else dirname(dockerfile.path))
    for stage in dockerfile.line_of_final:
        for item in stage.all("COPY", "ADD"):
            if item.flag("from") or len(item.words) < 2:
                continue
            *sources, target = item.words
            for source in sources:
                path = normpath(join(folder, source))
                into = target.endswith("/") and "." in basename(source)
                yield Mounted(join(target, basename(source)) if into else target, path)


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(word for item in value for word in as_text(item).split())
    return tuple(as_text(value).split())


def _workloads(facts: Facts) -> Iterator[Component]:
    for workload in facts.kubernetes.workloads:
        for container in workload.mains:
            if parts := parts_of_image(container.image):
                yield Component(
                    parts=parts,
                    name=f"{workload.kind} {workload.name}",
                    at=container.at,
                    host=workload.name,
                    mounts=tuple(_volumes(workload, container.spec)),
                    arguments=_words(container.spec.get("args")) + _words(container.spec.get("command")),
                    host_paths=tuple(v.map("hostPath").text("path") for v in workload.pod.maps("volumes")),
                )
    for item in facts.kubernetes.of("Prometheus", "VMSingle", "VMCluster", "VMAgent"):
        if item.group.startswith(("monitoring.coreos.com", "operator.victoriametrics.com")):
            yield Component(frozenset({Part.OPERATOR, Part.PROMETHEUS}), f"{item.kind} {item.name}", item.at)
    for item in facts.kubernetes.of("Alertmanager", "VMAlertmanager"):
        yield Component(frozenset({Part.ALERTMANAGER}), f"{item.kind} {item.name}", item.at)
    for item in facts.kubernetes.of(
        "OpenTelemetryCollector", "ClusterLogForwarder", "Logging", "FluentBit", "DatadogAgent"
    ):
        part = Part.TELEMETRY_COLLECTOR if item.kind == "OpenTelemetryCollector" else Part.LOG_COLLECTOR
        yield Component(frozenset({part}), f"{item.kind} {item.name}", item.at)


def _volumes(workload: Workload, container: Map) -> Iterator[Mounted]:
    volumes = {volume.text("name"): volume for volume in workload.pod.maps("volumes")}
    for mount in container.maps("volumeMounts"):
        volume = volumes.get(mount.text("name"))
        if volume is None:
            continue
        parts = [volume, *volume.map("projected").maps("sources")]
        for part in parts:
            name = part.map("configMap").text("name") or part.map("secret").text("secretName")
            name = name or part.map("secret").text("name")
            if name:
                yield Mounted(mount.text("mountPath"), config_map=name, key=mount.text("subPath"))


def _charts(facts: Facts, *, optional: bool) -> Iterator[Component]:
    """Charts that the documents' or a pipeline's commands, or objects of a delivery controller, install."""
    for step in facts.documents.deployment:
        if step.tool == "helm" and step.optional is optional:
            yield from _helm(step.command.words, step.at, "the documents install")
        elif (
            step.tool in ("kubectl", "kustomize")
            and step.optional is optional
            and "prometheus-operator" in step.command.text
        ):
            yield Component(frozenset({Part.OPERATOR}), f"the documents apply ({step.command.text})", step.at)
    if optional:
        return
    for run in facts.pipelines.runs("helm"):
        if run.command:
            yield from _helm(run.command.core, run.at, "a pipeline installs")
    for item in facts.kubernetes.of("HelmRelease", "Application", "HelmChart", "HelmChartInflationGenerator"):
        spec = item.spec
        sources = [spec.map("chart").map("spec"), spec, spec.map("source"), *spec.maps("sources")]
        for source in sources:
            if parts := parts_of_chart(source.text("chart")):
                name = f"{item.kind} {item.name}"
                yield Component(parts, name, item.at, values=(item.at.path,), chart=source.text("chart"))
    for place in facts.kubernetes.remote:
        for word in place.symbol.replace("@", " ").split():
            if parts := parts_of_chart(word):
                yield Component(parts, f"the chart {word}", place, chart=word)


def _helm(words: tuple[str, ...], at: Place, how: str) -> Iterator[Component]:
    if not {"install", "upgrade"} & set(words):
        return
    values = tuple(
        word.partition("=")[2] if "=" in word else after
        for word, after in zip(words, (*words[1:], ""), strict=True)
        if word in ("-f", "--values") or word.startswith("--values=")
    )
    for word in words:
        if parts := parts_of_chart(word):
            yield Component(parts, f"the chart {word.rpartition('/')[2]}, which {how}", at, values=values, chart=word)
            return


def _cloud(facts: Facts) -> Iterator[Component]:
    for release in cloud.resources(facts, Kind.HELM_RELEASE):
        if parts := parts_of_chart(str(release.get("chart", ""))):
            values = tuple(_files(facts, release.get("values"), release.root))
            yield Component(parts, release.address, release.at, values=values, chart=str(release.get("chart")))
    for addon in cloud.resources(facts, "aws_eks_addon"):
        if parts := parts_of_chart(str(addon.get("addon_name", ""))):
            yield Component(parts, addon.address, addon.at, chart=str(addon.get("addon_name")))
    for task in cloud.resources(facts, Kind.TASK_DEFINITION):
        for container in containers_of_task(task.get("container_definitions")):
            if parts := parts_of_image(str(container.get("image", ""))):
                yield Component(parts, f"{task.address}:{container.get('name', '')}", task.at)
    for module in facts.terraform.modules():
        yield from _addons(module)
    for workspace in cloud.resources(facts, "aws_prometheus_workspace", "azurerm_monitor_workspace"):
        yield Component(frozenset({Part.PROMETHEUS}), workspace.address, workspace.at)
    for workspace in cloud.resources(facts, "aws_grafana_workspace", "azurerm_dashboard_grafana"):
        yield Component(frozenset({Part.GRAFANA}), workspace.address, workspace.at)


def _addons(module: ModuleCall) -> Iterator[Component]:
    for flag, chart in _ADDON_FLAGS.items():
        if module.get(flag) is True:
            yield Component(parts_of_chart(chart), f"{module.address} ({flag})", module.place(flag), chart=chart)


def _files(facts: Facts, values: object, root: str) -> Iterator[str]:
    """Files of the target that a Helm release takes its values from."""
    for value in as_tuple(values):
        text = str(value)
        for word in text.replace('"', " ").replace("'", " ").replace("(", " ").replace(")", " ").split():
            if word.endswith((".yml", ".yaml", ".tpl", ".tftpl")):
                path = word.replace("${path.module}/", "").replace("${path.root}/", "")
                yield normpath(join(root, path))


def containers_of_task(definitions: object) -> tuple[dict[str, object], ...]:
    """The container definitions of an ECS task: a list as it is, or the JSON text of one."""
    if isinstance(definitions, str):
        try:
            definitions = json.loads(definitions)
        except (json.JSONDecodeError, RecursionError):
            return ()
    items = definitions if isinstance(definitions, list | tuple) else ()
    return tuple(dict(item) for item in items if hasattr(item, "keys"))
