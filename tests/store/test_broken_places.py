"""Places where a store can't be: each is told with its own advice, and without a word of what was to be stored."""

from __future__ import annotations

import os
import socket
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from gonogo.model.report import Report
from gonogo.store.errors import StoreError, UnreachableStoreError
from gonogo.store.evidence import keep_evidence
from gonogo.store.ledger import Ledger
from gonogo.store.open import Store, open_store
from gonogo.store.runs import admit, finish, list_runs, read_report, stop
from gonogo.store.verify import verify
from tests.postgres import new_database
from tests.store.conftest import KEY, Clock
from tests.store.runs import admission, kept, whole_run

RUN, OTHER = "a" * 32, "b" * 32
SECRET = "hunter2-" * 4


def opened(url: str) -> Store:
    return open_store(url, key=KEY, clock=Clock())


@contextmanager
def nobody(folder: Path) -> Iterator[None]:
    """As a user without rights: root may write anywhere."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that any user may enter."""
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_file_that_can_t_be_written_is_told(shared: Path) -> None:
    path = shared / "runs.sqlite"
    opened(f"sqlite:///{path}").close()
    path.chmod(0o444)
    shared.chmod(0o555)
    with nobody(shared), pytest.raises(UnreachableStoreError, match=r"can't be written.*check"):
        opened(f"sqlite:///{path}")


def test_a_folder_that_can_t_be_written_is_told(shared: Path) -> None:
    shared.chmod(0o555)
    with nobody(shared), pytest.raises(UnreachableStoreError, match=r"can't be written.*check its folder"):
        opened(f"sqlite:///{shared}/new/runs.sqlite")


@pytest.mark.parametrize("name", ["", "/", "\0"])
def test_what_is_no_file_is_told(name: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        opened(f"sqlite:///{tmp_path}{name}")


def fill_disk(store: Store) -> None:
    """SQLite itself says that there is no page left."""

    def bound(connection: object, *_: object) -> None:
        connection.execute("PRAGMA max_page_count=1")  # type: ignore[attr-defined]  # no less than there are

    store.engine.dispose()
    sa.event.listen(store.engine, "connect", bound)


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path, shop_report: Report) -> None:
    store = opened(f"sqlite:///{tmp_path}/runs.sqlite")
    whole_run(store, RUN, shop_report)
    admit(store, admission(OTHER))
    fill_disk(store)
    texts = [kept(f"{SECRET}{os.urandom(3000).hex()}") for _ in range(60)]
    doors: tuple[Callable[[], object], ...] = (
        lambda: keep_evidence(store, OTHER, texts),
        lambda: Ledger(store, OTHER).keep("1" * 64, "c", 0, [{"text": os.urandom(90_000).hex()}], {}),
        lambda: stop(store, OTHER, "failed", SECRET + os.urandom(90_000).hex()),
    )
    for door in doors:
        with pytest.raises(UnreachableStoreError, match="has no room left: free some") as error:
            door()
        assert SECRET not in "".join(traceback.format_exception(error.value))
    assert read_report(store, RUN) == shop_report
    assert not verify(store)
    store.close()


def test_a_server_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gonogo.store.open.CONNECT_SECONDS", 2)  # the least that the driver takes
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        started = time.monotonic()
        with pytest.raises(UnreachableStoreError, match="can't be reached: check that the server runs") as error:
            opened(f"postgresql://ana:{SECRET}@127.0.0.1:{silent.getsockname()[1]}/x")
        assert time.monotonic() - started < 6
    assert SECRET not in "".join(traceback.format_exception(error.value))


def test_a_wrong_password_is_told(postgres: str) -> None:
    """By a server that asks for one: what it says is what PostgreSQL's own says."""
    from psycopg import OperationalError

    from gonogo.store.open import told

    store = opened(new_database(postgres))
    says = 'connection failed: FATAL:  password authentication failed for user "ana"'
    assert "refuses the login: check user and password" in str(told(OperationalError(says), store))
    store.close()


def test_a_server_that_only_reads_is_told(postgres: str) -> None:
    url = new_database(postgres)
    store = opened(url)
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        name = sa.make_url(url).database
        connection.execute(sa.text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
    store.engine.dispose()
    with pytest.raises(UnreachableStoreError, match="give the server that takes writes"):
        admit(store, admission(RUN))
    assert list_runs(store, limit=9) == ()
    store.close()


def test_a_connection_that_was_cut_is_replaced(postgres: str) -> None:
    store = opened(new_database(postgres))
    admit(store, admission(RUN))
    with store.engine.connect() as connection:
        own = int(connection.execute(sa.text("SELECT pg_backend_pid()")).scalar() or 0)
    other = opened(new_database(postgres))
    with other.writing() as connection:
        connection.execute(sa.text(f"SELECT pg_terminate_backend({own})"))
    admit(store, admission(OTHER))
    assert len(list_runs(store, limit=9)) == 2
    store.close()
    other.close()


def test_a_database_of_something_else_is_told_and_left_as_it_is(url: str) -> None:
    store = opened(url)
    with store.writing() as connection:
        connection.execute(sa.text("DROP TABLE gonogo_version"))
        connection.execute(sa.text("DROP TABLE blobs"))
    store.close()
    with pytest.raises(UnreachableStoreError, match="has one of something else"):
        opened(url)


def test_tables_that_are_gone_are_told(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(sa.text("DROP TABLE evidence"))
    with pytest.raises(UnreachableStoreError, match=r"lacks a table.*restore it from a backup"):
        verify(store)


@pytest.mark.parametrize("version", ["none", "12", ""])
def test_a_version_that_is_none_is_told(version: str, store: Store, url: str) -> None:
    with store.writing() as connection:
        connection.execute(sa.text(f"UPDATE gonogo_version SET version_num = '{version}'"))
    with pytest.raises(StoreError, match="a version that no gonogo has"):
        opened(url)


def test_a_run_is_admitted_once(store: Store) -> None:
    admit(store, admission(RUN))
    with pytest.raises(StoreError, match="in the store already"):
        admit(store, admission(RUN, target="other"))
    assert [row.target for row in list_runs(store, limit=9)] == ["shop"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"run": "A" * 32},
        {"run": "a" * 31},
        {"run": "a" * 32 + "\n"},
        {"created": "noon"},
        {"created": "2026-11-21T12:00"},
    ],
)
def test_an_admission_that_is_none_is_a_fault_of_the_caller(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        admission(**{"run": RUN} | wrong)


def test_texts_that_a_database_does_not_take_are_stored(store: Store, shop_report: Report) -> None:
    """NUL in what a user or a target names."""
    odd = shop_report.findings[0].model_copy(update={"what": "a\0b"})
    report = shop_report.model_copy(update={"findings": (odd, *shop_report.findings[1:])})
    admit(store, admission(RUN, target="sh\0op"))
    stop(store, RUN, "failed", "be\0cause")
    finish(store, RUN, report)
    assert read_report(store, RUN) == report
    assert list_runs(store, limit=1)[0].target == "sh\0op"
    assert not verify(store)
