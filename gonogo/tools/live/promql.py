"""The metrics that a PromQL expression asks for, by name; nothing of it is evaluated."""

from __future__ import annotations

import re

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]{0,199}")
"""What a metric may be called, whole. Names of other alphabets, which Prometheus 3 allows, are left out."""
LONGEST = 20_000
_STRING = r'(?:"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`)'
_MATCHED = re.compile(rf"__name__\s*=~?\s*({_STRING})")
_TEMPLATE = re.compile(r"(?<![\w:])[\w:]*(?:\$\{[^}]*\}|\$\w+|\[\[\w+\]\])[\w:]*")
_LABELS = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^()]*\)", re.IGNORECASE)
_LEFT_OUT = (
    re.compile(_STRING),
    re.compile(r"#[^\n]*"),
    _TEMPLATE,
    re.compile(r"\{[^{}]*\}"),
    re.compile(r"\[[^]]*\]"),
)
_WORD = re.compile(r"(?<![\w:.$])[a-zA-Z_:][\w:]*(?!\s*\()(?![\w:])")
_KEYWORDS = frozenset(
    "and or unless bool offset by without on ignoring group_left group_right inf nan start end atan2 anchored smoothed"
    " sum min max avg group stddev stdvar count count_values bottomk topk quantile limitk limit_ratio".split()
)


def metrics_in(expression: str) -> list[str]:
    """The names, in their order; none where they can't be told (a template's variable, a pattern for names)."""
    text = expression[:LONGEST]
    found = [part for string in _MATCHED.findall(text) for part in string[1:-1].split("|")]
    for pattern in _LEFT_OUT:
        text = pattern.sub(" ", text)
    words = _WORD.findall(_LABELS.sub(" ", text))
    found += [word for word in words if word.lower() not in _KEYWORDS]
    return list(dict.fromkeys(name for name in found if NAME.fullmatch(name)))
