"""Answers that are cut: on the wire at any byte, by a length limit at any character, and mended by somebody."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.utils.json import parse_partial_json

from gonogo.agents.asking.plan import SYNTHESIZER
from gonogo.model.criterion import Area
from gonogo.model.investigation import State
from gonogo.model.report import Report
from gonogo.model.target import Tier
from tests import bedrock_wire as wire
from tests.bedrock import Answer, Cut, Request, Scripted
from tests.worst_case.audits import (
    ALL,
    VERDICTS,
    Line,
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
from tests.worst_case.till import SEATS, WORD

pytestmark = pytest.mark.usefixtures("credentials")
TURNS = (0, 1, 2)
CHUNK = 150
"""Audits for one server: it keeps what it was asked."""


def test_the_till_turns_on_what_models_say(till: Till) -> None:
    """What is cut below would have changed the verdict, and every part of it stands in the report."""
    for tier, (before, after) in VERDICTS.items():
        plain = till.plain(tier, ALL)
        assert plain.verdict.value is before
        for seat in SEATS if tier is Tier.C else ("security", SYNTHESIZER):
            report = till.whole(seat, tier, ALL)
            assert_honest(report, plain, till)
            assert ended(report, seat).state is State.COMPLETE
            assert WORD in str([prose.text for prose in report.prose if prose.author != "template"])
            if seat == SYNTHESIZER:
                assert report.verdict.value is before
                continue
            assert report.verdict.value is after
            assert (len(report.causes), len(report.observations), len(report.contested())) == (1, 1, 1)
            assert [row.kind for row in report.refused if row.where == seat] == ["a quote that is not there"]
    assert till.whole("security", Tier.A, ALL).proposed()


def test_a_cut_answer_on_the_wire_is_lost(till: Till) -> None:
    tally = Tally("cut on the wire, short")
    with bedrock() as line:
        for number, seat in enumerate(SEATS):
            for streaming in (False, True):
                size = length(till, seat, 2, streaming)
                at = size * (number + 1) // 9 if number % 2 else size - 2 - 19 * number
                on_the_wire(till, line, tally, seat, 2, at, streaming=streaming, clean=number % 4 < 2)
            on_the_wire(till, line, tally, seat, number % 2, 40 * number, streaming=False, clean=number % 2 == 0)
    tally.close()


def test_a_cut_text_is_lost(till: Till) -> None:
    tally = Tally("cut by a length limit, short")
    for number, seat in enumerate(SEATS):
        whole = len(json.dumps(submitted(till, seat)))
        for at in (90 * number, whole - 90 * number, whole - 20):
            by_a_limit(till, tally, seat, at, mended)
        for make in (limited, mended_backwards, written_out):
            by_a_limit(till, tally, seat, whole - 30 - 60 * number, make)
    tally.close()


def test_a_cut_in_a_whole_audit(till: Till) -> None:
    """All seats are asked, and without a model it would be a GO."""
    tally = Tally("cut in a whole audit, short")
    for number, seat in enumerate(SEATS):
        by_a_limit(till, tally, seat, 240 + 30 * number, mended, tier=Tier.C, areas=ALL)
    tally.close()


def test_a_stream_whose_call_is_cut(till: Till) -> None:
    tally = Tally("calls cut in a whole stream, short")
    with bedrock() as line:
        for number, seat in enumerate(SEATS):
            in_a_whole_stream(till, line, tally, seat, len(json.dumps(submitted(till, seat))) - 3 - 40 * number)
    tally.close()


@pytest.mark.parametrize("streaming", [False, True])
def test_what_was_cut_once_comes_whole_the_next_time(till: Till, streaming: bool) -> None:
    with bedrock() as line:
        for seat, fault in (
            ("security", lambda answer, request: Cut(answer, 900, clean=True)),
            ("cost", lambda answer, request: Answer(answer.text, answer.tools, stop="max_tokens")),
            (SYNTHESIZER, lambda answer, request: Cut(answer, 300)),
        ):
            play = Play({seat}, seat, 2, fault, times=1)
            report = till.audit(line.plan(play, streaming=streaming), Tier.A, ALL)
            assert without_use(report) == without_use(till.whole(seat, Tier.A, ALL))
            assert play.faults == {seat: 1}


@pytest.mark.sweep
@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("seat", SEATS)
def test_every_answer_cut_on_the_wire(till: Till, seat: str, streaming: bool) -> None:
    """Seats begin at other bytes: what a step leaves out of one answer is cut in another's, which looks the same."""
    tally = Tally(f"{seat} cut on the wire, {'streamed' if streaming else 'whole'}")
    number = SEATS.index(seat)
    cases = [
        (turn, at)
        for turn in TURNS
        for at in range(
            5 * number % 8, length(till, seat, turn, streaming), 47 if streaming else 4 if turn == 2 else 11
        )
    ]
    for start in range(0, len(cases), CHUNK):
        with bedrock() as line:
            for turn, at in cases[start : start + CHUNK]:
                on_the_wire(till, line, tally, seat, turn, at, streaming=streaming, clean=(at + number) % 2 == 0)
    tally.close()


@pytest.mark.sweep
@pytest.mark.parametrize("seat", SEATS)
def test_every_call_cut_in_a_whole_stream(till: Till, seat: str) -> None:
    tally = Tally(f"{seat}'s call cut in a whole stream")
    with bedrock() as line:
        for at in range(SEATS.index(seat), len(json.dumps(submitted(till, seat))), 9):
            in_a_whole_stream(till, line, tally, seat, at)
    tally.close()


@pytest.mark.sweep
@pytest.mark.parametrize("seat", SEATS)
def test_every_answer_cut_by_a_limit(till: Till, seat: str) -> None:
    tally = Tally(f"{seat} cut by a length limit or mended")
    for at in range(len(json.dumps(submitted(till, seat)))):
        by_a_limit(till, tally, seat, at, mended)
        if at % 8 == SEATS.index(seat):
            by_a_limit(till, tally, seat, at, limited)
            by_a_limit(till, tally, seat, at, mended_backwards)
            by_a_limit(till, tally, seat, at, written_out)
        if at % 32 == 0:
            by_a_limit(till, tally, seat, at, mended, tier=Tier.C, areas=ALL)
    tally.close()


def on_the_wire(
    till: Till, line: Line, tally: Tally, seat: str, turn: int, at: int, *, streaming: bool, clean: bool
) -> None:
    """An answer of which so many bytes come, whenever it is asked for."""
    areas = areas_of(seat)

    def check() -> None:
        play = Play({seat}, seat, turn, lambda answer, request: Cut(answer, at, clean))
        report = till.audit(line.plan(play, streaming=streaming), Tier.A, areas)
        assert play.faults
        if ended(report, seat).state is State.COMPLETE:
            # A stream says with its second last message that this was all: the last has only its cost.
            assert streaming and clean
            assert without_use(report) == without_use(till.whole(seat, Tier.A, areas))
        else:
            assert_lost(till, report, seat, Tier.A, areas)

    tally.hold((seat, turn, at, streaming, clean), check)


def in_a_whole_stream(till: Till, line: Line, tally: Tally, seat: str, at: int) -> None:
    """All that surrounds the call is whole, and says so; its last field was written first."""
    areas = areas_of(seat)

    def fault(answer: Answer, request: Request) -> Scripted:
        given: Any = answer.tools[0][1]
        return Answer(tools=[("submit", json.dumps({name: given[name] for name in reversed(given)})[:at])])

    def check() -> None:
        report = till.audit(line.plan(Play({seat}, seat, 2, fault), streaming=True), Tier.A, areas)
        assert_lost(till, report, seat, Tier.A, areas)

    tally.hold((seat, at), check)


def by_a_limit(
    till: Till,
    tally: Tally,
    seat: str,
    at: int,
    make: Callable[[dict[str, Any], int], Answer],
    *,
    tier: Tier = Tier.A,
    areas: tuple[Area, ...] | None = None,
) -> None:
    """A submission of which so many characters come, however often it is asked for."""
    asked = areas_of(seat) if areas is None else areas

    def check() -> None:
        def fault(answer: Answer, request: Request) -> Scripted:
            return make(answer.tools[0][1], at)  # type: ignore[arg-type]

        report = till.audit(in_process(Play({seat}, seat, 2, fault)), tier, asked)
        if ended(report, seat).state is State.COMPLETE:
            assert make is mended
            assert without_use(report) == without_use(till.whole(seat, tier, asked))
            assert made_of(json.dumps(submitted(till, seat))[:at]) == submitted(till, seat)
        else:
            assert_lost(till, report, seat, tier, asked)

    tally.hold((seat, at, make.__name__, tier), check)


def assert_lost(till: Till, report: Report, seat: str, tier: Tier, areas: tuple[Area, ...]) -> None:
    assert_honest(report, till.plain(tier, areas), till)
    assert_not_better_than(till.whole(seat, tier, areas), report)
    assert_silent(report, seat)
    assert ended(report, seat).state is State.LOST


def limited(given: dict[str, Any], at: int) -> Answer:
    """What a provider sends at the length limit: the stop reason says so, the input is what a parser saved of it."""
    return Answer(tools=[("submit", made_of(json.dumps(given)[:at]))], stop="max_tokens")


def mended(given: dict[str, Any], at: int) -> Answer:
    """Somebody on the way mended the input, and the stop reason too."""
    return Answer(tools=[("submit", made_of(json.dumps(given)[:at]))])


def mended_backwards(given: dict[str, Any], at: int) -> Answer:
    """The model wrote the last field first: what is left is in the right form, only the stop reason tells."""
    first = {name: given[name] for name in reversed(given)}
    return Answer(tools=[("submit", made_of(json.dumps(first)[:at]))], stop="max_tokens")


def written_out(given: dict[str, Any], at: int) -> Answer:
    """The submission as a text, which no tool takes."""
    return Answer(json.dumps(given)[:at] or ".", stop="max_tokens" if at % 8 else "end_turn")


def made_of(text: str) -> dict[str, Any]:
    """What a lenient parser makes of cut JSON."""
    found = parse_partial_json(text) if text else {}
    return found if isinstance(found, dict) else {}


def submitted(till: Till, seat: str) -> dict[str, Any]:
    """The whole submission of a seat."""
    given: Any = asked(till, seat, 2)[0].tools[0][1]
    return dict(given)


def length(till: Till, seat: str, turn: int, streaming: bool) -> int:
    """Bytes of an answer's body. Where it is not the last answer, a stream's last message, which says what it cost, is
    left out: an answer that is cut there is whole, and a seat that gives it for ever never goes on."""
    answer, request = asked(till, seat, turn)
    response = answer.response(request)
    if not streaming:
        return len(wire.dump(response))
    frames = wire.frames(response)
    return len(b"".join(frames if turn == TURNS[-1] else frames[:-1]))


def asked(till: Till, seat: str, turn: int) -> tuple[Answer, Request]:
    """A whole answer, with what it is an answer to."""
    found: list[tuple[Answer, Request]] = []

    def keep(answer: Answer, request: Request) -> Scripted:
        found.append((answer, request))
        return answer

    till.audit(in_process(Play({seat}, seat, turn, keep, times=1)), Tier.A, areas_of(seat))
    return found[0]
