"""The commands on waivers: list a file, hold it against a report, and draft an entry for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from gonogo.commands.options import store_options
from gonogo.commands.output import Problem
from gonogo.commands.reports import find_report

_FILE = click.Path(path_type=Path, dir_okay=False)
_WAIVERS = click.option(
    "--waivers", "file", type=_FILE, help="The file (default: .gonogo/waivers.yaml, in a folder that is named)."
)


@click.group()
def waivers() -> None:
    """Failures that somebody accepts for a time, on the evidence that was there then.

    A file of waivers has a list under "waivers:", each with criterion (a slug) or finding (an id), owner, reason,
    expires (a day, at most a year ahead), evidence (what gonogo waivers draft says), and perhaps a ticket.
    """


@waivers.command("list")
@click.argument("path", default=".", type=click.Path(path_type=Path, file_okay=False))
@_WAIVERS
def list_waivers(path: Path, file: Path | None) -> None:
    """List the waivers of PATH (default: this folder), those that end first at the top."""
    from datetime import UTC, datetime

    from gonogo.report.waivers import list_as_text
    from gonogo.waivers import FOLDER_FILE, read_waivers

    with _problems():
        found = read_waivers(file or path / FOLDER_FILE)
    click.echo(list_as_text(found, datetime.now(UTC).date()), nl=False)


@waivers.command("audit")
@click.argument("run", default=".", metavar="[RUN|FILE|PATH]")
@_WAIVERS
@store_options
def audit_waivers(run: str, file: Path | None, **given: Any) -> None:
    """Hold waivers against a report: which match today, are void, expired, unused, or end soon.

    The report is that of a kept run, of a JSON file, or of a folder that is audited now (default: this folder). Exits
    with 1 where a waiver is void, expired or refused.
    """
    from datetime import UTC, datetime

    from gonogo.model.waiver import State, apply_waivers
    from gonogo.report.waivers import audit_as_text
    from gonogo.waivers import FOLDER_FILE, read_waivers

    folder = Path(run) if Path(run).is_dir() else Path()
    with _problems():
        found = read_waivers(file or folder / FOLDER_FILE)
    report = find_report(run, given)
    today = datetime.now(UTC).date()
    _, told = apply_waivers(found, report.assessments, report.findings, report.target.tier, today)
    click.echo(audit_as_text(told, today), nl=False)
    sys.exit(int(any(item.state in (State.VOID, State.EXPIRED, State.REFUSED) for item in told)))


@waivers.command()
@click.argument("run", metavar="RUN|FILE|PATH")
@click.argument("subject")
@click.option("--owner", required=True, help="Who answers for it.")
@click.option("--reason", required=True, help="Why it is accepted.")
@click.option("--expires", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The last day on which it holds.")
@click.option("--ticket", default="", help="Where the repair is planned.")
@click.option("--add-to", "file", type=_FILE, help="Add it to this file, or make it, instead of printing it.")
@store_options
def draft(
    run: str, subject: str, owner: str, reason: str, expires: Any, ticket: str, file: Path | None, **given: Any
) -> None:
    """Write the waiver that accepts what fails of SUBJECT (a criterion or a finding's id) in RUN, with its evidence.

    RUN is the id of a kept run, a JSON report, or a folder that is audited now.
    """
    from gonogo.commands.output import write_text
    from gonogo.waivers import as_yaml, entry_for, with_entry

    report = find_report(run, given)
    with _problems():
        entry = entry_for(report, subject, owner=owner, reason=reason, ticket=ticket, expires=expires.date())
        text = with_entry(file, entry) if file is not None and file.exists() else as_yaml((entry,))
    if file is None:
        click.echo(text, nl=False)
    else:
        write_text(file, text, "--add-to")
        click.echo(f"{subject} is waived in {file} until {entry.expires}; it counts once that file does", err=True)


@contextmanager
def _problems() -> Iterator[None]:
    from gonogo.waivers import WaiversError

    try:
        yield
    except WaiversError as error:
        raise Problem(str(error)) from error
