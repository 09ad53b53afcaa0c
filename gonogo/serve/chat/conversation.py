"""Conversations as they are kept: JSON lines in the state folder, one file each, redacted, for their owner alone."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gonogo.alone import RunningElsewhereError, alone
from gonogo.tools.redaction import clean

FOLDER = "chats"
LAST = "last"
MOST_BYTES = 4 * 1024 * 1024
MOST_TEXT = 20_000
"""Characters of one answer that are kept."""
_ID = re.compile(r"[0-9a-f]{4,32}\Z")


class ConversationError(Exception):
    """A conversation that can't be taken up or kept. The message names it and says what to do."""


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Text = Annotated[str, Field(max_length=2 * MOST_TEXT)]


class Opening(_Line):
    """The first line of a file: what the conversation is about. ``created`` is ISO 8601 in UTC."""

    gonogo_chat: Literal[1] = 1
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    created: Text
    target: Text
    paths: Annotated[tuple[Path, ...], Field(max_length=100)]


class Said(_Line):
    """A question and its answer. ``sentences`` are a model's, all of them checked; ``run`` is the run they are of."""

    at: Text
    question: Text
    answer: Text
    sentences: Text = ""
    by: Text = ""
    run: Text = ""

    @classmethod
    def of(cls, **told: str) -> Said:
        """Cut to what is kept: a document that was shown may be longer than any line may be."""
        return cls(**{name: text[:MOST_TEXT] for name, text in told.items()})


@dataclass
class Conversation:
    """A conversation that is open. ``rows`` are what was said before this process took it up; ``problems`` what of the
    file could not be read."""

    file: Path
    opening: Opening
    rows: list[Said] = field(default_factory=list)
    problems: tuple[str, ...] = ()
    is_begun: bool = False

    def is_of(self, target: str, paths: tuple[Path, ...]) -> None:
        """Says what a new conversation is about, once that is known."""
        self.opening = self.opening.model_copy(update={"target": target, "paths": paths})

    def keep(self, said: Said) -> None:
        """Adds a row, on disk when it returns. Raises ConversationError."""
        row = said.model_copy(update={name: _kept(getattr(said, name)) for name in ("question", "answer", "sentences")})
        text = row.model_dump_json() + "\n"
        if not self.is_begun:
            text = self.opening.model_dump_json() + "\n" + text
        try:
            if self.is_begun and self.file.stat().st_size + len(text.encode()) > MOST_BYTES:
                raise ConversationError(
                    f"{self.file}: is full: this conversation goes on, but is not kept any further."
                )
            _append(self.file, text.encode())
        except OSError as error:
            raise ConversationError(
                f"{self.file}: can't be written ({error.strerror}): the conversation goes on, but is not kept."
            ) from error
        self.is_begun = True
        self.rows.append(row)


@contextmanager
def begun(state: Path, opening: Opening) -> Iterator[Conversation]:
    """A new conversation. Nothing is written before something was said."""
    with _alone(state, opening.id):
        yield Conversation(state / FOLDER / f"{opening.id}.jsonl", opening)


@contextmanager
def taken_up(state: Path, which: str) -> Iterator[Conversation]:
    """The conversation of that id, of the one id that begins so, or the ``last`` one. Raises ConversationError."""
    file = _find(state, which)
    with _alone(state, file.stem):
        yield read_conversation(file)


def list_conversations(state: Path) -> tuple[Conversation | str, ...]:
    """All that are kept, the newest first; of a file that can't be read what is wrong with it."""
    found: list[Conversation | str] = []
    for file in _files(state):
        try:
            found.append(read_conversation(file))
        except ConversationError as error:
            found.append(str(error))
    return tuple(found)


def read_conversation(file: Path) -> Conversation:
    """A file's conversation. Lines that can't be read are left out and named; without its first there is none."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, "rb") as opened:  # noqa: PTH123  a descriptor, which Path can't open
            data = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConversationError(f"{file}: can't be read ({error.strerror}): begin another conversation.") from error
    if len(data) > MOST_BYTES:
        raise ConversationError(f"{file}: is larger than any conversation that gonogo keeps: move it away.")
    lines = data.split(b"\n")
    try:
        opening = Opening.model_validate_json(lines[0])
    except ValidationError as error:
        raise ConversationError(f"{file}: line 1 is not how a conversation begins: move it away.") from error
    if opening.id != file.stem:
        raise ConversationError(f"{file}: is the conversation of another file: move it away.")
    rows, problems = [], []
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        try:
            rows.append(Said.model_validate_json(line))
        except ValidationError:
            problems.append(f"{file}: line {number} can't be read, and is left out.")
    if not data.endswith(b"\n"):
        _end_line(file)
    return Conversation(file, opening, rows, tuple(problems), is_begun=True)


def _find(state: Path, which: str) -> Path:
    files = _files(state)
    if which == LAST:
        if not files:
            raise ConversationError("no conversation is kept here: begin one with gonogo chat PATH.")
        return files[0]
    if not _ID.match(which):
        raise ConversationError(f"{which[:40]!r} is no conversation: give last, or four digits of its id (--list).")
    found = [file for file in files if file.stem.startswith(which)]
    if len(found) != 1:
        many = "several conversations begin" if found else "no conversation begins"
        raise ConversationError(f"{many} with {which}: gonogo chat --list shows them.")
    return found[0]


def _files(state: Path) -> list[Path]:
    """The newest first."""
    found = []
    for file in (state / FOLDER).glob("*.jsonl"):
        try:
            found.append((-file.lstat().st_mtime_ns, file.name, file))
        except OSError:
            continue
    return [file for *_, file in sorted(found)]


@contextmanager
def _alone(state: Path, name: str) -> Iterator[None]:
    try:
        with alone(state, f"chat-{name}"):
            yield
    except RunningElsewhereError as error:
        raise ConversationError(
            f"conversation {name[:8]} is open in another process: leave it there, or begin another one."
        ) from error


def _append(file: Path, data: bytes) -> None:
    """In one write, so that a crash leaves whole lines or one broken one."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
    descriptor = os.open(file, flags, 0o600)
    try:
        os.write(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _end_line(file: Path) -> None:
    """What a crash cut off stays a line of its own."""
    try:
        _append(file, b"\n")
    except OSError:
        return


def _kept(text: str) -> str:
    return clean(text[:MOST_TEXT]).text[: 2 * MOST_TEXT]


def as_lines(found: tuple[Conversation | str, ...]) -> list[str]:
    """A line for each conversation that is kept."""
    lines = []
    for row in found:
        if isinstance(row, str):
            lines.append(row)
            continue
        many = counted_questions(len(row.rows))
        last = f", the last {json.dumps(row.rows[-1].question[:60], ensure_ascii=False)}" if row.rows else ""
        lines.append(f"{row.opening.id[:8]}  {row.opening.created}  {row.opening.target}: {many}{last}")
    return lines


def counted_questions(number: int) -> str:
    """A number of questions, in words that go with it."""
    return f"{number} question" + ("" if number == 1 else "s")
