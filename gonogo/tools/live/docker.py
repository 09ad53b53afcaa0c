"""Containers as ``docker inspect`` printed them into a file. Nothing is connected to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gonogo.model.snapshot import Record
from gonogo.model.sources import DockerSource
from gonogo.model.target import Source
from gonogo.tools.errors import ToolError
from gonogo.tools.live.shown import Reading, Shown

FILE_LIMIT = 64 * 1024 * 1024
CONTAINER = "container"
STATE = ("Status", "Running", "Restarting", "OOMKilled", "Dead", "ExitCode", "Error", "StartedAt")
HOST = ("RestartPolicy", "Privileged", "NetworkMode", "Memory", "NanoCpus", "CpuQuota", "ReadonlyRootfs", "CapAdd")


def observe(source: DockerSource, reading: Reading) -> Shown:
    """The containers of the file. Environment variables are kept by name only. Raises ToolError."""
    containers = _read(source.inspect)
    records = tuple(
        Record(source="docker", kind=CONTAINER, name=_name(item, number), data=_data(item))
        for number, item in enumerate(containers, 1)
    )
    return Shown((Source(kind="docker", name=source.inspect.name, notes=(f"{len(records)} containers",)),), records)


def _read(path: Path) -> list[dict[str, Any]]:
    advice = "give what docker inspect CONTAINER... printed"
    try:
        with path.open("rb") as file:
            data = file.read(FILE_LIMIT + 1)
    except OSError as error:
        raise ToolError(f"{path.name}: can't be read ({error.strerror}): {advice}.") from error
    if len(data) > FILE_LIMIT:
        raise ToolError(f"{path.name}: is larger than {FILE_LIMIT} bytes: {advice}.")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ToolError(f"{path.name}: is no JSON: {advice}.") from error
    if not isinstance(found, list) or not all(isinstance(item, dict) and "State" in item for item in found):
        raise ToolError(f"{path.name}: is not what docker inspect prints of containers: {advice}.")
    return found


def _name(item: dict[str, Any], number: int) -> str:
    return str(item.get("Name") or item.get("Id") or f"container {number}").lstrip("/")[:200]


def _data(item: dict[str, Any]) -> dict[str, Any]:
    state, config, host = (_part(item, name) for name in ("State", "Config", "HostConfig"))
    health = _part(state, "Health")
    return {
        "Image": config.get("Image"),
        "RestartCount": item.get("RestartCount"),
        "State": {name: state[name] for name in STATE if name in state}
        | (
            {"Health": {"Status": health.get("Status"), "FailingStreak": health.get("FailingStreak")}} if health else {}
        ),
        "Config": {
            "User": config.get("User"),
            "Env": sorted(str(line).partition("=")[0] for line in config.get("Env") or ()),
            "Healthcheck": bool(config.get("Healthcheck")),
            "Labels": sorted(map(str, config.get("Labels") or ())),
        },
        "HostConfig": {name: host[name] for name in HOST if name in host},
        "Ports": _part(_part(item, "NetworkSettings"), "Ports"),
    }


def _part(item: dict[str, Any], name: str) -> dict[str, Any]:
    found = item.get(name)
    return found if isinstance(found, dict) else {}
