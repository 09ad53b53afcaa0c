"""Runs: admitted before their first step, finished with their report, or stopped."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import sqlalchemy as sa
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError

from gonogo.model.deciding import decide_again
from gonogo.model.report import Report
from gonogo.store import chain
from gonogo.store.blobs import digest_of, hold_blobs, put_blobs, read_blob
from gonogo.store.cells import need_typed, plain
from gonogo.store.errors import ChangedRunError, StoreError, UnknownRunError
from gonogo.store.projections import project
from gonogo.store.schema import parts, runs
from gonogo.store.told import RUNNING, Told, read_told

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from gonogo.store.open import Store

FINISHED = "finished"
STOPPED = ("failed", "interrupted")
_PREFIX = re.compile(r"[0-9a-f]{4,32}\Z")


def _utc(text: str) -> str:
    if datetime.fromisoformat(text).utcoffset() != timedelta(0):
        raise ValueError("is no time in UTC")
    return text


class Admission(BaseModel):
    """What is known of a run before its first step. ``run`` is 32 hex digits, ``created`` ISO 8601 in UTC, ``options``
    all that it takes to go on with it elsewhere."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    created: Annotated[str, AfterValidator(_utc)]
    gonogo: str
    target: str
    catalogue: str
    fingerprint: str
    options: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as the store has it. ``state`` is running, finished, failed or interrupted; ``changed`` where somebody
    changed its row, or it is sealed with a key that is not here: nothing is told of it then."""

    run: str
    target: str
    state: str
    created: str
    ended: str | None
    gonogo: str
    verdict: str | None
    why: str
    admission: Admission
    report: str | None
    final: str | None

    def plain(self) -> dict[str, Any]:
        """What is told of it, JSON-ready."""
        told = ("run", "target", "state", "created", "ended", "gonogo", "verdict", "why")
        return {name: getattr(self, name) for name in told}


def admit(store: Store, admission: Admission) -> None:
    """Admits a run. Raises StoreError, also for one that is admitted already."""
    text = admission.model_dump_json()
    with store.writing() as connection:
        store.lock(connection, "chain", run=admission.run)
        if connection.execute(sa.select(runs.c.run).where(runs.c.run == admission.run)).one_or_none():
            raise StoreError(f"run {admission.run} is in the store already: go on with it, or give the run another id.")
        connection.execute(
            runs.insert().values(
                run=admission.run,
                target=plain(admission.target),
                state="running",
                created=admission.created,
                gonogo=admission.gonogo,
                why="",
                admission=text,
            )
        )
        found = chain.append(store, connection, admission.run, "admitted", {"admission": digest_of(text.encode())})
        chain.anchor(store, connection, admission.run, "admitted", found)


def finish(store: Store, run: str, report: Report, state: dict[str, Any] | None = None) -> None:
    """Keeps a run's report and the state that it was made from; a second time the same changes nothing.

    Raises StoreError; ChangedRunError where another report is there.
    """
    told, final = report.model_dump_json().encode(), json.dumps(state or {}, ensure_ascii=False).encode()
    with store.writing() as connection:
        hold_blobs(store, connection)
        row = _held_row(store, connection, run)
        if row.state == FINISHED:
            if row.report != digest_of(told):
                raise ChangedRunError(f"run {run} is finished with another report: it is not changed.")
            return
        put_blobs(store, connection, (told, final))
        project(connection, run, report)
        connection.execute(parts.delete().where(parts.c.run == run))
        ended = {
            "state": FINISHED,
            "verdict": report.verdict.value.value,
            "report": digest_of(told),
            "final": digest_of(final),
            "ended": store.now(),
        }
        connection.execute(runs.update().where(runs.c.run == run).values(**ended, why=""))
        _end(store, connection, run, ended)


def stop(store: Store, run: str, state: str, why: str) -> None:
    """Says that a run ended without a report: ``failed`` or ``interrupted``. A finished run stays so."""
    if state not in STOPPED:
        raise ValueError(f"a run is stopped as one of {STOPPED}, not {state!r}")
    why = plain(why)
    with store.writing() as connection:
        if _held_row(store, connection, run).state == FINISHED:
            return
        ended = {"state": state, "ended": store.now()}
        connection.execute(runs.update().where(runs.c.run == run).values(**ended, why=why))
        _end(store, connection, run, {**ended, "why": digest_of(why.encode())})


def find_run(store: Store, run: str) -> RunRow:
    """The run of that id, or of the one id that begins so. Raises UnknownRunError, and ChangedRunError where its row is
    not what its chain says."""
    found = find_id(store, run)
    with store.reading() as connection:
        return _checked(store, connection, _row(connection, found))


def find_id(store: Store, run: str) -> str:
    """The id that begins so, whether or not what is stored of the run can be believed. Raises UnknownRunError."""
    if not _PREFIX.match(run):
        raise UnknownRunError(f"{run[:40]!r} is no run: give at least four digits of its id (gonogo runs list).")
    with store.reading() as connection:
        query = sa.select(runs.c.run).where(runs.c.run.startswith(run, autoescape=True)).limit(2)
        found = connection.execute(query).scalars().all()
    if len(found) != 1:
        many = "several runs begin" if found else "no run begins"
        raise UnknownRunError(f"{many} with {run} in {store.shown}: see gonogo runs list.")
    return str(found[0])


def list_runs(store: Store, *, limit: int, target: str | None = None) -> tuple[RunRow, ...]:
    """The newest runs first, at most so many; one that was changed has the state ``changed``. Raises StoreError."""
    query = sa.select(runs).order_by(runs.c.created.desc(), runs.c.run).limit(limit)
    if target is not None:
        query = query.where(runs.c.target == target)
    with store.reading() as connection:
        return tuple(_told(store, connection, row) for row in connection.execute(query).all())


def read_report(store: Store, run: str) -> Report:
    """The report of a finished run. Raises UnknownRunError where there is none, ChangedRunError if it was changed."""
    try:
        report = Report.model_validate_json(_part(store, run, "report"))
    except ValidationError as error:
        raise ChangedRunError(f"the report of run {run} is none of this version of gonogo.") from error
    if not is_decided(report):
        raise ChangedRunError(f"the verdict of run {run} does not follow from its report: it is not used.")
    return report


def is_decided(report: Report) -> bool:
    """Says whether a report's verdict is what its own assessments come to."""
    return decide_again(report) == report.verdict


def read_state(store: Store, run: str) -> dict[str, Any]:
    """The state that a finished run's report was made from. Raises as ``read_report`` does."""
    try:
        found = json.loads(_part(store, run, "final"))
    except (ValueError, RecursionError) as error:
        raise ChangedRunError(f"the state of run {run} can't be read.") from error
    return dict(found)


def _part(store: Store, run: str, part: str) -> bytes:
    with store.reading() as connection:
        row = _checked(store, connection, _row(connection, run))
        digest = getattr(row, part)
        if digest is None:
            raise UnknownRunError(f"run {run} is {row.state} and has no report: gonogo runs resume {run[:8]}.")
        return read_blob(connection, digest)


def _held_row(store: Store, connection: Connection, run: str) -> Any:
    """The row, which nobody else changes to the end of the transaction."""
    store.lock(connection, "chain", run=run)
    return _row(connection, run)


def _row(connection: Connection, run: str) -> Any:
    row = connection.execute(sa.select(runs).where(runs.c.run == run)).one_or_none()
    if row is None:
        raise UnknownRunError(f"run {run} is not in the store: see gonogo runs list.")
    return row


def _checked(store: Store, connection: Connection, row: Any) -> RunRow:
    """The row, if it is what the run's chain says. Who can write rows can't seal entries."""
    need_typed(runs, dict(row._mapping))
    told = read_told(store, connection, [row.run], ("admitted", "ended"))[row.run]
    if told.is_foreign:
        raise ChangedRunError(f"run {row.run} is sealed with a key that is not here: give the key it was made with.")
    if told.admission != digest_of(row.admission.encode("utf-8", "surrogatepass")) or not is_as_told(row, told):
        raise ChangedRunError(f"run {row.run} is not what was stored: see gonogo runs verify {row.run[:8]}.")
    return _read(row)


def is_as_told(row: Any, told: Told) -> bool:
    """Says whether a run ended as its chain says."""
    is_why = digest_of(row.why.encode("utf-8", "surrogatepass")) == told.ended.get("why", digest_of(b""))
    return is_why and all(getattr(row, name) == told.ended.get(name) for name in RUNNING)


def is_of_admission(row: Any, admission: Admission) -> bool:
    """Says whether a row says what its admission does."""
    told = (admission.run, admission.created, admission.gonogo, plain(admission.target))
    return told == (row.run, row.created, row.gonogo, row.target)


def _told(store: Store, connection: Connection, row: Any) -> RunRow:
    try:
        return _checked(store, connection, row)
    except ChangedRunError:
        unknown = Admission.model_construct(run="", created="", gonogo="", target="", catalogue="", fingerprint="")
        return RunRow(
            str(row.run), str(row.target), "changed", str(row.created), None, "", None, "", unknown, None, None
        )


def _read(row: Any) -> RunRow:
    """With what was admitted, not with what the row repeats of it."""
    try:
        admission = Admission.model_validate_json(row.admission)
    except ValidationError as error:
        raise ChangedRunError(f"the admission of run {row.run} was changed: it can't be used.") from error
    return RunRow(
        row.run,
        admission.target,
        row.state,
        admission.created,
        row.ended,
        admission.gonogo,
        row.verdict,
        row.why,
        admission,
        row.report,
        row.final,
    )


def _end(store: Store, connection: Connection, run: str, body: dict[str, Any]) -> None:
    found = chain.append(store, connection, run, "ended", body)
    chain.anchor(store, connection, run, "ended", found)
