"""Charts and manifests from elsewhere that controllers, overlays, helmfiles and scripts install."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from posixpath import join, normpath
from typing import Any

from gonogo.facts.kubernetes import Object
from gonogo.facts.marked import Map, as_text
from gonogo.facts.releases import Release
from gonogo.facts.repository import File, Repository
from gonogo.model.evidence import Place
from gonogo.tools.yaml_marks import load_yaml

Layers = tuple[Mapping[str, Any], ...]
_SCRIPTS = (
    *("*.sh", "Makefile*", "*.mk", "justfile", "Taskfile.y*ml", "Jenkinsfile*", ".gitlab-ci.yml"),
    *(".github/workflows/*.yml", ".github/workflows/*.yaml", "azure-pipelines.y*ml"),
)
_COMMAND = re.compile(r"\b(helm\s+(?:upgrade|install)\b|kubectl\s+(?:\S+\s+){0,4}?(?:apply|create)\s)")
_WITH_VALUE = frozenset(
    (
        *("-n", "--namespace", "-f", "--values", "--set", "--set-string", "--set-file", "--set-json", "--version"),
        *("--repo", "--timeout", "--kube-context", "--description", "--history-max", "--kubeconfig"),
    )
)
_CHART = re.compile(r"^(?:oci://\S+/)?[A-Za-z0-9][\w.-]*(?:/[\w.-]+)?$")
_ELSEWHERE = re.compile(r"(?:^|[/_.-])(?:kind|minikube|k3d|k3s|local|dev|test|tests|e2e|staging)(?:$|[/_.-])", re.I)
"""Scripts by these names set up a cluster for development."""
MOST_BYTES = 400_000


def controlled(item: Object, repository: Repository) -> Iterator[Release]:
    """What an object of Argo CD, Flux or the Helm controller of k3s installs from elsewhere."""
    if item.kind == "HelmRelease":
        spec = item.spec.map("chart").map("spec")
        if _is_elsewhere(spec.text("chart")):
            given = (item.spec.map("values"),)
            unread = bool(item.spec.seq("valuesFrom"))
            space = item.spec.text("targetNamespace") or item.namespace
            yield _release(item, spec.text("chart"), "Flux", given, spec.text("version"), space, whole=not unread)
    elif item.kind in ("HelmChart", "HelmApp") and _is_elsewhere(item.spec.text("chart")):
        layers: Layers = (_parsed(item.spec, "valuesContent"), _settings(item.spec.map("set").items()))
        space = item.spec.text("targetNamespace")
        yield _release(item, item.spec.text("chart"), "Helm", layers, item.spec.text("version"), space)
    elif item.group == "argoproj.io" and item.kind in ("Application", "ApplicationSet"):
        spec = item.spec if item.kind == "Application" else item.spec.map("template").map("spec")
        space = spec.map("destination").text("namespace")
        for source in (spec.map("source"), *spec.maps("sources")):
            if source.text("chart"):
                layers, whole = _argo_values(source.map("helm"), repository)
                version = source.text("targetRevision")
                yield _release(item, source.text("chart"), "Argo CD", layers, version, space, whole=whole)


def _is_elsewhere(chart: str) -> bool:
    """A chart of this repository is read where it lies."""
    return bool(chart) and not chart.startswith(("./", "../"))


def _release(
    item: Object, chart: str, by: str, layers: Layers, version: str, namespace: str, *, whole: bool = True
) -> Release:
    chart = chart.rpartition("/")[2]
    place = Place(item.at.path, item.at.line, 0, f"chart {chart}")
    kept = tuple(layer for layer in layers if layer)
    return Release(item.name, chart, place, by, kept, whole, version, namespace)


def _argo_values(helm: Map, repository: Repository) -> tuple[Layers, bool]:
    """The values of a source: files, weakest first, then what stands in the Application itself."""
    found: list[Mapping[str, Any]] = []
    whole = True
    for item in helm.seq("valueFiles"):
        path = as_text(item)
        file = repository.file(normpath(path.partition("/")[2])) if path.startswith("$") else None
        whole = whole and file is not None
        if file is not None:
            found.append(_file(repository, file))
    found += [_parsed(helm, "values"), helm.map("valuesObject")]
    found.append(_settings((item.text("name"), item.get("value")) for item in helm.maps("parameters")))
    return tuple(found), whole


def _file(repository: Repository, file: File) -> Map:
    if file.binary or file.size > MOST_BYTES:
        return Map()
    first = load_yaml(repository.text(file), path=file.path).first
    return first if isinstance(first, Map) else Map()


def _parsed(body: Map, key: str) -> Map:
    """YAML that stands as a text in YAML; the line of a block's first value is the one after its key."""
    text = body.text(key)
    if not text or len(text) > MOST_BYTES:
        return Map()
    first = load_yaml(text, path=body.path, first_line=body.line_of(key) + 1).first
    return first if isinstance(first, Map) else Map()


def _settings(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """What ``--set a.b=c`` says, as nested values."""
    made: dict[str, Any] = {}
    for name, value in pairs:
        *parents, last = re.split(r"(?<!\\)\.", name)
        inner = made
        for key in parents:
            below = inner.setdefault(key, {})
            if not isinstance(below, dict):
                break
            inner = below
        else:
            inner[last.replace("\\.", ".")] = {"true": True, "false": False}.get(as_text(value), value)
    return made


def inflated(configurations: Iterable[Map], repository: Repository, taken: frozenset[tuple[str, int]]) -> list[Release]:
    """Charts that deciding kustomizations inflate."""
    found = []
    for body in configurations:
        folder = body.path.rpartition("/")[0]
        for key in ("helmCharts", "helmChartInflationGenerator"):
            for item in body.maps(key):
                name = item.text("name") or item.text("chartName")
                if not name or (body.path, item.line) not in taken:
                    continue
                file = repository.file(normpath(join(folder, item.text("valuesFile") or item.text("values"))))
                layers = (_file(repository, file) if file else Map(), item.map("valuesInline"))
                place = Place(body.path, item.line, 0, f"chart {name}")
                kept = tuple(layer for layer in layers if layer)
                title, space = item.text("releaseName") or name, item.text("namespace")
                found.append(Release(title, name, place, "kustomize", kept, True, item.text("version"), space))
    return found


def helmfiles(repository: Repository) -> Iterator[Release]:
    """Releases of helmfiles."""
    for file in repository.match("helmfile.yaml", "helmfile.yml", "helmfile.d/*.yaml", "helmfile.d/*.yml"):
        for release in _file(repository, file).maps("releases"):
            chart = release.text("chart")
            if not _CHART.match(chart) or repository.exists(normpath(join(file.folder, chart))):
                continue
            if release.get("installed") is False:
                continue
            layers: list[Mapping[str, Any]] = []
            whole = True
            for item in release.seq("values"):
                named = repository.file(normpath(join(file.folder, item))) if isinstance(item, str) else None
                whole = whole and (named is not None or isinstance(item, Map))
                layers += [_file(repository, named)] if named else [item] if isinstance(item, Map) else []
            layers.append(_settings_map(release))
            short = chart.rpartition("/")[2]
            place = Place(file.path, release.line, 0, f"chart {short}")
            kept = tuple(layer for layer in layers if layer)
            title, space = release.text("name"), release.text("namespace")
            yield Release(title, short, place, "helmfile", kept, whole, release.text("version"), space)


def _settings_map(release: Map) -> dict[str, Any]:
    return _settings((item.text("name"), item.get("value")) for item in release.maps("set"))


def scripted(repository: Repository) -> Iterator[Release]:
    """What scripts, make files and pipelines install with helm or kubectl from elsewhere."""
    for file in repository.match(*_SCRIPTS):
        if file.binary or file.size > MOST_BYTES or _ELSEWHERE.search(file.local):
            continue
        text = repository.text(file)
        if "helm" not in text and "kubectl" not in text:
            continue
        lines = text.splitlines()
        for number, line in enumerate(lines, 1):
            match = _COMMAND.search(line)
            if match is None or line.lstrip().startswith(("#", "//", "echo ", "@echo", "printf")):
                continue
            if re.search(r"\becho\b|--dry-run", line[: match.start()]):
                continue
            command = line[match.start() :]
            last = number
            while command.rstrip().endswith("\\") and last < len(lines) and last - number < 40:
                command = command.rstrip()[:-1] + " " + lines[last]
                last += 1
            yield from _commanded(repository, file, number, command)


def _commanded(repository: Repository, file: File, number: int, command: str) -> Iterator[Release]:
    try:
        words = shlex.split(re.split(r"&&|\|\||;|\s\|\s", command)[0], comments=True)
    except ValueError:
        words = command.split()
    if "--dry-run" in command:
        return
    if words[0] == "kubectl":
        for word in words:
            if re.match(r"https?://[^$\s]+\.ya?ml", word):
                yield Release("", word, Place(file.path, number, 0, word), "script")
        return
    plain, values, sets, options = [], [], [], dict[str, str]()
    rest = iter(words[2:])
    for word in rest:
        if word.startswith("-"):
            name, _, given = word.partition("=")
            value = given or (next(rest, "") if name in _WITH_VALUE else "")
            options[name] = value
            values += [value] if name in ("-f", "--values") else []
            sets += re.split(r"(?<!\\),", value) if name in ("--set", "--set-string") else []
        else:
            plain.append(word)
    if len(plain) < 2 or not _CHART.match(plain[1]):
        return
    outside = "/" in plain[1] or "--repo" in options
    if not outside or any(repository.exists(normpath(f"{at}/{plain[1]}")) for at in (".", file.folder or ".")):
        return
    files = [repository.file(path) or repository.file(join(file.folder, path)) for path in map(normpath, values)]
    layers = [_file(repository, found) for found in files if found] + [
        _settings((name, value) for name, _, value in (pair.partition("=") for pair in sets))
    ]
    chart = plain[1].rpartition("/")[2]
    place = Place(file.path, number, 0, f"chart {chart}")
    kept = tuple(layer for layer in layers if layer)
    space = options.get("-n") or options.get("--namespace", "")
    yield Release(plain[0], chart, place, "script", kept, None not in files, options.get("--version", ""), space)
