"""Tables of the libraries that make metrics, traces and error reports.

A row is a library with the calls of which one must be made for it to work; no calls mean that setting it up is enough.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

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
    """One library. Any of ``methods`` must be called in the service; ``beside`` is a pattern of a module that it must
    import too."""

    module: str
    methods: tuple[str, ...] = ()
    beside: str = ""


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
    Library(
        "opentelemetry.sdk.metrics",
        ("MeterProvider", "set_meter_provider"),
        r"opentelemetry\.exporter.*(metric|prometheus)",
    ),
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
    Library("opentelemetry.sdk.trace", ("TracerProvider", "set_tracer_provider"), r"opentelemetry\.exporter"),
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
JAVA_METRICS = (
    "micrometer-registry-",
    "quarkus-micrometer-registry",
    "simpleclient_httpserver",
    "simpleclient_servlet",
    "quarkus-smallrye-metrics",
    "prometheus-metrics-exporter",
    "dropwizard-metrics",
)
JAVA_TRACES = (
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
JAVA_ERRORS = ("sentry-spring-boot", "sentry-logback", "sentry", "rollbar-java", "rollbar-spring", "bugsnag")
AGENTS = re.compile(
    r"opentelemetry-instrument\b|opentelemetry-javaagent|aws-opentelemetry-agent|ddtrace-run\b|dd-java-agent|newrelic-admin\b|newrelic\.jar"
    r"|@opentelemetry/auto-instrumentations-node|applicationinsights-agent|elastic-apm-agent|dd-trace/init|datadog-lambda|autoinstrumentation"
)
FOREIGN: dict[str, dict[str, str]] = {
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
FOREIGN_FILES = (
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
