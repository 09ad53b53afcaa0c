"""What must not be told in a text, as it stands and in what is encoded in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gonogo.facts.secret_names import secret_name
from gonogo.tools.encoded import Reading, readings
from gonogo.tools.personal_data import find_in_lines, marked, starts_of
from gonogo.tools.personal_data.mail import find_mail
from gonogo.tools.personal_data.span import Span, settle
from gonogo.tools.secrets.detect import Hit, find_hits
from gonogo.tools.secrets.judge import Format, Level
from gonogo.tools.secrets.places import shape_of
from gonogo.tools.secrets.values import is_fake, is_random, is_reference

_SURE = (Level.CREDENTIAL, Level.CONTINUED)
_OTHER_SHAPES = {Format.DOCUMENT: Format.YAML, Format.CODE: Format.DATA}
"""Logs and documents write values without quotes, too; in code a random value may have the form of an identifier."""
_LOGIN = re.compile(r"[^\s:]{1,100}:(?P<password>\S{3,200})")
_LOGIN_FOLLOWS = re.compile(r"(?i)(?:\bbasic[ \t]+|\b_?auth[\"']?[ \t]*[:=][ \t]*[\"']?)$")
_MARK = re.compile(r"\[redacted:[a-z-]+\]")
_SETTINGS = frozenset(
    "true false yes no on off none null write read required optional enabled disabled always never".split()
)
_SIGNED = re.compile(r"(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,}")


@dataclass(frozen=True, slots=True)
class Found:
    """Columns ``start`` to ``end`` of a line (from 0) that must go."""

    line: int
    start: int
    end: int
    kind: str
    personal: bool = False


def find_secrets(lines: Sequence[str], path: str, shown: range) -> list[Found]:
    """The secrets that stand in lines as such; without a path only those that look it where no quotes tell.

    All lines are read, since a key may begin above; those that are ``shown`` once more, as another kind of file.
    """
    hits = _secrets_in_text("\n".join(lines), path)
    if other := _OTHER_SHAPES.get(shape_of(path)) if path else None:
        again = _hits("\n".join(lines[shown.start : shown.stop]), other)
        hits += [replace(hit, line=shown.start + hit.line) for hit in again if _is_sure(hit, path)]
    return [Found(hit.line, hit.start, hit.end, hit.kind) for hit in _apart(hits)]


def find_encoded(lines: Sequence[str], path: str) -> Iterator[Found]:
    """What stands encoded in lines: whole runs of base64 and hex, and the characters that escapes stand for."""
    text = "\n".join(lines)
    starts = starts_of(lines)
    found: list[Span] = []
    personal: set[Span] = set()
    gone = [match.span() for match in _MARK.finditer(text)]
    for reading in readings(text):
        for start, end, kind, of_person in _in_reading(reading, path):
            span = Span(kind, *reading.source(start, end))
            at = bisect_right(gone, (span.start, len(text)))
            if at and span.end <= gone[at - 1][1]:
                continue  # backwards, a mark is as good a password
            found.append(span)
            if of_person:
                personal.add(span)
    for span in settle(found):
        number = bisect_right(starts, span.start) - 1
        while number < len(lines) and starts[number] < span.end:
            first = span.start - starts[number]
            first = first if first >= 0 else len(lines[number]) - len(lines[number].lstrip())  # indents stay
            end = min(span.end - starts[number], len(lines[number]))
            if first < end:
                yield Found(number, first, end, span.kind, span in personal)
            number += 1


def _in_reading(reading: Reading, path: str) -> Iterator[tuple[int, int, str, bool]]:
    """Start, end, kind, and whether it is of a person."""
    lines = reading.text.split("\n")
    starts = starts_of(lines)
    for hit in _secrets_in(reading, path):
        yield starts[hit.line] + hit.start, starts[hit.line] + hit.end, hit.kind, False
    for number, span in _of_persons(reading, lines):
        yield starts[number] + span.start, starts[number] + span.end, span.kind, True
    for run in reading.runs:
        login = _LOGIN.fullmatch(reading.text, run.start, run.end)
        if login and _LOGIN_FOLLOWS.search(run.before) and not (is_reference(login[0]) or is_fake(login["password"])):
            yield run.start, run.end, "basic-auth", False


def _of_persons(reading: Reading, lines: Sequence[str]) -> Iterator[tuple[int, Span]]:
    if reading.backwards:  # most numbers are as good a number backwards
        return ((number, span) for number, line in enumerate(lines) for span in find_mail(line))
    numbers = marked(reading.text.encode("utf-8", "replace"))
    if reading.changed is not None:
        numbers = [number for number in numbers if number in reading.changed]
    return find_in_lines(lines, numbers)


def _secrets_in(reading: Reading, path: str) -> list[Found]:
    if not reading.opaque:
        lines = reading.text.split("\n")
        return find_secrets(lines, path, range(len(lines)))
    hits = [hit for hit in _hits(reading.text, Format.YAML) if hit.level in _SURE or _is_random_fallback(hit)]
    if reading.changed is not None:
        hits = [hit for hit in hits if hit.line in reading.changed]
    return [Found(hit.line, hit.start, hit.end, hit.kind) for hit in _apart(hits)]


def _is_random_fallback(hit: Hit) -> bool:
    """A default that nobody guesses is as much a secret as what stands without the word."""
    return hit.fallback and is_random(hit.value, 12)


def _secrets_in_text(text: str, path: str) -> list[Hit]:
    shape = shape_of(path) if path else Format.YAML
    return [hit for hit in _hits(text, shape) if _goes(hit, known=bool(path))]


def _is_sure(hit: Hit, path: str) -> bool:
    return hit.level in _SURE and (shape_of(path) is Format.DOCUMENT or is_random(hit.value, 12))


def _hits(text: str, shape: Format) -> list[Hit]:
    hits = find_hits(text.encode("utf-8", "replace"), shape)
    if "eyJ" in text:  # the detector of tokens stops before the signature, and takes what goes on for no token
        for number, line in enumerate(text.split("\n")):
            hits += [
                Hit(number, match.start(), match.end(), "jwt", Level.CREDENTIAL, match[0])
                for match in _SIGNED.finditer(line)
            ]
    return hits


def _goes(hit: Hit, *, known: bool) -> bool:
    if hit.level is Level.PLACEHOLDER or hit.start == hit.end or _is_setting(hit):
        return False
    return known or hit.quoted or hit.level is not Level.DOUBTFUL or is_random(hit.value, 12)


def _is_setting(hit: Hit) -> bool:
    """``id-token: write``, ``persist-credentials: false``, a list of field names: an auditor must read it."""
    word = hit.value.strip("{}[](),;\"' ").lower()
    return hit.level is Level.DOUBTFUL and (word in _SETTINGS or bool(secret_name(word)))


def _apart(hits: list[Hit]) -> list[Hit]:
    """Of hits that overlap, the first that was found; sorted by place."""
    kept: dict[int, list[Hit]] = {}
    for hit in hits:
        same = kept.setdefault(hit.line, [])
        if all(hit.end <= other.start or hit.start >= other.end for other in same):
            same.append(hit)
    return sorted((hit for same in kept.values() for hit in same), key=lambda hit: (hit.line, hit.start))
