"""Runs as files: export one from the store, make its report again elsewhere, hold its evidence against the source."""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from gonogo import __version__
from gonogo.agents.guard import RefusedReportError
from gonogo.begun import Begun
from gonogo.model.evidence import Evidence, Place
from gonogo.model.report import Report
from gonogo.model.run_file import RecordedCall, RunFile
from gonogo.store.evidence import read_evidence
from gonogo.store.ledger import Ledger
from gonogo.store.runs import find_run, read_report, read_state
from gonogo.tools.evidence import READ, excerpt
from gonogo.tools.repository import open_repository

if TYPE_CHECKING:
    from gonogo.store.open import Store

FILE_LIMIT = 200 * 1024 * 1024
TEXT_LIMIT = 1024 * 1024 * 1024
"""Bytes of a file once unpacked: what is larger is no run, but a bomb."""


class RunFileError(Exception):
    """A file of a run that can't be written, read or replayed. The message says why, and what to do."""


@dataclass(frozen=True)
class Gone:
    """Evidence that no longer matches its source, and how."""

    evidence: Evidence
    why: str


def export_run(store: Store, run: str) -> bytes:
    """A finished run as one file, the same bytes each time. Raises StoreError and RunFileError."""
    row = find_run(store, run)
    if row.state != "finished":
        raise RunFileError(f"run {row.run} is {row.state}: only a finished run can be exported.")
    report, begun = read_report(store, row.run), Begun.model_validate(row.admission.options)
    file = RunFile(
        gonogo=row.gonogo,
        run=row.run,
        clock=begun.clock,
        areas=begun.areas,
        options=begun.named,
        criteria=report.criteria,
        terms=begun.terms,
        state=read_state(store, row.run),
        evidence=read_evidence(store, row.run),
        calls=tuple(
            RecordedCall(
                conversation=call.conversation,
                turn=call.turn,
                key=call.key,
                request=tuple(call.request),
                answer=call.answer,
            )
            for call in Ledger(store, row.run).all()
        ),
        report_sha256=_hash(report),
    )
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0, filename="") as stream:
        stream.write(file.model_dump_json().encode())
    return packed.getvalue()


def read_run_file(path: Path) -> RunFile:
    """Reads a file that ``export_run`` made. Raises RunFileError."""
    try:
        if path.stat().st_size > FILE_LIMIT:
            raise RunFileError(f"{path}: is larger than any run that gonogo exports.")
        with gzip.open(path) as stream:
            text = stream.read(TEXT_LIMIT + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise RunFileError(f"{path}: is no run that gonogo exported, or only a part of one.") from error
    except OSError as error:
        raise RunFileError(f"{path}: can't be read ({error.strerror}).") from error
    if len(text) > TEXT_LIMIT:
        raise RunFileError(f"{path}: is larger than any run that gonogo exports.")
    try:
        return RunFile.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the document"
        raise RunFileError(f"{path}: is no run that gonogo exported: {where}: {first['msg']}.") from error


def replay_file(path: Path) -> Report:
    """The report of an exported run, made again. Raises RunFileError where it is not the one that was exported."""
    from gonogo.graph.replay import replay

    file = read_run_file(path)
    if file.gonogo != __version__:
        raise RunFileError(f"{path}: was exported by gonogo {file.gonogo}, this is {__version__}: use that version.")
    try:
        report = replay(file)
    except (RefusedReportError, ValidationError, KeyError, TypeError) as error:
        raise RunFileError(f"{path}: does not hold: {_first_line(error)}") from error
    if _hash(report) != file.report_sha256:
        raise RunFileError(f"{path}: its parts make another report than the one that was exported: it was changed.")
    return report


def hold_against(report: Report, paths: tuple[Path, ...]) -> tuple[Gone, ...]:
    """The evidence of a report that its source no longer says. Raises ToolError for what is no repository."""
    repository = open_repository(paths)
    return tuple(_gone(report, repository))


def _gone(report: Report, repository) -> Iterator[Gone]:  # type: ignore[no-untyped-def]
    for item in report.evidence:
        if item.tool != READ or item.locator.path is None:
            continue
        if repository.file(item.locator.path) is None:
            yield Gone(item, "the file is not there")
            continue
        place = Place(item.locator.path, item.locator.line or 0, item.locator.end_line or 0)
        if excerpt(repository, place).text != item.excerpt:
            yield Gone(item, "the lines say something else")


def _hash(report: Report) -> str:
    return hashlib.sha256(report.model_dump_json().encode()).hexdigest()


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
