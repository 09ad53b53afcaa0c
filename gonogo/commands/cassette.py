"""The commands over cassettes. What takes time to import is imported in the command that needs it."""

from __future__ import annotations

import sys
from pathlib import Path

import click


class Problem(click.ClickException):
    """A cassette that can't be read. Exits with 2."""

    exit_code = 2


@click.group()
def cassette() -> None:
    """Work with recorded HTTP interactions."""


@cassette.command()
@click.argument("file", type=click.Path(path_type=Path))
def show(file: Path) -> None:
    """List what a cassette holds: number, status, method, host, path, model, tokens in and out, size."""
    from gonogo.cassette.errors import CassetteError
    from gonogo.cassette.file import read_about
    from gonogo.cassette.show import describe

    try:
        about, rows = read_about(file), describe(file)
    except CassetteError as error:
        raise Problem(str(error)) from error
    for name, value in about.items():
        click.echo(f"{name}: {value}")
    for row in rows:
        tokens = "" if row.input_tokens is None else f" {row.input_tokens} in, {row.output_tokens or 0} out,"
        model = "" if not row.model or row.model in row.path else f" {row.model},"
        click.echo(f"{row.number:4} {row.status} {row.method} {row.host}{row.path}{model}{tokens} {row.size} bytes")
    read, written = sum(row.input_tokens or 0 for row in rows), sum(row.output_tokens or 0 for row in rows)
    click.echo(f"{len(rows)} interactions, {read} tokens in, {written} out, {sum(row.size for row in rows)} bytes")


@cassette.command(epilog="Exit codes: 0 nothing found, 1 found, 2 the file can't be read.")
@click.argument("file", type=click.Path(path_type=Path))
def scan(file: Path) -> None:
    """Look for secrets and personal data in the decoded contents of a cassette. Values are never shown."""
    from gonogo.cassette.errors import CassetteError
    from gonogo.cassette.scan import scan as scan_file

    try:
        found = scan_file(file)
    except CassetteError as error:
        raise Problem(str(error)) from error
    for one in found:
        where = f"interaction {one.interaction}, " if one.interaction else ""
        click.echo(f"{file}: {where}{one.place}: {one.kind}")
    click.echo(f"{file}: {len(found)} found" if found else f"{file}: nothing found")
    sys.exit(1 if found else 0)
