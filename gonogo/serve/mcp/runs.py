"""The runs that a client may read: those in gonogo's store whose target lies below the operator's folders."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Literal

from gonogo.agents.guard import check_report
from gonogo.agents.reviewing import apply_decisions
from gonogo.keeping import KeepOptions, opened_store
from gonogo.model.decision import Decided
from gonogo.model.report import Report
from gonogo.review.desk import read_decided
from gonogo.serve import answers
from gonogo.serve.mcp.audits import Audits, Started
from gonogo.serve.mcp.roots import RefusedError, are_below, shown, without_paths
from gonogo.serve.mcp.slots import is_held
from gonogo.serve.shapes import Answer, Standing
from gonogo.store.errors import UnknownRunError
from gonogo.store.open import Store
from gonogo.store.runs import FINISHED, RunRow, find_run, list_runs, read_report
from gonogo.store.spans import read_spans

State = Literal["starting", "running", "finished", "failed", "interrupted"]
MOST_LISTED = 200
REPORTS_HELD = 4
UNKNOWN = "{run} is no run that this server may read: list_runs has those."
SAID = {"execute_tool": "read", "checks": "answered", "invoke_agent": "finished", "chat": "asked"}
"""What the kinds of steps have done."""
DIED = "its process ended without a word: gonogo runs resume {run} goes on with it."


class RunLine(Answer):
    """A run in a list. ``created`` is ISO 8601 in UTC, empty while it starts; ``verdict`` None without a report."""

    run: str
    target: str
    state: State
    created: str
    verdict: str | None


class RunStatus(RunLine):
    """How far a run is. ``steps`` counts those that ended, ``last_step`` is the last of them; ``why`` says what ended
    it, ``problems`` what could not be kept; ``standing`` is there where it is finished."""

    steps: int
    last_step: str
    why: str
    problems: tuple[str, ...]
    standing: Standing | None

    @property
    def is_over(self) -> bool:
        return self.state not in ("starting", "running")


@dataclass
class Runs:
    """Reads gonogo's own store; writes nothing."""

    keeping: KeepOptions
    roots: tuple[Path, ...]
    locks: Path
    audits: Audits
    clock: Callable[[], datetime]
    _reports: OrderedDict[tuple[object, ...], Report] = field(default_factory=OrderedDict, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def status(self, run: str = "") -> RunStatus:
        """How far a run is: the one of that id, else what this server audits now, else the newest. Raises
        RefusedError, StoreError."""
        newest = self.audits.newest() if not run else None
        name = newest.run if newest else run
        started = self.audits.find(name.strip().lower())
        with opened_store(self.keeping) as store:
            try:
                row = self._row(store, started.run if started else name)
            except RefusedError:
                if started is None:
                    raise
                return before_admission(started)
            spans = read_spans(store, row.run)
            line = self._line(store, row)
        why = without_paths(row.why)
        if line.state == "interrupted" and not why:
            why = DIED.format(run=row.run[:8])
        return RunStatus(
            **dict(line),
            steps=len(spans),
            last_step=_step(spans[-1].name) if spans else "",
            why=why or (started.failed if started else ""),
            problems=tuple(started.problems) if started else (),
            standing=answers.status(self.report(row.run)[1]) if line.state == FINISHED else None,
        )

    def list(self, limit: int) -> tuple[RunLine, ...]:
        """The newest runs first. Raises StoreError."""
        with opened_store(self.keeping) as store:
            rows = [row for row in list_runs(store, limit=MOST_LISTED) if self._is_own(row)]
            return tuple(self._line(store, row) for row in rows[: max(1, min(limit, MOST_LISTED))])

    def report(self, run: str = "") -> tuple[str, Report]:
        """A run's id and its report with what persons decided on it, after checking that it holds; the newest that is
        finished where none is named.

        Raises RefusedError, StoreError, RefusedReportError.
        """
        now = self.clock()
        with opened_store(self.keeping) as store:
            row = self._row(store, run, finished=True)
            made = read_decided(store, row.run)
            key = (row.run, tuple(decision.id for decision in made), now.date())
            with self._lock:
                held = self._reports.get(key)
            if held is not None:
                return row.run, held
            report = apply_decisions(read_report(store, row.run), made, now)
        check_report(report)
        with self._lock:
            self._reports[key] = report
            while len(self._reports) > REPORTS_HELD:
                self._reports.popitem(last=False)
        return row.run, report

    def audited(self, run: str) -> tuple[Report, tuple[Decided, ...]]:
        """A run's report as it was audited, and what persons decided on it since. Raises StoreError."""
        with opened_store(self.keeping) as store:
            return read_report(store, run), read_decided(store, run)

    def _row(self, store: Store, run: str, *, finished: bool = False) -> RunRow:
        """The row of a run that a client may read. Of another it is not said that it is there."""
        if not run.strip():
            for row in list_runs(store, limit=MOST_LISTED):
                if self._is_own(row) and (row.state == FINISHED or not finished):
                    return row
            raise RefusedError("no run is there yet: start one with audit.")
        try:
            row = find_run(store, run.strip().lower())
        except UnknownRunError as error:
            raise RefusedError(UNKNOWN.format(run=shown(run))) from error
        if not self._is_own(row):
            raise RefusedError(UNKNOWN.format(run=shown(run)))
        if finished and row.state != FINISHED:
            state = self._line(store, row).state
            raise RefusedError(f"run {row.run[:8]} is {state} and has no report: ask status what became of it.")
        return row

    def _is_own(self, row: RunRow) -> bool:
        """Whether it is one of a target below the operator's folders, and nobody changed its row."""
        paths = row.admission.options.get("paths") if row.state != "changed" else None
        return isinstance(paths, list | tuple) and are_below(paths, self.roots)

    def _line(self, store: Store, row: RunRow) -> RunLine:
        """A run whose process is gone was interrupted, unless it came to its end since its row was read."""
        is_gone = row.state == "running" and not is_held(self.locks / f"{row.run}.lock")
        if is_gone:
            row = find_run(store, row.run)
        state = "interrupted" if is_gone and row.state == "running" else row.state
        return RunLine.model_validate(
            {"run": row.run, "target": row.target, "state": state, "created": row.created, "verdict": row.verdict}
        )


def _step(name: str) -> str:
    """A step that ended, in words."""
    kind, _, what = name.partition(" ")
    return f"{SAID[kind]} {what}" if what and kind in SAID else name


def before_admission(started: Started) -> RunStatus:
    """An audit that is not in the store: it has just begun, or never came so far."""
    state: State = "starting"
    if started.is_over:
        state = "failed"
    return RunStatus(
        run=started.run,
        target=started.target,
        state=state,
        created="",
        verdict=None,
        steps=0,
        last_step="",
        why=started.failed or ("it ended before it began." if started.is_over else ""),
        problems=tuple(started.problems),
        standing=None,
    )
