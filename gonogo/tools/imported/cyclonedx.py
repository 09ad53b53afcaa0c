"""CycloneDX bills of materials, JSON and XML, with the vulnerabilities that they may list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gonogo.model.criterion import Severity
from gonogo.model.imported import RowStatus
from gonogo.tools.errors import ToolError
from gonogo.tools.imported.materials import Component, Materials, bill
from gonogo.tools.imported.opening import local
from gonogo.tools.imported.rows import MOST_ROWS, ImportedFile, Row, as_dict, as_list, as_text, severity_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

FORMAT = "CycloneDX"
MOST_DEEP = 50
VULNERABILITY = "vulnerability"
_SET_ASIDE = {"not_affected", "false_positive", "resolved", "resolved_with_pedigree"}


def read_json(path: Path, document: dict[str, Any]) -> tuple[ImportedFile, ...]:
    """Raises ToolError."""
    components = [
        Component(as_text(item.get("name")), as_text(item.get("version")), bool(item.get("licenses")))
        for item in _components(as_list(document.get("components")))
    ]
    metadata = as_dict(document.get("metadata"))
    rows = [_vulnerability(as_dict(item)) for item in as_list(document.get("vulnerabilities"))]
    if len(components) + len(rows) > MOST_ROWS:
        raise ToolError(f"{path}: holds more than {MOST_ROWS} components: write one for each artefact.")
    tool = next(_tools(metadata.get("tools")), {})
    return bill(
        Materials(
            FORMAT,
            as_text(document.get("specVersion")),
            as_text(tool.get("name")),
            as_text(tool.get("version")),
            as_text(metadata.get("timestamp"))[:40],
        ),
        components,
        rows,
    )


def read_xml(path: Path, root: Element) -> tuple[ImportedFile, ...]:
    """Raises ToolError."""
    holder = _child(root, "components")
    components = [
        Component(_text(item, "name"), _text(item, "version"), _child(item, "licenses") is not None)
        for item in (holder.iter() if holder is not None else ())
        if local(item.tag) == "component"
    ]
    if len(components) > MOST_ROWS:
        raise ToolError(f"{path}: holds more than {MOST_ROWS} components: write one for each artefact.")
    metadata = _child(root, "metadata")
    tools = _child(metadata, "tools") if metadata is not None else None
    tool = next((item for item in (tools.iter() if tools is not None else ()) if _text(item, "name")), None)
    listed = _child(root, "vulnerabilities")
    rows = [_xml_vulnerability(item) for item in (listed if listed is not None else ())]
    return bill(
        Materials(
            FORMAT,
            root.tag.partition("}")[0].rpartition("/")[2],
            _text(tool, "name") if tool is not None else "",
            _text(tool, "version") if tool is not None else "",
            (_text(metadata, "timestamp") if metadata is not None else "")[:40],
        ),
        components,
        rows,
    )


def _components(items: list[Any], depth: int = 0) -> Iterator[dict[str, Any]]:
    for item in map(as_dict, items):
        yield item
        if depth < MOST_DEEP:
            yield from _components(as_list(item.get("components")), depth + 1)


def _tools(value: Any) -> Iterator[dict[str, Any]]:
    """A list before version 1.5 of the format, then an object with components."""
    yield from map(as_dict, as_list(value) or as_list(as_dict(value).get("components")))


def _vulnerability(item: dict[str, Any]) -> Row:
    found = [severity_of(as_text(as_dict(rating).get("severity"))) for rating in as_list(item.get("ratings"))]
    affected = as_dict(next(iter(as_list(item.get("affects"))), None))
    return Row(
        rule=as_text(item.get("id")) or "(no id)",
        status=_state(as_text(as_dict(item.get("analysis")).get("state"))),
        severity=_worst(found),
        message=as_text(item.get("description")) or as_text(item.get("detail")),
        path=as_text(affected.get("ref")),
        name=VULNERABILITY,
    )


def _xml_vulnerability(item: Element) -> Row:
    states = [as_text(part.text) for part in item.iter() if local(part.tag) == "state"]
    found = [severity_of(as_text(part.text)) for part in item.iter() if local(part.tag) == "severity"]
    refs = [as_text(part.text) for part in item.iter() if local(part.tag) == "ref"]
    return Row(
        rule=_text(item, "id") or "(no id)",
        status=_state(states[0] if states else ""),
        severity=_worst(found),
        message=_text(item, "description"),
        path=refs[0] if refs else "",
        name=VULNERABILITY,
    )


def _worst(found: list[Severity | None]) -> Severity | None:
    return max((severity for severity in found if severity), key=lambda severity: severity.rank, default=None)


def _state(state: str) -> RowStatus:
    return "suppressed" if state.strip() in _SET_ASIDE else "fail"


def _child(element: Element, name: str) -> Element | None:
    return next((child for child in element if local(child.tag) == name), None)


def _text(element: Element, name: str) -> str:
    child = _child(element, name)
    return as_text((child.text or "").strip()) if child is not None else ""
