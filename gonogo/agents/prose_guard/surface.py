"""What no sentence may hold, whatever it says: secrets, personal data, links, markup, hidden characters."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from urllib.parse import unquote

from gonogo.agents.prose_guard.facts import Cited, TextFacts
from gonogo.agents.prose_guard.sentence import fold
from gonogo.agents.prose_guard.shapes import Kind
from gonogo.tools.redaction import clean

MOST_CHARACTERS = 400
MOST_SENTENCES = 12
_LINK = re.compile(
    r"[a-z][a-z0-9+.-]*:\s?//|://"
    r"|(?<![\w/])(?:https?|ftp|mailto|data|javascript|vbscript|file|blob|tel|sms|wss?|about|view-source)\s?:(?=[^\s:])"
    r"|(?<![\w-])www\.|(?<![\w:/.])//(?=\w)|\\\\\w"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?![\w-])"
    r"|\bhxxps?\b|\[\.\]|\(dot\)|\bdot \w+ slash\b",
    re.IGNORECASE,
)
_DOMAIN = re.compile(r"(?<![\w./@-])(?:[a-z0-9][a-z0-9-]*\.)+[a-z]{2,24}(?::\d+)?(?:[/?#][^\s`\"')\]]*)", re.IGNORECASE)
_MARKUP = re.compile(
    r"!\[|\]\s?\(|\]\s?\[|\[\^|^\s*\[[^\]]*\]:|<[a-z/!?]|&#?\w{2,12};|``|~~|\*\*|__(?=\w+__(?!\w))"
    r"|(?<![\w*])\*\w[^*`]*\w\*(?![\w*])|\\[\[\]()`*_<>!]|[\r\n\t\v\f]",
    re.IGNORECASE,
)
_BLOCK = re.compile(r"\s*(?:#{1,6}\s|>|[-+*]\s|\d+[.)]\s|\||={3,}|-{3,})")


def private_parts(text: str) -> tuple[str, tuple[tuple[Kind, str], ...]]:
    """The text without secrets, personal data and hidden characters, and how many there were of each, never a value."""
    cleaned = clean(text)
    counts = ((Kind.SECRET, cleaned.secrets), (Kind.PERSONAL_DATA, cleaned.personal), (Kind.HIDDEN, cleaned.hidden))
    found = tuple((kind, f"{count} found") for kind, count in counts if count)
    if cleaned.text != text and not found:
        found = ((Kind.SECRET, "something that has to be redacted"),)
    return cleaned.text, found


def wrong_marks(raw: str, facts: TextFacts, cited: Cited) -> Iterator[tuple[Kind, str]]:
    """Links and markup in a text, as it stands and with its escapes undone."""
    for text in dict.fromkeys((raw, fold(raw), fold(unquote(html.unescape(raw))))):
        found = [(Kind.LINK, match[0]) for match in _LINK.finditer(text)]
        found += [(Kind.LINK, match[0]) for match in _DOMAIN.finditer(text) if not _is_read(match, text, facts, cited)]
        found += [(Kind.MARKUP, match[0]) for match in _MARKUP.finditer(text)]
        if found:
            yield from dict.fromkeys(found)
            break
    if match := _BLOCK.match(raw):
        yield Kind.MARKUP, match[0].strip()
    if raw.count("`") % 2:
        yield Kind.MARKUP, "`"


def _is_read(match: re.Match[str], text: str, facts: TextFacts, cited: Cited) -> bool:
    """A file's path, or, as code, what a cited text holds, such as an image: it can't be followed and tells nothing."""
    name = match[0].rstrip(".,;:")
    is_path = any(name == row.locator.path for row in (*facts.evidence.values(), *cited.evidence))
    is_code = text[: match.start()].count("`") % 2 == 1
    return is_path or (is_code and not re.search(r"[?#=%]", name) and cited.corpus.has(name))
