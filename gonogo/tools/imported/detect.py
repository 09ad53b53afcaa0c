"""Tells by its content what a file of another tool is, whatever its name, and reads it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from gonogo.tools.errors import ToolError
from gonogo.tools.imported import coverage, cyclonedx, junit, ocsf, sarif, spdx
from gonogo.tools.imported.opening import (
    MOST_VALUES,
    as_unicode,
    count_values,
    local,
    parse_json,
    parse_xml,
    read_bytes,
)
from gonogo.tools.imported.rows import MOST_ROWS, ImportedFile, as_text

READ = "SARIF, OCSF, JUnit XML, coverage (Cobertura, JaCoCo, LCOV), CycloneDX and SPDX are read"
_LCOV = re.compile(r"\A(?:TN:[^\n]*\n)?\s*(?:TN:[^\n]*\n)*SF:", re.MULTILINE)
_TAGS = re.compile(r"^SPDXVersion:", re.MULTILINE)
_HEAD = 20_000


def read_import(path: Path) -> tuple[bytes, tuple[ImportedFile, ...]]:
    """The bytes of a file and what is in it, one part for each tool that speaks in it. Raises ToolError."""
    data = read_bytes(path)
    first = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if first == b"<":
        return data, _read_xml(path, data)
    text = as_unicode(path, data)
    begin = text.lstrip()[:1]
    if begin in ("{", "["):
        return data, _read_json(path, text)
    if begin == "<":
        return data, _read_xml(path, text.encode())
    if _LCOV.match(text[:_HEAD]):
        return data, coverage.read_lcov(path, text)
    if _TAGS.search(text[:_HEAD]):
        return data, spdx.read_tags(path, text)
    raise ToolError(f"{path}: is nothing that can be imported: {READ}.")


def _read_json(path: Path, text: str) -> tuple[ImportedFile, ...]:
    lines = _json_lines(path, text)
    if lines is not None:
        return ocsf.read(path, lines)
    document = parse_json(path, text)
    if isinstance(document, list):
        if document and all(ocsf.is_finding(item) for item in document):
            return ocsf.read(path, document)
        if not document:
            raise ToolError(f"{path}: is an empty list: an empty file says nothing, and does not say which tool spoke.")
        raise ToolError(f"{path}: {_advice(document[0])}")
    if "runs" in document and ("sarif" in as_text(document.get("$schema")).lower() or "version" in document):
        return sarif.read(path, document)
    if document.get("bomFormat") == "CycloneDX":
        return cyclonedx.read_json(path, document)
    if "spdxVersion" in document:
        return spdx.read_json(path, document)
    if isinstance(document.get("@graph"), list) and "spdx" in json.dumps(document.get("@context"))[:2_000]:
        return spdx.read_graph(path, document)
    if ocsf.is_finding(document):
        return ocsf.read(path, [document])
    raise ToolError(f"{path}: {_advice(document)}")


def _json_lines(path: Path, text: str) -> list[Any] | None:
    """The objects of a file with one a line; None for a file that is one document."""
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) < 2 or not lines[0].lstrip().startswith("{") or not lines[0].rstrip().endswith("}"):
        return None
    if not lines[1].lstrip().startswith("{"):
        return None
    if len(lines) > MOST_ROWS or count_values(text) > MOST_VALUES:
        raise ToolError(f"{path}: holds more than {MOST_ROWS} findings: split it by service.")
    return [parse_json(path, line) for line in lines]


def _read_xml(path: Path, data: bytes) -> tuple[ImportedFile, ...]:
    root = parse_xml(path, data)
    kind = local(root.tag)
    if kind in ("testsuites", "testsuite"):
        return junit.read(path, root)
    if kind == "coverage" and any(local(child.tag) in ("packages", "sources") for child in root):
        return coverage.read_cobertura(path, root)
    if kind == "report" and any(local(child.tag) in ("counter", "package", "group", "sessioninfo") for child in root):
        return coverage.read_jacoco(path, root)
    if kind == "bom" and "cyclonedx" in root.tag:
        return cyclonedx.read_xml(path, root)
    raise ToolError(f"{path}: its root element {kind[:60]!r} is of no format that can be imported: {READ}.")


def _advice(document: Any) -> str:
    """What to do about a JSON that is no report in one of the formats: most tools can write one."""
    keys = set(document) if isinstance(document, dict) else set()
    for name, marks, how in (
        ("trivy", {"ArtifactName", "Results"}, "trivy ... --format sarif"),
        ("semgrep", {"results", "paths", "errors"}, "semgrep --sarif"),
        ("checkov", {"check_type", "results"}, "checkov -o sarif"),
        ("gitleaks", {"RuleID", "Fingerprint"}, "gitleaks ... --report-format sarif"),
        ("grype", {"matches", "descriptor"}, "grype -o sarif"),
        ("bandit", {"metrics", "results", "generated_at"}, "bandit -f sarif"),
        ("Security Hub", {"ProductArn", "AwsAccountId"}, "prowler ... -M json-ocsf"),
    ):
        if marks <= keys:
            return f"is {name}'s own JSON: have it write a common format ({how})."
    return f"is JSON of no format that can be imported: {READ}."
