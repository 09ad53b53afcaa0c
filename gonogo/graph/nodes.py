"""The steps of an audit."""

from __future__ import annotations

from typing import Any

from langgraph.errors import NodeError
from langgraph.runtime import Runtime
from langgraph.types import Send

from gonogo.agents.assemble import assemble_report
from gonogo.agents.assess import Answer, answer, lose
from gonogo.agents.guard import check_report
from gonogo.agents.specialists import find_specialist
from gonogo.agents.synthesizer import write_prose
from gonogo.graph.state import AreaResult, AuditContext, AuditState, SpecialistTask
from gonogo.model.assessment import Assessment, Finding
from gonogo.model.criterion import Area, Criterion
from gonogo.model.report import Report, Run


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


def degrade(task: SpecialistTask, error: NodeError, runtime: Runtime[AuditContext]) -> AuditState:
    """A failed specialist's criteria are unverified and count as lost; the audit goes on."""
    area = Area(task["area"])
    cause = f"{type(error.error).__name__}: {error.error}"
    lost = [lose(row, f"the {area.value} specialist failed ({cause})") for row in _rows(runtime.context, area)]
    runtime.stream_writer({"kind": "failed", "area": area.value, "cause": cause})
    return {"results": {area.value: _result(area, lost, [], (), cause)}}


def synthesize(state: AuditState, runtime: Runtime[AuditContext]) -> AuditState:
    """Decides, then writes the prose around what was decided."""
    context = runtime.context
    runtime.stream_writer({"kind": "decide"})
    results = state["results"].values()
    report = assemble_report(
        catalogue=context.catalogue,
        assessments=[Assessment.model_validate(a) for r in results for a in r["assessments"]],
        findings=[Finding.model_validate(f) for r in results for f in r["findings"]],
        runs=[_run(result) for result in results],
        log=context.log,
        collector=context.collector,
        concessions=context.concessions,
        not_counted=context.not_counted,
        options=context.options,
        now=context.clock(),
        valid_days=context.valid_days,
    )
    report = report.model_copy(update={"prose": write_prose(report)})
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


def _run(result: Any) -> Run:
    area = Area(result["area"])
    return Run(
        area=area,
        title=find_specialist(area).title,
        tools=tuple(result["tools"]),
        answered=len(result["assessments"]) if not result["failed"] else 0,
        failed=result["failed"],
    )
