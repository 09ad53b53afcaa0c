"""reStructuredText and AsciiDoc, read lightly: headings, lists, literal blocks and links, which is what checks ask."""

from __future__ import annotations

import re

from gonogo.tools.documents.outline import Outline

_RST_RULE = re.compile(r"^([=\-~^\"'`#*+:._])\1{2,}\s*$")
_RST_LINK = re.compile(r"`([^`<]+?)\s*<([^`<>]+)>`__?")
_RST_BLOCK = re.compile(r"^\s*\.\. (?:code-block|code|sourcecode|prompt)::\s*(\S*)")
_ADOC_HEADING = re.compile(r"^(={1,6})\s+(.+)$")
_ADOC_LINK = re.compile(r"(?:link|xref):([^\s\[\]]+)\[([^\]]*)\]")
_ADOC_SOURCE = re.compile(r"^\[source(?:%\w+)?,\s*([\w-]+)")
_ITEM = re.compile(r"^\s*(?:[-*+]|\*{1,5}|\.{1,5}|\d+[.)]|#\.)\s+(.*)$")


def read_markup(path: str, text: str, suffix: str) -> Outline:
    """The parts of a reStructuredText (``rst``) or AsciiDoc document."""
    outline = Outline(path)
    lines = text.splitlines()
    if suffix == "rst":
        _read_rst(outline, lines)
    else:
        _read_asciidoc(outline, lines)
    return outline


def _read_rst(outline: Outline, lines: list[str]) -> None:
    levels: list[str] = []
    number = 0
    while number < len(lines):
        line = lines[number]
        below = lines[number + 1] if number + 1 < len(lines) else ""
        rule = _RST_RULE.match(below)
        if line.strip() and rule and not _RST_RULE.match(line) and len(below.rstrip()) >= len(line.strip()) // 2:
            mark = rule.group(1)
            if mark not in levels:
                levels.append(mark)
            outline.heading(levels.index(mark) + 1, line.strip(), number + 1)
            number += 2
            continue
        block = _RST_BLOCK.match(line)
        if block or line.rstrip().endswith("::"):
            number = _indented(outline, lines, number, block.group(1) if block else "")
            continue
        _line(outline, _RST_LINK.sub(r"[\1](\2)", line).replace("``", "`"), number + 1)
        number += 1


def _indented(outline: Outline, lines: list[str], number: int, language: str) -> int:
    start = number + 1
    while start < len(lines) and (not lines[start].strip() or lines[start].lstrip().startswith(":")):
        start += 1
    end = start
    while end < len(lines) and (not lines[end].strip() or lines[end][:1].isspace()):
        end += 1
    if end > start:
        text = "\n".join(line.strip() for line in lines[start:end]).rstrip()
        outline.block(language, text, start + 1, end)
    return max(end, number + 1)


def _read_asciidoc(outline: Outline, lines: list[str]) -> None:
    language = ""
    number = 0
    while number < len(lines):
        line = lines[number]
        if source := _ADOC_SOURCE.match(line):
            language = source.group(1)
        elif line.rstrip() in ("----", "....") or line.startswith("```"):
            fence = line.rstrip()[:3]
            end = next((n for n in range(number + 1, len(lines)) if lines[n].startswith(fence)), len(lines))
            outline.block(language or line[3:].strip("-."), "\n".join(lines[number + 1 : end]), number + 2, end)
            language, number = "", end
        elif heading := _ADOC_HEADING.match(line):
            outline.heading(len(heading.group(1)), heading.group(2), number + 1)
        elif not line.startswith((":", "//", "[")):
            _line(outline, _ADOC_LINK.sub(r"[\2](\1)", line), number + 1)
        number += 1


def _line(outline: Outline, line: str, number: int) -> None:
    """One line is one part: paragraphs of more lines are taken apart, which no check minds."""
    if not line.strip() or _RST_RULE.match(line):
        return
    if item := _ITEM.match(line):
        outline.item(item.group(1), number, number)
    else:
        outline.paragraph(line.strip(), number, number)
