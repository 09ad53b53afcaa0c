"""Whether a report's formats hold anything that acts, or that nobody sees."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from html.parser import HTMLParser
from io import StringIO
from typing import Any
from xml.etree import ElementTree

from rich.console import Console

from gonogo.model.report import Report
from gonogo.report import FORMATS, render
from gonogo.report.terminal import show
from tests.report.asked import asked_report
from tests.report.test_inert import inline, outside_code, tokens


def assert_inert(report: Report) -> None:
    """No format has a live link, image, script or hidden character that is not the catalogue's."""
    known = {item.url for row in report.criteria for item in row.references}
    for item in FORMATS:
        text = render(report, item.name)
        assert report.verdict.value in text
        if item.name == "md":
            _assert_inert_markdown(text)
        if item.name == "html":
            page = _Page(text)
            assert page.elements <= _own_elements(), page.elements - _own_elements()
            assert all(link.startswith("#") or link in known for link in page.links), page.links
        assert not list(hidden_in(_strings(item.name, text))), item.name
    with StringIO() as out:
        show(report, Console(file=out, width=200, highlight=False))
        assert not list(hidden_in([out.getvalue()]))


def _assert_inert_markdown(text: str) -> None:
    for token in tokens(text):
        assert token.type != "html_block", token.content
    for token in inline(text):
        assert token.type not in ("image", "html_inline"), token.content
        if token.type == "link_open":
            assert str(token.attrs["href"]).startswith("#"), token.attrs
    rest = outside_code(text)
    for live in (r"(?<!\\)!\[", r"(?<!\\)\]\((?!#)", r"(?<!\\)<(?:img|script|a|svg|iframe)\b", r"(?<!\\)://"):
        assert not re.search(live, rest, re.IGNORECASE), re.findall(f".*{live}.*", rest)[:2]


def hidden_in(texts: Iterable[str]) -> Iterator[str]:
    """Characters that show nothing."""
    for text in texts:
        for char in sorted(set(text)):
            if char not in "\n\t" and (
                unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
                or 0xFE00 <= ord(char) <= 0xFE0F
            ):
                yield f"{char!r} in {text[:80]!r}"


def _strings(name: str, text: str) -> list[str]:
    """All texts of a format, as its reader gets them."""
    match name:
        case "json" | "sarif":
            return [text, *_texts(json.loads(text))]
        case "junit":
            nodes = ElementTree.fromstring(text).iter()
            return [part for node in nodes for part in (node.text or "", *node.attrib.values())]
    return [text]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        yield from (text for part in (value.values() if isinstance(value, dict) else value) for text in _texts(part))


class _Page(HTMLParser):
    """The elements of a page, with the names of their attributes, and where its links lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: set[tuple[str, tuple[str, ...]]] = set()
        self.links: set[str] = set()
        self.shown: list[str] = []
        self.feed(text)
        assert not list(hidden_in(self.shown))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add((tag, tuple(name for name, _ in attrs)))
        self.links |= {value or "" for name, value in attrs if name in ("href", "src", "action")}
        self.shown += [value or "" for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.shown.append(data)


@cache
def _own_elements() -> frozenset[tuple[str, tuple[str, ...]]]:
    """The elements of a page in which every field is filled with plain words."""
    found = _Page(render(asked_report(), "html")).elements
    return frozenset(found)
