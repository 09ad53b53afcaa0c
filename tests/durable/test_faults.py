"""Each external call fails in turn, in each way: the run ends with its report or can go on, and no verdict gets better.

The calls: store and checkpoints (a driver's error at the N-th statement, a full disk, a read-only one), the exporter of
spans (raises, hangs), and the clock. Models and tools have tests of their own under ``tests/worst_case``.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import sqlalchemy as sa

from gonogo.agents.asking.plan import ModelPlan
from gonogo.begun import Begun
from gonogo.criteria import load_catalogue
from gonogo.graph.audit import Request, StoppedRunError, audit
from gonogo.graph.sealed import CheckpointError
from gonogo.keeping import KeepOptions, KeptRun, Opening, opened_run, opened_store
from gonogo.model.criterion import Area, catalogue_hash
from gonogo.model.report import Report
from gonogo.model.target import Target
from gonogo.store.errors import StoreError
from gonogo.store.ledger import Ledger
from gonogo.store.runs import admit, finish, list_runs, read_report
from gonogo.store.verify import verify
from gonogo.tools.collect import Collector
from gonogo.tools.repository import open_repository
from tests.bedrock import Request as Asked
from tests.bedrock import Scripted
from tests.conftest import NOON
from tests.models import ScriptedModel
from tests.store.runs import admission
from tests.test_model_audit import honest
from tests.worst_case.audits import plan_of

AREAS = (Area.SECURITY, Area.COST)
FEW = (1, 2, 3, 5, 8, 13, 21)
"""Which statements fail in the short form, each in two of the ways."""


@dataclass
class Ground:
    collector: Collector
    folder: Path
    expected: Report
    asked: list[Asked]

    def plan(self) -> ModelPlan:
        def script(request: Asked) -> Scripted:
            self.asked.append(request)
            return honest(request)

        return plan_of(ScriptedModel(script=script))

    def audit(
        self, options: KeepOptions, run: str | None = None, flag: Event | None = None
    ) -> tuple[Report, list[str], KeptRun]:
        """An audit that is kept; with an id the one of that run that goes on. It stops when the flag is set."""
        problems: list[str] = []
        begun = Begun(
            paths=(self.folder,),
            target=self.collector.target,
            areas=AREAS,
            clock=NOON.isoformat(),
            catalogue=catalogue_hash(load_catalogue()),
        )
        opening = Opening(options, begun, run)
        with opened_run(opening, datetime.now(UTC), flag or Event(), problems.append) as kept:
            plan = replace(self.plan(), ledger=kept.ledger, telemetry=kept.telemetry, is_stopping=kept.stopping.is_set)
            report = audit(
                Request(self.collector, load_catalogue(), AREAS),
                clock=lambda: NOON,
                keeping=kept.keeping(),
                plan=plan,
                telemetry=kept.telemetry,
            )
        return report, problems, kept


@pytest.fixture(scope="module")
def expected(shop: Path) -> Report:
    """The report of an audit that nothing is kept of."""
    collector = Collector(open_repository([shop]), Target(name="shop"))
    plan = plan_of(ScriptedModel(script=honest))
    return audit(Request(collector, load_catalogue(), AREAS), clock=lambda: NOON, plan=plan)


@pytest.fixture
def here(shop: Path, expected: Report) -> Ground:
    return Ground(Collector(open_repository([shop]), Target(name="shop")), shop, expected, [])


def store_in(folder: Path) -> KeepOptions:
    return KeepOptions(store=f"sqlite:///{folder}/runs.sqlite")


@contextmanager
def failing_statement(
    monkeypatch: pytest.MonkeyPatch, number: int, error: Exception, times: int
) -> Iterator[list[int]]:
    """The store's N-th statement that writes raises, and so do the next ones, so many in all."""
    count = [0]

    def before(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            count[0] += 1
            if number <= count[0] < number + times:
                raise error

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", before)
    try:
        yield count
    finally:
        sa.event.remove(sa.engine.Engine, "before_cursor_execute", before)


STATEMENT_ERRORS = {
    "full": sqlite3.OperationalError("database or disk is full"),
    "read-only": sqlite3.OperationalError("attempt to write a readonly database"),
    "locked": sqlite3.OperationalError("database is locked"),
    "broken": sqlite3.DatabaseError("database disk image is malformed"),
}


def fail_a_statement(
    here: Ground, monkeypatch: pytest.MonkeyPatch, folder: Path, number: int, kind: str, times: int
) -> bool:
    """Whether the N-th statement was ever reached."""
    error = STATEMENT_ERRORS[kind]
    wrapped = sa.exc.OperationalError("a statement", {"secret": "parameter"}, error)
    with failing_statement(monkeypatch, number, wrapped, times) as count:
        report, problems, _kept = here.audit(store_in(folder))
    assert report == here.expected, "a store changes no report"
    if count[0] < number:
        assert not problems
        return False
    assert problems, "what could not be kept is told"
    assert "parameter" not in " ".join(problems)
    return True


@pytest.mark.parametrize(
    ("number", "kind"),
    [(number, kind) for at, number in enumerate(FEW) for kind in [*STATEMENT_ERRORS][at % 2 * 2 :][:2]],
)
def test_a_store_that_fails_changes_nothing(
    number: int, kind: str, here: Ground, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fail_a_statement(here, monkeypatch, tmp_path, number, kind, times=1 if number % 2 else 10_000)


@pytest.mark.sweep
@pytest.mark.parametrize("kind", STATEMENT_ERRORS)
@pytest.mark.parametrize("times", [1, 3, 10_000])
def test_no_statement_s_fault_changes_anything(
    kind: str, times: int, here: Ground, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    number = 1
    while fail_a_statement(here, monkeypatch, tmp_path / str(number), number, kind, times):
        number += 1
    assert number > 20


def failing_checkpoint(monkeypatch: pytest.MonkeyPatch, number: int) -> list[int]:
    """The N-th write of a checkpoint, of either kind, raises what a full disk makes of it, and all later ones."""
    from langgraph.checkpoint.sqlite import SqliteSaver

    count = [0]
    for name in ("put", "put_writes"):
        real = getattr(SqliteSaver, name)

        def put(saver: Any, *arguments: Any, _real: Callable[..., Any] = real, **more: Any) -> Any:
            count[0] += 1
            if count[0] >= number:
                raise sqlite3.OperationalError("database or disk is full")
            return _real(saver, *arguments, **more)

        monkeypatch.setattr(SqliteSaver, name, put)
    return count


@pytest.mark.parametrize("number", range(1, 24, 4))
def test_checkpoints_that_fail_cost_no_answer(
    number: int, here: Ground, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    count = failing_checkpoint(monkeypatch, number)
    report, problems, kept = here.audit(store_in(tmp_path))
    assert report == here.expected
    assert bool(problems) == (count[0] >= number)
    assert len(here.asked) == len({str(asked.body) for asked in here.asked}), "no answer was paid for twice"
    with opened_store(store_in(tmp_path)) as store:
        assert read_report(store, kept.id) == here.expected
        assert not verify(store)


def stopped_after(here: Ground, number: int, options: KeepOptions, monkeypatch: pytest.MonkeyPatch) -> str:
    """A run that was told to stop at its N-th answer: its id."""
    real, count, flag = Ledger.keep, [0], Event()

    def keep(ledger: Ledger, *arguments: Any) -> None:
        real(ledger, *arguments)
        count[0] += 1
        if count[0] == number:
            flag.set()

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "keep", keep)
        with pytest.raises(StoppedRunError):
            here.audit(options, flag=flag)
    with opened_store(options) as store:
        row = list_runs(store, limit=1)[0]
    assert row.state == "interrupted"
    return row.run


@pytest.mark.parametrize("number", range(1, 6))
def test_a_run_that_was_stopped_goes_on(
    number: int, here: Ground, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run = stopped_after(here, number, store_in(tmp_path), monkeypatch)
    report, problems, _kept = here.audit(store_in(tmp_path), run)
    assert report == here.expected
    assert not problems
    assert len(here.asked) == len({str(asked.body) for asked in here.asked}), "no answer was paid for twice"


@pytest.mark.parametrize("fault", ["raises", "hangs", "raises a store's error"])
def test_spans_that_can_t_be_kept_change_nothing(
    fault: str, here: Ground, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def keep(store: Any, run: str, spans: Sequence[Any]) -> None:
        if fault == "hangs":
            time.sleep(60)
        raise StoreError("full") if "store" in fault else ValueError("a bug")

    monkeypatch.setattr("gonogo.keeping.keep_spans", keep)
    monkeypatch.setattr("gonogo.telemetry.tracing.FLUSH_SECONDS", 0.5)
    started = time.monotonic()
    report, problems, kept = here.audit(store_in(tmp_path))
    assert time.monotonic() - started < 15
    assert report == here.expected
    assert problems
    with opened_store(store_in(tmp_path)) as store:
        assert read_report(store, kept.id) == here.expected


@pytest.mark.parametrize("otlp", ["http://127.0.0.1:1", "http://127.0.0.1:9/x", "not a url", "ftp://127.0.0.1"])
def test_a_collector_that_is_not_there_changes_nothing(otlp: str, here: Ground, tmp_path: Path) -> None:
    started = time.monotonic()
    report, problems, _ = here.audit(replace(store_in(tmp_path), otlp=otlp))
    assert time.monotonic() - started < 15
    assert report == here.expected
    assert problems


def test_a_clock_that_runs_backwards_changes_nothing(here: Ground, tmp_path: Path) -> None:
    """Of the store: a report tells the time at which its run began."""
    times = iter(NOON - timedelta(seconds=number) for number in range(1_000_000))
    options = store_in(tmp_path)
    with opened_store(options) as store:
        backwards = replace(store, clock=lambda: next(times))
        admit(backwards, admission("a" * 32))
        finish(backwards, "a" * 32, here.expected, {})
        assert read_report(backwards, "a" * 32) == here.expected
        assert not verify(backwards)


@pytest.mark.parametrize(
    ("form", "says"), [("CAST(x'00' || {} AS BLOB)", "not what was stored"), ("x'00' || {}", "can't be kept there")]
)
def test_a_changed_checkpoint_is_not_gone_on_from(
    form: str, says: str, here: Ground, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The run begins again from what it can read, and pays for nothing twice."""
    run = stopped_after(here, 2, store_in(tmp_path), monkeypatch)
    with sqlite3.connect(tmp_path / "runs-checkpoints.sqlite") as connection:
        changed = connection.execute(f"UPDATE checkpoints SET checkpoint = {form.format('checkpoint')}").rowcount
        changed += connection.execute(f"UPDATE writes SET value = {form.format('value')}").rowcount
    connection.close()
    assert changed > 2
    report, problems, _kept = here.audit(store_in(tmp_path), run)
    assert report == here.expected
    assert any(says in problem for problem in problems)
    assert len(here.asked) == len({str(asked.body) for asked in here.asked})


def test_checkpoint_errors_are_of_one_family() -> None:
    from gonogo.graph.sealed import ChangedCheckpointError

    assert issubclass(ChangedCheckpointError, CheckpointError)
