"""An AWS account: what its services say of what they have, by region, through a guard that lets only reads pass."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from gonogo.model.snapshot import Gap, Record
from gonogo.model.sources import AwsSource
from gonogo.model.target import Source
from gonogo.tools.errors import ToolError
from gonogo.tools.live.aws.asking import Asker, UnseenError
from gonogo.tools.live.aws.guard import open_session
from gonogo.tools.live.aws.rows import ONCE_SCOPE, Where, read_row
from gonogo.tools.live.aws.table import Row, load_rows
from gonogo.tools.live.shown import Reading, Shown

ROW_THREADS, ITEM_THREADS = 8, 12
HOMES = {"cn": "cn-north-1", "us-gov": "us-gov-west-1"}
"""Where what an account has once is asked for, by partition; us-east-1 elsewhere."""


def observe(source: AwsSource, reading: Reading) -> Shown:
    """All that the table asks for. Raises ToolError where the account can't be asked at all."""
    session, own = open_session(source)
    regions = source.regions or ((own,) if own else ())
    if not regions:
        raise ToolError("AWS: no region is given, and the profile has none: name regions, such as eu-west-1.")
    home = next((home for start, home in HOMES.items() if regions[0].startswith(start)), "us-east-1")
    asker = Asker(session, "")
    account = _account(asker, home)
    asker = Asker(session, account)
    now = reading.clock().replace(microsecond=0)
    asked = [row for row in load_rows() if not row.option or getattr(source, row.option)]
    tasks = [(row, Where(home, ONCE_SCOPE, now, source.window_hours)) for row in asked if row.once]
    tasks += [
        (row, Where(region, region, now, source.window_hours)) for region in regions for row in asked if not row.once
    ]
    records, gaps = _read(tasks, asker)
    gaps += [_not_asked(row) for row in load_rows() if row not in asked]
    notes = (f"regions: {', '.join(regions)}", f"metrics of {source.window_hours} h")
    return Shown((Source(kind="aws account", name=account, notes=notes),), tuple(records), tuple(gaps))


def _not_asked(row: Row) -> Gap:
    why = f"AWS charges for it, and it is read only with {row.option}: true"
    return Gap(source="aws", scope=ONCE_SCOPE if row.once else "", kind=row.kind, why=why)


def _account(asker: Asker, home: str) -> str:
    row = next(row for row in load_rows() if row.kind == "sts.identity")
    try:
        return str(asker.pages(row, row.list, home, {})[0]["Account"])
    except UnseenError as error:
        raise ToolError(
            f"AWS: the account can't be asked who it is ({error.why}): check credentials and region."
        ) from error


def _read(tasks: list[tuple[Row, Where]], asker: Asker) -> tuple[list[Record], list[Gap]]:
    """Rows side by side; those that are listed under others after them."""
    items: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    records: list[Record] = []
    gaps: list[Gap] = []
    with ThreadPoolExecutor(ITEM_THREADS) as of_items, ThreadPoolExecutor(ROW_THREADS) as of_rows:
        for depends in (False, True):
            chosen = [(row, where) for row, where in tasks if bool(row.list.each) is depends]
            parents = [[item["data"] for item in items[row.list.each, where.region]] for row, where in chosen]

            def read(task: tuple[tuple[Row, Where], list[dict[str, Any]]]) -> Any:
                (row, where), above = task
                return read_row(row, asker, where, above, of_items)

            for (row, where), found in zip(chosen, of_rows.map(read, zip(chosen, parents, strict=True)), strict=True):
                items[row.kind, where.region] = found.items
                records += found.records
                gaps += found.gaps
    return records, gaps
