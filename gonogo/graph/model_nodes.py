"""The steps of an audit that ask a model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from langgraph.errors import NodeError
from langgraph.runtime import Runtime
from langgraph.types import Command, Send
from pydantic import BaseModel

from gonogo.agents.asking.faults import tell_bug
from gonogo.agents.investigate import Investigated, collect_answers, unanswered
from gonogo.agents.investigate import investigate as ask_model
from gonogo.cassette.errors import find_miss
from gonogo.graph.nodes import draining, read_unread
from gonogo.graph.state import AreaResult, AuditContext, AuditState, ModelResult, ModelTask
from gonogo.model.assessment import Assessment, Finding
from gonogo.model.criterion import Area, Status
from gonogo.telemetry import names
from gonogo.telemetry.spans import agent_span

ALWAYS_READ = ("terraform",)
"""Tools whose facts a model may ask for in every area."""


def route_models(state: AuditState, runtime: Runtime[AuditContext]) -> list[Send] | str:
    """One conversation for each specialist of whose criteria some apply; none without a model."""
    if runtime.context.plan is None:
        return "decide"
    parts = runtime.context.parts
    sends = [
        Send("investigate", {"area": area, "result": part})
        for area, part in state["results"].items()
        if _is_to_ask(parts.get(part))
    ]
    return sends or "decide"


def _is_to_ask(result: AreaResult) -> bool:
    return not result["failed"] and any(row["status"] != Status.NOT_APPLICABLE for row in result["assessments"])


def investigate(task: ModelTask, runtime: Runtime[AuditContext]) -> AuditState:
    """A specialist's model reads on where code could not."""
    context, area, plan = runtime.context, Area(task["area"]), runtime.context.plan
    assert plan is not None
    say = runtime.stream_writer
    say({"kind": "ask", "area": area.value, "model": plan.models[0].name})
    needs = tuple(dict.fromkeys((*context.parts.get(task["result"])["tools"], *ALWAYS_READ)))
    answers = _answers(task, context)
    facts = context.collector.collect(needs)
    seat = plan.seat(area.value, context.catalogue, context.areas, say)
    with draining(), agent_span(context.telemetry, area.value) as span:
        found = ask_model(area, answers, facts, context.log, plan, seat)
        span.set_attribute(names.STATE, found.investigation.state.value)
        span.set_attribute(names.EVIDENCE, _evidence(found))
        span.set_attribute(names.FINDINGS, tuple(finding.id for finding in found.grounded.findings))
    context.log.hand_over(context.keep)
    ended = found.investigation
    say({"kind": "asked", "area": area.value, "state": ended.state.value, "why": ended.why})
    return {"investigations": {area.value: context.parts.put(_result(area, found, read_unread(context, needs)))}}


def forgo(task: ModelTask, error: NodeError, runtime: Runtime[AuditContext]) -> Command[Literal["decide"]]:
    """A model's part that broke costs nothing that code answered. A miss of a cassette ends the audit: what is replayed
    must be what was recorded. Edges are followed only from nodes that ended well: where none did, this one goes on."""
    if miss := find_miss(error.error):
        raise miss
    area = Area(task["area"])
    cause = tell_bug(error.error)
    plan = runtime.context.plan
    found = unanswered(_answers(task, runtime.context), cause, plan.seats.get(area.value) if plan else None)
    say = runtime.stream_writer
    say({"kind": "asked", "area": area.value, "state": found.investigation.state.value, "why": cause})
    runtime.context.log.hand_over(runtime.context.keep)
    result = _result(area, found, read_unread(runtime.context, ALWAYS_READ))
    part = runtime.context.parts.put(result)
    return Command(update={"investigations": {area.value: part}}, goto="decide")


def _answers(task: ModelTask, context: AuditContext) -> Any:
    rows = [row for row in context.catalogue if row.area.value == task["area"]]
    result = context.parts.get(task["result"])
    assessments = [Assessment.model_validate(row) for row in result["assessments"]]
    findings = [Finding.model_validate(row) for row in result["findings"]]
    return collect_answers(rows, assessments, findings, context.log)


def _evidence(found: Investigated) -> tuple[str, ...]:
    """What the model rests on."""
    grounded = found.grounded
    ids = [row.proposal.evidence for row in grounded.assessments.values() if row.proposal]
    ids += [cause.evidence for cause in grounded.causes]
    ids += [observation.evidence for observation in grounded.observations]
    return tuple(dict.fromkeys(item for row in ids for item in row))


def _result(area: Area, found: Investigated, unread: list[list[Any]]) -> ModelResult:
    grounded = found.grounded
    return {
        "area": area.value,
        "investigation": found.investigation.model_dump(mode="json"),
        "assessments": _plain(grounded.assessments.values()),
        "findings": _plain(grounded.findings),
        "causes": _plain(grounded.causes),
        "observations": _plain(grounded.observations),
        "refused": _plain(grounded.refused),
        "markers": _plain(found.markers),
        "violations": _plain(found.violations),
        "unread": unread,
    }


def _plain(rows: Iterable[BaseModel]) -> list[dict[str, Any]]:
    return [row.model_dump(mode="json") for row in rows]
