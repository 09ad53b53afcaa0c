"""The command that drafts documents: a kept run, or a report in a file, in the shapes that readers know."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gonogo.commands.options import store_options
from gonogo.commands.output import Problem

if TYPE_CHECKING:
    from gonogo.model.baseline import Baseline
    from gonogo.model.report import Report

STYLES = ("summary", "full", "checklist", "certification", "remediation")
PDF = ".pdf"
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("run")
@click.option("--style", type=click.Choice(STYLES), default="summary", show_default=True, help="The shape.")
@click.option("--before", metavar="RUN", help="An earlier run, report or baseline: says what changed since.")
@click.option("-o", "--output", type=_FILE, help="The file to write; one that ends in .pdf becomes a PDF.")
@store_options
def draft(run: str, style: str, before: str | None, output: Path | None, **given: Any) -> None:
    """Draft a document of RUN: the id of a kept run, a report.json, or a file of `gonogo runs export`."""
    from gonogo.commands.reports import find_report
    from gonogo.report.drafts import draft as write

    report = find_report(run, given)
    text = write(report, style, before=_earlier(before, given) if before else None)
    if output is None:
        click.echo(text, nl=False)
        return
    data = _pdf(report, text) if output.suffix.lower() == PDF else text.encode()
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(data)
    except OSError as error:
        raise Problem(f"{output}: can't be written ({error.strerror}): give another file with -o.") from error
    click.echo(f"wrote {output}", err=True)


def _earlier(before: str, given: dict[str, Any]) -> Baseline:
    """What is remembered of an earlier audit, wherever it is kept."""
    from gonogo.agents.guard import RefusedReportError
    from gonogo.keeping import KeepOptions
    from gonogo.past import read_side
    from gonogo.run import UnreadableReportError
    from gonogo.state import StateError
    from gonogo.store.errors import StoreError

    try:
        return read_side(before, KeepOptions(**given))
    except (UnreadableReportError, RefusedReportError, StoreError, StateError) as error:
        raise Problem(str(error)) from error


def _pdf(report: Report, text: str) -> bytes:
    from gonogo.report.pdf import MissingExtraError, to_pdf

    target = report.target
    title = f"{target.name}: {report.verdict.value}, tier {target.tier}, {target.environment}"
    try:
        return to_pdf(text, title, created=report.provenance.created)
    except MissingExtraError as error:
        raise Problem(str(error)) from error
