"""Reads the records of one row of the table in one region: lists, describes, asks further, says what was not seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import jmespath

from gonogo.model.snapshot import Gap, Record
from gonogo.tools.live.aws.asking import Asker, CutError, UnseenError
from gonogo.tools.live.aws.metrics import ALARM, QUOTA, USAGE, read_metrics, wanted_of
from gonogo.tools.live.aws.shapes import plain, shaped
from gonogo.tools.live.aws.table import BUCKET_REGION, Call, Row

AWS = "aws"
MOST_NAME = 500
ONCE_SCOPE = "global"
WATCHED = "Watched"
REST = "Rest"
"""What a gap of what was not asked for any more ends with: what there is of it was not all read, on purpose."""
MOST_SPANS = 4


@dataclass(frozen=True)
class Where:
    """A region to read in; ``scope`` is what its records say of it. The figures end at ``now``, ``hours`` long."""

    region: str
    scope: str
    now: datetime
    hours: int

    @property
    def times(self) -> dict[str, Any]:
        """What parameters may name of the calendar, as days."""
        day = self.now.date()
        last_month = (day.replace(day=1) - timedelta(days=1)).replace(day=1)
        days = {"today": day, "month_ago": day - timedelta(days=30), "last_month": last_month}
        return {name: found.isoformat() for name, found in days.items()}


@dataclass
class Found:
    """What a row came to."""

    items: list[dict[str, Any]] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)


def read_row(
    row: Row, asker: Asker, where: Where, parents: Sequence[dict[str, Any]], pool: ThreadPoolExecutor
) -> Found:
    """The records of a row. ``parents`` are the items that it is listed under; ``pool`` asks of many items at once."""
    return _Reader(row, asker, where, pool).read(parents)


@dataclass
class _Reader:
    row: Row
    asker: Asker
    where: Where
    pool: ThreadPoolExecutor
    found: Found = field(default_factory=Found)

    def read(self, parents: Sequence[dict[str, Any]]) -> Found:
        listed = [item for context in self._contexts(parents) for item in self._listed(context)]
        told = list(self.pool.map(self._told, listed))
        kept = [item for item in told if item is not None]
        if self.row.metrics or self.row.kind in (ALARM, QUOTA):
            self._measure(kept)
        self.found.items = kept
        self.found.records = [self._record(item) for item in kept]
        return self.found

    def _contexts(self, parents: Sequence[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """What the listing is asked with: once, for each parent, for each value of a parameter, or for each part of the
        window."""
        call, times = self.row.list, self.where.times
        if call.each:
            yield from (({"parent": parent, **times}, {}) for parent in parents)
        elif call.each_value:
            for name, values in call.each_value.items():
                yield from ((times, {name: value}) for value in values)
        elif call.span:
            yield from (({**times, **part}, {}) for part in self._parts(call))
        else:
            yield times, {}

    def _parts(self, call: Call) -> Iterator[dict[str, Any]]:
        """Beginnings and ends that together are the window, or the last of it where that takes too many."""
        hours = min(self.where.hours, call.span * MOST_SPANS)
        if hours < self.where.hours:
            self._miss(f"{self.row.kind}:{REST}", call, UnseenError(f"only the last {hours} hours were asked for"))
        for first in range(0, hours, call.span):
            last = min(first + call.span, hours)
            start, end = (self.where.now - timedelta(hours=back) for back in (last, first))
            yield {"start": start, "end": end}

    def _listed(self, context: tuple[dict[str, Any], dict[str, Any]]) -> list[dict[str, Any]]:
        around, more = context
        try:
            pages = self.asker.pages(self.row, self.row.list, self.where.region, around, **more)
        except UnseenError as error:
            limited = self.row.list.pages and isinstance(error, CutError)
            self._miss(f"{self.row.kind}:{REST}" if limited else self.row.kind, self.row.list, error)
            pages = error.found if isinstance(error, CutError) else []
        items = [item for page in pages for item in jmespath.search(self.row.list.items, page) or ()]
        return [{**around, "item": item, "listed": item if isinstance(item, str) else ""} for item in items]

    def _told(self, context: dict[str, Any]) -> dict[str, Any] | None:
        """The item with all that is asked of it; None where it is gone meanwhile or could not be described."""
        row, region = self.row, self._region(context)
        try:
            if row.describe is not None:
                pages = self.asker.pages(row, row.describe, region, context)
                item = jmespath.search(row.describe.take, pages[0]) if pages else None
                if item is None:
                    raise UnseenError("it was listed, and is not described")
                context = {**context, "item": item}
        except UnseenError as error:
            self._miss(row.kind, row.describe or row.list, error)
            return None
        item = plain(context["item"])
        more = {key: plain(self._further(key, call, region, context)) for key, call in row.further.items()}
        data = {
            **{k: v for k, v in item.items() if k not in row.drop},
            **{k: v for k, v in more.items() if v is not _UNSEEN},
        }
        name = str(plain(jmespath.search(row.name, {**context, "item": item})) or "unnamed")[:MOST_NAME]
        return {"name": name, "data": shaped(row.kind, data), **({"region": region} if row.region else {})}

    def _further(self, key: str, call: Call, region: str, context: dict[str, Any]) -> Any:
        if call.only and not jmespath.search(call.only, context):
            return None
        try:
            pages = self.asker.pages(self.row, call, region, context)
        except UnseenError as error:
            self._miss(f"{self.row.kind}:{key}", call, error)
            return _UNSEEN
        return _merged([jmespath.search(call.take, page) for page in pages])

    def _region(self, context: dict[str, Any]) -> str:
        """Where an item is asked for: a bucket lies in a region of its own."""
        if not self.row.region:
            return self.where.region
        told = jmespath.search(self.row.region, context)
        if told:
            return str(told)
        call = Call.model_validate({"operation": BUCKET_REGION[1], "with": {"Bucket": "item.Name"}})
        try:
            pages = self.asker.pages(self.row, call, self.where.region, context)
        except UnseenError:
            return self.where.region  # what is asked there then says itself what is wrong
        return str(pages[0].get("LocationConstraint") or "us-east-1")

    def _measure(self, items: list[dict[str, Any]]) -> None:
        wanted = [
            one for at, item in enumerate(items) for one in wanted_of(self.row.kind, self.row.metrics, at, item["data"])
        ]
        try:
            figures = read_metrics(self.asker, self.where.region, wanted, self.where.now, self.where.hours)
        except UnseenError as error:
            gap = Gap(
                source=AWS,
                scope=self.where.scope,
                kind=f"{self.row.kind}:Metrics",
                why=error.why,
                permission="cloudwatch:GetMetricData" if error.denied else "",
            )
            self.found.gaps.append(gap)
            return
        for at, item in enumerate(items):
            if self.row.kind == ALARM and item["data"].get("Metrics"):
                item["data"][WATCHED] = item["data"]["Metrics"]  # its own expression; Metrics are figures, as elsewhere
            item["data"]["Metrics"] = figures.get(at, {})
            if self.row.kind == QUOTA:
                used = {
                    key: value for key, value in item["data"]["Metrics"].get(USAGE, {}).items() if key != "Datapoints"
                }
                item["data"][USAGE] = next(iter(used.values()), None)

    def _miss(self, kind: str, call: Call, error: UnseenError) -> None:
        permission = self.row.action(call) if error.denied else ""
        self.found.gaps.append(Gap(source=AWS, scope=self.where.scope, kind=kind, why=error.why, permission=permission))

    def _record(self, item: dict[str, Any]) -> Record:
        return Record(
            source=AWS,
            scope=item.get("region", self.where.scope),
            kind=self.row.kind,
            name=item["name"],
            data=item["data"],
        )


_UNSEEN: Callable[[], None] = lambda: None  # noqa: E731  told apart from None, which says that there is none


def _merged(parts: list[Any]) -> Any:
    """The pages of an answer as one: lists follow each other."""
    if not parts:
        return None
    if all(isinstance(part, list) for part in parts):
        return [item for part in parts for item in part]
    return parts[0]
