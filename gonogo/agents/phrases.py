"""The phrases of ``phrases.yaml`` as expressions over what :mod:`gonogo.agents.folding` makes of a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from gonogo.agents.folding import skeleton

__all__ = ["Kind", "glued_phrases", "spoken_phrases", "structures"]

_UNSPACED = frozenset({"zh", "ja"})
"""Languages that put no space between words."""
_GLUED = ("override", "role", "verdict", "reassurance", "silence", "forgery", "sending", "bait")
_LIST = re.compile(r"\{([a-z_]+)\}")
_NOTATION = re.compile(r"\[[^\]]*\]| ?<(\d+)> | |\\w")
_WORD, _SPACE = r"[^ \n\x00]", r"(?:[ \n]+)"
_EDGE = r"[ \n]"


class Kind(StrEnum):
    """How a text tries to steer who reads it."""

    OVERRIDE = "override"
    """It takes back earlier instructions or gives new ones."""
    ROLE = "role"
    """It tells a model what it is, or takes a part in the conversation: ``system:``, ``<|im_start|>``."""
    ADDRESS = "address"
    """It speaks to an auditor, a reviewer or a model."""
    VERDICT = "verdict"
    """It says what to answer: pass, GO, no findings."""
    REASSURANCE = "reassurance"
    """It says that somebody has looked already."""
    SILENCE = "silence"
    """It asks not to report, mention or look."""
    FORGERY = "forgery"
    """It looks like a tool's result, evidence, a waiver or a turn of the conversation."""
    FENCE = "fence"
    """It looks like the line that ends what is data."""
    SENDING = "sending"
    """It asks to send data somewhere, or to show a link or an image that does."""
    BAIT = "bait"
    """It holds what makes a model refuse to go on."""


Expressions = Iterator[tuple[Kind, str]]


def spoken_phrases() -> Expressions:
    """Expressions over words that single spaces or line ends part; a NUL ends a sentence."""
    for code, kinds in _data()["phrases"].items():
        for kind, pattern in _each(kinds):
            inner = _written(pattern, _SPACE, rf"(?:{_WORD}+{_SPACE}){{0,%s}}")
            yield kind, inner if code in _UNSPACED else f"{_EDGE}(?:{inner}){_EDGE}"


def glued_phrases() -> Expressions:
    """Expressions over one word in which others are glued together."""
    for kind, pattern in _each({kind: _data()["phrases"]["en"][kind] for kind in _GLUED}):
        yield kind, _written(pattern, "", "[a-z]*")


def structures() -> Expressions:
    """Expressions over text with its punctuation."""
    for kind, pattern in _each(_data()["structure"]):
        yield kind, skeleton(pattern)


def _each(kinds: dict[str, list[str]]) -> Expressions:
    return ((Kind(kind), pattern) for kind, patterns in kinds.items() for pattern in patterns)


def _written(pattern: str, space: str, gap: str) -> str:
    """The expression of a phrase, with this for the space between words, and this for up to ``%s`` words."""

    def expression(match: re.Match[str]) -> str:
        if match[1]:
            return (space if match[0].startswith(" ") else "") + gap.replace("%s", match[1])
        if match[0] == " ":
            return space
        return _WORD if match[0] == r"\w" else match[0]

    return _NOTATION.sub(expression, skeleton(_LIST.sub(lambda match: _alternatives(match[1]), pattern)))


def _alternatives(name: str) -> str:
    return "(?:" + "|".join(_data()["lists"][name].split()).replace("_", " ") + ")"


@cache
def _data() -> dict[str, Any]:
    import yaml

    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "phrases.yaml").read_text(encoding="utf-8"))
    return loaded
