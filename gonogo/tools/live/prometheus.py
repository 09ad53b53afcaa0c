"""A Prometheus, or what speaks its HTTP API: targets, rules, alerts, and whether rules ask for metrics that exist.

It is only asked with GETs of a closed list of paths, and the one query is ``count(NAME)``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from gonogo.model.snapshot import Record
from gonogo.model.sources import WebSource
from gonogo.model.target import Source
from gonogo.tools.live.asked import MOST_RECORDS, Asked, dicts, host_of, part, picked, shown, text_of
from gonogo.tools.live.promql import NAME, metrics_in
from gonogo.tools.live.shown import Reading, Shown
from gonogo.tools.live.web import open_web

PATHS = re.compile(
    r"api/v1/(?:targets|rules|alertmanagers|alerts|query|label/__name__/values|status/(?:buildinfo|runtimeinfo|flags))"
)
MOST_METRICS = 200
"""Names that are counted, those of alert rules first."""
NAMES_WITHIN = timedelta(hours=1)
"""Names of metrics are listed of this time; the server rounds it up to the hours of its newest block."""
MOST_FAILURES = 3
"""Counts in a row that may fail before the rest is given up."""
PERMISSION = "a token or login that may GET {}"
_LABELS = ("alertname", "severity", "priority", "level", "job", "instance", "namespace", "service")
_SEVERITIES = ("severity", "priority", "level")


def observe(source: WebSource, reading: Reading) -> Shown:
    """What the server shows. Raises ToolError where it can't be reached."""
    with open_web(source, reading) as web:
        asked = Asked(web, "prometheus", PATHS)
        build = _build(asked)
        targets = _targets(asked)
        rules = _rules(asked)
        records = [*build, *targets, *rules, *_alertmanagers(asked), *_alerts(asked)]
        records += _metrics(asked, rules)
        records += _names(asked, reading)
    notes = (f"targets: {len(targets)}", f"rules: {len(rules)}")
    return Shown((Source(kind="prometheus", name=host_of(source.url), notes=notes),), tuple(records), tuple(asked.gaps))


def rule_data(rule: dict[str, Any], group: str) -> dict[str, Any]:
    """A rule as ``/api/v1/rules`` has it, without the values of annotations and of most labels."""
    active = dicts(rule.get("alerts"))
    firing = sorted(shown(alert.get("activeAt")) for alert in active if _is_firing(alert))
    query = str(rule.get("query") or "")
    return {
        "type": shown(rule.get("type")),
        "group": group,
        "query": text_of(query),
        "metrics": metrics_in(query),
        "duration": rule.get("duration") if isinstance(rule.get("duration"), int | float) else None,
        "health": shown(rule.get("health")),
        "lastError": shown(rule.get("lastError")),
        "state": shown(rule.get("state")),
        "labels": picked(rule.get("labels"), _SEVERITIES),
        "annotations": sorted(map(str, part(rule, "annotations"))),
        "firing": len(firing),
        "activeAt": firing[0] if firing else "",
    }


def alert_data(alert: dict[str, Any]) -> dict[str, Any]:
    """An active alert as ``/api/v1/alerts`` has it."""
    return {
        "labels": picked(alert.get("labels"), _LABELS),
        "state": shown(alert.get("state")),
        "activeAt": shown(alert.get("activeAt")),
    }


def _is_firing(alert: dict[str, Any]) -> bool:
    return str(alert.get("state")).lower() in ("firing", "alerting")


def _data(asked: Asked, path: str, kind: str, params: dict[str, str] | None = None) -> Any:
    """What stands under ``data`` of an answer; None where there is none."""
    answer = asked.ask(f"api/v1/{path}", kind, params, permission=PERMISSION.format(f"/api/v1/{path}"))
    if answer is None:
        return None
    if not isinstance(answer, dict) or answer.get("status") != "success" or answer.get("data") is None:
        why = shown(answer.get("error")) if isinstance(answer, dict) else ""
        asked.miss(kind, f"it answers with an error: {why}" if why else "its answer is none of Prometheus's API")
        return None
    return answer["data"]


def _items(asked: Asked, path: str, kind: str, name: str, params: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """A list that stands under a name of an answer's data; where there is none, a gap tells it."""
    data = _data(asked, path, kind, params)
    if data is None:
        return []
    found = data.get(name) if isinstance(data, dict) else None
    if not isinstance(found, list):
        asked.miss(kind, f"its answer has no {name}")
    return dicts(found)


def _build(asked: Asked) -> list[Record]:
    build = _data(asked, "status/buildinfo", "build")
    runtime = _data(asked, "status/runtimeinfo", "build")
    flags = _data(asked, "status/flags", "build")
    data: dict[str, Any] = picked(build, ("version",)) | picked(runtime, ("startTime", "lastConfigTime"))
    if isinstance(runtime, dict):
        data["reloadConfigSuccess"] = runtime.get("reloadConfigSuccess")
        data["storageRetention"] = shown(runtime.get("storageRetention"))
    if isinstance(flags, dict):
        data["flags"] = {name: shown(flags[name]) for name in sorted(flags) if "tsdb.retention" in name}
    return asked.records("build", [("prometheus", data)] if data else [])


def _targets(asked: Asked) -> list[Record]:
    items = _items(asked, "targets", "target", "activeTargets", {"state": "active"})
    found = []
    for item in items:
        labels = picked(item.get("labels"), ("job", "instance"))
        pool = shown(item.get("scrapePool") or labels.get("job"))
        data = {
            "scrapePool": pool,
            "labels": labels,
            "health": shown(item.get("health")) or "unknown",
            "lastError": shown(item.get("lastError")),
        }
        found.append((f"{pool} {labels.get('instance', '')}".strip(), data))
    return asked.records("target", sorted(found, key=lambda pair: pair[0]))


def _rules(asked: Asked) -> list[Record]:
    found = []
    for group in _items(asked, "rules", "rule", "groups"):
        name = shown(group.get("name"))
        found += [(f"{name}/{shown(rule.get('name'))}", rule_data(rule, name)) for rule in dicts(group.get("rules"))]
    return asked.records("rule", found)


def _alertmanagers(asked: Asked) -> list[Record]:
    active = _items(asked, "alertmanagers", "alertmanager", "activeAlertmanagers")
    return asked.records("alertmanager", [(name, {}) for name in sorted(host_of(str(i.get("url"))) for i in active)])


def _alerts(asked: Asked) -> list[Record]:
    found = []
    for alert in _items(asked, "alerts", "alert", "alerts"):
        data = alert_data(alert)
        labels = data["labels"]
        found.append((f"{labels.get('alertname', '')} {labels.get('instance', '')}".strip(), data))
    return asked.records("alert", sorted(found, key=lambda pair: (pair[0], pair[1]["activeAt"])))


def _metrics(asked: Asked, rules: list[Record]) -> list[Record]:
    """How many series each metric has now that alert rules ask for."""
    alerting = [rule for rule in rules if rule.data["type"] == "alerting"]
    names = list(dict.fromkeys(name for rule in alerting for name in rule.data["metrics"]))
    if len(names) > MOST_METRICS:
        asked.miss("metric", f"the rules name {len(names)}, and only the first {MOST_METRICS} were counted")
    return asked.records("metric", sorted(_counted(asked, names[:MOST_METRICS])))


def _counted(asked: Asked, names: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    failures = 0
    for number, name in enumerate(names):
        if failures == MOST_FAILURES or asked.is_late:
            asked.miss("metric", f"{len(names) - number} of {len(names)} were not counted any more")
            return
        series = _count(asked, name)
        failures = failures + 1 if series is None else 0
        if series is not None:
            yield name, {"series": series}


def _count(asked: Asked, name: str) -> int | None:
    """The number of series of a metric; None where it is not known. No result is zero: Prometheus counts nothing so."""
    if not NAME.fullmatch(name):
        return None
    data = _data(asked, "query", "metric", {"query": f"count({name})"})
    if data is None:
        return None
    result = data.get("result") if isinstance(data, dict) else None
    if result == []:
        return 0
    try:
        value = float(result[0]["value"][1])  # type: ignore[index]
    except (TypeError, KeyError, IndexError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        asked.miss("metric", f"the count of {name} is no number")
        return None
    return int(value)


def _names(asked: Asked, reading: Reading) -> list[Record]:
    """One record with the names of all metrics that had data lately."""
    start = str(int((reading.clock() - NAMES_WITHIN).timestamp()))
    found = _data(asked, "label/__name__/values", "metric_names", {"start": start})
    if found is None:
        return []
    names = sorted(name for name in map(str, found if isinstance(found, list) else ()) if NAME.fullmatch(name))
    if not isinstance(found, list):
        asked.miss("metric_names", "its answer is no list")
        return []
    if len(names) > MOST_RECORDS:
        asked.miss("metric_names", f"it has {len(names)}, and only the first {MOST_RECORDS} were looked at")
    return asked.records("metric_names", [("names", {"names": names[:MOST_RECORDS]})])
