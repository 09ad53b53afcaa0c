"""The one engine behind every door: a request in, a report out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event as Flag
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from gonogo.agents.asking.environment import settle_environment
from gonogo.agents.asking.plan import ModelPlan
from gonogo.graph.parts import LostPartError, Parts
from gonogo.model.criterion import Area, Criterion
from gonogo.model.evidence import Kept
from gonogo.model.report import Report
from gonogo.model.terms import NO_TERMS, Terms
from gonogo.telemetry.spans import current_span_id
from gonogo.telemetry.tracing import Telemetry
from gonogo.tools.collect import Collector
from gonogo.tools.evidence import EvidenceLog

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver

    from gonogo.graph.state import AuditContext

Event = dict[str, Any]
STEPS = 25


class StoppedRunError(Exception):
    """The audit was told to stop, and did between two steps or two calls of a model."""


@dataclass(frozen=True)
class Request:
    """What to audit. ``catalogue`` holds all criteria, with the operator's severities; ``areas`` are those asked."""

    collector: Collector
    catalogue: tuple[Criterion, ...]
    areas: tuple[Area, ...] = tuple(Area)
    terms: Terms = NO_TERMS
    options: dict[str, str] | None = None


@dataclass(frozen=True)
class Keeping:
    """How an audit outlives its process. Without one of these it does not.

    ``run`` names its checkpoints, which lie at the URL ``checkpoints`` (in memory without one), sealed under ``key``.
    ``keep`` takes evidence, and ``keep_part`` what nodes hand on, before what rests on them is checkpointed;
    ``find_part`` gives the latter back. ``publish`` takes the report and what it was made from before the checkpoints
    are deleted. ``kept`` is what an earlier process kept: the run is resumed.
    """

    run: str = field(default_factory=lambda: uuid4().hex)
    checkpoints: str | None = None
    key: bytes | None = None
    keep: Callable[[tuple[Kept, ...]], None] = lambda kept: None
    keep_part: Callable[[str, bytes], None] = lambda digest, data: None
    find_part: Callable[[str], bytes | None] = lambda digest: None
    publish: Callable[[Report, dict[str, Any]], None] = lambda report, state: None
    kept: tuple[Kept, ...] | None = None
    stopping: Flag = field(default_factory=Flag)
    problem: Callable[[str], None] = lambda problem: None
    """Told of what could not be kept; the audit goes on without it."""


def audit(
    request: Request,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    progress: Callable[[Event], None] = lambda event: None,
    keeping: Keeping | None = None,
    threads: int | None = None,
    plan: ModelPlan | None = None,
    telemetry: Telemetry | None = None,
) -> Report:
    """Runs an audit and returns its report, which has passed the guard.

    ``progress`` hears what happens as it happens; ``plan`` is what models are asked, None leaves them out; the spans of
    its steps go to ``telemetry``. Raises
    RefusedReportError when a claim does not hold, CassetteMissError when what is replayed was not recorded, and
    StoppedRunError when it was told to stop.
    """
    settle_environment()
    from gonogo.graph.savers import CheckpointError, open_saver

    keeping = keeping or Keeping()
    run = _Run(request, keeping, clock, progress, threads, plan, telemetry or Telemetry.off())
    try:
        with open_saver(keeping.checkpoints, key=keeping.key) as saver:
            return run.finish(saver, resumes=keeping.kept is not None)
    except (CheckpointError, LostPartError) as error:
        # Model calls that were answered are in the ledger, and code answers again what it did: only the place is lost.
        keeping.problem(f"{str(error).rstrip('.')}. The audit begins again, without checkpoints.")
        with open_saver(None, key=None) as saver:
            return run.finish(saver, resumes=False)


@dataclass(frozen=True)
class _Run:
    request: Request
    keeping: Keeping
    clock: Callable[[], datetime]
    progress: Callable[[Event], None]
    threads: int | None
    plan: ModelPlan | None
    telemetry: Telemetry

    def finish(self, saver: BaseCheckpointSaver[Any], *, resumes: bool) -> Report:
        """Runs the graph to its end, from where it was or from the beginning, and publishes its report."""
        from langgraph.errors import GraphDrained

        from gonogo.graph.build import build_graph
        from gonogo.graph.nodes import plain_state, written_report
        from gonogo.graph.stopping import control_of

        config = self._config()
        graph = build_graph(saver)
        begun = resumes and saver.get_tuple(config) is not None
        context = self._context(self.keeping.kept if begun else None)
        parts: Iterator[Any] = graph.stream(
            None if begun else {"run": self.keeping.run, "results": {}, "investigations": {}},
            config,
            context=context,
            stream_mode="custom",
            durability="sync",
            control=control_of(self.keeping.stopping),
        )
        try:
            for part in parts:
                self.progress(part)
        except GraphDrained as error:
            raise StoppedRunError("the audit was stopped before its end") from error
        state: Any = graph.get_state(config).values
        report = written_report(state, context)
        self.keeping.publish(report, plain_state(state, context))
        saver.delete_thread(self.keeping.run)
        return report

    def _config(self) -> Any:
        config: dict[str, Any] = {"configurable": {"thread_id": self.keeping.run}, "recursion_limit": STEPS}
        threads = self.threads
        if self.plan is not None and threads is None:
            threads = len(self.request.areas)  # they wait for answers, not for a core
        if threads:
            # Streaming keeps one worker of the pool waiting for events: with one alone it would wait for ever.
            config["max_concurrency"] = threads + 1
        return config

    def _context(self, kept: tuple[Kept, ...] | None) -> AuditContext:
        from gonogo.graph.state import AuditContext

        request = self.request
        log = EvidenceLog(request.collector.repository, current_span_id)
        log.restore(kept or ())
        return AuditContext(
            collector=request.collector,
            log=log,
            catalogue=request.catalogue,
            areas=request.areas,
            terms=request.terms,
            options=request.options or {},
            clock=self.clock,
            keep=self.keeping.keep,
            parts=Parts(self.keeping.keep_part, self.keeping.find_part),
            plan=self.plan,
            telemetry=self.telemetry,
        )
