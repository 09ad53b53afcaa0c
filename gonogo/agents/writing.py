"""The synthesizer's model: prose around ids, taken section by section only where the facts bear every sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Described

from gonogo.agents.asking.conversation import Task, hold_conversation, tell_end
from gonogo.agents.asking.errors import ModelError, StoppedError
from gonogo.agents.asking.faults import tell_bug
from gonogo.agents.asking.plan import SYNTHESIZER, ModelPlan
from gonogo.agents.asking.seat import Seat
from gonogo.agents.fence import fence
from gonogo.agents.prose_guard import Refusal, TextFacts, check_sentences, explain_refusals
from gonogo.agents.submission import END
from gonogo.cassette.errors import find_miss
from gonogo.model.criterion import Status
from gonogo.model.investigation import Action, Investigation, Refused, State, Violation
from gonogo.model.report import Prose, Report, Sentence
from gonogo.model.verdict import Effect

SECTIONS = ("summary", "impact", "road_map")
PURPOSE = "Hands in all three sections and ends the conversation. Call it once, with every field."
MOST_FINDINGS = 3
"""Findings told of each failing criterion."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GivenSentence(_Part):
    """One sentence and what it stands on."""

    text: str
    cites: list[str] = Described(description="slugs and ids that the sentence stands on")


class GivenProse(_Part):
    """The synthesizer's whole submission."""

    summary: list[GivenSentence]
    impact: list[GivenSentence]
    road_map: list[GivenSentence]
    end: Literal["END OF SUBMISSION"] = Described(description=f"always {END!r}: it shows that nothing was cut off")


@dataclass(frozen=True)
class Written:
    """The report's prose with what a model wrote in place of templates, and what became of the rest."""

    prose: tuple[Prose, ...]
    investigation: Investigation
    refused: tuple[Refused, ...] = ()
    violations: tuple[Violation, ...] = ()

    def plain(self) -> dict[str, Any]:
        """The same as JSON-ready data."""
        return {
            "prose": [row.model_dump(mode="json") for row in self.prose],
            "investigation": self.investigation.model_dump(mode="json"),
            "refused": [row.model_dump(mode="json") for row in self.refused],
            "violations": [row.model_dump(mode="json") for row in self.violations],
        }

    @staticmethod
    def of(plain: dict[str, Any]) -> Written:
        """From what ``plain`` gave. Raises pydantic's ValidationError."""
        return Written(
            tuple(Prose.model_validate(row) for row in plain["prose"]),
            Investigation.model_validate(plain["investigation"]),
            tuple(Refused.model_validate(row) for row in plain["refused"]),
            tuple(Violation.model_validate(row) for row in plain["violations"]),
        )


@dataclass
class _Desk:
    """Reads submissions: keeps each section that holds, and counts what does not."""

    facts: TextFacts
    seat: Seat
    kept: dict[str, Prose] = field(default_factory=dict)
    refusals: Counter[tuple[str, str]] = field(default_factory=Counter)

    def review(self, given: GivenProse) -> str:
        found: list[Refusal] = []
        for section in SECTIONS:
            if section in self.kept:
                continue
            rows = tuple(Sentence(text=_line(s.text), cites=tuple(s.cites)) for s in getattr(given, section))
            wrong = check_sentences(rows, self.facts)
            self.refusals.update((refusal.kind, section) for refusal in wrong)
            found += wrong
            if rows and not wrong:
                text = " ".join(row.text for row in rows)
                self.kept[section] = Prose(section=section, text=text, sentences=rows, author=self.seat.by)
        return explain_refusals(tuple(found)) if found else ""


def write_with_model(report: Report, templates: tuple[Prose, ...], plan: ModelPlan, seat: Seat) -> Written:
    """The prose of a decided report. A section that is refused after all repairs, or that a guardrail stops, is served
    by its template, and says so."""
    desk = _Desk(TextFacts.of(report), seat)
    task = Task(
        system=plan.words.of_synthesizer(),
        brief=_facts(report),
        form=GivenProse,
        purpose=PURPOSE,
        review=desk.review,
    )
    fault: ModelError | None = None
    state, why = State.COMPLETE, ""
    try:
        fault = hold_conversation(seat, task).fault
    except ModelError as error:
        fault = error
    except StoppedError:
        raise
    except Exception as error:  # noqa: BLE001  the outermost loop over the model's prose: a bug costs it, not the report
        state, why = State.LOST, _tell(error)
        desk.kept.clear()
    if fault is not None:
        state, why = fault.state, str(fault)
    missing = why or "what the model wrote was refused"
    rows, violations = [], list(_warnings(seat, plan))
    for template in templates:
        prose = desk.kept.get(template.section)
        if template.section not in SECTIONS:
            rows.append(template)
        elif prose is None:
            rows.append(template.model_copy(update={"note": f"by template: {missing}"}))
        else:
            stopped = _judge(prose, plan, violations)
            note = f"by template: {stopped}"
            rows.append(template.model_copy(update={"note": note}) if stopped else prose)
    refused = tuple(Refused(kind=k, where=where, count=n) for (k, where), n in sorted(desk.refusals.items()))
    ended = tell_end(seat, state, why)
    return Written(tuple(rows), ended, refused, tuple(violations))


def _judge(prose: Prose, plan: ModelPlan, violations: list[Violation]) -> str:
    """Why Bedrock's guardrail stops a section, empty where it does not; what it objects to is added."""
    if plan.guardrail is None:
        return ""
    try:
        stops, objections = plan.judge(prose.text)
    except ModelError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  as above: what could not be judged does not leave
        return _tell(error)
    for (policy, action), count in sorted(objections.items()):
        name = str(plan.guardrail.name)
        violations.append(Violation(guardrail=name, policy=policy, action=action, where=prose.section, count=count))
    return f"the guardrail {plan.guardrail.name} stopped it" if stops else ""


def _tell(error: Exception) -> str:
    """What broke. A miss of a cassette is raised: what is replayed must be what was recorded."""
    if miss := find_miss(error):
        raise miss
    return tell_bug(error)


def _warnings(seat: Seat, plan: ModelPlan) -> Iterator[Violation]:
    name = str(plan.guardrail.name) if plan.guardrail else "a guardrail"
    for (policy, action), count in sorted(seat.warnings.items()):
        yield Violation(guardrail=name, policy=policy, action=Action(action), where=SYNTHESIZER, count=count)


def _facts(report: Report) -> str:
    """The decided report as the model may speak of it. What comes from the target stands inside fences."""
    verdict = report.verdict
    parts = [
        f"# Decided\nVerdict {verdict.value}, tier {report.target.tier}.",
        "\n".join(f"{prose.section} by template: {fence(prose.text, prose.section).text}" for prose in report.prose),
        "# Gates that do not hold\n" + ("\n".join(_gates(report)) or "none"),
        "# Failing criteria\n" + fence("\n".join(_failing(report)) or "none", "failing").text,
        "# Unverified criteria\n" + fence("\n".join(_unverified(report)) or "none", "unverified").text,
        "# Criteria that pass\n" + (", ".join(a.criterion for a in report.with_status(Status.PASS)) or "none"),
        "# Causes and observations of the specialists\n" + fence("\n".join(_added(report)) or "none", "added").text,
        "# Road map\n" + ("\n".join(_road_map(report)) or "nothing has to change"),
    ]
    return "\n\n".join(parts) + "\n\nWrite the three sections and submit.\n"


def _gates(report: Report) -> Iterator[str]:
    for gate in report.verdict.gates:
        if gate.effect is not Effect.HOLDS:
            yield f"{gate.criterion} ({gate.severity}): {gate.status.value}, {gate.effect.value}"


def _failing(report: Report) -> Iterator[str]:
    for row in report.with_status(Status.FAIL):
        contested = "; contested, a person decides" if row.is_contested else ""
        gate = report.criterion(row.criterion).severity
        severity = row.severity if row.severity is gate else f"{row.severity} here, {gate} as a gate"
        yield f"{row.criterion} ({severity}, {row.area}): {row.reason}{contested}"
        yield f"    why it matters: {report.criterion(row.criterion).why}"
        for finding in report.findings_of(row.criterion)[:MOST_FINDINGS]:
            yield f"    {finding.id} {finding.locator}: {finding.what}"


def _unverified(report: Report) -> Iterator[str]:
    for row in report.with_status(Status.UNVERIFIED):
        waits = f"; {row.proposal.status} is proposed, a person confirms" if row.proposal else ""
        yield f"{row.criterion} ({row.severity}, {row.area}): {row.reason}{waits}"


def _added(report: Report) -> Iterator[str]:
    for cause in report.causes:
        yield f"cause of {', '.join(cause.criteria)} [{', '.join(cause.evidence)}]: {cause.text}"
    for item in report.observations:
        yield f"{item.id} {item.locator} [{', '.join(item.evidence)}]: {item.what}. {item.why}"


def _road_map(report: Report) -> Iterator[str]:
    for change in report.roadmap.changes:
        fix, verify = ", ".join(change.fix) or "nothing", ", ".join(change.verify) or "nothing"
        yield f"from {change.before} to {change.after}: repair {fix} (about {change.effort_hours:g} h); verify {verify}"
    for phase in report.roadmap.phases:
        yield f"{phase.name} (about {phase.effort_hours:g} h): {', '.join(phase.criteria)}"


def _line(text: str) -> str:
    return " ".join(text.split())
