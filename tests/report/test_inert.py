"""Whatever a target or a model says, both long formats show it as text: no link, no image, no HTML, no other layout."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from gonogo.report import render
from gonogo.report.markdown_text import block, cell_span, escape, span
from tests.report.asked import FIELDS, Say, asked_report, plain

PIECES = (
    *"`|<>[]()!*_~#\\&@$:-+=.'\"\t\n\r\v\f\x1c\x85\u2028\u00a0 ab1",
    *(
        "```",
        "~~~",
        "\n\n",
        "\r\n\r\n",
        "\n    ",
        "| --- |\n",
        "---",
        "1. ",
        "- ",
        "> ",
        "# ",
        "<!--",
        "-->",
        "<![CDATA[",
    ),
    *(
        "](https://evil.example)",
        "![x](https://evil.example/x.png)",
        "<https://evil.example>",
        "[x]: https://evil.example\n",
    ),
    *(
        "https://evil.example/?q=1",
        "www.evil.example",
        "a@evil.example",
        "@somebody",
        "&lt;",
        "&#60;script&#62;",
        "javascript:",
    ),
    *(
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "</pre>",
        "</code></td></tr></table>",
        "{{ 7 * 7 }}",
        "{% x %}",
    ),
    *(
        '" onmouseover="x',
        "\\`",
        "\\|",
        "\\\\|",
        "`x`",
        "**",
        "__",
        "</details>",
        "&amp;",
        "$\\href{https://evil.example}{x}$",
    ),
)
HOSTILE = (
    "![x](https://evil.example/x.png) [y](javascript:alert(1)) <img src=x onerror=alert(1)> | a | b |",
    "```\n\n# title\n\n<script>alert(1)</script>\n\n[x]: https://evil.example\n\n~~~",
    "line\n| --- | --- |\n| a | b |\n\n- item\n\n1. item\n\n> quote",
    "\\`|\\|`<b>``</td></tr></table></pre></details>{{ 7 * 7 }}{% raw %}",
    "\r\r```\r\r<h1>x</h1>\u2028\x85\x0b\x0c\x1c",
)
texts = st.lists(st.sampled_from(PIECES), min_size=1, max_size=12).map("".join).filter(str.strip)
tolerant = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=25)


@lru_cache(8)
def tokens(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)


def layout(text: str) -> list[str]:
    """The blocks of a Markdown text, without what stands in them."""
    return [token.type for token in tokens(text)]


def inline(text: str) -> Iterator[Token]:
    yield from (child for token in tokens(text) for child in token.children or ())


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.links: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.links |= {value or "" for name, value in attrs if name == "href"}

    def handle_endtag(self, tag: str) -> None:
        self.elements.append(("/" + tag, ()))


def says(field: str, text: str) -> Say:
    return lambda name: text if name == field else plain(name)


@cache
def honest(name: str) -> str:
    return render(asked_report(), name)


def assert_inert_markdown(text: str) -> None:
    assert layout(text) == layout(honest("md"))
    for token in inline(text):
        assert token.type not in ("image", "html_inline"), token.content
        if token.type == "link_open":
            assert str(token.attrs["href"]).startswith("#")
    rest = outside_code(text)
    assert not re.search(r"(?<!\\)://|www(?<!\\)\.(?=\w)", rest), "a bare address becomes a link"
    assert not re.search(r"@[\w.-]*\.\w|(?<!\w)@\w", rest), "a bare address becomes a link"


def outside_code(text: str) -> str:
    """The Markdown without code, which no renderer links in."""
    kept = []
    for token in tokens(text):
        if token.type == "inline":
            source = token.content
            for child in token.children or ():
                if child.type == "code_inline":
                    source = source.replace(child.markup + child.content + child.markup, " ", 1)
                    source = source.replace(f"{child.markup} {child.content} {child.markup}", " ", 1)
            kept.append(source)
    return "\n".join(kept)


@cache
def honest_page() -> _Page:
    return _Page(honest("html"))


def assert_inert_html(text: str) -> None:
    page, other = _Page(text), honest_page()
    assert page.elements == other.elements
    assert {link for link in page.links if link[:1] != "#"} == {link for link in other.links if link[:1] != "#"}


def assert_inert(say: Say) -> None:
    report = asked_report(say)
    assert_inert_markdown(render(report, "md"))
    assert_inert_html(render(report, "html"))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_every_field_is_inert(text: str) -> None:
    """All at once: which one it is, the long form says."""
    assert_inert(lambda name: text)


@pytest.mark.sweep
@pytest.mark.parametrize("field", FIELDS)
def test_every_field_alone_is_inert(field: str) -> None:
    for text in HOSTILE:
        assert_inert(says(field, text))


@tolerant
@given(st.fixed_dictionaries(dict.fromkeys(FIELDS, texts)))
def test_all_fields_together_are_inert(said: dict[str, str]) -> None:
    assert_inert(said.__getitem__)


@pytest.mark.sweep
@settings(tolerant, max_examples=500)
@given(st.fixed_dictionaries(dict.fromkeys(FIELDS, texts)))
def test_all_fields_with_anything_are_inert(said: dict[str, str]) -> None:
    assert_inert(said.__getitem__)


@given(texts)
def test_escaped_text_is_shown_as_it_stands(text: str) -> None:
    words = " ".join(text.split())
    shown = "".join(token.content for token in inline("words " + escape(text)))
    assert shown == "words " + words.replace("\0", "\ufffd")


@given(texts)
def test_code_is_shown_as_it_stands(text: str) -> None:
    (token,) = (child for child in inline(span(text)) if child.type == "code_inline")
    assert token.content == " ".join(text.split())
    (cell,) = (t for t in inline(f"| a |\n| --- |\n| {cell_span(text)} |") if t.type == "code_inline")
    assert cell.content == " ".join(text.split())


@given(texts)
def test_a_block_is_shown_as_it_stands(text: str) -> None:
    (token,) = tokens(block(text))
    assert token.type == "fence"
    assert token.content.rstrip("\n") == "\n".join(text.splitlines()).rstrip("\n")
