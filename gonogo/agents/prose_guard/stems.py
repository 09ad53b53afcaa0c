"""Words without their endings, to tell what a text is about."""

from __future__ import annotations

import re
from functools import cache

from gonogo.agents.prose_guard.sentence import fold

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]+")
_ENDINGS = ("ations", "ation", "ings", "ing", "ions", "ion", "ed", "es", "s", "er", "ly")
_DOUBLED = re.compile(r"(.)\1$")
_COMMON = frozenset(
    "the and for are that this with not has have its all any every nothing service services one which what is in of to "
    "be may can from into by on as at or no it them they their there does do was were been than then when where".split()
)


def stems_of(text: str) -> list[str]:
    """The words of a text that mean something, without their endings."""
    return [stem(word) for word in _WORD.findall(fold(text).lower()) if word not in _COMMON]


@cache
def stem(word: str) -> str:
    """A word without its ending, roughly: encrypts, encrypted, encryption are one."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word.removesuffix(ending)
            break
    return _DOUBLED.sub(r"\1", word).rstrip("e")[:7]
