"""SPDX bills of materials: JSON and tag-value of version 2, JSON-LD of version 3."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gonogo.tools.errors import ToolError
from gonogo.tools.imported.materials import Component, Materials, bill
from gonogo.tools.imported.rows import MOST_ROWS, ImportedFile, as_dict, as_list, as_text

FORMAT = "SPDX"
_UNSAID = ("", "NOASSERTION", "NONE")


def read_json(path: Path, document: dict[str, Any]) -> tuple[ImportedFile, ...]:
    """Raises ToolError."""
    packages = [as_dict(item) for item in as_list(document.get("packages"))]
    _check(path, len(packages))
    made = as_dict(document.get("creationInfo"))
    tools = [as_text(item) for item in as_list(made.get("creators")) if as_text(item).startswith("Tool:")]
    about = _about(as_text(document.get("spdxVersion")), tools[0] if tools else "", as_text(made.get("created")))
    return bill(
        about,
        [
            Component(
                as_text(item.get("name")),
                as_text(item.get("versionInfo")),
                any(as_text(item.get(name)) not in _UNSAID for name in ("licenseConcluded", "licenseDeclared")),
            )
            for item in packages
        ],
    )


def read_graph(path: Path, document: dict[str, Any]) -> tuple[ImportedFile, ...]:
    """Version 3: a graph of elements. Licences stand in relationships there, and are not counted. Raises ToolError."""
    elements = [as_dict(item) for item in as_list(document.get("@graph"))]
    packages = [item for item in elements if as_text(item.get("type")).endswith("software_Package")]
    _check(path, len(packages))
    info = next((item for item in elements if as_text(item.get("type")) == "CreationInfo"), {})
    about = _about("SPDX-" + as_text(info.get("specVersion")), "", as_text(info.get("created")))
    named = [Component(as_text(p.get("name")), as_text(p.get("software_packageVersion"))) for p in packages]
    return bill(about, named)


def read_tags(path: Path, text: str) -> tuple[ImportedFile, ...]:
    """Tag-value. Raises ToolError."""
    packages: list[dict[str, str]] = []
    head: dict[str, str] = {}
    for line in text.splitlines():
        tag, mark, value = line.partition(":")
        tag, value = tag.strip(), as_text(value.strip())
        if not mark:
            continue
        if tag == "PackageName":
            packages.append({tag: value})
            _check(path, len(packages))
        elif packages and tag.startswith("Package"):
            packages[-1][tag] = value
        elif tag == "Creator" and value.startswith("Tool:"):
            head.setdefault(tag, value)
        else:
            head.setdefault(tag, value) if tag in ("SPDXVersion", "Created") else None
    return bill(
        _about(head.get("SPDXVersion", ""), head.get("Creator", ""), head.get("Created", "")),
        [
            Component(
                item["PackageName"],
                item.get("PackageVersion", ""),
                any(item.get(n, "") not in _UNSAID for n in ("PackageLicenseConcluded", "PackageLicenseDeclared")),
            )
            for item in packages
        ],
    )


def _about(version: str, creator: str, created: str) -> Materials:
    name, _, number = creator.removeprefix("Tool:").strip().rpartition("-")
    return Materials(FORMAT, version.removeprefix("SPDX-"), name or number, number if name else "", created[:40])


def _check(path: Path, packages: int) -> None:
    if packages > MOST_ROWS:
        raise ToolError(f"{path}: holds more than {MOST_ROWS} packages: write one for each artefact.")
