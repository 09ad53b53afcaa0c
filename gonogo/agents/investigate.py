"""A specialist's second part: its model reads on where code could not, and what it hands in is grounded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from gonogo.agents.asking.conversation import Task, hold_conversation, tell_end
from gonogo.agents.asking.errors import ModelError
from gonogo.agents.asking.plan import ModelPlan
from gonogo.agents.asking.seat import Call, Seat
from gonogo.agents.brief import AreaAnswers, write_brief
from gonogo.agents.grounding import CheckClaim, Grounded, Grounding, join
from gonogo.agents.markers import Marker as Found
from gonogo.agents.prose_guard import Refusal, TextFacts, check_claim
from gonogo.agents.reading import answer_call, reading_tools
from gonogo.agents.specialists import find_specialist
from gonogo.agents.submission import Submission
from gonogo.facts import Facts
from gonogo.model.assessment import Assessment, Finding
from gonogo.model.criterion import Area, Criterion, Status
from gonogo.model.evidence import Evidence
from gonogo.model.investigation import Investigation, Marker, State, Violation
from gonogo.telemetry.spans import tool_span
from gonogo.telemetry.tracing import Telemetry
from gonogo.tools.evidence import EvidenceLog

_REFUSED = "This was refused. What is not named here is kept: submit once more, with only this mended or left out."
PURPOSE = "Hands in your whole answer and ends the conversation. Call it once, with every field."


@dataclass(frozen=True)
class Investigated:
    """What a specialist's model added, how its part ended, and what was noticed on the way."""

    investigation: Investigation
    grounded: Grounded
    markers: tuple[Marker, ...] = ()
    violations: tuple[Violation, ...] = ()


@dataclass
class _Reader:
    """Answers the model's look-ups, and keeps what in them addressed it."""

    facts: Facts
    evidence: dict[str, Evidence]
    telemetry: Telemetry
    found: list[tuple[str, Found]] = field(default_factory=list)

    def read(self, call: Call) -> tuple[str, bool]:
        with tool_span(self.telemetry, call.name, call.id):
            reply = answer_call(call.name, call.arguments, self.facts, self.evidence.get)
        self.found += [(self._where(call), marker) for marker in reply.markers]
        return reply.text, reply.is_error

    def _where(self, call: Call) -> str:
        """The file that was read, or the tool that was called: the report does not repeat what the model wrote."""
        path = call.arguments.get("path") if call.name == "read_file" else None
        file = self.facts.repository.file(path.strip().removeprefix("./")) if isinstance(path, str) else None
        return file.path if file else call.name


@dataclass
class _Desk:
    """Grounds submissions: the first is sent back once with what did not hold, and what held of it is kept."""

    area: Area
    answers: AreaAnswers
    facts: Facts
    log: EvidenceLog
    seat: Seat
    grounded: Grounded = field(default_factory=Grounded)
    is_second: bool = False

    def review(self, submission: Submission) -> str:
        by = f"{self.area.value} specialist, {self.seat.by}"
        check = _claims(self.answers, self.facts)
        grounding = Grounding(self.area, by, self.answers, self.facts.repository, self.log, check)
        found = grounding.ground(submission)
        self.grounded = join(self.grounded, found) if self.is_second else found
        if self.is_second or not grounding.told:
            return ""
        self.is_second = True
        return "\n".join((_REFUSED, *grounding.told))


def investigate(
    area: Area, answers: AreaAnswers, facts: Facts, log: EvidenceLog, plan: ModelPlan, seat: Seat
) -> Investigated:
    """Asks the area's model. A fault of the model costs its own part, never code's answers; a miss of a cassette and a
    bug are raised."""
    brief = write_brief(answers, facts.target, facts.repository)
    reader = _Reader(facts, dict(answers.evidence), seat.telemetry, list(brief.markers))
    desk = _Desk(area, answers, facts, log, seat)
    task = Task(
        system=plan.words.of_specialist(find_specialist(area).prompt),
        brief=brief.text,
        form=Submission,
        purpose=PURPOSE,
        tools=_tools(),
        read=reader.read,
        review=desk.review,
    )
    fault: ModelError | None
    try:
        fault = hold_conversation(seat, task).fault
    except ModelError as error:
        fault = error
    grounded = desk.grounded
    if fault is not None:
        grounded = replace(grounded, assessments=_unanswered(answers, fault.state, grounded.assessments))
    state, why = (fault.state, str(fault)) if fault else (State.COMPLETE, "")
    ended = tell_end(seat, state, why)
    return Investigated(ended, grounded, _markers(reader.found), _violations(seat, plan, area.value))


def collect_answers(
    criteria: Iterable[Criterion], assessments: Sequence[Assessment], findings: Sequence[Finding], log: EvidenceLog
) -> AreaAnswers:
    """Code's answers of one area with exactly the evidence that they cite, whatever others log meanwhile."""
    cited = {item for row in assessments for item in row.evidence} | {i for f in findings for i in f.evidence}
    evidence = {item.id: item for item in log.all() if item.id in cited}
    return AreaAnswers(tuple(criteria), {row.criterion: row for row in assessments}, tuple(findings), evidence)


def unanswered(answers: AreaAnswers, cause: str, seat: Seat | None = None) -> Investigated:
    """What is left when a specialist's model part broke: code's answers; what its model may have said is lost, and was
    paid."""
    ended = tell_end(seat, State.LOST, cause) if seat else Investigation(state=State.LOST, why=cause)
    return Investigated(ended, Grounded(_unanswered(answers, State.LOST)))


def _unanswered(
    answers: AreaAnswers, state: State, changed: Mapping[str, Assessment] = MappingProxyType({})
) -> dict[str, Assessment]:
    """An answer that came and could not be taken may have been a failure: it counts as lost. Where none came, what is
    unverified stays so and forbids a GO wherever its failure would have."""
    change = {"lost": True} if state is State.LOST else {"unfinished": True}
    rows = {row.slug: answers.assessments[row.slug] for row in answers.with_status(Status.UNVERIFIED)} | dict(changed)
    return {
        slug: row.model_copy(update=change) if row.status is Status.UNVERIFIED else row for slug, row in rows.items()
    }


def _claims(answers: AreaAnswers, facts: Facts) -> CheckClaim:
    known = TextFacts.make(
        criteria=answers.criteria,
        assessments=tuple(answers.assessments.values()),
        findings=answers.findings,
        evidence=tuple(answers.evidence.values()),
        target=facts.target,
    )

    def check(
        text: str, cites: tuple[str, ...], evidence: tuple[Evidence, ...], argues: Status | None
    ) -> tuple[Refusal, ...]:
        return check_claim(text, known, cites=cites, evidence=evidence, argues=argues)

    return check


def _tools() -> list[dict[str, Any]]:
    return [
        {
            "type": "function",
            "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
        }
        for tool in reading_tools()
    ]


def _markers(found: Sequence[tuple[str, Found]]) -> tuple[Marker, ...]:
    rows = {Marker(kind=marker.kind, where=where, excerpt=marker.excerpt) for where, marker in found}
    return tuple(sorted(rows, key=lambda row: (row.where, row.kind, row.excerpt)))


def _violations(seat: Seat, plan: ModelPlan, where: str) -> tuple[Violation, ...]:
    name = str(plan.guardrail.name) if plan.guardrail else "a guardrail"
    return tuple(
        Violation(guardrail=name, policy=policy, action=action, where=where, count=count)
        for (policy, action), count in sorted(seat.warnings.items())
    )
