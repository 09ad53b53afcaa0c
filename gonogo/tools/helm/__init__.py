"""Helm charts of a repository, worked out for the audited environment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from posixpath import normpath
from typing import Any

from gonogo.facts.kubernetes import UNKNOWN
from gonogo.facts.marked import Map, as_text
from gonogo.facts.releases import Release
from gonogo.facts.repository import File, Repository
from gonogo.facts.unread import Unread
from gonogo.facts.wrong import Wrong
from gonogo.model.evidence import Place
from gonogo.tools.environments import same_environment
from gonogo.tools.helm.functions import plain
from gonogo.tools.helm.render import Engine
from gonogo.tools.helm.syntax import TemplateError, Tree, parse
from gonogo.tools.kubernetes.objects import read_objects
from gonogo.tools.yaml_marks import load_yaml

KUBERNETES = "v1.31.0"
_BUILT_IN = re.compile(r"^(?:v1|apps|batch|autoscaling|policy|networking\.k8s\.io|rbac|[a-z.]+\.k8s\.io)(?:/|$)")
_VALUES = re.compile(r"^values?[._-](.+)\.ya?ml$|^(.+)[._-]values\.ya?ml$")
_LONE = re.compile(rf"^(\s*){UNKNOWN}\s*$", re.M)


@dataclass
class Chart:
    """A chart's folder and what is in it."""

    folder: str
    metadata: Map
    values: dict[str, Any]
    templates: list[File] = field(default_factory=list)
    crds: list[File] = field(default_factory=list)
    parts: list[tuple[str, Chart]] = field(default_factory=list)
    """Charts that it depends on and that lie in the repository, with the names of their values."""

    @property
    def name(self) -> str:
        return self.metadata.text("name") or self.folder.rpartition("/")[2]

    @property
    def library(self) -> bool:
        return self.metadata.text("type") == "library"


@dataclass
class Rendering:
    """What a chart makes."""

    bodies: list[Map] = field(default_factory=list)
    remote: list[Place] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    """The charts behind ``remote``, with what the chart sets for them."""
    wrong: list[Wrong] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)


class Charts:
    """All charts of a repository by folder."""

    def __init__(self, repository: Repository, environment: str) -> None:
        self.repository, self.environment = repository, environment
        self.files = {file.folder: file for file in repository.match("Chart.yaml", "Chart.yml")}
        self.wrong: list[Wrong] = []
        self.used: set[str] = set()
        self.trees: dict[str, Tree | Unread] = {}

    def holds(self, path: str) -> bool:
        """Says whether a file is part of a chart."""
        folder = path.rpartition("/")[0]
        while True:
            if folder in self.files:
                return True
            if not folder:
                return False
            folder = folder.rpartition("/")[0]

    def tops(self) -> list[str]:
        """The folders of charts that lie in no other chart, and that some other of the repository does not take in."""
        inner = {folder for folder in self.files if "/charts/" in folder + "/" and self._parent(folder)}
        local = {part for folder in self.files for part in self._local_parts(folder)}
        return sorted(folder for folder in self.files if folder not in inner and folder not in local)

    def _parent(self, folder: str) -> str:
        return next((up for up in _ancestors(folder) if up in self.files and folder.startswith(f"{up}/charts/")), "")

    def _local_parts(self, folder: str) -> Iterator[str]:
        for item in self._metadata(folder).maps("dependencies"):
            where = item.text("repository")
            if where.startswith("file://"):
                yield normpath(f"{folder}/{where[7:]}")

    def _metadata(self, folder: str) -> Map:
        file = self.files[folder]
        return load_yaml(self.repository.text(file), path=file.path).first

    def load(self, folder: str, depth: int = 0) -> Chart:
        """A chart with its values and the charts below it."""
        chart = Chart(folder, self._metadata(folder), self._values(folder))
        prefix = folder + "/" if folder else ""
        for file in self.repository.files:
            if not file.path.startswith(prefix + "templates/") and not file.path.startswith(prefix + "crds/"):
                continue
            if file.path.startswith(prefix + "crds/"):
                chart.crds.append(file)
            elif "/tests/" not in file.path and file.name != "NOTES.txt" and not file.binary:
                chart.templates.append(file)
        if depth < 5:
            for part in sorted(self.files):
                if part != folder and self._parent(part) == folder:
                    chart.parts.append((self._metadata(part).text("name"), self.load(part, depth + 1)))
            names = {item.text("repository"): item for item in chart.metadata.maps("dependencies")}
            for where, item in names.items():
                path = normpath(f"{folder}/{where[7:]}") if where.startswith("file://") else ""
                if path in self.files and path != folder:
                    chart.parts.append((item.text("alias") or item.text("name"), self.load(path, depth + 1)))
        return chart

    def _values(self, folder: str) -> dict[str, Any]:
        """The chart's values with those for the audited environment on top."""
        prefix = folder + "/" if folder else ""
        made: dict[str, Any] = {}
        for path in (prefix + "values.yaml", prefix + "values.yml", *self._environment_values(prefix)):
            file = self.repository.by_path.get(path)
            if file is None:
                continue
            read = load_yaml(self.repository.text(file), path=path)
            if read.fault is not None:
                what = f"{path} does not parse: {read.fault.reason}"
                self.wrong.append(Wrong(what, Place(path, read.fault.line, 0, "syntax")))
            made = _over(made, plain(read.first))
        for file in self._values_beside(prefix):
            found = plain(load_yaml(self.repository.text(file), path=file.path).first)
            known = sum(1 for key in found if key in made)
            if found and known >= max(1, 0.6 * len(found)):
                made = _over(made, found)
        return made

    def _values_beside(self, prefix: str) -> list[File]:
        """Values for the audited environment that lie outside of all charts: ``deploy/prod/values.yaml``."""
        found = []
        for file in self.repository.match("*values*.yaml", "*values*.yml", "values/*.yaml", "environments/**/*.yaml"):
            if file.path.startswith(prefix) or self.holds(file.path):
                continue
            label = file.path.rpartition(".")[0].rpartition("/")
            if same_environment(label[2], self.environment) or same_environment(
                label[0].rpartition("/")[2], self.environment
            ):
                found.append(file)
        return found

    def _environment_values(self, prefix: str) -> list[str]:
        found = []
        for file in self.repository.files:
            if not file.path.startswith(prefix) or not file.decides or not file.name.endswith((".yaml", ".yml")):
                continue
            local = file.path[len(prefix) :]
            folder, _, name = local.rpartition("/")
            match = _VALUES.match(name)
            if not folder and match:
                label = match[1] or match[2]
            elif folder.split("/")[0] in ("values", "environments", "envs", "env", "config"):
                label = f"{folder.partition('/')[2]} {name.rpartition('.')[0]}"
            else:
                continue
            if same_environment(label, self.environment) or any(
                same_environment(part, self.environment) for part in re.split(r"[\s/]", label) if part
            ):
                found.append(file.path)
        return sorted(found)

    def render(self, folder: str) -> Rendering:
        """What the chart at a folder makes."""
        chart = self.load(folder)
        made = Rendering(wrong=self.wrong)
        engine = Engine(files=lambda path: self.repository.text(f"{folder}/{path}" if folder else path) or None)
        pairs = list(_with_values(chart, chart.values))
        for part, _ in pairs:
            for file in part.templates:
                tree = self._tree(file)
                if isinstance(tree, Tree):
                    engine.define(tree)
        for part, values in pairs:
            self._dependencies(part, values, made)
            if not part.library:
                self._render_chart(part, values, engine, made, chart.name)
        return made

    def _dependencies(self, chart: Chart, values: dict[str, Any], made: Rendering) -> None:
        """Charts from elsewhere that it would bring along."""
        here = {name for name, _ in chart.parts} | {part.name for _, part in chart.parts}
        for item in chart.metadata.maps("dependencies"):
            name = item.text("alias") or item.text("name")
            if name in here or item.text("name") in here or not _enabled(item, values):
                continue
            place = Place(item.path, item.line_of("name"), 0, f"chart {item.text('name')}")
            if item.text("name") not in ("common", "library-chart"):
                made.remote.append(place)
                own = values.get(name)
                layers = (own,) if isinstance(own, dict) else ()
                made.releases.append(
                    Release(name, item.text("name"), place, "Helm", layers, version=item.text("version"))
                )

    def _tree(self, file: File) -> Tree | Unread:
        if file.path not in self.trees:
            self.used.add(file.path)
            try:
                self.trees[file.path] = parse(self.repository.text(file))
            except TemplateError as error:
                self.trees[file.path] = Unread(
                    file.path, f"a template that is not understood: {error.reason}", error.line
                )
        return self.trees[file.path]

    def _render_chart(
        self, chart: Chart, values: dict[str, Any], engine: Engine, made: Rendering, release: str
    ) -> None:
        for file in chart.crds:
            found = read_objects(file.path, self.repository.text(file))
            made.bodies += found.bodies
        for file in chart.templates:
            if file.name.startswith("_") or not file.name.endswith((".yaml", ".yml", ".tpl", ".json")):
                continue
            tree = self._tree(file)
            if isinstance(tree, Unread):
                made.unread.append(tree)
                continue
            engine.guesses.clear()
            root = _root(chart, values, release, engine, file.path)
            try:
                rendered = engine.render(tree, root)
            except TemplateError as error:
                made.unread.append(Unread(file.path, error.reason, error.line))
                continue
            except RecursionError:
                made.unread.append(Unread(file.path, "it is nested too deep to be worked out", 1))
                continue
            if not rendered.text.strip():
                continue
            text = _LONE.sub(rf'\1"{UNKNOWN}": "{UNKNOWN}"', rendered.text)
            found = read_objects(file.path, text, rendered.lines)
            made.bodies += found.bodies
            made.unread += found.unread
            made.unread += [Unread(file.path, reason, line) for reason, line in dict.fromkeys(engine.guesses)]


def _ancestors(folder: str) -> Iterator[str]:
    while folder:
        folder = folder.rpartition("/")[0]
        yield folder


def _over(base: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    made = dict(base)
    for key, value in values.items():
        if isinstance(value, dict) and isinstance(made.get(key), dict):
            made[key] = _over(made[key], value)
        elif value is None and key in made:
            made[key] = None
        else:
            made[key] = value
    return made


def _with_values(chart: Chart, values: dict[str, Any]) -> Iterator[tuple[Chart, dict[str, Any]]]:
    """The chart and the ones below it that are switched on, each with its own values."""
    yield chart, values
    switches = {item.text("alias") or item.text("name"): item for item in chart.metadata.maps("dependencies")}
    for name, part in chart.parts:
        if name in switches and not _enabled(switches[name], values):
            continue
        own = values.get(name)
        below = _over(part.values, own if isinstance(own, dict) else {})
        if isinstance(values.get("global"), dict):
            below["global"] = _over(below.get("global") or {}, values["global"])
        yield from _with_values(part, below)


def _enabled(item: Map, values: dict[str, Any]) -> bool:
    for path in filter(None, item.text("condition").split(",")):
        value: Any = values
        for key in path.strip().split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, bool):
            return value
    tags = values.get("tags")
    given = [tags.get(as_text(tag)) for tag in item.seq("tags")] if isinstance(tags, dict) else []
    return not given or any(value is not False for value in given)


def _root(chart: Chart, values: dict[str, Any], release: str, engine: Engine, path: str) -> dict[str, Any]:
    """What ``.`` is at the top of a template."""
    metadata = {key[:1].upper() + key[1:]: plain(value) for key, value in chart.metadata.items()}
    subcharts = {name: {"Values": values.get(name), "Chart": {"Name": part.name}} for name, part in chart.parts}
    return {
        "Values": values,
        "Chart": {**metadata, "Name": chart.name, "Version": as_text(chart.metadata.get("version")) or "0.1.0"}
        | {"AppVersion": as_text(chart.metadata.get("appVersion")), "IsRoot": True},
        "Release": {"Name": release, "Namespace": "", "Service": "Helm", "IsInstall": True, "IsUpgrade": False}
        | {"Revision": 1},
        "Capabilities": {
            "KubeVersion": {"Version": KUBERNETES, "GitVersion": KUBERNETES, "Major": "1", "Minor": "31"},
            # A custom API is taken to be there: what a chart makes where it is must be seen.
            "APIVersions": {"Has": lambda name: bool(_BUILT_IN.match(str(name))) or "." in str(name)},
            "HelmVersion": {"Version": "v3.16.0"},
        },
        "Files": {
            "Get": lambda name: engine.files(str(name)) or "",
            "AsConfig": lambda: "",
        },
        "Template": {"Name": path, "BasePath": path.rpartition("/")[0]},
        "Subcharts": subcharts,
    }
