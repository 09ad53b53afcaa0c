"""Begins a chat: finds what it is about, opens its models and its log, and holds it through a terminal or in lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from gonogo.agents.chat.talk import Talk
from gonogo.agents.words import load_chat_words
from gonogo.asking import Asking, ModelOptions, opened
from gonogo.keeping import NO_STORE, KeepOptions
from gonogo.past import target_name
from gonogo.serve.chat.case import Case, Wanted
from gonogo.serve.chat.conversation import Conversation, Opening, begun, counted_questions, taken_up
from gonogo.serve.chat.desk import desk_of
from gonogo.serve.chat.dialogue import Dialogue
from gonogo.serve.chat.rendering import badge, shown
from gonogo.serve.chat.terminal import hold_in_lines, hold_in_terminal, in_width
from gonogo.store.errors import StoreError, UnknownRunError

NOTHING = "There is no report to speak of: audit first (gonogo audit), or answer yes."


class NothingToTellError(Exception):
    """There is no report, and none is wanted. The message says what to do."""


@dataclass(frozen=True)
class Chat:
    """The options of ``gonogo chat``. ``lines`` are what is asked where no person sits there, else None."""

    path: Path | None
    run: str | None = None
    resume: str | None = None
    audits_first: bool = False
    lines: Iterable[str] | None = None
    wanted: Wanted = field(default_factory=Wanted)
    asking: ModelOptions = field(default_factory=ModelOptions)
    keeping: KeepOptions = field(default_factory=KeepOptions)


def hold_chat(
    chat: Chat,
    state: Path,
    *,
    new_id: Callable[[], str],
    say: Callable[[str], None],
    tell: Callable[[str], None],
    agrees: Callable[[str], bool],
) -> None:
    """Holds a chat to its end. ``say`` takes its text, ``tell`` what happens beside it, ``agrees`` asks yes or no.

    Raises NothingToTellError, ConversationError, and what audits, stores and cassettes raise.
    """
    if chat.lines is None:
        say = in_width(say)
    with opened(chat.asking) as asking:
        keeping = replace(chat.keeping, otlp=None) if chat.asking.is_replay else chat.keeping
        with _log(chat, state, new_id, asking.clock) as log:
            case = _case(chat, keeping, asking.clock, tell, log)
            _find(chat, case, log, agrees)
            if log is not None and not log.is_begun:
                log.is_of(case.told.target.name, case.paths)
            dialogue = Dialogue(case, desk_of(case), say)
            if asking.plan is not None:
                dialogue.talk = _talk(dialogue, asking, chat.asking.prompts)
            if log is not None:
                _take_up(dialogue, log, say)
            if chat.lines is not None:
                hold_in_lines(dialogue, chat.lines, say)
            else:
                say(shown(badge(case.told, case.clock())))
                hold_in_terminal(dialogue, state)


def _talk(dialogue: Dialogue, asking: Asking, prompts: Path | None) -> Talk:
    assert asking.plan is not None
    words = load_chat_words(prompts)
    return Talk(asking.plan, words, dialogue.desk, dialogue.stand_in, dialogue.hear)


@contextmanager
def _log(
    chat: Chat, state: Path, new_id: Callable[[], str], clock: Callable[[], datetime]
) -> Iterator[Conversation | None]:
    """What keeps the conversation; None where nothing is to be kept."""
    if chat.resume is not None:
        with taken_up(state, chat.resume) as log:
            yield log
    elif chat.keeping.store == NO_STORE:
        yield None
    else:
        path = (chat.path or Path()).resolve()
        at = clock().isoformat(timespec="seconds")
        with begun(state, Opening(id=new_id(), created=at, target=path.name or "target", paths=(path,))) as log:
            yield log


def _case(
    chat: Chat,
    keeping: KeepOptions,
    clock: Callable[[], datetime],
    tell: Callable[[str], None],
    log: Conversation | None,
) -> Case:
    paths: tuple[Path, ...]
    if chat.path is None and log is not None and log.is_begun:
        paths = log.opening.paths
    elif chat.path is None and chat.run is not None:
        paths = ()  # the run says where its target lies
    else:
        paths = ((chat.path or Path()).resolve(),)
    return Case(paths, keeping, clock, tell, chat.wanted, shows_progress=chat.lines is None)


def _find(chat: Chat, case: Case, log: Conversation | None, agrees: Callable[[str], bool]) -> None:
    """The report to speak of: the run that is named, the one that was spoken of, the newest, or a new audit."""
    if chat.run is not None:
        case.take(chat.run)
        return
    spoken_of = log.rows[-1].run if log is not None and log.rows else ""
    if not chat.audits_first and (_took(case, spoken_of) or _took_newest(case)):
        return
    name = case.paths[0].name
    if chat.audits_first or chat.lines is not None or agrees(f"No finished audit of {name} is kept. Audit it now?"):
        case.audit(())
        return
    raise NothingToTellError(NOTHING)


def _took(case: Case, run: str) -> bool:
    try:
        if run:
            case.take(run)
    except UnknownRunError:
        return False  # pruned, or of another store: the newest serves
    return bool(run)


def _took_newest(case: Case) -> bool:
    """Where the store can't be read a chat can still audit."""
    try:
        return case.take_newest(target_name(str(case.paths[0]), case.wanted.config))
    except StoreError as error:
        case.tell(str(error))
        return False


def _take_up(dialogue: Dialogue, log: Conversation, say: Callable[[str], None]) -> None:
    dialogue.recall(log)
    for problem in log.problems:
        say(shown(problem))
    if log.rows:
        last, many = log.rows[-1].question, counted_questions(len(log.rows))
        say(shown(f"Conversation {log.opening.id[:8]} goes on: {many} so far, the last: {last}"))
