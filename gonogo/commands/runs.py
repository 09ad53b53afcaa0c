"""The commands on runs that are kept: list, show, resume, export, prune and verify them, draw traces, replay files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gonogo.commands.options import keeping_options, store_options
from gonogo.commands.output import (
    FAIL_ON,
    FORMAT_NAMES,
    Names,
    Problem,
    check_formats,
    deliver,
    leave,
    print_report,
    write_report,
)

if TYPE_CHECKING:
    from gonogo.model.report import Report
    from gonogo.run import Done
    from gonogo.store.open import Store

SHORT = 8
"""Digits of a run's id that are shown: enough to find it by."""
KEPT_DAYS = 90
_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def runs() -> None:
    """The runs that were kept."""


@runs.command("list")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="The most to list.")
@click.option("--target", help="Only those of this target.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@store_options
def list_runs(limit: int, target: str | None, as_json: bool, **given: Any) -> None:
    """List runs, the newest first."""
    from gonogo.report.runs import list_as_json, list_as_text
    from gonogo.store.runs import list_runs

    with _store(given) as store:
        rows = [row.plain() for row in list_runs(store, limit=limit, target=target)]
    click.echo(list_as_json(rows) if as_json else list_as_text(rows), nl=False)


@runs.command("show")
@click.argument("run")
@click.option("-f", "--format", "formats", type=Names(FORMAT_NAMES), help="Its report, in these formats.")
@click.option("-o", "--output", type=_FOLDER, help="A folder for the reports.")
@click.option("--no-history", is_flag=True, help="HTML without the history of its target, as a replay makes it.")
@store_options
def show_run(run: str, formats: tuple[str, ...] | None, output: Path | None, no_history: bool, **given: Any) -> None:
    """Show what became of RUN, or its report with -f: with what persons decided on it."""
    from datetime import UTC, datetime

    from gonogo.keeping import KeepOptions
    from gonogo.past import past_of
    from gonogo.report.runs import run_as_text
    from gonogo.review.desk import reviewed_report
    from gonogo.store.history import read_history
    from gonogo.store.runs import find_run

    check_formats(formats, output)
    with _store(given) as store:
        row = find_run(store, run)
        if formats is None and output is None:
            click.echo(run_as_text(row.plain(), read_history(store, row.run)), nl=False)
            return
        report = reviewed_report(store, row.run, datetime.now(UTC))
    _check(report)
    past = None if no_history else past_of(KeepOptions(**given), tell(), run=row.run)
    if output is not None:
        write_report(report, formats or ("md", "html", "json"), output, quiet=False, past=past)
    elif formats:
        print_report(report, formats[0], past)


@runs.command("resume")
@click.argument("run")
@click.option("-f", "--format", "formats", type=Names(FORMAT_NAMES), help=f"{', '.join(FORMAT_NAMES)}.")
@click.option("-o", "--output", type=_FOLDER, help="A folder for the reports.")
@click.option("--fail-on", type=click.Choice(FAIL_ON), help="Exit 1 from this on, else 0 (default: by the verdict).")
@click.option("--quiet", is_flag=True, help="No progress and no summary; reports and exit code only.")
@keeping_options
def resume(
    run: str, formats: tuple[str, ...] | None, output: Path | None, fail_on: str | None, quiet: bool, **given: Any
) -> None:
    """Go on with RUN, which did not come to its end, where it was."""
    from gonogo.keeping import KeepOptions
    from gonogo.run import resume_run

    check_formats(formats, output)
    with audit_problems():
        done = resume_run(
            run,
            KeepOptions(**given),
            show_progress=not quiet,
            tell=tell(),
            deliver=lambda report: deliver(report, formats, output, quiet=quiet),
        )
    tell_run(done, quiet)
    leave(done.report, fail_on)


@runs.command("export")
@click.argument("run")
@click.option("-o", "--output", type=_FILE, help="The file to write (default: RUN.gonogo in this folder).")
@store_options
def export(run: str, output: Path | None, **given: Any) -> None:
    """Write RUN to one file, from which `gonogo replay` makes its report again, anywhere."""
    from gonogo.replaying import RunFileError, export_run
    from gonogo.store.runs import find_run

    with _store(given) as store:
        try:
            data = export_run(store, run)
        except RunFileError as error:
            raise Problem(str(error)) from error
        path = output or Path(f"{find_run(store, run).run[:SHORT]}.gonogo")
    try:
        path.write_bytes(data)
    except OSError as error:
        raise Problem(f"{path}: can't be written ({error.strerror}): give another file with -o.") from error
    click.echo(f"wrote {path} ({len(data):,} bytes)", err=True)


@runs.command("prune")
@click.option(
    "--older-than",
    "days",
    type=click.IntRange(min=0),
    default=KEPT_DAYS,
    show_default=True,
    metavar="DAYS",
    help="What is older goes.",
)
@click.option("--whole-runs", is_flag=True, help="Reports and evidence too, not only transcripts and traces.")
@store_options
def prune(days: int, whole_runs: bool, **given: Any) -> None:
    """Delete what models were asked and said, and the traces, of runs that are older; reports and evidence stay."""
    from datetime import UTC, datetime, timedelta

    from gonogo.graph.sealed import CheckpointError
    from gonogo.keeping import KeepOptions, prune_runs
    from gonogo.report.runs import pruned_as_text
    from gonogo.state import StateError
    from gonogo.store.errors import StoreError

    before = datetime.now(UTC) - timedelta(days=days)
    try:
        done = prune_runs(KeepOptions(**given), before=before, whole_runs=whole_runs)
    except (StoreError, StateError, CheckpointError) as error:
        raise Problem(str(error)) from error
    click.echo(pruned_as_text(done.plain()), nl=False)


@runs.command("verify")
@click.argument("run", required=False)
@store_options
def verify(run: str | None, **given: Any) -> None:
    """Read again all that is stored (of RUN), and say what is not what was stored. Exits with 1 where something is."""
    from gonogo.store.runs import find_id
    from gonogo.store.verify import verify

    with _store(given) as store:
        problems = verify(store, find_id(store, run) if run else None)
    for problem in problems:
        click.echo(str(problem))
    click.echo(f"{len(problems)} problems" if problems else "all that is stored is what was stored", err=True)
    sys.exit(1 if problems else 0)


@click.group()
def trace() -> None:
    """The traces of runs."""


@trace.command("show")
@click.argument("run")
@click.option("--slow", is_flag=True, help="The slowest steps by their own time.")
@click.option("--cost", is_flag=True, help="Tokens and money by specialist and model.")
@click.option("--json", "as_json", is_flag=True, help="The spans as JSON.")
@store_options
def show_trace(run: str, slow: bool, cost: bool, as_json: bool, **given: Any) -> None:
    """Draw the trace of RUN: its steps with time, tokens and money."""
    from gonogo.report.trace import draw_trace, trace_json
    from gonogo.store.runs import find_run
    from gonogo.store.spans import read_spans

    with _store(given) as store:
        row = find_run(store, run)
        spans = read_spans(store, row.run)
    if not spans:
        raise Problem(f"run {row.run} has no trace: it was pruned, or the run ended before its first step.")
    click.echo(trace_json(spans) if as_json else draw_trace(spans, slow=slow, cost=cost), nl=False)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-f", "--format", "formats", type=Names(FORMAT_NAMES), help=f"{', '.join(FORMAT_NAMES)}.")
@click.option("-o", "--output", type=_FOLDER, help="A folder for the reports.")
@click.option("--verify", "paths", multiple=True, type=_FOLDER, help="Hold its evidence against the target here.")
@click.option("--fail-on", type=click.Choice(FAIL_ON), help="Exit 1 from this on, else 0 (default: by the verdict).")
@click.option("--quiet", is_flag=True, help="No summary; reports and exit code only.")
def replay(
    file: Path,
    formats: tuple[str, ...] | None,
    output: Path | None,
    paths: tuple[Path, ...],
    fail_on: str | None,
    quiet: bool,
) -> None:
    """Make the report of an exported run again: offline, byte for byte."""
    from gonogo.replaying import RunFileError, hold_against, replay_file
    from gonogo.tools.errors import ToolError

    check_formats(formats, output)
    try:
        report = replay_file(file)
        gone = hold_against(report, paths) if paths else ()
    except (RunFileError, ToolError) as error:
        raise Problem(str(error)) from error
    for item in gone:
        click.echo(f"{item.evidence.id} {item.evidence.locator}: {item.why}", err=True)
    if paths:
        click.echo(f"{len(gone)} of {len(report.evidence)} pieces of evidence no longer match", err=True)
    deliver(report, formats, output, quiet=quiet)
    leave(report, fail_on)


@contextmanager
def audit_problems() -> Iterator[None]:
    """Tells what a user can mend as such, and what was stopped by a signal with the way on."""
    from gonogo.mendable import BEFORE_IT_BEGINS
    from gonogo.run import InterruptedRunError

    try:
        yield
    except BEFORE_IT_BEGINS as error:
        raise Problem(str(error)) from error
    except InterruptedRunError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)


def tell() -> Callable[[str], None]:
    """How the user is told what happens to a run: on standard error, also with --quiet, since it is about what is
    kept."""
    return lambda text: click.echo(text, err=True)


def tell_run(done: Done, quiet: bool) -> None:
    """Says under which id a run is kept."""
    if done.is_kept and not quiet:
        click.echo(f"run {done.run[:SHORT]} is kept: gonogo runs show, gonogo trace show", err=True)


def _check(report: Report) -> None:
    """What was stored by another version, or by somebody else, must hold all the same."""
    from gonogo.agents.guard import RefusedReportError, check_report

    try:
        check_report(report)
    except RefusedReportError as error:
        raise Problem(str(error)) from error


@contextmanager
def _store(given: dict[str, Any]) -> Iterator[Store]:
    from gonogo.keeping import KeepOptions, opened_store
    from gonogo.state import StateError
    from gonogo.store.errors import StoreError

    try:
        with opened_store(KeepOptions(**given)) as store:
            yield store
    except (StoreError, StateError) as error:
        raise Problem(str(error)) from error
