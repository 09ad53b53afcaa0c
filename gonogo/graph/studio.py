"""The graph for LangGraph's own tools, which ``langgraph.json`` names: they call ``graph()`` and give it a path.

A graph around the graph of an audit: ``open`` looks at what is to be audited, ``audit`` runs the steps of every audit
as a graph within. No model is asked, and no run is kept. Those tools know no objects: input, state and output are plain
data, and what an audit holds beside them is made where it is needed and goes with it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel

from gonogo.agents.asking.environment import settle_environment
from gonogo.graph.parts import LostPartError
from gonogo.model.criterion import Area
from gonogo.model.target import Target, Tier
from gonogo.tools.errors import ToolError

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

    from gonogo.graph.state import AuditContext

STEPS = 25


class StudioInput(BaseModel):
    """What to audit: ``path`` is the folder of a repository; ``tier``, ``environment`` and ``areas`` are those of
    ``gonogo audit``, all areas where none is named."""

    path: str
    tier: Literal["A", "B", "C"] | None = None
    environment: str | None = None
    areas: list[str] | None = None


class StudioState(StudioInput):
    """What the steps pass on: ``created`` is the time that the report tells (ISO 8601, UTC)."""

    created: str = ""


class StudioOutput(BaseModel):
    """The verdict, and the report as ``-f json`` writes it."""

    verdict: str
    report: dict[str, Any]


class _Whole(StudioState):
    verdict: str = ""
    report: dict[str, Any] = {}


def graph() -> CompiledStateGraph[Any, Any, Any, Any]:
    """The graph, to be called with ``{"path": FOLDER}``. When it runs it raises ToolError, ConfigurationError and what
    ``audit`` raises."""
    settle_environment()
    from langgraph.graph import END, START, StateGraph

    from gonogo.graph.build import build_graph
    from gonogo.graph.nodes import written_report

    steps = build_graph(None)
    afresh = build_graph(False)

    def audit(state: StudioState) -> dict[str, Any]:
        """What specialists came to lies with the process: one that goes on elsewhere begins this step again."""
        begun: Any = {"run": "", "results": {}, "investigations": {}}
        context = _context(state)
        try:
            done: Any = steps.invoke(begun, {"recursion_limit": STEPS}, context=context)
        except LostPartError:
            context = _context(state)
            done = afresh.invoke(begun, {"recursion_limit": STEPS}, context=context)
        report = written_report(done, context)
        return {"verdict": report.verdict.value.value, "report": report.model_dump(mode="json")}

    outer = StateGraph(_Whole, input_schema=StudioInput, output_schema=StudioOutput)
    outer.add_node("open", _open)
    outer.add_node("audit", audit)
    outer.add_edge(START, "open")
    outer.add_edge("open", "audit")
    outer.add_edge("audit", END)
    return outer.compile(name="gonogo")


def _open(state: StudioInput) -> dict[str, Any]:
    """Says early, in words, what can't be audited."""
    if not Path(state.path).is_dir():
        raise ToolError(f"{state.path or 'path'}: is not a folder: give the folder of a repository as path.")
    for area in state.areas or ():
        if area not in list(Area):
            raise ToolError(f"{area!r} is no area: the areas are {', '.join(Area)}.")
    return {"created": datetime.now(UTC).isoformat(timespec="seconds")}


def _context(state: StudioState) -> AuditContext:
    from gonogo.config import load_settings
    from gonogo.criteria import load_catalogue
    from gonogo.graph.state import AuditContext
    from gonogo.model.terms import Terms
    from gonogo.tools.collect import Collector
    from gonogo.tools.evidence import EvidenceLog
    from gonogo.tools.repository import open_repository

    folder, asked = Path(state.path), state.areas or ()
    tier, environment = Tier(state.tier) if state.tier else None, state.environment or None
    settings = load_settings(folder, path=None, trust=False, tier=tier, environment=environment)
    name = settings.target or folder.resolve().name or "target"
    repository = open_repository((folder.resolve(),))
    target = Target(name=name, tier=settings.tier, environment=settings.environment)
    made = datetime.fromisoformat(state.created)
    given = {"tier": state.tier, "environment": environment, "areas": ",".join(asked)}
    return AuditContext(
        collector=Collector(repository, target),
        log=EvidenceLog(repository),
        catalogue=settings.apply(load_catalogue()),
        areas=tuple(area for area in Area if not asked or area.value in asked),
        terms=Terms(concessions=settings.concessions, not_counted=settings.not_counted, policy=settings.policy),
        options={key: value for key, value in given.items() if value},
        clock=lambda: made,
    )
