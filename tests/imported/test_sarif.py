"""SARIF: what counts as a failure, which rule it is, and where it stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gonogo.tools.errors import ToolError
from gonogo.tools.imported.detect import read_import
from gonogo.tools.imported.rows import Row
from gonogo.tools.imported.sarif import resolve
from tests.imported.documents import one, result, sarif


def rows(folder: Path, text: str) -> tuple[Row, ...]:
    path = folder / "found.sarif"
    path.write_text(text, encoding="utf-8")
    _, (file,) = read_import(path)
    return file.rows


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({}, "fail"),
        ({"kind": "fail"}, "fail"),
        ({"kind": "pass", "level": "none"}, "pass"),
        ({"kind": "notApplicable", "level": "none"}, "not_applicable"),
        ({"kind": "open", "level": "none"}, "unknown"),
        ({"kind": "review"}, "unknown"),
        ({"kind": "informational"}, "unknown"),
        ({"level": "none"}, "unknown"),
        ({"level": "note"}, "fail"),
        ({"baselineState": "absent"}, "not_applicable"),
        ({"suppressions": []}, "fail"),
        ({"suppressions": [{"kind": "inSource"}]}, "suppressed"),
        ({"suppressions": [{"kind": "external", "status": "accepted"}]}, "suppressed"),
        ({"suppressions": [{"kind": "external", "status": "rejected"}]}, "fail"),
        ({"suppressions": [{"kind": "inSource"}, {"kind": "external", "status": "underReview"}]}, "fail"),
    ],
)
def test_what_a_result_says(tmp_path: Path, more: dict[str, Any], status: str) -> None:
    (row,) = rows(tmp_path, sarif(result("CKV_AWS_20", **more)))
    assert row.status == status


def test_rules_are_found_by_index_by_id_and_in_extensions(tmp_path: Path) -> None:
    rules = [{"id": "one"}, {"id": "two", "defaultConfiguration": {"level": "note"}, "properties": {"tags": ["t"]}}]
    extension = {"name": "queries", "rules": [{"id": "py/x", "properties": {"security-severity": "9.1"}}]}
    results = [
        {"ruleIndex": 1, "message": {"text": "by index alone"}},
        {"ruleId": "py/x", "rule": {"index": 0, "toolComponent": {"index": 0}}, "message": {"text": "extension"}},
        {"ruleId": "two/part", "message": {"text": "a part of a rule"}},
        {"ruleId": "one", "ruleIndex": 1, "message": {"text": "the index is wrong"}},
        {"ruleIndex": 99, "message": {"text": "no such rule"}},
    ]
    tool = {"driver": {"name": "x", "rules": rules}, "extensions": [extension]}
    found = rows(tmp_path, json.dumps({"version": "2.1.0", "runs": [{"tool": tool, "results": results}]}))
    assert [(row.rule, row.severity, row.tags) for row in found] == [
        ("two", "low", ("t",)),
        ("py/x", "critical", ()),
        ("two/part", "low", ("t",)),
        ("one", "medium", ()),
        ("(no rule)", "medium", ()),
    ]


@pytest.mark.parametrize(
    ("artifact", "bases", "path"),
    [
        ({"uri": "src/app.py"}, {}, "src/app.py"),
        ({"uri": "./src//app.py"}, {}, "src/app.py"),
        ({"uri": "src/a%20b.py"}, {}, "src/a b.py"),
        ({"uri": "src\\app.py"}, {}, "src/app.py"),
        ({"uri": "app.py", "uriBaseId": "SRC"}, {"SRC": {"uri": "src/"}}, "src/app.py"),
        ({"uri": "a.py", "uriBaseId": "S"}, {"S": {"uri": "s", "uriBaseId": "R"}, "R": {"uri": "file:///w"}}, "s/a.py"),
        ({"uri": "app.py", "uriBaseId": "%SRCROOT%"}, {}, "app.py"),
        ({"uri": "file:///w/src/app.py"}, {"ROOT": {"uri": "file:///w/"}}, "src/app.py"),
        ({"uri": "file:///etc/passwd"}, {"ROOT": {"uri": "file:///w/"}}, "/etc/passwd"),
        ({"uri": "../../etc/passwd"}, {}, "../../etc/passwd"),
        ({"uri": "a", "uriBaseId": "A"}, {"A": {"uri": "x/", "uriBaseId": "A"}}, "x/" * 10 + "a"),
        ({"uri": "file://[bad"}, {}, "//[bad"),
        ({"uri": 3}, {}, "3"),
        ({}, {}, ""),
    ],
)  # fmt: skip
def test_paths(artifact: dict[str, Any], bases: dict[str, Any], path: str) -> None:
    assert resolve(artifact, bases) == path


def test_a_place_by_the_index_of_an_artifact(tmp_path: Path) -> None:
    place = {"artifactLocation": {"index": 0}, "region": {"startLine": 7}}
    text = sarif(
        result("r", locations=[{"physicalLocation": place}]), artifacts=[{"location": {"uri": "deep/file.py"}}]
    )
    (row,) = rows(tmp_path, text)
    assert (row.path, row.line) == ("deep/file.py", 7)


def test_a_message_by_id_with_arguments(tmp_path: Path) -> None:
    rules = [{"id": "r", "messageStrings": {"default": {"text": "{0} is open to {1}"}}}]
    text = sarif({"ruleId": "r", "message": {"id": "default", "arguments": ["port 22", "all"]}}, rules=rules)
    assert rows(tmp_path, text)[0].message == "port 22 is open to all"


@pytest.mark.parametrize(
    "run",
    [
        {"invocations": [{"executionSuccessful": False}]},
        {"invocations": [{"executionSuccessful": True, "toolExecutionNotifications": [{"level": "error"}]}]},
        {"externalPropertyFileReferences": {"results": []}},
    ],
)
def test_a_run_that_did_not_end_well_is_known(tmp_path: Path, run: dict[str, Any]) -> None:
    path = tmp_path / "found.sarif"
    path.write_text(sarif(**run), encoding="utf-8")
    assert read_import(path)[1][0].incomplete


def test_several_tools_in_one_file(tmp_path: Path) -> None:
    runs = [json.loads(sarif(result("CKV_AWS_20"), tool=tool))["runs"][0] for tool in ("Checkov", "other")]
    path = tmp_path / "found.sarif"
    path.write_text(json.dumps({"version": "2.1.0", "runs": runs}), encoding="utf-8")
    assert [file.tool for file in read_import(path)[1]] == ["Checkov", "other"]


@pytest.mark.parametrize(
    "document",
    [
        {"version": "2.1.0", "runs": 3},
        {"version": "2.1.0", "runs": []},
        {"version": "2.1.0", "runs": [3]},
        {"version": "1.0.0", "runs": []},
        {"version": "2.1.0", "runs": [{}]},
        {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": {}}]},
        {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": ["x"]}]},
    ],
)
def test_a_malformed_file_is_refused(tmp_path: Path, document: dict[str, Any]) -> None:
    path = tmp_path / "found.sarif"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ToolError, match=r"found\.sarif: .+"):
        read_import(path)


WRONG = [None, 3, True, "x", [], {}, [[]], [{}], {"x": {}}]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_wrong_types_within_a_result_are_no_crash(tmp_path: Path, wrong: Any) -> None:
    names = ("ruleId", "ruleIndex", "rule", "level", "kind", "message", "locations", "suppressions", "properties")
    results = [result("r") | {name: wrong} for name in names]
    place = {
        "physicalLocation": {"artifactLocation": {"uri": wrong, "index": wrong, "uriBaseId": wrong}, "region": wrong}
    }
    results.append(result("r", locations=[place]))
    text = sarif(*results, artifacts=wrong, originalUriBaseIds=wrong, invocations=wrong)
    assert one(tmp_path, text).rows == len(results)
