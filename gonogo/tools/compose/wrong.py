"""What ``docker compose up`` would refuse in a project, or would not find."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.facts.compose import Project, Service
from gonogo.facts.marked import Map, Seq, as_text
from gonogo.facts.repository import Repository
from gonogo.facts.wrong import Wrong
from gonogo.tools.compose.service import resolve

_TEMPLATES = (
    "{}.example",
    "{}.sample",
    "{}.template",
    "{}.dist",
    "{}.tmpl",
    "{}.default",
    "example{}",
    "sample{}",
    "{}-example",
    "{}-sample",
)
_CONFIGURATION = re.compile(
    r"\.(conf|cnf|ya?ml|json|sh|sql|toml|xml|ini|cfg|properties|rules|hcl|lua|js|py|template)$", re.I
)
_LATER = re.compile(
    r"(^|/)(\.env[^/]*|data|logs?|tmp|backups?|certs?|ssl|secrets?|keys?|acme\.json|node_modules|dist|build|target|out)(/|$)"
)


def faults_of(repository: Repository, project: Project) -> list[Wrong]:
    """Syntax that compose refuses, and references to what the project or the repository does not have."""
    found = [Wrong(f"{path} is included or extended but is not there", place, True) for path, place in project.missing]
    for service in project.services:
        found += _service(repository, project, service)
    return found


def _service(repository: Repository, project: Project, service: Service) -> Iterator[Wrong]:
    name = f"compose service {service.name}"
    if not service.image and service.build is None and "provider" not in service.spec:
        yield Wrong(f"{name} has neither image nor build", service.at)
    for other, _ in service.depends_on:
        if project.service(other) is None:
            yield Wrong(f"{name} depends on {other}, which is no service", service.place("depends_on"), True)
    for kind in ("networks", "secrets", "configs"):
        known = project.spec.map(kind)
        for wanted in _names(service.spec.get(kind)):
            if wanted not in known and not (kind == "networks" and wanted == "default") and "$" not in wanted:
                yield Wrong(f"{name} uses the {kind[:-1]} {wanted}, which is not defined", service.place(kind), True)
    for mount in service.mounts:
        plain = mount.kind == "volume" and mount.source and not mount.source.startswith(("$", "npipe"))
        if (
            plain
            and "$" not in mount.source
            and mount.source not in project.spec.map("volumes")
            and "/" not in mount.source
        ):
            yield Wrong(f"{name} uses the volume {mount.source}, which is not defined", mount.at, True)
    yield from _files(repository, project, service, name)


def _files(repository: Repository, project: Project, service: Service, name: str) -> Iterator[Wrong]:
    build = service.build
    if (
        build is not None
        and not build.remote
        and "$" not in build.context
        and not build.context.startswith(("..", "/"))
    ):
        if not repository.exists(build.context or "."):
            yield Wrong(f"{name} builds in {build.context}, which does not exist", build.at, True)
        elif _inside(build.dockerfile) and not repository.exists(build.dockerfile):
            yield Wrong(f"{name} builds with {build.dockerfile}, which does not exist", build.at, True)
    for file in service.env_files:
        if (
            file.required
            and _inside(file.path)
            and not repository.exists(file.path)
            and not _has_template(repository, file.path)
        ):
            yield Wrong(f"{name} reads the env file {file.path}, which does not exist", file.at, True)
    for mount in service.mounts:
        if mount.kind == "bind" and mount.source.startswith(".") and "$" not in mount.source:
            path = resolve(project.folder, mount.source)
            looks = _CONFIGURATION.search(path) and not _LATER.search(path) and not path.startswith("..")
            if looks and not repository.exists(path):
                yield Wrong(f"{name} mounts {path}, which does not exist", mount.at, True)
    for kind in ("configs", "secrets"):
        for used in _names(service.spec.get(kind)):
            body = project.spec.map(kind).map(used)
            path = resolve(project.folder, body.text("file")) if body.text("file").startswith((".", "config")) else ""
            if (
                kind == "configs"
                and path
                and "$" not in path
                and not path.startswith("..")
                and not repository.exists(path)
            ):
                yield Wrong(
                    f"{name} uses the config {used} from {path}, which does not exist", body.place("file"), True
                )


def _inside(path: str) -> bool:
    """Says whether a path is known and lies in the target."""
    return bool(path) and "$" not in path and not path.startswith(("/", "..", "~"))


def _has_template(repository: Repository, path: str) -> bool:
    """An env file is often made from a committed template, and kept out of the repository for its secrets."""
    folder, _, name = path.rpartition("/")
    prefix = folder + "/" if folder else ""
    others = [prefix + template.format(name) for template in _TEMPLATES]
    stem = name.removeprefix(".env").strip(".")
    others += [f"{prefix}env.{word}" for word in ("example", "sample", "template")]
    others += [f"{prefix}.env.{word}" for word in ("example", "sample", "template", "dist")]
    others += [f"{prefix}.env.{stem}.{word}" for word in ("example", "sample", "template")] if stem else []
    return any(repository.exists(other) for other in others)


def _names(value: object) -> list[str]:
    if isinstance(value, Map):
        return list(value)
    if isinstance(value, Seq):
        return [item.text("source") if isinstance(item, Map) else as_text(item) for item in value]
    return []
