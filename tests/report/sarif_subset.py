"""What SARIF 2.1.0 requires and allows of the properties that gonogo writes: names, types, enumerations.

Written from the standard's text (sections 3.13 to 3.49), and closed, so that a misspelt property fails.
"""

from __future__ import annotations

from typing import Any


def _object(required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required.split(), "properties": properties, "additionalProperties": False}


_TEXT = {"type": "string"}
_BAG = {"type": "object"}
_MESSAGE = _object("text", text=_TEXT, markdown=_TEXT)
_LEVEL = {"enum": ["none", "note", "warning", "error"]}
_URI = {"type": "string", "pattern": r"^[^\\ ]*$"}
_REGION = _object(
    "startLine",
    startLine={"type": "integer", "minimum": 1},
    endLine={"type": "integer", "minimum": 1},
    snippet=_object("text", text=_TEXT),
)
_LOCATION = _object(
    "physicalLocation",
    physicalLocation=_object(
        "artifactLocation", artifactLocation=_object("uri", uri=_URI, uriBaseId=_TEXT), region=_REGION
    ),
)
_RULE = _object(
    "id",
    id=_TEXT,
    name=_TEXT,
    shortDescription=_MESSAGE,
    fullDescription=_MESSAGE,
    help=_MESSAGE,
    helpUri={"type": "string", "format": "uri", "pattern": "^https?://"},
    defaultConfiguration=_object("", level=_LEVEL),
    properties={"type": "object", "properties": {"tags": {"type": "array", "uniqueItems": True, "items": _TEXT}}},
)
_KIND = {"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]}
_RESULT = _object(
    "message",
    ruleId=_TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    kind=_KIND,
    level=_LEVEL,
    message=_MESSAGE,
    locations={"type": "array", "items": _LOCATION},
    partialFingerprints={"type": "object", "additionalProperties": _TEXT},
    baselineState={"enum": ["new", "unchanged", "updated", "absent"]},
    suppressions={
        "type": "array",
        "items": _object(
            "kind",
            kind={"enum": ["inSource", "external"]},
            status={"enum": ["accepted", "underReview", "rejected"]},
            justification=_TEXT,
        ),
    },
    properties=_BAG,
)
_RESULT["if"] = {"required": ["kind"], "properties": {"kind": {"not": {"const": "fail"}}}}
_RESULT["then"] = {"properties": {"level": {"const": "none"}}}  # 3.27.10: what is no failure has no level
_INVOCATION = _object(
    "executionSuccessful",
    executionSuccessful={"type": "boolean"},
    endTimeUtc={"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
    toolExecutionNotifications={"type": "array", "items": _object("message", level=_LEVEL, message=_MESSAGE)},
)
_RUN = _object(
    "tool",
    tool=_object(
        "driver",
        driver=_object("name", name=_TEXT, semanticVersion=_TEXT, rules={"type": "array", "items": _RULE}),
    ),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    originalUriBaseIds=_BAG,
    automationDetails=_object("", id=_TEXT),
    invocations={"type": "array", "items": _INVOCATION},
    results={"type": "array", "items": _RESULT},
    properties=_BAG,
)
SARIF = _object(
    "version runs",
    **{"$schema": {"type": "string", "format": "uri"}},
    version={"const": "2.1.0"},
    runs={"type": "array", "items": _RUN},
)
