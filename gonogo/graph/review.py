"""A review as a graph: it stops at each question to a person, and goes on with the answer, hours and processes later.

What is decided lies in the store, where all who review see it; the checkpoints of one person's review only say where
they are in it. A node can run again after a kill: a decision that is recorded already is not recorded twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Checkpointer, Command, interrupt
from pydantic import ValidationError

from gonogo.agents.review_items import OpenItem, open_items
from gonogo.agents.review_rules import RefusedDecisionError
from gonogo.graph.savers import open_saver
from gonogo.model.decision import Decided
from gonogo.model.report import Report

STEPS = 10
"""Of one answer: it is asked, recorded, and what is open is looked up again."""


class ReviewState(TypedDict, total=False):
    """Plain data: subjects that wait, and those that the person passed over; why the last answer was refused."""

    open: list[str]
    skipped: list[str]
    refused: str
    is_over: bool


@dataclass(frozen=True)
class ReviewContext:
    """What a review works on. ``report`` gives the report with all that is decided by now; ``record`` keeps a decision,
    of whose subject its maker has seen so many, or raises RefusedDecisionError."""

    report: Callable[[], Report]
    record: Callable[[Decided, int], None]


def find_open(state: ReviewState, runtime: Runtime[ReviewContext]) -> ReviewState:
    """What waits for this person."""
    skipped = set(state.get("skipped", []))
    return {"open": [item.subject for item in open_items(runtime.context.report()) if item.subject not in skipped]}


def ask(state: ReviewState, runtime: Runtime[ReviewContext]) -> ReviewState:
    """Stops for an answer, then does what it says: decide, skip, or end."""
    answer: Any = interrupt({"open": state.get("open", []), "refused": state.get("refused", "")})
    if answer["do"] == "end":
        return {"is_over": True, "refused": ""}
    if answer["do"] == "skip":
        return {"skipped": sorted({*state.get("skipped", []), answer["subject"]}), "refused": ""}
    try:
        runtime.context.record(Decided.model_validate_json(answer["decision"]), answer["seen"])
    except ValidationError as error:
        return {"refused": f"the answer is no decision: {error.errors()[0]['msg']}."}
    except RefusedDecisionError as error:
        return {"refused": str(error)}
    return {"refused": ""}


def decided(state: ReviewState) -> ReviewState:
    """The end: all that was decided is in the store."""
    return {"open": []}


def go_on(state: ReviewState) -> str:
    """Where to after an answer."""
    return "decided" if state.get("is_over") else "open_items"


def build_review(checkpointer: Checkpointer) -> CompiledStateGraph[Any, ReviewContext, Any, Any]:
    """Compiles the graph of a review."""
    graph = StateGraph(ReviewState, context_schema=ReviewContext)
    graph.add_node("open_items", find_open)
    graph.add_node("ask", ask)
    graph.add_node("decided", decided)
    graph.add_edge(START, "open_items")
    graph.add_edge("open_items", "ask")
    graph.add_conditional_edges("ask", go_on, ["open_items", "decided"])
    graph.add_edge("decided", END)
    return graph.compile(checkpointer=checkpointer, name="review")


def thread_of(run: str, who: str) -> str:
    """The name of one person's review of a run among the checkpoints."""
    return f"review-{run}-{hashlib.sha256(who.encode()).hexdigest()[:8]}"


@dataclass(frozen=True)
class Review:
    """A person's review that waits for an answer. ``is_resumed``: it was broken off before."""

    graph: CompiledStateGraph[Any, ReviewContext, Any, Any]
    context: ReviewContext
    config: Any
    is_resumed: bool

    @property
    def report(self) -> Report:
        """With all that is decided by now, by whomever."""
        return self.context.report()

    def waiting(self) -> tuple[OpenItem, ...]:
        """What still waits for this person."""
        skipped = set(self._state().get("skipped", []))
        return tuple(item for item in open_items(self.report) if item.subject not in skipped)

    def decide(self, decision: Decided, seen: int) -> None:
        """Records a decision, of whose subject so many were seen. Raises RefusedDecisionError."""
        self._answer({"do": "decide", "decision": decision.as_made().model_dump_json(), "seen": seen})
        if refused := self._state().get("refused"):
            raise RefusedDecisionError(refused)

    def skip(self, subject: str) -> None:
        """Passes over it, also when the review goes on later."""
        self._answer({"do": "skip", "subject": subject})

    def end(self) -> None:
        """Ends the review: the next one begins with all that is open then."""
        self._answer({"do": "end"})
        saver: Any = self.graph.checkpointer
        saver.delete_thread(self.config["configurable"]["thread_id"])

    def _answer(self, answer: dict[str, Any]) -> None:
        self.graph.invoke(Command(resume=answer), self.config, context=self.context, durability="sync")

    def _state(self) -> ReviewState:
        return self.graph.get_state(self.config).values  # type: ignore[return-value]


@contextmanager
def open_review(
    context: ReviewContext, *, run: str, who: str, checkpoints: str | None, key: bytes | None
) -> Iterator[Review]:
    """A person's review of a run, where it was broken off or from its beginning. Raises CheckpointError."""
    with open_saver(checkpoints, key=key) as saver:
        graph = build_review(saver)
        config: Any = {"configurable": {"thread_id": thread_of(run, who)}, "recursion_limit": STEPS}
        is_resumed = saver.get_tuple(config) is not None
        graph.invoke(None if is_resumed else {}, config, context=context, durability="sync")
        yield Review(graph, context, config, is_resumed)
