"""Which targets of a notification reach nobody: placeholders, unfilled variables, echo services."""

from __future__ import annotations

import re

_PLACEHOLDER = re.compile(
    r"example\.(com|org|net|local)\b|\.example\b|\bexample\b|\byour\b|your[-_ ]|\byour[A-Z]|change[-_ ]?me"
    r"|replace[-_ ]?(me|with|this)|placeholder|\btodo\b|\bfixme\b|\bxxx+|x{6,}|<[^>]*>|\bdummy\b|\bfoo\b|/[TB]0{6,}"
    r"|0{8,}|\.\.\.|API_URL_SECRET|_HERE\b|\binsert[-_ ]|\bnull\b|\bnone\b"
    r"|https?://(localhost|127\.0\.0\.1|0\.0\.0\.0|host\.docker\.internal)\b|@(your|my)?(company|domain|org|team|acme|corp|test)\.(com|org|io|net)|^(?-i:[A-Z][A-Z0-9]*_[A-Z0-9_]+)$",
    re.IGNORECASE,
)
UNFILLED = re.compile(r"\$\{?[A-Za-z_][A-Za-z0-9_]*\}?|%[A-Z_]{4,}%|__[A-Z_]{4,}__|@@?[A-Z_]{4,}@@?")
_ECHO = re.compile(
    r"webhook[-_]?(receiver|logger|test|echo|sink|debug)|alert[-_]?(logger|echo|dump|sink)|httpbin|echo-server|webhook\.site",
    re.I,
)


def trouble_of(kind: str, text: str, key: str = "") -> str:
    """Why a channel with this target reaches nobody; empty where it may."""
    shown = text if len(text) <= 60 else text[:57] + "..."
    if not text.strip():
        return f"it has no {key.removesuffix('_file') or 'target'}"
    if key.endswith("_file"):
        return ""
    if UNFILLED.search(text):
        return f"{shown} is never filled in: Alertmanager expands no variables"
    if text != "TEMPLATED" and _PLACEHOLDER.search(text):
        return f"{shown} is a placeholder"
    if kind == "webhook" and _ECHO.search(text):
        return f"{shown} only records what it gets"
    return ""
