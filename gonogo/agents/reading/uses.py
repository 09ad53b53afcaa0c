"""Uses of files, resources and names that the tools worked out: imports, mounts, builds, calls, links."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname, join, normpath
from typing import TypeVar

from gonogo.facts import Facts
from gonogo.facts.cloudformation import CloudFormation
from gonogo.facts.code import Code
from gonogo.facts.compose import Compose
from gonogo.facts.docker import Docker
from gonogo.facts.documents import Documents
from gonogo.facts.pipelines import Pipelines
from gonogo.facts.repository import File
from gonogo.facts.terraform import Terraform
from gonogo.model.evidence import Place

T = TypeVar("T")
Use = tuple[Place, str]


def file_uses(facts: Facts, file: File) -> Iterator[Use]:
    """Who imports, mounts, builds, runs, calls or links a file."""
    path = file.path
    for code in _read(facts, "code", Code):
        yield from ((item.at, "imports it") for f in code.files for item in f.imports if item.local == path)
    for documents in _read(facts, "documents", Documents):
        for document in documents.documents:
            yield from ((link.at, "links to it") for link in (*document.links, *document.names) if link.local == path)
    for compose in _read(facts, "compose", Compose):
        yield from _composed(compose, path)
    for docker in _read(facts, "docker", Docker):
        yield from _built(docker, path)
    for pipelines in _read(facts, "pipelines", Pipelines):
        yield from _run(pipelines, file)
    for terraform in _read(facts, "terraform", Terraform):
        yield from ((m.at, "calls its module") for m in terraform.all_modules if m.source and m.source == file.folder)


def resource_uses(facts: Facts, address: str) -> Iterator[Use]:
    """Where a resource is defined, and which resources and module calls name it."""
    resources = [r for terraform in _read(facts, "terraform", Terraform) for r in terraform.all_resources]
    resources += [r for templates in _read(facts, "cloudformation", CloudFormation) for r in templates.all_resources]
    for resource in resources:
        if address in (resource.address, resource.base):
            yield resource.at, "defines it"
        elif address in resource.references():
            yield resource.at, "refers to it"
    for terraform in _read(facts, "terraform", Terraform):
        for root in terraform.roots:
            if address.startswith("var.") and (variable := root.variables.get(address[4:])) is not None:
                yield variable.at, "defines it"
                if variable.set_at is not None:
                    yield variable.set_at, "sets it"


def name_uses(facts: Facts, name: str) -> Iterator[Use]:
    """Where code defines, calls or sets a name, and where an environment variable is read or set."""
    last = name.rpartition(".")[2]
    for code in _read(facts, "code", Code):
        for file in code.files:
            yield from ((d.at, "defines it") for d in file.definitions if _is_named(d.name, name, last))
            yield from ((a.at, "sets it") for a in file.assignments if a.name == name)
            yield from ((e.at, "reads it from the environment") for e in file.env if e.name == name)
            yield from ((c.at, "calls it") for c in file.calls if name in (c.name, c.raw, c.method))
    for compose in _read(facts, "compose", Compose):
        for project in compose.projects:
            for service in project.services:
                yield from ((v.at, "sets it") for v in service.environment if v.name == name)
                if service.name == name:
                    yield service.at, "defines it"
                elif any(other == name for other, _ in service.depends_on):
                    yield service.place("depends_on"), "depends on it"


def _is_named(defined: str, name: str, last: str) -> bool:
    return defined == name or defined.rpartition(".")[2] == (name if "." not in name else last)


def _composed(compose: Compose, path: str) -> Iterator[Use]:
    for project in compose.projects:
        for service in project.services:
            for mount in service.mounts:
                source = normpath(join(project.folder, mount.source))
                if mount.kind == "bind" and (path == source or path.startswith(source + "/")):
                    yield mount.at, "mounts it"
            yield from ((env.at, "takes its environment from it") for env in service.env_files if env.path == path)
            if service.build is not None and service.build.dockerfile == path:
                yield service.build.at, "builds with it"


def _built(docker: Docker, path: str) -> Iterator[Use]:
    for file in docker.files:
        if file.path == path:
            yield from ((place, "builds with it") for place in file.used_by)
        contexts = file.contexts or (dirname(file.path),)
        for stage in file.stages:
            for item in stage.all("COPY", "ADD"):
                sources = {normpath(join(context, word)) for context in contexts for word in item.words[:-1]}
                if any(path == source or path.startswith(source + "/") for source in sources):
                    yield item.at, "copies it into an image"


def _run(pipelines: Pipelines, file: File) -> Iterator[Use]:
    for run in pipelines.all_runs:
        words = run.command.words if run.command else (run.step.uses,)
        if any(normpath(join(run.folder.replace("?", ""), word)) == file.path for word in words if word):
            yield run.at, "runs it"
        elif run.command is None and normpath(run.step.uses or ".") in (file.path, file.folder or "."):
            yield run.at, "uses it"


def _read(facts: Facts, tool: str, kind: type[T]) -> tuple[T, ...]:
    """The facts of a tool; nothing where it did not run for this area."""
    found = facts.read.get(tool)
    return (found,) if isinstance(found, kind) else ()
