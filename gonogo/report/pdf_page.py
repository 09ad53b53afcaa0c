"""Pages of a PDF: wrapped lines, tables of any height, a head and a foot. Imports fpdf: only where one is made.

The library's own tables refuse a row that is higher than a page, and cells of several styles; these do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache

from fpdf import FPDF

from gonogo.report.pdf_text import Run

WIDTH, HEIGHT = 210.0, 297.0
MARGIN, TOP, BOTTOM = 16.0, 20.0, 281.0
LEADING = 1.28
_POINT = 0.352778
"""Millimetres."""
_PADDING = 1.0
_MOST_NATURAL = 95.0
"""Millimetres that a table's column asks for at most, however long its texts are."""
_LEAST = 9.0
_WORD = 0.28
"""The part of the page that a single word may ask for: half a SHA-256."""
_TITLE_WIDTH = 150.0
_NEVER = "\x02\x03"
"""The library replaces this by the number of pages: something that no text holds, since it is not printable."""
Style = tuple[str, str]
Word = tuple[str, Style]
Line = list[Word]
PLAIN, CODE = ("Helvetica", ""), ("Courier", "")
_SMALL = 8.0


class Page:
    """A document that grows downwards. Lengths are millimetres, sizes of type points."""

    def __init__(self, title: str, created: datetime) -> None:
        self._pdf = FPDF(format="A4")
        self._pdf.set_auto_page_break(False)
        self._pdf.set_creation_date(created)
        self._pdf.set_producer("gonogo")
        self._pdf.set_title(title)
        self._pdf.set_lang("en")
        self._pdf.alias_nb_pages(_NEVER)
        self._pdf.set_draw_color(170)
        self._title = title
        self._levels: list[int] = []
        self._width_of = cache(self._measure)
        self._y = TOP
        self._begin()

    def bytes(self) -> bytes:
        """The whole document, each page with its number."""
        for number in range(1, self._pdf.page_no() + 1):
            self._pdf.page = number
            self._pdf.set_font("Courier", "", 1)  # another font than a page can end with: else none is set on it
            self._draw([(f"page {number} of {len(self._pdf.pages)}", PLAIN)], _SMALL, MARGIN, 286.0)
        return bytes(self._pdf.output())

    def heading(self, runs: list[Run], size: float, level: int) -> None:
        """A heading with the room of some lines behind it, and its entry in the outline."""
        self._need(size * _POINT * LEADING * 3.5)
        self._y += size * _POINT * (0.5 if self._y > TOP else 0)
        while self._levels and self._levels[-1] >= level:
            self._levels.pop()
        self._pdf.set_y(self._y)
        self._pdf.start_section("".join(run.text for run in runs).strip() or "-", len(self._levels))
        self._levels.append(level)
        self._lines(self._wrap(runs, size, WIDTH - 2 * MARGIN), size, MARGIN)
        self._y += size * _POINT * 0.35

    def paragraph(
        self, runs: list[Run], size: float, indent: float = 0.0, marker: str = "", *, is_tight: bool = False
    ) -> None:
        """Text, with the marker of a list item before its first line."""
        left = MARGIN + indent
        lines = self._wrap(runs, size, WIDTH - MARGIN - left)
        self._need(size * _POINT * LEADING)
        if marker:
            self._draw([(marker, PLAIN)], size, left - 4.0, self._y)
        self._lines(lines, size, left)
        self._y += size * _POINT * (0.2 if is_tight else 0.7)

    def code(self, lines: list[str], size: float, indent: float = 0.0) -> None:
        """Lines as they stand; one that is too long goes on in the next."""
        left = MARGIN + indent
        width = WIDTH - MARGIN - left - 2 * _PADDING
        for text in lines:
            for piece in self._pieces(text, CODE, size, width) or [""]:
                height = size * _POINT * LEADING
                self._need(height)
                self._pdf.set_fill_color(244)
                self._pdf.rect(left, self._y, width + 2 * _PADDING, height, style="F")
                self._draw([(piece, CODE)], size, left + _PADDING, self._y)
                self._y += height
        self._y += size * _POINT * 0.8

    def space(self) -> None:
        """Some room, such as behind a list."""
        self._y += 1.2

    def rule(self) -> None:
        """A line across."""
        self._need(4.0)
        self._pdf.line(MARGIN, self._y + 1, WIDTH - MARGIN, self._y + 1)
        self._y += 3.0

    def table(self, rows: list[list[list[Run]]], size: float, right: list[bool]) -> None:
        """Rows of cells, the first of them the head, which each page shows again. A row may be higher than a page."""
        if not rows or not rows[0]:
            return
        widths = self._columns(rows, size)
        head = self._cells(rows[0], widths, size)
        self._row(head, widths, right, size, None)
        for row in rows[1:]:
            self._row(self._cells(row, widths, size), widths, right, size, head)
        self._y += size * _POINT

    def _begin(self) -> None:
        self._pdf.add_page()
        self._y = TOP
        shown = next(iter(self._pieces(self._title, PLAIN, _SMALL, _TITLE_WIDTH)), "")
        self._draw([(shown, PLAIN)], _SMALL, MARGIN, 9.0)
        self._pdf.line(MARGIN, 15.0, WIDTH - MARGIN, 15.0)

    def _need(self, height: float) -> None:
        if self._y + height > BOTTOM:
            self._begin()

    def _lines(self, lines: Iterable[Line], size: float, left: float) -> None:
        height = size * _POINT * LEADING
        for line in lines:
            self._need(height)
            self._draw(line, size, left, self._y)
            self._y += height

    def _draw(self, line: Line, size: float, x: float, y: float) -> None:
        """One line at a place; neighbours of one style are drawn together."""
        baseline = y + size * _POINT
        for text, style in _joined(line):
            self._pdf.set_font(*style, size)
            self._pdf.text(x, baseline, text)
            x += self._width_of(text, style, size)

    def _cells(self, row: list[list[Run]], widths: list[float], size: float) -> list[list[Line]]:
        filled = [*row, *([[]] * (len(widths) - len(row)))]
        return [list(self._wrap(cell, size, width - 2 * _PADDING)) for cell, width in zip(filled, widths, strict=False)]

    def _row(
        self,
        cells: list[list[Line]],
        widths: list[float],
        right: list[bool],
        size: float,
        head: list[list[Line]] | None,
    ) -> None:
        height = size * _POINT * LEADING
        most = max((len(cell) for cell in cells), default=0)
        if self._y + min(most, 4) * height + 2 * _PADDING > BOTTOM:
            self._turn(widths, right, size, head)
        first = 0
        while first < max(most, 1):
            room = max(int((BOTTOM - self._y - 2 * _PADDING) / height), 1)
            part = [cell[first : first + room] for cell in cells]
            tall = max(max((len(cell) for cell in part), default=0), 1) * height + 2 * _PADDING
            self._part(part, widths, right, size, tall)
            self._y += tall
            first += room
            if first < most:
                self._turn(widths, right, size, head)

    def _turn(self, widths: list[float], right: list[bool], size: float, head: list[list[Line]] | None) -> None:
        """The next page, with the table's head where that leaves room."""
        self._begin()
        if head is not None and max((len(cell) for cell in head), default=0) <= 8:
            self._row(head, widths, right, size, None)

    def _part(self, cells: list[list[Line]], widths: list[float], right: list[bool], size: float, tall: float) -> None:
        x = MARGIN
        for number, (cell, width) in enumerate(zip(cells, widths, strict=False)):
            self._pdf.rect(x, self._y, width, tall)
            for index, line in enumerate(cell):
                used = sum(self._width_of(text, style, size) for text, style in _joined(line))
                is_right = number < len(right) and right[number]
                left = x + width - _PADDING - used if is_right else x + _PADDING
                self._draw(line, size, left, self._y + _PADDING + index * size * _POINT * LEADING)
            x += width

    def _columns(self, rows: list[list[list[Run]]], size: float) -> list[float]:
        """What each column likes where the page has it; else what its longest word takes, and a share of the rest."""
        whole = WIDTH - 2 * MARGIN
        number = len(rows[0])
        least, liked = [_LEAST] * number, [_LEAST] * number
        for row in rows:
            for index, cell in enumerate(row[:number]):
                words = list(_words(cell))
                longest = max((self._width_of(text, style, size) for text, style in words), default=0.0)
                total = sum(self._width_of(text, style, size) for text, style in words)
                least[index] = max(least[index], min(longest, whole * _WORD) + 2 * _PADDING + 0.1)
                liked[index] = max(liked[index], min(total, _MOST_NATURAL) + 2 * _PADDING + 0.1)
        if sum(liked) <= whole:
            return liked
        if sum(least) >= whole:
            return _levelled(least, whole)
        more = [max(want - width, 0.0) for want, width in zip(liked, least, strict=True)]
        spare = whole - sum(least)
        share = spare / sum(more)
        return [width + extra * share for width, extra in zip(least, more, strict=True)]

    def _wrap(self, runs: list[Run], size: float, width: float) -> Iterator[Line]:
        """Lines of words that fit; a word that is too long is cut where the line ends."""
        line: Line = []
        used = 0.0
        for text, style in _words(runs):
            if text == "\n":
                yield line
                line, used = [], 0.0
                continue
            needed = self._width_of(text, style, size)
            if used + needed > width and line and text != " ":
                yield _stripped(line)
                line, used = [], 0.0
            if text == " " and not line:
                continue
            pieces = [text] if needed <= width else self._pieces(text, style, size, width)
            for piece in pieces[:-1]:
                yield [*line, (piece, style)]
                line = []
            line.append((pieces[-1], style))
            used = sum(self._width_of(word, kind, size) for word, kind in line) if len(pieces) > 1 else used + needed
        if line:
            yield _stripped(line)

    def _pieces(self, text: str, style: Style, size: float, width: float) -> list[str]:
        """A text cut into pieces that fit, each of one character at least."""
        pieces, piece, used = [], "", 0.0
        for character in text:
            needed = self._width_of(character, style, size)
            if piece and used + needed > width:
                pieces.append(piece)
                piece, used = "", 0.0
            piece += character
            used += needed
        return [*pieces, piece] if piece else pieces

    def _measure(self, text: str, style: Style, size: float) -> float:
        self._pdf.set_font(*style, size)
        return float(self._pdf.get_string_width(text))


def _words(runs: Iterable[Run]) -> Iterator[Word]:
    """Words, single spaces and newlines, each with its style."""
    for run in runs:
        family = "Courier" if run.code else "Helvetica"
        style = (family, ("B" if run.bold else "") + ("I" if run.italic else ""))
        word = ""
        for character in run.text:
            if character in " \t\n":
                if word:
                    yield word, style
                    word = ""
                yield ("\n" if character == "\n" else " "), style
            else:
                word += character
        if word:
            yield word, style


def _joined(line: Line) -> Iterator[Word]:
    text, kind = "", None
    for word, style in line:
        if kind is not None and style != kind:
            yield text, kind
            text = ""
        text, kind = text + word, style
    if kind is not None and text:
        yield text, kind


def _levelled(widths: list[float], whole: float) -> list[float]:
    """Widths that fit, of which only the widest are cut, all to one."""
    left = whole
    for number, width in enumerate(sorted(widths)):
        most = left / (len(widths) - number)
        if width > most:
            return [min(width, most) for width in widths]
        left -= width
    return widths


def _stripped(line: Line) -> Line:
    while line and line[-1][0] == " ":
        line = line[:-1]
    return line
