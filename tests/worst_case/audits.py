"""Audits of the till with a model that a test plays, and what must be true of their reports."""

from __future__ import annotations

import contextlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel

from gonogo.agents.asking.budget import DEFAULT_BOUNDS, Bounds
from gonogo.agents.asking.choice import GuardrailName, ModelChoice, read_models
from gonogo.agents.asking.guardrails import Guardrail
from gonogo.agents.asking.models import Model, open_models, runtime_client
from gonogo.agents.asking.plan import SYNTHESIZER, ModelPlan
from gonogo.agents.guard import check_report
from gonogo.graph.audit import Request as AuditRequest
from gonogo.graph.audit import audit
from gonogo.model.criterion import Area, Status
from gonogo.model.investigation import Investigation, State
from gonogo.model.report import Report
from gonogo.model.target import Target, Tier
from gonogo.model.verdict import Effect, Value
from gonogo.tools.collect import Collector
from gonogo.tools.repository import open_repository
from tests.bedrock import Answer, Request, Script, Scripted, serve
from tests.conftest import NOON
from tests.models import ScriptedModel
from tests.worst_case.targets import assert_never_better, words
from tests.worst_case.till import WORD, answers, catalogue, quiet, seat_of

BEDROCK = "bedrock:us.anthropic.claude-sonnet-5-5"
VERDICTS = {Tier.A: (Value.CONDITIONAL, Value.NO_GO), Tier.C: (Value.GO, Value.CONDITIONAL)}
"""The verdicts of a whole audit at a tier: without a model, and with the whole answer of one specialist."""
ALL = tuple(Area)
EVERY = "every seat"
Fault = Callable[[Answer, Request], Scripted]


@dataclass
class Play:
    """A script: the ``loud`` seats and the synthesizer give all their answers, the others add nothing.

    ``seat`` has a fault (EVERY: each of them has): from its answer number ``at`` on, so many calls (``times``, None for
    ever) get what ``fault`` makes of the whole answer. ``apply`` answers for a guardrail.
    """

    loud: Iterable[str]
    seat: str = ""
    at: int = 0
    fault: Fault | None = None
    times: int | None = None
    apply: Callable[[Request], Scripted] | None = None
    calls: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    _given: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Request) -> Scripted:
        if request.path_kind == "apply":
            assert self.apply is not None
            return self.apply(request)
        with self._lock:
            return self._answer(seat_of(request), request)

    def _answer(self, seat: str, request: Request) -> Scripted:
        given = self._given.get(seat, 0)
        self.calls[seat] += 1
        rows = answers(seat, request) if seat in self.loud else (quiet(seat, request),)
        answer = rows[min(given, len(rows) - 1)]
        is_due = given >= self.at and (self.times is None or self.faults[seat] < self.times)
        if self.fault is not None and self.seat in (seat, EVERY) and is_due:
            self.faults[seat] += 1
            return self.fault(answer, request)
        self._given[seat] = given + 1
        return answer


@dataclass(frozen=True)
class Till:
    """The till, collected once for each tier. What was audited with the same answers before is kept."""

    collectors: dict[Tier, Collector]
    kept: dict[tuple[Any, ...], Report] = field(default_factory=dict)

    def plain(self, tier: Tier, areas: tuple[Area, ...]) -> Report:
        """Without a model."""
        return self._keep(("", tier, areas), lambda: audit(self._request(tier, areas), clock=lambda: NOON))

    def whole(self, seat: str, tier: Tier, areas: tuple[Area, ...]) -> Report:
        """With all that the seat says."""
        play = Play({seat})
        return self._keep((seat, tier, areas), lambda: self.audit(in_process(play), tier, areas))

    def audit(self, plan: ModelPlan, tier: Tier = Tier.A, areas: tuple[Area, ...] = ALL) -> Report:
        return audit(self._request(tier, areas), clock=lambda: NOON, plan=plan)

    def _request(self, tier: Tier, areas: tuple[Area, ...]) -> AuditRequest:
        rows = tuple(row for row in catalogue() if row.area in areas)
        return AuditRequest(self.collectors[tier], rows, areas=areas)

    def _keep(self, key: tuple[Any, ...], make: Callable[[], Report]) -> Report:
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]


def open_till(folder: Path) -> Till:
    """Collects what a folder holds."""
    repository = open_repository([folder])
    return Till({tier: Collector(repository, Target(name="till", tier=tier)) for tier in VERDICTS})


def areas_of(seat: str) -> tuple[Area, ...]:
    """An audit of one area is enough for its specialist; the synthesizer has the smallest."""
    return (Area.COMPLIANCE,) if seat == SYNTHESIZER else (Area(seat),)


def plan_of(
    *models: BaseChatModel | Model, bounds: Bounds = DEFAULT_BOUNDS, guardrail: Guardrail | None = None
) -> ModelPlan:
    made = tuple(model if isinstance(model, Model) else Model("scripted", model) for model in models)
    return ModelPlan(made, words(), bounds, guardrail, clock=lambda: 0.0, sleep=lambda seconds: None)


def in_process(script: Script) -> ModelPlan:
    return plan_of(ScriptedModel(script=script))


class Line:
    """Bedrock on loopback for many audits, each with a script of its own."""

    def __init__(self, url: str, seconds: float) -> None:
        self.script: Script = lambda request: Answer()
        self._url, self._seconds = url, seconds
        self._models: dict[bool, Model] = {}
        self._client: Any = None

    def plan(self, script: Script, *, streaming: bool = False, guarded: bool = False) -> ModelPlan:
        self.script = script
        if streaming not in self._models:
            choice = ModelChoice(read_models(BEDROCK), "us-east-1", self._url, None, streaming, self._seconds)
            self._models[streaming] = open_models(choice)[0]
        if not guarded:
            return plan_of(self._models[streaming])
        self._client = self._client or runtime_client("us-east-1", self._url, self._seconds)
        guardrail = Guardrail(GuardrailName("gr1", "2"), self._client, lambda seconds: None)
        return plan_of(self._models[streaming], guardrail=guardrail)


@contextlib.contextmanager
def bedrock(*, seconds: float = 20.0) -> Iterator[Line]:
    """``seconds``: how long the client waits for an answer."""
    with serve(lambda request: line.script(request)) as server:
        line = Line(server.url, seconds)
        yield line


def ended(report: Report, seat: str) -> Investigation:
    """How a seat's conversation ended."""
    if seat == SYNTHESIZER:
        found = report.provenance.synthesizer
    else:
        found = next(run.investigation for run in report.provenance.specialists if run.area == seat)
    assert found is not None
    return found


def without_use(report: Report) -> dict[str, Any]:
    """All of a report but what asking took, and by which name the model went."""
    told: dict[str, Any] = json.loads(report.model_dump_json().replace(BEDROCK, "scripted"))
    for part in (told["provenance"]["asked"], told["provenance"]["synthesizer"]):
        part["use"] = part["warned"] = None
    for run in told["provenance"]["specialists"]:
        run["investigation"]["use"] = run["investigation"]["warned"] = None
    return told


def assert_honest(report: Report, plain: Report, till: Till) -> None:
    """Nothing is better than without a model, every claim holds, and what did not come to its end says why."""
    assert_never_better(plain, report)
    assert blockers(report) >= blockers(plain)
    check_report(report, till.collectors[report.target.tier].repository)
    for found in (*(run.investigation for run in report.provenance.specialists), report.provenance.synthesizer):
        assert found is not None
        assert found.is_complete == (not found.why), found
    for prose in report.prose:
        assert prose.author != "template" or prose.note or prose.section == "next_step", prose


def assert_ends(
    till: Till,
    report: Report,
    seat: str,
    state: State | None,
    tier: Tier = Tier.A,
    areas: tuple[Area, ...] | None = None,
) -> None:
    """The report is honest about how the seat's conversation ended. None: as if nothing had happened."""
    asked = areas_of(seat) if areas is None else areas
    plain, whole = till.plain(tier, asked), till.whole(seat, tier, asked)
    assert_honest(report, plain, till)
    if state is None:
        assert without_use(report) == without_use(whole)
        return
    assert ended(report, seat).state is state, ended(report, seat)
    assert_silent(report, seat)
    if seat == SYNTHESIZER:
        assert report.verdict == plain.verdict
        return
    rows = [row for row in report.with_status(Status.UNVERIFIED) if row.area == seat]
    assert rows
    assert all(row.lost if state is State.LOST else row.unfinished for row in rows)
    assert report.verdict.value is not Value.GO
    if state is State.LOST:
        assert_not_better_than(whole, report)


def assert_not_better_than(whole: Report, report: Report) -> None:
    """Neither the verdict nor what holds it back is better than with the whole answer."""
    assert report.verdict.value.rank <= whole.verdict.value.rank
    assert blockers(report) >= blockers(whole)
    assert holding_back(report) >= holding_back(whole)


def assert_silent(report: Report, seat: str) -> None:
    """Nothing that the seat's model said stands anywhere in the report."""
    told = report.model_dump(mode="json")
    written = [told.pop("prose"), told["provenance"].pop("synthesizer")]
    assert WORD not in str(written if seat == SYNTHESIZER else told)


def blockers(report: Report) -> set[str]:
    return {gate.criterion for gate in report.verdict.gates if gate.effect is Effect.BLOCKS}


def holding_back(report: Report) -> set[str]:
    return {gate.criterion for gate in report.verdict.gates if gate.effect is not Effect.HOLDS}


@dataclass
class Tally:
    """How many cases hold, of how many."""

    what: str
    cases: int = 0
    broken: list[str] = field(default_factory=list)

    def hold(self, case: object, check: Callable[[], None]) -> None:
        self.cases += 1
        try:
            check()
        except Exception as error:  # noqa: BLE001  a sweep goes on and tells of all
            self.broken.append(f"{case}: {type(error).__name__}: {str(error)[:300]}")

    def close(self) -> None:
        print(f"{self.what}: {self.cases - len(self.broken)} of {self.cases} hold")  # noqa: T201
        assert not self.broken, f"{len(self.broken)} of {self.cases} do not hold:\n" + "\n".join(self.broken[:10])
