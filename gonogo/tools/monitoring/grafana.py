"""Grafana: dashboards, and the provisioning files that load them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from gonogo.facts.monitoring import COMMUNITY, Dashboard, Origin, Provisioning
from gonogo.model.evidence import Place
from gonogo.tools.yaml_marks import Map

_TITLE = re.compile(r'^[ \t]{0,4}"title"\s*:', re.MULTILINE)
_QUERIES = ("expr", "query", "rawSql", "expression", "target")


def read_dashboard(text: str, origin: Origin, *, line: int = 1) -> Dashboard | None:
    """The Grafana dashboard that a JSON text is; None for any other text."""
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return None
    if isinstance(value, dict) and isinstance(value.get("dashboard"), dict):
        value = value["dashboard"]
    if not isinstance(value, dict) or "title" not in value or not _is_dashboard(value):
        return None
    panels = list(_panels(value, 0))
    queries = tuple(dict.fromkeys(query for panel in panels for query in _queries(panel)))
    title = str(value["title"])
    titles = [match.start() for match in _TITLE.finditer(text)] or [0]
    number = line + text.count("\n", 0, titles[-1])
    return Dashboard(title, origin, len(panels), queries, Place(origin.path, number, number, f"dashboard:{title}"))


def _is_dashboard(value: dict[str, Any]) -> bool:
    listed = isinstance(value.get("panels"), list) or isinstance(value.get("rows"), list)
    return listed and any(key in value for key in ("schemaVersion", "templating", "time", "gnetId", "__inputs"))


def _panels(value: dict[str, Any], depth: int) -> Iterator[dict[str, Any]]:
    for key in ("panels", "rows"):
        for panel in value.get(key) or () if isinstance(value.get(key), list) else ():
            if isinstance(panel, dict):
                if key == "panels" and panel.get("type") != "row":
                    yield panel
                if depth < 4:
                    yield from _panels(panel, depth + 1)


def _queries(panel: dict[str, Any]) -> Iterator[str]:
    targets = panel.get("targets")
    for target in targets if isinstance(targets, list) else ():
        if isinstance(target, dict):
            for key in _QUERIES:
                if isinstance(target.get(key), str) and target[key]:
                    yield target[key]
                    break


def read_chart_dashboards(node: Map, origin: Origin) -> list[Dashboard]:
    """Dashboards that Grafana's chart fetches from grafana.com by their number; empty for any other mapping."""
    found: list[Dashboard] = []
    for folder in node.map("dashboards").values() if origin.form == "chart values" else ():
        for name, entry in folder.items() if isinstance(folder, Map) else ():
            if isinstance(entry, Map) and (number := entry.text("gnetId") or entry.text("url")):
                at = Place(origin.path, folder.line_of(name), 0, f"dashboard:{name}")
                found.append(Dashboard(name, origin, 0, (f"{COMMUNITY}{number}",), at))
    return found


def read_provisioning(node: Map, origin: Origin) -> list[Provisioning]:
    """Grafana's data sources and dashboard providers; empty for any other mapping."""
    found: list[Provisioning] = []
    for source in node.maps("datasources"):
        if source.text("type") and source.text("name"):
            at = Place(origin.path, source.line, source.end_line, f"datasource:{source.text('name')}")
            name, kind, url = source.text("name"), source.text("type"), source.text("url")
            found.append(Provisioning("datasources", name, kind, url, origin, at))
    for provider in node.maps("providers"):
        folder = provider.map("options").text("path")
        if folder:
            name = provider.text("name")
            at = Place(origin.path, provider.line, provider.end_line, f"dashboards:{name}")
            found.append(Provisioning("dashboards", name, provider.text("type") or "file", folder, origin, at))
    return found
