"""A store that the first version made, as literal SQL: this version reads it, verifies it, and goes on with it.

The file is never made again from code: it is what users have.
"""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import psycopg
import pytest

from gonogo.model.report import Report
from gonogo.store.decisions import read_decisions
from gonogo.store.evidence import keep_evidence, read_evidence
from gonogo.store.ledger import Ledger
from gonogo.store.open import NEWEST, open_store
from gonogo.store.parts import find_part
from gonogo.store.runs import finish, list_runs, read_report
from gonogo.store.spans import read_spans
from gonogo.store.verify import verify
from tests.store.conftest import KEY, Clock
from tests.store.runs import decision, kept, span

RUN = "a" * 32
PART = "37a680133bd09342f934afb8dd2c7d9e1b624da5f35e3a38adb103e37c055ed1"
TEXT = (Path(__file__).parent / "first_version.sql").read_text()


@pytest.fixture
def first(url: str) -> str:
    """The URL of a store that the literal SQL made."""
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            connection.executescript(re.sub(r"bytes\('([0-9a-f]*)'\)", r"x'\1'", TEXT.replace("BYTES", "BLOB")))
        connection.close()
    else:
        with psycopg.connect(url) as server:
            server.execute(re.sub(r"bytes\('([0-9a-f]*)'\)", r"'\\x\1'", TEXT.replace("BYTES", "BYTEA")).encode())
    return url


def test_a_store_of_the_first_version_is_read_verified_and_gone_on_with(first: str, shop_report: Report) -> None:
    store = open_store(first, key=KEY, clock=Clock())
    assert not verify(store)
    assert [(row.target, row.state) for row in list_runs(store, limit=9)] == [
        ("shop", "interrupted"),
        ("other", "running"),
    ]
    assert {item.evidence.excerpt: item.span_id for item in read_evidence(store, RUN)} == {
        "a.py": None,
        "b.py": "0" * 16,
    }
    assert Ledger(store, RUN).find("1" * 64) == {"content": "yes"}
    assert read_spans(store, RUN) == (span(1),)
    assert read_decisions(store, RUN) == (decision(RUN),)
    assert find_part(store, RUN, PART) == b"part"
    keep_evidence(store, RUN, [kept("c.py")])
    finish(store, RUN, shop_report, {})
    assert read_report(store, RUN) == shop_report
    assert not verify(store)
    store.close()


def test_it_has_this_version_s_number_afterwards(first: str) -> None:
    open_store(first, key=KEY, clock=Clock()).close()
    if first.startswith("sqlite"):
        with sqlite3.connect(first.removeprefix("sqlite:///")) as connection:
            found = connection.execute("SELECT version_num FROM gonogo_version").fetchall()
        connection.close()
    else:
        with psycopg.connect(first) as server:
            found = server.execute("SELECT version_num FROM gonogo_version").fetchall()
    assert found == [(NEWEST,)]
