"""Looks at live sources, all at once, and keeps what they show. Each reader says what holds it to reading only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gonogo.model.snapshot import EVERYTHING, Gap, Record, Snapshot
from gonogo.model.sources import SourcesConfiguration
from gonogo.model.target import Source
from gonogo.tools.errors import ToolError
from gonogo.tools.live.shown import Reading, Shown
from gonogo.tools.redaction import clean

READERS = {
    "aws": "gonogo.tools.live.aws",
    "kubernetes": "gonogo.tools.live.kubernetes",
    "prometheus": "gonogo.tools.live.prometheus",
    "alertmanager": "gonogo.tools.live.alertmanager",
    "grafana": "gonogo.tools.live.grafana",
    "endpoints": "gonogo.tools.live.endpoints",
    "postgres": "gonogo.tools.live.postgres",
    "docker": "gonogo.tools.live.docker",
    "inventory": "gonogo.tools.live.inventory",
}
"""A module for each kind of source, with one door: ``observe(source, reading) -> Shown``."""
SNAPSHOT_LIMIT = 500 * 1024 * 1024


def observe(
    sources: SourcesConfiguration,
    clock: Callable[[], datetime],
    environment: dict[str, str],
    progress: Callable[[dict[str, Any]], None] = lambda event: None,
) -> Snapshot:
    """What all sources show now. A source that can't be reached is a gap that says why; it stops nothing.

    ``environment`` holds the variables that sources name for their tokens and addresses.
    """
    import urllib3  # noqa: F401  two readers that import it at once would each see a half of it

    given = [(name, value) for name in READERS if (value := getattr(sources, name))]
    reading = Reading(clock, environment)

    def look(item: tuple[str, Any]) -> Shown:
        progress({"kind": "observe", "source": item[0]})
        return _observed(*item, reading)

    with ThreadPoolExecutor(max(1, len(given))) as pool:
        shown = list(pool.map(look, given))
    return Snapshot(
        taken=clock().isoformat(timespec="seconds"),
        given=tuple(name for name, _ in given),
        sources=tuple(source for part in shown for source in part.sources),
        records=_cleaned(record for part in shown for record in part.records),
        gaps=tuple(_cleaned_gap(gap) for gap in sorted({g for p in shown for g in p.gaps}, key=str)),
    )


def read_snapshot(path: Path) -> Snapshot:
    """A snapshot that was written before. Raises ToolError."""
    try:
        if path.stat().st_size > SNAPSHOT_LIMIT:
            raise ToolError(f"{path}: is larger than any snapshot that gonogo writes.")
        return Snapshot.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ToolError(f"{path}: can't be read ({error.strerror}): give a file that gonogo observe wrote.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the document"
        raise ToolError(f"{path}: is no snapshot that gonogo observe wrote: {where}: {first['msg']}.") from error


def _observed(name: str, source: Any, reading: Reading) -> Shown:
    try:
        shown: Shown = import_module(READERS[name]).observe(source, reading)
    except ToolError as error:
        return _unseen(name, str(error).rstrip("."))
    except Exception as error:  # noqa: BLE001  the outermost loop over sources: one that breaks costs its own records
        return _unseen(name, f"its reader broke on it ({type(error).__name__}: {clean(str(error)).text})")
    return shown


def _unseen(name: str, why: str) -> Shown:
    return Shown(
        (Source(kind=name, name=name, notes=("could not be seen",)),), (), (Gap(source=name, kind=EVERYTHING, why=why),)
    )


def _cleaned(records: Iterable[Record]) -> tuple[Record, ...]:
    """Without secrets and personal data, whatever a reader let through; in an order that hangs on nothing else."""
    found = [record.model_copy(update=_clean_data(record)) for record in records]
    return tuple(sorted(found, key=lambda record: (record.source, record.scope, record.kind, record.name)))


def _clean_data(record: Record) -> dict[str, Any]:
    text = json.dumps(
        {"name": record.name, "data": record.data}, indent=1, ensure_ascii=False, sort_keys=True, default=str
    )
    told = clean(text, "snapshot.json").text
    try:
        found = json.loads(told)
    except ValueError:  # what was replaced took a quotation mark along
        found = _clean_leaves(json.loads(text))
    return {"name": str(found["name"]) or "?", "data": found["data"]}


def _clean_leaves(value: Any) -> Any:
    if isinstance(value, dict):
        return {clean(str(key)).text: _clean_leaves(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean_leaves(item) for item in value]
    return clean(value).text if isinstance(value, str) else value


def _cleaned_gap(gap: Gap) -> Gap:
    return gap.model_copy(update={"why": clean(gap.why).text})
