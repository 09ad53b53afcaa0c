"""Code without what is only said in it: comments and docstrings prove nothing, and whoever is audited writes them."""

from __future__ import annotations

import re
from functools import lru_cache

_PYTHON = re.compile(
    r"(?P<string>[rRbBuUfF]{0,2}(?:\"\"\"(?:\\.|(?!\"\"\").)*\"\"\"|'''(?:\\.|(?!''').)*'''|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'))"
    r"|(?P<comment>#[^\n]*)",
    re.DOTALL,
)
_OTHERS = re.compile(
    r"(?P<string>\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)"
    r"|(?P<comment>//[^\n]*|/\*.*?\*/)",
    re.DOTALL,
)
LINE_ENDS = re.compile(r"\r\n|\n|\r")
_CONTINUES = ("(", "[", "{", ",", "=", "\\", "+", "%", ":=", "return", "yield", "in", "and", "or", "not", "else")
"""How a line ends that a string on the next one belongs to."""


@lru_cache(maxsize=512)
def without_prose(text: str, *, is_python: bool) -> str:
    """The text with comments, and in Python strings that stand by themselves, blanked; lines stay where they are."""
    pattern = _PYTHON if is_python else _OTHERS
    return pattern.sub(lambda match: _blank(match, text, is_python=is_python), text)


def _blank(match: re.Match[str], text: str, *, is_python: bool) -> str:
    if match["comment"] is None and not (is_python and _stands_alone(match, text)):
        return match[0]
    return "\n" * match[0].count("\n")


def _stands_alone(match: re.Match[str], text: str) -> bool:
    """Says whether nothing but a docstring stands on its lines."""
    start = text.rfind("\n", 0, match.start()) + 1
    end = text.find("\n", match.end())
    after = text[match.end() : end if end >= 0 else len(text)].strip()
    if text[start : match.start()].strip() or (after and not after.startswith("#")):
        return False
    before = text[:start].rstrip()
    return not before.endswith(_CONTINUES)
