"""The steps of an audit."""

from __future__ import annotations

from typing import Literal

from langgraph.errors import NodeError
from langgraph.runtime import Runtime
from langgraph.types import Command, Send

from gonogo.agents.asking.plan import SYNTHESIZER
from gonogo.agents.assemble import Added, assemble_report, with_prose
from gonogo.agents.assess import Answer, answer, lose
from gonogo.agents.guard import check_report
from gonogo.agents.settle import settle
from gonogo.agents.specialists import find_specialist
from gonogo.agents.synthesizer import write_prose
from gonogo.agents.writing import write_with_model
from gonogo.graph.state import AreaResult, AuditContext, AuditState, ModelResult, SpecialistTask
from gonogo.model.assessment import Assessment, Finding
from gonogo.model.criterion import Area, Criterion
from gonogo.model.investigation import Cause, Investigation, Marker, Observation, Refused, Violation
from gonogo.model.report import Report, Run
from gonogo.tools.redaction import clean


def survey(state: AuditState, runtime: Runtime[AuditContext]) -> AuditState:
    """Says what is there and which areas are asked."""
    context = runtime.context
    areas = [area.value for area in Area if area in context.areas]
    files = len(context.collector.repository.files)
    runtime.stream_writer({"kind": "survey", "files": files, "areas": areas})
    return {"areas": areas}


def route(state: AuditState) -> list[Send]:
    """One specialist for each area, in parallel. Fixed in code: no model chooses."""
    return [Send("specialist", {"area": area}) for area in state["areas"]]


def specialist(task: SpecialistTask, runtime: Runtime[AuditContext]) -> AuditState:
    """Collects with the area's tools, then answers its criteria."""
    context, area = runtime.context, Area(task["area"])
    rows = _rows(context, area)
    tools = tuple(dict.fromkeys(tool for row in rows for tool in row.needs if tool != "repository"))
    say = runtime.stream_writer
    say({"kind": "start", "area": area.value, "criteria": len(rows)})
    context.collector.collect(tools, lambda tool: say({"kind": "read", "area": area.value, "tool": tool}))
    assessments: list[Assessment] = []
    findings: list[Finding] = []
    for row in rows:
        found = _answer(row, context)
        assessments.append(found.assessment)
        findings += found.findings
        say({"kind": "answer", "area": area.value, "criterion": row.slug, "status": found.assessment.status.value})
    say({"kind": "done", "area": area.value})
    return {"results": {area.value: _result(area, assessments, findings, tools)}}


def degrade(task: SpecialistTask, error: NodeError, runtime: Runtime[AuditContext]) -> Command[Literal["answered"]]:
    """A failed specialist's criteria are unverified and count as lost; the audit goes on. Edges are followed only from
    nodes that ended well: where none did, this one goes on."""
    area = Area(task["area"])
    cause = clean(f"{type(error.error).__name__}: {error.error}").text
    lost = [lose(row, f"the {area.value} specialist failed ({cause})") for row in _rows(runtime.context, area)]
    runtime.stream_writer({"kind": "failed", "area": area.value, "cause": cause})
    return Command(update={"results": {area.value: _result(area, lost, [], (), cause)}}, goto="answered")


def answered(state: AuditState) -> AuditState:
    """Where all specialists have met: a model's part begins when code's is whole."""
    return {}


def decide(state: AuditState, runtime: Runtime[AuditContext]) -> AuditState:
    """Decides from all answers; what models added counts only as far as grounding let it."""
    context = runtime.context
    runtime.stream_writer({"kind": "decide"})
    results, asked = state["results"], state.get("investigations", {})
    changed = {a["criterion"]: a for found in asked.values() for a in found["assessments"]}
    assessments = [changed.get(a["criterion"], a) for r in results.values() for a in r["assessments"]]
    findings = [f for part in (*results.values(), *asked.values()) for f in part["findings"]]
    report = assemble_report(
        catalogue=context.catalogue,
        assessments=[Assessment.model_validate(a) for a in assessments],
        findings=[Finding.model_validate(f) for f in findings],
        runs=[_run(result, asked.get(area)) for area, result in results.items()],
        added=[_added(found) for found in asked.values()],
        plan=context.plan,
        log=context.log,
        collector=context.collector,
        concessions=context.concessions,
        not_counted=context.not_counted,
        options=context.options,
        now=context.clock(),
        valid_days=context.valid_days,
    )
    return {"draft": settle(report).model_dump(mode="json")}


def synthesize(state: AuditState, runtime: Runtime[AuditContext]) -> AuditState:
    """Writes the prose around what was decided: templates, and a model where one is asked."""
    context, report = runtime.context, Report.model_validate(state["draft"])
    report = report.model_copy(update={"prose": write_prose(report)})
    if context.plan is not None:
        runtime.stream_writer({"kind": "write", "model": context.plan.models[0].name})
        seat = context.plan.seat(SYNTHESIZER, context.catalogue, context.areas)
        report = with_prose(report, write_with_model(report, report.prose, context.plan, seat))
    return {"draft": report.model_dump(mode="json")}


def guard(state: AuditState, runtime: Runtime[AuditContext]) -> AuditState:
    """Reads every claim again. A report that does not hold is a bug: it does not leave."""
    runtime.stream_writer({"kind": "guard"})
    report = Report.model_validate(state["draft"])
    check_report(report, runtime.context.collector.repository)
    return {"published": True}


def _answer(row: Criterion, context: AuditContext) -> Answer:
    try:
        return answer(row, context.collector.collect(row.needs), context.log)
    except Exception as error:  # noqa: BLE001  the outermost loop over checks: one that breaks costs its own answer
        return Answer(lose(row, f"the check broke on this target ({type(error).__name__}: {error})"), ())


def _rows(context: AuditContext, area: Area) -> list[Criterion]:
    return [row for row in context.catalogue if row.area is area]


def _result(
    area: Area, assessments: list[Assessment], findings: list[Finding], tools: tuple[str, ...], failed: str = ""
) -> AreaResult:
    return {
        "area": area.value,
        "assessments": [assessment.model_dump(mode="json") for assessment in assessments],
        "findings": [finding.model_dump(mode="json") for finding in findings],
        "tools": list(tools),
        "failed": failed,
    }


def _added(found: ModelResult) -> Added:
    return Added(
        causes=tuple(Cause.model_validate(row) for row in found["causes"]),
        observations=tuple(Observation.model_validate(row) for row in found["observations"]),
        markers=tuple(Marker.model_validate(row) for row in found["markers"]),
        refused=tuple(Refused.model_validate(row) for row in found["refused"]),
        violations=tuple(Violation.model_validate(row) for row in found["violations"]),
    )


def _run(result: AreaResult, asked: ModelResult | None) -> Run:
    area = Area(result["area"])
    return Run(
        area=area,
        title=find_specialist(area).title,
        tools=tuple(result["tools"]),
        answered=len(result["assessments"]) if not result["failed"] else 0,
        failed=result["failed"],
        investigation=Investigation.model_validate(asked["investigation"]) if asked else None,
    )
