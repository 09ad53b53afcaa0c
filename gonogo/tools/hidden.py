"""Characters that nobody sees: they are shown and counted, and what they hide or split is read without them."""

from __future__ import annotations

import unicodedata

_LEFT = {"\n", "\t"}
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
"""Characters that show nothing though their category says otherwise."""


def make_visible(text: str) -> tuple[str, int]:
    """The text with hidden characters escaped (``\\u{200b}``), and how many there were. Line ends and tabs stay."""
    if text.isascii() and text.isprintable():
        return text, 0
    hidden = sum(map(is_hidden, text))
    if hidden:
        text = "".join(f"\\u{{{ord(char):x}}}" if is_hidden(char) else char for char in text)
    return text, hidden


def is_hidden(char: str) -> bool:
    """Says whether a character shows nothing: controls, formats, tags, selectors, surrogates, what has no meaning."""
    if char in _LEFT or " " <= char <= "~":
        return False
    if char in _BLANK or 0xFE00 <= ord(char) <= 0xFE0F or 0xE0100 <= ord(char) <= 0xE01EF:
        return True
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def meant_by(char: str) -> str:
    """The characters that one stands for: a fullwidth letter is a letter, a tag its letter, what is hidden nothing."""
    if " " <= char <= "~" or char in _LEFT:
        return char
    if 0xE0020 <= ord(char) <= 0xE007E:
        return chr(ord(char) - 0xE0000)
    if is_hidden(char) or unicodedata.combining(char):
        return ""
    return unicodedata.normalize("NFKC", char)
