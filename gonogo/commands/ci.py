"""The command for pipelines: audit a change, compare it with a baseline, and stop what got worse."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from gonogo.commands.options import asking_options, keeping_options, snapshot_options
from gonogo.commands.output import AREAS, Names, Problem, write_report, write_text
from gonogo.commands.runs import audit_problems, tell, tell_run

if TYPE_CHECKING:
    from gonogo.ci import Outcome
    from gonogo.model.ci_gate import GateOutcome
    from gonogo.model.comparison import Comparison
    from gonogo.model.report import Report

RULES = (
    *("verdict", "no-go", "conditional", "blocker", "critical", "high", "medium", "low"),
    *("new", "new-blocker", "new-critical", "new-high", "new-medium", "new-low", "regressed", "never"),
)
CI_FORMATS = ("sarif", "code-scanning", "junit", "code-quality", "annotations", "summary", "md", "html", "json")
WRITTEN = ("sarif", "junit", "json", "md")
GATE_CODES = (
    "Exit codes: 0 the gate holds, 1 it does not, 2 usage or configuration, 3 CONDITIONAL (--fail-on verdict only), "
    "4 nothing could be assessed, 5 internal."
)
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(epilog=GATE_CODES)
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--baseline", type=_FILE, help="What to compare with: a file of --write-baseline, or a JSON report.")
@click.option(
    "--base",
    metavar="COMMIT",
    help="The commit that the change goes into: configuration, waivers and baseline "
    "are read from it (default: by GitHub's or GitLab's variables, else origin's default branch); none.",
)
@click.option("--fail-on", type=click.Choice(RULES), default="verdict", show_default=True, help="What exits with 1.")
@click.option("--waivers", type=_FILE, help="The waivers that count (default: .gonogo/waivers.yaml of the base).")
@click.option("--no-waivers", is_flag=True, help="Take no waivers at all.")
@click.option("--write-baseline", type=_FILE, help="Write what a later change is compared with.")
@click.option("--tier", type=click.Choice(["A", "B", "C"]), help="A mission-critical, B normal (default), C internal.")
@click.option("--environment", help="The environment to decide for (default: production).")
@click.option("--area", "areas", type=Names(AREAS), help=f"Only these areas: {', '.join(AREAS)}.")
@click.option("-f", "--format", "formats", type=Names(CI_FORMATS), help=f"{', '.join(CI_FORMATS)}; comma-separated.")
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="A folder for the reports.")
@click.option("--summary", type=_FILE, help="Append a summary in Markdown to this file (default: GitHub's).")
@click.option("--config", type=_FILE, help="The gonogo.yaml that counts (default: that of the base).")
@click.option("--quiet", is_flag=True, help="No progress and no summary on the terminal.")
@snapshot_options
@asking_options
@keeping_options
def ci(
    path: Path,
    baseline: Path | None,
    base: str | None,
    fail_on: str,
    waivers: Path | None,
    no_waivers: bool,
    write_baseline: Path | None,
    tier: str | None,
    environment: str | None,
    areas: tuple[str, ...] | None,
    formats: tuple[str, ...] | None,
    output: Path | None,
    summary: Path | None,
    config: Path | None,
    quiet: bool,
    sources: tuple[str, ...],
    snapshot: Path | None,
    **given: Any,
) -> None:
    """Audit the change in PATH, compare it with a baseline, and exit by --fail-on."""
    from datetime import UTC, datetime

    from gonogo.asking import ModelOptions
    from gonogo.ci import BaselineError, Change, check_written, inside, run_ci
    from gonogo.keeping import KeepOptions
    from gonogo.report.ci import render_for_ci
    from gonogo.run import Options
    from gonogo.state import base_reference, job_summary_file

    if formats and output is None:
        raise Problem("the formats need -o DIR to be written to.")
    if waivers is not None and no_waivers:
        raise Problem("--waivers and --no-waivers are given: leave one out.")
    options = Options(
        (path,),
        tier,
        environment,
        areas or AREAS,
        config,
        False,
        ModelOptions(**{name: value for name, value in given.items() if name in ModelOptions.__slots__}),
        KeepOptions(**{name: value for name, value in given.items() if name in KeepOptions.__slots__}),
        sources,
        snapshot,
        imports=given["imports"],
        clock=datetime.now(UTC).isoformat(),  # a recording that a change brings does not say which day it is
    )
    change = Change(options, base or base_reference(), baseline, waivers, not no_waivers, fail_on)

    def deliver(report: Report, comparison: Comparison | None, gate: GateOutcome) -> None:
        if output is not None:
            _write(report, comparison, gate, formats or WRITTEN, output, inside=inside(path), quiet=quiet)
        if (file := summary or job_summary_file()) is not None:
            _append(file, render_for_ci(report, comparison, gate, "summary", folder=inside(path)))
        if write_baseline is not None:
            _write_baseline(write_baseline, report)

    with audit_problems():
        check_written(path, _written(output, formats or WRITTEN, summary, write_baseline))
        try:
            done = run_ci(change, show_progress=not quiet, tell=tell(), deliver=deliver)
        except BaselineError as error:
            raise Problem(str(error)) from error
    tell_run(done.done, quiet)
    _show(done, path, quiet=quiet)
    _leave(done)


def _written(output: Path | None, formats: tuple[str, ...], *files: Path | None) -> tuple[Path, ...]:
    """What this command writes into files that its options name."""
    from gonogo.report import FORMATS
    from gonogo.report.ci import CI_FORMATS

    names = {item.name: item.file_name for item in (*FORMATS, *CI_FORMATS)}
    folder = () if output is None else (output, *(output / names[name] for name in formats))
    return (*folder, *(file for file in files if file is not None))


def _show(done: Outcome, path: Path, *, quiet: bool) -> None:
    """Annotations where GitHub reads them; the gate, with the findings that are new, on the terminal."""
    from gonogo.ci import inside
    from gonogo.report.ci import render_for_ci
    from gonogo.report.ci.text import text_summary
    from gonogo.state import is_on_github

    if is_on_github():
        click.echo(render_for_ci(done.report, done.comparison, done.gate, "annotations", folder=inside(path)), nl=False)
    if not quiet:
        click.echo(text_summary(done.report, done.comparison, done.gate, done.base), nl=False)


def _leave(done: Outcome) -> NoReturn:
    """By the verdict as an audit does, by any other rule with 1 where it fails."""
    from gonogo.run import NOTHING_ASSESSED, exit_code

    code = exit_code(done.report)
    if done.gate.rule == "verdict" or code == NOTHING_ASSESSED:
        sys.exit(code)
    sys.exit(int(done.gate.fails))


def _write(
    report: Report,
    comparison: Comparison | None,
    gate: GateOutcome,
    formats: tuple[str, ...],
    folder: Path,
    *,
    inside: str,
    quiet: bool,
) -> None:
    from gonogo.report.ci import CI_FORMATS, render_for_ci

    names = {item.name: item.file_name for item in CI_FORMATS}
    write_report(report, tuple(name for name in formats if name not in names), folder, quiet=quiet)
    for name in formats:
        if name in names:
            text = render_for_ci(report, comparison, gate, name, folder=inside)
            write_text(folder / names[name], text, "-o")
            if not quiet:
                click.echo(f"wrote {folder / names[name]}", err=True)


def _append(file: Path, text: str) -> None:
    try:
        with file.open("a", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise Problem(f"{file}: can't be written ({error.strerror}): give another file with --summary.") from error


def _write_baseline(file: Path, report: Report) -> None:
    from gonogo.model.baseline import Baseline

    write_text(file, Baseline.of(report).model_dump_json(indent=1) + "\n", "--write-baseline")
