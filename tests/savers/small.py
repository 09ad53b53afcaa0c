"""A small graph in the shape of an audit: a survey, a fan-out by ``Send``, a node where all meet, and a decision."""

from __future__ import annotations

import time
from typing import Annotated, Any, TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.errors import NodeError
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Send

from gonogo.graph.state import merge

AREAS = [f"area-{number:02}" for number in range(12)]
"""More than ten: a database that orders a task's writes by text mixes them up."""
BROKEN = AREAS[3]
PATIENCE = 60.0


class State(TypedDict, total=False):
    mood: str
    areas: list[str]
    results: Annotated[dict[str, str], merge]
    verdict: str


class StopError(Exception):
    pass


def build(saver: Any, *, stops: bool = False, ran: list[str] | None = None) -> Any:
    """The graph. With ``stops`` the decision is never come to: one area's node fails last, without a handler."""

    def note(name: str) -> None:
        if ran is not None:
            ran.append(name)

    def survey(state: State) -> State:
        note("survey")
        return {"areas": AREAS}

    def route(state: State) -> list[Send]:
        return [Send("specialist", {"area": area, "mood": state["mood"]}) for area in state["areas"]]

    def specialist(task: dict[str, str], config: RunnableConfig) -> State:
        note(task["area"])
        if task["area"] == BROKEN:
            if stops:
                wait_for_the_others(saver, config)
            raise StopError
        return {"results": {task["area"]: f"{task['mood']} {task['area']}"}}

    def degrade(task: dict[str, str], error: NodeError) -> Command[Any]:
        note(f"handler of {task['area']}")
        return Command(update={"results": {task["area"]: "lost"}}, goto="decide")

    def decide(state: State) -> State:
        note("decide")
        return {"verdict": f"{state['mood']}: {len(state['results'])} of {len(state['areas'])}"}

    graph: Any = StateGraph(State)
    graph.add_node("survey", survey)
    graph.add_node("specialist", specialist, **({} if stops else {"error_handler": degrade}))
    graph.add_node("decide", decide)
    graph.add_edge(START, "survey")
    graph.add_conditional_edges("survey", route, ["specialist"])
    graph.add_edge("specialist", "decide")
    graph.add_edge("decide", END)
    return graph.compile(checkpointer=saver)


def wait_for_the_others(saver: Any, config: RunnableConfig) -> None:
    """Until all areas but the broken one are kept: which of them had begun when it fails is else up to chance."""
    thread = config["configurable"]["thread_id"]
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        kept = {task for task, *_ in saver.get_tuple(config_of(thread)).pending_writes}
        if len(kept) == len(AREAS) - 1:
            return
        time.sleep(0.005)
    raise AssertionError(f"after {PATIENCE} s the other areas are not kept")


def config_of(thread: str) -> Any:
    return {"configurable": {"thread_id": thread}}


def run(saver: Any, thread: str, *, mood: str = "fail", stops: bool = False) -> Any:
    """Begins a run: its state at the end."""
    return build(saver, stops=stops).invoke({"mood": mood, "results": {}}, config_of(thread), durability="sync")


def go_on(saver: Any, thread: str, ran: list[str] | None = None, *, mood: str = "fail") -> Any:
    """Goes on with a run that was cut off, as an audit does: from its beginning where nothing was kept."""
    begun = saver.get_tuple(config_of(thread)) is not None
    given = None if begun else {"mood": mood, "results": {}}
    return build(saver, ran=ran).invoke(given, config_of(thread), durability="sync")


def expected(mood: str = "fail") -> dict[str, Any]:
    """The state at the end of an unbroken run."""
    results = {area: "lost" if area == BROKEN else f"{mood} {area}" for area in AREAS}
    return {"mood": mood, "areas": AREAS, "results": results, "verdict": f"{mood}: {len(AREAS)} of {len(AREAS)}"}
