"""SARIF 2.1.0, as most scanners write it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from posixpath import normpath
from typing import Any
from urllib.parse import unquote, urlsplit

from gonogo.model.criterion import Severity
from gonogo.model.imported import RowStatus
from gonogo.tools.errors import ToolError
from gonogo.tools.imported.rows import (
    MOST_ROWS,
    ImportedFile,
    Row,
    as_dict,
    as_line,
    as_list,
    as_text,
    severity_of,
    severity_of_score,
)

FORMAT = "SARIF"
MOST_BASES = 10
_KINDS: dict[str, RowStatus] = {"fail": "fail", "pass": "pass", "notApplicable": "not_applicable"}
"""``open``, ``review`` and ``informational`` say nothing that counts."""


def read(path: Path, document: dict[str, Any]) -> tuple[ImportedFile, ...]:
    """One file for each run, in their order. Raises ToolError."""
    version = as_text(document.get("version"))
    if not version.startswith("2.1"):
        raise ToolError(f"{path}: is SARIF {version or 'without a version'}: have the tool write SARIF 2.1.0.")
    runs = document.get("runs")
    if not isinstance(runs, list) or not all(isinstance(run, dict) for run in runs):
        raise ToolError(f"{path}: is no SARIF: its runs are no list of objects; have the tool write it again.")
    if not runs:
        raise ToolError(f"{path}: holds no run: the tool said nothing in it.")
    if sum(len(as_list(run.get("results"))) for run in runs) > MOST_ROWS:
        raise ToolError(f"{path}: holds more than {MOST_ROWS} results: split it by folder or by rule.")
    return tuple(_read_run(path, run) for run in runs)


def _read_run(path: Path, run: dict[str, Any]) -> ImportedFile:
    driver = as_dict(as_dict(run.get("tool")).get("driver"))
    name = as_text(driver.get("name"))
    if not name:
        raise ToolError(f"{path}: a run names no tool (tool.driver.name): have the tool write it again.")
    results = run.get("results")
    if results is not None and (not isinstance(results, list) or not all(isinstance(r, dict) for r in results)):
        raise ToolError(f"{path}: the results of {name[:80]} are no list of objects; have the tool write it again.")
    rules = _Rules(run)
    invocations = [as_dict(item) for item in as_list(run.get("invocations"))]
    ends = sorted(as_text(item.get("endTimeUtc")) for item in invocations)
    return ImportedFile(
        format=FORMAT,
        tool=name,
        version=as_text(driver.get("semanticVersion")) or as_text(driver.get("version")),
        taken=ends[-1] if ends else "",
        rows=tuple(_row(result, run, rules) for result in results or ()),
        notes=("a run without results: the tool did not scan",) if results is None else (),
        incomplete="it has no results" if results is None else _why_incomplete(run, invocations),
    )


def _why_incomplete(run: dict[str, Any], invocations: list[dict[str, Any]]) -> str:
    for item in invocations:
        if item.get("executionSuccessful") is False:
            return "the tool says that it did not run to its end"
        for name in ("toolExecutionNotifications", "toolConfigurationNotifications"):
            if any(as_dict(told).get("level") == "error" for told in as_list(item.get(name))):
                return "the tool reports errors of its own run"
    return "its results stand in other files" if run.get("externalPropertyFileReferences") else ""


class _Rules:
    """The rules of a run: of the driver and of its extensions, by index and by id."""

    def __init__(self, run: dict[str, Any]) -> None:
        tool = as_dict(run.get("tool"))
        parts = [as_dict(tool.get("driver")), *map(as_dict, as_list(tool.get("extensions")))]
        self._lists = [[as_dict(rule) for rule in as_list(part.get("rules"))] for part in parts]
        self._guids = {as_text(part.get("guid")): at for at, part in enumerate(parts) if part.get("guid")}
        self._names = {as_text(part.get("name")): at for at, part in enumerate(parts)}
        self._by_id: dict[str, dict[str, Any]] = {}
        for rule in (rule for rules in self._lists for rule in rules):
            self._by_id.setdefault(as_text(rule.get("id")), rule)

    def find(self, result: dict[str, Any]) -> dict[str, Any]:
        """The rule of a result; empty where it names one that is not described."""
        reference = as_dict(result.get("rule"))
        name = as_text(result.get("ruleId")) or as_text(reference.get("id"))
        index = result.get("ruleIndex", reference.get("index"))
        rules = self._lists[self._component(as_dict(reference.get("toolComponent")))]
        if isinstance(index, int) and not isinstance(index, bool) and 0 <= index < len(rules):
            found = rules[index]
            known = as_text(found.get("id"))
            if not name or name == known or name.startswith(known + "/"):
                return found  # an index that points at another rule than the id names is wrong: the id counts
        while name:
            if name in self._by_id:
                return self._by_id[name]
            name = name.rpartition("/")[0]  # a part of a rule: CA1000/1
        return {}

    def _component(self, reference: dict[str, Any]) -> int:
        index = reference.get("index")
        if isinstance(index, int) and not isinstance(index, bool) and 0 <= index < len(self._lists) - 1:
            return index + 1  # extensions stand behind the driver
        guid = self._guids.get(as_text(reference.get("guid")))
        return guid if guid is not None else self._names.get(as_text(reference.get("name")), 0)


def _row(result: dict[str, Any], run: dict[str, Any], rules: _Rules) -> Row:
    rule = rules.find(result)
    reference = as_dict(result.get("rule"))
    level = as_text(result.get("level")) or as_text(as_dict(rule.get("defaultConfiguration")).get("level")) or "warning"
    where = _place(result, run)
    return Row(
        rule=as_text(result.get("ruleId")) or as_text(reference.get("id")) or as_text(rule.get("id")) or "(no rule)",
        status=_status(result, level),
        severity=_severity(result, rule, level),
        message=_message(result, rule),
        path=where.path,
        line=where.line,
        name=as_text(rule.get("name")),
        tags=tuple(as_text(tag) for tag in as_list(as_dict(rule.get("properties")).get("tags"))[:50]),
    )


def _status(result: dict[str, Any], level: str) -> RowStatus:
    kind = as_text(result.get("kind")) or "fail"
    status = _KINDS.get(kind, "unknown")
    if status != "fail":
        return status
    if result.get("baselineState") == "absent":
        return "not_applicable"  # it was there at an earlier time, and is no longer
    if _is_suppressed(result):
        return "suppressed"
    return "unknown" if level == "none" else "fail"


def _is_suppressed(result: dict[str, Any]) -> bool:
    """As the format has it: one suppression that was refused, or is being looked at, keeps the result."""
    states = [as_text(as_dict(item).get("status")) or "accepted" for item in as_list(result.get("suppressions"))]
    return bool(states) and all(state == "accepted" for state in states)


def _severity(result: dict[str, Any], rule: dict[str, Any], level: str) -> Severity | None:
    for owner in (result, rule):
        told = as_text(as_dict(owner.get("properties")).get("security-severity"))
        try:
            if told and (found := severity_of_score(float(told))):
                return found
        except ValueError:
            continue
    return severity_of(level)


def _message(result: dict[str, Any], rule: dict[str, Any]) -> str:
    message = as_dict(result.get("message"))
    text = as_text(message.get("text")) or as_text(message.get("markdown"))
    if not text and (key := as_text(message.get("id"))):
        text = as_text(as_dict(as_dict(rule.get("messageStrings")).get(key)).get("text"))
    for number, argument in enumerate(as_list(message.get("arguments"))[:20]):
        text = text.replace(f"{{{number}}}", as_text(argument))[:10_000]
    return text or as_text(as_dict(rule.get("shortDescription")).get("text"))


@dataclass(frozen=True, slots=True)
class _Where:
    path: str = ""
    line: int = 0


def _place(result: dict[str, Any], run: dict[str, Any]) -> _Where:
    location = as_dict(next(iter(as_list(result.get("locations"))), None))
    physical = as_dict(location.get("physicalLocation"))
    artifact = as_dict(physical.get("artifactLocation"))
    index, artifacts = artifact.get("index"), as_list(run.get("artifacts"))
    if "uri" not in artifact and isinstance(index, int) and not isinstance(index, bool) and 0 <= index < len(artifacts):
        artifact = as_dict(as_dict(artifacts[index]).get("location"))
    path = resolve(artifact, as_dict(run.get("originalUriBaseIds")))
    if not path:
        logical = as_dict(next(iter(as_list(location.get("logicalLocations"))), None))
        path = as_text(logical.get("fullyQualifiedName")) or as_text(logical.get("name"))
    return _Where(path, as_line(as_dict(physical.get("region")).get("startLine")))


def resolve(artifact: dict[str, Any], bases: dict[str, Any]) -> str:
    """The path of an artifact below the root of the scan where that is known, else as it stands in the file."""
    uri = as_text(artifact.get("uri"))
    if not uri:
        return ""
    roots = []
    for base in _bases(as_text(artifact.get("uriBaseId")), bases):
        if _scheme(base):
            roots.append(_plain(base))
        elif base and not _scheme(uri):
            uri = base.rstrip("/") + "/" + uri
    plain = _plain(uri)
    if _scheme(uri) not in ("", "file"):
        return plain
    if _scheme(uri) == "file" or plain.startswith("/"):
        roots += [_plain(as_text(as_dict(base).get("uri"))) for base in bases.values()]
        root = next((r for r in sorted(roots, key=len, reverse=True) if len(r) > 1 and plain.startswith(r)), "")
        return normpath(plain[len(root) :].lstrip("/")) if root.endswith("/") else plain
    return normpath(plain)


def _bases(name: str, bases: dict[str, Any]) -> Iterator[str]:
    for _ in range(MOST_BASES):  # one base may stand on another, and a hostile one on itself
        if not name or name not in bases:
            return
        base = as_dict(bases[name])
        yield as_text(base.get("uri"))
        name = as_text(base.get("uriBaseId"))


def _scheme(uri: str) -> str:
    scheme, mark, _ = uri.partition(":")
    return scheme.lower() if mark and len(scheme) > 1 and scheme.isalnum() else ""


def _plain(uri: str) -> str:
    """Decoded, with forward slashes; the path alone of a file's URI."""
    if _scheme(uri) == "file":
        try:
            uri = urlsplit(uri).path
        except ValueError:  # a malformed host
            uri = uri.partition(":")[2]
    return unquote(uri).replace("\\", "/")
