"""A comparison as text, Markdown and JSON: the same facts in each, and nothing of the target becomes markup."""

from __future__ import annotations

import json

import pytest
from markdown_it import MarkdownIt

from gonogo.model.comparison import Comparison, compare_baselines
from gonogo.model.criterion import Area, Severity
from gonogo.model.scores import Coverage
from gonogo.model.verdict import Value
from gonogo.report.comparison import Share, as_json, as_markdown, as_text, shares
from tests.baselines import baseline, finding, score

EVIL = "x | `y` <script>alert(1)</script> ![a](https://evil.example) \x1b[31m\u202e"
FORMS = (as_text, as_markdown, as_json)


@pytest.fixture
def changed() -> Comparison:
    before = baseline([1, 2], scores=(score(Area.SECURITY, 59, 120), score(Area.RELIABILITY, 0, 8)))
    rows = [finding(2, severity=Severity.CRITICAL), finding(3), finding(5, criterion="backups", what=EVIL)]
    after = baseline(
        rows,
        scores=(score(Area.SECURITY, 70, 120), score(Area.RELIABILITY, 4, 8)),
        coverage=Coverage(answered=3, applicable=4, percent=75),
        waived=("backups",),
        verdict=Value.CONDITIONAL,
        created="2026-11-28T12:00:00+00:00",
    )
    return compare_baselines(before, after)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_names_every_finding_and_status(form, changed: Comparison) -> None:  # type: ignore[no-untyped-def]
    text = form(changed)
    for row in changed.findings:
        assert row.finding.id in text
    for status in changed.statuses:
        assert status.criterion in text
    assert text.endswith("\n")
    assert "\x1b" not in text


def test_text_says_what_changed(changed: Comparison) -> None:
    lines = as_text(changed).splitlines()
    assert lines[0] == "shop: NO-GO -> CONDITIONAL"
    assert "4 findings: 1 new, 1 regressed, 1 resolved, 1 still open" in lines
    assert any("critical (was high) backups" in line for line in lines)
    assert any("[waived]" in line for line in lines)
    words = {line.split()[0]: " ".join(line.split()) for line in lines if line.startswith("  ")}
    assert words["security"] == "security 59 of 120 (49.1%) 70 of 120 (58.3%) +9.2 +18.6%"
    assert words["reliability"] == "reliability 0 of 8 (0.0%) 4 of 8 (50.0%) +50.0 -"
    assert words["coverage"] == "coverage 4 of 4 (100.0%) 3 of 4 (75.0%) -25.0 -25.0%"


def test_markdown_shows_what_is_not_ours_as_it_stands(changed: Comparison) -> None:
    html = MarkdownIt("gfm-like", {"linkify": False}).render(as_markdown(changed))
    assert "<script" not in html
    assert "<img" not in html
    assert "<a " not in html
    assert "alert(1)" in html
    assert html.count("<table>") == 6, "new, regressed, resolved, scores, statuses, still open"


def test_json_has_numbers(changed: Comparison) -> None:
    data = json.loads(as_json(changed))
    assert data["comparable"] is True
    assert (data["before"]["verdict"], data["after"]["verdict"]) == ("NO-GO", "CONDITIONAL")
    assert {name: len(rows) for name, rows in data["findings"].items()} == {
        "new": 1,
        "regressed": 1,
        "resolved": 1,
        "open": 1,
    }
    assert data["scores"][0] == {
        "name": "security",
        "before": {"part": 59, "whole": 120, "percent": 49.1},
        "after": {"part": 70, "whole": 120, "percent": 58.3},
        "points": 9.2,
        "relative_percent": 18.6,
    }
    assert data["scores"][1]["relative_percent"] is None, "nothing grows from nothing"


@pytest.mark.parametrize("form", FORMS)
def test_unlike_audits_stand_beside_each_other_uncounted(form) -> None:  # type: ignore[no-untyped-def]
    text = form(compare_baselines(baseline([1]), baseline([2], target="till")))
    assert "one is of the target shop, the other till" in text
    assert "gng-" not in text
    assert "alert-rules" in text, "the statuses are told"


def test_an_earlier_audit_in_the_second_place_is_told() -> None:
    before, after = baseline([], created="2026-11-28T12:00:00+00:00"), baseline([])
    assert "The first of them is the later one." in as_text(compare_baselines(before, after))


def test_areas_that_nothing_applies_to_have_no_percent() -> None:
    before = baseline([], scores=(score(Area.SECURITY, 0, 0),))
    after = baseline([], scores=(score(Area.SECURITY, 1, 3),))
    row = shares(compare_baselines(before, after))[0]
    assert (row.tenths, row.points, row.relative) == ((None, 333), None, None)


def test_a_change_is_the_difference_of_what_is_shown() -> None:
    row = Share("security", (2, 3), (299, 300))
    assert row.tenths == (666, 996), "rounded down: 100% means all"
    assert row.points == 33.0
