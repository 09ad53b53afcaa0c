"""The one engine behind every door: a request in, a report out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from gonogo.agents.asking.environment import settle_environment
from gonogo.agents.asking.plan import ModelPlan
from gonogo.model.criterion import Area, Criterion
from gonogo.model.report import Concession, Report
from gonogo.tools.collect import Collector
from gonogo.tools.evidence import EvidenceLog

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver

Event = dict[str, Any]
VALID_DAYS = 30
STEPS = 25


@dataclass(frozen=True)
class Request:
    """What to audit. ``catalogue`` holds all criteria, with the operator's severities; ``areas`` are those asked."""

    collector: Collector
    catalogue: tuple[Criterion, ...]
    areas: tuple[Area, ...] = tuple(Area)
    concessions: tuple[Concession, ...] = ()
    not_counted: tuple[Concession, ...] = ()
    options: dict[str, str] | None = None
    valid_days: int = VALID_DAYS


def audit(
    request: Request,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    progress: Callable[[Event], None] = lambda event: None,
    checkpoints: Path | None = None,
    threads: int | None = None,
    plan: ModelPlan | None = None,
) -> Report:
    """Runs an audit and returns its report, which has passed the guard.

    ``checkpoints`` is a SQLite file for the run's state (in memory without one); ``progress`` hears what happens as
    it happens; ``plan`` is what models are asked, None leaves them out. Raises RefusedReportError when a claim does not
    hold, and CassetteMissError when what is replayed was not recorded.
    """
    settle_environment()
    from gonogo.graph.build import build_graph
    from gonogo.graph.state import AuditContext

    context = AuditContext(
        collector=request.collector,
        log=EvidenceLog(request.collector.repository),
        catalogue=request.catalogue,
        areas=request.areas,
        concessions=request.concessions,
        not_counted=request.not_counted,
        options=request.options or {},
        clock=clock,
        valid_days=request.valid_days,
        plan=plan,
    )
    run = uuid4().hex
    config: Any = {"configurable": {"thread_id": run}, "recursion_limit": STEPS}
    if plan is not None and threads is None:
        threads = len(request.areas)  # they wait for answers, not for a core
    if threads:
        # Streaming keeps one worker of the pool waiting for events: with one alone it would wait for ever.
        config["max_concurrency"] = threads + 1
    with _saver(checkpoints) as saver:
        graph = build_graph(saver)
        state: dict[str, Any] = {}
        parts: Iterator[tuple[str, Any]] = graph.stream(  # type: ignore[assignment]
            {"results": {}, "investigations": {}}, config, context=context, stream_mode=["custom", "values"]
        )
        for mode, part in parts:
            if mode == "custom":
                progress(part)
            else:
                state = part
        saver.delete_thread(run)
    return Report.model_validate(state["draft"])


@contextmanager
def _saver(path: Path | None) -> Iterator[BaseCheckpointSaver[Any]]:
    if path is None:
        from langgraph.checkpoint.memory import InMemorySaver

        yield InMemorySaver()
        return
    from langgraph.checkpoint.sqlite import SqliteSaver

    path.parent.mkdir(parents=True, exist_ok=True)
    with SqliteSaver.from_conn_string(str(path)) as saver:
        yield saver
