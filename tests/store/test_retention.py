"""What a prune deletes, what it leaves alone, and that the space comes back."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from gonogo.model.report import Report
from gonogo.store.errors import StoreError
from gonogo.store.ledger import Ledger
from gonogo.store.open import Store, open_store
from gonogo.store.parts import keep_part
from gonogo.store.retention import DEAD_AFTER, prune
from gonogo.store.runs import admit, find_run, list_runs, read_report, stop
from gonogo.store.schema import entries, metadata
from gonogo.store.spans import read_spans
from gonogo.store.verify import verify
from tests.store.conftest import KEY, NOON, Clock
from tests.store.runs import admission, whole_run

RUN, OTHER = "a" * 32, "b" * 32


def at(store: Store, days: float) -> Store:
    """The same store, so many days after noon."""
    clock = Clock()
    clock.now += timedelta(days=days)
    return replace(store, clock=clock)


def talk(store: Store, run: str, *, text: str = "") -> None:
    for number in range(10):
        request = [{"text": text or os.urandom(20_000).hex()}]
        Ledger(store, run).keep(f"{number:064x}", "long", number, request, {"n": number})


def test_the_files_get_smaller(store: Store, shop_report: Report) -> None:
    whole_run(store, RUN, shop_report)
    stop(store, RUN, "failed", "")
    admit(store, admission(OTHER))
    talk(store, OTHER)
    stop(store, OTHER, "failed", "")
    done = prune(at(store, 100), before=NOON + timedelta(days=10))
    assert done.before - done.after > 150_000
    if store.is_file:
        path = Path(store.engine.url.database or "")
        assert path.stat().st_size + path.with_name(path.name + "-wal").stat().st_size == done.after
    assert done.calls == 12
    assert not verify(store)


def test_a_run_that_was_killed_goes_one_that_runs_stays(store: Store) -> None:
    """Both say that they run; the one has kept nothing for days."""
    for run in (RUN, OTHER):
        admit(store, admission(run))
        talk(store, run, text="hello")
        keep_part(store, run, run.encode())
    later = at(store, 100)
    Ledger(later, OTHER).keep("f" * 64, "long", 99, [], {"still": "here"})
    done = prune(later, before=NOON + timedelta(days=10))
    assert done.names == (RUN,)
    assert not Ledger(store, RUN).all()
    assert len(Ledger(store, OTHER).all()) == 11
    assert timedelta(hours=1) < DEAD_AFTER
    assert not verify(store)


@pytest.mark.parametrize("whole", [False, True])
def test_an_old_run_that_was_taken_up_again_is_left_alone(whole: bool, store: Store) -> None:
    admit(store, admission(RUN))
    talk(store, RUN, text="hello")
    stop(store, RUN, "interrupted", "it was told to stop")
    later = at(store, 100)
    Ledger(later, RUN).keep("f" * 64, "long", 99, [], {"taken": "up"})
    assert prune(later, before=NOON + timedelta(days=10), whole_runs=whole).names == ()
    assert len(Ledger(store, RUN).all()) == 11
    assert not verify(store)


def test_what_was_pruned_once_does_not_become_young(store: Store, shop_report: Report) -> None:
    whole_run(store, RUN, shop_report)
    assert prune(at(store, 90), before=NOON + timedelta(days=1)).names == (RUN,)
    done = prune(at(store, 91), before=NOON + timedelta(days=2), whole_runs=True)
    assert (done.names, done.runs) == ((RUN,), 1)
    assert not list_runs(store, limit=9)
    assert not verify(store)


def test_a_whole_run_leaves_its_chain_alone(store: Store, shop_report: Report) -> None:
    whole_run(store, RUN, shop_report)
    prune(at(store, 90), before=NOON + timedelta(days=1), whole_runs=True)
    with store.reading() as connection:
        counts = {
            table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar()
            for table in metadata.sorted_tables
        }
        kinds = connection.execute(sa.select(entries.c.kind).where(entries.c.run == RUN)).scalars().all()
    assert {name for name, count in counts.items() if count} == {"entries"}
    assert {"admitted", "ended", "pruned"} <= set(kinds)
    assert not verify(store)


def test_blobs_of_others_stay(store: Store, shop_report: Report) -> None:
    whole_run(store, RUN, shop_report)
    whole_run(at(store, 95), OTHER, shop_report)
    done = prune(at(store, 100), before=NOON + timedelta(days=10), whole_runs=True)
    assert (done.names, done.blobs) == ((RUN,), 1), (
        "a piece that a stronger one has replaced; the others are both runs'"
    )
    assert read_report(store, OTHER) == shop_report
    assert read_spans(store, OTHER)
    assert not verify(store)


def test_where_others_hold_the_store_its_space_comes_back_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shop_report: Report
) -> None:
    monkeypatch.setattr("gonogo.store.open.BUSY_SECONDS", 0.3)
    store = open_store(f"sqlite:///{tmp_path}/runs.sqlite", key=KEY, clock=Clock())
    whole_run(store, RUN, shop_report)
    is_deleted, is_over = threading.Event(), threading.Event()

    def hold() -> None:
        is_deleted.wait(10)
        with store.writing():
            is_over.wait(10)

    from gonogo.store import retention

    original = retention._give_back
    with ThreadPoolExecutor(1) as pool:
        pool.submit(hold)
        monkeypatch.setattr(
            retention, "_give_back", lambda given: (is_deleted.set(), is_over.wait(0.2), original(given))
        )
        with pytest.raises(StoreError, match=r"is deleted, but its space is not given back yet.*held by another"):
            prune(at(store, 90), before=NOON + timedelta(days=1))
        is_over.set()
    assert not Ledger(store, RUN).all()
    assert find_run(store, RUN).state == "finished"
    assert not verify(store)
    store.close()
