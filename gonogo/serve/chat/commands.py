"""The slash commands: the same desk that a model's tools look up, by hand, with completion."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gonogo.agents.chat.tools import Desk, UnansweredError
from gonogo.mendable import MENDABLE
from gonogo.model.criterion import Area, Severity
from gonogo.serve.chat.case import Case
from gonogo.serve.chat.desk import STYLES, SUPPOSABLE

FORMATS = ("md", "html", "json", "sarif", "junit")
MOST_ARGUMENTS = 60


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
        yield from (word for word in found.complete(room, done) if word.lower().startswith(begun.lower()))


def list_commands() -> str:
    """All commands, a line each."""
    width = max(len(f"{row.name} {row.usage}") for row in COMMANDS)
    return "\n".join(f"  {f'{row.name} {row.usage}':{width}}  {row.says}" for row in COMMANDS)


def _audit(room: Room, given: list[str]) -> str:
    return room.desk.audit(tuple(area for word in given for area in word.split(",") if area))


def _findings(room: Room, given: list[str]) -> str:
    area = severity = ""
    for word in given:
        if word.lower() in [member.value for member in Severity]:
            severity = word
        else:
            area = word
    return room.desk.findings(area, severity)


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


def _runs(room: Room, given: list[str]) -> str:
    from gonogo.report.runs import list_as_text

    try:
        rows = room.case.runs()
    except MENDABLE as error:
        raise UnansweredError(str(error)) from error
    return list_as_text([row.plain() for row in rows]).rstrip("\n")


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


def _subjects(room: Room, words: list[str]) -> tuple[str, ...]:
    report = room.case.told
    criteria = (name for row in report.criteria for name in (row.slug, row.code))
    return () if words else (*criteria, *(row.id for row in report.findings))


def _pieces(room: Room, words: list[str]) -> tuple[str, ...]:
    return () if words else (*(row.id for row in room.case.told.evidence), *_subjects(room, words))


def _suppositions(room: Room, words: list[str]) -> tuple[str, ...]:
    named = {word.partition("=")[0] for word in words}
    rows = (row.slug for row in room.case.told.criteria if row.slug not in named)
    return tuple(f"{slug}={status.value}" for slug in rows for status in SUPPOSABLE)


_AREAS = tuple(area.value for area in Area)
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
        "[AREA] [SEVERITY]",
        "the findings, worst first",
        _findings,
        lambda room, words: (*_AREAS, *(severity.value for severity in Severity)),
    ),
    Command(
        "/diff",
        "[RUN|last|week|DAY]",
        "what changed since an earlier audit",
        lambda room, given: room.desk.compare(_one(given)),
        lambda room, words: ("last", "week"),
    ),
    Command("/draft", "STYLE [FILE]", "a document", _draft, lambda room, words: () if words else STYLES),
    Command("/runs", "", "the audits of this target that are kept", _runs),
    Command("/report", "FORMAT FILE", "write the report", _report, lambda room, words: () if words else FORMATS),
    Command("/help", "", "this list", _help),
    Command("/quit", "", "leave; the conversation is kept", _quit),
)
