"""Conversations are kept, redacted, for their owner alone; broken files are named, never believed, never a crash."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gonogo.serve.chat.conversation import (
    MOST_BYTES,
    MOST_TEXT,
    Conversation,
    ConversationError,
    Opening,
    Said,
    as_lines,
    begun,
    list_conversations,
    read_conversation,
    taken_up,
)

OPENING = Opening(id="0123abcd" * 4, created="2026-11-21T12:00:00+00:00", target="shop", paths=(Path("shop"),))


def said(question: str, answer: str = "so") -> Said:
    return Said(at="2026-11-21T12:00:01+00:00", question=question, answer=answer, run="ab" * 16)


def kept(state: Path, *questions: str) -> Conversation:
    with begun(state, OPENING) as log:
        for question in questions:
            log.keep(said(question))
    return log


def test_what_was_said_is_there_again(tmp_path: Path) -> None:
    kept(tmp_path, "one?", "two?")
    with taken_up(tmp_path, "last") as log:
        assert [row.question for row in log.rows] == ["one?", "two?"] and log.opening == OPENING
        log.keep(said("three?"))
    with taken_up(tmp_path, "0123") as log:
        assert [row.question for row in log.rows] == ["one?", "two?", "three?"]


def test_the_file_is_for_its_owner_and_has_no_secret(tmp_path: Path) -> None:
    secret = "AKIA" + "Z7QK4WJ2M6TX9PLB"
    file = kept(tmp_path, f"is {secret} known?").file
    assert file.stat().st_mode & 0o777 == 0o600 and file.parent.stat().st_mode & 0o777 == 0o700
    assert secret not in file.read_text() and "[redacted:" in file.read_text()


def test_an_answer_of_any_length_can_be_kept(tmp_path: Path) -> None:
    with begun(tmp_path, OPENING) as log:
        log.keep(Said.of(at="2026-11-21T12:00:01+00:00", question="q" * 99_000, answer="a" * 999_000, sentences="s"))
    (row,) = read_conversation(log.file).rows
    assert len(row.question) == len(row.answer) == MOST_TEXT and row.sentences == "s"


def test_nothing_is_written_before_something_was_said(tmp_path: Path) -> None:
    file = kept(tmp_path).file
    assert not file.exists() and list_conversations(tmp_path) == ()


def test_two_processes_do_not_share_a_conversation(tmp_path: Path) -> None:
    kept(tmp_path, "one?")
    with (
        taken_up(tmp_path, "last"),
        pytest.raises(ConversationError, match="open in another process"),
        taken_up(tmp_path, "last"),
    ):
        pass


@pytest.mark.parametrize("broken", [b"{", b"\xff\xfe", b"null", b'{"at": 1}', b"[" * 3_000, b'{"a":1,"a":2}'])
def test_a_broken_line_is_named_and_left_out(tmp_path: Path, broken: bytes) -> None:
    file = kept(tmp_path, "one?").file
    with file.open("ab") as opened:
        opened.write(broken)  # as a crash leaves it: without an end
    with taken_up(tmp_path, "last") as log:
        assert [row.question for row in log.rows] == ["one?"]
        assert log.problems == (f"{file}: line 3 can't be read, and is left out.",)
        log.keep(said("two?"))
    assert [row.question for row in read_conversation(file).rows] == ["one?", "two?"]


@pytest.mark.parametrize("first", [b"", b"\n", b"{}\n", b"\x00" * 9, b'{"gonogo_chat": 2}\n', b"[" * 3_000])
def test_a_file_that_is_none_is_named(tmp_path: Path, first: bytes) -> None:
    file = kept(tmp_path, "one?").file
    file.write_bytes(first)
    with pytest.raises(ConversationError, match="line 1 is not how a conversation begins"), taken_up(tmp_path, "last"):
        pass
    assert str(file) in as_lines(list_conversations(tmp_path))[0]


def test_what_is_too_large_a_link_or_a_pipe_is_not_read(tmp_path: Path) -> None:
    file = kept(tmp_path, "one?").file
    large, link, pipe = (file.with_name(f"{name * 32}.jsonl") for name in "abc")
    large.write_bytes(b" " * (MOST_BYTES + 1))
    link.symlink_to(file)
    os.mkfifo(pipe)
    told = [row for row in list_conversations(tmp_path) if isinstance(row, str)]
    assert len(told) == 3 and {Path(row.partition(":")[0]) for row in told} == {large, link, pipe}


def test_a_full_conversation_goes_on_without_being_kept(tmp_path: Path) -> None:
    log = kept(tmp_path, "one?")
    with log.file.open("ab") as opened:
        opened.write(b" " * (MOST_BYTES - 200) + b"\n")
    with pytest.raises(ConversationError, match="is full"):
        log.keep(said("two?" * 100))


@pytest.mark.parametrize(("which", "says"), [("ffff", "no conversation begins"), ("../x", "is no conversation")])
def test_what_is_not_there_is_said(tmp_path: Path, which: str, says: str) -> None:
    with pytest.raises(ConversationError, match="no conversation is kept"), taken_up(tmp_path, "last"):
        pass
    kept(tmp_path, "one?")
    with pytest.raises(ConversationError, match=says), taken_up(tmp_path, which):
        pass
