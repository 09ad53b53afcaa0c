"""A draft read back: its sections with their tables, lists and texts, as a reader sees them."""

from __future__ import annotations

from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token


@dataclass
class Section:
    """What stands under one heading, up to the next."""

    title: str
    level: int
    tables: list[list[dict[str, str]]] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


def parse(markdown: str) -> list[Section]:
    """The sections in order. Tables are rows by column title; inline code stands in the text with its backticks."""
    found = [Section("", 0)]
    head: list[str] = []
    row: list[str] = []
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)
    in_item = 0
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "table_open":
            head = []
            found[-1].tables.append([])
        elif token.type == "tr_close" and row:
            if head:
                found[-1].tables[-1].append(dict(zip(head, row, strict=True)))
            else:
                head = row
            row = []
        elif token.type in ("list_item_open", "list_item_close"):
            in_item += token.nesting
        elif token.type == "inline" and before is not None:
            shown = text_of(token)
            if before.type == "heading_open":
                found.append(Section(shown, int(before.tag[1])))
            elif before.type in ("th_open", "td_open"):
                row.append(shown)
            else:
                (found[-1].items if in_item else found[-1].texts).append(shown)
    return found


def text_of(token: Token) -> str:
    """The words of a line, without marks but for the backticks of code."""
    parts = []
    for child in token.children or ():
        if child.type == "code_inline":
            parts.append(f"`{child.content}`")
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        else:
            parts.append(child.content)
    return "".join(parts)


def find(sections: list[Section], title: str) -> Section:
    """The first section whose title begins so."""
    return next(section for section in sections if section.title.startswith(title))
