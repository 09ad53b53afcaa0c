"""What models added to an audit, in Markdown and HTML: all of it, and what counts told from what is proposed."""

from __future__ import annotations

import re
from html import unescape

import pytest

from gonogo.model.investigation import Investigation, State, Use
from gonogo.report import render
from gonogo.report.outline import cost
from tests.report import asked
from tests.report.asked import FIELDS, asked_report, plain, without_models

LONG = ("md", "html")


def section(text: str, title: str) -> str:
    """A section of either format, by its title."""
    return re.split(rf"(?:## |<h2>){title}", text, maxsplit=1)[1].split("\n## ")[0].split("<h2>")[0]


@pytest.mark.parametrize("name", LONG)
@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_shown(name: str, field: str) -> None:
    assert plain(field) in unescape(render(asked_report(), name))


@pytest.mark.parametrize("name", LONG)
def test_every_number_is_shown(name: str) -> None:
    text = section(render(asked_report(), name), "Provenance")
    for number in (
        "123,456",
        "45,678",
        "7,890",
        "123,461",
        "7,896",
        "0.4321 USD",
        "unknown",
        "13 pieces of personal data",
    ):
        assert number in text, number
    assert re.search(r"4 refusals: words or quotes of models", text)
    for action, count in (("block", 7), ("warn", 8)):
        assert re.search(rf"{action}\W.*words of violation where\W.*\b{count}\b", text), action


def test_an_unknown_cost_is_not_zero() -> None:
    assert cost(Use(calls=3)) == "unknown"
    assert cost(Use(cost_usd=0.0)) == "0.0000 USD"
    assert cost(Use(cost_usd=0.00001)) == "under 0.0001 USD"


@pytest.mark.parametrize("name", LONG)
def test_cost_is_told_by_specialist_with_its_sum(name: str) -> None:
    text = unescape(re.split(r"### Cost by specialist|<h3>Cost by specialist", render(asked_report(), name))[1])
    text = re.split(r"### |<h3>", text)[0]
    rows = [
        re.findall(r"[^|]+" if name == "md" else r"<t[dh][^>]*>(.*?)</t[dh]>", line)
        for line in text.splitlines()
        if line.startswith(("|", "<tr>"))
    ]
    table = {cells[0].strip(" *"): [cell.strip() for cell in cells[1:7]] for cells in rows}
    assert table["Security"] == ["11", "12", "123,456", "45,678", "7,890", "0.4321 USD"]
    assert table["Synthesizer"] == ["3", "0", "5", "0", "6", "unknown"]
    assert table["Reliability"] == ["-"] * 6
    assert table["The whole audit"] == ["14", "12", "123,461", "45,678", "7,896", "unknown"]
    shown = re.sub(r"</?code>|`|\\", "", text)
    for line in (
        "words of price model: 2.5 USD for a million tokens of input, 12 of output, 0.25 read from the cache, 3 "
        "written to it; as of words of price date, words of price source",
        "the model of unknown price: not known: give it with --prices",
        "160,000 tokens and 0.45 USD, shared out among the conversations: past its share one goes on, and is warned of",
        "16 calls, 60 look-ups and 1,800 seconds end each",
        "Security: 95% of its share of the money is used",
        "The whole audit: 80% of the tokens is used",
    ):
        assert line in shown, line
    assert "80% of its share of the money" not in text, "the last warning is enough"


@pytest.mark.parametrize("name", LONG)
def test_what_counts_stands_beside_what_a_model_says(name: str) -> None:
    text = re.sub(r"</?strong>|\*\*", "", section(render(asked_report(), name), "For a person to settle"))
    contested, proposed = re.split("Proposed answers", text)
    assert "until a person decides" in contested
    assert re.search(r"counts as:? fail", contested, re.IGNORECASE)
    assert re.search(r"model says:? pass", contested, re.IGNORECASE)
    assert "makes the verdict NO-GO" in contested
    assert "until a named person confirms" in proposed
    assert re.search(r"counts as:? unverified", proposed, re.IGNORECASE)
    assert re.search(r"model says:? not applicable", proposed, re.IGNORECASE)
    for part, slug in ((contested, asked.CONTESTED.slug), (proposed, asked.PROPOSED.slug)):
        assert slug in part
        assert "words of path:3" in part
        assert asked_report().evidence[0].id in part


@pytest.mark.parametrize("name", LONG)
def test_gates_say_what_a_model_did_to_them(name: str) -> None:
    gates = section(render(asked_report(), name), "Verdict and its gates")
    rows = [line for line in gates.splitlines() if line.startswith(("| ", "<tr>"))]
    for slug, mark in (
        (asked.CONTESTED.slug, "contested"),
        (asked.FOUND.slug, "found by a model"),
        (asked.UNFINISHED.slug, "its model did not finish"),
        (asked.LOST.slug, "answer lost"),
    ):
        assert any(slug in row and mark in row for row in rows), slug


@pytest.mark.parametrize("name", LONG)
def test_open_answers_say_why_they_are_open(name: str) -> None:
    lines = section(render(asked_report(), name), "Not verified, and what would show it").splitlines()
    for slug, mark in (
        (asked.UNFINISHED.slug, "its model did not finish"),
        (asked.LOST.slug, "answer lost"),
        (asked.PROPOSED.slug, "not applicable proposed"),
    ):
        assert any(slug in line and mark in line for line in lines), slug


@pytest.mark.parametrize("name", LONG)
def test_incomplete_models_are_named_before_the_gates(name: str) -> None:
    head = re.split("Verdict and its gates", render(asked_report(), name))[0]
    for part, state in (("Security", "bounded"), ("Synthesizer", "lost")):
        assert re.search(rf"{part}: (<strong>)?{state}", head)


@pytest.mark.parametrize("name", LONG)
def test_what_waits_for_a_person_is_said_beside_the_summary(name: str) -> None:
    text = render(asked_report(), name)
    said = re.search(r"1 contested failure and 1 proposed answer\S+; until then each counts as if no model", text)
    assert said
    assert text.index("What comes next.") < said.start() < text.index("words of template text")


@pytest.mark.parametrize("name", LONG)
def test_a_complete_audit_does_not_say_otherwise(name: str) -> None:
    report = asked_report()
    done = Investigation(state=State.COMPLETE)
    runs = tuple(run.model_copy(update={"investigation": done}) for run in report.provenance.specialists)
    provenance = report.provenance.model_copy(update={"specialists": runs, "synthesizer": done})
    text = render(report.model_copy(update={"provenance": provenance, "refused": ()}), name)
    assert "Not every model came to an end" not in text
    assert "Nothing that models said was refused" in text


def test_sentences_link_what_they_cite() -> None:
    report = asked_report()
    known = (asked.CONTESTED.slug, report.findings[0].id, report.evidence[0].id)
    html = render(report, "html").split('class="cites"')[1].split("</span>")[0]
    for name in known:
        anchor = f"c-{name}" if name == asked.CONTESTED.slug else name
        assert f'<a href="#{anchor}"><code>{name}</code></a>' in html
    assert "<code>words of sentence cites</code>" in html
    spans = ", ".join(f"`{name}`" for name in (*known, "words of sentence cites"))
    assert f"words of sentence text \\[{spans}\\] It has a second one." in render(report, "md")


@pytest.mark.parametrize("name", LONG)
def test_a_models_summary_stands_beside_what_was_computed(name: str) -> None:
    text = render(asked_report(), name)
    for computed in ("What comes next.", "Scores and coverage", "Verdict and its gates", "What the template plans."):
        assert computed in text
    assert text.index("What the template plans.") < text.index("Smallest set from")
    assert text.index("words of sentence text") < text.index("words of template text")


@pytest.mark.parametrize("name", LONG)
def test_causes_link_the_criteria_that_they_explain(name: str) -> None:
    text = section(render(asked_report(), name), "Causes")
    assert len(re.findall(r"\]\(#|href=\"#c-", text)) == 2
    assert "words of cause text." in text


def test_links_of_the_markdown_lead_to_its_titles() -> None:
    text = render(asked_report(), "md")
    titles = {
        re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in text.splitlines()
        if line[:1] == "#"
    }
    targets = set(re.findall(r"\]\(#([^)]*)\)", text))
    assert targets
    assert targets <= titles


@pytest.mark.parametrize("name", LONG)
def test_without_a_model_nothing_speaks_of_one(name: str) -> None:
    text = re.sub(r"(?s)<style>.*</style>", "", render(without_models(asked_report()), name))
    for word in "For a person,Causes,Observations,addresses the auditor,Refused,Written by,personal data red".split(
        ","
    ):
        assert word not in text, word
    assert "words of template text" in section(text, "Impact")


@pytest.mark.parametrize("name", LONG)
def test_equal_reports_are_equal_bytes(name: str) -> None:
    report = asked_report()
    prompts = {"b.md": "1", "a.md": "2"}
    texts = set()
    for order in (prompts, dict(reversed(prompts.items()))):
        made = report.provenance.asked
        assert made is not None
        provenance = report.provenance.model_copy(update={"asked": made.model_copy(update={"prompts": order})})
        texts.add(render(report.model_copy(update={"provenance": provenance}), name))
    assert len(texts) == 1


@pytest.mark.parametrize("name", LONG)
def test_many_markers_are_counted_and_cut(name: str) -> None:
    report = asked_report()
    many = tuple(report.markers[0].model_copy(update={"excerpt": f"excerpt {n}"}) for n in range(47))
    text = section(render(report.model_copy(update={"markers": many}), name), "Text that addresses the auditor")
    assert "47 places, by kind: words of marker kind 47" in text
    assert "and 7 more in the JSON report" in text
    assert len(re.findall(r"excerpt \d+", text)) == 40


def test_the_page_has_no_dead_link() -> None:
    text = render(asked_report(), "html")
    ids = re.findall(r' id="([^"]*)"', text)
    targets = set(re.findall(r' href="#([^"]*)"', text))
    assert len(ids) == len(set(ids)), "an id twice"
    assert {"settle", "c-" + asked.CONTESTED.slug, asked_report().evidence[0].id} <= targets
    assert targets <= set(ids)
