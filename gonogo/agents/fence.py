"""Puts text from the target between lines that it cannot write itself: whatever stands there is data."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from gonogo.agents.folding import skeleton
from gonogo.agents.markers import Marker, find_markers
from gonogo.model.evidence import hash_text
from gonogo.tools.redaction import make_visible

LABEL_LENGTH = 200
TOKEN_LENGTH = 16
LABEL_LINE = -1
"""The line of a marker that stands in the label, a file's name for one."""
_CONTROL = re.compile(
    r"<(?=\|[A-Za-z_]{2,40}\|>|｜|/?s>|<?/?SYS>|(?:start|end)_of_turn>|(?:bos|eos|pad|unk)>)"
    r"|\[(?=/?(?:INST|TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS)\])"
    r"|(?<=ANTHROPIC)_(?=MAGIC)"
)
"""A character of what some models read as a control token even within text, or of a string that stops others."""
_ESCAPE = re.compile(r"\\u\{([0-9a-f]{1,6})\}")


@dataclass(frozen=True, slots=True)
class Fenced:
    """Text of the target between its fence, ready for a prompt."""

    text: str
    markers: tuple[Marker, ...]
    """Lines that address the reader; they count from the first line within the fence."""
    hidden: int = 0
    """Hidden characters that were still there and were made visible: none in what a tool cleaned."""


def fence(text: str, label: str) -> Fenced:
    """Fences clean text. ``label`` says what it is, in one line; it may hold a name from the target.

    The same text gets the same fence. Its token is a hash of what it encloses, which therefore cannot contain it. Lines
    that look like a fence all the same, and control tokens, are escaped as hidden characters are: ``\\u{3c}``.
    """
    shown, hidden = make_visible(text)
    name = _named(label)
    body = "\n".join(map(_harmless, shown.split("\n")))
    token = _token(name, body)
    markers = (*(replace(marker, line=LABEL_LINE) for marker in find_markers(label)), *find_markers(text))
    return Fenced(f"<<<DATA {name} {token}\n{body}\nDATA {token}>>>", markers, hidden)


def undo_escapes(text: str) -> str:
    """The text with what :func:`fence` escaped as it was, so that a quote from a prompt fits its evidence. Escapes of
    hidden characters stay: evidence has them too."""
    return _ESCAPE.sub(lambda match: match[0] if _is_hidden(int(match[1], 16)) else chr(int(match[1], 16)), text)


def _is_hidden(code: int) -> bool:
    return code > 0x10FFFF or chr(code) in "\n\t" or make_visible(chr(code))[1] > 0


def _named(label: str) -> str:
    """The label as part of a fence: one line, no bracket."""
    line = " ".join(make_visible(label)[0].split())
    line = line if len(line) <= LABEL_LENGTH else line[: LABEL_LENGTH - 4] + " ..."
    return _escape(_CONTROL.sub(_escaped, line), always=True)


def _harmless(line: str) -> str:
    return _escape(_CONTROL.sub(_escaped, line), always=_is_like_a_fence(skeleton(line)))


def _is_like_a_fence(folded: str) -> bool:
    opens, closes = folded.find("<<<"), folded.rfind(">>>")
    return (opens >= 0 and "data" in folded[opens:]) or (closes >= 0 and "data" in folded[:closes])


def _escape(line: str, *, always: bool) -> str:
    """The line with all that looks like angle brackets escaped."""
    return "".join(_code(char) if skeleton(char)[:1] in ("<", ">") else char for char in line) if always else line


def _escaped(match: re.Match[str]) -> str:
    return _code(match[0])


def _code(char: str) -> str:
    return f"\\u{{{ord(char):x}}}"


def _token(name: str, body: str) -> str:
    attempt = 0
    while True:
        token = hash_text(f"{attempt}\0{name}\0{body}")[:TOKEN_LENGTH]
        if token not in body and token not in name:
            return token
        attempt += 1
