"""What should exist, as a list that the operator keeps: the declaration that live sources are held against."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gonogo.model.snapshot import Record
from gonogo.model.sources import InventorySource
from gonogo.model.target import Source
from gonogo.tools.errors import ToolError
from gonogo.tools.live.shown import Reading, Shown

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
    notes = (f"{len(records)} things",)
    return Shown((Source(kind="inventory", name=source.file.name, notes=notes),), tuple(records.values()))


def _read(path: Path) -> _Inventory:
    try:
        with path.open("rb") as file:
            data = file.read(FILE_LIMIT + 1)
    except OSError as error:
        raise ToolError(f"{path.name}: can't be read ({error.strerror}): {_ADVICE}.") from error
    if len(data) > FILE_LIMIT:
        raise ToolError(f"{path.name}: is larger than {FILE_LIMIT} bytes: {_ADVICE}.")
    try:
        text = data.decode()
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.CSafeLoader)):
            raise ToolError(f"{path.name}: YAML aliases are not used here: write the values out.")
        return _Inventory.model_validate(yaml.load(text, Loader=yaml.CSafeLoader))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ToolError(f"{path.name}: is not valid YAML: {_ADVICE}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the document"
        raise ToolError(f"{path.name}: {where}: {first['msg']}: {_ADVICE}.") from error
