"""A Grafana: dashboards with their queries, data sources, alert rules with their health, and contact points.

It is only asked with GETs of a closed list of paths. Settings of contact points and data sources are never kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from gonogo.facts.channels import UNFILLED, trouble_of
from gonogo.model.snapshot import Record
from gonogo.model.sources import WebSource
from gonogo.model.target import Source
from gonogo.tools.live.asked import Asked, dicts, host_of, part, picked, shown, text_of
from gonogo.tools.live.prometheus import rule_data
from gonogo.tools.live.promql import metrics_in
from gonogo.tools.live.shown import Reading, Shown
from gonogo.tools.live.web import open_web

UID = r"[A-Za-z0-9_-]{1,100}"
PATHS = re.compile(
    rf"api/(?:health|search|datasources|dashboards/uid/{UID}|prometheus/grafana/api/v1/rules"
    r"|v1/provisioning/(?:alert-rules|contact-points|policies))"
)
MOST_DASHBOARDS = 200
MOST_PANELS = 300
"""Of one dashboard."""
MOST_FAILURES = 3
"""Dashboards in a row that may fail before the rest is given up."""
_TARGETS = ("url", "addresses", "integrationKey", "bottoken", "apiKey", "endpointUrl", "topic", "token", "recipient")
"""Settings of a contact point that say where it leads; whether one is a placeholder is kept, never the value."""
_MOST_DEPTH = 5


def observe(source: WebSource, reading: Reading) -> Shown:
    """What the server shows. Raises ToolError where it can't be reached."""
    with open_web(source, reading) as web:
        asked = Asked(web, "grafana", PATHS)
        records = _build(asked)
        dashboards = _dashboards(asked)
        records += [*dashboards, *_datasources(asked), *_alert_rules(asked), *_alert_states(asked)]
        records += [*_contact_points(asked), *_policies(asked)]
    shown_source = Source(kind="grafana", name=host_of(source.url), notes=(f"{len(dashboards)} dashboards",))
    return Shown((shown_source,), tuple(records), tuple(asked.gaps))


def _build(asked: Asked) -> list[Record]:
    health = asked.ask("api/health", "build")
    data = picked(health, ("version", "database"))
    return asked.records("build", [("grafana", data)] if data else [])


def _listed(asked: Asked, path: str, kind: str, permission: str, **params: str) -> list[dict[str, Any]]:
    answer = asked.ask(path, kind, params, permission=permission)
    if answer is not None and not isinstance(answer, list):
        asked.miss(kind, "its answer is no list")
    return dicts(answer)


def _dashboards(asked: Asked) -> list[Record]:
    params = {"type": "dash-db", "limit": str(MOST_DASHBOARDS + 1)}
    listed = _listed(asked, "api/search", "dashboard", "dashboards:read", **params)
    if not listed and not any(gap.kind == "dashboard" for gap in asked.gaps):
        # a search shows only what one may see: to an account without rights, nothing
        asked.miss("dashboard", "it lists none, as it also does where they may not be seen", "dashboards:read")
    if len(listed) > MOST_DASHBOARDS:
        asked.miss("dashboard", f"it has more than {MOST_DASHBOARDS}, and only the first {MOST_DASHBOARDS} were read")
    found, failures = [], 0
    for number, item in enumerate(listed[:MOST_DASHBOARDS]):
        if failures == MOST_FAILURES or asked.is_late:
            asked.miss("dashboard", f"{len(listed) - number} of {len(listed)} were not read any more")
            break
        data = _dashboard(asked, item)
        failures = failures + 1 if data is None else 0
        if data is not None:
            found.append((shown(item.get("title") or item.get("uid")), data))
    return asked.records("dashboard", sorted(found, key=lambda pair: (pair[0], pair[1]["uid"])))


def _dashboard(asked: Asked, item: dict[str, Any]) -> dict[str, Any] | None:
    uid = str(item.get("uid"))
    if not re.fullmatch(UID, uid):
        asked.miss("dashboard", "a dashboard has an unusual uid, and was not read")
        return None
    answer = asked.ask(f"api/dashboards/uid/{uid}", "dashboard", permission="dashboards:read")
    if answer is None:
        return None
    model = part(answer, "dashboard")
    if not model:
        asked.miss("dashboard", f"the answer for {uid} has no dashboard")
        return None
    panels = [_panel(panel) for panel in _panels(model, 0)]
    if len(panels) > MOST_PANELS:
        asked.miss("dashboard", f"{uid} has {len(panels)} panels, and only the first {MOST_PANELS} were looked at")
    return {"uid": uid, "folder": shown(item.get("folderTitle")), "panels": panels[:MOST_PANELS]}


def _panels(value: dict[str, Any], depth: int) -> Iterator[dict[str, Any]]:
    """All panels, those in rows too; rows themselves show nothing."""
    for panel in (*dicts(value.get("panels")), *dicts(value.get("rows"))):
        if panel.get("type") not in (None, "row"):
            yield panel
        if depth < _MOST_DEPTH:
            yield from _panels(panel, depth + 1)


def _panel(panel: dict[str, Any]) -> dict[str, Any]:
    own = _datasource(panel.get("datasource"))
    queries = [_query(target, own) for target in dicts(panel.get("targets")) if target.get("hide") is not True]
    return {"title": shown(panel.get("title")), "type": shown(panel.get("type")), "queries": queries}


def _query(target: dict[str, Any], inherited: str) -> dict[str, Any]:
    """The expression of a target where it has one; of SQL and the like only that it is there."""
    expression = target.get("expr")
    found: dict[str, Any] = {"datasource": _datasource(target.get("datasource")) or inherited}
    if isinstance(expression, str) and expression.strip():
        found |= {"expr": text_of(expression), "metrics": metrics_in(expression)}
    return found


def _datasource(value: Any) -> str:
    """The uid of a data source, or its name as old dashboards have it; empty for the default one."""
    return shown(value.get("uid")) if isinstance(value, dict) else shown(value)


def _datasources(asked: Asked) -> list[Record]:
    listed = _listed(asked, "api/datasources", "datasource", "datasources:read")
    found = [
        (shown(item.get("name")), picked(item, ("uid", "type")) | {"isDefault": item.get("isDefault") is True})
        for item in listed
    ]
    return asked.records("datasource", sorted(found, key=lambda pair: pair[0]))


def _alert_rules(asked: Asked) -> list[Record]:
    listed = _listed(asked, "api/v1/provisioning/alert-rules", "alert_rule", "alert.provisioning:read")
    found = [(f"{shown(item.get('ruleGroup'))}/{shown(item.get('title'))}", _alert_rule(item)) for item in listed]
    return asked.records("alert_rule", sorted(found, key=lambda pair: (pair[0], pair[1]["uid"])))


def _alert_rule(item: dict[str, Any]) -> dict[str, Any]:
    queries = []
    for query in dicts(item.get("data")):
        uid = shown(query.get("datasourceUid"))
        if uid not in ("__expr__", "-100"):  # Grafana's own sums over the answers of other queries
            queries.append(_query(part(query, "model") | {"datasource": {"uid": uid}}, ""))
    return {
        "uid": shown(item.get("uid")),
        "group": shown(item.get("ruleGroup")),
        "for": shown(item.get("for")),
        "paused": item.get("isPaused") is True,
        "labels": picked(item.get("labels"), ("severity", "priority", "level")),
        "annotations": sorted(map(str, part(item, "annotations"))),
        "queries": queries,
    }


def _alert_states(asked: Asked) -> list[Record]:
    """How the rules are doing, as Grafana tells it in Prometheus's way: ``health`` is ok, error, nodata or unknown."""
    answer = asked.ask("api/prometheus/grafana/api/v1/rules", "alert_state", permission="alert.rules:read")
    groups = part(answer, "data").get("groups")
    if answer is not None and not isinstance(groups, list):
        asked.miss("alert_state", "its answer has no groups")
    found = []
    for group in dicts(groups):
        name = shown(group.get("name"))
        for rule in dicts(group.get("rules")):
            data = rule_data(rule | {"query": ""}, name)
            kept = {key: data[key] for key in ("health", "lastError", "state", "firing", "activeAt", "labels")}
            found.append((f"{name}/{shown(rule.get('name'))}", kept | {"uid": shown(rule.get("uid"))}))
    return asked.records("alert_state", sorted(found, key=lambda pair: (pair[0], pair[1]["uid"])))


def _contact_points(asked: Asked) -> list[Record]:
    listed = _listed(asked, "api/v1/provisioning/contact-points", "contact_point", "alert.provisioning:read")
    found = [(shown(i.get("name")), {"type": shown(i.get("type")), "placeholder": _is_placeholder(i)}) for i in listed]
    return asked.records("contact_point", sorted(found, key=lambda pair: (pair[0], json.dumps(pair[1]))))


def _is_placeholder(item: dict[str, Any]) -> bool:
    """Whether a contact point leads nowhere; no when its target is hidden."""
    settings, kind = part(item, "settings"), str(item.get("type"))
    found = [(key, str(settings[key])) for key in _TARGETS if settings.get(key)]
    # what Grafana fills in of its environment is no placeholder
    return any(trouble_of(kind, UNFILLED.sub("variable", text), key) for key, text in found[:1])


def _policies(asked: Asked) -> list[Record]:
    """The notification policies in their order, depth first."""
    tree = asked.ask("api/v1/provisioning/policies", "policy", permission="alert.provisioning:read")
    if tree is not None and not isinstance(tree, dict):
        asked.miss("policy", "its answer is no policy")
    routes = list(_routes(tree, "", 0)) if isinstance(tree, dict) else []
    return asked.records("policy", [(f"{n:04d} {data['receiver']}", data) for n, data in enumerate(routes)])


def _routes(node: dict[str, Any], inherited: str, depth: int) -> Iterator[dict[str, Any]]:
    receiver = shown(node.get("receiver")) or inherited
    matchers = [" ".join(map(str, item)) for item in node.get("object_matchers") or () if isinstance(item, list)]
    yield {"receiver": receiver, "matchers": matchers, "depth": depth}
    if depth < 2 * _MOST_DEPTH:
        for below in dicts(node.get("routes")):
            yield from _routes(below, receiver, depth + 1)
