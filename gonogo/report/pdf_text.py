"""Text for a PDF's core fonts, which have the characters of Latin-1 alone: what they lack is shown by its number."""

from __future__ import annotations

from dataclasses import dataclass

_ALIKE = str.maketrans(
    {
        "\u2010": "-",
        "\u2011": "-",
        "\u2012": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\u2015": "-",
        "\u2212": "-",
        "\u2018": "'",
        "\u2019": "'",
        "\u201a": ",",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u2026": "...",
        "\u2022": "\u00b7",
        "\u2190": "<-",
        "\u2192": "->",
        "\u2264": "<=",
        "\u2265": ">=",
        "\u00a0": " ",
    }
)
"""Typography that reads the same in Latin-1."""


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text in one style: bold, italic, code; ``text`` is Latin-1, a newline in it ends the line."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False


def to_latin(text: str) -> tuple[str, int]:
    """The text in printable Latin-1, and how many characters are shown as ``<U+4E2D>`` in it."""
    shown, replaced = [], 0
    for character in text.translate(_ALIKE):
        if character in "\n\t" or _is_printable(character):
            shown.append(character)
        else:
            shown.append(f"<U+{ord(character):04X}>")
            replaced += 1
    return "".join(shown), replaced


def _is_printable(character: str) -> bool:
    number = ord(character)
    return 0x20 <= number < 0x7F or (0xA1 <= number <= 0xFF and number != 0xAD)
