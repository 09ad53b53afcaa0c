"""The closed table of what is asked of a cluster, read from records.yaml: guard, reader and role stand on it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

VERSION = "/version"


class Row(BaseModel):
    """How records of one kind are read. See the head of records.yaml; ``pod`` is None where it has none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    resource: str
    group: str = ""
    version: str
    cluster: bool = False
    optional: bool = False
    query: dict[str, str] = {}
    keep: tuple[str, ...]
    pod: str | None = None
    annotations: tuple[str, ...] = ()

    @property
    def root(self) -> str:
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"

    @property
    def discovery(self) -> str:
        """The path that answers 404 where a cluster does not know the group; empty where every cluster must."""
        return f"/apis/{self.group}" if self.optional else ""

    @property
    def permission(self) -> str:
        """What shows it, in words."""
        return f"list {self.resource} in {self.group or 'the core group'}"

    def path(self, namespace: str = "") -> str:
        """The path of its list, in one namespace or in all."""
        inside = f"/namespaces/{namespace}" if namespace else ""
        return f"{self.root}{inside}/{self.resource}"


@dataclass(frozen=True)
class Table:
    """All rows, and for each resource the paths of the fields that are kept."""

    rows: tuple[Row, ...]
    fields: dict[str, tuple[str, ...]]


@cache
def load_table() -> Table:
    """The table that ships with gonogo. A broken row is a bug and crashes."""
    text = resources.files(__package__).joinpath("records.yaml").read_text(encoding="utf-8")
    loaded = yaml.load(text, Loader=yaml.CSafeLoader)
    rows = tuple(Row.model_validate(row) for row in loaded["rows"])
    return Table(rows, {row.resource: (*loaded["common"], *_of_pod(row, loaded), *row.keep) for row in rows})


def _of_pod(row: Row, loaded: dict[str, Any]) -> list[str]:
    if row.pod is None:
        return []
    lists = ("spec.containers[]", "spec.initContainers[]")
    inside = [*loaded["pod"], *(f"{place}.{field}" for place in lists for field in loaded["container"])]
    return [f"{row.pod}.{field}".lstrip(".") for field in inside]
