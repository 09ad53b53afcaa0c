"""Log stores: how long Loki keeps what it gets."""

from __future__ import annotations

from gonogo.facts.monitoring import LogStore, Origin
from gonogo.model.evidence import Place
from gonogo.tools.yaml_marks import Map

_NEVER = frozenset({"", "0", "0s", "0h", "0d"})


def read_log_store(node: Map, origin: Origin) -> LogStore | None:
    """The Loki configuration that a mapping is; None for any other mapping."""
    limits = node.map("limits_config")
    if not limits and not ("schema_config" in node and "ingester" in node):
        return None
    if "schema_config" not in node and "retention_period" not in limits:
        return None
    period = limits.text("retention_period")
    table = node.map("table_manager")
    on = node.map("compactor").text("retention_enabled") == "true"
    retention = period if on and period not in _NEVER else ""
    if table.text("retention_deletes_enabled") == "true" and table.text("retention_period") not in _NEVER:
        retention = table.text("retention_period")
    line = limits.line_of("retention_period") if period else node.line
    return LogStore("Loki", retention, origin, Place(origin.path, line, line, "loki:retention"))
