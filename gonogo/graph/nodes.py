"""The steps of an audit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import astuple
from typing import Any, Literal

from langgraph.errors import GraphDrained, NodeError
from langgraph.runtime import Runtime
from langgraph.types import Command, Send

from gonogo.agents.asking.errors import StoppedError
from gonogo.agents.asking.plan import SYNTHESIZER
from gonogo.agents.assemble import Added, Seen, assemble_report, with_prose
from gonogo.agents.assess import Answer, answer, lose
from gonogo.agents.guard import check_report
from gonogo.agents.settle import settle
from gonogo.agents.specialists import find_specialist
from gonogo.agents.synthesizer import write_prose
from gonogo.agents.writing import Written, write_with_model
from gonogo.facts.unread import Unread
from gonogo.graph.state import AreaResult, AuditContext, AuditState, ModelResult, SpecialistTask
from gonogo.model.assessment import Assessment, Finding
from gonogo.model.criterion import Area, Criterion
from gonogo.model.imported import Imported
from gonogo.model.investigation import Asked, Cause, Investigation, Marker, Observation, Refused, Violation
from gonogo.model.report import Report, Run
from gonogo.model.target import Target
from gonogo.telemetry import names
from gonogo.telemetry.spans import agent_span, step_span, tool_span
from gonogo.tools.redaction import clean


def survey(state: AuditState, runtime: Runtime[AuditContext]) -> AuditState:
    """Says what is there and which areas are asked."""
    context = runtime.context
    areas = [area.value for area in Area if area in context.areas]
    repository = context.collector.repository
    files = len(repository.files)
    runtime.stream_writer({"kind": "survey", "files": files, "areas": areas})
    target = context.collector.target.model_copy(update={"sources": repository.sources})
    return {
        "areas": areas,
        "survey": {
            "target": target.model_dump(mode="json"),
            "files": files,
            "imports": [item.model_dump(mode="json") for item in repository.snapshot.imports],
        },
        "asked": context.plan.asked().model_dump(mode="json") if context.plan else None,
    }


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

    def reading(tool: str) -> AbstractContextManager[Any]:
        say({"kind": "read", "area": area.value, "tool": tool})
        return tool_span(context.telemetry, tool, kind="datastore")

    assessments: list[Assessment] = []
    findings: list[Finding] = []
    with agent_span(context.telemetry, area.value):
        context.collector.collect(tools, reading)
        with step_span(context.telemetry, f"checks {area.value}", attributes={names.CRITERIA: len(rows)}) as span:
            for row in rows:
                found = _answer(row, context)
                assessments.append(found.assessment)
                findings += found.findings
                status = found.assessment.status.value
                say({"kind": "answer", "area": area.value, "criterion": row.slug, "status": status})
            span.set_attribute(names.EVIDENCE, tuple(dict.fromkeys(i for a in assessments for i in a.evidence)))
            span.set_attribute(names.FINDINGS, tuple(finding.id for finding in findings))
    say({"kind": "done", "area": area.value})
    context.log.hand_over(context.keep)
    result = _result(area, assessments, findings, tools, unread=read_unread(context, tools))
    return {"results": {area.value: context.parts.put(result)}}


def degrade(task: SpecialistTask, error: NodeError, runtime: Runtime[AuditContext]) -> Command[Literal["answered"]]:
    """A failed specialist's criteria are unverified and count as lost; the audit goes on. Edges are followed only from
    nodes that ended well: where none did, this one goes on."""
    area = Area(task["area"])
    cause = clean(f"{type(error.error).__name__}: {error.error}").text
    lost = [lose(row, f"the {area.value} specialist failed ({cause})") for row in _rows(runtime.context, area)]
    runtime.stream_writer({"kind": "failed", "area": area.value, "cause": cause})
    context = runtime.context
    context.log.hand_over(context.keep)
    tools = tuple(tool for row in _rows(context, area) for tool in row.needs)
    result = _result(area, lost, [], (), cause, unread=read_unread(context, tools))
    return Command(update={"results": {area.value: context.parts.put(result)}}, goto="answered")


def answered(state: AuditState) -> AuditState:
    """Where all specialists have met: a model's part begins when code's is whole."""
    return {}


def decide(state: AuditState, runtime: Runtime[AuditContext]) -> AuditState:
    """Decides from all answers; what models added counts only as far as grounding let it."""
    context = runtime.context
    runtime.stream_writer({"kind": "decide"})
    with step_span(context.telemetry, "decide") as span:
        verdict = _decided(state, context).verdict.value.value
        span.set_attribute(names.VERDICT, verdict)
    return {"verdict": verdict}


def synthesize(state: AuditState, runtime: Runtime[AuditContext]) -> AuditState:
    """Writes the prose around what was decided: templates, and a model where one is asked."""
    context = runtime.context
    with step_span(context.telemetry, "templates"):
        report = _templated(state, context)
    if state.get("written") or context.plan is None:
        return {}
    runtime.stream_writer({"kind": "write", "model": context.plan.models[0].name})
    seat = context.plan.seat(SYNTHESIZER, context.catalogue, context.areas, runtime.stream_writer)
    with draining(), agent_span(context.telemetry, SYNTHESIZER):
        written = write_with_model(report, report.prose, context.plan, seat)
    return {"written": context.parts.put(written.plain())}


def guard(state: AuditState, runtime: Runtime[AuditContext]) -> AuditState:
    """Reads every claim again. A report that does not hold is a bug: it does not leave."""
    runtime.stream_writer({"kind": "guard"})
    context = runtime.context
    with step_span(context.telemetry, "guard", "GUARDRAIL"):
        check_report(written_report(state, context), context.collector.repository if context.is_there else None)
    return {"published": True}


def written_report(state: AuditState, context: AuditContext) -> Report:
    """The report that a state comes to, with its prose. It is made of the parts that the state names, and of nothing
    else: a process that goes on with a run makes the same."""
    if "written" not in context.drafts:
        report, written = _templated(state, context), state.get("written")
        context.drafts["written"] = with_prose(report, Written.of(context.parts.get(written))) if written else report
    return context.drafts["written"]


def plain_state(state: AuditState, context: AuditContext) -> dict[str, Any]:
    """The state with its parts in the place of their ids: all that its report was made from, beside the evidence."""
    results, asked = _parts(state, context)
    written = state.get("written")
    return {
        **{name: state.get(name) for name in ("areas", "survey", "asked")},
        "results": results,
        "investigations": asked,
        "written": context.parts.get(written) if written else None,
    }


def _templated(state: AuditState, context: AuditContext) -> Report:
    if "templated" not in context.drafts:
        report = _decided(state, context)
        context.drafts["templated"] = report.model_copy(update={"prose": write_prose(report)})
    return context.drafts["templated"]


def _decided(state: AuditState, context: AuditContext) -> Report:
    if "decided" not in context.drafts:
        context.drafts["decided"] = settle(_assembled(state, context))
    return context.drafts["decided"]


def _assembled(state: AuditState, context: AuditContext) -> Report:
    results, asked = _parts(state, context)
    changed = {a["criterion"]: a for found in asked.values() for a in found["assessments"]}
    assessments = [changed.get(a["criterion"], a) for r in results.values() for a in r["assessments"]]
    findings = [f for part in (*results.values(), *asked.values()) for f in part["findings"]]
    return assemble_report(
        catalogue=context.catalogue,
        assessments=[Assessment.model_validate(a) for a in assessments],
        findings=[Finding.model_validate(f) for f in findings],
        runs=[_run(result, asked.get(area)) for area, result in results.items()],
        added=[_added(found) for found in asked.values()],
        asked=Asked.model_validate(state["asked"]) if state.get("asked") else None,
        log=context.log,
        seen=_seen(state, context),
        terms=context.terms,
        options=context.options,
        now=context.clock(),
    )


def _parts(state: AuditState, context: AuditContext) -> tuple[dict[str, AreaResult], dict[str, ModelResult]]:
    """What specialists and their models came to, by area."""
    results = {area: context.parts.get(part) for area, part in state["results"].items()}
    return results, {area: context.parts.get(part) for area, part in state.get("investigations", {}).items()}


def read_unread(context: AuditContext, tools: tuple[str, ...]) -> list[list[Any]]:
    """What those tools could not read, as rows for the state."""
    return [list(astuple(item)) for item in context.collector.unread(tools)]


@contextmanager
def draining() -> Iterator[None]:
    """A run that was told to stop while it asked a model ends here, between two calls: what was done is kept."""
    try:
        yield
    except StoppedError as error:
        raise GraphDrained("stopped between two calls of a model") from error


def _answer(row: Criterion, context: AuditContext) -> Answer:
    try:
        return answer(row, context.collector.collect(row.needs), context.log)
    except Exception as error:  # noqa: BLE001  the outermost loop over checks: one that breaks costs its own answer
        return Answer(lose(row, f"the check broke on this target ({type(error).__name__}: {error})"), ())


def _rows(context: AuditContext, area: Area) -> list[Criterion]:
    return [row for row in context.catalogue if row.area is area]


def _result(
    area: Area,
    assessments: list[Assessment],
    findings: list[Finding],
    tools: tuple[str, ...],
    failed: str = "",
    *,
    unread: list[list[Any]],
) -> AreaResult:
    return {
        "area": area.value,
        "assessments": [assessment.model_dump(mode="json") for assessment in assessments],
        "findings": [finding.model_dump(mode="json") for finding in findings],
        "tools": list(tools),
        "failed": failed,
        "unread": unread,
    }


def _seen(state: AuditState, context: AuditContext) -> Seen:
    results, asked = _parts(state, context)
    unread = {Unread(*row) for part in (*results.values(), *asked.values()) for row in part["unread"]}
    survey = state["survey"]
    return Seen(
        Target.model_validate(survey["target"]),
        survey["files"],
        tuple(sorted(unread)),
        tuple(Imported.model_validate(item) for item in survey.get("imports", ())),
    )


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
