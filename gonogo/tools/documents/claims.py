"""What documents claim of the state of the service: ticked boxes, rows of status tables, sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.facts.documents import Claim, ClaimKind, Document, DocumentKind, Item, Paragraph, Row

_TICK = re.compile(r"✅|☑|✔|🟢|💚|:white_check_mark:|:heavy_check_mark:|:green_circle:")
_CROSS = re.compile(r"❌|✖|✗|🔴|🟡|🟠|⚠|🚧|⏳|⬜|☐|🔲|🚫|:x:|:warning:|:construction:")
_MARK = re.compile(_TICK.pattern + "|" + _CROSS.pattern)
_STATUS_HEADER = re.compile(
    r"status|state\b|implemented|done|complian|ready|result|verdict|complete|coverage|present|pass", re.IGNORECASE
)
_DONE = re.compile(
    r"^\W*(done|complete[d]?|implemented|enabled|configured|pass(ed|ing)?|ready|yes|active|compliant|fixed|resolved"
    r"|met|in place|covered"
    r"|production[- ]ready|100\s?%|ok|available|deployed|live|verified|full(y)?( \w+)?)\b(?!\s*[/%]\s*\d*[1-9])",
    re.IGNORECASE,
)
_NOT_DONE = re.compile(
    r"\b(missing|partial(ly)?|planned|to ?do|pending|no|not|none|open|gaps?|fail(ed|ing|s)?|in progress|future"
    r"|optional|needed|required|manual|recommended"
    r"|n/?a|tbd|wip|deferred|blocked|should|must|need(s)? to|will be|incomplete|before)\b",
    re.IGNORECASE,
)
_READY = re.compile(
    r"\b(production|enterprise|launch)[-\s]+ready\b|\bready\s+(for|to go (to|into))\s+(production|launch"
    r"|go-live|enterprise)",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\b(not|isn't|never|before|until|to be|to become|make|making|more|for a|if|when|should|must|need|towards?|how"
    r"|are you|is it|nearly|almost|get|why)\b",
    re.IGNORECASE,
)
_STATED = re.compile(
    r"\b((is|are|was|were|been|fully|automatically|now|all)\s+(\w+ly\s+)?(enabled|configured|enforced|implemented"
    r"|encrypted|scanned|tested|monitored|"
    r"backed up|locked|pinned|rotated|validated|protected|in place|covered|blocked|signed)|(enabled|configured"
    r"|enforced|implemented))\b",
    re.IGNORECASE,
)
_LEFT_OUT = (
    DocumentKind.INSTRUCTION,
    DocumentKind.CHANGELOG,
    DocumentKind.LICENSE,
    DocumentKind.OWNERS,
    DocumentKind.CONTRIBUTING,
)
_PLANS = re.compile(
    r"road ?map|next steps?|future|planned|to[- ]?do|backlog|recommend|gaps?|limitations?|prerequisite|known issues"
    r"|improvements|before (you|go)"
    r"|how to|usage|wish|ideas|not (yet )?(implemented|done|covered)|out of scope|pending|remaining|missing"
    r"|critical issues|blockers?",
    re.IGNORECASE,
)


def find_claims(document: Document) -> Iterator[Claim]:
    """The claims of a document, in kinds. Instructions, changelogs and the like make none."""
    if document.kind in _LEFT_OUT:
        return
    for item in document.items:
        if kind := _of_item(item):
            yield Claim(item.text, kind, item.at, document.kind, item.section)
        elif document.kind in (DocumentKind.STATUS, DocumentKind.README):
            yield from _sentences(document, item)
    for row in document.rows:
        if kind := _of_row(row):
            yield Claim(row.text, kind, row.at, document.kind, row.section)
    if document.kind in (DocumentKind.STATUS, DocumentKind.README) or document.title:
        for paragraph in document.paragraphs:
            yield from _sentences(document, paragraph)


def _of_item(item: Item) -> ClaimKind | None:
    mark = _MARK.search(item.text)
    if item.checked is False:
        return ClaimKind.OPEN
    if item.checked:
        return ClaimKind.OPEN if mark and _CROSS.match(mark.group()) else ClaimKind.TICKED
    if mark and (mark.start() <= 2 or mark.end() >= len(item.text) - 20):
        return ClaimKind.TICKED if _TICK.match(mark.group()) else ClaimKind.OPEN
    return None


def _of_row(row: Row) -> ClaimKind | None:
    """By its status column, or its cell with a mark."""
    for name, cell in zip(row.header, row.cells, strict=False):
        mark = _MARK.search(cell)
        if mark and mark.start() <= 2:
            return ClaimKind.TICKED if _TICK.match(mark.group()) else ClaimKind.OPEN
        if _STATUS_HEADER.search(name) and len(cell) < 80:
            if _NOT_DONE.search(cell):
                return ClaimKind.OPEN
            if _DONE.search(cell):
                return ClaimKind.TICKED
    return None


def _sentences(document: Document, part: Item | Paragraph) -> Iterator[Claim]:
    if part.section and any(_PLANS.search(heading) for heading in part.section[1:] or part.section):
        return
    for sentence in re.split(r"(?<=[.!?])\s+", part.text):
        if len(sentence) > 400:
            continue
        ready = _READY.search(sentence)
        if ready and not _NEGATED.search(sentence[: ready.start()]) and not sentence.rstrip().endswith("?"):
            yield Claim(sentence, ClaimKind.READY, part.at, document.kind, part.section)
        elif (
            document.kind in (DocumentKind.STATUS, DocumentKind.README)
            and _STATED.search(sentence)
            and not _NOT_DONE.search(sentence)
        ):
            yield Claim(sentence, ClaimKind.STATED, part.at, document.kind, part.section)
