"""Small files in the shape in which other tools write theirs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from gonogo.agents.assess import Answer, answer
from gonogo.criteria import find_criterion
from gonogo.model.imported import Imported
from gonogo.model.snapshot import Snapshot
from gonogo.model.target import Target
from gonogo.tools.collect import Collector
from gonogo.tools.evidence import EvidenceLog
from gonogo.tools.imported import read_imports
from gonogo.tools.repository import open_repository
from tests.asking import write


def result(rule: str, path: str = "infra/main.tf", line: int = 3, **more: Any) -> dict[str, Any]:
    """A result of a SARIF run."""
    place = {"artifactLocation": {"uri": path}, "region": {"startLine": line, "endLine": line}}
    return {
        "ruleId": rule,
        "level": "error",
        "message": {"text": f"{rule} does not hold"},
        "locations": [{"physicalLocation": place}],
        **more,
    }


def sarif(
    *results: dict[str, Any], tool: str = "Checkov", rules: list[dict[str, Any]] | None = None, **run: Any
) -> str:
    """A SARIF file with one run."""
    driver = {"name": tool, "version": "3.2.1", "rules": rules or []}
    whole = {"tool": {"driver": driver}, "results": list(results), **run}
    return json.dumps({"$schema": "sarif-2.1.0.json", "version": "2.1.0", "runs": [whole]})


def finding(check: str, code: str, resource: str = "alice", **more: Any) -> dict[str, Any]:
    """A finding of prowler's."""
    return {
        "message": f"{check} says {code}",
        "metadata": {
            "event_code": check,
            "product": {"name": "Prowler", "uid": "prowler", "vendor_name": "Prowler", "version": "5.4.0"},
            "version": "1.4.0",
        },
        "severity_id": 4,
        "severity": "High",
        "status": "New",
        "status_code": code,
        "status_detail": f"{check} says {code} of {resource}",
        "status_id": 1,
        "finding_info": {"title": f"Check {check}", "uid": f"prowler-aws-{check}-{resource}"},
        "resources": [{"uid": f"arn:aws:iam::111122223333:user/{resource}", "name": resource, "type": "AwsIamUser"}],
        "class_uid": 2004,
        "class_name": "Detection Finding",
        "time": 1739539623,
        "time_dt": "2025-02-14T14:27:03.913874",
        **more,
    }


def imported(folder: Path, text: str | bytes, name: str = "results.json") -> Snapshot:
    """What a file with that content comes to."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_imports([path])


def one(folder: Path, text: str | bytes, name: str = "results.json") -> Imported:
    (found,) = imported(folder, text, name).imports
    return found


def ask(slug: str, snapshot: Snapshot, folder: Path, files: dict[str, str] | None = None) -> Answer:
    """The answer to a criterion for a folder with these files, beside what was imported."""
    criterion = find_criterion(slug)
    assert criterion is not None, slug
    repository = replace(open_repository([write(folder, files or {"README.md": "# Shop\n"})]), snapshot=snapshot)
    collector = Collector(repository, Target(name="target"))
    return answer(criterion, collector.collect(criterion.needs), EvidenceLog(repository))
