"""OCSF 1.x findings, as prowler and Security Hub write them: a JSON array, or one object a line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gonogo.model.criterion import Severity
from gonogo.model.imported import RowStatus
from gonogo.tools.errors import ToolError
from gonogo.tools.imported.rows import MOST_ROWS, ImportedFile, Row, as_dict, as_list, as_text, severity_of

FORMAT = "OCSF"
CLASSES = (2002, 2003, 2004)
"""Vulnerability, compliance and detection findings."""
_CODES: dict[str, RowStatus] = {"fail": "fail", "failed": "fail", "pass": "pass", "passed": "pass"}
_SUPPRESSED, _RESOLVED = 3, 4
_SEVERITIES = {6: Severity.CRITICAL, 5: Severity.CRITICAL, 4: Severity.HIGH, 3: Severity.MEDIUM, 2: Severity.LOW}


def is_finding(item: Any) -> bool:
    """Whether that is an OCSF event."""
    found = as_dict(item)
    return isinstance(found.get("class_uid"), int) and isinstance(found.get("metadata"), dict)


def read(path: Path, items: Sequence[Any]) -> tuple[ImportedFile, ...]:
    """One file for each product, in the order of their names. Raises ToolError."""
    if len(items) > MOST_ROWS:
        raise ToolError(f"{path}: holds more than {MOST_ROWS} findings: split it by service.")
    if not all(is_finding(item) for item in items):
        raise ToolError(f"{path}: not all of it are OCSF findings: have the tool write it again.")
    by_tool: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        by_tool.setdefault(as_text(_product(item).get("name")) or "unknown product", []).append(item)
    return tuple(_read_tool(tool, by_tool[tool]) for tool in sorted(by_tool))


def _product(item: dict[str, Any]) -> dict[str, Any]:
    return as_dict(as_dict(item.get("metadata")).get("product"))


def _read_tool(tool: str, items: list[dict[str, Any]]) -> ImportedFile:
    findings = [item for item in items if item["class_uid"] in CLASSES]
    other = len(items) - len(findings)
    return ImportedFile(
        format=FORMAT,
        tool=tool,
        version=next((v for item in items if (v := as_text(_product(item).get("version")))), ""),
        taken=max((_time(item) for item in items), default=""),
        rows=tuple(map(_row, findings)),
        notes=(f"{other} events of other kinds than findings were left out",) if other else (),
    )


def _row(item: dict[str, Any]) -> Row:
    info, resource = as_dict(item.get("finding_info")), as_dict(next(iter(as_list(item.get("resources"))), None))
    compliance = as_dict(item.get("compliance"))
    rule = (
        as_text(as_dict(item.get("metadata")).get("event_code"))
        or as_text(compliance.get("control"))
        or as_text(as_dict(info.get("analytic")).get("uid"))
        or as_text(info.get("title"))
    )
    number = item.get("severity_id")
    return Row(
        rule=rule or "(no rule)",
        status=_status(item, compliance),
        severity=_SEVERITIES.get(number) if isinstance(number, int) else severity_of(as_text(item.get("severity"))),
        message=as_text(item.get("status_detail")) or as_text(item.get("message")) or as_text(info.get("title")),
        path=as_text(resource.get("uid")) or as_text(resource.get("name")),
        name=as_text(info.get("title")),
    )


def _status(item: dict[str, Any], compliance: dict[str, Any]) -> RowStatus:
    """``status_code`` is prowler's answer; a muted finding keeps it and is told by its ``status_id``."""
    code = (as_text(item.get("status_code")) or as_text(compliance.get("status"))).lower()
    said = _CODES.get(code, "unknown")
    if said == "fail" and (item.get("status_id") == _SUPPRESSED or as_text(item.get("status")) == "Suppressed"):
        return "suppressed"
    return "not_applicable" if said == "fail" and item.get("status_id") == _RESOLVED else said


def _time(item: dict[str, Any]) -> str:
    told = as_text(item.get("time_dt"))
    seconds = item.get("time")
    if told or isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return told[:40]
    if seconds > 10**11:  # the format counts milliseconds, prowler seconds
        seconds = seconds / 1000
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    except (OverflowError, ValueError, OSError):
        return ""
