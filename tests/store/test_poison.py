"""Rows that somebody changed: each is named by verify, none is believed, none runs code, none breaks what reads it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from gonogo.model.report import Report
from gonogo.model.verdict import Value
from gonogo.store.blobs import digest_of
from gonogo.store.decisions import read_decisions
from gonogo.store.errors import ChangedRunError, StoreError
from gonogo.store.evidence import read_evidence
from gonogo.store.ledger import Ledger
from gonogo.store.open import Store, open_store
from gonogo.store.runs import find_run, list_runs, read_report, read_state
from gonogo.store.schema import blobs, calls, entries, evidence, runs, spans
from gonogo.store.spans import read_spans
from gonogo.store.verify import verify
from tests.store.conftest import KEY, Clock
from tests.store.runs import whole_run

RUN, OTHER = "a" * 32, "b" * 32
READERS: tuple[Callable[[Store], Any], ...] = (
    lambda store: list_runs(store, limit=9),
    lambda store: find_run(store, RUN),
    lambda store: read_report(store, RUN),
    lambda store: read_state(store, RUN),
    lambda store: read_evidence(store, RUN),
    lambda store: read_spans(store, RUN),
    lambda store: read_decisions(store, RUN),
    lambda store: Ledger(store, RUN).all(),
    lambda store: Ledger(store, RUN).find("1" * 64),
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, shop_report: Report) -> Path:
    """A store with two finished runs, to be copied."""
    path = tmp_path_factory.mktemp("poison") / "runs.sqlite"
    store = open_store(f"sqlite:///{path}", key=KEY, clock=Clock())
    whole_run(store, RUN, shop_report)
    whole_run(store, OTHER, shop_report)
    store.close()
    return path


def copied(filled: Path, folder: Path) -> Store:
    target = folder / "runs.sqlite"
    target.write_bytes(filled.read_bytes())
    return open_store(f"sqlite:///{target}", key=KEY, clock=Clock())


def execute(store: Store, statement: Any) -> None:
    with store.writing() as connection:
        connection.execute(statement)


def read_all(store: Store) -> Iterator[Any]:
    """What each reader gives; a StoreError is an answer, anything else breaks the test."""
    for reader in READERS:
        try:
            yield reader(store)
        except StoreError as error:
            yield error


def _fits(store: Store, table: sa.Table, column: Any, value: Any) -> bool:
    """A key that is there already can't be put in another row's place."""
    return not (column.primary_key and value in ("", None) and table is entries)


POISON: dict[str, Callable[[Store], Any]] = {
    "a verdict": lambda store: runs.update().where(runs.c.run == RUN).values(verdict="GO"),
    "a report of another run": lambda store: runs.update().where(runs.c.run == RUN).values(report="f" * 64),
    "a state": lambda store: runs.update().where(runs.c.run == RUN).values(state="running"),
    "a deleted run": lambda store: runs.delete().where(runs.c.run == RUN),
    "a deleted entry": lambda store: entries.delete().where(entries.c.run == RUN, entries.c.number == 3),
    "the last entry": lambda store: entries.delete().where(entries.c.run == RUN, entries.c.kind == "ended"),
    "a whole chain": lambda store: entries.delete().where(entries.c.run == RUN),
    "a deleted call": lambda store: calls.delete().where(calls.c.run == RUN, calls.c.turn == 0),
    "deleted evidence": lambda store: evidence.delete().where(evidence.c.run == RUN),
    "deleted bytes": lambda store: blobs.delete(),
    "an admission": lambda store: runs.update().where(runs.c.run == RUN).values(admission='{"run": "x"}'),
    "a bomb": lambda store: blobs.update().values(packed=zlib.compress(b"0" * 50_000_000, 9)),
    "a bomb that says so": lambda store: blobs.update().values(
        packed=zlib.compress(b"0" * 50_000_000, 9), size=50_000_000
    ),
    "a size of another type": lambda store: blobs.update().values(size=sa.literal("big", sa.types.NullType())),
    "packed text": lambda store: sa.text("UPDATE blobs SET packed = 'text'"),
}


@pytest.mark.parametrize("name", POISON)
def test_what_was_poisoned_is_named_and_not_believed(name: str, filled: Path, tmp_path: Path) -> None:
    store = copied(filled, tmp_path)
    execute(store, POISON[name](store))
    assert verify(store)
    for read in read_all(store):
        assert not isinstance(read, Report) or read.verdict.value is not Value.GO
    store.close()


def test_a_forged_report_is_refused(filled: Path, tmp_path: Path) -> None:
    """A whole GO report under a name of its own, put in the place of the run's."""
    store = copied(filled, tmp_path)
    data = json.loads(read_report(store, RUN).model_dump_json())
    data["verdict"] |= {"value": "GO", "gates": []}
    forged = json.dumps(data).encode()
    row = {"digest": digest_of(forged), "size": len(forged), "packed": zlib.compress(forged)}
    execute(store, blobs.insert().values(**row))
    execute(store, runs.update().where(runs.c.run == RUN).values(report=row["digest"], verdict="GO"))
    with pytest.raises(ChangedRunError, match="not what was stored"):
        read_report(store, RUN)
    assert "its report is another" in {problem.what for problem in verify(store)}
    store.close()


def test_an_answer_of_another_call_is_no_answer(filled: Path, tmp_path: Path) -> None:
    store = copied(filled, tmp_path)
    with store.reading() as connection:
        rows = connection.execute(sa.select(calls).where(calls.c.run == RUN).order_by(calls.c.turn)).all()
    execute(store, calls.update().where(calls.c.run == RUN, calls.c.turn == 0).values(answer=rows[1].answer))
    assert Ledger(store, RUN).find(rows[0].key) is None
    with pytest.raises(ChangedRunError):
        Ledger(store, RUN).all()
    execute(store, calls.update().where(calls.c.run == RUN).values(run="c" * 32))
    assert Ledger(store, "c" * 32).find(rows[1].key) is None, "another run's seal is no seal"
    store.close()


@pytest.mark.parametrize("packed", [b"", b"x", zlib.compress(b"{}"), zlib.compress(b"[" * 100_000)])
def test_a_span_that_is_none_is_told(packed: bytes, filled: Path, tmp_path: Path) -> None:
    store = copied(filled, tmp_path)
    execute(store, spans.update().values(packed=packed))
    with pytest.raises(ChangedRunError, match="can't be read"):
        read_spans(store, RUN)
    store.close()
