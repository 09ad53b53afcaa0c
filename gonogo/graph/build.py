"""The graph: survey, route, parallel specialists, their models in parallel, decide, synthesize, guard."""

from __future__ import annotations

from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Checkpointer

from gonogo.graph.model_nodes import forgo, investigate, route_models
from gonogo.graph.nodes import answered, decide, degrade, guard, route, specialist, survey, synthesize
from gonogo.graph.state import AuditContext, AuditState


def build_graph(checkpointer: Checkpointer) -> CompiledStateGraph[Any, AuditContext, Any, Any]:
    """Compiles the graph of an audit. With False it has no checkpoints even inside of a graph that has some."""
    graph = StateGraph(AuditState, context_schema=AuditContext)
    graph.add_node("survey", survey)
    graph.add_node("specialist", specialist, error_handler=degrade)  # type: ignore[call-overload,arg-type,unused-ignore]
    graph.add_node("investigate", investigate, error_handler=forgo)  # type: ignore[call-overload,arg-type,unused-ignore]
    graph.add_node("answered", answered)
    graph.add_node("decide", decide)
    graph.add_node("synthesize", synthesize)
    graph.add_node("guard", guard)
    graph.add_edge(START, "survey")
    graph.add_conditional_edges("survey", route, ["specialist"])
    graph.add_edge("specialist", "answered")
    graph.add_conditional_edges("answered", route_models, ["investigate", "decide"])
    graph.add_edge("investigate", "decide")
    graph.add_edge("decide", "synthesize")
    graph.add_edge("synthesize", "guard")
    graph.add_edge("guard", END)
    return graph.compile(checkpointer=checkpointer, name="audit")


def build_replay() -> CompiledStateGraph[Any, AuditContext, Any, Any]:
    """Compiles the last steps of an audit, from its decision on."""
    graph = StateGraph(AuditState, context_schema=AuditContext)
    graph.add_node("decide", decide)
    graph.add_node("synthesize", synthesize)
    graph.add_node("guard", guard)
    graph.add_edge(START, "decide")
    graph.add_edge("decide", "synthesize")
    graph.add_edge("synthesize", "guard")
    graph.add_edge("guard", END)
    return graph.compile(name="replay")
