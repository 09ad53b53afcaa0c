"""Prometheus: configuration, rules, and the custom resources of its operators."""

from __future__ import annotations

from gonogo.facts.monitoring import Monitor, Origin, PrometheusConfig, Rule, Scrape
from gonogo.model.evidence import Place
from gonogo.tools.yaml_marks import Map, Seq, as_text

_CONFIG_KEYS = ("scrape_configs", "rule_files", "scrape_config_files")
_EXTRA_SCRAPES = ("additionalScrapeConfigs", "extraScrapeConfigs")


def read_prometheus(node: Map, origin: Origin) -> PrometheusConfig | None:
    """The Prometheus configuration that a mapping is; None for any other mapping."""
    extra = next((key for key in _EXTRA_SCRAPES if isinstance(node.get(key), Seq)), "")
    if not extra and not any(isinstance(node.get(key), Seq) for key in _CONFIG_KEYS):
        return None
    jobs = node.maps(extra or "scrape_configs")
    if not extra and "rule_files" not in node and not any("job_name" in job for job in jobs):
        return None
    managers = node.map("alerting")
    return PrometheusConfig(
        origin=origin,
        at=Place(origin.path, node.line_of(extra or "scrape_configs"), 0, "prometheus"),
        scrapes=tuple(_scrape(job, origin) for job in jobs),
        rule_globs=tuple(filter(None, map(as_text, node.seq("rule_files")))),
        alertmanagers=_alertmanagers(managers),
        remote_write=tuple(write.text("url") for write in node.maps("remote_write")),
        rules_at=Place(origin.path, node.line_of("rule_files"), 0, "rule_files") if "rule_files" in node else None,
        alerting_at=Place(origin.path, node.line_of("alerting"), 0, "alerting") if "alerting" in node else None,
    )


def _alertmanagers(alerting: Map) -> tuple[str, ...]:
    found: list[str] = []
    for manager in alerting.maps("alertmanagers"):
        for static in manager.maps("static_configs"):
            found += filter(None, map(as_text, static.seq("targets")))
        found += [key.removesuffix("_sd_configs") for key in manager if key.endswith("_sd_configs")]
    return tuple(found)


def _scrape(job: Map, origin: Origin) -> Scrape:
    targets: list[str] = []
    files: list[str] = []
    for static in job.maps("static_configs"):
        targets += filter(None, map(as_text, static.seq("targets")))
    for discovered in job.maps("file_sd_configs"):
        files += filter(None, map(as_text, discovered.seq("files")))
    discovery = ["static"] if targets else []
    discovery += sorted(key.removesuffix("_sd_configs") for key in job if key.endswith("_sd_configs"))
    name = job.text("job_name")
    return Scrape(
        job=name,
        targets=tuple(targets),
        path="/" + (job.text("metrics_path") or "metrics").lstrip("/"),
        discovery=tuple(discovery),
        at=Place(origin.path, job.line_of("job_name"), job.end_line, f"scrape:{name}"),
        scheme=job.text("scheme") or "http",
        files=tuple(files),
    )


def read_rules(node: Map, origin: Origin) -> list[Rule]:
    """The rules below ``groups`` (or ``additionalRules``) of a mapping; Grafana's managed alerts too."""
    found: list[Rule] = []
    for group in node.maps("groups"):
        for rule in group.maps("rules"):
            if ("alert" in rule or "record" in rule) and "expr" in rule:
                found.append(_rule(rule, group.text("name"), origin))
            elif "title" in rule and isinstance(rule.get("data"), Seq):
                found.append(_managed(rule, group.text("name"), origin))
    return found


def _rule(rule: Map, group: str, origin: Origin) -> Rule:
    kind = "alert" if "alert" in rule else "record"
    name, expr = rule.text(kind), " ".join(rule.text("expr").split())
    is_log = "|=" in expr or "|~" in expr or "| json" in expr or "| logfmt" in expr
    return Rule(
        name=name,
        kind=kind,
        expr=expr,
        wait=rule.text("for"),
        labels=_pairs(rule.map("labels")),
        annotations=_pairs(rule.map("annotations")),
        group=group,
        at=Place(origin.path, rule.line_of(kind), rule.end_line, f"{kind}:{name}"),
        origin=origin,
        language="logql" if is_log else "promql",
    )


def _managed(rule: Map, group: str, origin: Origin) -> Rule:
    """An alert that Grafana itself evaluates; its expression is that of its queries."""
    models = [query.map("model") for query in rule.maps("data")]
    name = rule.text("title")
    return Rule(
        name=name,
        kind="alert",
        expr=" ; ".join(filter(None, (" ".join(model.text("expr").split()) for model in models))),
        wait=rule.text("for"),
        labels=_pairs(rule.map("labels")),
        annotations=_pairs(rule.map("annotations")),
        group=group,
        at=Place(origin.path, rule.line_of("title"), rule.end_line, f"alert:{name}"),
        origin=origin,
        language="grafana",
    )


def read_monitor(value: Map, origin: Origin) -> Monitor:
    """A ServiceMonitor or one of its relatives."""
    spec = value.map("spec")
    endpoints = spec.maps("endpoints") or spec.maps("podMetricsEndpoints") or (spec,)
    selector = spec.map("selector").map("matchLabels")
    static = spec.map("targets").map("staticConfig")
    targets = [as_text(item) for item in (*static.seq("static"), *static.seq("targets"))]
    targets += [as_text(item) for config in spec.maps("staticConfigs") for item in config.seq("targets")]
    name = origin.name
    return Monitor(
        kind=origin.kind,
        name=name,
        selector=_pairs(selector),
        ports=tuple(filter(None, (end.text("port") or end.text("targetPort") for end in endpoints))),
        path=endpoints[0].text("path") or "/metrics",
        targets=tuple(filter(None, targets)),
        at=Place(origin.path, value.line_of("kind"), 0, f"{origin.kind}/{name}"),
    )


def _pairs(values: Map) -> tuple[tuple[str, str], ...]:
    return tuple((key, " ".join(as_text(value).split())) for key, value in values.items())
