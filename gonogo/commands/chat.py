"""The command that holds a conversation about an audit: in a terminal, from a script, or for one question."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from gonogo.commands.options import asking_options, keeping_options
from gonogo.commands.output import Problem
from gonogo.commands.runs import audit_problems, tell

MOST_LINES = 1_000
MOST_LINE = 100_000
_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.argument("path", required=False, type=_FOLDER)
@click.option("--run", help="Speak of this kept run (default: the newest finished one of PATH).")
@click.option("--audit", "audits_first", is_flag=True, help="Audit first, also where a run is kept.")
@click.option("--resume", metavar="ID|last", help="Go on with an earlier conversation.")
@click.option("--list", "lists", is_flag=True, help="List the conversations that are kept, and end.")
@click.option("--once", metavar="QUESTION", help="Answer one question or command, and end.")
@click.option("--script", type=_FILE, help="Answer the lines of a file, and end.")
@click.option("--tier", type=click.Choice(["A", "B", "C"]), help="The tier, where it is audited first.")
@click.option("--environment", help="The environment, where it is audited first.")
@click.option("--config", type=_FILE, help="The operator's gonogo.yaml, where it is audited first.")
@asking_options
@keeping_options
def chat(
    path: Path | None,
    run: str | None,
    audits_first: bool,
    resume: str | None,
    lists: bool,
    once: str | None,
    script: Path | None,
    tier: str | None,
    environment: str | None,
    config: Path | None,
    **given: Any,
) -> None:
    """Talk about the newest audit of PATH (default: this folder): why, what if, what changed, a draft.

    With --model a model answers from what the run says, each sentence checked; without one the slash commands do
    (/help). Lines can come through a pipe, too.
    """
    from uuid import uuid4

    from gonogo.agents.guard import RefusedReportError
    from gonogo.asking import ModelOptions
    from gonogo.keeping import KeepOptions
    from gonogo.serve.chat.case import Wanted
    from gonogo.serve.chat.conversation import ConversationError
    from gonogo.serve.chat.opening import Chat, NothingToTellError, hold_chat
    from gonogo.state import state_folder

    if lists:
        _list(state_folder())
        return
    asked = Chat(
        path,
        run,
        resume,
        audits_first,
        _lines(once, script),
        Wanted(tier, environment, config),
        ModelOptions(**{name: value for name, value in given.items() if name in ModelOptions.__slots__}),
        KeepOptions(**{name: value for name, value in given.items() if name in KeepOptions.__slots__}),
    )
    with audit_problems():
        try:
            hold_chat(
                asked,
                state_folder(),
                new_id=lambda: uuid4().hex,
                say=click.echo,
                tell=tell(),
                agrees=lambda text: click.confirm(text, default=True),
            )
        except (ConversationError, NothingToTellError, RefusedReportError) as error:
            raise Problem(str(error)) from error


def _list(state: Path) -> None:
    from gonogo.serve.chat.conversation import as_lines, list_conversations
    from gonogo.serve.chat.rendering import shown

    lines = as_lines(list_conversations(state))
    click.echo(shown("\n".join(lines)) if lines else "no conversation is kept here")


def _lines(once: str | None, script: Path | None) -> Iterable[str] | None:
    """What is asked where no person sits at a terminal; None where one does."""
    if once is not None and script is not None:
        raise Problem("--once and --script exclude each other: put the question into the script.")
    if once is not None:
        return [once]
    if script is not None:
        return _read(script)
    if sys.stdin.isatty() and sys.stdout.isatty():
        return None
    return _piped()


def _read(script: Path) -> list[str]:
    try:
        with script.open("rb") as file:
            data = file.read(MOST_LINES * 1_000 + 1)
    except OSError as error:
        raise Problem(f"{script}: can't be read ({error.strerror}): give another file with --script.") from error
    lines = data.decode("utf-8", "replace").splitlines()
    if len(data) > MOST_LINES * 1_000 or len(lines) > MOST_LINES:
        raise Problem(f"{script}: has more than {MOST_LINES:,} lines or {MOST_LINES:,} kB: ask less at once.")
    return lines


def _piped() -> Iterator[str]:
    """Lines of standard input as they come, so that a person behind a pipe is answered at once."""
    for _ in range(MOST_LINES):
        line = sys.stdin.readline(MOST_LINE)
        if not line:
            return
        yield line
