"""Threads and processes that write at once, processes that are killed, and a prune among them: nothing is lost."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from gonogo.model.report import Report
from gonogo.store.errors import ChangedRunError, StoreError
from gonogo.store.evidence import keep_evidence, read_evidence
from gonogo.store.ledger import Ledger
from gonogo.store.open import Store, open_store
from gonogo.store.retention import prune
from gonogo.store.runs import admit, find_run, finish, list_runs, read_report, stop
from gonogo.store.schema import blobs, entries
from gonogo.store.spans import keep_spans, read_spans
from gonogo.store.verify import verify
from tests.store.conftest import KEY, NOON, Clock
from tests.store.runs import admission, kept, span, whole_run

RUN = "a" * 32
LATER = NOON + timedelta(days=1)
FRESH = multiprocessing.get_context("forkserver")  # processes without anything of this one, that need not import again
FRESH.set_forkserver_preload([__name__])


def write_runs(url: str, worker: int, count: int) -> None:
    """A process's part: runs of its own, and its share of one that all write to."""
    store = open_store(url, key=KEY, clock=Clock())
    for number in range(count):
        run = f"{worker:016x}{number:016x}"
        admit(store, admission(run))
        keep_evidence(store, run, [kept(f"{worker}-{number}.py"), kept("same.py")])
        Ledger(store, RUN).keep(f"{worker:032x}{number:032x}", "all", number, [], {"n": number})
        stop(store, run, "failed", "done")
    store.close()


def write_for_ever(url: str, told: Path) -> None:
    store = open_store(url, key=KEY, clock=Clock())
    admit(store, admission(RUN))
    with told.open("ab", buffering=0) as out:
        for number in range(1_000_000):
            Ledger(store, RUN).keep(f"{number:064x}", "c", number, [{"text": "x" * 2000}], {"n": number})
            out.write(b".")


def test_processes_open_and_write_at_once(url: str) -> None:
    """Four of them, on a store that none has opened before but for the run that they share."""
    ready = [FRESH.Process(target=write_runs, args=(url, worker, 6)) for worker in range(4)]
    store = open_store(url, key=KEY, clock=Clock())
    admit(store, admission(RUN))
    for process in ready:
        process.start()
    for process in ready:
        process.join(120)
    assert [process.exitcode for process in ready] == [0] * 4
    assert len(list_runs(store, limit=100)) == 25
    assert len(Ledger(store, RUN).all()) == 24
    assert not verify(store)
    store.close()


def test_a_killed_process_leaves_all_that_it_kept(url: str, tmp_path: Path) -> None:
    told = tmp_path / "told"
    told.touch()
    process = FRESH.Process(target=write_for_ever, args=(url, told))
    process.start()
    end = time.monotonic() + 60
    while told.stat().st_size < 20 and time.monotonic() < end:
        time.sleep(0.02)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join(30)
    store = open_store(url, key=KEY, clock=Clock())
    answers = Ledger(store, RUN).all()
    assert 20 <= told.stat().st_size <= len(answers) <= told.stat().st_size + 1
    assert not verify(store)
    store.close()


def test_the_same_from_all_sides_is_kept_once(store: Store, shop_report: Report) -> None:
    """One call, one piece of evidence, one batch of spans and one report by sixteen threads at the same moment."""
    admit(store, admission(RUN))
    ready = threading.Barrier(16)

    def write(number: int) -> None:
        ready.wait()
        Ledger(store, RUN).keep("1" * 64, "c", 0, [], {"by": number})
        keep_evidence(store, RUN, [kept("same.py", span=f"{number:016x}")])
        keep_spans(store, RUN, [span(1), span(2 + number)])
        finish(store, RUN, shop_report, {"results": {}})

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(16)))
    assert len(Ledger(store, RUN).all()) == 1
    assert len(read_evidence(store, RUN)) == 1
    assert len(read_spans(store, RUN)) == 17
    with store.reading() as connection:
        kinds = connection.execute(sa.select(entries.c.kind).where(entries.c.run == RUN)).scalars().all()
    assert (kinds.count("ended"), kinds.count("call"), kinds.count("evidence")) == (1, 1, 1)
    assert not verify(store)


def test_a_hundred_runs_at_once(store: Store) -> None:
    def one(number: int) -> None:
        admit(store, admission(f"{number:032x}"))
        stop(store, f"{number:032x}", "interrupted", "")

    with ThreadPoolExecutor(100) as pool:
        list(pool.map(one, range(100)))
    assert len(list_runs(store, limit=200)) == 100
    assert not verify(store)


def test_verify_while_others_write(url: str) -> None:
    """It reads one state of the store: what comes meanwhile is no problem."""
    store = open_store(url, key=KEY, clock=Clock())
    admit(store, admission(RUN))
    over = threading.Event()

    def write() -> None:
        other = open_store(url, key=KEY, clock=Clock())
        number = 0
        while not over.is_set():
            number += 1
            keep_evidence(other, RUN, [kept(f"{number}.py")])
        other.close()

    with ThreadPoolExecutor(2) as pool:
        writing = [pool.submit(write) for _ in range(2)]
        try:
            for _ in range(15):
                assert not verify(store)
        finally:
            over.set()
    for done in writing:
        done.result()
    store.close()


def test_a_prune_leaves_what_is_being_written(store: Store) -> None:
    """A blob that nothing names is taken up by a run that has not committed yet, while a prune looks for such blobs."""
    whole = kept("orphan.py")
    admit(store, admission("b" * 32))
    keep_evidence(store, "b" * 32, [whole])
    stop(store, "b" * 32, "failed", "")
    with store.writing() as connection:
        from gonogo.store.schema import evidence

        connection.execute(evidence.delete())  # its blob stays behind, as after a crash in between
    admit(store, admission(RUN))
    from gonogo.store.blobs import digest_of, put_blobs
    from gonogo.store.evidence import _plain

    with ThreadPoolExecutor(1) as pool:
        with store.writing() as connection:
            put_blobs(store, connection, [_plain(whole)])
            pruning = pool.submit(prune, store, before=LATER)
            time.sleep(0.5)
            assert not pruning.done(), "it waits for who writes"
            connection.execute(
                evidence.insert().values(run=RUN, evidence=whole.evidence.id, digest=digest_of(_plain(whole)))
            )
        assert pruning.result(60).blobs == 0
    with store.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(blobs)).scalar() == 1


def test_prunes_among_writers_lose_nothing(store: Store, shop_report: Report) -> None:
    names = [f"{number:032x}" for number in range(6)]

    def write(name: str) -> None:
        whole_run(store, name, shop_report)

    def clean(_: int) -> int:
        return prune(store, before=NOON - timedelta(days=1)).blobs

    with ThreadPoolExecutor(8) as pool:
        written, cleaned = pool.map(write, names), pool.map(clean, range(3))
        list(written), list(cleaned)
    assert [read_report(store, name) == shop_report for name in names] == [True] * 6
    assert all(len(Ledger(store, name).all()) == 2 for name in names)
    assert not verify(store)


def test_who_waits_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gonogo.store.open.BUSY_SECONDS", 0.2)
    store = open_store(f"sqlite:///{tmp_path}/runs.sqlite", key=KEY, clock=Clock())
    with store.writing(), pytest.raises(StoreError, match="held by another process"), store.writing():
        pass
    store.close()


def test_another_report_never_wins(store: Store, shop_report: Report) -> None:
    """Two reports of one run at the same moment: one is kept, the other is told so."""
    admit(store, admission(RUN))
    reports = [shop_report, shop_report.model_copy(update={"schema_version": "0"})]
    ready = threading.Barrier(2)

    def end(report: Report) -> Report | None:
        ready.wait()
        try:
            finish(store, RUN, report)
        except ChangedRunError:
            return None
        return report

    with ThreadPoolExecutor(2) as pool:
        kept_ones = [report for report in pool.map(end, reports) if report is not None]
    assert kept_ones == [read_report(store, RUN)]
    assert find_run(store, RUN).state == "finished"
    assert not verify(store)
