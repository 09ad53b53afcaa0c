"""Libraries that make metrics, traces and error reports, and what shows that a service really sends them.

A table's row is a library with the calls of which one must be made for it to work; no calls mean that setting it up is
enough. A library that is imported and never set up does not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gonogo.checks.services import Service
from gonogo.facts import Facts
from gonogo.facts.code import Call, CodeFile, Import, Language
from gonogo.facts.repository import File
from gonogo.model.evidence import Place

SERVES = (
    "start_http_server",
    "make_asgi_app",
    "make_wsgi_app",
    "generate_latest",
    "start_wsgi_server",
    "MetricsHandler",
)
PUSHES = ("push_to_gateway", "pushadd_to_gateway", "instance_ip_grouping_key")


@dataclass(frozen=True, slots=True)
class Library:
    """One library. Any of ``methods`` must be called in the service; all of ``beside`` must be imported by it too."""

    module: str
    methods: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


_SELF_METRICS = """
    prometheus_fastapi_instrumentator starlette_exporter starlette_prometheus prometheus_flask_exporter
    prometheus_flask_instrumentator aioprometheus django_prometheus sanic_prometheus litestar.contrib.prometheus
    litestar.plugins.prometheus aws_lambda_powertools.metrics aws_embedded_metrics datadog ddtrace statsd
    newrelic elasticapm logfire scout_apm opencensus azure.monitor.opentelemetry applicationinsights
    opentelemetry.exporter.prometheus express-prom-bundle express-prometheus-middleware
    @willsoto/nestjs-prometheus fastify-metrics prometheus-api-metrics hot-shots node-statsd dd-trace
    elastic-apm-node @azure/monitor-opentelemetry @aws-lambda-powertools/metrics aws-embedded-metrics
    @opentelemetry/exporter-prometheus @google-cloud/monitoring nestjs-otel next-prometheus
    github.com/prometheus/client_golang/prometheus/promhttp github.com/DataDog/datadog-go
    gopkg.in/DataDog/dd-trace-go.v1 github.com/DataDog/dd-trace-go github.com/newrelic/go-agent
    github.com/labstack/echo-contrib/prometheus github.com/labstack/echo-contrib/echoprometheus
    github.com/zsais/go-gin-prometheus github.com/penglongli/gin-metrics github.com/ansrivas/fiberprometheus
    github.com/VictoriaMetrics/metrics github.com/slok/go-http-metrics
    go.opentelemetry.io/otel/exporters/prometheus io.prometheus.client.exporter io.prometheus.metrics.exporter
"""
"""Libraries that serve or send metrics once they are set up."""
_SELF_TRACES = """
    aws_xray_sdk ddtrace elasticapm newrelic logfire azure.monitor.opentelemetry jaeger_client opencensus
    aws-xray-sdk-core aws-xray-sdk dd-trace elastic-apm-node newrelic @azure/monitor-opentelemetry
    applicationinsights @google-cloud/trace-agent @aws-lambda-powertools/tracer github.com/aws/aws-xray-sdk-go
    jaeger-client gopkg.in/DataDog/dd-trace-go.v1 github.com/DataDog/dd-trace-go github.com/newrelic/go-agent
    go.elastic.co/apm zipkin-instrumentation-express nestjs-otel com.amazonaws.xray
"""
METRICS: tuple[Library, ...] = (
    Library("prometheus_client", (*SERVES, *PUSHES)),
    *(Library(name) for name in _SELF_METRICS.split()),
    Library("aws_lambda_powertools", ("Metrics", "add_metric")),
    Library("applicationinsights", ("setup", "start")),
    Library("prom-client", ("metrics",)),
    Library("opentelemetry.sdk.metrics", ("MeterProvider", "set_meter_provider"), ("opentelemetry.exporter",)),
    Library("@opentelemetry/sdk-metrics", ("MeterProvider", "PeriodicExportingMetricReader")),
    Library("@opentelemetry/exporter-metrics-otlp-http"),
    Library("@opentelemetry/exporter-metrics-otlp-grpc"),
    Library("@opentelemetry/exporter-metrics-otlp-proto"),
    Library("go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"),
    Library("go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"),
    Library("go.opentelemetry.io/contrib/otelconf"),
    Library("go.opentelemetry.io/contrib/exporters/autoexport", ("NewMetricReader",)),
    Library("traceloop.sdk", ("init",)),
    Library("boto3", ("put_metric_data",)),
    Library("@aws-sdk/client-cloudwatch", ("PutMetricDataCommand", "putMetricData")),
    Library("newrelic", ()),
)
TRACES: tuple[Library, ...] = (
    Library("opentelemetry.sdk.trace", ("TracerProvider", "set_tracer_provider"), ("opentelemetry.exporter",)),
    Library("@opentelemetry/sdk-node", ("start", "NodeSDK")),
    Library("@opentelemetry/sdk-trace-node", ("register", "NodeTracerProvider")),
    Library("@opentelemetry/sdk-trace-base", ("BasicTracerProvider", "register")),
    Library("@opentelemetry/auto-instrumentations-node"),
    Library("@vercel/otel", ("registerOTel",)),
    Library("go.opentelemetry.io/otel/sdk/trace", ("NewTracerProvider",)),
    Library("go.opentelemetry.io/contrib/otelconf"),
    Library("traceloop.sdk", ("init",)),
    Library("@traceloop/node-server-sdk", ("initialize",)),
    *(Library(name) for name in _SELF_TRACES.split()),
    Library("aws_lambda_powertools", ("Tracer", "capture_lambda_handler")),
    Library("aws_lambda_powertools.tracing"),
)
ERRORS: tuple[Library, ...] = (
    Library("sentry_sdk", ("init",)),
    Library("@sentry", ("init", "wrapHandler", "withSentryConfig", "AWSLambda")),
    Library("github.com/getsentry/sentry-go", ("Init",)),
    Library("io.sentry", ("init",)),
    Library("rollbar", ("init", "Rollbar", "rollbar", "default")),
    Library("@rollbar", ("init", "Rollbar")),
    Library("bugsnag", ("configure",)),
    Library("@bugsnag", ("start",)),
    Library("honeybadger", ("configure",)),
    Library("@honeybadger-io", ("configure",)),
    Library("raygun4py"),
    Library("raygun", ("init",)),
    Library("airbrake"),
    Library("pybrake"),
    Library("@airbrake/node"),
    Library("google.cloud.error_reporting", ("Client",)),
    Library("@google-cloud/error-reporting"),
    Library("azure.monitor.opentelemetry", ("configure_azure_monitor",)),
    Library("applicationinsights", ("start", "setup")),
    Library("newrelic"),
    Library("elasticapm"),
    Library("elastic-apm-node"),
    Library("ddtrace"),
    Library("dd-trace"),
    Library("posthog", ("capture_exception", "captureException")),
)
_JAVA_METRICS = (
    "micrometer-registry-",
    "quarkus-micrometer-registry",
    "simpleclient_httpserver",
    "simpleclient_servlet",
    "quarkus-smallrye-metrics",
    "prometheus-metrics-exporter",
    "dropwizard-metrics",
)
_JAVA_TRACES = (
    "micrometer-tracing-bridge",
    "opentelemetry-spring-boot-starter",
    "spring-cloud-starter-sleuth",
    "spring-cloud-sleuth",
    "quarkus-opentelemetry",
    "aws-xray-recorder",
    "spring-cloud-starter-zipkin",
    "spring-boot-starter-zipkin",
    "spring-boot-starter-opentelemetry",
    "opentelemetry-sdk",
    "brave-",
)
_JAVA_ERRORS = ("sentry-spring-boot", "sentry-logback", "sentry", "rollbar-java", "rollbar-spring", "bugsnag")
_AGENTS = re.compile(
    r"opentelemetry-instrument\b|opentelemetry-javaagent|aws-opentelemetry-agent|ddtrace-run\b|dd-java-agent|newrelic-admin\b|newrelic\.jar"
    r"|@opentelemetry/auto-instrumentations-node|applicationinsights-agent|elastic-apm-agent|dd-trace/init|datadog-lambda|autoinstrumentation"
)
_FOREIGN: dict[str, dict[str, str]] = {
    "metrics": {
        "C#": r"prometheus-net|UseHttpMetrics|MapMetrics\(|AddPrometheusExporter|WithMetrics\(|AddApplicationInsights",
        "Ruby": r"prometheus-client|prometheus_exporter|yabeda|ddtrace|newrelic_rpm",
        "PHP": r"promphp|prometheus_client_php|open-telemetry/sdk|newrelic",
        "Rust": r"prometheus|metrics-exporter|opentelemetry-otlp|opentelemetry_otlp",
        "Kotlin": r"micrometer-registry|MicrometerMetrics|opentelemetry",
        "Elixir": r"prom_ex|telemetry_metrics_prometheus|opentelemetry_exporter",
        "Scala": r"kamon|micrometer|prometheus",
        "C++": r"prometheus-cpp|opentelemetry",
    },
    "traces": {
        "C#": r"WithTracing\(|AddOpenTelemetryTracing|AddApplicationInsights|AddXRay",
        "Ruby": r"opentelemetry-sdk|ddtrace|newrelic_rpm",
        "PHP": r"open-telemetry/sdk|datadog/dd-trace",
        "Rust": r"opentelemetry",
        "Kotlin": r"micrometer-tracing|opentelemetry",
        "Elixir": r"opentelemetry_exporter",
        "Scala": r"kamon|opentelemetry",
        "C++": r"opentelemetry",
    },
    "errors": {
        "C#": r"UseSentry|SentrySdk|AddApplicationInsights|Raygun|Bugsnag",
        "Ruby": r"sentry-ruby|sentry-rails|rollbar|honeybadger|bugsnag|airbrake",
        "PHP": r"sentry/sentry|sentry-laravel|rollbar/|bugsnag/",
        "Rust": r"sentry",
        "Kotlin": r"sentry",
        "Elixir": r"sentry",
        "Scala": r"sentry",
        "C++": r"sentry",
    },
}
_FOREIGN_FILES = (
    "*.cs",
    "*.csproj",
    "Gemfile",
    "*.rb",
    "composer.json",
    "Cargo.toml",
    "*.kts",
    "build.gradle",
    "*.kt",
    "mix.exs",
    "build.sbt",
    "CMakeLists.txt",
    "Directory.Packages.props",
)


def instrumented(facts: Facts, service: Service, kind: str) -> Place | None:
    """Where a service sets up ``metrics``, ``traces`` or ``errors``; None where it does not."""
    tables = {"metrics": METRICS, "traces": TRACES, "errors": ERRORS}
    for library in tables[kind]:
        if place := _uses(facts, service, library):
            return place
    if Language.JAVA in service.languages and (place := _java(facts, service, kind)):
        return place
    return automatic(facts, service) if kind != "errors" else None


def _uses(facts: Facts, service: Service, library: Library) -> Place | None:
    imports = service.imports(library.module)
    if not imports or any(not service.imports(other) for other in library.beside):
        return None
    if not library.methods:
        return next((item.at for item in imports if _is_used(service, item)), None)
    paths = {item.at.path for item in imports}
    for method in library.methods:
        for file, call in service.by_method.get(method, ()):
            if (call.name.startswith(library.module) or file.path in paths) and is_live(facts, file, call):
                return call.at
    names = {item.alias or item.name for item in imports} & set(library.methods)
    for file in service.files:
        if file.path in paths and names & file.called:
            return next(item.at for item in imports if item.at.path == file.path)
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


def is_live(facts: Facts, file: CodeFile, call: Call) -> bool:
    """Says whether the function around a call is called, or registered by a decorator; methods are taken for live."""
    if not call.function:
        return True
    around = next((item for item in file.definitions if item.name == call.function), None)
    if around is None or around.kind == "method" or around.decorators:
        return True
    return facts.code.is_called(call.function.rpartition(".")[2])


def _java(facts: Facts, service: Service, kind: str) -> Place | None:
    prefixes = {"metrics": _JAVA_METRICS, "traces": _JAVA_TRACES, "errors": _JAVA_ERRORS}[kind]
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
                if _AGENTS.search(item.value):
                    return item.at
    dockerfiles = {file.path for file in service.dockerfiles}
    for started in facts.compose.services:
        if started.build and started.build.dockerfile in dockerfiles:
            for key in ("command", "entrypoint", "environment"):
                if _AGENTS.search(str(started.spec.get(key, ""))):
                    return started.place(key)
    return None


def foreign_traces(facts: Facts, language: str, kind: str) -> tuple[Place, ...]:
    """Places where code in a language that is not parsed names a library of that kind."""
    pattern = _FOREIGN[kind].get(language)
    if not pattern:
        return ()
    return facts.repository.grep(pattern, foreign_files(facts), most=5)


def foreign_files(facts: Facts) -> tuple[File, ...]:
    """The sources and manifests of languages that are not parsed."""
    return facts.repository.match(*_FOREIGN_FILES)


def dead(facts: Facts, kind: str) -> Iterator[Place]:
    """Imports of such libraries in files that no entry point reaches."""
    tables = {"metrics": METRICS, "traces": TRACES, "errors": ERRORS}
    for library in tables[kind]:
        for file in facts.code.files:
            if not file.reached:
                yield from (item.at for item in file.imports_of(library.module))
