"""Faults of calls and answers, at any call of any seat: the report says what is missing, and nothing is better."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import pytest

from gonogo.agents.asking.budget import Bounds
from gonogo.agents.asking.plan import ModelPlan
from gonogo.model.criterion import Area, Status
from gonogo.model.investigation import State
from gonogo.model.report import Report
from gonogo.model.target import Tier
from gonogo.model.verdict import Value
from tests.bedrock import Answer, Cut, Hang, Request, Scripted
from tests.bedrock import Fault as HttpFault
from tests.models import ScriptedModel
from tests.worst_case.audits import (
    ALL,
    EVERY,
    VERDICTS,
    Play,
    Tally,
    Till,
    areas_of,
    assert_ends,
    assert_honest,
    bedrock,
    ended,
    in_process,
    plan_of,
)
from tests.worst_case.faults import BODIES, FAULTS, STREAMS, Case, Kind, ending
from tests.worst_case.till import SEATS

pytestmark = pytest.mark.usefixtures("credentials")
TIMES = (1, 3, None)
THROTTLED = HttpFault(429, "ThrottlingException", "scripted")
SILENCE = Case(Kind.PASSES, lambda answer, request: Hang(5.0))
Run = Callable[[Play], Report]


def test_each_fault_somewhere(till: Till) -> None:
    """Every fault, in turn once, thrice and for ever, each at another seat and call."""
    tally = Tally("faults, short")
    for number, (name, case) in enumerate(FAULTS.items()):
        times = TIMES[number % 3]
        seat, at = SEATS[(number + (times or 5)) % len(SEATS)], (number // 3 + (times or 2)) % 3
        fault(till, tally, in_a_process(till, seat), name, case, seat, at, times)
    tally.close()


def test_each_fault_on_the_wire(till: Till) -> None:
    tally = Tally("faults on the wire, short")
    with bedrock() as line:
        for streaming, cases in ((True, STREAMS), (False, BODIES)):
            for number, (name, case) in enumerate(cases.items()):
                seat, times = SEATS[number % len(SEATS)], (None, 1)[number % 2]
                fault(till, tally, on_a_line(till, line.plan, seat, streaming), name, case, seat, 2, times)
    with bedrock(seconds=0.3) as line:
        fault(till, tally, on_a_line(till, line.plan, "cost", False), "silence", SILENCE, "cost", 2, None)
    tally.close()


@pytest.mark.parametrize("tier", VERDICTS)
def test_every_seat_at_once(till: Till, tier: Tier) -> None:
    """No model is left: where it would have been a GO without one, it is none."""
    for name in ("throttled", "expired", "length", "guardrail", "only words", "look nowhere", "silence", "too long"):
        play = Play(SEATS, EVERY, 0, FAULTS[name].make)
        report = till.audit(in_process(play), tier, ALL)
        assert_honest(report, till.plain(tier, ALL), till)
        assert {ended(report, seat).state for seat in SEATS} <= {State.FAILED, State.LOST, State.BOUNDED}, name
        assert report.verdict.value is not Value.GO
        assert {prose.author for prose in report.prose} == {"template"}
        open_rows = report.with_status(Status.UNVERIFIED)
        assert all(row.lost or row.unfinished for row in open_rows)


def test_what_was_lost_stays_lost(till: Till) -> None:
    """Something came and could not be taken; then nothing comes any more, or a bound is reached."""
    cut = FAULTS["length"].make
    looks = FAULTS["look at nothing"].make
    tally = Tally("what was lost stays lost")
    for seat in SEATS[:-1]:
        for first in ("length", "only words", "no end", "look nowhere", "no name", "context full"):
            for then in ("throttled", "expired", "look at nothing"):

                def check(seat: str = seat, first: str = first, then: str = then) -> None:
                    play = Play({seat}, seat, 2, one_after(FAULTS[first], FAULTS[then]))
                    report = till.audit(in_process(play), Tier.A, areas_of(seat))
                    assert_ends(till, report, seat, State.LOST)

                if seat == "security" or (first, then) == ("length", "throttled"):
                    tally.hold((seat, first, then), check)
    for bounds in (Bounds(calls=3), Bounds(tokens=60_000)):
        seat = "security"
        play = Play({seat}, seat, 2, cut if bounds.calls == 3 else one_after(FAULTS["length"], Case(Kind.LOOKS, looks)))
        report = till.audit(plan_of(ScriptedModel(script=play), bounds=bounds), Tier.A, areas_of(seat))
        tally.hold(bounds, lambda report=report: assert_ends(till, report, "security", State.LOST))  # type: ignore[misc]
    tally.close()


def test_what_broke_off_on_the_wire_stays_lost(till: Till) -> None:
    def halves() -> Iterator[Scripted]:
        yield Cut(Answer(tools=[("submit", {})]), 200)
        while True:
            yield HttpFault(403, "ExpiredTokenException", "scripted")

    given = halves()
    with bedrock() as line:
        play = Play({"cost"}, "cost", 2, lambda answer, request: next(given))
        report = till.audit(line.plan(play), Tier.A, (Area.COST,))
    assert_ends(till, report, "cost", State.LOST)
    assert "expired" in ended(report, "cost").why
    assert "broke off" in ended(report, "cost").why


@pytest.mark.sweep
@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_everywhere(till: Till, name: str) -> None:
    tally = Tally(name)
    for seat, at, times in product(SEATS, range(3), TIMES):
        fault(till, tally, in_a_process(till, seat), name, FAULTS[name], seat, at, times)
    for seat in SEATS:
        fault(till, tally, in_a_process(till, seat, Tier.C, ALL), name, FAULTS[name], seat, 2, None, Tier.C, ALL)
    tally.close()


@pytest.mark.sweep
@pytest.mark.parametrize("name", [*STREAMS, *BODIES, "silence"])
def test_every_fault_on_the_wire_everywhere(till: Till, name: str) -> None:
    tally = Tally(f"{name}, on the wire")
    case = (STREAMS | BODIES | {"silence": SILENCE})[name]
    with bedrock(seconds=0.3 if name == "silence" else 20.0) as line:
        for seat, at, times in product(SEATS, range(3), (1, None)):
            run = on_a_line(till, line.plan, seat, name in STREAMS)
            fault(till, tally, run, name, case, seat, at, times)
    tally.close()


def fault(
    till: Till,
    tally: Tally,
    run: Run,
    name: str,
    case: Case,
    seat: str,
    at: int,
    times: int | None,
    tier: Tier = Tier.A,
    areas: tuple[Area, ...] | None = None,
) -> None:
    """One audit in which a seat has a fault, so often from an answer of its on."""

    def check() -> None:
        play = Play({seat}, seat, at, case.make, times)
        report = run(play)
        assert play.faults[seat]
        assert case.kind is not Kind.STOPS or play.faults[seat] == 1, "what a guardrail stopped is not asked again"
        assert_ends(till, report, seat, ending(case, seat, at, times), tier, areas)

    tally.hold((name, seat, at, times, tier), check)


def one_after(first: Case, then: Case) -> Callable[[Answer, Request], Scripted]:
    """The first once, then the other for ever."""
    cases = iter((first,))
    return lambda answer, request: next(cases, then).make(answer, request)


def in_a_process(till: Till, seat: str, tier: Tier = Tier.A, areas: tuple[Area, ...] | None = None) -> Run:
    asked = areas_of(seat) if areas is None else areas
    return lambda play: till.audit(in_process(play), tier, asked)


def on_a_line(till: Till, plan: Callable[..., ModelPlan], seat: str, streaming: bool) -> Run:
    return lambda play: till.audit(plan(play, streaming=streaming), Tier.A, areas_of(seat))
