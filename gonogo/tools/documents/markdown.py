"""Markdown line by line, with the same parts as a CommonMark parser finds in documents that people write.

A full parser takes five times as long on a large repository, which is more than all else that is read there; a test
compares the two.
"""

from __future__ import annotations

import re

from gonogo.tools.documents.outline import Outline

_FRONT = re.compile(r"\A---[ \t]*\n(.*?\n)?(---|\.\.\.)[ \t]*(\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)
_REFERENCE = re.compile(r"^ {0,3}\[([^\]^]+)\]:\s*<?(\S+?)>?(?:\s+[\"'(].*)?$")
_FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})\s*([^`]*)$")
_HEADING = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_RULE = re.compile(r"^ {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$")
_ITEM = re.compile(r"^(\s*)([-*+]|\d{1,9}[.)])(?:[ \t]+(.*)|)$")
_TABLE_RULE = re.compile(r"^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$")
_CELL = re.compile(r"(?<!\\)\|")
_HTML = re.compile(r"^ {0,3}<(?:/?[a-zA-Z][\w-]*[\s/>]|!--|/?[a-zA-Z][\w-]*$)")
_INLINE_HTML = re.compile(r"^\s*<(a|b|i|em|strong|code|span|img|br|kbd|sub|sup)\b", re.IGNORECASE)


def read_markdown(path: str, text: str) -> Outline:
    """The parts of a Markdown document."""
    outline = Outline(path)
    clean = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    if front := _FRONT.match(clean):
        if title := _FRONT_TITLE.search(front.group(1) or ""):
            outline.title = title.group(1)
        clean = "\n" * front.group(0).count("\n") + clean[front.end() :]
    lines = clean.expandtabs(4).split("\n")
    for line in lines:
        if line.lstrip().startswith("[") and (reference := _REFERENCE.match(line)):
            outline.references[" ".join(reference.group(1).split()).casefold()] = reference.group(2)
    _Reader(outline, lines).read()
    return outline


class _Reader:
    """Goes through the lines once. ``indent`` is where the text of the open list item begins, 0 outside of lists."""

    def __init__(self, outline: Outline, lines: list[str]) -> None:
        self.outline, self.lines = outline, lines
        self.number = 0
        self.indent = 0
        self.pending: list[str] = []
        self.started = 0
        self.is_item = False

    def read(self) -> None:
        while self.number < len(self.lines):
            line = self.lines[self.number]
            bare = line.lstrip(" >") if line.lstrip().startswith(">") else line
            self._line(bare)
            self.number += 1
        self._flush()

    def _line(self, line: str) -> None:
        stripped = line.strip()
        if not stripped:
            self._flush()
            return
        first = stripped[0]
        lead = len(line) - len(line.lstrip())
        if lead == 0 and self.indent and not self.pending and not _ITEM.match(line):
            self.indent = 0
        if first in "`~" and (fence := _FENCE.match(line)):
            self._fence(fence)
        elif first == "#" and (heading := _HEADING.match(line)):
            self._flush()
            self.outline.heading(len(heading.group(1)), heading.group(2) or "", self.number + 1)
        elif first in "=-" and self.pending and not self.is_item and (under := _UNDERLINE.match(line)):
            source, self.pending = "\n".join(self.pending), []
            self.outline.heading(1 if under.group(1)[0] == "=" else 2, source, self.started)
        elif first in "-*_" and _RULE.match(line):
            self._flush()
        elif first in "-*+0123456789" and (item := _ITEM.match(line)) and self._begins_item(item, lead):
            self._item(item)
        elif lead >= self.indent + 4 and not self.pending:
            self._indented()
        elif "|" in line and not self.pending and self._is_table():
            self._table()
        elif first == "<" and not self.pending and _HTML.match(line) and not _INLINE_HTML.match(line):
            self._html()
        elif first == "[" and not self.pending and _REFERENCE.match(line):
            return
        else:
            if not self.pending:
                self.started = self.number + 1
            self.pending.append(stripped)

    def _flush(self) -> None:
        if self.pending:
            source, self.pending = "\n".join(self.pending), []
            end = self.started + source.count("\n")
            if self.is_item:
                self.outline.item(source, self.started, end)
            else:
                self.outline.paragraph(source, self.started, end)
        self.is_item = False

    def _begins_item(self, item: re.Match[str], lead: int) -> bool:
        if lead >= self.indent + 4:
            return False
        ordered = item.group(2)[0].isdigit()
        interrupts = not self.pending or self.is_item or (not ordered or item.group(2)[:-1] == "1")
        return interrupts and bool(item.group(3) or not self.pending)

    def _item(self, item: re.Match[str]) -> None:
        self._flush()
        self.indent = len(item.group(1)) + len(item.group(2)) + 1
        self.is_item = True
        self.started = self.number + 1
        content = item.group(3) or ""
        if fence := _FENCE.match(content):
            self._fence(fence)
        elif content:
            self.pending = [content.strip()]

    def _fence(self, fence: re.Match[str]) -> None:
        self._flush()
        lead, mark = fence.group(1), fence.group(2)
        language = (fence.group(3).split() or [""])[0].strip("{}.").lower()
        start = self.number + 1
        close = re.compile(rf"^\s*(?:>\s*)*{re.escape(mark[0])}{{{len(mark)},}}\s*$")
        end = start
        least = self.indent if len(lead) >= self.indent else 0
        while end < len(self.lines) and not close.match(self.lines[end]):
            if least and self.lines[end].strip() and self.lines[end][:least].strip():
                break  # the list item ends, and its fence with it
            end += 1
        closed = end < len(self.lines) and close.match(self.lines[end])
        cut = len(lead)
        body = "\n".join(line[cut:] if not line[:cut].strip() else line for line in self.lines[start:end])
        self.outline.block(language, body, start + 1, end)
        self.number = end if closed else end - 1

    def _indented(self) -> None:
        self._flush()
        start, cut = self.number, self.indent + 4
        end = start
        while end < len(self.lines) and (not self.lines[end].strip() or self.lines[end].startswith(" " * cut)):
            end += 1
        while not self.lines[end - 1].strip():
            end -= 1
        self.outline.block("", "\n".join(line[cut:] for line in self.lines[start:end]), start + 1, end)
        self.number = end - 1

    def _is_table(self) -> bool:
        below = self.lines[self.number + 1].lstrip("> ") if self.number + 1 < len(self.lines) else ""
        return "-" in below and bool(_TABLE_RULE.match(below)) and ("|" in below or "|" in self.lines[self.number])

    def _table(self) -> None:
        header = tuple(self.outline.inline(cell, self.number + 1) for cell in _cells(self.lines[self.number]))
        self.number += 2
        while self.number < len(self.lines) and "|" in self.lines[self.number]:
            self.outline.row(_cells(self.lines[self.number]), header, self.number + 1)
            self.number += 1
        self.number -= 1

    def _html(self) -> None:
        self._flush()
        start = self.number
        comment = self.lines[start].lstrip().startswith("<!--")
        end = start
        while end < len(self.lines):
            if comment and "-->" in self.lines[end]:
                end += 1
                break
            if not comment and not self.lines[end].strip():
                break
            end += 1
        self.outline.html("\n".join(self.lines[start:end]), start + 1)
        self.number = end - 1


def _cells(line: str) -> list[str]:
    bare = line.strip().lstrip("> ").removeprefix("|")
    if bare.endswith("|") and not bare.endswith("\\|"):
        bare = bare[:-1]
    return [cell.strip().replace("\\|", "|") for cell in _CELL.split(bare)]
