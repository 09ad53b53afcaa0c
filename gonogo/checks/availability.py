"""Whether services tell that they are well, and end well."""

from __future__ import annotations

import re

from gonogo.checks import cloud, scope
from gonogo.checks.routes import answers_health
from gonogo.checks.services import Service, foreign_services, names_of, services_of
from gonogo.facts import Facts
from gonogo.facts.code import Language
from gonogo.facts.dependencies import Component
from gonogo.facts.kinds import Kind
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.criterion import Strength
from gonogo.model.evidence import Place, Searched

_HEALTH_LIBRARIES = (
    "spring-boot-starter-actuator",
    "org.springframework.cloud:spring-cloud-config-server",
    "org.springframework.cloud:spring-cloud-starter-netflix-eureka-server",
    "org.springframework.boot:spring-boot-starter-actuator",
    "django-health-check",
    "@nestjs/terminus",
    "@godaddy/terminus",
    "fastapi-health",
    "healthcheck",
    "express-healthcheck",
    "quarkus-smallrye-health",
    "io.quarkus:quarkus-smallrye-health",
)
_HEALTH_TERMS = (
    "grpc_health",
    "HealthServicer",
    "grpc.health.v1",
    "health.NewServer",
    "HealthImplementation",
    "HealthStatusManager",
    "lightship",
    "heartbeat_file",
    "createTerminus",
)


def health_endpoints(facts: Facts) -> Outcome:
    """A health route, or the gRPC health service, in every server of the target."""
    services = _servers(facts)
    if not services:
        return _none(facts)
    answers = {service: _health(facts, service) for service in services}
    silent = [service for service, place in answers.items() if place is None]
    if silent:
        problems = [Problem(f"{service.name} has no health route", service.at) for service in silent]
        searched = Searched(
            ("health", "healthz", "ready", "live", "ping", "actuator", "grpc.health"),
            "routes of each service",
            len(facts.code.files),
        )
        return failed(
            f"{len(silent)} of {len(services)} services answer no health check: {names_of(silent)}",
            *problems,
            searched=(searched,),
        )
    places = [place for place in answers.values() if place is not None]
    return passed(f"every service answers a health check: {names_of(services)}", *places, strength=Strength.WIRED)


def _servers(facts: Facts) -> tuple[Service, ...]:
    """Services that listen: consumers and functions answer no health check over a network."""
    listening = {item.at.path for item in facts.code.listeners} | {route.at.path for route in facts.code.routes}
    serving = [s for s in services_of(facts) if not s.function and any(f.path in listening for f in s.files)]
    return tuple(service for service in serving if not _static(service))


def _static(service: Service) -> bool:
    """Front ends that a web server only hands out."""
    return service.depends_on("next") is None and all(
        f.path.endswith((".tsx", ".jsx", ".vue", ".svelte")) for f in service.files
    )


def _health(facts: Facts, service: Service) -> Place | None:
    paths = {file.path for file in service.files}
    for route in facts.code.routes:
        if route.at.path in paths and answers_health(route):
            return route.at
    for name in _HEALTH_LIBRARIES:
        if place := service.depends_on(name):
            return place
    files = [facts.repository.by_path[path] for path in sorted(paths)]
    for place in facts.repository.search(_HEALTH_TERMS, files, most=3).hits:
        return place
    if found := facts.repository.grep(
        r"""["'`]/_*(health|healthz|healthcheck|livez|readyz|ready|live|ping|status)\b""", files, most=1
    ):
        return found[0]
    for file in service.dockerfiles:
        if (
            (check := file.healthcheck) is not None
            and re.search(r"https?://[^/\s]+/\w", check.value)
            and "http.server" not in check.value
        ):
            return (
                check.at
                if any(
                    r.at.path in paths and r.path.strip("/") in check.value
                    for r in facts.code.routes
                    if r.path.strip("/")
                )
                else None
            )
    return None


def _none(facts: Facts) -> Outcome:
    if foreign := foreign_services(facts):
        return unverified(
            "services in languages that are not parsed: " + ", ".join(f.language for f in foreign),
            *(f.at for f in foreign),
        )
    running = scope.long_running_services(facts)
    if not running:
        return not_applicable("no long-running service: no server, consumer or deployed workload was found")
    built = [s for s in facts.compose.services if s.build is not None and not s.one_shot]
    checked = [service for service in built if service.healthcheck is not None]
    if built and len(checked) == len(built):
        return passed(
            f"every built service has a health check: {', '.join(s.name for s in built)}", *(s.at for s in built)
        )
    return unverified("what is deployed has no server code here that could be read", *running[:6])


_GRACEFUL_SERVERS = re.compile(
    r"\b(gunicorn|uvicorn|hypercorn|daphne|granian|fastapi\s+run|fastapi|celery|next\s+start|dumb-init\s+next|puma|arq|dramatiq|rq\s+worker)\b"
)
_DRAINS = re.compile(
    r"\.close\(|\.shutdown\(|Shutdown\(|GracefulStop|\.stop\(|\.disconnect\(|\.drain\(|server_close|\.Close\(|\.end\(|cancel\(|\.quit\("
)


def graceful_shutdown(facts: Facts) -> Outcome:
    """SIGTERM is handled in each service: by its own handler, or by a server that documents that it drains."""
    services = [service for service in services_of(facts) if not service.function and not _static(service)]
    if not scope.long_running_services(facts) and cloud.resources(facts, Kind.FUNCTION):
        return not_applicable("only functions run: the platform ends them")
    if not services:
        if any(s.function for s in services_of(facts)):
            return not_applicable("only functions run: the platform ends them")
        return _none_to_drain(facts)
    how = {service: _drains(facts, service) for service in services}
    abrupt = [service for service, found in how.items() if found is None]
    if abrupt:
        problems = [Problem(f"{service.name} does not handle SIGTERM", _start(facts, service)) for service in abrupt]
        searched = Searched(
            ("SIGTERM", "signal.signal", "process.on", "signal.Notify", "shutdown hooks"),
            "code of each service",
            len(facts.code.files),
        )
        return failed(
            f"{len(abrupt)} of {len(services)} services end at once on SIGTERM: {names_of(abrupt)}",
            *problems,
            searched=(searched,),
        )
    found = [item for item in how.values() if item is not None]
    return passed(
        "every service drains on SIGTERM: " + "; ".join(dict.fromkeys(why for why, _ in found)),
        *(at for _, at in found),
        strength=Strength.WIRED,
    )


def _start(facts: Facts, service: Service) -> Place:
    paths = {file.path for file in service.files}
    starts = [item.at for item in facts.code.listeners if item.at.path in paths]
    return starts[0] if starts else service.at


def _drains(facts: Facts, service: Service) -> tuple[str, Place] | None:
    paths = {file.path for file in service.files}
    for handler in facts.code.signals:
        if handler.at.path in paths and "SIGTERM" in handler.signals:
            return f"{service.name} handles it", handler.at
    if Language.JAVA in service.languages:
        return _spring(facts, service)
    for file in service.dockerfiles:
        command = file.command
        if command is not None and (match := _GRACEFUL_SERVERS.search(" ".join([command.value, *command.words]))):
            return f"{service.name} runs under {match[1]}, which drains", command.at
    for place, text in _commands(facts, service):
        if match := _GRACEFUL_SERVERS.search(text):
            return f"{service.name} runs under {match[1]}, which drains", place
    for call in facts.code.calls(
        "uvicorn.run", "hypercorn.*", "celery.Celery", "aiohttp.web.run_app", "gunicorn.*", "sanic.Sanic.run"
    ):
        if call.at.path in paths:
            return f"{service.name} runs under {call.name.partition('.')[0]}, which drains", call.at
    listeners = [item for item in facts.code.listeners if item.at.path in paths]
    for item in listeners:
        if item.framework in ("next", "nuxt"):
            return f"{service.name} runs under {item.framework}, which drains", item.at
    return None


def _commands(facts: Facts, service: Service) -> list[tuple[Place, str]]:
    """Commands of compose services that may start it, scripts of its manifest, Procfiles and start scripts."""
    found: list[tuple[Place, str]] = []
    for composed in facts.compose.services:
        build = composed.build
        if build is not None and (
            not service.folder
            or build.context.strip("./") in ("", service.folder)
            or service.folder.startswith(build.context.strip("./") + "/")
        ):
            found.append((composed.place("command"), str(composed.spec.get("command", ""))))
    for component in service.components:
        found += [
            (script.at, script.command)
            for script in component.scripts
            if script.name in ("start", "serve", "prod", "start:prod")
        ]
    scripts = facts.repository.match(
        "Procfile", "*start*.sh", "*entrypoint*.sh", "*run*.sh", "render.yaml", "fly.toml", "railway.*", "app.yaml"
    )
    for file in scripts:
        if not service.folder or file.path.startswith(service.folder + "/") or "/" not in file.path:
            found += [
                (place, facts.repository.lines(file)[place.line - 1])
                for place in facts.repository.grep(_GRACEFUL_SERVERS, [file], most=5)
            ]
    return [(place, text) for place, text in found if not re.search(r"--reload|flask run|runserver|\bdev\b", text)]


def _spring(facts: Facts, service: Service) -> tuple[str, Place] | None:
    """``server.shutdown: graceful``; the default since Spring Boot 3.4."""
    files = [
        f
        for f in facts.repository.match("application*.y*ml", "application*.properties", "bootstrap*.y*ml")
        if f.path.startswith(service.folder)
    ]
    for file in files:
        for place in facts.repository.grep(r"shutdown\s*[:=]\s*[\"']?graceful", [file], most=1):
            return f"{service.name} shuts down gracefully", place
    for component in (*service.components, *_parents(facts, service)):
        for dependency in component.dependencies:
            if (
                dependency.name.startswith("org.springframework.boot")
                and (version := re.match(r"(\d+)\.(\d+)", dependency.version or dependency.spec))
                and (int(version[1]), int(version[2])) >= (3, 4)
            ):
                return f"{service.name} runs under Spring Boot {version[0]}, which drains by default", dependency.at
    return None


def _parents(facts: Facts, service: Service) -> list[Component]:
    """The modules whose Maven settings a service inherits, over any number of steps."""
    known = {component.name: component for component in facts.dependencies.components if component.manager == "maven"}
    found: list[Component] = []
    waiting = list(service.components)
    while waiting:
        for dependency in waiting.pop().dependencies:
            parent = known.get(dependency.name.rpartition(":")[2]) if dependency.group == "build" else None
            if parent is not None and parent not in found:
                found.append(parent)
                waiting.append(parent)
    return found


def _none_to_drain(facts: Facts) -> Outcome:
    if foreign := foreign_services(facts):
        return unverified(
            "services in languages that are not parsed: " + ", ".join(f.language for f in foreign),
            *(f.at for f in foreign),
        )
    running = scope.long_running_services(facts)
    if not running:
        return not_applicable("no long-running service: no server, consumer or deployed workload was found")
    return unverified("what is deployed has no server code here that could be read", *running[:6])
