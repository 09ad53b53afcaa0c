"""What shows that a service really makes metrics, traces or error reports.

A library that is imported and never set up does not count, nor one in a file that no entry point reaches.
Needs: code, dependencies, docker, compose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.checks.services import Service
from gonogo.checks.telemetry_libraries import (
    AGENTS,
    ERRORS,
    FOREIGN,
    FOREIGN_FILES,
    JAVA_ERRORS,
    JAVA_METRICS,
    JAVA_TRACES,
    METRICS,
    TRACES,
    Library,
)
from gonogo.facts import Facts
from gonogo.facts.code import Call, CodeFile, Import, Language
from gonogo.facts.repository import File
from gonogo.model.evidence import Place

_EXPOSITION = re.compile(r"#\s?(TYPE|HELP) |version=0\.0\.4")


def instrumented(facts: Facts, service: Service, kind: str) -> Place | None:
    """Where a service sets up ``metrics``, ``traces`` or ``errors``; None where it does not."""
    tables = {"metrics": METRICS, "traces": TRACES, "errors": ERRORS}
    for library in tables[kind]:
        if place := _uses(service, library):
            return place
    if kind == "metrics" and (place := _handmade(facts, service)):
        return place
    if Language.JAVA in service.languages and (place := _java(facts, service, kind)):
        return place
    return automatic(facts, service) if kind != "errors" else None


def _uses(service: Service, library: Library) -> Place | None:
    imports = service.imports(library.module)
    if not imports or not any(re.search(library.beside, module) for module in service.by_module):
        return None
    if not library.methods:
        return next((item.at for item in imports if _is_used(service, item)), None)
    paths = {item.at.path for item in imports}
    for method in library.methods:
        for file, call in service.by_method.get(method, ()):
            if (call.name.startswith(library.module) or file.path in paths) and is_live(service, file, call):
                return call.at
    # What is handed on by its name (a handler class, a factory) is no call; what is called in a dead function is none.
    called = {(file.path, call.method) for m in library.methods for file, call in service.by_method.get(m, ())}
    for file in service.files:
        for item in imports:
            name = item.alias or item.name
            handed_on = name in library.methods and name in file.called and (file.path, name) not in called
            if item.at.path == file.path and handed_on:
                return item.at
    return None


def _handmade(facts: Facts, service: Service) -> Place | None:
    """A metrics route that writes Prometheus's text format itself."""
    paths = {file.path for file in service.files}
    for route in facts.code.routes:
        if route.path.rstrip("/").endswith("/metrics") and route.at.path in paths:
            near = {route.at.path, route.body[0]} - {""}
            if any(_EXPOSITION.search(facts.repository.text(path)) for path in near):
                return route.at
    return None


def _is_used(service: Service, item: Import) -> bool:
    """Says whether a file does anything with what it imports; an import without a name acts by itself."""
    file = next(file for file in service.files if file.path == item.at.path)
    name = item.alias or item.name
    if not name or not file.parsed or name == "*":
        return True
    head = name.partition(".")[0]
    return head in file.called or any(
        call.name.startswith(item.module) or call.raw.startswith(head) for call in file.calls
    )


def is_live(service: Service, file: CodeFile, call: Call) -> bool:
    """Says whether the function around a call is called, or registered by a decorator; methods are taken for live."""
    if not call.function:
        return True
    around = next((item for item in file.definitions if item.name == call.function), None)
    if around is None or around.kind == "method" or around.decorators:
        return True
    name = call.function.rpartition(".")[2]
    return any(name in other.called for other in service.files)


def _java(facts: Facts, service: Service, kind: str) -> Place | None:
    prefixes = {"metrics": JAVA_METRICS, "traces": JAVA_TRACES, "errors": JAVA_ERRORS}[kind]
    for component in service.components:
        for dependency in component.dependencies:
            artifact = dependency.name.rpartition(":")[2]
            if not artifact.startswith(prefixes) or dependency.group == "dev":
                continue
            if (
                kind == "metrics"
                and artifact == "micrometer-registry-prometheus"
                and not exposes_actuator(facts, service)
            ):
                continue
            return dependency.at
    return None


def exposes_actuator(facts: Facts, service: Service) -> Place | None:
    """Where Spring Boot is told to serve /actuator/prometheus; without it only health is served."""
    files = facts.repository.match("application*.yml", "application*.yaml", "application*.properties", "bootstrap*.yml")
    inside = [file for file in files if not service.folder or file.path.startswith(service.folder + "/")]
    for file in inside:
        text = facts.repository.text(file)
        if "exposure" in text and re.search(r"include\s*[:=]\s*[\"'\[]*\s*(\*|[^\n]*prometheus)|-\s*prometheus", text):
            return next(iter(facts.repository.grep(r"exposure", [file])), Place(file.path))
    return None


def takes_remote_settings(service: Service) -> Place | None:
    """Where a service says that its settings come from a configuration server, which lies elsewhere."""
    for component in service.components:
        for dependency in component.dependencies:
            if dependency.name.rpartition(":")[2] in ("spring-cloud-starter-config", "spring-cloud-config-client"):
                return dependency.at
    return None


def automatic(facts: Facts, service: Service) -> Place | None:
    """Where an agent that instruments by itself is put in front of a service: in its image or start command."""
    for dockerfile in service.dockerfiles:
        for stage in dockerfile.line_of_final:
            for item in stage.all("CMD", "ENTRYPOINT", "ENV"):
                if AGENTS.search(item.value):
                    return item.at
    dockerfiles = {file.path for file in service.dockerfiles}
    for started in facts.compose.services:
        if started.build and started.build.dockerfile in dockerfiles:
            for key in ("command", "entrypoint", "environment"):
                if AGENTS.search(str(started.spec.get(key, ""))):
                    return started.place(key)
    return None


def foreign_traces(facts: Facts, language: str, kind: str) -> tuple[Place, ...]:
    """Places where code in a language that is not parsed names a library of that kind."""
    pattern = FOREIGN[kind].get(language)
    if not pattern:
        return ()
    return facts.repository.grep(pattern, foreign_files(facts), most=5)


def foreign_files(facts: Facts) -> tuple[File, ...]:
    """The sources and manifests of languages that are not parsed."""
    return facts.repository.match(*FOREIGN_FILES)


def dead(facts: Facts, kind: str) -> Iterator[Place]:
    """Imports of such libraries in files that no entry point reaches."""
    tables = {"metrics": METRICS, "traces": TRACES, "errors": ERRORS}
    for library in tables[kind]:
        for file in facts.code.files:
            if not file.reached:
                yield from (item.at for item in file.imports_of(library.module))
