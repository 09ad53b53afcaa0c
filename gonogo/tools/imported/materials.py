"""What bills of materials of any format come to: how many components they name. One without any is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gonogo.tools.imported.rows import ImportedFile, Row

RULE = "bill-of-materials"


@dataclass(frozen=True, slots=True)
class Component:
    """A part that a bill names."""

    name: str
    version: str = ""
    has_license: bool = False


@dataclass(frozen=True, slots=True)
class Materials:
    """A bill as a whole: its format and that format's version, and what wrote it when."""

    format: str
    format_version: str
    tool: str
    version: str
    taken: str


def bill(about: Materials, components: Sequence[Component], rows: Sequence[Row] = ()) -> tuple[ImportedFile, ...]:
    """The file of a bill: a row that says how many components it names, and the vulnerabilities that it lists."""
    named = [component for component in components if component.name.strip()]
    versions = sum(bool(component.version) for component in named)
    licences = sum(component.has_license for component in named)
    said = f"it names {len(named)} components, {versions} with a version, {licences} with a licence"
    first = Row(RULE, "pass" if named else "unknown", message=said if named else "it names no component")
    return (
        ImportedFile(
            format=f"{about.format} {about.format_version}".strip(),
            tool=about.tool or about.format,
            version=about.version,
            taken=about.taken,
            rows=(first, *rows),
            facts={"components": len(named), "with_version": versions, "with_license": licences},
            notes=() if named else ("it names no component: an empty bill of materials is none",),
            incomplete="" if named else "it names no component",
            table=RULE,
        ),
    )
