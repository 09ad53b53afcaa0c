"""The command and its terminal: where it begins, Ctrl-C and Ctrl-D, history, pipes, and going on later."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from gonogo.commands.chat import chat
from gonogo.keeping import KeepOptions
from gonogo.model.criterion import Area
from gonogo.model.report import Report
from gonogo.run import InterruptedRunError, Options, run_audit
from gonogo.serve.chat.conversation import MOST_TEXT
from gonogo.serve.chat.terminal import GREETING, STOPPED, hold_in_terminal, open_session
from tests.serve.chat.rooms import Chat, chat_over, submits


def run_chat(*arguments: str | Path, stdin: str = "") -> Result:
    result = CliRunner().invoke(chat, [str(argument) for argument in arguments], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def audit(folder: Path, *areas: str) -> str:
    options = Options((folder,), None, None, areas or ("security",), None, False)
    return run_audit(options, show_progress=False).run


def test_a_pipe_is_answered_and_plain(shop: Path) -> None:
    audit(shop)
    result = run_chat(shop, stdin="/status\n\n# a comment\nwhy is SEC-001 failing?\n")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("> /status\n[") and "> why is SEC-001" in result.stdout
    assert "a comment" not in result.stdout and "\x1b" not in result.stdout


def test_it_begins_with_the_newest_run_of_the_folder(shop: Path, tmp_path: Path) -> None:
    run = audit(shop)
    other = tmp_path / shop.name  # the same name, another folder
    other.mkdir()
    (other / "README.md").write_text("# Another\n")
    audit(other)
    result = run_chat(shop, "--once", "/runs")
    assert run[:8] in result.stdout and "is kept" not in result.stderr
    newest = audit(shop)
    run_chat(shop, "--once", "/status")
    assert newest[:8] in run_chat(shop, "--run", newest[:8], "--once", "/runs").stdout


def test_a_newer_audit_of_one_area_does_not_hide_the_verdict(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python:latest\n")
    whole = audit(tmp_path, *Area)[:8]
    first = run_chat(tmp_path, stdin="/audit security\n")
    (part,) = re.findall(r"run ([0-9a-f]{8}) is kept", first.stderr)
    assert f"/use {whole} speaks of the audit of all areas again" in first.stderr
    later = run_chat(tmp_path, stdin=f"/runs\n/use {part}\n/diff last\n/use {whole}\n/use ffff\n/use\n")
    begun, _, turned = later.stdout.partition(f"> /use {part}\n")
    assert begun.startswith("> /runs\n[NO-GO] ") and turned.partition("]")[0].endswith(" of security alone")
    lines = {line[:8]: line for line in begun.splitlines()}
    is_listed_first = begun.index(f"\n{part}") < begun.index(f"\n{whole}")  # not where both are of one second
    assert (f"run {part} is newer, but of some areas alone" in later.stderr) == is_listed_first
    assert lines[part].endswith("(security alone)") and lines[whole].endswith("(this conversation's)")
    assert turned.count("\n[NO-GO] ") == 1 and "No run begins with ffff" in turned and "Say it as /use RUN" in turned


def test_another_target_is_no_run_to_turn_to(shop: Path, tmp_path: Path) -> None:
    audit(shop)
    other = tmp_path / "other"
    other.mkdir()
    run = audit(other)
    result = run_chat(shop, stdin=f"/use {run[:8]}\n/status\n")
    assert (
        f"is of other: gonogo chat --run {run[:8]} is of that." in result.stdout and "other, tier" not in result.stdout
    )


def test_an_answer_longer_than_what_is_kept_is_shown_whole(shop: Path) -> None:
    audit(shop)
    result = run_chat(shop, stdin=f"/draft full\n{'x' * 90_000}\n/flip\n")
    assert len(result.stdout) > 2 * MOST_TEXT and "at most 4,000 characters" in result.stdout
    assert "3 questions" in run_chat("--list").stdout


def test_a_run_says_where_its_target_lies(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python:latest\n")
    run = audit(tmp_path)
    result = run_chat("--run", run[:8], stdin="/audit security\n")
    assert f"of security alone] {tmp_path.name}, " in result.stdout and "Audited again" in result.stdout
    assert f"{tmp_path.name}: 1 question" in run_chat("--list").stdout


def test_without_a_run_it_audits_where_nobody_can_be_asked(shop: Path) -> None:
    result = run_chat(shop, "--once", "is it ready?")
    assert result.exit_code == 0 and "is kept" in result.stderr and "[NO-GO] " in result.stdout


def test_audits_are_made_again_under_the_same_terms_and_compared(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python:latest\nCMD ['python']\n")
    (tmp_path / "app.py").write_text("import os\n")
    result = run_chat(
        tmp_path, "--tier", "C", "--store", "none", stdin="/diff\naudit again\n/diff last\n/quit\n/status\n"
    )
    assert "No earlier audit" in result.stdout and "Audited again, by code alone." in result.stdout
    assert "The audits of " in result.stdout and "can't be compared" not in result.stdout
    assert result.stdout.count("tier C, production; audited") == 2  # nothing after /quit


def test_a_conversation_goes_on_later(shop: Path) -> None:
    run_chat(shop, "--once", "why is SEC-001 failing?")
    assert '1 question, the last "why is SEC-001 failing?"' in run_chat("--list").stdout
    result = run_chat("--resume", "last", "--once", "/status")
    assert "1 question so far, the last: why is SEC-001 failing?" in result.stdout and "is kept" not in result.stderr
    assert "2 questions" in run_chat("--list").stdout


def test_where_nothing_is_kept_no_conversation_is(shop: Path) -> None:
    run_chat(shop, "--store", "none", "--once", "/status")
    assert "no conversation is kept" in run_chat("--list").stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--run", "ffff"], "no run begins with ffff"),
        (["--resume", "last"], "no conversation is kept"),
        (["--once", "a", "--script", "b"], "exclude each other"),
        (["--script", "/no/such/script"], "can't be read"),
        (["/no/such/folder", "--once", "/status"], "is not a folder"),
        (["--cassette", "/no/such/cassette", "--once", "hm"], "/no/such/cassette"),
        (["--model", "nobody:x", "--once", "hm"], "nobody"),
    ],
)
def test_what_a_user_can_mend_is_said(arguments: list[str], says: str) -> None:
    result = run_chat(*arguments)
    assert result.exit_code == 2 and says in result.output


class Typing:
    """A person at a terminal: what is typed, and what is said."""

    def __init__(self, keys: PipeInput, held: Chat, state: Path) -> None:
        self.keys, self.held, self.state = keys, held, state

    def type(self, text: str) -> str:
        self.keys.send_text(text)
        hold_in_terminal(self.held.dialogue, self.state)
        return "\n".join(self.held.said)


@pytest.fixture
def typing(shop_report: Report, tmp_path: Path) -> Iterator[Typing]:
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        yield Typing(keys, chat_over(shop_report), tmp_path)


def test_a_person_types_and_leaves(typing: Typing) -> None:
    told = typing.type("/why SEC-001\r\x04")
    assert told.startswith(GREETING) and "Why it matters" in told


def test_tab_completes(typing: Typing) -> None:
    completer = open_session(typing.held.dialogue, typing.state).completer
    assert completer is not None
    found = list(completer.get_completions(Document("/why rate-li"), CompleteEvent(completion_requested=True)))
    assert [(row.text, row.start_position) for row in found] == [("rate-limiting", -len("rate-li"))]
    assert found[0].display_meta_text.startswith("SEC-")


def test_ctrl_c_at_the_prompt_drops_the_line_only(typing: Typing) -> None:
    told = typing.type("/nonsense\x03/flip\r\x04")
    assert "nonsense" not in told and "the smallest set" in told


@pytest.mark.parametrize("error", [KeyboardInterrupt(), InterruptedRunError("It can go on.", signal.SIGINT)])
def test_ctrl_c_stops_what_is_under_way_and_the_conversation_goes_on(
    typing: Typing, shop_report: Report, error: BaseException
) -> None:
    def interrupted(request: Any) -> Any:
        raise error

    typing.held = chat_over(shop_report, interrupted)
    told = typing.type("what now?\r/flip\r\x04")
    assert STOPPED in told and "the smallest set" in told


def test_a_second_signal_to_end_is_heeded(typing: Typing, shop_report: Report) -> None:
    def ended(request: Any) -> Any:
        raise InterruptedRunError("stopped", signal.SIGTERM)

    typing.held = chat_over(shop_report, ended)
    with pytest.raises(InterruptedRunError):
        typing.type("what now?\r")


def test_the_history_is_redacted_and_for_its_owner(typing: Typing, shop_report: Report) -> None:
    secret = "AKIA" + "Z7QK4WJ2M6TX9PLB"
    typing.held = chat_over(shop_report, lambda request: submits(declines=("secret",)))
    typing.type(f"is {secret} known?\r\x04")
    file = typing.state / "chat-history"
    assert "known?" in file.read_text() and secret not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_history_that_is_a_link_is_not_followed(typing: Typing) -> None:
    other = typing.state / "other"
    other.write_text("mine")
    (typing.state / "chat-history").symlink_to(other)
    typing.type("/flip\r\x04")
    assert other.read_text() == "mine"


def test_live_models_are_not_asked_without_a_model(shop: Path) -> None:
    result = run_chat(shop, "--store", "none", "--once", "how are you today?")
    assert "No model is asked here" in result.stdout
    assert KeepOptions().store is None
