"""The commands: parse, call, print, exit. What takes time to import is imported in the command that needs it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from gonogo import __version__
from gonogo.commands.cassette import cassette
from gonogo.commands.chat import chat
from gonogo.commands.ci import ci
from gonogo.commands.draft import draft
from gonogo.commands.history import diff, history
from gonogo.commands.mcp import mcp
from gonogo.commands.observe import observe
from gonogo.commands.options import asking_options, keeping_options, model_options, snapshot_options
from gonogo.commands.output import (
    AREAS,
    EXIT_CODES,
    FAIL_ON,
    FORMAT_NAMES,
    Names,
    Problem,
    check_formats,
    deliver,
    leave,
    load,
    print_report,
    write_report,
)
from gonogo.commands.permissions import permissions
from gonogo.commands.review import review
from gonogo.commands.runs import audit_problems, replay, runs, tell, tell_run, trace
from gonogo.commands.sign import sign, verify
from gonogo.commands.waivers import waivers as waivers_group


@click.group(epilog=EXIT_CODES)
@click.version_option(__version__, prog_name="gonogo")
def cli() -> None:
    """May this service go to production? Reads a repository, answers criteria from evidence, and decides."""


@cli.command(epilog=EXIT_CODES)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("--tier", type=click.Choice(["A", "B", "C"]), help="A mission-critical, B normal (default), C internal.")
@click.option("--environment", help="The environment to decide for (default: production).")
@click.option("--area", "areas", type=Names(AREAS), help=f"Only these areas: {', '.join(AREAS)}.")
@click.option(
    "-f", "--format", "formats", type=Names(FORMAT_NAMES), help=f"{', '.join(FORMAT_NAMES)}; comma-separated."
)
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="A folder for the reports.")
@click.option("--fail-on", type=click.Choice(FAIL_ON), help="Exit 1 from this on, else 0 (default: by the verdict).")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="The operator's gonogo.yaml.")
@click.option("--trust-repository-config", is_flag=True, help="Let the repository's gonogo.yaml loosen the audit.")
@click.option("--waivers", type=click.Path(path_type=Path, dir_okay=False), help="The waivers that count, a file.")
@click.option("--quiet", is_flag=True, help="No progress and no summary; reports and exit code only.")
@snapshot_options
@asking_options
@keeping_options
def audit(
    paths: tuple[Path, ...],
    tier: str | None,
    environment: str | None,
    areas: tuple[str, ...] | None,
    formats: tuple[str, ...] | None,
    output: Path | None,
    fail_on: str | None,
    config: Path | None,
    trust_repository_config: bool,
    waivers: Path | None,
    quiet: bool,
    sources: tuple[str, ...],
    snapshot: Path | None,
    **given: Any,
) -> None:
    """Audit the service in PATH (several: one service in several repositories) and decide.

    Without a PATH it is the folders that --config names as sources: repo.
    """
    from gonogo.asking import ModelOptions
    from gonogo.config import repositories_of
    from gonogo.keeping import KeepOptions
    from gonogo.past import past_of
    from gonogo.run import Options, run_audit
    from gonogo.waivers import read_waivers

    check_formats(formats, output)
    with audit_problems():
        accepted = read_waivers(waivers) if waivers else None
        named = paths or (repositories_of(config) if config else ())
    if not named:
        raise click.UsageError("name a PATH to audit, or a --config with sources: {repo: PATH}.")
    options = Options(
        named,
        tier,
        environment,
        areas or AREAS,
        config,
        trust_repository_config,
        ModelOptions(**{name: value for name, value in given.items() if name in ModelOptions.__slots__}),
        KeepOptions(**{name: value for name, value in given.items() if name in KeepOptions.__slots__}),
        sources,
        snapshot,
        accepted,
        imports=given["imports"],
    )
    past = None if options.asking.cassette else past_of(options.keeping, tell())
    with audit_problems():
        done = run_audit(
            options,
            show_progress=not quiet,
            tell=tell(),
            deliver=lambda report: deliver(report, formats, output, quiet=quiet, past=past),
        )
    tell_run(done, quiet)
    leave(done.report, fail_on)


@cli.group()
def criteria() -> None:
    """What an audit answers."""


@criteria.command("list")
@click.option("--area", "areas", type=Names(AREAS), help="Only these areas.")
def list_criteria(areas: tuple[str, ...] | None) -> None:
    """List the criteria: code, severity, slug, question."""
    from gonogo.criteria import load_catalogue

    for row in load_catalogue():
        if row.area.value in (areas or AREAS):
            click.echo(f"{row.code:8} {row.severity:9} {row.slug:28} {row.asks}")


@criteria.command()
@click.argument("slug")
def explain(slug: str) -> None:
    """Explain a criterion, by slug (rate-limiting) or code (SEC-018)."""
    from gonogo.criteria import find_criterion
    from gonogo.report.explain import explain_criterion

    row = find_criterion(slug)
    if row is None:
        raise Problem(f"there is no criterion {slug!r}: see gonogo criteria list.")
    click.echo(explain_criterion(row), nl=False)


@cli.group("report")
def report_group() -> None:
    """Work with a report that was written as JSON."""


@report_group.command("show")
@click.argument("file", type=click.Path(path_type=Path))
def show_report(file: Path) -> None:
    """Show a JSON report in the terminal, after checking that it still holds."""
    from gonogo.report.terminal import show

    show(load(file))


@report_group.command("convert")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-f", "--format", "formats", type=Names(FORMAT_NAMES), required=True, help="The formats to write.")
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="A folder for the reports.")
def convert_report(file: Path, formats: tuple[str, ...], output: Path | None) -> None:
    """Convert a JSON report to other formats, after checking that it still holds."""
    report = load(file)
    if output is not None:
        write_report(report, formats, output, quiet=False)
    elif len(formats) > 1:
        raise Problem("several formats need -o DIR to be written to.")
    else:
        print_report(report, formats[0])


@report_group.command("schema")
def print_schema() -> None:
    """Print the JSON Schema of a report."""
    import json

    from gonogo.report.schema import report_schema

    click.echo(json.dumps(report_schema(), indent=2))


@cli.group("config")
def config_group() -> None:
    """Work with gonogo.yaml."""


@config_group.command("schema")
def print_configuration_schema() -> None:
    """Print the JSON Schema of gonogo.yaml, for editors."""
    import json

    from gonogo.config import configuration_schema

    click.echo(json.dumps(configuration_schema(), indent=2))


@config_group.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE...")
def check_configuration(files: tuple[Path, ...]) -> None:
    """Say whether each gonogo.yaml, or file of waivers, can be used."""
    from gonogo.config import ConfigurationError, read_configuration
    from gonogo.waivers import read_waivers

    for file in files:
        try:
            if file.name.startswith("waivers."):
                read_waivers(file)
            else:
                read_configuration(file)
        except ConfigurationError as error:
            raise Problem(str(error)) from error
        click.echo(f"{file} can be used")


@cli.command()
@model_options
def doctor(**asking: Any) -> None:
    """Say what this installation can do, and what is missing. With --model: whether it can be asked (one token)."""
    from gonogo.agents.asking.errors import ModelAccessError
    from gonogo.asking import ModelOptions
    from gonogo.diagnosis import diagnose

    good = True
    try:
        for row in diagnose(ModelOptions(**asking)):
            click.echo(f"{'ok ' if row.works else 'no '} {row.name:22} {row.says}")
            good = good and (row.works or row.optional)
    except ModelAccessError as error:
        raise Problem(str(error)) from error
    sys.exit(0 if good else 2)


COMMANDS = (
    *(cassette, chat, ci, diff, draft, history, mcp, observe, permissions, replay, review, runs, sign, trace, verify),
    waivers_group,
)
for command in COMMANDS:
    cli.add_command(command)


def main() -> None:
    """The entry point: runs a command and exits with a code that a pipeline can rely on."""
    try:
        cli(standalone_mode=True)
    except Exception as error:  # noqa: BLE001  the outermost loop: what was not foreseen is a bug, and says so
        import traceback

        traceback.print_exc()
        click.echo(f"gonogo broke ({type(error).__name__}): this is a bug in gonogo, not an answer.", err=True)
        sys.exit(5)
