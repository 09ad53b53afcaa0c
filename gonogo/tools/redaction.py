"""What leaves a tool: secrets replaced, hidden characters made visible. Both are counted."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_VISIBLE = {"\n", "\t"}
_SECRET = re.compile(
    r"(?P<key>AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36,}|xox[abprs]-[A-Za-z0-9-]{10,}|sk-[A-Za-z0-9_-]{20,})"
)


@dataclass(frozen=True, slots=True)
class Clean:
    """Text that may leave a tool, with what was done to it."""

    text: str
    secrets: int = 0
    hidden: int = 0


def clean(text: str) -> Clean:
    """Redacts secrets and escapes hidden characters. Idempotent: cleaning twice changes nothing more."""
    text, secrets = _SECRET.subn("[redacted]", text)
    hidden = [char for char in text if _is_hidden(char)]
    if hidden:
        text = "".join(f"\\u{{{ord(char):x}}}" if _is_hidden(char) else char for char in text)
    return Clean(text, secrets, len(hidden))


def _is_hidden(char: str) -> bool:
    if char in _VISIBLE or " " <= char <= "~":
        return False
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn") or 0xFE00 <= ord(char) <= 0xFE0F
