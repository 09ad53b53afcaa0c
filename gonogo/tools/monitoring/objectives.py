"""Service level objectives as code: OpenSLO, Sloth, Pyrra, Nobl9."""

from __future__ import annotations

from collections.abc import Iterator

from gonogo.facts.monitoring import Objective, Origin
from gonogo.model.evidence import Place
from gonogo.tools.yaml_marks import Map, Seq, as_text

_QUERY_KEYS = (
    "expr",
    "query",
    "metric",
    "error_query",
    "total_query",
    "errorQuery",
    "totalQuery",
    "promql",
    "indicatorRef",
)


def read_objective(value: Map, origin: Origin) -> Objective | None:
    """The objective that a document is; None for any other."""
    group, kind, spec = value.text("apiVersion").partition("/")[0], value.text("kind"), value.map("spec")
    if kind == "SLO" and ("openslo" in group or "n9" in group):
        return _open(value, spec, origin)
    if kind == "PrometheusServiceLevel" or value.text("version") == "prometheus/v1":
        return _sloth(value, spec if kind else value, origin)
    if kind == "ServiceLevelObjective" and "pyrra" in group:
        return Objective(
            name=value.map("metadata").text("name"),
            product="Pyrra",
            target=spec.text("target"),
            window=spec.text("window"),
            indicator=next(_queries(spec.map("indicator")), ""),
            alerts=True,
            at=Place(origin.path, value.line_of("kind"), 0, f"slo:{value.map('metadata').text('name')}"),
            origin=origin,
        )
    return None


def _open(value: Map, spec: Map, origin: Origin) -> Objective:
    name = value.map("metadata").text("name")
    target = next((item.text("target") or item.text("targetPercent") for item in spec.maps("objectives")), "")
    window = next((item.text("duration") or item.text("unit") for item in spec.maps("timeWindow")), "")
    return Objective(
        name=name,
        product="OpenSLO" if "openslo" in value.text("apiVersion") else "Nobl9",
        target=target,
        window=window or next((item.text("unit") for item in spec.maps("timeWindows")), ""),
        indicator=next(_queries(spec), ""),
        alerts=bool(spec.seq("alertPolicies")),
        at=Place(origin.path, value.line_of("kind"), 0, f"slo:{name}"),
        origin=origin,
    )


def _sloth(value: Map, spec: Map, origin: Origin) -> Objective | None:
    slos = spec.maps("slos")
    if not slos:
        return None
    first = slos[0]
    alerting = first.map("alerting")
    off = all(alerting.map(key).text("disable") == "true" for key in ("page_alert", "ticket_alert"))
    name = f"{spec.text('service')}/{first.text('name')}"
    return Objective(
        name=name,
        product="Sloth",
        target=first.text("objective"),
        window="30d",  # Sloth's default window; it is an option of its command, not of the file.
        indicator=next(_queries(first.map("sli")), ""),
        alerts=not off,
        at=Place(origin.path, first.line, first.end_line, f"slo:{name}"),
        origin=origin,
    )


def _queries(node: Map, depth: int = 0) -> Iterator[str]:
    for key, item in node.items():
        if key in _QUERY_KEYS and (text := as_text(item)):
            yield text
        elif depth < 8:
            for below in (item,) if isinstance(item, Map) else item if isinstance(item, Seq) else ():
                if isinstance(below, Map):
                    yield from _queries(below, depth + 1)
