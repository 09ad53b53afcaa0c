"""The live sources of an audit: from ``--source KIND=VALUE`` and gonogo.yaml to a snapshot."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gonogo.config import ConfigurationError
from gonogo.model.snapshot import EMPTY, Snapshot
from gonogo.model.sources import SourcesConfiguration

KINDS = ("aws", "kubernetes", "prometheus", "alertmanager", "grafana", "endpoint", "postgres", "docker", "inventory")
DEFAULT = "default"


def with_options(configured: SourcesConfiguration, options: Iterable[str]) -> SourcesConfiguration:
    """The configured sources and those of the command line, which win. Raises ConfigurationError.

    ``aws=PROFILE[@REGION,...]``, ``kubernetes=CONTEXT``, ``prometheus=URL``, ``alertmanager=URL``, ``grafana=URL``,
    ``endpoint=URL``, ``postgres=VARIABLE``, ``docker=FILE``, ``inventory=FILE``; PROFILE and CONTEXT may be
    ``default``.
    """
    given = configured.model_dump(exclude_unset=True)
    endpoints: list[Any] = []
    for option in options:
        kind, mark, value = option.partition("=")
        if kind not in KINDS or not mark or not value:
            raise ConfigurationError(f"--source {option}: write KIND=VALUE; the kinds are {', '.join(KINDS)}.")
        if kind == "endpoint":
            endpoints.append(value)
            given["endpoints"] = endpoints
        else:
            given[kind] = _plain(kind, value)
    try:
        return SourcesConfiguration.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigurationError(f"--source: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from error


def take_snapshot(
    sources: SourcesConfiguration, file: Path | None, progress: Callable[[dict[str, Any]], None] = lambda event: None
) -> Snapshot:
    """What the sources show now, or what a file says that they showed. Raises ToolError and ConfigurationError."""
    if file is not None:
        if sources:
            raise ConfigurationError(
                "--snapshot and live sources are given: a snapshot takes their place, leave one out."
            )
        from gonogo.tools.live import read_snapshot

        return read_snapshot(file)
    if not sources:
        return EMPTY
    from gonogo.tools.live import observe

    return observe(sources, lambda: datetime.now(UTC), dict(os.environ), progress)


def take_imports(files: tuple[Path, ...]) -> Snapshot:
    """What files of other tools say, as records beside those of live sources. Raises ToolError."""
    if not files:
        return EMPTY
    from gonogo.tools.imported import read_imports

    return read_imports(files)


def _plain(kind: str, value: str) -> Any:
    if kind == "aws":
        profile, _, regions = value.partition("@")
        return {
            "profile": None if profile in ("", DEFAULT) else profile,
            "regions": tuple(filter(None, regions.split(","))),
        }
    if kind == "kubernetes":
        return {"context": None if value == DEFAULT else value}
    if kind == "postgres":
        return {"dsn_env": value}
    if kind == "inventory":
        return {"file": Path(value)}
    if kind == "docker":
        return {"inspect": Path(value)}
    return {"url": value}
