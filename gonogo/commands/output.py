"""What the commands share: names on the command line, a user's mistakes, and reports that are written or printed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from gonogo.model.history import History
    from gonogo.model.report import Report

    Past = Callable[[Report], History | None]

AREAS = ("security", "reliability", "observability", "cost", "delivery", "ai", "compliance")
EXIT_CODES = "Exit codes: 0 GO, 1 NO-GO, 2 usage or configuration, 3 CONDITIONAL, 4 nothing assessed, 5 internal."
FORMAT_NAMES = ("md", "html", "json", "sarif", "junit")
FAIL_ON = ("no-go", "conditional", "blocker", "critical", "high", "medium", "low", "never")


class Problem(click.ClickException):
    """What a user can mend. Exits with 2. The message may repeat what the target says: it is shown as one line."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(plain(message))


class Names(click.ParamType[tuple[str, ...]]):
    """Comma-separated names out of a closed set."""

    name = "names"

    def __init__(self, known: tuple[str, ...]) -> None:
        self.known = known

    def convert(
        self, value: str | tuple[str, ...], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        names = tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))
        for name in names:
            if name not in self.known:
                self.fail(f"{name!r} is not one of {', '.join(self.known)}.", param, ctx)
        return names


def plain(text: str) -> str:
    """One line that can't steer a terminal, nor give a pipeline's runner a command."""
    shown = "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in text)
    return shown.replace("##[", "## [")


def deliver(
    report: Report, formats: tuple[str, ...] | None, output: Path | None, *, quiet: bool, past: Past | None = None
) -> None:
    """Writes, prints and shows a report as the options say; ``past`` gives the history that is drawn into it."""
    if output is not None:
        write_report(report, formats or ("md", "html", "json"), output, quiet=quiet, past=past)
    elif formats:
        print_report(report, formats[0], past)
    if is_shown(formats, output, quiet=quiet):
        from gonogo.report.terminal import show

        show(report)


def leave(report: Report, fail_on: str | None) -> NoReturn:
    """Exits by the verdict."""
    from gonogo.run import exit_code

    sys.exit(exit_code(report, fail_on))


def is_shown(formats: tuple[str, ...] | None, output: Path | None, *, quiet: bool) -> bool:
    """Says whether a summary goes to the terminal."""
    return not quiet and not (formats and output is None)


def check_formats(formats: tuple[str, ...] | None, output: Path | None) -> None:
    """Raises Problem for several formats that have no folder to go to."""
    if formats and len(formats) > 1 and output is None:
        raise Problem("several formats need -o DIR to be written to.")


def load(file: Path) -> Report:
    from gonogo.agents.guard import RefusedReportError
    from gonogo.run import UnreadableReportError, load_report

    try:
        return load_report(file)
    except (UnreadableReportError, RefusedReportError) as error:
        raise Problem(str(error)) from error


def print_report(report: Report, name: str, past: Past | None = None) -> None:
    click.echo(_rendered(report, name, past), nl=False)


def write_text(file: Path, text: str, option: str) -> None:
    """Writes a file that ``option`` named. Raises Problem."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Problem(f"{file}: can't be written ({error.strerror}): give another file with {option}.") from error


def write_report(
    report: Report, formats: tuple[str, ...], folder: Path, *, quiet: bool, past: Past | None = None
) -> None:
    from gonogo.report import find_format

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in formats:
            path = folder / find_format(name).file_name
            path.write_text(_rendered(report, name, past), encoding="utf-8")
            if not quiet:
                click.echo(f"wrote {path}", err=True)
    except OSError as error:
        raise Problem(f"{folder}: can't be written ({error.strerror}): give another folder with -o.") from error


def _rendered(report: Report, name: str, past: Past | None) -> str:
    """The history is looked up only where the format can draw it."""
    from gonogo.report import find_format, render

    history = past(report) if past is not None and find_format(name).has_history else None
    return render(report, name, history)
