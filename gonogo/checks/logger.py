"""How a service logs: with which library, structured or not, with a request's id or not.

Needs: code, dependencies, docker.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from gonogo.checks.services import Service
from gonogo.facts import Facts
from gonogo.facts.code import Call, Language
from gonogo.model.evidence import Place

_CORRELATION = (
    "request_id",
    "requestid",
    "request-id",
    "req_id",
    "reqid",
    "correlation_id",
    "correlationid",
    "correlation-id",
    "traceparent",
    "bind_contextvars",
    "merge_contextvars",
    "inject_lambda_context",
    "mdc.put",
    "otelslog",
    "otelzap",
)
_TRACE = ("trace_id", "traceid", "span_context", "spancontext")
_TRACERS = (
    "opentelemetry",
    "@opentelemetry",
    "go.opentelemetry.io",
    "ddtrace",
    "dd-trace",
    "aws_xray_sdk",
    "elasticapm",
)
_JSON_FORMATTER = re.compile(r"json\.dumps|orjson\.dumps|JsonFormatter|JSONFormatter")
_JAVA_JSON = re.compile(
    r"LogstashEncoder|JsonEncoder|JsonLayout|JsonTemplateLayout|EcsEncoder|StackdriverJsonLayout|logging\.structured\.format|EcsLayout|quarkus\.log\.console\.json"
)
_PRINTS = (
    "print",
    "console.log",
    "console.error",
    "console.warn",
    "console.info",
    "fmt.Println",
    "fmt.Printf",
    "System.out.println",
)
_WRITES = frozenset(
    {
        "debug",
        "info",
        "warning",
        "warn",
        "error",
        "critical",
        "exception",
        "fatal",
        "log",
        "trace",
        "Info",
        "Error",
        "Warn",
        "Debug",
        "Fatal",
        "Infof",
        "Errorf",
        "Infow",
        "Errorw",
        "msg",
        "Msg",
    }
)


@dataclass(frozen=True)
class Logger:
    """A service's way to log. ``why`` completes "the service ..." where it is not good enough."""

    library: str = ""
    structured: bool = False
    at: Place | None = None
    why: str = ""
    correlated: Place | None = None
    mostly_prints: bool = False


def logger_of(facts: Facts, service: Service) -> Logger:
    """What a service logs with; the structured library, where it has one."""
    readers: list[Callable[[Facts, Service], tuple[str, Place] | None]] = []
    if Language.PYTHON in service.languages:
        readers.append(_python)
    if service.languages & {Language.JAVASCRIPT, Language.TYPESCRIPT}:
        readers.append(_script)
    if Language.GO in service.languages:
        readers.append(_go)
    if Language.JAVA in service.languages:
        readers.append(_java)
    found = next((hit for read in readers if (hit := read(facts, service))), None)
    prints, writes = _prints(service)
    if found is None:
        at = _plain_place(service) or (prints[0].at if prints else None)
        what = "logs plain text" if at is None or not prints or writes else "prints instead of logging"
        return Logger(at=at, why=f"{what}: no structured logger is set up in what its entry point reaches")
    library, place = found
    correlated = _correlated(facts, service, library)
    mostly = len(prints) > 10 and len(prints) > 2 * writes
    why = f"sets up {library}, but prints {len(prints)} times and logs {writes} times" if mostly else ""
    return Logger(library, True, place, why, correlated, mostly)


def _prints(service: Service) -> tuple[list[Call], int]:
    prints = list(service.calls(*_PRINTS))
    writes = sum(len(calls) for method, calls in service.by_method.items() if method in _WRITES) - sum(
        call.method in _WRITES for call in prints
    )
    return prints, max(writes, 0)


def _plain_place(service: Service) -> Place | None:
    calls = service.calls(
        "logging.basicConfig", "logging.getLogger", "winston.createLogger", "log.New", "logging.config.*"
    )
    return calls[0].at if calls else None


def _python(facts: Facts, service: Service) -> tuple[str, Place] | None:
    names = ("pythonjsonlogger", "json_log_formatter", "ecs_logging", "google.cloud.logging", "logging_json", "logfire")
    for name in names:
        if imports := service.imports(name):
            return name, imports[0].at
    if calls := service.calls("structlog.processors.JSONRenderer", "*.JSONRenderer", "*.LogfmtRenderer"):
        return "structlog", calls[0].at
    for item in service.imports("aws_lambda_powertools"):
        if item.name == "Logger" or "logging" in item.module:
            return "AWS Lambda Powertools", item.at
    for call in service.calls("loguru.logger.add", "*.logger.add", "logger.add"):
        serialize = call.argument("serialize")
        if serialize is not None and (not serialize.literal or serialize.value is True):
            return "loguru", call.at
    for file in service.files:
        for definition in file.definitions:
            if definition.kind == "class" and any(base.endswith("Formatter") for base in definition.bases):
                lines = facts.repository.lines(file.path)[
                    definition.at.line - 1 : max(definition.at.end_line, definition.at.line + 40)
                ]
                if facts.code.is_called(definition.name) and _JSON_FORMATTER.search("\n".join(lines)):
                    return f"a JSON formatter ({definition.name})", definition.at
    files = [
        f
        for f in facts.repository.match(
            "logging*.y*ml", "logging*.conf", "logging*.ini", "logging*.json", "log_config*", "logconfig*"
        )
        if _inside(f.path, service)
    ]
    hits = facts.repository.grep(r"pythonjsonlogger|JsonFormatter|json_formatter", files, most=1)
    return ("python-json-logger", hits[0]) if hits else None


def _script(facts: Facts, service: Service) -> tuple[str, Place] | None:
    for name in (
        "pino",
        "nestjs-pino",
        "pino-http",
        "bunyan",
        "@aws-lambda-powertools/logger",
        "@google-cloud/logging-winston",
        "roarr",
        "tslog",
        "@logtape/logtape",
        "evlog",
    ):
        if imports := service.imports(name):
            return name, imports[0].at
    for call in service.calls("fastify", "fastify.default", "fastify.fastify"):
        option = call.argument("logger", "loggerInstance")
        if option is not None and not (option.literal and option.value is False):
            return "Fastify's pino", call.at
    if imports := service.imports("winston"):
        text = "\n".join(facts.repository.text(item.at.path) for item in imports)
        if "json(" in text or not re.search(r"printf\(|\.simple\(|\.cli\(", text):
            return "winston", imports[0].at
    for call in service.calls("*.ConsoleLogger", "*.Logger"):
        option = call.argument("json")
        if option is not None and option.value is True:
            return "Nest's JSON logger", call.at
    return None


def _go(facts: Facts, service: Service) -> tuple[str, Place] | None:
    for name in ("go.uber.org/zap", "github.com/rs/zerolog", "github.com/uber-go/zap", "github.com/go-logr/zapr"):
        if imports := service.imports(name):
            return name.rpartition("/")[2], imports[0].at
    for pattern in (
        "log/slog.NewJSONHandler",
        "*.NewJSONHandler",
        "*.NewJSONLogger",
        "go.opentelemetry.io/contrib/bridges/otelslog.*",
    ):
        if calls := service.calls(pattern):
            return "slog", calls[0].at
    if imports := service.imports("github.com/sirupsen/logrus"):
        for item in imports:
            if "JSONFormatter" in facts.repository.text(item.at.path):
                return "logrus", item.at
    return None


def _java(facts: Facts, service: Service) -> tuple[str, Place] | None:
    files = facts.repository.match(
        "logback*.xml",
        "log4j2*.xml",
        "log4j2*.yml",
        "application*.y*ml",
        "application*.properties",
        "log4j2*.properties",
    )
    inside = [file for file in files if _inside(file.path, service)]
    hits = facts.repository.grep(_JAVA_JSON, inside, most=1)
    return ("a JSON encoder", hits[0]) if hits else None


def _inside(path: str, service: Service) -> bool:
    return not service.folder or path.startswith(service.folder + "/")


def _correlated(facts: Facts, service: Service, library: str) -> Place | None:
    """Where lines get the id of their request or trace."""
    if library in ("Fastify's pino", "pino-http", "nestjs-pino"):
        imports = service.imports("fastify", "pino-http", "nestjs-pino")
        return imports[0].at if imports else service.at
    for module in (
        "nestjs-pino",
        "pino-http",
        "asgi_correlation_id",
        "opentelemetry.instrumentation.logging",
        "express-request-id",
        "cls-rtracer",
        "fastify",
    ):
        if imports := service.imports(module):
            return imports[0].at
    # A trace id is a request's only where something traces requests; it may be the product's own business otherwise.
    words = (*_CORRELATION, *_TRACE) if service.imports(*_TRACERS) else _CORRELATION
    for file in service.files:
        text = facts.repository.text(file.path).lower()
        position = min((found for word in words if (found := text.find(word)) >= 0), default=-1)
        if position >= 0:
            return Place(file.path, text.count("\n", 0, position) + 1)
    if Language.JAVA in service.languages:
        for component in service.components:
            for dependency in component.dependencies:
                if re.search(r"sleuth|micrometer-tracing|opentelemetry|brave", dependency.name):
                    return dependency.at
    return None
