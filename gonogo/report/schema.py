"""The JSON Schema of a report, made from its model."""

from __future__ import annotations

from typing import Any

from gonogo.model.report import SCHEMA_VERSION, Report


def report_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of what ``-f json`` writes."""
    schema = Report.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"gonogo report {SCHEMA_VERSION}",
        **{key: value for key, value in schema.items() if key != "title"},
    }
