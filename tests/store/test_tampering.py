"""Nothing that was changed without the key is believed, in either database; verify names each change."""

from __future__ import annotations

import json
import random
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gonogo.model.report import Report
from gonogo.model.verdict import Value
from gonogo.store import chain
from gonogo.store.blobs import digest_of
from gonogo.store.decisions import read_decisions
from gonogo.store.errors import ChangedRunError, StoreError
from gonogo.store.evidence import keep_evidence, read_evidence
from gonogo.store.ledger import Ledger
from gonogo.store.open import Store, open_store
from gonogo.store.parts import find_part, keep_part
from gonogo.store.runs import admit, find_id, find_run, finish, list_runs, read_report, read_state, stop
from gonogo.store.schema import blobs, calls, decisions, entries, evidence, metadata, runs, spans
from gonogo.store.spans import keep_spans, read_spans
from gonogo.store.verify import KEY as ANOTHER_KEY
from gonogo.store.verify import verify
from tests.store.conftest import KEY, Clock
from tests.store.runs import admission, decision, kept, span, whole_run
from tests.store.tampering import another, cells, forge_go, put_cell, tampering

RUN, OTHER, HALF = "a" * 32, "b" * 32, "c" * 32


def read_everything(store: Store) -> list[Any]:
    """What each door gives; a StoreError is an answer, anything else breaks the test."""
    found: list[Any] = []
    for run in (RUN, OTHER, HALF):
        doors: tuple[Callable[[], Any], ...] = (
            lambda run=run: find_run(store, run),
            lambda run=run: read_report(store, run),
            lambda run=run: read_state(store, run),
            lambda run=run: read_evidence(store, run),
            lambda run=run: read_spans(store, run),
            lambda run=run: read_decisions(store, run),
            lambda run=run: Ledger(store, run).all(),
            lambda run=run: Ledger(store, run).find("1" * 64),
            lambda run=run: find_part(store, run, digest_of(b"part")),
        )
        for door in (*doors, lambda: list_runs(store, limit=9)):
            try:
                found.append(door())
            except StoreError as error:
                found.append(error)
    return found


def fill(store: Store, report: Report) -> None:
    """Two finished runs and one that is under way: a row in every table."""
    whole_run(store, RUN, report)
    whole_run(store, OTHER, report)
    admit(store, admission(HALF))
    keep_part(store, HALF, b"part")
    assert not verify(store)


_FILLED: dict[bool, dict[sa.Table, list[dict[str, Any]]]] = {}
"""The rows of a store that was filled, by whether it is a file."""


@pytest.fixture
def full(store: Store, shop_report: Report) -> Store:
    """Filled through its doors once for each database; then the same rows are put there."""
    if store.is_file not in _FILLED:
        fill(store, shop_report)
        with tampering(store) as connection:
            _FILLED[store.is_file] = {
                table: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
                for table in metadata.sorted_tables
            }
        return store
    with tampering(store) as connection:
        for table, rows in _FILLED[store.is_file].items():
            if rows:
                connection.execute(table.insert(), rows)
    return store


def problems_after_one_change(store: Store, seed: int) -> None:
    """Changes one cell, looks, and puts it back."""
    chance = random.Random(seed)
    with tampering(store) as connection:
        by_table: dict[str, list[Any]] = {}
        for cell in cells(connection):
            by_table.setdefault(cell[0].name, []).append(cell)
        table, row, name = chance.choice(by_table[chance.choice(sorted(by_table))])
        value = another(row[name], table.c[name], chance, typed=not store.is_file)
        savepoint = connection.begin_nested()
        try:
            put_cell(connection, table, row, name, value)
        except sa.exc.IntegrityError:
            savepoint.rollback()
            return  # the key of another row
        changed = row | {name: value}
    said = (table.name, name, row[name], value)
    assert verify(store), said
    for read in read_everything(store):
        assert not isinstance(read, Report) or read.verdict.value is not Value.GO, said
    with tampering(store) as connection:
        put_cell(connection, table, changed, name, row[name])
    assert not verify(store), said


def test_any_cell_of_any_table_that_is_changed_is_named(full: Store) -> None:
    for seed in range(15):
        problems_after_one_change(full, seed)


@pytest.mark.sweep
@pytest.mark.parametrize("part", range(10))
def test_no_cell_of_any_table_can_be_changed_unseen(full: Store, part: int) -> None:
    for seed in range(150):
        problems_after_one_change(full, 1_000_000 + 1000 * part + seed)


TABLES = [table.name for table in metadata.sorted_tables if table is not blobs]


def test_any_row_that_is_deleted_is_named(full: Store) -> None:
    for name in TABLES:
        if name in ("violations", "refused"):
            continue
        table = metadata.tables[name]
        with tampering(full) as connection:
            rows = [dict(row) for row in connection.execute(sa.select(table)).mappings()]
        assert rows, name
        row = random.Random(7).choice(rows)
        where = [key == row[key.name] for key in table.primary_key.columns]
        with tampering(full) as connection:
            connection.execute(table.delete().where(*where))
        assert verify(full), (name, row)
        read_everything(full)
        with tampering(full) as connection:
            connection.execute(table.insert().values(**row))
        assert not verify(full), name


def test_each_entry_that_is_deleted_is_named(full: Store) -> None:
    with tampering(full) as connection:
        rows = [dict(row) for row in connection.execute(sa.select(entries)).mappings()]
    for row in rows:
        where = (entries.c.run == row["run"], entries.c.number == row["number"])
        with tampering(full) as connection:
            connection.execute(entries.delete().where(*where))
        assert verify(full), row["kind"]
        with tampering(full) as connection:
            connection.execute(entries.insert().values(**row))
    assert not verify(full)


@pytest.mark.parametrize("changed", [{}, {"key_id": "00000000"}], ids=["old seal", "another key's"])
def test_a_forged_go_is_not_believed(changed: dict[str, str], full: Store, shop_report: Report) -> None:
    """Also not under the name of a key that nobody has."""
    forge_go(full, RUN, shop_report, **changed)
    for door in (read_report, find_run):
        with pytest.raises(ChangedRunError):
            door(full, RUN)
    row = next(row for row in list_runs(full, limit=9) if row.run == RUN)
    assert (row.state, row.verdict) == ("changed", None)
    assert read_report(full, OTHER) == shop_report
    told = {problem.what for problem in verify(full) if problem.run == RUN}
    assert "the verdict of its report does not follow from its assessments" in told


def test_evidence_of_another_run_is_not_taken(full: Store) -> None:
    admit(full, admission("d" * 32))
    keep_evidence(full, "d" * 32, [kept("good.py")])
    with tampering(full) as connection:
        connection.execute(evidence.update().where(evidence.c.run == "d" * 32).values(run=HALF))
    for run in ("d" * 32, HALF):
        with pytest.raises(ChangedRunError, match="not what was stored"):
            read_evidence(full, run)
        assert [problem for problem in verify(full) if problem.run == run]


def test_a_decision_that_nobody_made_is_not_believed(full: Store) -> None:
    with tampering(full) as connection:
        row = dict(connection.execute(sa.select(decisions).where(decisions.c.run == RUN)).mappings().one())
        connection.execute(decisions.insert().values(**(row | {"number": 2, "who": "Eve", "what": "waive"})))
    with pytest.raises(ChangedRunError, match="not those that were made"):
        read_decisions(full, RUN)


def test_a_report_that_contradicts_itself_is_refused_whoever_sealed_it(store: Store, shop_report: Report) -> None:
    forged = shop_report.model_copy(
        update={"verdict": shop_report.verdict.model_copy(update={"value": Value.GO, "gates": ()})}
    )
    whole_run(store, RUN, forged)
    with pytest.raises(ChangedRunError, match="does not follow"):
        read_report(store, RUN)
    assert "the verdict of its report does not follow from its assessments" in {p.what for p in verify(store)}


def test_a_run_under_another_key_is_of_a_kind_of_its_own(url: str, shop_report: Report) -> None:
    store = open_store(url, key=KEY, clock=Clock())
    whole_run(store, RUN, shop_report)
    store.close()
    other = open_store(url, key=b"o" * 32, clock=Clock())
    assert {problem.kind for problem in verify(other)} == {ANOTHER_KEY}
    for door in (find_run, read_report, read_evidence, read_decisions):
        with pytest.raises(ChangedRunError, match="a key that is not here"):
            door(other, RUN)
    assert find_id(other, "aaaa") == RUN, "it can be named all the same, to be verified"
    other.close()


def test_a_bomb_takes_no_more_room_than_it_claims(full: Store) -> None:
    bomb = zlib.compress(b"0" * 200_000_000, 9)
    with tampering(full) as connection:
        connection.execute(blobs.update().values(packed=bomb))
        connection.execute(spans.update().values(packed=bomb))
    tracemalloc.start()
    try:
        assert verify(full)
        read_everything(full)
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("body", ["[" * 50_000, "null", "7", '{"key": []}', '{"run": {}}', "{", '"x"'])
def test_an_entry_that_says_nonsense_breaks_nothing(body: str, full: Store) -> None:
    """Under a hash that fits and a key that nobody has."""
    with tampering(full) as connection:
        for row in connection.execute(sa.select(entries)).mappings().all():
            told = digest_of(body.encode())
            found = chain.hash_of(row["run"], row["number"], row["kind"], row["at"], told, row["previous"])
            connection.execute(
                entries.update()
                .where(entries.c.run == row["run"], entries.c.number == row["number"])
                .values(body=body, digest=told, hash=found, key_id="00000000")
            )
    assert verify(full)
    assert not [read for read in read_everything(full) if isinstance(read, Report)]


def swap_types(store: Store, value: Any, columns: list[tuple[str, str]]) -> None:
    """Puts the value into one cell of each column, looks, and puts back what was there."""
    for name, column in columns:
        with tampering(store) as connection:
            first = f'SELECT rowid, "{column}" FROM {name} ORDER BY rowid DESC LIMIT 1'
            found = connection.exec_driver_sql(first).first()
            if found is None:
                continue
            change = f'UPDATE {name} SET "{column}" = ? WHERE rowid = ?'
            connection.exec_driver_sql(change, (value, found[0]))
        assert verify(store), (name, column)
        assert not [read for read in read_everything(store) if is_go(read)], (name, column)
        with tampering(store) as connection:
            connection.exec_driver_sql(change, (found[1], found[0]))
    assert not verify(store)


def is_go(read: Any) -> bool:
    return isinstance(read, Report) and read.verdict.value is Value.GO


COLUMNS = [(table.name, column.name) for table in metadata.sorted_tables for column in table.columns]


@pytest.mark.parametrize("value", [b"\xff\xfe", 2**62], ids=["bytes", "integer"])
def test_a_value_of_another_type_breaks_nothing(value: Any, tmp_path: Path, shop_report: Report) -> None:
    """SQLite takes any type in any column."""
    store = open_store(f"sqlite:///{tmp_path}/runs.sqlite", key=KEY, clock=Clock())
    fill(store, shop_report)
    projections = {"assessments", "findings", "gates"}
    columns = [column for column in COLUMNS if column[0] not in projections or column[1] == "run"]
    swap_types(store, value, random.Random(11).sample(columns, 15))
    store.close()


@pytest.mark.sweep
@pytest.mark.parametrize("value", [b"\xff\xfe", b"", "\x7fnot", 2**62, -1, 0.5, float("inf")])
def test_a_value_of_any_type_in_any_column_breaks_nothing(value: Any, tmp_path: Path, shop_report: Report) -> None:
    store = open_store(f"sqlite:///{tmp_path}/runs.sqlite", key=KEY, clock=Clock())
    fill(store, shop_report)
    swap_types(store, value, COLUMNS)
    store.close()


def test_bytes_that_are_no_text_break_nothing(tmp_path: Path, shop_report: Report) -> None:
    """Under the type of a text, where reading them as one fails."""
    store = open_store(f"sqlite:///{tmp_path}/runs.sqlite", key=KEY, clock=Clock())
    fill(store, shop_report)
    with tampering(store) as connection:
        for name, column in (("runs", "target"), ("calls", "conversation"), ("entries", "body"), ("evidence", "span")):
            connection.exec_driver_sql(f"UPDATE {name} SET \"{column}\" = CAST(x'ff' AS TEXT)")
    assert verify(store)
    assert not [read for read in read_everything(store) if isinstance(read, Report)]
    store.close()


def test_rows_of_a_run_that_never_was_are_named(full: Store) -> None:
    with tampering(full) as connection:
        connection.execute(evidence.insert().values(run="e" * 32, evidence="ev-1", digest="0" * 64))
        connection.execute(runs.update().where(runs.c.run == OTHER).values(run="9" * 32))
    assert {"e" * 32, OTHER, "9" * 32} <= {problem.run for problem in verify(full)}


def test_calls_that_are_swapped_answer_nothing(full: Store) -> None:
    with tampering(full) as connection:
        connection.execute(calls.update().where(calls.c.run == RUN).values(run="f" * 32))
        connection.execute(calls.update().where(calls.c.run == OTHER).values(run=RUN))
    assert Ledger(full, RUN).find("1" * 64) is None
    with pytest.raises(ChangedRunError, match="not what was stored"):
        Ledger(full, RUN).all()


STEPS = st.lists(
    st.tuples(st.sampled_from("admit evidence call spans part decide stop finish".split()), st.integers(0, 2)),
    min_size=1,
    max_size=25,
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(steps=STEPS)
def test_whatever_was_done_verifies(steps: list[tuple[str, int]], store: Store, shop_report: Report) -> None:
    """Any sequence of doors on three runs; a step on a run that is not there is refused or keeps nothing."""
    offset = random.Random(json.dumps(steps)).getrandbits(64)
    names = [f"{offset:016x}{number:016x}" for number in range(3)]
    admitted: set[str] = set()
    for count, (step, number) in enumerate(steps):
        run = names[number]
        if step == "admit" and run not in admitted:
            admit(store, admission(run))
            admitted.add(run)
        elif run in admitted:
            do(store, run, step, count, shop_report)
    assert not [problem for problem in verify(store) if problem.run in ("", *names)]


def do(store: Store, run: str, step: str, count: int, report: Report) -> None:
    if step == "evidence":
        keep_evidence(store, run, [kept(f"{count % 4}.py", span=f"{count:016x}"), kept("same.py")])
    elif step == "call":
        Ledger(store, run).keep(f"{count % 5:064x}", "c", count, [{"at": count}], {"n": count})
    elif step == "spans":
        keep_spans(store, run, [span(count % 6), span(count)])
    elif step == "part" and find_run(store, run).state != "finished":
        keep_part(store, run, b"%d" % (count % 3))
    elif step == "decide":
        from gonogo.store.decisions import decide

        decide(store, decision(run, reason=f"because of {count}\0"))
    elif step == "stop":
        stop(store, run, "failed", f"of {count}\0")
    elif step == "finish":
        finish(store, run, report, {"results": {}})
