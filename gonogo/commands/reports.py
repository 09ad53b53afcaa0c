"""The reports that commands work on: of a run in the store, a JSON report, or an exported run, and only what holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from gonogo.commands.output import Problem, load

if TYPE_CHECKING:
    from gonogo.model.report import Report

EXPORTED = ".gonogo"


def find_report(reference: str, given: dict[str, Any]) -> Report:
    """The report of a run's id (or its first digits), of a JSON report, or of a file of ``gonogo runs export``; of a
    folder, which is audited now, by code alone and without being kept.

    ``given`` are the options of ``store_options``. Raises Problem for one that is not there or does not hold.
    """
    file = Path(reference)
    if file.is_dir():
        return _audited(file)
    if file.is_file():
        return _exported(file) if file.suffix == EXPORTED else load(file)
    if file.suffix:
        raise Problem(f"{reference}: there is no such file, and it is no run's id: see gonogo runs list.")
    return stored_report(reference, given)


def stored_report(run: str, given: dict[str, Any]) -> Report:
    """The report of a run in the store, with what persons decided on it."""
    from datetime import UTC, datetime

    from gonogo.agents.guard import RefusedReportError, check_report
    from gonogo.keeping import KeepOptions, opened_store
    from gonogo.review.desk import reviewed_report
    from gonogo.state import StateError
    from gonogo.store.errors import StoreError
    from gonogo.store.runs import find_run

    try:
        with opened_store(KeepOptions(**given)) as store:
            report = reviewed_report(store, find_run(store, run).run, datetime.now(UTC))
        check_report(report)
    except (StoreError, StateError, RefusedReportError) as error:
        raise Problem(str(error)) from error
    return report


def _audited(folder: Path) -> Report:
    from gonogo.commands.output import AREAS
    from gonogo.commands.runs import audit_problems
    from gonogo.keeping import NO_STORE, KeepOptions
    from gonogo.run import Options, run_audit

    options = Options((folder,), None, None, AREAS, None, False, keeping=KeepOptions(store=NO_STORE))
    with audit_problems():
        return run_audit(options, show_progress=False).report


def _exported(file: Path) -> Report:
    from gonogo.replaying import RunFileError, replay_file

    try:
        return replay_file(file)
    except RunFileError as error:
        raise Problem(str(error)) from error
