"""What is put into a store comes out of it, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from gonogo.model.criterion import Strength
from gonogo.model.report import Report
from gonogo.store.decisions import decide, read_decisions
from gonogo.store.errors import ChangedRunError, NewerStoreError, StoreError, UnknownRunError, UnreachableStoreError
from gonogo.store.evidence import keep_evidence, read_evidence
from gonogo.store.history import read_history
from gonogo.store.ledger import Ledger
from gonogo.store.open import NEWEST, Store, open_store
from gonogo.store.retention import prune
from gonogo.store.runs import admit, find_run, finish, list_runs, read_report, read_state, stop
from gonogo.store.schema import PROJECTIONS, blobs, findings
from gonogo.store.spans import keep_spans, read_spans
from gonogo.store.verify import verify
from tests.store.conftest import KEY, NOON, Clock
from tests.store.runs import admission, decision, kept, span, whole_run

RUN, OTHER = "a" * 32, "b" * 32


def test_a_run_comes_out_as_it_went_in(store: Store, shop_report: Report) -> None:
    whole_run(store, RUN, shop_report)
    row = find_run(store, "aaaa")
    assert (row.run, row.state, row.verdict) == (RUN, "finished", shop_report.verdict.value.value)
    assert row.admission == admission(RUN)
    assert read_report(store, RUN) == shop_report
    assert read_state(store, RUN) == {"results": {}}
    items = {item.evidence.excerpt: item for item in read_evidence(store, RUN)}
    assert items["a.py"].evidence.strength is Strength.WIRED, "the stronger of two"
    assert items["b.py"].span_id == "0" * 16
    assert read_spans(store, RUN) == (span(1), span(2))
    assert [call.answer for call in Ledger(store, RUN).all()] == [{"content": "yes"}, {"content": "no"}]
    assert Ledger(store, RUN).find("1" * 64) == {"content": "yes"}
    assert Ledger(store, RUN).find("3" * 64) is None
    assert read_decisions(store, RUN) == (decision(RUN),)
    assert read_history(store, RUN)["pieces of evidence"] == 3
    assert not verify(store)


def test_a_report_s_rows_can_be_asked_by_sql(store: Store, shop_report: Report) -> None:
    whole_run(store, RUN, shop_report)
    with store.reading() as connection:
        counts = [connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() for table in PROJECTIONS]
        worst = connection.execute(sa.select(findings.c.finding).where(findings.c.severity == "critical")).all()
    assert counts[:3] == [len(shop_report.assessments), len(shop_report.findings), len(shop_report.verdict.gates)]
    assert {row.finding for row in worst} == {f.id for f in shop_report.findings if f.severity.value == "critical"}


def test_evidence_is_stored_once(store: Store, shop_report: Report) -> None:
    for number in range(5):
        whole_run(store, f"{number}" * 32, shop_report)
    with store.reading() as connection:
        count = connection.execute(sa.select(sa.func.count()).select_from(blobs)).scalar()
    assert count == 4 + 4 + 2, "three pieces of evidence, one of them twice; two calls; report and state"


def test_finishing_twice_changes_nothing(store: Store, shop_report: Report) -> None:
    whole_run(store, RUN, shop_report)
    finish(store, RUN, shop_report, {"results": {}})
    other = shop_report.model_copy(update={"concessions": ()}).model_copy(update={"schema_version": "0"})
    with pytest.raises(ChangedRunError, match="another report"):
        finish(store, RUN, other, {})
    stop(store, RUN, "failed", "too late")
    assert find_run(store, RUN).state == "finished"
    assert not verify(store)


def test_runs_are_found_by_what_tells_them_apart(store: Store) -> None:
    admit(store, admission("abcd" + "0" * 28))
    admit(store, admission("abcd" + "1" * 28, created="2026-11-22T12:00:00+00:00", target="other"))
    assert find_run(store, "abcd1").target == "other"
    for wrong, says in {"abcd": "several", "ffff": "no run", "abc": "four digits", "%": "no run", "": "no run"}.items():
        with pytest.raises(UnknownRunError, match=says):
            find_run(store, wrong)
    assert [row.target for row in list_runs(store, limit=10)] == ["other", "shop"]
    assert [row.run for row in list_runs(store, limit=10, target="shop")] == ["abcd" + "0" * 28]
    assert len(list_runs(store, limit=1)) == 1
    with pytest.raises(UnknownRunError, match="has no report"):
        read_report(store, "abcd" + "0" * 28)


def test_a_stopped_run_can_be_finished_later(store: Store, shop_report: Report) -> None:
    admit(store, admission(RUN))
    stop(store, RUN, "interrupted", "it was told to stop")
    assert find_run(store, RUN).why == "it was told to stop"
    finish(store, RUN, shop_report, {})
    assert find_run(store, RUN).state == "finished"
    assert not verify(store)


def test_an_answer_is_kept_once(store: Store) -> None:
    admit(store, admission(RUN))
    ledger = Ledger(store, RUN)
    ledger.keep("1" * 64, "security", 0, [], {"said": "first"})
    ledger.keep("1" * 64, "security", 0, [], {"said": "second"})
    assert ledger.find("1" * 64) == {"said": "first"}
    assert Ledger(store, OTHER).find("1" * 64) is None, "another run's answer is no answer"


def test_many_write_at_once(store: Store, shop_report: Report) -> None:
    """Threads of one run, and runs beside each other."""
    names = [f"{number:032x}" for number in range(8)]
    for name in names:
        admit(store, admission(name))

    def write(number: int) -> None:
        name = names[number % len(names)]
        keep_evidence(store, name, [kept(f"{number}.py"), kept("same.py")])
        Ledger(store, name).keep(f"{number:064x}", "x", number, [{"at": 0}], {"number": number})
        keep_spans(store, name, [span(number)])

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(96)))
        list(pool.map(lambda name: finish(store, name, shop_report, {}), names))
    assert sum(len(Ledger(store, name).all()) for name in names) == 96
    assert all(len(read_evidence(store, name)) == 13 for name in names)
    assert not verify(store)


def test_many_open_an_empty_store_at_once(url: str) -> None:
    ready = threading.Barrier(8)

    def opened(number: int) -> str:
        ready.wait()
        store = open_store(url, key=KEY, clock=Clock())
        admit(store, admission(f"{number:032x}"))
        store.close()
        return store.shown

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(opened, range(8)))
    store = open_store(url, key=KEY, clock=Clock())
    assert len(list_runs(store, limit=100)) == 8
    assert not verify(store)
    store.close()


def test_pruning_frees_space_and_leaves_reports(store: Store, shop_report: Report) -> None:
    whole_run(store, RUN, shop_report)
    admit(store, admission(OTHER))
    ledger = Ledger(store, RUN)
    for number in range(40):
        ledger.keep(f"9{number:063x}", "long", number, [{"text": os.urandom(20_000).hex()}], {"n": number})
    Ledger(store, OTHER).keep("1" * 64, "security", 0, [], {"said": "still running"})
    done = prune(store, before=NOON + timedelta(days=1))
    assert (done.calls, done.spans) == (42, 2)
    assert done.before - done.after > 500_000
    assert read_report(store, RUN) == shop_report
    assert len(read_evidence(store, RUN)) == 3
    assert not Ledger(store, RUN).all()
    assert Ledger(store, OTHER).find("1" * 64), "what is running is left alone"
    assert not verify(store)
    assert prune(store, before=NOON + timedelta(days=1)).calls == 0
    assert not verify(store)


def test_whole_runs_can_go_and_the_chain_says_so(store: Store, shop_report: Report) -> None:
    whole_run(store, RUN, shop_report)
    whole_run(store, OTHER, shop_report)
    with store.writing() as connection:
        connection.execute(sa.text(f"UPDATE runs SET created = '2027-01-01' WHERE run = '{OTHER}'"))
    done = prune(store, before=NOON + timedelta(days=1), whole_runs=True)
    assert done.runs == 1
    assert [row.run for row in list_runs(store, limit=9)] == [OTHER]
    assert read_report(store, OTHER) == shop_report
    assert [problem.run for problem in verify(store)] == [OTHER], "whose time was changed above"


def test_decisions_are_added_only(store: Store, shop_report: Report) -> None:
    whole_run(store, RUN, shop_report)
    decide(store, decision(RUN, what="reject", reason="it was not so"))
    assert [item.what for item in read_decisions(store, RUN)] == ["confirm", "reject"]
    assert not verify(store)


def test_another_key_checks_the_chain_and_says_what_it_can_t(url: str, shop_report: Report) -> None:
    store = open_store(url, key=KEY, clock=Clock())
    whole_run(store, RUN, shop_report)
    store.close()
    other = open_store(url, key=b"o" * 32, clock=Clock())
    told = [str(problem) for problem in verify(other)]
    assert told
    assert all("a key that is not here" in text for text in told)
    assert Ledger(other, RUN).find("1" * 64) is None, "what another key sealed answers nothing"
    other.close()


def test_a_newer_store_is_left_alone(store: Store, url: str) -> None:
    with store.writing() as connection:
        connection.execute(sa.text("UPDATE gonogo_version SET version_num = '9999'"))
    with pytest.raises(NewerStoreError, match="newer gonogo"):
        open_store(url, key=KEY, clock=Clock())
    assert NEWEST < "9999"


def test_a_file_is_nobody_else_s(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path}/new/runs.sqlite", key=KEY, clock=Clock()).close()
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "new/runs.sqlite").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("mysql://db/x", "no store of gonogo"),
        ("not a url", "can't be read"),
        ("sqlite://", "needs a file"),
        ("postgresql://someone:secret@127.0.0.1:1/x", "can't be reached"),
        ("sqlite:////proc/none/runs.sqlite", "check its folder"),
    ],
)
def test_a_store_that_can_t_be_opened_is_told(wrong: str, says: str) -> None:
    with pytest.raises(StoreError, match=says) as error:
        open_store(wrong, key=KEY, clock=Clock())
    assert "secret" not in str(error.value)


def test_a_missing_database_and_a_wrong_user_are_told(postgres: str) -> None:
    head, _, query = postgres.partition("?")
    with pytest.raises(UnreachableStoreError, match="create the database"):
        open_store(f"{head.rpartition('/')[0]}/nowhere?{query}", key=KEY, clock=Clock())
    with pytest.raises(UnreachableStoreError, match="check user and password"):
        open_store(postgres.replace("postgres:@", "nobody:secret@"), key=KEY, clock=Clock())


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    path.write_bytes(os.urandom(4096))
    with pytest.raises(UnreachableStoreError, match="no database file"):
        open_store(f"sqlite:///{path}", key=KEY, clock=Clock())
