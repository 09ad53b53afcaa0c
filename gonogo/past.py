"""The earlier runs of a target, from the store. Each is read as its report is: what was changed there, or does not
follow from its own assessments, is named and left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from gonogo.config import load_settings
from gonogo.keeping import NO_STORE, KeepOptions, opened_store
from gonogo.model.baseline import Baseline
from gonogo.model.history import History, LeftOut, PastRun, trend
from gonogo.model.report import Report
from gonogo.review.desk import reviewed_report
from gonogo.run import REPORT_LIMIT, UnreadableReportError, load_report
from gonogo.state import StateError
from gonogo.store.errors import ChangedRunError, StoreError, UnknownRunError
from gonogo.store.runs import FINISHED, find_run, list_runs, read_report

if TYPE_CHECKING:
    from gonogo.store.open import Store

MOST_DRAWN = 30
"""Runs in the chart of a report. Each is read and checked, which takes about a hundredth of a second."""
MOST_UNFINISHED = 3
"""For each run that is asked for, so many may lie between that were stopped."""
THIS_RUN = "this run"
LATEST = "9999"
"""Later than any time at which a run was kept."""
CHANGED = "changed"
KIND = "gonogo baseline"


def read_history(store: Store, target: str, *, limit: int) -> History:
    """The newest runs of a target, at most so many. Raises StoreError."""
    return trend(target, *_past(store, target, limit))


def history_of(report: Report, store: Store, *, run: str = "", limit: int = MOST_DRAWN) -> History | None:
    """The runs of a report's target up to it, and itself; None where no other is like it. ``run`` is the report's own,
    empty where it was just made. Raises StoreError."""
    own = Baseline.of(report)
    found, left = _past(store, own.target, limit)
    found.sort(key=lambda row: row.when)
    same = [number for number, row in enumerate(found) if row.run == run or (not run and row.baseline == own)]
    if same:
        found = found[: same[-1] + 1]
    else:
        late = PastRun(run=run or THIS_RUN, baseline=own, kept=LATEST)
        found = [*(row for row in found if row.when < late.when), late]
    history = trend(own.target, found, left)
    stretch = history.of_kind(own)
    return history if stretch and stretch.is_trend else None


def past_of(options: KeepOptions, tell: Callable[[str], None], *, run: str = "") -> Callable[[Report], History | None]:
    """How a report comes to the history that is drawn into it. Where the store can't be read ``tell`` hears why."""

    def found(report: Report) -> History | None:
        if options.store == NO_STORE:
            return None
        try:
            with opened_store(options) as store:
                return history_of(report, store, run=run)
        except (StoreError, StateError) as error:
            tell(f"{error} The report is written without the history of its target.")
            return None

    return found


def target_name(given: str, config: Path | None = None) -> str:
    """The target that an audit of that folder has; what is no folder is a target's name itself. Raises
    ConfigurationError."""
    folder = Path(given)
    if not folder.is_dir():
        return given
    settings = load_settings(folder, path=config, trust=False, tier=None, environment=None)
    return settings.target or folder.resolve().name or "target"


def read_side(given: str, options: KeepOptions) -> Baseline:
    """What is compared: a report or a baseline in a file, else a run of the store by its id.

    Raises UnreadableReportError, RefusedReportError, StoreError and StateError.
    """
    file = Path(given)
    if file.exists():
        if not file.is_file():
            raise UnreadableReportError(f"{given}: is no file: give a report.json, a baseline, or the id of a run.")
        return _baseline(file) or Baseline.of(load_report(file))
    with opened_store(options) as store:
        return Baseline.of(reviewed_report(store, find_run(store, given).run, datetime.now(UTC)))


def _baseline(file: Path) -> Baseline | None:
    """The baseline in a file, None where it is something else."""
    try:
        if file.stat().st_size > REPORT_LIMIT:
            raise UnreadableReportError(f"{file}: is larger than any report that gonogo writes.")
        data = file.read_bytes()
    except OSError as error:
        raise UnreadableReportError(f"{file}: can't be read ({error.strerror}).") from error
    try:
        plain = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(plain, dict) or plain.get("kind") != KIND:
        return None
    try:
        return Baseline.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the document"
        raise UnreadableReportError(f"{file}: is no baseline that gonogo wrote: {where}: {first['msg']}.") from error


def _past(store: Store, target: str, limit: int) -> tuple[list[PastRun], list[LeftOut]]:
    found: list[PastRun] = []
    left: list[LeftOut] = []
    for row in list_runs(store, limit=limit * (1 + MOST_UNFINISHED), target=target):
        if len(found) == limit:
            break
        if row.state == CHANGED:
            left.append(LeftOut(run=row.run, why="it is not what was stored: see gonogo runs verify"))
        if row.state != FINISHED:
            continue
        try:
            report = read_report(store, row.run)
        except (ChangedRunError, UnknownRunError) as error:
            left.append(LeftOut(run=row.run, why=str(error).rstrip(".")))
            continue
        if report.target.name != target:
            left.append(LeftOut(run=row.run, why="it is one of another target"))
        else:
            found.append(PastRun(run=row.run, baseline=Baseline.of(report), kept=row.ended or ""))
    return found, left
