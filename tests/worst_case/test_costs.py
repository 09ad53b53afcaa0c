"""What an audit costs is counted whatever becomes of it, and every text has the name of the model that wrote it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gonogo.agents.asking.budget import Bounds, add_uses
from gonogo.agents.asking.models import Model
from gonogo.agents.asking.plan import SYNTHESIZER, ModelPlan
from gonogo.agents.asking.prices import Price
from gonogo.graph.audit import Request as AuditRequest
from gonogo.graph.audit import audit
from gonogo.model.criterion import Area
from gonogo.model.investigation import Bound, Nearing, State, Use
from gonogo.model.report import Report
from gonogo.model.target import Tier
from tests.bedrock import Answer, Fault, Request, Script, Scripted
from tests.conftest import NOON
from tests.models import ScriptedModel
from tests.worst_case.audits import ALL, Play, Till, areas_of, assert_honest, ended, plan_of, without_use
from tests.worst_case.till import PARTS, WORD, catalogue, prose, seat_of, submission

PRICE = Price(input=3, output=15, cached=0.3, written=3.75)
SECURITY = (Area.SECURITY,)
THROTTLED = Fault(429, "ThrottlingException", "scripted")
WHERE = {"path": "app/main.py", "line": 16, "quote": 'if authorization != "counter":'}


def priced(script: Script, **options: Any) -> ModelPlan:
    return plan_of(Model("scripted", ScriptedModel(script=script), price=PRICE), **options)


def heard_of(
    till: Till, plan: ModelPlan, areas: tuple[Area, ...] = SECURITY
) -> tuple[Report, list[tuple[str, str, int]]]:
    """The report, and whom the progress heard a warning of."""
    events: list[dict[str, Any]] = []
    rows = tuple(row for row in catalogue() if row.area in areas)
    request = AuditRequest(till.collectors[Tier.A], rows, areas=areas)
    report = audit(request, clock=lambda: NOON, plan=plan, progress=events.append)
    return report, [(e["area"], e["bound"], e["percent"]) for e in events if e["kind"] == "budget"]


def uses_of(report: Report) -> list[Use]:
    parts = [*(run.investigation for run in report.provenance.specialists), report.provenance.synthesizer]
    return [part.use for part in parts if part is not None]


def whole_of(report: Report) -> Use:
    assert report.provenance.asked is not None
    return report.provenance.asked.use


@pytest.mark.parametrize("seat", ["security", SYNTHESIZER])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_what_was_paid_before_a_part_broke_is_counted(till: Till, seat: str, at: int) -> None:
    def broken(answer: Answer, request: Request) -> Scripted:
        raise ZeroDivisionError("scripted")

    play = Play({seat}, seat, at, broken)
    report = till.audit(priced(play), Tier.A, ALL)
    found, whole = ended(report, seat), whole_of(report)
    assert found.state is State.LOST
    assert found.use.calls == at
    assert found.models == (("scripted",) if at else ())
    assert bool(found.use.cost_usd) is bool(at)
    assert whole == add_uses(uses_of(report))
    assert whole.calls == sum(play.calls.values()) - 1, "the call that broke was not answered"
    assert_honest(report, till.plain(Tier.A, ALL), till)


@pytest.mark.parametrize("where", ["gonogo.agents.grounding.find_quote", "gonogo.agents.writing.check_sentences"])
def test_what_was_paid_before_a_bug_of_ours_is_counted(till: Till, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("scripted")

    monkeypatch.setattr(where, broken)
    seat = "security" if "grounding" in where else SYNTHESIZER
    report = till.audit(priced(Play({"security"})), Tier.A, SECURITY)
    found = ended(report, seat)
    assert found.state is State.LOST
    assert found.use.calls == (2 if seat == "security" else 1)
    assert found.use.cost_usd
    assert whole_of(report) == add_uses(uses_of(report))


def taken_over(seat: str, first: Callable[[Request], Answer], second: Callable[[Request], Answer]) -> ModelPlan:
    """The first model gives one answer in that seat and is throttled from then on."""

    def begins(request: Request) -> Scripted:
        if seat_of(request) != seat:
            return Play(())(request)
        return first(request) if request.turn == 0 else THROTTLED

    def goes_on(request: Request) -> Scripted:
        return second(request) if seat_of(request) == seat else Play(())(request)

    rows = (("first", begins), ("second", goes_on))
    return plan_of(*(Model(name, ScriptedModel(script=script, model_id=name)) for name, script in rows))


def test_each_section_has_the_name_of_the_model_that_wrote_it(till: Till) -> None:
    def begins(request: Request) -> Answer:
        good, bad = prose(f"Nobody asks for the {WORD}.", request), prose("All 97 gates hold.", request)
        (_, kept), (_, refused) = good.tools[0], bad.tools[0]
        return Answer(tools=[("submit", {**kept, "impact": refused["impact"]})])

    plan = taken_over(SYNTHESIZER, begins, lambda request: prose(f"Nobody has the {WORD}.", request))
    report = till.audit(plan, Tier.A, (Area.COMPLIANCE,))
    assert ended(report, SYNTHESIZER).models == ("first", "second")
    authors = {row.section: (row.author, row.text) for row in report.prose if row.section != "next_step"}
    assert authors == {
        "summary": ("first", f"Nobody asks for the {WORD}."),
        "impact": ("second", f"Nobody has the {WORD}."),
        "road_map": ("first", f"Nobody asks for the {WORD}."),
    }


def test_each_claim_has_the_name_of_the_model_that_made_it(till: Till) -> None:
    part = PARTS[Area.SECURITY]
    said = {
        "observations": [{"what": f"Nobody keeps the {WORD} out", "why": f"Anybody can learn the {WORD}", **WHERE}],
        "answers": [{"criterion": part.gate, "status": "fail", "reason": f"Nobody keeps the {WORD} out.", **WHERE}],
    }
    bad = {"what": "Nobody asks", "why": "Nobody knows", **WHERE, "quote": "nothing like it there"}
    more = {"what": f"Nobody names the {WORD}", "why": f"Nobody finds the {WORD}", "path": "main.tf", "line": 2}
    more["quote"] = "bucket = var.bucket"

    def cause(request: Request) -> list[dict[str, Any]]:
        shown = re.findall(r"\bev-\w{12}", request.messages[0]["content"][0]["text"])[:1]
        return [{"criteria": [part.failing], "text": f"Nobody asks for the {WORD}.", "evidence": shown}]

    def begins(request: Request) -> Answer:
        return submission(**said | {"observations": [*said["observations"], bad]}, causes=cause(request))

    def goes_on(request: Request) -> Answer:
        return submission(**said | {"observations": [*said["observations"], more]}, causes=cause(request))

    report = till.audit(taken_over("security", begins, goes_on), Tier.A, SECURITY)
    first, second = (f"security specialist, {name}" for name in ("first", "second"))
    assert ended(report, "security").models == ("first", "second")
    assert {item.what: item.by for item in report.observations} == {
        f"Nobody keeps the {WORD} out": first,
        f"Nobody names the {WORD}": second,
    }
    assert [item.by for item in report.causes] == [first], "what is repeated is said once"
    assert [finding.by for finding in report.findings_of(part.gate)] == [first]
    assert [row.proposal.by for row in report.assessments if row.proposal] == [first]


def test_a_budget_that_only_warns_changes_nothing_else(till: Till) -> None:
    roomy = till.audit(priced(Play({"security"})), Tier.A, SECURITY)
    bounds = Bounds(tokens=100, usd=0.000001, is_hard=False)
    plan = priced(Play({"security"}), bounds=bounds)
    report, heard = heard_of(till, plan)
    assert without_use(report) == without_use(roomy) | {"provenance": without_use(report)["provenance"]}
    for seat in ("security", SYNTHESIZER):
        assert ended(report, seat).state is State.COMPLETE
        assert ended(report, seat).use == ended(roomy, seat).use
        told = [row for row in heard if row[0] == seat]
        expected = [(seat, row.bound.value, row.percent) for row in ended(report, seat).warned]
        assert told == expected
        assert {(seat, "tokens", 100), (seat, "money", 100)} <= set(told)
    assert report.provenance.asked is not None
    assert report.provenance.asked.limits == bounds.limits()
    assert [row for row in heard if not row[0]] == [
        ("", row.bound.value, row.percent) for row in report.provenance.asked.warned
    ]
    assert len(set(heard)) == len(heard)
    assert_honest(report, till.plain(Tier.A, SECURITY), till)


def test_a_hard_budget_stops_and_a_warning_came_before(till: Till) -> None:
    plan = priced(lambda request: Answer(tools=[("read_file", {"path": "main.tf"})]), bounds=Bounds(tokens=60_000))
    report, heard = heard_of(till, plan)
    assert ended(report, "security").state is State.BOUNDED
    assert ("security", "tokens", 80) in heard
    assert not [row for row in heard if row[2] == 100]


def test_calls_stop_also_where_the_budget_only_warns(till: Till) -> None:
    endless = priced(
        lambda request: Answer(tools=[("read_file", {"path": "main.tf"})]),
        bounds=Bounds(calls=5, tokens=1, usd=0.000001, is_hard=False),
    )
    report, _ = heard_of(till, endless)
    assert ended(report, "security").state is State.BOUNDED
    assert "--budget-calls" in ended(report, "security").why
    assert ended(report, "security").use.calls == 5


def test_warnings_and_prices_do_not_depend_on_threads(till: Till) -> None:
    def told() -> Any:
        bounds = Bounds(tokens=60_000, usd=0.2)
        report, _ = heard_of(till, priced(Play(set(areas_of("security"))), bounds=bounds), ALL)
        return report.provenance.model_dump()

    assert told() == told()


def test_the_report_says_what_a_model_costs(till: Till) -> None:
    listed = "bedrock:us.anthropic.claude-sonnet-4-5-20250929-v1:0"
    models = [
        Model(name, ScriptedModel(script=Play(()))) for name in (listed, "bedrock:us.anthropic.claude-sonnet-5-5")
    ]
    plan = plan_of(replace(models[0], price=PRICE), models[1])
    asked = till.audit(plan, Tier.A, SECURITY).provenance.asked
    assert asked is not None
    known, unknown = asked.prices
    assert (known.model, known.input, known.as_of) == (listed, 3.0, "2025-12-01")
    assert "aws.amazon.com" in known.source
    assert (unknown.input, unknown.output, unknown.cached, unknown.written, unknown.as_of) == (*[None] * 4, "")


def test_a_warning_is_of_a_bound_that_was_nearly_used_up(till: Till) -> None:
    report, heard = heard_of(till, priced(Play({"security"}), bounds=Bounds(calls=4)))
    assert ended(report, "security").use.calls == 3
    assert heard == []
    report, heard = heard_of(till, priced(Play({"security"}), bounds=Bounds(calls=3)))
    assert heard[:2] == [("security", "calls", 80), ("security", "calls", 95)]
    assert ended(report, "security").warned == tuple(Nearing(bound=Bound.CALLS, percent=p) for p in (80, 95))
