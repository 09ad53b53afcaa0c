"""The closed table of what is asked of AWS, read from records.yaml: guard, reader and policy stand on it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field

METRICS = ("cloudwatch", "GetMetricData")
BUCKET_REGION = ("s3", "GetBucketLocation")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Call(_Part):
    """An operation with its parameters: JMESPath over {item, parent, account} and times, or a literal list of texts.

    ``take`` and ``items`` are JMESPath over its response; errors in ``none`` mean that there is none of it; where
    ``only`` is false for an item it is not asked. ``pages`` is the most that is asked for, 0 for the reader's own
    limit; ``span`` the hours that one question may be about, where the window takes several.
    """

    operation: str
    parameters: Annotated[dict[str, str | list[str]], Field(alias="with")] = {}
    items: str = "@"
    take: str = "@"
    none: tuple[str, ...] = ()
    only: str = ""
    each: str = ""
    pages: int = 0
    span: int = 0
    each_value: Annotated[dict[str, list[str]], Field(alias="eachvalue")] = {}
    action: str = ""


class Metrics(_Part):
    """Figures of CloudWatch: ``of`` has the statistic of each metric, ``dimensions`` JMESPath over {item}."""

    namespace: str
    dimensions: dict[str, str]
    of: dict[str, str]


class Row(_Part):
    """How records of one kind are read. See the head of records.yaml."""

    kind: str
    service: str
    prefix: str = ""
    once: bool = False
    option: str = ""
    list: Call
    describe: Call | None = None
    further: dict[str, Call] = {}
    name: str
    region: str = ""
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    metrics: Metrics | None = None

    @property
    def calls(self) -> tuple[Call, ...]:
        return (self.list, *((self.describe,) if self.describe else ()), *self.further.values())

    def action(self, call: Call) -> str:
        """The IAM action that allows a call."""
        return call.action or f"{self.prefix or self.service}:{call.operation}"


@cache
def load_rows() -> tuple[Row, ...]:
    """All rows, those that others are read under first. A broken row is a bug and crashes."""
    text = resources.files(__package__).joinpath("records.yaml").read_text(encoding="utf-8")
    return tuple(Row.model_validate(row) for row in yaml.load(text, Loader=yaml.CSafeLoader))


@cache
def allowed() -> frozenset[tuple[str, str]]:
    """Every operation that may be called, as (service of botocore, operation)."""
    return frozenset(
        {(row.service, call.operation) for row in load_rows() for call in row.calls} | {METRICS, BUCKET_REGION}
    )


def actions(option: str = "") -> Iterator[str]:
    """The IAM actions of all that is read without any option, or of what the option adds; sorted."""
    found = {row.action(call) for row in load_rows() if row.option == option for call in row.calls}
    if not option:
        found |= {"cloudwatch:GetMetricData", "s3:GetBucketLocation"}
    yield from sorted(found)


def options() -> Iterator[str]:
    """The options of a source that rows are read for, sorted."""
    yield from sorted({row.option for row in load_rows()} - {""})
