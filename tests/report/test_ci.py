"""What a pipeline shows: the summary, the annotations, SARIF, JUnit and Code Quality against a baseline."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.model.assessment import Waiver
from gonogo.model.baseline import Baseline
from gonogo.model.ci_gate import judge
from gonogo.model.comparison import Comparison, compare
from gonogo.model.criterion import Severity, Status
from gonogo.model.evidence import Locator
from gonogo.model.report import Report
from gonogo.model.waiver import AcceptedRisk, State, WaiverEntry
from gonogo.report import render
from gonogo.report.ci import CI_FORMATS, render_for_ci
from gonogo.report.ci.annotations import github_annotations
from gonogo.report.ci.job_summary import job_summary
from tests.report.asked import FIELDS, asked_report
from tests.report.sarif_subset import SARIF
from tests.report.test_inert import PIECES, inline, layout, outside_code, says

WAIVER = Waiver(owner="ops", reason="accepted until the move", expires="2026-12-01")
COMMANDS = ("error", "warning", "notice")


def earlier(report: Report, *, without: int = 0, more: int = 0, **changed: object) -> Baseline:
    """A baseline of that report in which the first findings were not there, and others were."""
    baseline = Baseline.of(report)
    gone = tuple(baseline.findings[0].model_copy(update={"id": f"gng-f{n:09x}"}) for n in range(more))
    statuses = dict(baseline.statuses)
    for finding in baseline.findings[:without]:
        statuses[finding.criterion] = Status.PASS
    given = {"findings": baseline.findings[without:] + gone, "statuses": statuses}
    return baseline.model_copy(update=given | changed)


def everything(report: Report, comparison: Comparison | None, rule: str = "new") -> dict[str, str]:
    gate = judge(report, comparison, rule)
    return {item.name: render_for_ci(report, comparison, gate, item.name) for item in CI_FORMATS}


def waive(report: Report) -> Report:
    rows = tuple(
        row.model_copy(update={"waived": WAIVER}) if row.status is Status.FAIL else row for row in report.assessments
    )
    return report.model_copy(update={"assessments": rows})


def runner_reads(text: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """As GitHub's runner reads a step's output: line by line, commands only at the beginning of one."""

    def plain(value: str, pairs: tuple[tuple[str, str], ...]) -> str:
        for escaped, character in pairs:
            value = value.replace(escaped, character)
        return value

    data = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
    properties = (*data[:2], ("%3A", ":"), ("%2C", ","), data[2])
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if not line.lstrip().startswith("::"):
            assert not line, line
            continue
        head, _, message = line.lstrip()[2:].partition("::")
        command, _, rest = head.partition(" ")
        pairs = (item.partition("=") for item in rest.split(",") if item)
        yield command, {name: plain(value, properties) for name, _, value in pairs}, plain(message, data)


def test_the_summary_says_verdict_gate_and_what_is_new(shop_report: Report) -> None:
    comparison = compare(earlier(shop_report, without=2, more=3), shop_report)
    new, known = shop_report.findings[:2], shop_report.findings[2:]
    text = job_summary(shop_report, comparison, judge(shop_report, comparison, "new"))
    assert text.startswith(f"## shop: {shop_report.verdict.value}\n")
    assert "**The gate `new` stops this pipeline:**" in text
    for finding in new:
        assert f"`{finding.id}`" in text
    assert not any(f"`{finding.id}`" in text for finding in known)
    assert f"| still open | {len(known)} |" in text
    assert "| no longer found | 3 |" in text
    assert text.index("### New or worse") < text.index("### No longer found")


def test_a_gate_that_holds_says_so(shop_report: Report) -> None:
    comparison = compare(earlier(shop_report), shop_report)
    text = job_summary(shop_report, comparison, judge(shop_report, comparison, "new-high"))
    assert "**The gate `new-high` lets this pipeline pass:**" in text
    assert "New or worse" not in text


def test_what_is_gone_and_not_known_to_be_mended_does_not_count_as_mended(shop_report: Report) -> None:
    unseen = shop_report.with_status(Status.UNVERIFIED)[0].criterion
    baseline = earlier(shop_report, more=1)
    gone = baseline.findings[-1].model_copy(update={"criterion": unseen})
    statuses = {**baseline.statuses, unseen: Status.FAIL}
    given = {"findings": (*baseline.findings[:-1], gone), "statuses": statuses}
    comparison = compare(baseline.model_copy(update=given), shop_report)
    text = job_summary(shop_report, comparison, judge(shop_report, comparison, "new"))
    assert "not known to be mended" in text
    assert f"`{unseen}`: fail before, unverified now" in text


def test_no_comparison_is_no_good_news(shop_report: Report) -> None:
    other = compare(earlier(shop_report, target="another"), shop_report)
    for comparison, words in ((None, "no baseline"), (other, "### No comparison")):
        texts = everything(shop_report, comparison)
        assert words in texts["summary"]
        assert "stops this pipeline" in texts["summary"]
        assert "baselineState" not in texts["sarif"]
        assert sum(1 for _ in runner_reads(texts["annotations"])) > 0
    assert "not compared with the baseline: one is of the target another" in texts["sarif"]


def test_waivers_that_run_out_or_no_longer_count_are_told(shop_report: Report) -> None:
    def waiver(subject: str, expires: date, state: State, why: str = "") -> AcceptedRisk:
        entry = WaiverEntry(
            criterion=subject, owner="ops", reason="for now", expires=expires, evidence="0123456789abcdef"
        )
        return AcceptedRisk(entry=entry, origin="waivers.yaml", state=state, why=why)

    waivers = (
        waiver("soon", date(2026, 12, 1), State.APPLIED),
        waiver("later", date(2027, 6, 1), State.APPLIED),
        waiver("changed", date(2027, 6, 1), State.VOID, "what fails is no longer what was accepted"),
    )
    report = shop_report.model_copy(update={"waivers": waivers})
    text = job_summary(report, None, judge(report, None, "verdict"))
    assert "- `soon`, accepted by ops until 2026-12-01: 10 days left" in text
    assert "- `changed`, accepted by ops until 2027-06-01: void, what fails is no longer what was accepted" in text
    assert "`later`" not in text


def many(report: Report, number: int) -> Report:
    """Thousands of long, hostile findings of every severity."""
    worst = "| `x` <b> %0A ::error:: \u202e" * 200
    found = tuple(
        report.findings[0].model_copy(
            update={
                "id": f"gng-{n:010x}",
                "what": worst,
                "severity": list(Severity)[n % 5],
                "locator": Locator(path=worst, line=n + 1),
            }
        )
        for n in range(number)
    )
    return report.model_copy(update={"findings": found})


def test_bounds_hold(shop_report: Report) -> None:
    report = many(shop_report, 5_000)
    comparison = compare(earlier(report, without=5_000, more=5_000), report)
    gate = judge(report, comparison, "new")
    assert len(gate.reasons) < 30
    assert len(job_summary(report, comparison, gate).encode()) < 300_000
    read = list(runner_reads(github_annotations(report, comparison)))
    for command in COMMANDS:
        assert sum(name == command for name, _, _ in read) == 10
    assert read[-1][2].startswith("4971 findings more")


def test_annotations_tell_what_is_new_worst_first(shop_report: Report) -> None:
    comparison = compare(earlier(shop_report, without=3), shop_report)
    read = list(runner_reads(github_annotations(shop_report, comparison)))
    assert [message.split("[")[-1].rstrip("]") for _, _, message in read] == [f.id for f in shop_report.findings[:3]]
    for (command, properties, _), finding in zip(read, shop_report.findings, strict=False):
        assert command in COMMANDS
        assert properties.get("file") == finding.locator.path
        assert "regressed" in properties["title"]
    assert github_annotations(shop_report, compare(earlier(shop_report), shop_report)) == ""
    assert github_annotations(waive(shop_report), comparison) == ""


SIGNS = (
    *("::", "set-env name=PATH::", "\n::add-mask::x", "\r::stop-commands::y", "%0A::", "%", ",", "=", ":", "##[", "]"),
    *("\u2028", "\x85", "\x1b[2K", "\u200b", "\u202e", "file=x", " ", "a"),
)
HOSTILE = st.lists(st.sampled_from(SIGNS), max_size=12).map("".join)


@settings(max_examples=60)
@given(what=HOSTILE, path=HOSTILE, name=HOSTILE)
def test_no_text_becomes_a_command(what: str, path: str, name: str) -> None:
    report = asked_report()
    locator = Locator(path=path or "x", line=3, end_line=4)
    found = report.findings[0].model_copy(update={"what": what, "locator": locator})
    report = report.model_copy(update={"findings": (found,), "target": report.target.model_copy(update={"name": name})})
    text = github_annotations(report, None)
    ((command, properties, message),) = runner_reads(text)
    assert command in COMMANDS
    assert set(properties) == {"file", "line", "endLine", "title"}
    assert text.isprintable() or text.rstrip("\n").isprintable()
    if what.isprintable():
        assert message == f"{what} [{found.id}]"


texts = st.lists(st.sampled_from(PIECES), min_size=1, max_size=12).map("".join).filter(str.strip)


def summary_of(report: Report) -> str:
    """A summary with every section, in which the target's and the baseline's texts stand."""
    baseline = earlier(report, without=1, more=1)
    strange = {"pass-" + report.findings[0].what[:20]: Status.PASS}
    baseline = baseline.model_copy(update={"statuses": {**baseline.statuses, **strange}})
    comparison = compare(baseline, report)
    return job_summary(report, comparison, judge(report, comparison, "new"))


@settings(max_examples=40)
@given(st.fixed_dictionaries(dict.fromkeys(FIELDS, texts)))
def test_the_summary_is_inert(said: dict[str, str]) -> None:
    text = summary_of(asked_report(said.__getitem__))
    assert layout(text) == layout(summary_of(asked_report()))
    assert not {token.type for token in inline(text)} & {"image", "html_inline", "link_open"}
    assert not re.search(r"(?<!\\)://|www(?<!\\)\.(?=\w)|@[\w.-]*\.\w|(?<!\w)@\w", outside_code(text))


@pytest.mark.parametrize("field", ["target.name", "finding.what", "path", "assessment.reason"])
def test_no_address_of_the_target_becomes_a_link(field: str) -> None:
    text = summary_of(asked_report(says(field, "https://evil.example/?q=1 www.evil.example @somebody a@evil.example")))
    for word in ("https://evil", "www.evil", " @somebody", "a@evil"):
        assert word not in outside_code(text)


def test_sarif_says_what_became_of_findings(shop_report: Report) -> None:
    baseline = earlier(shop_report, without=1, more=2)
    old = baseline.findings[0].model_copy(update={"what": "other words"})
    comparison = compare(baseline.model_copy(update={"findings": (old, *baseline.findings[1:])}), shop_report)
    texts = everything(shop_report, comparison)
    data = json.loads(texts["sarif"])
    jsonschema.Draft202012Validator(SARIF).validate(data)
    states = [result["baselineState"] for result in data["runs"][0]["results"]]
    assert states[:2] == ["new", "updated"]
    assert set(states[2:-2]) == {"unchanged"}
    assert states[-2:] == ["absent", "absent"]
    uploaded = json.loads(texts["code-scanning"])
    jsonschema.Draft202012Validator(SARIF).validate(uploaded)
    assert len(uploaded["runs"][0]["results"]) == len(shop_report.findings), "what is gone would be shown as open"


def test_without_a_comparison_the_formats_of_an_audit_are_the_same(shop_report: Report) -> None:
    texts = everything(shop_report, None)
    assert texts["sarif"] == texts["code-scanning"] == render(shop_report, "sarif")
    assert texts["junit"] == render(shop_report, "junit")


def test_a_waived_failure_is_skipped_with_its_reason(shop_report: Report) -> None:
    root = ET.fromstring(render(waive(shop_report), "junit"))
    assert root.get("failures") == "0" and not root.findall(".//failure")
    skipped = [case.get("message") or "" for case in root.findall(".//skipped")]
    assert len(skipped) == int(root.get("skipped", "0"))
    accepted = "fails, and is waived by ops until 2026-12-01: accepted until the move"
    assert skipped.count(accepted) == len(shop_report.with_status(Status.FAIL))


def test_code_quality_has_what_gitlab_reads(shop_report: Report) -> None:
    rows = json.loads(everything(shop_report, None)["code-quality"])
    assert [row["fingerprint"] for row in rows] == [finding.id for finding in shop_report.findings]
    for row in rows:
        assert {"description", "check_name", "fingerprint", "severity", "location"} == set(row)
        assert row["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert row["location"]["path"] and row["location"]["lines"]["begin"] >= 1
    accepted = json.loads(everything(waive(shop_report), None)["code-quality"])
    assert [row["fingerprint"] for row in accepted] == [row["fingerprint"] for row in rows]
    assert {row["severity"] for row in accepted} == {"info"}


def test_places_count_from_the_repository(shop_report: Report) -> None:
    gate = judge(shop_report, None, "verdict")
    finding = next(finding for finding in shop_report.findings if finding.locator.path)
    for name in ("sarif", "annotations", "code-quality", "junit"):
        text = render_for_ci(shop_report, None, gate, name, folder="services/shop/")
        assert f"services/shop/{finding.locator.path}" in text, name


def test_what_is_no_file_of_the_repository_is_shown_at_none(shop_report: Report) -> None:
    """Results of another tool and of live sources: a service would look for a file of that name."""
    finding, path = shop_report.findings[0], "imported:junit/tests-in-ci.json"
    place = Locator(path=path, line=3, symbol="tests-in-ci/test a")
    seen = {row.id: row for row in shop_report.evidence}[finding.evidence[0]]
    report = shop_report.model_copy(
        update={
            "findings": (finding.model_copy(update={"locator": place}), *shop_report.findings[1:]),
            "evidence": (
                *shop_report.evidence,
                seen.model_copy(update={"id": "ev-live", "tool": "live.read", "locator": place}),
            ),
        }
    )
    gate = judge(report, None, "never")
    for name in ("sarif", "code-scanning", "code-quality", "annotations"):
        text = render_for_ci(report, None, gate, name, folder="services/shop")
        assert finding.id in text
        assert "tests-in-ci.json" not in text
        assert "services/shop/" in text
    summary = job_summary(report, compare(earlier(report, without=1), report), gate)
    assert path in summary, "people are told where it stands"


def test_same_input_same_bytes(shop_report: Report) -> None:
    comparison = compare(earlier(shop_report, without=3, more=2), shop_report)
    assert everything(shop_report, comparison) == everything(shop_report, comparison)
