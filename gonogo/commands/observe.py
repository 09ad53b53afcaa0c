"""``gonogo observe``: looks at live sources and writes what they show into a file, for audits elsewhere or later."""

from __future__ import annotations

from pathlib import Path

import click

from gonogo.commands.options import source_options
from gonogo.commands.runs import audit_problems


@click.command()
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="The operator's gonogo.yaml.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file to write."
)
@source_options
def observe(config: Path | None, output: Path, sources: tuple[str, ...]) -> None:
    """Look at live sources, read only, and write what they show: gonogo audit PATH --snapshot FILE takes it."""
    from gonogo.config import ConfigurationError, read_sources
    from gonogo.model.sources import SourcesConfiguration
    from gonogo.sources import take_snapshot, with_options
    from gonogo.tools.errors import ToolError

    with audit_problems():
        wanted = with_options(read_sources(config) if config else SourcesConfiguration(), sources)
        if not wanted:
            raise ConfigurationError("there is no live source to look at: give --source KIND=VALUE or --config FILE.")
        snapshot = take_snapshot(wanted, None)
        try:
            output.write_text(snapshot.model_dump_json(indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise ToolError(f"{output}: can't be written ({error.strerror}).") from error
    for gap in snapshot.gaps:
        click.echo(str(gap), err=True)
    click.echo(
        f"{output}: {len(snapshot.records)} records of {', '.join(snapshot.given)}; {len(snapshot.gaps)} gaps", err=True
    )
