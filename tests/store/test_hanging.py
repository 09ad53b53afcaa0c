"""A server that is there and does not answer: the audit does not wait for it without an end."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace

import pytest
import sqlalchemy as sa

from gonogo.store.errors import StoreError
from gonogo.store.open import open_store
from gonogo.store.runs import admit, list_runs
from tests.postgres import new_database
from tests.store.conftest import KEY, Clock
from tests.store.runs import admission


def test_a_server_that_hangs_is_told(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gonogo.store.open.CONNECT_SECONDS", 2)
    store = replace(open_store(new_database(postgres), key=KEY, clock=Clock()), seconds=1.0)
    admit(store, admission("a" * 32))
    with store.reading() as connection:
        server = int(connection.execute(sa.text("SELECT pg_backend_pid()")).scalar() or 0)
    os.kill(server, signal.SIGSTOP)
    try:
        started = time.monotonic()
        admit(store, admission("b" * 32))
        assert time.monotonic() - started < 10, "a pooled connection that does not answer is given up"
    finally:
        os.kill(server, signal.SIGCONT)
    assert len(list_runs(store, limit=9)) == 2
    store.close()


def test_a_server_that_stops_answering_in_a_transaction_is_told(postgres: str) -> None:
    store = replace(open_store(new_database(postgres), key=KEY, clock=Clock()), seconds=1.0)
    started = time.monotonic()
    with pytest.raises(StoreError, match="can't be reached"), store.reading() as connection:
        connection.execute(sa.text("SELECT pg_sleep(60)"))
    assert time.monotonic() - started < 10
    store.close()
