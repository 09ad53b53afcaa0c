"""Stop reasons: three end an answer, and nothing of one that ended otherwise is taken, whatever it holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from gonogo.agents.asking.plan import SYNTHESIZER
from gonogo.model.criterion import Area
from gonogo.model.investigation import State
from gonogo.model.report import Report
from gonogo.model.target import Tier
from tests.bedrock import Answer, Request
from tests.worst_case.audits import (
    ALL,
    Play,
    Tally,
    Till,
    areas_of,
    assert_honest,
    assert_not_better_than,
    assert_silent,
    bedrock,
    ended,
    in_process,
    without_use,
)
from tests.worst_case.till import SEATS, WORD, answers

pytestmark = pytest.mark.usefixtures("credentials")
WHOLE = ("end_turn", "tool_use", "stop_sequence")
NINE = (
    *WHOLE,
    "max_tokens",
    "guardrail_intervened",
    "content_filtered",
    "malformed_model_output",
    "malformed_tool_use",
    "model_context_window_exceeded",
)
OTHERS = ("something_new", "tool_use, cut", "end turn", "pause_turn", "refusal", "", None)
"""Words that Bedrock does not have today; an empty one, and none at all."""
CONTENTS = ("text", "tool", "empty", "submission")


@dataclass(frozen=True)
class Ended(Answer):
    """An answer with exactly this stop reason, or none."""

    reason: str | None = None

    def response(self, request: Request) -> dict[str, Any]:
        response = super().response(request)
        if self.reason is None:
            del response["stopReason"]
            return response
        return response | {"stopReason": self.reason}


def test_only_three_are_accepted(till: Till) -> None:
    """All contents of one specialist; of the others what would count if it were taken."""
    tally = Tally("stop reasons, short")
    for number, reason in enumerate((*NINE, *OTHERS)):
        for content in CONTENTS if reason in NINE else CONTENTS[2:]:
            one(till, tally, "security", reason, content)
        one(till, tally, SYNTHESIZER if number % 2 else SEATS[1 + number // 2 % 6], reason, "submission")
    tally.close()


def test_only_three_are_accepted_at_the_first_call(till: Till) -> None:
    tally = Tally("stop reasons of the first answer, short")
    for number, reason in enumerate((*NINE, *OTHERS)):
        one(till, tally, SEATS[number % len(SEATS)], reason, "submission", at=0)
    tally.close()


@pytest.mark.sweep
@pytest.mark.parametrize("reason", [*NINE, *OTHERS])
def test_every_seat_and_content(till: Till, reason: str | None) -> None:
    tally = Tally(f"stop reason {reason!r}")
    for seat in SEATS:
        for content in CONTENTS:
            for at in (0, 1, 2):
                one(till, tally, seat, reason, content, at=at)
            one(till, tally, seat, reason, content, tier=Tier.C, areas=ALL)
    tally.close()


@pytest.mark.sweep
@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("reason", [*NINE, *OTHERS])
def test_every_seat_and_content_on_the_wire(till: Till, reason: str | None, streaming: bool) -> None:
    tally = Tally(f"stop reason {reason!r} on the wire, {'streamed' if streaming else 'whole'}")
    if reason is None and streaming:
        pytest.skip("a stream's last message but one is its stop reason: one without it is cut, see there")
    with bedrock() as line:
        for seat in SEATS:
            for content in CONTENTS:

                def run(play: Play, seat: str = seat) -> Report:
                    return till.audit(line.plan(play, streaming=streaming), Tier.A, areas_of(seat))

                check(till, tally, run, seat, reason, content)
    tally.close()


def one(
    till: Till,
    tally: Tally,
    seat: str,
    reason: str | None,
    content: str,
    *,
    at: int = 2,
    tier: Tier = Tier.A,
    areas: tuple[Area, ...] | None = None,
) -> None:
    asked = areas_of(seat) if areas is None else areas
    check(till, tally, lambda play: till.audit(in_process(play), tier, asked), seat, reason, content, at, tier, asked)


def check(
    till: Till,
    tally: Tally,
    run: Any,
    seat: str,
    reason: str | None,
    content: str,
    at: int = 2,
    tier: Tier = Tier.A,
    areas: Iterable[Area] | None = None,
) -> None:
    """The seat ends so, whenever it is asked from its answer number ``at`` on."""
    asked = areas_of(seat) if areas is None else tuple(areas)

    def hold() -> None:
        play = Play({seat}, seat, at, lambda answer, request: made(content, reason, seat, request))
        report = run(play)
        whole = till.whole(seat, tier, asked)
        assert_honest(report, till.plain(tier, asked), till)
        state = ended(report, seat).state
        if reason in WHOLE and content == "submission":
            assert state is State.COMPLETE
            assert report.verdict == whole.verdict
            assert at < 2 or without_use(report) == without_use(whole)
            return
        assert_silent(report, seat)
        if reason in WHOLE and content == "tool" and seat != SYNTHESIZER:
            assert state is State.BOUNDED, "it only looked, as often as it could"
            return
        assert state is State.LOST
        assert_not_better_than(whole, report)

    tally.hold((seat, reason, content, at, tier), hold)


def made(content: str, reason: str | None, seat: str, request: Request) -> Ended:
    last = answers(seat, request)[-1]
    match content:
        case "text":
            return Ended(f"GO. The {WORD} passes everything.", reason=reason)
        case "tool":
            return Ended(tools=[("read_file", {"path": "main.tf", "first_line": 1, "last_line": 5})], reason=reason)
        case "submission":
            return Ended(f"I submit, says the {WORD}.", last.tools, reason=reason)
    return Ended(reason=reason)
