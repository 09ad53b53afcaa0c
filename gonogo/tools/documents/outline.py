"""Collects the parts of a document in the order in which they are read, each under the headings above it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from gonogo.facts.documents import CodeBlock, Heading, Item, Link, Paragraph, Row
from gonogo.model.evidence import Place

_LINK = re.compile(
    r"(!?)\[((?:[^\[\]\\]|\\.|\[[^\[\]]*\])*)\]\(\s*<?([^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*)>?(?:\s+[\"'(][^)]*)?\)"
)
_REFERENCE = re.compile(r"\[([^\[\]]+)\]\[([^\[\]]*)\]")
_HTML_LINK = re.compile(r"""<a\s[^>]*href\s*=\s*["']([^"']+)["']""", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--.*?-->", re.DOTALL)
_MARKS = re.compile(r"\*\*|__|~~|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])|(?<!\w)_(?=\S)|(?<=\S)_(?!\w)")
_CODE = re.compile(r"`+([^`]+)`+")
_BOX = re.compile(r"\[([ xX])\]\s+")


def _unmarked(text: str) -> str:
    return _MARKS.sub("", text) if "*" in text or "_" in text or "~~" in text else text


@dataclass
class Outline:
    """A document while it is read."""

    path: str
    title: str = ""
    headings: list[Heading] = field(default_factory=list)
    paragraphs: list[Paragraph] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    blocks: list[CodeBlock] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    names: list[Link] = field(default_factory=list)
    references: dict[str, str] = field(default_factory=dict)
    section: tuple[str, ...] = ()
    """The headings above what is read now."""
    _above: list[tuple[int, str]] = field(default_factory=list)

    def heading(self, level: int, source: str, line: int) -> None:
        text = self.inline(source, line)
        self._above = [(depth, name) for depth, name in self._above if depth < level] + [(level, text)]
        self.section = tuple(name for _, name in self._above)
        self.headings.append(Heading(level, text, Place(self.path, line, line, text)))
        if not self.title:
            self.title = text

    def paragraph(self, source: str, line: int, end: int) -> None:
        if text := self.inline(source, line):
            self.paragraphs.append(Paragraph(text, Place(self.path, line, end), self.section))

    def item(self, source: str, line: int, end: int) -> None:
        box = _BOX.match(source)
        text = self.inline(source[box.end() :] if box else source, line)
        checked = box.group(1) != " " if box else None
        if text:
            self.items.append(Item(text, Place(self.path, line, end), checked, self.section))

    def row(self, cells: list[str], header: tuple[str, ...], line: int) -> None:
        texts = tuple(self.inline(cell, line) for cell in cells)
        self.rows.append(Row(texts, header, Place(self.path, line, line), self.section))

    def block(self, language: str, text: str, line: int, end: int) -> None:
        """``line`` is that of its first line of text."""
        self.blocks.append(CodeBlock(language, text, Place(self.path, line, max(end, line)), self.section))

    def html(self, source: str, line: int) -> None:
        for number, part in enumerate(source.split("\n"), line):
            for match in _HTML_LINK.finditer(part):
                self._link("", match.group(1), number)
        text = _TAG.sub(" ", source).strip()
        if text:
            self.paragraph(text, line, line + source.rstrip().count("\n"))

    def inline(self, source: str, line: int) -> str:
        """Plain text of inline markup; notes the links and the code spans that look like paths."""
        if "[" not in source and "`" not in source and "<" not in source:
            return " ".join(_unmarked(source).split())
        kept = []
        for offset, part in enumerate(source.split("\n")):
            self._spans(part, line + offset)
            kept.append(self._unlinked(part, line + offset))
        return " ".join(_unmarked(_TAG.sub("", "\n".join(kept))).replace("`", "").split())

    def _spans(self, part: str, line: int) -> None:
        for match in _CODE.finditer(part):
            span = match.group(1).strip()
            if "/" in span or "." in span:
                self.names.append(Link(span, span, Place(self.path, line, line, span), section=self.section))

    def _unlinked(self, part: str, line: int) -> str:
        if "href" in part:
            for match in _HTML_LINK.finditer(part):
                self._link("", match.group(1), line)
        if "](" in part:
            for _ in range(2):  # a badge is an image in a link
                part = _LINK.sub(lambda match: self._noted(match, line), part)
        if "][" in part:
            part = _REFERENCE.sub(lambda match: self._resolved(match, line), part)
        return part

    def _noted(self, match: re.Match[str], line: int) -> str:
        image, text, target = match.groups()
        if not image:
            self._link(text, target, line)
        return text

    def _resolved(self, match: re.Match[str], line: int) -> str:
        text, label = match.groups()
        if target := self.references.get(" ".join((label or text).split()).casefold()):
            self._link(text, target, line)
        return text

    def _link(self, text: str, target: str, line: int) -> None:
        plain = " ".join(_unmarked(text).replace("`", "").split())
        self.links.append(Link(plain, target, Place(self.path, line, line, target), section=self.section))

    def closed_headings(self, last: int) -> tuple[Heading, ...]:
        """The headings, each with the last line of its section."""
        closed = []
        for index, heading in enumerate(self.headings):
            following = (other.at.line for other in self.headings[index + 1 :] if other.level <= heading.level)
            end = next(following, last + 1) - 1
            at = Place(self.path, heading.at.line, max(end, heading.at.line), heading.text)
            closed.append(Heading(heading.level, heading.text, at))
        return tuple(closed)
