"""Pieces of Markdown around text that is not ours: it shows as it stands, and can't become a link, an image or HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gonogo.report.outline import ended

_SPECIAL = re.compile(
    r"(?P<sign>[\\`*_\[\]<>|#~$]|&(?=#?\w+;)|:(?=//)|(?<=www)\.)"
    # GitHub links addresses and names after an at sign even where it is escaped, but not in a code span
    r"|(?P<at>(?<!\w)@(?=\w)|@(?=[\w.-]*\.[\w-]))",
    re.IGNORECASE,
)
_OPENS_BLOCK = re.compile(r"^(?:[-+]|\d{1,9}(?=[.)]))")
_LEAST_FENCE = 3


def escape(text: str) -> str:
    """Text that Markdown shows as it stands, on one line, behind words of ours."""
    return _SPECIAL.sub(lambda match: "`@`" if match["at"] else "\\" + match[0], " ".join(text.split()))


def sentence(text: str) -> str:
    """The same with one full stop at its end."""
    return escape(ended(text))


def begins_line(escaped: str) -> str:
    """Escaped text that begins a line: it does not become a list."""
    return _OPENS_BLOCK.sub(lambda match: f"{match[0]}\\" if match[0].isdigit() else f"\\{match[0]}", escaped)


def span(text: str) -> str:
    """A code span on one line, around text that may hold backticks itself. In a table use :func:`cell_span`."""
    text = " ".join(text.split()) or "-"
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    padding = " " if longest else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def cell_span(text: str) -> str:
    """A code span in a table, where even code may hold no bare pipe."""
    return span(text).replace("|", "\\|")


def spans(texts: Iterable[str]) -> str:
    """Code spans in a row."""
    return ", ".join(span(text) for text in texts)


def block(text: str) -> str:
    """A fenced block that its text can't end. It begins at the margin: a line that a list item does not hold would end
    a fence inside it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(_LEAST_FENCE, longest + 1)
    return "\n".join([f"{fence}text", *text.splitlines(), fence])


def make_table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]], *, numbers: int = 0) -> str:
    """A table of cells that are Markdown already. The last ``numbers`` columns stand at the right."""
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * (len(head) - numbers) + " ---: |" * numbers]
    lines += ["| " + " | ".join(cell.replace("\n", " ") for cell in row) + " |" for row in rows]
    return "\n".join(lines)
