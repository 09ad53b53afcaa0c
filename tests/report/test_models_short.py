"""What models added to an audit, in SARIF, JUnit and the terminal."""

from __future__ import annotations

import io
import json
import re
from xml.etree import ElementTree as ET

import jsonschema
from rich.console import Console

from gonogo.model.report import Report
from gonogo.report import render
from gonogo.report.terminal import show
from tests.report import asked
from tests.report.asked import asked_report, plain, without_models
from tests.report.sarif_subset import SARIF


def shown(report: Report, width: int = 300) -> str:
    out = io.StringIO()
    show(report, Console(file=out, width=width, highlight=False))
    return out.getvalue()


def test_sarif_tells_observations_from_findings() -> None:
    report = asked_report()
    data = json.loads(render(report, "sarif"))
    jsonschema.Draft202012Validator(SARIF).validate(data)
    run = data["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    contested, found, observed = run["results"]
    assert found["properties"]["by"] == "words of finding by"
    assert found["level"] == "error"
    assert "by" not in contested["properties"]
    assert contested["properties"]["contestedBy"] == "words of proposal by"
    assert (observed["ruleId"], observed["kind"], observed["level"]) == ("observation", "informational", "none")
    assert observed["message"]["text"] == "words of observation what. words of observation why."
    assert observed["locations"][0]["physicalLocation"]["region"]["startLine"] == 3
    notes = [item["message"]["text"] for item in run["invocations"][0]["toolExecutionNotifications"]]
    assert any("words of investigation why" in note for note in notes)


def test_no_text_of_a_model_is_a_link_in_sarif() -> None:
    data = json.loads(render(asked_report(lambda name: "[click](https://evil.example)"), "sarif"))
    for result in data["runs"][0]["results"]:
        assert "](" not in result["message"]["text"]


def test_sarif_without_observations_has_no_rule_for_them() -> None:
    data = json.loads(render(without_models(asked_report()), "sarif"))
    assert "observation" not in {rule["id"] for rule in data["runs"][0]["tool"]["driver"]["rules"]}


def test_junit_says_what_a_model_said() -> None:
    cases = {case.get("name"): case for case in ET.fromstring(render(asked_report(), "junit")).iter("testcase")}
    said = {slug: "".join(case.itertext()) for slug, case in cases.items()}
    assert "contested, a failure until a person decides: words of proposal by" in said[asked.CONTESTED.slug]
    assert "found by a model" in said[asked.FOUND.slug]
    assert "words of finding by" in said[asked.FOUND.slug]
    assert "unverified until a named person confirms it" in said[asked.PROPOSED.slug]
    assert "did not come to an end" in said[asked.UNFINISHED.slug]
    assert "the answer was lost" in said[asked.LOST.slug]


def test_the_terminal_has_a_line_for_each() -> None:
    text = shown(asked_report())
    for line in (
        r"1 contested failure Each .* until a person decides\.\n.*secrets-in-repo +model: pass +words of path:3",
        r"1 proposed answer Each counts as unverified .*\n.*health-endpoints +model: not applicable +words of path:3",
        r"1 observation \(advisory: not part of the verdict\)\n.*words of path:3 +words of observation what",
        r"2 investigations incomplete .*\n.*Security +bounded +words of investigation why\n.*Synthesizer +lost",
        r"4 refused .*\n +4 +words of refused where +words of refused kind",
        r"1 place with text that addresses the auditor .*\n +words of marker kind",
        r"asked words of asked model: 14 calls, 131,357 tokens, cost unknown",
        r"fail \(contested\)",
        r"found by a model: words of found reason",
    ):
        assert re.search(line, text), f"{line}\n{text}"


def test_the_terminal_shows_a_models_summary_whole() -> None:
    report = asked_report(lambda name: "It fails: nothing is tested." if name == "sentence.text" else plain(name))
    assert "It fails: nothing is tested." in shown(report)


def test_the_terminal_cuts_the_verdict_off_a_template() -> None:
    text = shown(without_models(asked_report()))
    assert "\nwords of sentence text" in text
    assert "X: words" not in text
    for word in ("For a person", "Beside the criteria", "Models"):
        assert word not in text


def test_a_terminal_is_not_spoken_to() -> None:
    text = shown(asked_report(lambda name: "x\x1b]8;;https://evil.example\x07y\x1b[2J[bold]z"))
    assert not set(text) & {"\x1b", "\x07"}
    assert text.count("[bold]z") > len("gates, findings, claims")
