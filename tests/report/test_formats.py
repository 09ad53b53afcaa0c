"""Every format, rendered from one report."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from gonogo.model.assessment import Waiver
from gonogo.model.criterion import Status
from gonogo.model.report import Report
from gonogo.report import FORMATS, render
from gonogo.report.schema import report_schema
from tests.report.sarif_subset import SARIF


def test_every_format_says_the_verdict(shop_report: Report) -> None:
    for item in FORMATS:
        text = render(shop_report, item.name)
        assert shop_report.verdict.value.value in text, item.name
        assert text.endswith("\n")
        assert "\u202e" not in text


def test_json_is_the_contract(shop_report: Report) -> None:
    data = json.loads(render(shop_report, "json"))
    jsonschema.Draft202012Validator(report_schema()).validate(data)
    top = "schema_version target verdict scores coverage assessments findings evidence roadmap provenance"
    assert set(top.split()) <= set(data)
    assert {"value", "gates", "valid_until"} <= set(data["verdict"])
    row = data["assessments"][0]
    assert {"criterion", "area", "severity", "status", "strength", "reason", "evidence", "waived"} <= set(row)
    finding = "id criterion severity status locator quote fix effort_hours"
    assert set(finding.split()) <= set(data["findings"][0])
    assert {"id", "tool", "source", "locator", "sha256", "excerpt", "strength"} <= set(data["evidence"][0])
    assert Report.model_validate(data) == shop_report


def test_the_published_schema_is_current() -> None:
    from pathlib import Path

    published = json.loads(Path(__file__).parents[2].joinpath("docs", "report.schema.json").read_text())
    assert published == report_schema(), "write it again with: gonogo report schema > docs/report.schema.json"


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value or "")
            if name == "href" and (value or "").startswith("#"):
                self.targets.append((value or "")[1:])


def test_html_stands_alone(shop_report: Report) -> None:
    text = render(shop_report, "html")
    page = _Links()
    page.feed(text)
    assert not page.tags & {"script", "img", "iframe", "object", "link", "form", "base"}
    assert not {name for name in page.attributes if name.startswith("on")} | (page.attributes & {"style", "src"})
    assert "default-src 'none'" in text
    assert len(page.ids) == len(set(page.ids)), "an id twice"
    assert set(page.targets) <= set(page.ids), f"dead links: {set(page.targets) - set(page.ids)}"


def test_html_escapes_what_the_target_says(shop_report: Report) -> None:
    name = shop_report.target.model_copy(update={"name": '<script>alert("x")</script>'})
    text = render(shop_report.model_copy(update={"target": name}), "html")
    assert "<script" not in text


def test_markdown_neutralises_what_the_target_says(shop_report: Report) -> None:
    evil = shop_report.target.model_copy(update={"name": "![x](https://evil.example/) <b>|[l](javascript:1)"})
    head = render(shop_report.model_copy(update={"target": evil}), "md").splitlines()[0]
    assert not re.search(r"(?<!\\)[\[<|]", head)


def test_junit_counts_what_it_holds(shop_report: Report) -> None:
    root = ET.fromstring(render(shop_report, "junit"))
    cases = root.findall(".//testcase")
    assert len(cases) == len(shop_report.assessments) == int(root.get("tests", "0"))
    assert (
        len(root.findall(".//failure")) == int(root.get("failures", "0")) == len(shop_report.with_status(Status.FAIL))
    )
    assert len(root.findall(".//error")) == int(root.get("errors", "0")) > 0
    assert len(root.findall(".//skipped")) == int(root.get("skipped", "0")) > 0


def test_sarif_is_valid(shop_report: Report) -> None:
    data = json.loads(render(shop_report, "sarif"))
    jsonschema.Draft202012Validator(SARIF).validate(data)
    run = data["runs"][0]
    assert len(run["results"]) == len(shop_report.findings)
    assert len({r["partialFingerprints"]["gonogoFinding/v1"] for r in run["results"]}) == len(run["results"])
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        location = result["locations"][0]["physicalLocation"]
        assert not location["artifactLocation"]["uri"].startswith("/")
    security = [r for r in run["tool"]["driver"]["rules"] if "security" in r["properties"]["tags"]]
    assert all(0 < float(r["properties"]["security-severity"]) <= 10 for r in security)


def test_a_waived_finding_is_suppressed_in_sarif(shop_report: Report) -> None:
    waiver = Waiver(owner="ops", reason="accepted", expires="2027-01-01")
    rows = tuple(
        row.model_copy(update={"waived": waiver}) if row.status is Status.FAIL else row
        for row in shop_report.assessments
    )
    data = json.loads(render(shop_report.model_copy(update={"assessments": rows}), "sarif"))
    assert all(result["suppressions"] for result in data["runs"][0]["results"])


@pytest.mark.parametrize("name", ["md", "html"])
def test_totals_equal_their_rows(shop_report: Report, name: str) -> None:
    """The contradiction that readiness reports are known for: a total that its rows do not give."""
    text = render(shop_report, name)
    failing = shop_report.with_status(Status.FAIL)
    for row in failing:
        assert row.criterion in text
    assert sum(score.counts[Status.FAIL] for score in shop_report.scores) == len(failing)
    phases = [slug for phase in shop_report.roadmap.phases for slug in phase.criteria]
    assert sorted(phases) == sorted(row.criterion for row in failing)
