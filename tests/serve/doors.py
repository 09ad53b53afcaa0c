"""A server in this process, over a store with reports that were kept before; fast, and with the official client."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from mcp import Client

from gonogo.agents.grounding import stock_reason
from gonogo.agents.redecide import redecide
from gonogo.keeping import KeepOptions, opened_store
from gonogo.model.criterion import Area, Status
from gonogo.model.investigation import Proposal
from gonogo.model.report import Report
from gonogo.run import Options
from gonogo.serve.mcp.server import Door, Opened, open_server
from gonogo.state import state_folder
from gonogo.store.runs import Admission, admit, finish

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
MODEL = "an-unheard-of-model"


def options(**given: Any) -> Options:
    return Options((), None, None, tuple(area.value for area in Area), None, False, **given)


def door(*roots: Path, **given: Any) -> Opened:
    return open_server(
        Door(
            options=options(),
            roots=tuple(root.resolve() for root in roots),
            state=state_folder(),
            new_run=lambda: uuid4().hex,
            clock=lambda: NOON,
            environment=lambda: dict(os.environ),
            **given,
        )
    )


def keep(report: Report, folder: Path, run: str | None = None) -> str:
    """Keeps a report as that of a run on a folder."""
    name = run or uuid4().hex
    with opened_store(KeepOptions()) as store:
        admit(
            store,
            Admission(
                run=name,
                created=report.provenance.created,
                gonogo=report.provenance.gonogo,
                target=report.target.name,
                catalogue=report.provenance.catalogue,
                fingerprint="0" * 16,
                options={"paths": [str(folder.resolve())]},
            ),
        )
        finish(store, name, report)
    return name


def with_proposal(report: Report) -> tuple[Report, str]:
    """The report with a pass that a model proposes for what is unverified, and the criterion."""
    evidence = next(item for item in report.evidence if item.locator.path and len(item.excerpt) > 20)
    row = next(row for row in report.assessments if row.status is Status.UNVERIFIED)
    proposal = Proposal(
        status=Status.PASS,
        reason=stock_reason(evidence.locator),
        evidence=(evidence.id,),
        quote=evidence.excerpt.splitlines()[0],
        by=MODEL,
    )
    rows = [item.model_copy(update={"proposal": proposal}) if item is row else item for item in report.assessments]
    return redecide(report, rows, report.findings), row.criterion


async def within(opened: Opened, era: str, act: Callable[[Client], Awaitable[Any]], **given: Any) -> Any:
    """What comes of something that a client does in an era of the protocol."""
    async with Client(opened.server, mode=era, **given) as client:
        return await act(client)
