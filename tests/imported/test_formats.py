"""OCSF, JUnit, coverage and bills of materials: what each comes to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gonogo.tools.errors import ToolError
from tests.imported.documents import finding, imported, one

CHECK = "iam_user_mfa_enabled_console_access"


def test_prowler_as_an_array_and_as_lines(tmp_path: Path) -> None:
    found = [finding(CHECK, "FAIL"), finding(CHECK, "PASS", "bob"), finding(CHECK, "MANUAL", "carol")]
    found.append(finding(CHECK, "FAIL", "dave", status_id=3, status="Suppressed"))
    array, lines = json.dumps(found, indent=1), "\n".join(map(json.dumps, found)) + "\n"
    item = one(tmp_path, array)
    assert (item.tool, item.tool_version, item.format, item.rows) == ("Prowler", "5.4.0", "OCSF", 4)
    assert item.counts == {"fail": 1, "pass": 1, "suppressed": 1, "unknown": 1}
    assert item.taken == "2025-02-14T14:27:03+00:00"
    assert one(tmp_path, lines).model_copy(update={"sha256": item.sha256}) == item


def test_a_compliance_finding_of_another_product(tmp_path: Path) -> None:
    event = finding("x", "FAIL", class_uid=2003, status_code="", compliance={"control": "EC2.8", "status": "Failed"})
    event["metadata"] = {"product": {"name": "Security Hub"}}
    item = one(tmp_path, json.dumps([event]))
    assert (item.tool, item.unmapped[0].rule, item.unmapped[0].status) == ("Security Hub", "EC2.8", "fail")


JUNIT = """<?xml version="1.0"?>
<testsuites><testsuite name="shop" tests="4" failures="1" errors="0" skipped="1" timestamp="2026-11-20T10:00:00">
<testcase classname="tests.test_cart" name="test_total" file="tests/test_cart.py" line="12" time="0.1"/>
<testcase classname="tests.test_cart" name="test_tax"><failure message="assert 3 == 4">trace</failure></testcase>
<testcase classname="tests.test_cart" name="test_slow"><skipped message="no network"/></testcase>
<testcase classname="tests.test_cart" name="test_more"/>
</testsuite></testsuites>"""


def test_junit_counts_tests(tmp_path: Path) -> None:
    item = one(tmp_path, JUNIT, "junit.xml")
    assert item.facts == {"tests": 4, "passed": 2, "failed": 1, "skipped": 1}
    assert item.counts == {"fail": 1, "not_applicable": 1, "pass": 2}
    assert [(answer.criterion, answer.settles) for answer in item.answers] == [("tests-in-ci", False)]


def test_a_run_of_no_tests_says_so(tmp_path: Path) -> None:
    item = one(tmp_path, '<testsuite name="x" tests="0"/>')
    assert item.rows == 0 and item.notes and not item.answers


@pytest.mark.parametrize(
    "text",
    [
        '<testsuite tests="9" failures="2"><testcase name="a"/></testsuite>',
        '<testsuite><error message="collection failed"/></testsuite>',
        '<testsuites failures="1"><testsuite errors="1"/></testsuites>',
    ],
)
def test_failures_that_are_not_listed_are_failures(tmp_path: Path, text: str) -> None:
    assert one(tmp_path, text).counts["fail"] == 1


COBERTURA = """<?xml version="1.0" ?>
<!DOCTYPE coverage SYSTEM 'http://cobertura.sourceforge.net/xml/coverage-04.dtd'>
<coverage version="7.6" {counts}><sources/><packages><package name="a"><classes><class><lines>
<line number="1" hits="1"/><line number="2" hits="0"/><line number="3" hits="4"/></lines></class></classes></package>
</packages></coverage>"""
JACOCO = """<?xml version="1.0"?><!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd">
<report name="x"><package name="p"><counter type="LINE" missed="9" covered="9"/></package>
<counter type="INSTRUCTION" missed="1" covered="5"/><counter type="LINE" missed="1" covered="2"/></report>"""
LCOV = "TN:\nSF:a.js\nDA:1,1\nDA:2,0\nLF:2\nLH:1\nend_of_record\nSF:b.js\nDA:1,3\nend_of_record\n"


@pytest.mark.parametrize(
    ("text", "lines", "covered", "percent"),
    [
        (COBERTURA.format(counts='lines-valid="1000" lines-covered="799"'), 1000, 799, 79.9),
        (COBERTURA.format(counts='lines-valid="10000" lines-covered="7999"'), 10_000, 7999, 79.9),
        (COBERTURA.format(counts=""), 3, 2, 66.6),
        (JACOCO, 3, 2, 66.6),
        (LCOV, 3, 2, 66.6),
    ],
)
def test_coverage_is_a_fact_rounded_down(tmp_path: Path, text: str, lines: int, covered: int, percent: float) -> None:
    item = one(tmp_path, text)
    assert item.facts == {"lines": lines, "lines_covered": covered, "percent": percent}
    assert item.counts == {"unknown": 1} and item.mapped == 1


def test_coverage_of_nothing_is_none(tmp_path: Path) -> None:
    item = one(tmp_path, "<coverage><packages/></coverage>")
    assert item.rows == 0 and not item.facts and item.notes


def test_more_lines_covered_than_there_are(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="9 of 8 lines"):
        imported(tmp_path, COBERTURA.format(counts='lines-valid="8" lines-covered="9"'))


CYCLONEDX = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "metadata": {"timestamp": "2026-11-01T09:00:00Z", "tools": {"components": [{"name": "syft", "version": "1.0"}]}},
    "components": [
        {"name": "flask", "version": "3.0.0", "licenses": [{"license": {"id": "BSD-3-Clause"}}]},
        {"name": "app", "components": [{"name": "inner", "version": "1"}]},
    ],
    "vulnerabilities": [
        {"id": "CVE-2024-1", "ratings": [{"severity": "high"}, {"severity": "critical"}], "affects": [{"ref": "a"}]},
        {"id": "CVE-2024-2", "ratings": [{"severity": "high"}], "analysis": {"state": "not_affected"}},
        {"id": "CVE-2024-3", "ratings": [{"severity": "low"}]},
    ],
}  # fmt: skip
CYCLONEDX_XML = """<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.4"><metadata>
<timestamp>2026-11-01T09:00:00Z</timestamp><tools><tool><vendor>v</vendor><name>cdxgen</name><version>9</version></tool></tools></metadata>
<components><component type="library"><name>flask</name><version>3.0.0</version><licenses/></component>
<component type="library"><name>app</name></component></components></bom>"""
SPDX = {
    "spdxVersion": "SPDX-2.3",
    "creationInfo": {"created": "2026-11-01T09:00:00Z", "creators": ["Organization: x", "Tool: syft-1.0"]},
    "packages": [
        {"name": "flask", "versionInfo": "3.0.0", "licenseConcluded": "BSD-3-Clause"},
        {"name": "app", "licenseDeclared": "NOASSERTION"},
    ],
}
SPDX_TAGS = """SPDXVersion: SPDX-2.2
Creator: Tool: syft-1.0
Created: 2026-11-01T09:00:00Z

PackageName: flask
PackageVersion: 3.0.0
PackageLicenseDeclared: BSD-3-Clause

PackageName: app
PackageLicenseDeclared: NONE
"""
SPDX_GRAPH = {
    "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
    "@graph": [
        {"type": "CreationInfo", "specVersion": "3.0.1", "created": "2026-11-01T09:00:00Z"},
        {"type": "software_Package", "name": "flask", "software_packageVersion": "3.0.0"},
        {"type": "software_Package", "name": "app"},
    ],
}


@pytest.mark.parametrize(
    ("text", "form", "tool", "licences"),
    [
        (CYCLONEDX_XML, "CycloneDX 1.4", "cdxgen", 1),
        (json.dumps(SPDX), "SPDX 2.3", "syft", 1),
        (SPDX_TAGS, "SPDX 2.2", "syft", 1),
        (json.dumps(SPDX_GRAPH), "SPDX 3.0.1", "SPDX", 0),
    ],
)
def test_bills_of_materials(tmp_path: Path, text: str, form: str, tool: str, licences: int) -> None:
    item = one(tmp_path, text)
    assert (item.format, item.tool, item.taken) == (form, tool, "2026-11-01T09:00:00+00:00")
    assert item.facts == {"components": 2, "with_version": 1, "with_license": licences}
    assert [answer.criterion for answer in item.answers] == ["supply-chain-provenance"]


def test_cyclonedx_with_vulnerabilities(tmp_path: Path) -> None:
    item = one(tmp_path, json.dumps(CYCLONEDX))
    assert item.facts["components"] == 3
    assert item.counts == {"fail": 2, "pass": 1, "suppressed": 1}
    found = {answer.criterion: answer.count("fail") for answer in item.answers}
    assert found == {"dependency-scanning": 1, "supply-chain-provenance": 0}
    assert [row.rule for row in item.unmapped] == ["CVE-2024-3"]


@pytest.mark.parametrize(
    "document",
    [{"bomFormat": "CycloneDX", "specVersion": "1.5"}, {"spdxVersion": "SPDX-2.3", "packages": [{"name": " "}]}],
)
def test_an_empty_bill_is_none(tmp_path: Path, document: dict[str, object]) -> None:
    item = one(tmp_path, json.dumps(document))
    assert item.counts == {"unknown": 1} and item.notes
