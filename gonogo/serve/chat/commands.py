"""The slash commands: the same desk that a model's tools look up, by hand, with completion."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gonogo.agents.chat.tools import Desk, UnansweredError
from gonogo.mendable import MENDABLE
from gonogo.model.criterion import Area, Severity, Status
from gonogo.serve import answers
from gonogo.serve.chat import rendering
from gonogo.serve.chat.case import Case, areas_of
from gonogo.serve.chat.desk import MOST_FINDINGS, STYLES, SUPPOSABLE
from gonogo.store.runs import FINISHED

FORMATS = ("md", "html", "json", "sarif", "junit")
MOST_ARGUMENTS = 60
LONGEST_NUMBER = 7
FIRST = (Status.FAIL, Status.UNVERIFIED, Status.PASS, Status.NOT_APPLICABLE)
"""The order in which criteria are offered."""
_CODE = re.compile(r"[A-Z]{2,4}-\d{3}\Z")


class LeaveChat(Exception):  # noqa: N818  no fault: a person leaves
    """The person leaves."""


@dataclass(frozen=True)
class Room:
    """What a command works on."""

    case: Case
    desk: Desk


@dataclass(frozen=True)
class Command:
    """A command: what stands behind its name, what it does, and which words complete it (the line's words so far)."""

    name: str
    usage: str
    says: str
    run: Callable[[Room, list[str]], str]
    complete: Callable[[Room, list[str]], tuple[str, ...]] = lambda room, words: ()


def carry_out(room: Room, line: str) -> str:
    """The answer to a line that begins with a slash. Raises UnansweredError and LeaveChat."""
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    name, given = words[0].lower(), words[1:]
    found = next((row for row in COMMANDS if row.name == name), None)
    if found is None:
        raise UnansweredError(f"there is no command {name[:40]}: /help lists them.")
    if len(given) > MOST_ARGUMENTS:
        raise UnansweredError(f"{name} takes at most {MOST_ARGUMENTS} words.")
    return found.run(room, given)


def complete(room: Room, before: str) -> Iterator[str]:
    """The words that can stand where the line is: commands, then what a command takes."""
    words = before.split()
    if not before.startswith("/"):
        return
    if len(words) <= 1 and not before.endswith(" "):
        yield from (row.name for row in COMMANDS if row.name.startswith(before.lower()))
        return
    begun = "" if before.endswith(" ") else words[-1]
    found = next((row for row in COMMANDS if row.name == words[0].lower()), None)
    if found is not None:
        done = words[1:] if before.endswith(" ") else words[1:-1]
        for word in found.complete(room, done):
            if word.lower().startswith(begun.lower()) and (begun or not _CODE.match(word)):
                yield word  # a code is another name of a slug: only whoever begins to type one is offered it


def meanings(room: Room) -> dict[str, str]:
    """What the words that complete a line stand for. Of findings and evidence it is text of the target."""
    report = room.case.told
    status = {row.criterion: f"{row.severity} {row.status.value.replace('_', ' ')}" for row in report.assessments}
    return {
        **{row.name: row.says for row in COMMANDS},
        **{row.slug: f"{row.code} {status[row.slug]}" for row in report.criteria},
        **{row.code: f"{row.slug} {status[row.slug]}" for row in report.criteria},
        **{row.id: f"{row.severity} {row.what}" for row in report.findings},
        **{row.id: str(row.locator) for row in report.evidence},
    }


def list_commands() -> str:
    """All commands, a line each."""
    width = max(len(f"{row.name} {row.usage}") for row in COMMANDS)
    return "\n".join(f"  {f'{row.name} {row.usage}':{width}}  {row.says}" for row in COMMANDS)


def _audit(room: Room, given: list[str]) -> str:
    return room.desk.audit(tuple(area for word in given for area in word.split(",") if area))


def _findings(room: Room, given: list[str]) -> str:
    """In pages, so that all of them can be had."""
    names = {name for row in room.case.told.criteria for name in (row.slug, row.code.lower())}
    area, severity, criterion, first = None, None, None, 1
    for word in map(str.lower, given):
        if word in _SEVERITIES:
            severity = Severity(word)
        elif word in _AREAS:
            area = Area(word)
        elif word in names:
            criterion = word
        elif word.isdecimal() and len(word) < LONGEST_NUMBER:
            first = max(1, int(word))
        else:
            known = ", ".join((*_AREAS, *_SEVERITIES))
            raise UnansweredError(
                f"there is no area or criterion {word[:40]!r}: name a slug, a code, or one of {known}."
            )
    page = answers.list_findings(
        room.case.told,
        area=area,
        severity=severity,
        criterion=criterion,
        limit=MOST_FINDINGS,
        offset=first - 1,
    )
    named = " ".join(word for word in map(str.lower, given) if not word.isdecimal())
    return rendering.finding_page(page, f"/findings {named} {page.next_offset + 1}" if page.next_offset else "")


def _what_if(room: Room, given: list[str]) -> str:
    changes = {}
    for word in given:
        slug, equals, status = word.partition("=")
        if not equals:
            raise UnansweredError(f"{word[:40]!r} supposes nothing: say it as SLUG=pass.")
        changes[slug] = status
    if not changes:
        raise UnansweredError("nothing is supposed: say it as /whatif SLUG=pass SLUG=fail ...")
    return room.desk.what_if(changes)


def _draft(room: Room, given: list[str]) -> str:
    text = room.desk.draft(given[0] if given else "")
    return _written(Path(given[1]), text + "\n") if len(given) > 1 else text


def _report(room: Room, given: list[str]) -> str:
    from gonogo.report import render

    if len(given) != 2 or given[0] not in FORMATS:
        raise UnansweredError(f"say it as /report FORMAT FILE, with one of {', '.join(FORMATS)}.")
    return _written(Path(given[1]), render(room.case.told, given[0]))


def _use(room: Room, given: list[str]) -> str:
    if len(given) != 1:
        raise UnansweredError("say it as /use RUN: /runs lists the runs of this target.")
    try:
        room.case.turn_back(given[0].lower())
    except MENDABLE as error:
        raise UnansweredError(str(error)) from error
    return f"This conversation speaks of run {room.case.run[:8]} from here on."


def _runs(room: Room, given: list[str]) -> str:
    from gonogo.report.runs import list_as_text

    try:
        rows = room.case.runs()
    except MENDABLE as error:
        raise UnansweredError(str(error)) from error
    lines = list_as_text([row.plain() for row in rows]).rstrip("\n").split("\n")
    for number, row in enumerate(rows, 1):  # below the line of titles
        areas = areas_of(row)
        part = f"{', '.join(areas)} alone" if 0 < len(areas) < len(Area) else ""
        notes = [part, "this conversation's" if row.run == room.case.run else ""]
        told = "; ".join(note for note in notes if note)
        lines[number] += f"  ({told})" if told else ""
    return "\n".join(lines)


def _help(room: Room, given: list[str]) -> str:
    return f"{list_commands()}\nOr ask: why is REL-012 failing? what would flip the verdict? compare with last week"


def _quit(room: Room, given: list[str]) -> str:
    raise LeaveChat


def _one(given: list[str]) -> str:
    return " ".join(given)


def _written(path: Path, text: str) -> str:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UnansweredError(f"{path}: can't be written ({error.strerror}): name another file.") from error
    return f"wrote {path}"


def _criteria(room: Room) -> tuple[str, ...]:
    """Their slugs, those that fail first, the worst of them first, then their codes."""
    report = room.case.told
    rows = sorted(report.assessments, key=lambda row: (FIRST.index(row.status), -row.severity.rank))
    return (*(row.criterion for row in rows), *(row.code for row in report.criteria))


def _subjects(room: Room, words: list[str]) -> tuple[str, ...]:
    return () if words else (*_criteria(room), *(row.id for row in room.case.told.findings))


def _pieces(room: Room, words: list[str]) -> tuple[str, ...]:
    return () if words else (*_subjects(room, words), *(row.id for row in room.case.told.evidence))


def _other_runs(room: Room, words: list[str]) -> tuple[str, ...]:
    """None where the store can't be read: a Tab is no place for a fault."""
    if words:
        return ()
    try:
        rows = room.case.runs()
    except MENDABLE:
        return ()
    return tuple(row.run[:8] for row in rows if row.state == FINISHED and row.run != room.case.run)


def _suppositions(room: Room, words: list[str]) -> tuple[str, ...]:
    named = {word.partition("=")[0] for word in words}
    rows = (slug for slug in _criteria(room) if slug not in named and not _CODE.match(slug))
    return tuple(f"{slug}={status.value}" for slug in rows for status in SUPPOSABLE)


_AREAS = tuple(area.value for area in Area)
_SEVERITIES = tuple(severity.value for severity in Severity)
COMMANDS = (
    Command("/audit", "[AREA ...]", "audit again, by code alone", _audit, lambda room, words: _AREAS),
    Command("/status", "", "the verdict and what decides it", lambda room, given: room.desk.status()),
    Command(
        "/why",
        "SLUG|CODE|FINDING",
        "why it is answered so",
        lambda room, given: room.desk.explain(_one(given)),
        _subjects,
    ),
    Command(
        "/evidence", "[ID]", "the stored lines behind it", lambda room, given: room.desk.evidence(_one(given)), _pieces
    ),
    Command("/whatif", "SLUG=pass ...", "the verdict if it were so", _what_if, _suppositions),
    Command("/flip", "", "what would take the verdict up", lambda room, given: room.desk.flip()),
    Command(
        "/findings",
        "[AREA|SLUG] [SEVERITY] [FROM]",
        "the findings, worst first",
        _findings,
        lambda room, words: (*_AREAS, *_SEVERITIES, *_criteria(room)),
    ),
    Command(
        "/diff",
        "[RUN|last|yesterday|week|DAY]",
        "what changed since an earlier audit",
        lambda room, given: room.desk.compare(_one(given)),
        lambda room, words: () if words else ("last", "yesterday", "week", *_other_runs(room, words)),
    ),
    Command("/draft", "STYLE [FILE]", "a document", _draft, lambda room, words: () if words else STYLES),
    Command("/runs", "", "the audits of this target that are kept", _runs),
    Command("/use", "RUN", "speak of another run of this target", _use, _other_runs),
    Command("/report", "FORMAT FILE", "write the report", _report, lambda room, words: () if words else FORMATS),
    Command("/help", "", "this list", _help),
    Command("/quit", "", "leave; the conversation is kept", _quit),
)
