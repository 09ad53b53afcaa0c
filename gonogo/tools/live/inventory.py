"""What should exist, as a list that the operator keeps: the declaration that live sources are held against."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gonogo.model.snapshot import Record
from gonogo.model.sources import InventorySource
from gonogo.model.target import Source
from gonogo.tools.errors import ToolError
from gonogo.tools.live.shown import Reading, Shown
from gonogo.tools.operators_yaml import line_of, read_yaml

FILE_LIMIT = 4 * 1024 * 1024
EXPECTED = "expected"
_ADVICE = "write resources: a list of {source: aws, kind: lambda.function, name: payments}"


class _Resource(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Annotated[str, Field(min_length=1)]
    kind: Annotated[str, Field(min_length=1)]
    name: Annotated[str, Field(min_length=1)]
    scope: str = ""


class _Inventory(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    resources: Annotated[tuple[_Resource, ...], Field(min_length=1)]


def observe(source: InventorySource, reading: Reading) -> Shown:
    """The things of the list, each a record. Raises ToolError."""
    found = _read(source.file)
    records = {
        "/".join((item.source, item.scope, item.kind, item.name)): Record(
            source="inventory",
            kind=EXPECTED,
            name="/".join(filter(None, (item.source, item.scope, item.kind, item.name))),
            data=item.model_dump(),
        )
        for item in found.resources
    }
    notes = (f"things: {len(records)}",)
    return Shown((Source(kind="inventory", name=source.file.name, notes=notes),), tuple(records.values()))


def _read(path: Path) -> _Inventory:
    node, content = read_yaml(path, option="inventory", limit=FILE_LIMIT, advice=_ADVICE, error=ToolError)
    try:
        return _Inventory.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the document"
        line = line_of(node, first["loc"])
        raise ToolError(f"{path}:{line}: {where}: {first['msg']}: {_ADVICE}.") from error
