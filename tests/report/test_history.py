"""A history as text, JSON and chart; the report's page draws it, and stays what it was without."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.model.criterion import Area
from gonogo.model.history import History, LeftOut, PastRun, trend
from gonogo.model.report import Report
from gonogo.model.target import Tier
from gonogo.model.verdict import Value
from gonogo.report import FORMATS, render
from gonogo.report.chart import HEAD, RIGHT, WIDTH, describe, draw
from gonogo.report.history import as_json, as_text
from gonogo.report.html import render_history
from tests.baselines import baseline, score

FIRST = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def history(*found: set[int], target: str = "shop", **changed: object) -> History:
    runs = [
        PastRun(
            run=f"{number:032x}",
            baseline=baseline(
                sorted(ids), created=(FIRST + timedelta(days=number)).isoformat(), target=target, **changed
            ),
        )
        for number, ids in enumerate(found)
    ]
    return trend(target, runs)


@pytest.fixture
def broken() -> History:
    """Three runs of one kind and one of another tier."""
    runs = [
        PastRun(
            run=f"{number}" * 32, baseline=baseline(ids, created=(FIRST + timedelta(days=number)).isoformat(), **kind)
        )
        for number, (ids, kind) in enumerate(
            [([1, 2], {}), ([2], {"verdict": Value.CONDITIONAL}), ([1, 2, 3], {}), ([1], {"tier": Tier.A})]
        )
    ]
    return trend("shop", runs, [LeftOut(run="f" * 32, why="it is not what was stored")])


def test_text_has_a_line_a_run(broken: History) -> None:
    lines = as_text(broken).splitlines()
    assert lines[0] == "shop: 4 runs"
    rows = [line.split() for line in lines if re.match(r"\d{8} ", line)]
    assert [row[0] for row in rows] == ["00000000", "11111111", "22222222", "33333333"]
    assert rows[0][6:11] == ["2", "2", "-", "-", "-"], "open, high or worse; the first is compared with none"
    assert rows[2][6:11] == ["3", "3", "2", "0", "1"], "opened, closed, reopened"
    assert "-- Not compared with the runs above: one is of tier B, the other A." in lines
    assert lines[-1] == "left out: ffffffff: it is not what was stored"


def test_json_has_every_id(broken: History) -> None:
    data = json.loads(as_json(broken))
    assert data["kind"] == "gonogo history"
    first = data["stretches"][0]
    assert first["points"][2]["reopened"] == ["gng-0000000001"]
    assert [point["open"] for point in first["points"]] == [2, 1, 3]
    assert first["kind"]["tier"] == "B"
    assert data["left_out"] == [{"run": "f" * 32, "why": "it is not what was stored"}]


def test_no_run_is_no_error() -> None:
    empty = trend("shop", [])
    assert as_text(empty) == "shop: no finished run of it is kept here\n"
    assert "No finished run" in render_history(empty)
    with pytest.raises(ValueError, match="without a run"):
        draw(empty)


def test_the_chart_draws_each_run_and_no_line_over_a_break(broken: History) -> None:
    svg = ET.fromstring(draw(broken))
    dots = [float(dot.get("cx", "")) for dot in svg.iter("circle") if dot.get("r") == "4"]
    assert len(dots) == 4
    (gap,) = [float(line.get("x1", "")) for line in svg.iter("line") if line.get("class") == "break"]
    assert dots[2] < gap < dots[3]
    for path in svg.iter("path"):
        places = [float(pair.split()[0]) for pair in re.split(r"[ML]", path.get("d", ""))[1:]]
        assert places == dots[:3], "the last run stands alone: it has no line"


def test_the_chart_can_be_read_without_being_seen(broken: History) -> None:
    svg = ET.fromstring(draw(broken))
    assert svg.get("role") == "img"
    ids = (svg.get("aria-labelledby") or "").split()
    named = {item.get("id"): item.text for item in svg if item.get("id")}
    assert [named[name] for name in ids] == ["History of shop", describe(broken)]
    assert "4 runs in 2 stretches" in describe(broken)
    titles = [dot.findtext("title") for dot in svg.iter("circle")]
    assert all(titles)
    assert "2026-11-02 12:00: CONDITIONAL" in titles
    page = render_history(broken)
    assert page.count("<table") == 2, "the same beside it as tables"


@settings(max_examples=40)
@given(
    st.lists(st.sets(st.integers(0, 9)), min_size=1, max_size=90),
    st.lists(st.integers(0, 12), min_size=7, max_size=7),
)
def test_all_of_the_chart_lies_on_it(found: list[set[int]], points: list[int]) -> None:
    scores = tuple(score(area, min(part, 12), 12) for area, part in zip(Area, points, strict=True))
    svg = ET.fromstring(draw(history(*found, areas=tuple(Area), scores=scores)))
    _, _, width, height = map(float, (svg.get("viewBox") or "").split())
    for dot in svg.iter("circle"):
        assert 0 <= float(dot.get("cx", "")) <= width - RIGHT
        assert HEAD <= float(dot.get("cy", "")) <= height
    labels = [text for text in svg.iter("text") if (text.get("class") or "").startswith("label line")]
    heights = sorted(float(text.get("y", "")) for text in labels)
    assert len(heights) == 7
    assert all(below - above >= 11.8 for above, below in pairwise(heights)), "none on another"
    days = sorted(float(text.get("x", "")) for text in svg.iter("text") if text.get("class") == "mark-x")
    assert all(right - left >= 70 for left, right in pairwise(days))
    assert width == WIDTH


def test_the_same_history_is_the_same_bytes(broken: History) -> None:
    assert draw(broken) == draw(broken.model_copy())
    assert render_history(broken) == render_history(broken.model_copy())


def test_without_a_history_every_format_is_what_it_was(shop_report: Report, broken: History) -> None:
    for item in FORMATS:
        plain = render(shop_report, item.name)
        assert render(shop_report, item.name, None) == plain
        assert 'id="history"' not in plain
        assert (render(shop_report, item.name, broken) == plain) == (not item.has_history)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.attributes |= {name for name, _ in attrs}


def test_the_page_of_a_report_draws_it(shop_report: Report, broken: History) -> None:
    text = render(shop_report, "html", broken)
    page = _Page()
    page.feed(text)
    assert page.tags.count("script") == 0
    assert "style" not in page.attributes and not {name for name in page.attributes if name.startswith("on")}
    assert len(page.ids) == len(set(page.ids))
    assert {"history", "history-title", "history-description"} <= set(page.ids)
    assert '<a href="#history">' in text
    assert "http" not in draw(broken).replace("http://www.w3.org", "")


def test_a_name_from_the_target_is_no_markup() -> None:
    evil = "</title></svg><script>alert(1)</script>\x1b[31m"
    found = history({1}, {2}, target=evil, environment='"><img src=x>')
    page = _Page()
    page.feed(render_history(found))
    assert "script" not in page.tags
    assert "img" not in page.tags
    assert "\x1b" not in as_text(found)
