"""Parts of an audit that break: a bug, a model that is not there, a guardrail. The rest of the report stands."""

from __future__ import annotations

import socket
from itertools import product

import pytest

from gonogo.agents.asking.choice import ModelChoice, read_models
from gonogo.agents.asking.models import open_models
from gonogo.agents.asking.plan import SYNTHESIZER
from gonogo.cassette.errors import CassetteMissError
from gonogo.model.criterion import Area
from gonogo.model.investigation import Action, State
from gonogo.model.target import Tier
from gonogo.model.verdict import Value
from tests.bedrock import Answer, Cut, Guardrail, Request, Scripted
from tests.bedrock import Fault as HttpFault
from tests.models import ScriptedModel
from tests.worst_case.audits import (
    ALL,
    BEDROCK,
    Play,
    Tally,
    Till,
    areas_of,
    assert_ends,
    assert_honest,
    assert_silent,
    bedrock,
    ended,
    in_process,
    plan_of,
)
from tests.worst_case.faults import FAULTS
from tests.worst_case.till import SEATS

pytestmark = pytest.mark.usefixtures("credentials")
THROTTLED = HttpFault(429, "ThrottlingException", "scripted")


@pytest.mark.parametrize("seats", [("security",), tuple(area.value for area in Area), (SYNTHESIZER,), SEATS])
def test_a_bug_is_not_hidden_and_costs_its_own_part(till: Till, seats: tuple[str, ...]) -> None:
    class Broken(Play):
        def _answer(self, seat: str, request: Request) -> Scripted:
            if seat in seats:
                raise ZeroDivisionError("scripted")
            return super()._answer(seat, request)

    report = till.audit(in_process(Broken({"cost"})), Tier.C, ALL)
    assert_honest(report, till.plain(Tier.C, ALL), till)
    for seat in SEATS:
        found = ended(report, seat)
        assert (found.state is State.LOST) == (seat in seats)
        assert ("ZeroDivisionError: scripted" in found.why) == (seat in seats)
    notes = {prose.note for prose in report.prose if prose.section != "next_step"}
    assert any("ZeroDivisionError" in note for note in notes) == (SYNTHESIZER in seats)


@pytest.mark.parametrize("where", ["gonogo.agents.investigate.answer_call", "gonogo.agents.grounding.find_quote"])
def test_a_bug_of_a_tool_is_not_hidden(till: Till, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("scripted")

    monkeypatch.setattr(where, broken)
    report = till.audit(in_process(Play({"security"})), Tier.A, ALL)
    assert_honest(report, till.plain(Tier.A, ALL), till)
    assert ended(report, "security").why == "it broke (ZeroDivisionError: scripted)"
    assert ended(report, "cost").state is State.COMPLETE
    assert report.verdict.value is Value.NO_GO


def test_what_langchain_breaks_on_is_lost(till: Till) -> None:
    """Bodies that no Bedrock sends: its package fails on them as it does on a bug of its own."""
    tally = Tally("bodies that break langchain-aws")
    bodies = (b"[]", b"null", b"7", b'{"output": {"message": {"role": "assistant", "content": null}}}')
    with bedrock() as line:
        for seat, body in product(("security", SYNTHESIZER), bodies):
            play = Play({seat}, seat, 2, lambda answer, request, body=body: Answer(raw=body))  # type: ignore[misc]
            report = till.audit(line.plan(play), Tier.A, areas_of(seat))
            tally.hold((seat, body), lambda seat=seat, report=report: assert_ends(till, report, seat, State.LOST))  # type: ignore[misc]
    tally.close()


@pytest.mark.parametrize("seat", ["security", SYNTHESIZER])
def test_a_miss_of_a_cassette_ends_the_audit(till: Till, seat: str) -> None:
    def missing(answer: Answer, request: Request) -> Scripted:
        raise CassetteMissError("not recorded")

    with pytest.raises(CassetteMissError, match="not recorded"):
        till.audit(in_process(Play({seat}, seat, 1, missing)))


def test_the_next_model_takes_over_in_the_middle(till: Till) -> None:
    for seat, first in product(("security", SYNTHESIZER), ("throttled", "no access", "silence", "cut")):
        play = Play({seat})

        def script(request: Request, seat: str = seat, first: str = first, play: Play = play) -> Scripted:
            if request.turn >= 1 and request.system.startswith(f"# {seat}"):
                return FAULTS[first].make(Answer(), request)
            return play(request)

        models = ScriptedModel(script=script, model_id="first"), ScriptedModel(script=play, model_id="second")
        report = till.audit(plan_of(*models), Tier.A, areas_of(seat))
        if first == "cut":  # an answer that came is told to be written again, by the one who wrote it
            assert_ends(till, report, seat, State.LOST)
            continue
        assert ended(report, seat).state is State.COMPLETE
        assert report.verdict == till.whole(seat, Tier.A, areas_of(seat)).verdict


def test_nobody_listens(till: Till) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        models = open_models(ModelChoice(read_models(BEDROCK), region="us-east-1", endpoint_url=url))
        report = till.audit(plan_of(*models), Tier.C, ALL)
    assert_honest(report, till.plain(Tier.C, ALL), till)
    assert report.verdict.value is Value.CONDITIONAL
    for seat in SEATS:
        assert ended(report, seat).state is State.FAILED
        assert "could not be reached" in ended(report, seat).why


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (Guardrail("GUARDRAIL_INTERVENED"), "gr1:2 stopped it"),
        (Guardrail("SOMETHING_NEW"), "no known answer"),
        (HttpFault(403, "AccessDeniedException", "no"), "can't be asked"),
        (HttpFault(404, "ResourceNotFoundException", "no guardrail"), "can't be asked"),
        (HttpFault(500, "InternalServerException", "oops"), "can't be asked"),
        (THROTTLED, "can't be asked"),
        (Cut(Guardrail(), 40), "no known answer"),
        (Cut(Guardrail(), 40, clean=True), "no known answer"),
    ],
)
def test_a_guardrail_that_stops_or_fails_leaves_the_template(till: Till, made: Scripted, says: str) -> None:
    with bedrock() as line:
        play = Play({SYNTHESIZER}, apply=lambda request: made)
        report = till.audit(line.plan(play, guarded=True), Tier.A, (Area.COST,))
    assert_honest(report, till.plain(Tier.A, (Area.COST,)), till)
    assert_silent(report, SYNTHESIZER)
    assert all(says in prose.note for prose in report.prose if prose.section != "next_step")
    blocked = [row for row in report.violations if row.action is Action.BLOCK]
    assert bool(blocked) == ("stopped" in says)
