"""Makes a run's report again from what was recorded of it: no target, no model, no network."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gonogo.agents.asking.environment import settle_environment
from gonogo.facts.repository import Repository
from gonogo.model.report import Report
from gonogo.model.run_file import RunFile
from gonogo.model.target import Target
from gonogo.tools.collect import Collector
from gonogo.tools.evidence import EvidenceLog

STEPS = 10


def replay(file: RunFile) -> Report:
    """Decides, writes and guards again, by the steps of an audit. What models said stands only as far as the guard
    finds it in the evidence. Raises RefusedReportError, and pydantic's ValidationError for what is no state of a run.
    """
    settle_environment()
    from gonogo.graph.build import build_replay
    from gonogo.graph.nodes import written_report
    from gonogo.graph.state import AuditContext

    log = EvidenceLog(Repository())
    log.restore(file.evidence)
    context = AuditContext(
        collector=Collector(Repository(), Target.model_validate(file.state["survey"]["target"]), tools={}),
        log=log,
        catalogue=file.criteria,
        areas=file.areas,
        terms=file.terms,
        options=file.options,
        clock=lambda: datetime.fromisoformat(file.clock),
        is_there=False,
    )
    parts, given = context.parts, file.state
    state: Any = {
        **{name: given[name] for name in ("areas", "survey", "asked")},
        "results": {area: parts.put(part) for area, part in given["results"].items()},
        "investigations": {area: parts.put(part) for area, part in given["investigations"].items()},
        "written": parts.put(given["written"]) if given["written"] else None,
    }
    build_replay().invoke(state, {"recursion_limit": STEPS}, context=context)
    return written_report(state, context)
