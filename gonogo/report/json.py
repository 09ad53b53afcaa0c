"""The report as JSON: the contract that others build on. Its schema is docs/report.schema.json."""

from __future__ import annotations

import json

from gonogo.model.report import Report


def render(report: Report) -> str:
    """Keys in the order of the model, two spaces, UTF-8."""
    return json.dumps(report.model_dump(mode="json"), ensure_ascii=False, indent=2) + "\n"
