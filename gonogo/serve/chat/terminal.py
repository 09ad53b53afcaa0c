"""The chat's two doors: a terminal with history, completion and Ctrl-C, and plain lines from a script or a pipe."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo.run import InterruptedRunError
from gonogo.serve.chat.commands import LeaveChat, Room, complete, meanings
from gonogo.serve.chat.dialogue import Dialogue
from gonogo.serve.chat.rendering import shown, wrapped
from gonogo.tools.redaction import clean

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import Completer
    from prompt_toolkit.history import History

HISTORY = "chat-history"
MOST_HISTORY = 1024 * 1024
"""Bytes of the history, which begins anew beyond them."""
PROMPT = "> "
GREETING = "Ask, or /help. Ctrl-C stops an answer, Ctrl-D leaves."
STOPPED = "Stopped. The conversation goes on."


def in_width(say: Callable[[str], None]) -> Callable[[str], None]:
    """Says text in lines that end between words, however wide the terminal is by then."""
    return lambda text: say(wrapped(text, shutil.get_terminal_size().columns))


def hold_in_terminal(dialogue: Dialogue, state: Path) -> None:
    """Until the person leaves. What is under way ends at Ctrl-C, the conversation does not."""
    session = open_session(dialogue, state)
    dialogue.say(GREETING)
    while True:
        try:
            line = session.prompt(PROMPT)
        except KeyboardInterrupt:
            continue  # what was typed goes, as in a shell
        except EOFError:
            return
        try:
            dialogue.reply(line)
        except LeaveChat:
            return
        except KeyboardInterrupt:
            dialogue.say(STOPPED)
        except InterruptedRunError as error:
            if error.exit_code != 128 + signal.SIGINT:
                raise
            dialogue.say(f"{error} {STOPPED}")


def hold_in_lines(dialogue: Dialogue, lines: Iterable[str], echo: Callable[[str], None]) -> None:
    """Answers line by line, each below what was asked; empty lines and those that begin with # are left out."""
    for line in lines:
        asked = line.strip()
        if not asked or asked.startswith("#"):
            continue
        echo(f"{PROMPT}{asked}")
        try:
            dialogue.reply(asked)
        except LeaveChat:
            return
        echo("")


def open_session(dialogue: Dialogue, state: Path) -> PromptSession[str]:
    """A line editor. It makes do with a dumb terminal."""
    from prompt_toolkit import PromptSession

    return PromptSession(history=_history(state / HISTORY), completer=_completer(dialogue), complete_while_typing=False)


def _completer(dialogue: Dialogue) -> Completer:
    from prompt_toolkit.completion import CompleteEvent, Completer, Completion
    from prompt_toolkit.document import Document

    class _Words(Completer):
        def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
            before = document.text_before_cursor
            begun = "" if before.endswith(" ") else before.split(" ")[-1]
            room = Room(dialogue.case, dialogue.desk)
            told = meanings(room)
            for word in complete(room, before):
                meaning = told.get(word.partition("=")[0], "")
                yield Completion(word, start_position=-len(begun), display_meta=shown(meaning))

    return _Words()


def _history(file: Path) -> History:
    """What was typed, redacted, for its owner alone; only of this session where no file can be had."""
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    class _Redacted(FileHistory):
        def store_string(self, string: str) -> None:
            super().store_string(clean(string).text)

    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW
        descriptor = os.open(file, flags, 0o600)
        try:
            if os.fstat(descriptor).st_size > MOST_HISTORY:
                os.ftruncate(descriptor, 0)
        finally:
            os.close(descriptor)
    except OSError:
        return InMemoryHistory()
    return _Redacted(str(file))
