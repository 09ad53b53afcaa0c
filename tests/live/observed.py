"""Facts of a small repository with what live sources showed, and what a criterion's check says of them."""

from __future__ import annotations

import atexit
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from gonogo.facts import Facts
from gonogo.facts.live import live_of
from gonogo.model.snapshot import Gap, Record, Snapshot
from tests.asking import read

TAKEN = "2026-06-01T12:00:00+00:00"


def record(source: str, kind: str, name: str, **data: Any) -> Record:
    return Record(source=source, kind=kind, name=name, data=data)


def gap(source: str, kind: str, why: str = "it forbids this (403)") -> Gap:
    return Gap(source=source, kind=kind, why=why)


def facts_of(
    records: Iterable[Record], gaps: Iterable[Gap] = (), files: dict[str, str] | None = None, given: Iterable[str] = ()
) -> Facts:
    """Facts with these records; the sources of records and gaps are given, and those in ``given``."""
    found, missing = tuple(records), tuple(gaps)
    sources = dict.fromkeys([*(item.source for item in found), *(item.source for item in missing), *given])
    snapshot = Snapshot(taken=TAKEN, given=tuple(sources), records=found, gaps=missing)
    facts = _read(tuple(sorted((files or {}).items())))
    return replace(facts, read={**facts.read, "live": live_of(snapshot)})


@cache
def _read(files: tuple[tuple[str, str], ...]) -> Facts:
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)  # text is read when it is asked for
    return read(dict(files), Path(folder.name))
