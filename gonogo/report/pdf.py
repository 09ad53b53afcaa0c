"""A draft as PDF, by the optional extra ``pdf``: Markdown's blocks, laid out on A4 pages. Same text, same bytes."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from gonogo.report.pdf_text import Run, to_latin

if TYPE_CHECKING:
    from markdown_it.token import Token

    from gonogo.report.pdf_page import Page

EXTRA = "a PDF takes the extra pdf: pip install 'gonogo[pdf]', or give a file that ends in .md."
LACKING = "{number} characters that the fonts of this PDF lack stand here as <U+NUMBER>; the Markdown has them."
_HEADINGS = {"h1": 16.0, "h2": 12.5, "h3": 10.5, "h4": 9.5, "h5": 9.0, "h6": 9.0}
_TEXT, _TABLE, _CODE = 9.0, 7.0, 7.5
_INDENT = 5.0
"""Millimetres of a list's level or a quotation."""


class MissingExtraError(Exception):
    """The library for PDFs is not installed. The message says what to do."""


@dataclass
class _State:
    """Where the walk through the tokens is."""

    replaced: int = 0
    depth: int = 0
    items: list[int | None] = field(default_factory=list)
    marker: str = ""
    rows: list[list[list[Run]]] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)


def to_pdf(markdown: str, title: str, *, created: str = "") -> bytes:
    """A PDF of GitHub-flavoured Markdown: ``title`` on every page with the page's number, ``created`` (ISO 8601) as its
    date. Links, images and HTML are text. Raises MissingExtraError."""
    if importlib.util.find_spec("fpdf") is None:
        raise MissingExtraError(EXTRA)
    from gonogo.report.pdf_page import Page

    state = _State()
    page = Page(_latin(state, title), _moment(created))
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)
    for index, token in enumerate(tokens):
        _block(page, state, token, tokens[index - 1] if index else None)
    if state.replaced:
        page.paragraph([Run(LACKING.format(number=state.replaced), italic=True)], _TEXT)
    return page.bytes()


def _block(page: Page, state: _State, token: Token, before: Token | None) -> None:
    """Draws one token; what opens and closes only moves the state."""
    kind = token.type
    if kind in ("bullet_list_open", "ordered_list_open"):
        state.items.append(int(token.attrs.get("start", 1)) if kind[0] == "o" else None)
        state.depth += 1
    elif kind in ("bullet_list_close", "ordered_list_close"):
        state.items.pop()
        state.depth -= 1
        page.space()
    elif kind == "list_item_open":
        state.marker = _marker(state)
    elif kind in ("blockquote_open", "blockquote_close"):
        state.depth += 1 if kind == "blockquote_open" else -1
    elif kind in ("fence", "code_block", "html_block"):
        lines = _latin(state, token.content.rstrip("\n")).expandtabs(4).split("\n")
        page.code(lines, _CODE, state.depth * _INDENT)
    elif kind == "hr":
        page.rule()
    elif kind.startswith(("table", "thead", "tbody", "tr", "th", "td")):
        _table(page, state, token)
    elif kind == "inline" and before is not None:
        _inline(page, state, token, before)


def _inline(page: Page, state: _State, token: Token, before: Token) -> None:
    if before.type in ("th_open", "td_open"):
        state.rows[-1].append(_runs(state, token, bold=before.type == "th_open"))
    elif before.type == "heading_open":
        runs = _runs(state, token, bold=True)
        page.heading(runs, _HEADINGS[before.tag], int(before.tag[1]))
    else:
        marker, state.marker = state.marker, ""
        page.paragraph(_runs(state, token), _TEXT, state.depth * _INDENT, marker, is_tight=before.hidden)


def _table(page: Page, state: _State, token: Token) -> None:
    if token.type == "table_open":
        state.rows, state.right = [], []
    elif token.type == "tr_open":
        state.rows.append([])
    elif token.type == "th_open":
        state.right.append("right" in str(token.attrs.get("style", "")))
    elif token.type == "table_close":
        page.table(state.rows, _TABLE, state.right)


def _marker(state: _State) -> str:
    number = state.items[-1]
    if number is None:
        return "\u00b7"
    state.items[-1] = number + 1
    return f"{number}."


def _runs(state: _State, token: Token, *, bold: bool = False) -> list[Run]:
    """The styled pieces of a line of Markdown."""
    runs: list[Run] = []
    strong, emphasis = int(bold), 0
    for child in token.children or ():
        if child.type in ("strong_open", "strong_close"):
            strong += child.nesting
        elif child.type in ("em_open", "em_close"):
            emphasis += child.nesting
        elif child.type == "softbreak":
            runs.append(Run(" "))
        elif child.type == "hardbreak":
            runs.append(Run("\n"))
        elif child.content:
            text = _latin(state, child.content)
            runs.append(Run(text, bold=strong > 0, italic=emphasis > 0, code=child.type == "code_inline"))
    return runs


def _latin(state: _State, text: str) -> str:
    shown, replaced = to_latin(text)
    state.replaced += replaced
    return shown


def _moment(created: str) -> datetime:
    """The time of an ISO 8601 text; without one the first moment that a PDF's date can tell."""
    try:
        found = datetime.fromisoformat(created)
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
