"""Drafts as PDF: everything that the Markdown says is on a page, whatever it says, and the bytes are the same."""

from __future__ import annotations

import re
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.model.report import Report
from gonogo.report.drafts import STYLES, draft
from gonogo.report.markdown_text import block, escape, make_table
from gonogo.report.pdf import MissingExtraError, to_pdf
from gonogo.report.pdf_text import to_latin
from tests.report.test_inert import PIECES

CREATED = "2026-11-21T12:00:00+00:00"
TITLE = "shop: NO-GO, tier B, production"
DRAWN = re.compile(rb"BT ([\d.]+) ([\d.]+) Td(?: [^()]*?)? ?\(((?:\\.|[^\\()])*)\) ?Tj", re.DOTALL)


def pages(data: bytes) -> list[list[tuple[float, float, str]]]:
    """What is drawn on each page: (x, y, text), in points from the lower left."""
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL):
        try:
            content = zlib.decompress(stream)
        except zlib.error:
            continue
        if b"BT" in content:
            found.append([(float(x), float(y), unescape(t)) for x, y, t in DRAWN.findall(content)])
    return found


def unescape(text: bytes) -> str:
    return re.sub(rb"\\(.)", rb"\1", text, flags=re.DOTALL).decode("latin-1")


def words(data: bytes) -> str:
    """All words, without the head and foot of the pages, in one line without spaces: where lines break is no matter."""
    body = ("".join(t for _, y, t in page if 45 < y < 800) for page in pages(data))
    return re.sub(r"\s", "", "".join(body))


@pytest.mark.parametrize("style", STYLES)
def test_a_draft_becomes_pages(style: str, shop_report: Report) -> None:
    text = draft(shop_report, style)
    data = to_pdf(text, TITLE, created=CREATED)
    assert data.startswith(b"%PDF-")
    found = pages(data)
    for number, page in enumerate(found, 1):
        assert TITLE in [t for _, _, t in page], "the head"
        assert f"page {number} of {len(found)}" in [t for _, _, t in page], "the foot"
    shown = words(data)
    for finding in shop_report.findings if style in ("full", "remediation") else ():
        assert finding.id in shown
    for item in shop_report.evidence if style in ("full", "certification") else ():
        assert item.sha256 in shown
    assert len(found) == 1 or style != "summary"


def test_same_text_same_bytes(shop_report: Report) -> None:
    text = draft(shop_report, "checklist")
    assert to_pdf(text, TITLE, created=CREATED) == to_pdf(text, TITLE, created=CREATED)
    assert to_pdf("x", TITLE) == to_pdf("x", TITLE), "without a date there is no clock either"
    assert b"20261121120000" in to_pdf("x", TITLE, created=CREATED)


def test_nothing_leaves_the_page() -> None:
    rows = [(f"{n}", "word " * (n % 90), "a/very/long/path" * (n % 20), escape("|`*_" * 9)) for n in range(200)]
    table = make_table(("Number", "Words", "Path", "Marks"), rows)
    code = block("\n".join(["x" * 3_000, "\t" * 40, *(f"line {n}" for n in range(200))]))
    text = f"# {'long' * 200}\n\n{'unbroken' * 900}\n\n{table}\n\n{code}\n\n" + "- item\n" * 300
    data = to_pdf(text, "title " * 100, created=CREATED)
    for page in pages(data):
        for x, y, shown in page:
            assert 0 < y < 842
            assert 40 <= x <= 560, shown
            assert x + 2 * len(shown) < 570, "even a narrow font would be over the edge"
    assert "unbroken" * 900 in words(data)
    assert "long" * 200 in words(data)
    assert words(data).count("·item") == 300


def test_a_row_higher_than_a_page_goes_on() -> None:
    table = make_table(("Short", "Long"), [("a", " ".join(f"word{n}" for n in range(9_000)))])
    data = to_pdf(table, TITLE, created=CREATED)
    assert len(pages(data)) > 3
    for number in (0, 4_500, 8_999):
        assert f"word{number}" in words(data)
    assert words(data).count("ShortLong") == len(pages(data)), "each page shows the table's head again"


def test_very_many_columns_fit() -> None:
    table = make_table(tuple(f"column{n}" for n in range(60)), [tuple("value" for _ in range(60))])
    for page in pages(to_pdf(table, TITLE)):
        assert all(x < 560 for x, _, _ in page)


@settings(max_examples=30)
@given(
    st.lists(st.sampled_from((*PIECES, "| a | b |\n| --- | --- |\n| c | d |\n", "日本", "\u202e", "é")), max_size=30)
)
def test_whatever_the_markdown(pieces: list[str]) -> None:
    data = to_pdf("".join(pieces), "".join(pieces)[:300], created="no date")
    assert data.startswith(b"%PDF-")
    assert b"/URI" not in data
    assert b"/JavaScript" not in data


def test_links_images_and_html_are_text() -> None:
    text = "[words](https://evil.example) ![picture](https://evil.example/x.png) <b>bold</b>\n\n<script>x</script>\n"
    data = to_pdf(text, TITLE, created=CREATED)
    assert b"/Annots" not in data
    assert b"/XObject <<" not in data
    assert "words" in words(data)
    assert "<script>x</script>" in words(data)


def test_what_the_fonts_lack_is_shown_and_counted() -> None:
    assert to_latin("né – “x” …") == ('né - "x" ...', 0)
    assert to_latin("日\u202e\x07") == ("<U+65E5><U+202E><U+0007>", 3)
    shown = words(to_pdf("Target 日本語", TITLE, created=CREATED))
    assert "Target<U+65E5><U+672C><U+8A9E>" in shown
    assert "3charactersthatthefontsofthisPDFlack" in shown
    assert "fontsofthisPDF" not in words(to_pdf("Target é", TITLE, created=CREATED))


def test_styles_and_lists_are_drawn() -> None:
    text = "## Head\n\nPlain **bold** *slanted* `code`  \nnext\n\n1. first\n2. second\n   - inner\n\n> quoted\n\n---\n"
    data = to_pdf(text, TITLE, created=CREATED)
    for font in (b"/Helvetica-Bold", b"/Helvetica-Oblique", b"/Courier"):
        assert font in data
    (page,) = pages(data)
    left = {shown: x for x, _, shown in page}
    assert left["1."] < left["first"] < left["inner"]
    assert left["2."] == left["1."]
    assert "next" in left, "a hard break begins a line"


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"gonogo\[pdf\]"):
        to_pdf("x", TITLE)
