"""What starts parts of a monitoring stack: compose services, workloads, charts, cloud resources.

Needs: compose, docker, kubernetes, terraform, cloudformation, documents, pipelines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from posixpath import basename, dirname, join, normpath

from gonogo.checks import cloud, scope
from gonogo.checks.stack_parts import Part, parts_of_chart, parts_of_image
from gonogo.facts import Facts
from gonogo.facts.compose import Project, Service
from gonogo.facts.docker import Dockerfile
from gonogo.facts.kinds import Kind
from gonogo.facts.kubernetes import Workload
from gonogo.facts.marked import Map, as_text
from gonogo.facts.resources import ModuleCall, as_tuple
from gonogo.model.evidence import Place

_SWITCHABLE = {
    "alertmanager": Part.ALERTMANAGER,
    "grafana": Part.GRAFANA,
    "promtail": Part.LOG_COLLECTOR,
    "fluent-bit": Part.LOG_COLLECTOR,
}
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


def running_components(facts: Facts) -> tuple[Component, ...]:
    """What the deployment starts by default."""
    found = [*_compose(facts, started=True), *_workloads(facts), *_charts(facts, optional=False), *_cloud(facts)]
    kept: dict[tuple[str, int, str], Component] = {}
    for item in found:
        kept.setdefault((item.at.path, item.at.line, item.chart.rpartition("/")[2] or item.name), item)
    return tuple(kept.values())


def optional_components(facts: Facts) -> tuple[Component, ...]:
    """What only a profile, another compose file or an optional step of the documents starts."""
    return (*_compose(facts, started=False), *_charts(facts, optional=True))


def _compose(facts: Facts, *, started: bool) -> Iterator[Component]:
    running = {id(service) for service in scope.compose_services(facts)}
    for project in facts.compose.projects:
        for service in project.services:
            if (id(service) in running) is started and (component := _service(facts, project, service)):
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
            yield from _helm(facts, step.command.words, step.at, "the documents install")
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
            yield from _helm(facts, run.command.core, run.at, "a pipeline installs")
    for item in facts.kubernetes.of("HelmRelease", "Application", "HelmChart", "HelmChartInflationGenerator"):
        spec = item.spec
        sources = [spec.map("chart").map("spec"), spec, spec.map("source"), *spec.maps("sources")]
        for source in sources:
            values = tuple(_value_files(facts, source))
            texts = [facts.repository.text(path) for path in values] + [source.map("helm").text("values")]
            texts += [_as_text(source.map("helm").map("valuesObject")), _as_text(spec.map("values"))]
            if parts := _chart_parts(source.text("chart"), texts):
                name = f"{item.kind} {item.name}"
                yield Component(parts, name, item.at, values=(item.at.path, *values), chart=source.text("chart"))
    for place in facts.kubernetes.remote:
        for word in place.symbol.replace("@", " ").split():
            if parts := parts_of_chart(word):
                yield Component(parts, f"the chart {word}", place, chart=word)


def _value_files(facts: Facts, source: Map) -> Iterator[str]:
    """The values files of an Argo CD source; ``$name/`` in front stands for another source's root."""
    for item in source.map("helm").seq("valueFiles"):
        path = as_text(item)
        path = path.partition("/")[2] if path.startswith("$") else path
        found = facts.repository.file(path)
        if found is not None:
            yield found.path


def _helm(facts: Facts, words: tuple[str, ...], at: Place, how: str) -> Iterator[Component]:
    if not {"install", "upgrade"} & set(words):
        return
    values = tuple(
        word.partition("=")[2] if "=" in word else after
        for word, after in zip(words, (*words[1:], ""), strict=True)
        if word in ("-f", "--values") or word.startswith("--values=")
    )
    texts = [facts.repository.text(path) for path in values]
    for word in words:
        if parts := _chart_parts(word, texts):
            yield Component(parts, f"the chart {word.rpartition('/')[2]}, which {how}", at, values=values, chart=word)
            return


def _cloud(facts: Facts) -> Iterator[Component]:
    for release in cloud.resources(facts, Kind.HELM_RELEASE):
        chart = str(release.get("chart", ""))
        given = as_tuple(release.get("values"))
        if parts := _chart_parts(chart, map(_as_text, given)):
            yield Component(parts, release.address, release.at, values=tuple(_files(facts, given)), chart=chart)
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


def _as_text(value: object) -> str:
    """Values as YAML-like text, one level deep: what switches a part off stands there."""
    if not isinstance(value, Mapping):
        return str(value)
    lines = []
    for key, inner in value.items():
        lines.append(f"{key}:")
        if isinstance(inner, Mapping):
            lines += [
                f"  {name}: {str(item).lower() if isinstance(item, bool) else item}" for name, item in inner.items()
            ]
    return "\n".join(lines) + "\n"


def _addons(module: ModuleCall) -> Iterator[Component]:
    for flag, chart in _ADDON_FLAGS.items():
        if module.get(flag) is True:
            yield Component(parts_of_chart(chart), f"{module.address} ({flag})", module.place(flag), chart=chart)


def _files(facts: Facts, values: tuple[object, ...]) -> Iterator[str]:
    """Files of the target that a Helm release takes its values from: Terraform has put their text in their place."""
    texts = {text for text in values if isinstance(text, str) and "\n" in text}
    if not texts:
        return
    sizes = {len(text.encode()) for text in texts}
    for file in facts.repository.match("*.yaml", "*.yml"):
        if file.size in sizes and facts.repository.text(file) in texts:
            yield file.path


def _chart_parts(chart: str, texts: Iterable[str]) -> frozenset[Part]:
    """The parts that a chart brings with these values: some of them switch parts off or on."""
    parts = set(parts_of_chart(chart))
    for text in texts:
        parts -= {part for word, part in _SWITCHABLE.items() if _is_off(text, word)}
        if parts & {Part.TELEMETRY_COLLECTOR} and re.search(r"logsCollection:[ ]*\n[ ]+enabled:[ ]*true", text):
            parts.add(Part.LOG_COLLECTOR)
    return frozenset(parts)


def _is_off(text: str, word: str) -> bool:
    """Whether values say ``word: {enabled: false}`` at their top."""
    inside = False
    for line in text.splitlines():
        if line[:1].strip() and not line.startswith("#"):
            inside = line.startswith(f"{word}:")
        elif inside and re.match(r" {1,4}enabled:\s*false\b", line):
            return True
    return False


def containers_of_task(definitions: object) -> tuple[dict[str, object], ...]:
    """The container definitions of an ECS task: a list as it is, or the JSON text of one."""
    if isinstance(definitions, str):
        try:
            definitions = json.loads(definitions)
        except (json.JSONDecodeError, RecursionError):
            return ()
    items = definitions if isinstance(definitions, list | tuple) else ()
    return tuple(dict(item) for item in items if hasattr(item, "keys"))
