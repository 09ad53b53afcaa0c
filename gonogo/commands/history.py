"""The commands that look back: what changed between two audits, and the history of a target."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gonogo.commands.options import store_options
from gonogo.commands.output import Problem, write_text

_FILE = click.Path(path_type=Path, dir_okay=False)
_FORMATS = ("text", "md", "json")


@click.command()
@click.argument("before", metavar="BEFORE")
@click.argument("after", metavar="AFTER")
@click.option("-f", "--format", "name", type=click.Choice(_FORMATS), default="text", show_default=True, help="How.")
@click.option("--json", "as_json", is_flag=True, help="As JSON: the same as -f json.")
@click.option("--force", is_flag=True, help="Of audits that can't be compared show the statuses of each.")
@store_options
def diff(before: str, after: str, name: str, as_json: bool, force: bool, **given: Any) -> None:
    """Say what changed from BEFORE to AFTER: verdict, findings, statuses, scores.

    Each is the id of a run that is kept, a report that was written as JSON, or a baseline. Only like is compared with
    like: the same target, tier, environment, areas, criteria and method.
    """
    from gonogo.agents.guard import RefusedReportError
    from gonogo.keeping import KeepOptions
    from gonogo.model.comparison import compare_baselines
    from gonogo.past import read_side
    from gonogo.report import comparison as words
    from gonogo.run import UnreadableReportError
    from gonogo.state import StateError
    from gonogo.store.errors import StoreError

    options = KeepOptions(**given)
    try:
        found = compare_baselines(read_side(before, options), read_side(after, options))
    except (UnreadableReportError, RefusedReportError, StoreError, StateError) as error:
        raise Problem(str(error)) from error
    if not found.is_comparable and not force:
        raise Problem(
            f"{before} and {after} can't be compared: {'; '.join(found.why_not)}. "
            "--force shows the statuses of both, without a comparison."
        )
    renderers = {"text": words.as_text, "md": words.as_markdown, "json": words.as_json}
    click.echo(renderers["json" if as_json else name](found), nl=False)


@click.command()
@click.argument("target", metavar="PATH")
@click.option("--limit", type=click.IntRange(min=1, max=1_000), default=30, show_default=True, help="The most runs.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--html", "page", type=_FILE, help="Write a page with a chart to this file.")
@click.option("--config", type=_FILE, help="The operator's gonogo.yaml, where the audits had one.")
@store_options
def history(target: str, limit: int, as_json: bool, page: Path | None, config: Path | None, **given: Any) -> None:
    """Show the history of the service in PATH (or of a target by its name), the newest runs that are kept of it.

    Verdict, coverage, scores, and the findings opened, closed and reopened from run to run.
    """
    from gonogo.config import ConfigurationError
    from gonogo.keeping import KeepOptions, opened_store
    from gonogo.past import read_history, target_name
    from gonogo.report import history as words
    from gonogo.state import StateError
    from gonogo.store.errors import StoreError

    try:
        name = target_name(target, config)
        with opened_store(KeepOptions(**given)) as store:
            found = read_history(store, name, limit=limit)
    except (ConfigurationError, StoreError, StateError) as error:
        raise Problem(str(error)) from error
    if page is not None:
        from gonogo.report.html import render_history

        write_text(page, render_history(found), "--html")
        click.echo(f"wrote {page}", err=True)
    if as_json or page is None:
        click.echo(words.as_json(found) if as_json else words.as_text(found), nl=False)
