"""Agents that move logs, metrics and traces: what each configuration takes in and where it sends it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gonogo.facts.monitoring import Collector, Origin
from gonogo.model.evidence import Place
from gonogo.tools.yaml_marks import Map, Seq, as_text

_DEBUG = frozenset(["debug", "logging", "file", "stdout", "null", "console", "blackhole", "nop", "rubydebug", "print"])
_REDACTS = re.compile(r"^(redaction|transform|attributes|filter)(/|$)")
_REDACTING_TEXT = re.compile(
    r"(?i)\b(redact|mask|replace_pattern|replace_all_patterns|delete_key|action:\s*(delete|hash)|stage\.replace|"
    r"Remove_key|mutate\b.*gsub|anonymi[sz]e|scrub)"
)
_ALLOY = re.compile(r"^(loki|prometheus|otelcol|faro|pyroscope)\.([a-z_.]+)\s+\"", re.MULTILINE)
_FLUENT_BIT = re.compile(r"^\s*\[(INPUT|OUTPUT|FILTER)\]\s*$((?:\n(?!\s*\[).*)*)", re.MULTILINE | re.IGNORECASE)
_FLUENTD = re.compile(r"<(source|match)\b[^>]*>(.*?)</\1>", re.DOTALL)
_TYPE = re.compile(r"^\s*@?(?:type|name)\s+[\"']?([\w.-]+)", re.MULTILINE | re.IGNORECASE)
_LOGSTASH = re.compile(r"^(input|output)\s*\{", re.MULTILINE)
_LOGSTASH_PLUGIN = re.compile(r"^\s+(\w+)\s*\{", re.MULTILINE)
_VECTOR = re.compile(r"^\[(sources|sinks)\.[^\].]+\]\s*$((?:\n(?!\[).*)*)", re.MULTILINE)
_VECTOR_TYPE = re.compile(r"^\s*type\s*=\s*\"([\w.-]+)\"", re.MULTILINE)
_TELEGRAF = re.compile(r"^\s*\[\[(inputs|outputs)\.([\w]+)\]\]", re.MULTILINE)
_METRIC_SINKS = re.compile(r"prometheus|influx|graphite|statsd|timestream|metrics")
_LOG_INPUTS = re.compile(
    r"log|tail|file|syslog|kubernetes|journald|docker|container|beats|fluent|forward|http|otlp|datadog_agent", re.I
)


def read_yaml_collector(node: Map, origin: Origin) -> Collector | None:
    """The collector's configuration that a mapping is; None for any other mapping."""
    return (
        _promtail(node, origin)
        or _otel(node, origin)
        or _vector(node, origin)
        or _beats(node, origin)
        or _fluent_bit_yaml(node, origin)
    )


def _promtail(node: Map, origin: Origin) -> Collector | None:
    clients = node.maps("clients")
    if not clients or not isinstance(node.get("scrape_configs"), Seq):
        return None
    urls = tuple(filter(None, (client.text("url") for client in clients)))
    jobs = tuple(job.text("job_name") for job in node.maps("scrape_configs"))
    at = Place(origin.path, node.line_of("clients"), 0, "promtail")
    redacts = tuple(
        Place(origin.path, stage.line, 0, "stage")
        for job in node.maps("scrape_configs")
        for stage in job.maps("pipeline_stages")
        if "replace" in stage
    )
    return Collector("promtail", origin, at, frozenset({"logs"}) if urls else frozenset(), jobs, urls, redacts)


def _otel(node: Map, origin: Origin) -> Collector | None:
    pipelines = node.map("service").map("pipelines")
    if not pipelines or "exporters" not in node:
        return None
    connectors = set(node.map("connectors"))
    signals: set[str] = set()
    outputs: list[str] = []
    inputs: list[str] = []
    used: set[str] = set()
    for name, pipeline in pipelines.items():
        if not isinstance(pipeline, Map):
            continue
        exporters = [as_text(item) for item in pipeline.seq("exporters")]
        real = [item for item in exporters if item.partition("/")[0] not in _DEBUG and item not in connectors]
        inputs += map(as_text, pipeline.seq("receivers"))
        used |= {as_text(item) for item in pipeline.seq("processors")}
        if real:
            signals.add(name.partition("/")[0])
            outputs += real
    processors = node.map("processors")
    redacts = tuple(
        Place(origin.path, processors.line_of(name), 0, f"processor:{name}")
        for name in processors
        if name in used and (name.startswith("redaction") or (_REDACTS.match(name) and _deletes(processors[name])))
    )
    at = Place(origin.path, node.map("service").line_of("pipelines"), 0, "otel")
    return Collector(
        "otel", origin, at, frozenset(signals), tuple(dict.fromkeys(inputs)), tuple(dict.fromkeys(outputs)), redacts
    )


def _deletes(value: object) -> bool:
    """Says whether a processor removes, hashes or replaces attribute values."""
    if isinstance(value, Map):
        if value.text("action") in ("delete", "hash"):
            return True
        return any(_deletes(item) for item in value.values())
    if isinstance(value, Seq):
        return any(_deletes(item) for item in value)
    return isinstance(value, str) and any(
        word in value for word in ("replace_pattern", "delete_key", "replace_all_patterns")
    )


def _vector(node: Map, origin: Origin) -> Collector | None:
    sources, sinks = node.map("sources"), node.map("sinks")
    if not sinks or not sources or not any(isinstance(sink, Map) and "inputs" in sink for sink in sinks.values()):
        return None
    kinds = [sink.text("type") for sink in sinks.values() if isinstance(sink, Map)]
    inputs = tuple(source.text("type") for source in sources.values() if isinstance(source, Map))
    at = Place(origin.path, node.line_of("sinks"), 0, "vector")
    return Collector("vector", origin, at, _signals(inputs, kinds), inputs, tuple(k for k in kinds if k not in _DEBUG))


def _beats(node: Map, origin: Origin) -> Collector | None:
    inner = node.map("filebeat")
    if not inner and not any(key.startswith("filebeat.") for key in node):
        return None
    outputs = [key.partition(".")[2] for key in node if key.startswith("output.")] + list(node.map("output"))
    real = tuple(name for name in outputs if name not in _DEBUG)
    at = Place(origin.path, node.line, 0, "filebeat")
    return Collector("filebeat", origin, at, frozenset({"logs"}) if real else frozenset(), ("files",), real)


def _fluent_bit_yaml(node: Map, origin: Origin) -> Collector | None:
    pipeline = node.map("pipeline")
    outputs = [item.text("name") for item in pipeline.maps("outputs")]
    inputs = [item.text("name") for item in pipeline.maps("inputs")]
    if not outputs or not inputs:
        return None
    at = Place(origin.path, pipeline.line_of("outputs"), 0, "fluent-bit")
    return _made("fluent-bit", origin, at, inputs, outputs, "")


def read_text_collector(text: str, origin: Origin, *, line: int = 1) -> Collector | None:
    """The collector's configuration that a text is, in the collector's own format; None for any other text."""
    reader = next((read for word, read in _READERS if word in text), None)
    return reader(text, origin, line) if reader else None


def _read_fluent_bit(text: str, origin: Origin, line: int) -> Collector | None:
    inputs, outputs, at = [], [], None
    for section in _FLUENT_BIT.finditer(text):
        name = _TYPE.search(section[2])
        if name and section[1].upper() == "INPUT":
            inputs.append(name[1].lower())
        elif name and section[1].upper() == "OUTPUT":
            outputs.append(name[1].lower())
            at = at or _place(text, section.start(1), origin, line, "fluent-bit")
    return _made("fluent-bit", origin, at, inputs, outputs, text, line) if at else None


def _read_fluentd(text: str, origin: Origin, line: int) -> Collector | None:
    inputs, outputs, at = [], [], None
    for section in _FLUENTD.finditer(text):
        kinds = [kind.lower() for kind in _TYPE.findall(section[2])]
        if section[1] == "source":
            inputs += kinds[:1]
        else:
            outputs += kinds
            at = at or _place(text, section.start(), origin, line, "fluentd")
    return _made("fluentd", origin, at, inputs, outputs, text, line) if at and outputs else None


def _read_logstash(text: str, origin: Origin, line: int) -> Collector | None:
    parts = list(_LOGSTASH.finditer(text))
    if not any(part[1] == "output" for part in parts):
        return None
    output = next(part for part in parts if part[1] == "output")
    outputs = _LOGSTASH_PLUGIN.findall(text[output.end() :])
    inputs = _LOGSTASH_PLUGIN.findall(text[: output.start()])
    at = _place(text, output.start(), origin, line, "logstash")
    return _made("logstash", origin, at, inputs, [o for o in outputs if o not in ("if", "else")], text, line)


def _read_alloy(text: str, origin: Origin, line: int) -> Collector | None:
    components = [(match[1], match[2]) for match in _ALLOY.finditer(text)]
    signals: set[str] = set()
    outputs: list[str] = []
    for family, rest in components:
        if family == "loki" and rest == "write":
            signals.add("logs")
            outputs.append("loki")
        elif family == "prometheus" and rest == "remote_write":
            signals.add("metrics")
            outputs.append("prometheus")
        elif family == "otelcol" and rest.startswith("exporter.") and rest != "exporter.debug":
            signals |= {"traces"}
            outputs.append(rest)
    if not components:
        return None
    first = _ALLOY.search(text)
    at = _place(text, first.start() if first else 0, origin, line, "alloy")
    inputs = tuple(f"{family}.{rest}" for family, rest in components if "source" in rest or "receiver" in rest)
    return Collector("alloy", origin, at, frozenset(signals), inputs, tuple(outputs), _redacting(text, origin, line))


def _read_vector(text: str, origin: Origin, line: int) -> Collector | None:
    inputs, outputs, at = [], [], None
    for section in _VECTOR.finditer(text):
        kind = _VECTOR_TYPE.search(section[2])
        if kind and section[1] == "sources":
            inputs.append(kind[1])
        elif kind:
            outputs.append(kind[1])
            at = at or _place(text, section.start(), origin, line, "vector")
    return _made("vector", origin, at, inputs, outputs, text, line) if at and inputs else None


def _read_telegraf(text: str, origin: Origin, line: int) -> Collector | None:
    parts = list(_TELEGRAF.finditer(text))
    outputs = [part for part in parts if part[1] == "outputs"]
    if not outputs:
        return None
    names = [part[2] for part in parts if part[1] == "inputs"]
    at = _place(text, outputs[0].start(), origin, line, "telegraf")
    return Collector("telegraf", origin, at, frozenset({"metrics"}), tuple(names), tuple(part[2] for part in outputs))


def _read_cloudwatch(text: str, origin: Origin, line: int) -> Collector | None:
    signals = {
        name for name, word in (("logs", "logs_collected"), ("metrics", "metrics_collected")) if f'"{word}"' in text
    }
    position = max(text.find('"logs_collected"'), text.find('"metrics_collected"'))
    at = _place(text, max(position, 0), origin, line, "cloudwatch-agent")
    return (
        Collector("cloudwatch-agent", origin, at, frozenset(signals), ("files",), ("cloudwatch",)) if signals else None
    )


_READERS = (
    ("[OUTPUT]", _read_fluent_bit),
    ("[output]", _read_fluent_bit),
    ("<match", _read_fluentd),
    ("loki.", _read_alloy),
    ("otelcol.", _read_alloy),
    ("prometheus.scrape", _read_alloy),
    ("[sinks.", _read_vector),
    ("[[outputs.", _read_telegraf),
    ('s_collected"', _read_cloudwatch),
    ("output {", _read_logstash),
    ("output{", _read_logstash),
)


def _made(
    product: str, origin: Origin, at: Place, inputs: Iterable[str], outputs: Iterable[str], text: str, line: int = 1
) -> Collector:
    taken = tuple(inputs)
    real = tuple(dict.fromkeys(output for output in outputs if output not in _DEBUG))
    return Collector(product, origin, at, _signals(taken, real), taken, real, _redacting(text, origin, line))


def _signals(inputs: Iterable[str], outputs: Iterable[str]) -> frozenset[str]:
    """Logs, unless all outputs are of metrics; metrics where one is."""
    real = [output for output in outputs if output not in _DEBUG]
    found = set()
    if any(not _METRIC_SINKS.search(output) for output in real) and any(_LOG_INPUTS.search(name) for name in inputs):
        found.add("logs")
    if any(_METRIC_SINKS.search(output) for output in real):
        found.add("metrics")
    return frozenset(found)


def _redacting(text: str, origin: Origin, line: int) -> tuple[Place, ...]:
    return tuple(_place(text, match.start(), origin, line, "redaction") for match in _REDACTING_TEXT.finditer(text))[:5]


def _place(text: str, position: int, origin: Origin, line: int, symbol: str) -> Place:
    number = line + text.count("\n", 0, position)
    return Place(origin.path, number, number, symbol)
